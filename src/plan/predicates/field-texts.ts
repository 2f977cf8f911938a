import type { Expression } from '../../sql/expression.ts'
import type { Binder } from '../binding/binder.ts'
import { pathOf, type BoundQuery } from '../binding/bound.ts'
import { columnNamed } from '../binding/columns.ts'
import { UNKNOWN } from '../binding/fields.ts'
import { originsOfParts } from '../binding/origins.ts'
import { nodesRead } from '../binding/traverse.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { onlyValue, possibleValues } from './column-values.ts'
import { comparingIn, comparisons, isEquality, queryPairs, type OperandPair } from './comparisons.ts'

/**
 * The changes of the text by which a field of unknown type that has a number equals a constant text with its digits:
 * `config ->> 'replicas' = '3'`, also in coalesce and CASE. As in Postgres and DuckDB, `->>` gives a text there; to SQLite no
 * number equals a text, so that `<>` and NOT IN would be true for all rows. A field that is compared with other values too is
 * left as it is.
 */
export function fieldTextChanges(root: BoundQuery, analysis: ExpressionAnalysis): readonly (() => void)[] {
  const { binder } = analysis
  const textOf = (e: Expression): string | undefined => {
    const value = analysis.constantOf(onlyValue(e))
    return typeof value === 'string' ? value : undefined
  }
  return comparingIn(nodesRead(root).nodes).flatMap(node => {
    const besides = new Map<Expression, Expression[]>()
    const add = (side: Expression, other: Expression): void => {
      if (side.kind === 'literal') return
      const known = besides.get(side)
      if (known) known.push(other)
      else if (isOfUnknownFields(binder, side)) besides.set(side, [other])
    }
    for (const { left, right, operator } of pairsOf(node)) {
      if (!isEquality(operator)) continue
      add(left, right)
      add(right, left)
    }
    return [...besides].flatMap(([side, others]) => {
      const texts = others.map(textOf)
      if (texts.includes(undefined) || !texts.some(text => isNumberText(text!))) return []
      const { source, range } = withoutCollation(side)
      return [() => binder.splices.cast(source, range, 'TEXT')]
    })
  })
}

/** The operands that a node compares, with the result columns of the query of IN. */
function pairsOf(node: Expression): readonly OperandPair[] {
  if (node.kind !== 'in query') return comparisons(node)
  const hasUnknown = node.query.cores.some(core => core.items.some(item => item.star))
  return hasUnknown ? [] : [...comparisons(node), ...queryPairs(node)]
}

/** Whether all values of an expression are those of fields of unknown type, apart from constant texts. */
function isOfUnknownFields(binder: Binder, e: Expression): boolean {
  const values = possibleValues(e, binder)
  return (
    values.some(value => isUnknownField(binder, value))
    && values.every(value => isUnknownField(binder, value) || isTextOrNull(value))
  )
}

const isTextOrNull = (e: Expression): boolean =>
  e.kind === 'literal' && (e.type === 'string' || e.type === 'null')

const withoutCollation = (e: Expression): Expression =>
  e.kind === 'collate' ? withoutCollation(e.operand) : e

/** Whether a number of SQLite may have a text. */
const isNumberText = (text: string): boolean => /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text)

/** Whether an expression is a field of which the API's documentation has no type, or a column of the session without one. */
function isUnknownField(binder: Binder, e: Expression): boolean {
  const column = binder.columnOf(e)
  if (!column || column.merged || column.affinity !== 'none') return false
  return originsOfParts(pathOf(column)).every(origin => {
    if (!origin) return false
    if (origin.path.length > 0) return column.shape === UNKNOWN
    const { relation } = origin
    return relation.kind === 'local' && columnNamed(relation, origin.column)?.declared === ''
  })
}
