import type { Shape } from '../../catalog/types.ts'
import type { Expression } from '../../sql/expression.ts'
import type { Binder } from '../binding/binder.ts'
import { pathOf, type ColumnPath } from '../binding/bound.ts'
import { columnNamed } from '../binding/columns.ts'
import { UNKNOWN } from '../binding/fields.ts'
import { onlyOrigin, originsOfParts } from '../binding/origins.ts'

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
