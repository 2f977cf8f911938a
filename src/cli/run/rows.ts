import type { Packing } from '../../packed.ts'
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

/** Waits for the first rows, so that an error before them leaves no header in the output. */
export async function afterFirstBatch(rows: Rows, packing: Packing | undefined): Promise<Rows> {
  const iterator = rows.batches(packing)[Symbol.asyncIterator]()
  const first = await iterator.next()
  return rowsOf(async function* () {
    try {
      for (let next = first; next.done !== true; next = await iterator.next()) yield next.value
    } finally {
      await iterator.return?.()
    }
  })
}
