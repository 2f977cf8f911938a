import { describeResource, neededKeys, selectExample } from '../describe.ts'
import type { Document } from '../../catalog/search/documents.ts'
import type { Service } from '../service.ts'
import { fullName } from '../../plan/names.ts'
import { tableNamed, viewsOver, type Table } from '../tables.ts'
import { shortened, visibleLines } from '../text.ts'
import type { Answer, Arguments, Call } from '../tool.ts'

/** Tables that a search lists. */
const FOUND = 8
/** Characters of a description. */
const LONGEST = 16_000

/** search_tables: the best tables for some words, with what a SELECT needs, and an example. */
export async function searchTables(service: Service, { words }: Arguments): Promise<Answer> {
  const found = service.search().find(String(words), FOUND)
  if (found.length === 0)
    return {
      text: 'No table has these words. Try others, or fewer: users, topics, costs, keys, roles.',
      rows: 0,
    }
  return { text: visibleLines(found.map(entryOf).join('\n')), rows: found.length }
}

function entryOf({ name, summary, resource }: Document): string {
  if (!resource) return `${name} (view): ${summary}.`
  return [`${name}: ${summary}.`, `  needs ${neededKeys(resource)}`, `  ${selectExample(resource)}`].join(
    '\n',
  )
}

/** describe_table: columns, keys, known values and examples of a table. */
export async function describeTable(service: Service, { table }: Arguments, call: Call): Promise<Answer> {
  return {
    text: await descriptionOf(tableNamed(String(table), service.catalog, service.search), service, call),
  }
}

/** The text about a table, for describe_table and resources. */
export async function descriptionOf(table: Table, service: Service, call: Call): Promise<string> {
  const { catalog } = service
  if ('resource' in table)
    return bounded(describeResource(table.resource, viewsOver(fullName(table.resource), catalog)))
  const { name, summary, sql } = table.view
  const { columns } = await service.engines.run({ kind: 'columns', view: name }, call)
  return bounded([
    `${name}: ${summary}.`,
    'A view; it cannot be changed.',
    'Columns:',
    ...columns.map(([column, type]) => `  ${column} ${type}`),
    `Example: SELECT ${columns
      .slice(0, 5)
      .map(([column]) => column)
      .join(', ')} FROM ${name} LIMIT 20`,
    `Its query: ${sql.replaceAll(/\s+/g, ' ').trim()}`,
  ])
}

function bounded(lines: readonly string[]): string {
  return visibleLines(shortened(lines.join('\n'), LONGEST))
}
