import { rowsOf, type Result, type Row, type Rows } from '../../engine/result.ts'

/** The rows, which are added to `list` as they are read. */
export function kept(rows: Rows, list: Row[]): Rows {
  return rowsOf(async function* () {
    for await (const batch of rows.batches()) {
      list.push(...batch)
      yield batch
    }
  })
}

/** Closes a result. */
export async function close({ rows }: Pick<Result, 'rows'>): Promise<void> {
  await rows.batches()[Symbol.asyncIterator]().return?.()
}
