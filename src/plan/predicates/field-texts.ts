import type { Expression } from '../../sql/expression.ts'
import { isConstant } from '../../sql/properties.ts'
import type { Binder } from '../binding/binder.ts'
import { pathOf, type BoundQuery } from '../binding/bound.ts'
import { UNKNOWN } from '../binding/fields.ts'
import { onlyOrigin } from '../binding/origins.ts'
import { nodesRead } from '../binding/traverse.ts'
import type { Validator } from '../context.ts'
import { comparisons, isEquality } from './comparisons.ts'
import { constantOf } from './type-checks.ts'

/**
 * The changes of the text by which a field of unknown type that has a number equals a constant text with its digits:
 * `config ->> 'replicas' = '3'`. As in Postgres and DuckDB, `->>` gives a text there; to SQLite no number equals a text, so that
 * `<>` and NOT IN would be true for all rows. A field that is compared with other values too is left as it is.
 */
export function fieldTextChanges(
  binder: Binder,
  root: BoundQuery,
  validator: Validator,
): readonly (() => void)[] {
  const textOf = (e: Expression): string | undefined => {
    const value = isConstant(e, validator.functions()) ? constantOf(binder, validator, e) : undefined
    return typeof value === 'string' ? value : undefined
  }
  return nodesRead(root).nodes.flatMap(node => {
    const besides = new Map<Expression, Expression[]>()
    for (const { left, right, operator } of comparisons(node))
      for (const [side, other] of [
        [left, right],
        [right, left],
      ] as const)
        if (isEquality(operator) && isUnknownField(binder, side))
          besides.set(side, [...(besides.get(side) ?? []), other])
    return [...besides].flatMap(([side, others]) => {
      const texts = others.map(textOf)
      if (texts.includes(undefined) || !texts.some(text => isNumberText(text!))) return []
      return [() => binder.splices.cast(side.source, side.range, 'TEXT')]
    })
  })
}

/** Whether a number of SQLite may have a text. */
const isNumberText = (text: string): boolean => /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text)

/** Whether an expression is a field of which the API's documentation has no type. */
function isUnknownField(binder: Binder, e: Expression): boolean {
  const column = binder.columnOf(e)
  if (!column || column.merged || column.shape !== UNKNOWN || column.affinity !== 'none') return false
  const origin = onlyOrigin(pathOf(column))
  return origin !== undefined && origin.path.length > 0
}
