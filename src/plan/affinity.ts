import type { BoundQuery, Chain, Item, ItemColumn } from './bound.ts'
import { isNumeric } from './fit.ts'
import { originOf } from './scope.ts'

/** A whole column of an item, as a chain that stands nowhere in the text. */
export function columnChain(item: Item, { name, shape }: ItemColumn): Chain {
  return { item, column: name, path: [], shape, implied: [], merged: false, range: { from: 0, to: 0 } }
}

/** Whether a column makes SQLite compare as numbers; a field of an object has no affinity, whatever is in it. */
export function isNumberColumn({ item, column, path, shape, implied }: Chain): boolean {
  return isNumeric(shape.type) && implied.length === 0 && (originOf(item, column, path)?.path ?? path).length === 0
}

/** Whether the first column of a query does. */
export function isNumberQuery(query: BoundQuery | undefined): boolean {
  const outputs = query?.cores[0]?.outputs
  if (!outputs) return true
  const [first] = outputs
  if (first?.from) return isNumberColumn({ ...first.from, shape: first.shape!, implied: [], merged: false, range: { from: 0, to: 0 } })
  return isNumeric(first?.shape?.type)
}
