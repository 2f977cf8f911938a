import { dayText, instantText } from '../../catalog/times.ts'
import type { Expression } from '../../sql/expression.ts'
import type { Binder } from '../binding/binder.ts'
import { coresOf, type Relation, type ValueKind } from '../binding/bound.ts'
import { nodesOf, operationsIn } from '../binding/traverse.ts'
import { alternativesOf } from '../binding/value-types.ts'
import { writtenText } from '../names.ts'
import { literal } from '../splice.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { conjunctsOf } from './conjuncts.ts'
import { comparisons, flipped, comparesTimes, type Operator } from './comparisons.ts'
import type { Mistakes } from './mistakes.ts'

/** A day, month or year. */
const PERIOD = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/

/**
 * Notes conditions with constants that take a time for a day or a day for a time: a time equals a day only at midnight, `<=` a
 * day leaves out that day, a day begins before the times in it, and the first and last day of a period are not those of a row.
 */
export function noteDays(mistakes: Mistakes): void {
  const { root } = mistakes
  const notes = new DayNotes(mistakes)
  for (const node of operationsIn(nodesOf(root.query))) notes.look(node)
  for (const core of coresOf(root)) {
    if (core.parent.query.source !== root.query.source) continue
    const equal = conjunctsOf(core).map(c => c.condition)
    for (const relation of core.relations) notes.bounds(relation, equal)
  }
}

class DayNotes {
  readonly #mistakes: Mistakes
  readonly #analysis: ExpressionAnalysis
  readonly #binder: Binder

  constructor(mistakes: Mistakes) {
    const { analysis, binder } = mistakes
    this.#mistakes = mistakes
    this.#analysis = analysis
    this.#binder = binder
  }

