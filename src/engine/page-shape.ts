import type { Column, Method, RowsAt } from '../catalog/types.ts'
import { literal } from '../plan/splice.ts'
import { containerPath, rowsFrom } from './rows-sql.ts'
import type { Store } from './store.ts'

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

/** A query for the JSON type of an element that cannot be a row. */
export function invalidRowType(rows: RowsAt, types: readonly string[] | undefined): string {
  if (types === undefined) return 'NULL'
  const isThere = `json_type(@page, ${literal(containerPath(rows))}) <> 'null'`
  const each = `SELECT r.type FROM ${rowsFrom(rows)}${rows.kind === 'one' && !rows.at.includes('[*]') ? '' : ` WHERE ${isThere}`}`
  return `SELECT type FROM (${each}) WHERE type NOT IN (${types.map(literal).join(', ')}) LIMIT 1`
}

/** A SQL expression: whether an answer may report a failure, and so must be parsed. */
export function mayFail({ failure }: Method): string {
  if (failure !== undefined) return failure === 'none' ? '0' : '1'
  const members = ['errors', 'error', 'error_code', 'message']
  const types = members.map(name => `nullif(json_type(@page, '$.${name}'), 'null')`)
  return `coalesce(${types.join(', ')}) IS NOT NULL`
}

/** A JSON type with its article. */
export function withArticle(type: string): string {
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`
}
