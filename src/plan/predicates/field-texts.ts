import type { Expression } from '../../sql/expression.ts'
import type { Binder } from '../binding/binder.ts'
import { pathOf, type BoundQuery } from '../binding/bound.ts'
import { UNKNOWN } from '../binding/fields.ts'
import { onlyOrigin } from '../binding/origins.ts'
import { nodesRead } from '../binding/traverse.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { comparingIn, comparisons, isEquality } from './comparisons.ts'

/**
 * The changes of the text by which a field of unknown type that has a number equals a constant text with its digits:
 * `config ->> 'replicas' = '3'`. As in Postgres and DuckDB, `->>` gives a text there; to SQLite no number equals a text, so that
 * `<>` and NOT IN would be true for all rows. A field that is compared with other values too is left as it is.
 */
export function fieldTextChanges(root: BoundQuery, analysis: ExpressionAnalysis): readonly (() => void)[] {
  const { binder } = analysis
  const textOf = (e: Expression): string | undefined => {
    const value = analysis.constantOf(e)
    return typeof value === 'string' ? value : undefined
  }
  return comparingIn(nodesRead(root).nodes).flatMap(node => {
    const besides = new Map<Expression, Expression[]>()
    const add = (side: Expression, other: Expression): void => {
      if (side.kind === 'literal') return
      const known = besides.get(side)
      if (known) known.push(other)
      else if (isUnknownField(binder, side)) besides.set(side, [other])
    }
    for (const { left, right, operator } of comparisons(node)) {
      if (!isEquality(operator)) continue
      add(left, right)
      add(right, left)
    }
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
