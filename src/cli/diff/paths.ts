import { cellOfJson, parseExact } from './cell.ts'
import type { ChangedCell as Cell } from './types.ts'

/**
 * The parts in which two cells differ: of two objects the members that do (`spec.display_name`), of two arrays the elements
 * (`spec.zones[1]`) between those that both begin and end with. Of other values the cell itself.
 */
export function changedParts(cell: Cell): Cell[] {
  const { column, old, new: now } = cell
  if (old === undefined || now === undefined || !/^[[{]/.test(old) || old[0] !== now[0]) return [cell]
  return [...partsOf(column, parseExact(old), parseExact(now))]
}

function* partsOf(path: string, old: unknown, now: unknown): Generator<Cell, void, void> {
  const [before, after] = [old, now].map(value => (value === undefined ? undefined : cellOfJson(value)))
  if (before === after) return
  if (Array.isArray(old) && Array.isArray(now)) yield* elementsOf(path, old, now)
  else if (isObject(old) && isObject(now)) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(now)]))
      yield* partsOf(
        `${path}${/^\w+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`}`,
        Object.hasOwn(old, key) ? old[key] : undefined,
        Object.hasOwn(now, key) ? now[key] : undefined,
      )
  } else yield { column: path, old: before, new: after }
}

/** Elements between the common beginning and the common end: in pairs if there are as many, else removed and added ones. */
function* elementsOf(
  path: string,
  old: readonly unknown[],
  now: readonly unknown[],
): Generator<Cell, void, void> {
  const [before, after] = [old.map(cellOfJson), now.map(cellOfJson)]
  let from = 0
  while (from < before.length && from < after.length && before[from] === after[from]) from++
  let end = 0
  while (
    end < before.length - from
    && end < after.length - from
    && before.at(-1 - end) === after.at(-1 - end)
  )
    end++
  if (old.length === now.length) {
    for (let i = from; i < old.length - end; i++) yield* partsOf(`${path}[${i}]`, old[i], now[i])
    return
  }
  for (let i = from; i < old.length - end; i++)
    yield { column: `${path}[${i}]`, old: before[i], new: undefined }
  for (let i = from; i < now.length - end; i++)
    yield { column: `${path}[${i}]`, old: undefined, new: after[i] }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