  look(node: Expression): void {
    const isNegated = node.kind === 'comparison' ? node.operator === '<>' : 'negated' in node && node.negated
    let known: Expression | undefined
    let isLeftTime = false
    for (const { left, right, operator } of comparisons(node)) {
      // a list has a pair for each value
      if (left !== known) {
        known = left
        isLeftTime = this.#isOfTimes(left)
      }
      if (!isLeftTime && (right.kind === 'literal' || !this.#isOfTimes(right))) continue
      this.#moment(node, left, right, operator)
      this.#moment(node, right, left, flipped(operator))
      if (operator !== '=' && operator !== '<>') continue
      for (const [side, other] of [
        [left, right],
        [right, left],
      ] as const) {
        this.#equality(side, other, isNegated)
        if (!comparesTimes(node)) this.#otherForm(side, other)
      }
    }
    this.#mixture(node)
    if (node.kind === 'between' && !node.negated) this.#upTo(node, node.operand, node.high, node.low)
    if (node.kind !== 'comparison') return
    if (node.operator === '<=') this.#upTo(node, node.left, node.right)
    if (node.operator === '>=') this.#upTo(node, node.right, node.left)
  }

  #isOfTimes(e: Expression): boolean {
    return e.kind !== 'literal' && unitOf(this.#analysis.kindOf(e)) !== undefined
  }

  /** A day beside a constant time, which is midnight if it is no time in the day. */
  #moment(node: Expression, side: Expression, other: Expression, operator: Operator): void {
    // a list has a pair for each value
    if (side.kind === 'literal' || (other.kind === 'literal' && other.type !== 'string')) return
    if (operator === '>' || operator === '<=' || operator === '<') return
    if (this.#analysis.kindOf(side) !== 'day') return
    const text = this.#analysis.constantOf(other)
    const instant = typeof text === 'string' && text.length > 10 ? instantText(text) : undefined
    if (instant === undefined || instant.endsWith('T00:00:00')) return
    const day = instant.slice(0, 10)
    const write = other.kind === 'literal' ? literal(day) : `date(${textOf(other)})`
    const reason =
      operator === '>='
        ? `${textOf(node)} leaves out the day ${day}, which begins before it`
        : `${textOf(side)} never equals ${literal(text as string)}, which is no day`
    this.#mistakes.addAbout(side, `${reason}: write ${write} instead of ${textOf(other)}`)
  }

  /** A call or CASE that returns times in two forms, whose texts do not compare as the times. */
  #mixture(node: Expression): void {
    const all = alternativesOf(node)
    if (!all.some(e => this.#analysis.kindOf(e) === 'datetime')) return
    for (const e of all.filter(x => this.#analysis.kindOf(x) === 'timestamp'))
      this.#mistakes.addAbout(
        node,
        `${textOf(node)} mixes times with a blank before the hour, which datetime() writes, and with a T: write datetime(${textOf(e)}) instead of ${textOf(e)}`,
      )
  }

  #equality(side: Expression, other: Expression, isNegated: boolean): void {
    const found = this.#period(side, other)
    if (!found) return
    const { unit, name, text, first, next } = found
    const write = isNegated
      ? `(${name} < ${literal(first)} OR ${name} >= ${literal(next)})`
      : `${name} >= ${literal(first)} AND ${name} < ${literal(next)}`
    this.#mistakes.addAbout(
      side,
      text.length === 10
        ? `${name} equals ${literal(text)} only at midnight: write ${write}`
        : `${name} never equals ${literal(text)}, which is no ${unit}: write ${write}`,
    )
  }

  /** A time without the Z that the API writes behind it, or of another time zone, where texts are compared. */
  #otherForm(side: Expression, other: Expression): void {
    if (side.kind === 'literal' || this.#analysis.kindOf(side) !== 'timestamp') return
    const text = this.#analysis.constantOf(other)
    const instant = typeof text === 'string' && text.length > 10 ? instantText(text) : undefined
    if (instant === undefined || /^.{10}T[^z+-]*Z$/.test(text as string)) return
    this.#mistakes.addAbout(
      side,
      `${textOf(side)} is compared with the text ${literal(text as string)}, and the API writes times in UTC with a Z: write ${literal(`${instant}Z`)}`,
    )
  }

  /** `<=`, and the upper bound of BETWEEN. */
  #upTo(node: Expression, side: Expression, bound: Expression, low?: Expression): void {
    const found = this.#period(side, bound)
    if (!found) return
    const { name, text, next } = found
    const from = low ? `${name} >= ${textOf(low)} AND ` : ''
    if ((bound.kind !== 'literal' || bound.type !== 'string') && text.length === 10)
      // up to now may be meant, or the days before today
      return this.#mistakes.addAbout(
        side,
        `${textOf(node)} ends where ${text} begins: for the days before it write ${from}${name} < ${textOf(bound)}, for its rows as well ${from}${name} < date(${textOf(bound)}, '+1 day')`,
      )
    this.#mistakes.addAbout(
      side,
      `${textOf(node)} ends where ${text} begins, and leaves out ${text.length === 10 ? 'later times of that day' : 'its rows'}: write ${from}${name} < ${literal(next)}`,
    )
  }

  /** The last and the first day of a period as those of a row. */
  bounds(relation: Relation, conditions: readonly Expression[]): void {
    if (relation.kind !== 'ref') return
    const { methods, columns } = relation.ref.resource
    for (const { range } of methods) {
      if (range?.unit !== 'day') continue
      const end = range.before
      if (!columns.some(c => c.name === end && c.name !== range.column)) continue
      const [from, to] = [range.column, end!].map(name => this.#equalTo(relation, name, conditions))
      if (!from || !to || to.day === dayAfter(from.day)) continue
      this.#mistakes.add(
        to.at,
        relation.ref,
        `${range.column} and ${end!} are the day of a row and the day after it: for the days from ${literal(from.day)} to ${literal(to.day)} write ${range.column} >= ${literal(from.day)} AND ${range.column} <= ${literal(to.day)}`,
      )
    }
  }

  #equalTo(
    relation: Relation,
    name: string,
    conditions: readonly Expression[],
  ): { readonly day: string; readonly at: Expression } | undefined {
    for (const e of conditions) {
      if (e.kind !== 'comparison' || e.operator !== '=') continue
      for (const [side, other] of [
        [e.left, e.right],
        [e.right, e.left],
      ] as const) {
        const column = this.#binder.columnOf(side)
        if (column?.relation !== relation || column.column !== name) continue
        const value = this.#analysis.constantOf(other)
        if (typeof value === 'string' && PERIOD.exec(value)?.[3] !== undefined) return { day: value, at: e }
      }
    }
    return undefined
  }

  /** Times beside a day, month or year, or days beside a month or year. */
  #period(side: Expression, other: Expression) {
    const unit = unitOf(this.#analysis.kindOf(side))
    if (!unit) return undefined
    const text = this.#analysis.constantOf(other)
    const parts = typeof text === 'string' ? PERIOD.exec(text) : null
    if (!parts || (unit === 'day' && parts[3] !== undefined)) return undefined
    const [year, month, day] = [Number(parts[1]), Number(parts[2] ?? 1), Number(parts[3] ?? 1)]
    const next =
      parts[3] !== undefined
        ? dayText(year, month, day + 1)
        : parts[2] !== undefined
          ? dayText(year, month + 1, 1)
          : dayText(year + 1, 1, 1)
    const first = dayText(year, month, day)
    // no day, such as 2026-02-30, or the last one of the year 9999, after which such texts have no day
    if (!first.startsWith(parts[0]) || next < first) return undefined
    return { unit, name: textOf(side), text: text as string, first, next }
  }
}

function unitOf(kind: ValueKind | undefined): 'time' | 'day' | undefined {
  if (kind === 'day') return 'day'
  return kind === 'timestamp' || kind === 'datetime' ? 'time' : undefined
}

/** Why a comparison of a time with a day is not what is meant, and which side is the time; undefined if it may be. */
export function timesBeside(
  left: ValueKind | undefined,
  right: ValueKind | undefined,
  operator: Operator,
): { readonly side: 'left' | 'right'; readonly reason: string } | undefined {
  const [a, b] = [unitOf(left), unitOf(right)]
  if (!a || !b || a === b) return undefined
  const side = a === 'time' ? 'left' : 'right'
  if (operator === '=' || operator === '<>') return { side, reason: 'takes no time for equal to its day' }
  const isUpTo = (side === 'left' ? operator : flipped(operator)) === '<='
  return isUpTo ? { side, reason: 'leaves out the times of the day itself' } : undefined
}

function dayAfter(day: string): string {
  const [year, month, date] = day.split('-').map(Number)
  return dayText(year!, month!, date! + 1)
}

const textOf = ({ source, range }: Expression): string => writtenText(source, range)
