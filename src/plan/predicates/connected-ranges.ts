import { instantText } from '../../catalog/times.ts'
import type { Between, Expression, Logical } from '../../sql/expression.ts'
import { keyOf, pathOf, type Relation } from '../binding/bound.ts'
import { hasCollate } from '../binding/outputs.ts'
import { isCollated } from './analysis.ts'
import { comparisons, flipped, type Operator } from './comparisons.ts'
import type { Mistakes } from './mistakes.ts'
import { textOf, wholeText } from './null-comparisons.ts'

/** A bound of the values of a column. */
interface Bound {
  readonly at: Expression
  readonly side: Expression
  readonly operator: Operator
  /** A number, a text that is compared by its characters, or the text of a time. */
  readonly value: number | string
  readonly kind: 'number' | 'text' | 'time'
}

/** Long conditions are written by programs. */
const MOST_BOUNDS = 20

/** Notes `n > 5 OR n < 10`, which every value meets, and `n > 5 AND n < 3`, which none meets. */
export function noteRanges(mistakes: Mistakes, node: Logical, operands: readonly Expression[]): void {
  const found = new Map<Relation, Map<string, Bound[]>>()
  for (const e of operands) {
    const read = boundIn(mistakes, e)
    if (!read) continue
    const { bound, relation, key } = read
    const byKey = found.get(relation) ?? new Map<string, Bound[]>()
    found.set(relation, byKey)
    const earlier = byKey.get(key) ?? []
    byKey.set(key, [...earlier, bound])
    if (earlier.length >= MOST_BOUNDS) continue
    const other = earlier.find(b => (node.kind === 'or' ? coverAll(b, bound) : excludeAll(b, bound)))
    if (!other) continue
    const [quantity, meant] = node.kind === 'or' ? ['every', 'AND'] : ['no', 'OR']
    const connected = `${textOf(other.at)} ${node.kind.toUpperCase()} ${textOf(e)}`
    return mistakes.addAbout(
      bound.side,
      `${quantity} value of ${textOf(bound.side)} meets ${connected}: write (${wholeText(other.at)} ${meant} ${wholeText(e)})`,
      node.kind === 'and',
    )
  }
}

/** Notes `n BETWEEN 10 AND 5`. */
export function noteBetween(mistakes: Mistakes, node: Between): void {
  const [low, high] = [node.low, node.high].map(e => readValue(mistakes, node.operand, e))
  if (!low || !high || low.kind !== high.kind || low.value <= high.value) return
  const write = `${wholeText(node.operand)} ${node.negated ? 'NOT ' : ''}BETWEEN ${wholeText(node.high)} AND ${wholeText(node.low)}`
  mistakes.addAbout(
    node,
    `${node.negated ? 'every' : 'no'} value of ${textOf(node.operand)} meets ${textOf(node)}, whose bounds are exchanged: write ${write}`,
    !node.negated,
  )
}

function boundIn(
  mistakes: Mistakes,
  condition: Expression,
): { readonly bound: Bound; readonly relation: Relation; readonly key: string } | undefined {
  const isDenied = condition.kind === 'not'
  const e = isDenied ? condition.operand : condition
  if (e.kind !== 'comparison' || hasCollate(e)) return undefined
  const [pair, more] = comparisons(e)
  if (!pair || more) return undefined
  for (const [side, other, operator] of [
    [pair.left, pair.right, pair.operator],
    [pair.right, pair.left, flipped(pair.operator)],
  ] as const) {
    const column = mistakes.binder.columnOf(side)
    const value = column && readValue(mistakes, side, other)
    if (!value) continue
    const bound = { at: condition, side, operator: isDenied ? OPPOSITE[operator] : operator, ...value }
    return { bound, relation: column.relation, key: keyOf(pathOf(column)) }
  }
  return undefined
}

const OPPOSITE: Readonly<Record<Operator, Operator>> = {
  '=': '<>',
  '<>': '=',
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
}

/** A constant that a column is compared with, if it is known how they compare. */
function readValue(
  { analysis, binder }: Mistakes,
  side: Expression,
  constant: Expression,
): Pick<Bound, 'value' | 'kind'> | undefined {
  const column = binder.columnOf(side)
  if (!column || column.merged || isCollated(column) || !analysis.isConstant(constant)) return undefined
  const kind = analysis.kindOf(side)
  const value = analysis.constantOf(constant)
  const number = typeof value === 'bigint' ? Number(value) : value
  if (typeof number === 'number') {
    // every text is greater than a number
    const isNumber = kind === undefined || kind === 'number' || kind === 'integer'
    return isNumber && Math.abs(number) <= Number.MAX_SAFE_INTEGER
      ? { value: number, kind: 'number' }
      : undefined
  }
  if (typeof value !== 'string') return undefined
  if (kind === 'string' || (kind === undefined && column.affinity === 'text'))
    return isAscii(value) ? { value, kind: 'text' } : undefined
  const time = kind === 'timestamp' || kind === 'day' || kind === 'datetime' ? instantText(value) : undefined
  return time === undefined ? undefined : { value: time, kind: 'time' }
}

/** Other texts compare by their bytes in UTF-8. */
const isAscii = (text: string): boolean => /^[ -~]*$/.test(text)

const isUpper = ({ operator }: Bound): boolean => operator === '<' || operator === '<='
const isLower = ({ operator }: Bound): boolean => operator === '>' || operator === '>='
const isInclusive = ({ operator }: Bound): boolean => operator.endsWith('=')

/** Whether every value is within one of two bounds. */
function coverAll(a: Bound, b: Bound): boolean {
  if (a.kind !== b.kind) return false
  if (a.operator === '<>' || b.operator === '<>') {
    const [not, other] = a.operator === '<>' ? [a, b] : [b, a]
    return (isLower(other) || isUpper(other)) && isWithin(not.value, other)
  }
  const [lower, upper] = isLower(a) ? [a, b] : [b, a]
  if (!isLower(lower) || !isUpper(upper)) return false
  if (lower.value === upper.value) return isInclusive(lower) || isInclusive(upper)
  return lower.value < upper.value
}

/** Whether no value is within both bounds. */
function excludeAll(a: Bound, b: Bound): boolean {
  if (a.kind !== b.kind) return false
  if (a.operator === '=' || b.operator === '=') {
    const [equal, other] = a.operator === '=' ? [a, b] : [b, a]
    return (isLower(other) || isUpper(other)) && !isWithin(equal.value, other)
  }
  const [lower, upper] = isLower(a) ? [a, b] : [b, a]
  if (!isLower(lower) || !isUpper(upper)) return false
  if (lower.value === upper.value) return !(isInclusive(lower) && isInclusive(upper))
  return lower.value > upper.value
}

function isWithin(value: number | string, bound: Bound): boolean {
  if (value === bound.value) return isInclusive(bound)
  return isLower(bound) ? value > bound.value : value < bound.value
}
