import { rowsOf, type Row, type Rows } from '../../engine/result.ts'

/** The rows, which are added to `list` as they are read. */
export function kept(rows: Rows, list: Row[]): Rows {
  return rowsOf(async function* () {
    for await (const batch of rows.batches()) {
      list.push(...batch)
      yield batch
    }
  })
}
