import type { Expression } from '../../sql/expression.ts'
import type { Query } from '../../sql/query.ts'
import type { BoundQuery } from '../binding/bound.ts'
import { nodesRead, operationsIn } from '../binding/traverse.ts'
import { ONLY_NUMBER } from '../names.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { partsOf, possibleValues } from './column-values.ts'
import { unknownTextChanges } from './field-texts.ts'
import { isUnknownField } from './unknown-fields.ts'

/**
 * The changes of the text by which a text that is not a number is an error in the arithmetic of a change: SQLite makes 0 of it, which
 * `SET value = value * 2` would send, and for which `WHERE value * 2 < 5` would be true.
 */
export function numberChanges(root: BoundQuery, analysis: ExpressionAnalysis): readonly (() => void)[] {
  return operationsIn(nodesRead(root).nodes).flatMap(node => numbersIn(node, analysis))
}

/**
 * The changes by which a boolean in a field of unknown type is sent to a text as `true` or `false`, not as 1 or 0, and stored so in a table of the session.
 *
 * @param isText whether a result column is sent or stored as a text
 */
export function textValueChanges(
  { query }: BoundQuery,
  analysis: ExpressionAnalysis,
  isText: (column: number) => boolean,
): readonly (() => void)[] {
  return rowsOf(query).flatMap(row => row.flatMap((e, i) => (isText(i) ? textsOf(e, analysis) : [])))
}

/** The expressions of each row of a query; those behind a `*` are left out, since their places are not known. */
function rowsOf({ cores }: Query): readonly (readonly Expression[])[] {
  return cores.flatMap(({ items, values }) => {
    const star = items.findIndex(i => i.star)
    return [...values, items.slice(0, star < 0 ? items.length : star).map(i => i.expr)]
  })
}

/** The changes for the fields of unknown type that give an expression its value. */
function textsOf(e: Expression, analysis: ExpressionAnalysis): readonly (() => void)[] {
  if (isUnknownField(analysis.binder, e)) return unknownTextChanges(e, analysis)
  return partsOf(e, analysis.binder).flatMap(part => textsOf(part, analysis))
}

const ARITHMETIC: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '&', '|', '<<', '>>'])

/** Functions of numbers that take any other text for 0. */
const OF_NUMBER = /^(?:sum|avg|total|abs|round)$/

/** The changes for the operands of arithmetic that may be texts. */
function numbersIn(e: Expression, analysis: ExpressionAnalysis): readonly (() => void)[] {
  const { binder } = analysis
  const mayBeText = (o: Expression): boolean =>
    possibleValues(o, binder).some(
      value =>
        value.kind !== 'literal' && (analysis.kindOf(value) === 'string' || isUnknownField(binder, value)),
    )
  return numberOperands(e)
    .filter(mayBeText)
    .map(
      ({ source, range }) =>
        () =>
          binder.splices.call(source, range, ONLY_NUMBER),
    )
}

/** The operands that an operator or function computes with as numbers. */
function numberOperands(e: Expression): readonly Expression[] {
  if (e.kind === 'binary') return ARITHMETIC.has(e.operator) ? [e.left, e.right] : []
  if (e.kind === 'unary') return e.operator === '-' || e.operator === '~' ? [e.operand] : []
  return e.kind === 'call' && OF_NUMBER.test(e.name) ? e.args.slice(0, 1) : []
}
