import type { ViewInfo } from '../catalog/types.ts'
import { entriesOf, member, shortText, textOf } from './tree.ts'

/**
 * The views of a document, in SQLite's dialect. A term with a placeholder (`WHERE account_id = '{{ account_id }}'`) is taken
 * out: a statement over the view gives it.
 */
export function viewsOf(root: unknown, provider: string, service: string): ViewInfo[] {
  return entriesOf(member(root, 'components', 'x-stackQL-resources')).flatMap(([name, resource]) => {
    const sql = sqliteText(member(resource, 'config', 'views', 'select'))
    if (sql === undefined) return []
    const text = withoutPlaceholders(sql)
    if (/\{\{|\}\}/.test(text)) return []
    const summary = shortText(member(resource, 'description')) ?? shortText(member(resource, 'title')) ?? name
    return [{ name: `${provider}.${service}.${name.toLowerCase()}`, summary, sql: text }]
  })
}

/** The text for SQLite among those for several dialects. */
function sqliteText(source: unknown): string | undefined {
  for (let one = source; one !== undefined; one = member(one, 'fallback')) {
    const predicate = textOf(member(one, 'predicate')) ?? 'sqlite'
    if (/sqlite/i.test(predicate)) return textOf(member(one, 'ddl'))
  }
  return undefined
}

/** Takes out the terms with placeholders. */
function withoutPlaceholders(sql: string): string {
  const term = String.raw`(?:[\w."]+\s*=\s*'\{\{[^{}']*\}\}')`
  return sql
    .replaceAll(new RegExp(String.raw`\s*\bAND\s+${term}`, 'gi'), '')
    .replaceAll(new RegExp(String.raw`${term}\s+AND\s+`, 'gi'), '')
    .replaceAll(
      new RegExp(
        String.raw`\s*\bWHERE\s+${term}(?=\s*(?:$|;|\)|GROUP\b|ORDER\b|LIMIT\b|UNION\b|HAVING\b))`,
        'gi',
      ),
      '',
    )
    .replaceAll(new RegExp(term, 'gi'), 'true')
    .trim()
    .replace(/;\s*$/, '')
}
