import type { RowsPlan } from '../plan.ts'

export type Rows = RowsPlan['rows']

/** Columns of long texts. */
const LONG: ReadonlySet<string> = new Set([
  'about',
  'description',
  'summary',
  'values',
  'fields',
  'shape',
  'RequiredParams',
  'OptionalParams',
  'insert_statement',
])

/** A plan whose rows are known: text columns. */
export function listing(names: readonly string[], rows: Rows): RowsPlan {
  return {
    kind: 'rows',
    columns: names.map(name => ({ name, type: 'string', ...(LONG.has(name) && { layout: 'wrapped' }) })),
    rows,
  }
}
