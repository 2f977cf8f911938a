import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Value } from '../../catalog/types.ts'
import type { Prompt } from '../../mcp/prompts.ts'
import { lex } from '../../sql/lexer.ts'
import { parametersOf } from '../../sql/parameters.ts'
import { literal } from '../../plan/splice.ts'
import { directiveOf, isOfCheck } from '../script/comments.ts'
import { boundValues, declarationsOf } from '../script/variables.ts'

/** The scripts of a folder as prompts: each answers one question, with its title, text and variables in comments. */
export function readAudits(dir: string): Prompt[] {
  return readdirSync(dir)
    .filter(file => file.endsWith('.sql'))
    .toSorted()
    .map(file => auditOf(file.replace(/^\d+-|\.sql$/g, ''), readFileSync(join(dir, file), 'utf8')))
}

function auditOf(name: string, text: string): Prompt {
  const comments = [...text.matchAll(/^--(.*)$/gm)].map(found => ({
    text: found[1]!.trim(),
    start: found.index,
    end: found.index + found[0].length,
    isApart: false,
  }))
  const declared = declarationsOf(comments)
  const title = comments.map(c => directiveOf(c.text)).find(d => d?.name === 'title')?.value ?? name
  const about = comments.filter(
    c => directiveOf(c.text) === undefined && !isOfCheck(c.text) && !c.text.startsWith('keys:'),
  )
  const statement = text.replaceAll(/^--.*\n/gm, '').trim()
  return {
    name,
    title,
    description: about.map(c => c.text).join(' '),
    parameters: [...declared.values()].map(d => ({
      name: d.name,
      description: d.about ?? d.type,
      isRequired: d.value === undefined,
    })),
    sql: values => withLiterals(statement, boundValues(declared, values)),
  }
}

/** A statement with literals in place of its variables. */
function withLiterals(sql: string, values: ReturnType<typeof boundValues>): string {
  let text = ''
  let from = 0
  for (const { value, start, end } of parametersOf(lex(sql).tokens)) {
    text += sql.slice(from, start) + valueText(values[value] ?? null)
    from = end
  }
  return text + sql.slice(from)
}

function valueText(value: Value): string {
  if (value === null) return 'NULL'
  return typeof value === 'string' ? literal(value) : String(value)
}
