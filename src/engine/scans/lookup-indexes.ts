import type { Lookup, Scan } from '../../plan/plan.ts'
import { quote } from '../../plan/splice.ts'
import type { Store } from '../store/store.ts'

/** Fewer rows are read as fast as an index is made. */
const [FEW_ROWS, FEW_LOOKUPS] = [200, 20]

/** Makes the indexes that save reading a table for each row of another one, where both have many rows. */
export function addLookupIndexes(scans: readonly Scan[], store: Store): void {
  const isWorth = ({ into }: Scan, { by }: Lookup): boolean =>
    rowsOf(into, store) > FEW_ROWS
    && (by === undefined || by.some(table => rowsOf(table, store) > FEW_LOOKUPS))
  for (const scan of scans)
    for (const [i, lookup] of (scan.lookups ?? []).entries()) {
      if (!isWorth(scan, lookup)) continue
      const name = quote(`${scan.into}~${i}`)
      const sql = `CREATE INDEX temp.${name} ON ${quote(scan.into)}(${lookup.expression})`
      store.busily(() => {
        try {
          store.db.exec(sql)
        } catch (error) {
          // date('now') is in no index
          if ((error as { code?: unknown }).code !== 'SQLITE_ERROR') throw error
        }
      })
    }
}

/** The number of rows that were ever loaded, which takes no time to find. */
function rowsOf(table: string, store: Store): number {
  return store.db
    .prepare(`SELECT coalesce(max(_rowid_), 0) FROM temp.${quote(table)}`)
    .pluck()
    .get() as number
}
