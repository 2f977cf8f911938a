import type { Method, Param, Shape } from '../../catalog/types.ts'
import { literal, quote } from '../../plan/splice.ts'
import type { Relation, RelationColumn } from '../catalog/relations.ts'
import type { ColumnRef, Literal } from './conditions.ts'

/** A column, or a text field of an object column, without the alias. */
export type Place = Pick<ColumnRef, 'column' | 'path'>

/** Identifies a place in a table: `creator.id`. */
export const placeKey = ({ column, path }: Place): string => [column, ...path].join('.')

/** The place in the session's SQL, with the table alias `t`. */
export const placeText = ({ column, path }: Place): string => ['t', column, ...path].map(quote).join('.')

const INTEGERS = new Set(['bigint', 'integer', 'smallint', 'number'])

/**
 * A constant in the session's SQL; undefined if an equality with it may select other rows there than in Postgres.
 */
export function sessionLiteral(
  relation: Relation,
  place: Place,
  { text, type }: Literal,
): string | undefined {
  switch (comparedType(relation, place)) {
    case 'string':
      return type === 'text' ? literal(text) : undefined
    case 'integer':
      return INTEGERS.has(type) && /^-?\d{1,18}$/.test(text) ? text : undefined
    case 'boolean':
      return type === 'boolean' ? (text.startsWith('t') ? '1' : '0') : undefined
    default:
      return undefined
  }
}

/** The type by which an equality can be sent to the session; undefined if it cannot. */
export function comparedType(relation: Relation, { column, path }: Place): Shape['type'] | undefined {
  const found = columnOf(relation, column)
  if (!found || (path.length === 0 && isRenamed(relation, column))) return undefined
  if (path.length === 0) return isCompared(found.kind) ? found.kind : undefined
  let shape: Shape | undefined = found.source
  for (const name of path) shape = shape?.fields?.[name]
  // other types are texts to Postgres, and numbers to SQLite
  return shape?.type === 'string' && !shape.secret ? 'string' : undefined
}

const isCompared = (kind: RelationColumn['kind']): kind is 'string' | 'integer' | 'boolean' =>
  kind === 'string' || kind === 'integer' || kind === 'boolean'

export const columnOf = (relation: Relation, name: string): RelationColumn | undefined =>
  relation.columns.find(c => c.name === name)

export const selectsOf = ({ resource }: Relation): readonly Method[] =>
  resource?.methods.filter(m => m.verb === 'select') ?? []

/** A comparison of this column with a text means another column in the session's SQL. */
function isRenamed(relation: Relation, column: string): boolean {
  return selectsOf(relation).some(m =>
    m.params.some(p => p.name === column && p.column !== undefined && p.column !== column),
  )
}

/** The parameters of selects that select by a place. */
export function paramsOf(relation: Relation, place: Place): readonly Param[] {
  const key = placeKey(place)
  return selectsOf(relation).flatMap(m => m.params.filter(p => p.column === key))
}

/** The required keys of each SELECT method. A statement must give all keys of one of them. */
export function requiredKeys(relation: Relation): readonly (readonly string[])[] {
  return selectsOf(relation).map(m =>
    m.params.flatMap(p =>
      p.required
      && p.default === undefined
      && p.column !== undefined
      && p.range === undefined
      && p.in !== 'host'
        ? [p.column]
        : [],
    ),
  )
}

/** An input column that has no value unless a condition gives it one. */
export function isOptionalInput(relation: Relation, column: string): boolean {
  if (columnOf(relation, column)?.source?.isInput !== true) return false
  return !selectsOf(relation).every(m =>
    m.params.some(p => p.column === column && (p.required || p.default !== undefined || p.in === 'host')),
  )
}
