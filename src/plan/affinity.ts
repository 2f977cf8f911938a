import type { BoundQuery, Chain, Item, ItemColumn } from './bound.ts'
import { isNumeric } from './fit.ts'
import { originOf } from './scope.ts'

/** A whole column of an item, as a chain that stands nowhere in the text. */
export function columnChain(item: Item, { name, shape }: ItemColumn): Chain {
  return { item, column: name, path: [], shape, implied: [], merged: false, range: { from: 0, to: 0 } }
}

/** Whether a column makes SQLite compare as numbers; a field of an object has no affinity, whatever is in it. */
export function isNumberColumn({ item, column, path, shape, implied }: Chain): boolean {
  return (
    isNumeric(shape.type) && implied.length === 0 && (originOf(item, column, path)?.path ?? path).length === 0
  )
}

/** Whether a column of a query does: the first, where it is not said which. */
export function isNumberQuery(query: BoundQuery | undefined, index = 0): boolean {
  const outputs = query?.cores[0]?.outputs
  if (!outputs) return true
  const output = outputs[index]
  if (output?.from)
    return isNumberColumn({
      ...output.from,
      shape: output.shape!,
      implied: [],
      merged: false,
      range: { from: 0, to: 0 },
    })
  return isNumeric(output?.shape?.type)
}
