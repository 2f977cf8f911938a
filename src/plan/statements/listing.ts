import type { RowsPlan } from '../plan.ts'

export type Rows = RowsPlan['rows']

/** A listing of the catalog: rows with columns of texts. */
export function table(names: readonly string[], rows: Rows): RowsPlan {
  return { kind: 'rows', columns: names.map(name => ({ name, type: 'string' })), rows }
}
