import type { RowsPlan } from '../plan.ts'

export type Rows = RowsPlan['rows']

/** A plan whose rows are known: text columns. */
export function listing(names: readonly string[], rows: Rows): RowsPlan {
  return { kind: 'rows', columns: names.map(name => ({ name, type: 'string' })), rows }
}
