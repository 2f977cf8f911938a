import type { Column, Method, RowsAt } from '../../catalog/types.ts'
import { type Elements, KIND, namesIn, typeName } from './jsonb.ts'
import type { RowPlaces } from './row-places.ts'
import type { Store } from '../store/store.ts'

const SCALARS: readonly string[] = ['text', 'integer', 'real', 'true', 'false']
const VALUES: readonly string[] = ['object', 'array', ...SCALARS]
/** The JSON types that can contain rows of a kind, and their name. */
export const CONTAINERS: Readonly<Record<RowsAt['kind'], readonly [types: readonly string[], name: string]>> =
  { array: [['array', 'null'], 'an array'], map: [['object', 'null'], 'an object'], one: [VALUES, 'a value'] }
/** The same for the values that contain the containers of rows. */
export const NESTED: readonly [types: readonly string[], name: string] = [
  ['array', 'object', 'null'],
  'an array or an object',
]
/** Names of the JSON types that a row can have. */
export const ROWS: ReadonlyMap<readonly string[] | undefined, string> = new Map([
  [SCALARS, 'a single value'],
  [VALUES, 'a value'],
])

/** Whether an answer is an object without any list that has elements, so that it may have left out an empty one. */
export function hasNoList(blob: Buffer, { db }: Store): boolean {
  const test = `SELECT json_type(@page) = 'object' AND NOT EXISTS (SELECT 1 FROM jsonb_tree(@page) WHERE type = 'array' AND json_array_length(value) > 0)`
  return Boolean(db.prepare(test).pluck().get({ page: blob }))
}

/** JSON types that a row with such columns can be; undefined: any. */
export function rowTypes(columns: readonly Column[]): readonly string[] | undefined {
  const whole = columns.find(c => c.at === '$')
  if (whole) return whole.type === 'object' || whole.type === 'array' ? VALUES : SCALARS
  return columns.some(c => !c.isInput && c.at !== '#key') ? ['object'] : undefined
}

/** Names of members in which an answer may report a failure. */
const FAILURES = ['errors', 'error', 'error_code', 'message'].map(name => namesIn(`$.${name}`))

/** Whether an answer may report a failure, and so must be parsed. */
export function mayFail({ failure }: Method, elements: Elements): boolean {
  if (failure !== undefined) return failure !== 'none'
  return FAILURES.some(names => elements.find(names) >= 0 && elements.kind !== KIND.null)
}

/** The JSON type of the first element in the place of rows that cannot be one. */
export function invalidRowType(
  places: RowPlaces,
  types: readonly string[] | undefined,
  elements: Elements,
): string | undefined {
  if (types === undefined) return undefined
  let wrong: string | undefined
  places.some(elements, at => {
    elements.read(at)
    const type = typeName(elements.kind)
    if (!types.includes(type)) wrong = type
    return wrong !== undefined
  })
  return wrong
}

/** A JSON type with its article. */
export function withArticle(type: string): string {
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`
}
