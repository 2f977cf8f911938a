import type { Expression } from '../../sql/expression.ts'
import type { BoundQuery } from '../binding/bound.ts'
import { nodesRead, operationsIn } from '../binding/traverse.ts'
import { NO_TEXT, ONLY_NUMBER } from '../names.ts'
import { literal, quote } from '../splice.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { onlyValue, possibleValues } from './column-values.ts'
import { comparingIn, comparisons, isEquality } from './comparisons.ts'
import { guardsOf } from './excluded-rows.ts'
import { isUnknownField } from './unknown-fields.ts'

/**
 * The changes of the text of a change by which a text in a field of unknown type is an error beside a number. To SQLite every text is
 * greater than any number, and equals none: `config ->> 'tasks' > 5` and `config ->> 'tasks' <> 1` would be true for the text `1`.
 * A row that another condition excludes is no error.
 */
export function textsBesideNumbers(root: BoundQuery, analysis: ExpressionAnalysis): readonly (() => void)[] {
  const { binder } = analysis
  const { splices } = binder
  const { nodes } = nodesRead(root)
  const failing = new Set(operationsIn(nodes).filter(node => numbersIn(node, analysis).length > 0))
  const changes = comparingIn(nodes).flatMap(node => {
    const wraps = new Map<Expression, () => void>()
    const add = (side: Expression, beside: Expression, isEqual: boolean): void => {
      if (wraps.has(side) || binder.affinityOf(side) !== 'none') return
      const other = onlyValue(beside)
      const isConstant = analysis.isConstant(other)
      if (isConstant ? !isNumber(analysis.constantOf(other)) : isEqual || !isNumeric(analysis, other)) return
      if (!possibleValues(side, binder).some(value => isUnknownField(binder, value))) return
      const { source, range } = side
      // beside anything but a constant, SQLite makes a number of a text of digits
      if (!isConstant) return void wraps.set(side, () => splices.call(source, range, ONLY_NUMBER))
      const name = literal(splices.original(source, range))
      const mode = isEqual ? 1 : 0
      wraps.set(side, () => splices.wrap(source, range, `${quote(NO_TEXT)}(`, `, ${name}, ${mode})`))
    }
    for (const { left, right, operator } of comparisons(node)) {
      add(left, right, isEquality(operator))
      add(right, left, isEquality(operator))
    }
    if (wraps.size > 0) failing.add(node)
    return [...wraps.values()]
  })
  const guards = failing.size === 0 ? [] : guardsOf(root, analysis, e => failing.has(e))
  return [...guards.map(g => g.read), ...changes, ...guards.map(g => g.write)]
}

const isNumber = (value: unknown): boolean => typeof value === 'number' || typeof value === 'bigint'

function isNumeric(analysis: ExpressionAnalysis, e: Expression): boolean {
  const kind = analysis.kindOf(e)
  return kind === 'integer' || kind === 'number'
}

/**
 * The changes of the text by which a text that is not a number is an error in the arithmetic of a change: SQLite makes 0 of it, which
 * `SET value = value * 2` would send, and for which `WHERE value * 2 < 5` would be true.
 */
export function textsInArithmetic(root: BoundQuery, analysis: ExpressionAnalysis): readonly (() => void)[] {
  return operationsIn(nodesRead(root).nodes).flatMap(node => numbersIn(node, analysis))
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
