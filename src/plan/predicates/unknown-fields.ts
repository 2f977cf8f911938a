import type { Shape } from '../../catalog/types.ts'
import type { Expression } from '../../sql/expression.ts'
import type { Binder } from '../binding/binder.ts'
import { pathOf, type BoundColumn, type ColumnPath } from '../binding/bound.ts'
import { columnNamed } from '../binding/columns.ts'
import { UNKNOWN } from '../binding/fields.ts'
import { onlyOrigin, originsOfParts } from '../binding/origins.ts'
import { jsonPath, literal, quote } from '../splice.ts'

/** Whether an expression is a field of which the API's documentation has no type, or a column of the session or of json_each without one. */
export function isUnknownField(binder: Binder, e: Expression): boolean {
  const column = binder.columnOf(e)
  if (!column) return fieldAccess(e) !== undefined
  if (column.merged || column.affinity !== 'none') return false
  return isUnknownPath(pathOf(column), column.shape)
}

/** Whether all values of a column are those of such fields. */
export function isUnknownPath(of: ColumnPath, shape?: Shape): boolean {
  return originsOfParts(of).every(origin => {
    if (!origin) return false
    if (origin.path.length > 0) return shape === UNKNOWN
    const { relation } = origin
    if (relation.kind === 'function') return VALUES_OF_JSON.test(origin.column)
    return relation.kind === 'local' && columnNamed(relation, origin.column)?.declared === ''
  })
}

/** Whether an expression is a column of booleans of a table of the session, which may have the texts `true` and `false` too. */
export function localBoolean(e: Expression, binder: Binder): boolean {
  const column = binder.columnOf(e)
  const origin = column && !column.merged && column.path.length === 0 ? onlyOrigin(column) : undefined
  if (origin?.relation.kind !== 'local' || origin.path.length > 0) return false
  return /^bool/i.test(columnNamed(origin.relation, origin.column)?.declared ?? '')
}

/** Columns of json_each() that may have values of any type. */
const VALUES_OF_JSON = /^(?:value|atom|key)$/

/** The operands of `->>` or json_extract(). */
export function fieldAccess(e: Expression): { readonly of: Expression; readonly at: Expression } | undefined {
  if (e.kind === 'binary') return e.operator === '->>' ? { of: e.left, at: e.right } : undefined
  if (e.kind !== 'call' || e.name !== 'json_extract' || e.args.length !== 2) return undefined
  return { of: e.args[0]!, at: e.args[1]! }
}

/** The texts of the object and the path of a field; undefined for what is no field where it is written. */
export function fieldAt(
  e: Expression,
  column: BoundColumn | undefined,
  { splices }: Binder,
): (() => readonly [object: string, path: string]) | undefined {
  if (column) {
    const { path } = pathOf(column)
    if (path.length === 0) return undefined
    const name = quote(column.column)
    const object = column.relation.alias === '' ? name : `${quote(column.relation.alias)}.${name}`
    return () => [object, literal(jsonPath(path))]
  }
  const access = fieldAccess(e)
  if (!access) return undefined
  const textOf = ({ source, range }: Expression): string => splices.render(source, range, false)
  return () => [textOf(access.of), textOf(access.at)]
}

/** The JSON of a field of unknown type, or the name of its type; undefined for what is no field where it is written. */
export function jsonOf(e: Expression, binder: Binder): (() => string) | undefined {
  const column = binder.columnOf(e)
  const type = column && typeColumn(column)
  if (type !== undefined) return () => type
  const found = fieldAt(e, column, binder)
  return found && (() => found().join(' -> '))
}

/** What makes JSON of a field of unknown type, around it; undefined for another expression. */
export function aroundUnknown(binder: Binder, e: Expression): readonly [string, string] | undefined {
  if (!isUnknownField(binder, e)) return undefined
  const found = fieldAt(e, binder.columnOf(e), binder)
  if (!found) return undefined
  const [object, path] = found()
  return [`coalesce(${object} -> ${path}, `, ')']
}

/** The column of json_each() that has the type of the value of another one: a boolean is 1 or 0 there. */
export function typeColumn({ relation, column, path }: BoundColumn): string | undefined {
  const hasType = relation.kind === 'function' && column !== 'key' && path.length === 0
  return hasType ? `${quote(relation.alias)}."type"` : undefined
}
