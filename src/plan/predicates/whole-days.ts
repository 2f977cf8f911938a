import { dayText } from '../../catalog/times.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Expression } from '../../sql/expression.ts'
import type { Binder } from '../binding/binder.ts'
import { coresOf, relationRefs, type BoundQuery, type Relation, type ValueKind } from '../binding/bound.ts'
import { nodesOf } from '../binding/traverse.ts'
import { alternativesOf, kindOf } from '../binding/value-types.ts'
import type { Validator } from '../context.ts'
import { spanOf, writtenText } from '../names.ts'
import { literal } from '../splice.ts'
import { conjunctsOf } from './conjuncts.ts'
import { comparisons, constantOf, flipped, type Operator } from './type-checks.ts'
import { inUtc } from './type-errors.ts'

/** A day, month or year. */
const PERIOD = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/

/** A day, and its time in a form of the API or of datetime(). */
const MOMENT = /^(\d{4}-\d\d-\d\d)([T ])(\d\d:\d\d.*)$/

/**
 * Notes conditions with constants that take a time for a day or a day for a time: a time never equals the text of its day, `<=` a
 * day leaves out that day, a day is less than each of its times, and the first and last day of a period are not those of a row.
 *
 * @throws ConfluentqlError VALUE for a result of datetime() beside a time with a T, in a statement that reads only tables of the session
 */
export function noteDays(binder: Binder, root: BoundQuery, validator: Validator): void {
  const notes = new DayNotes(binder, validator)
  for (const node of nodesOf(root.query)) notes.look(node)
  for (const core of coresOf(root)) {
    if (core.parent.query.source !== root.query.source) continue
    const equal = conjunctsOf(core).map(c => c.condition)
    for (const relation of core.relations) notes.bounds(relation, equal)
  }
}

class DayNotes {
  readonly #binder: Binder
  readonly #validator: Validator

  constructor(binder: Binder, validator: Validator) {
    this.#binder = binder
    this.#validator = validator
  }

  look(node: Expression): void {
    const isNegated = node.kind === 'comparison' ? node.operator === '<>' : 'negated' in node && node.negated
    for (const { left, right, operator } of comparisons(node)) {
      this.#moment(node, left, right, operator)
      this.#moment(node, right, left, flipped(operator))
      if (operator !== '=' && operator !== '<>') continue
      this.#equality(left, right, isNegated)
      this.#equality(right, left, isNegated)
    }
    this.#mixture(node)
    if (node.kind === 'between' && !node.negated) this.#upTo(node, node.operand, node.high, node.low)
    if (node.kind !== 'comparison') return
    if (node.operator === '<=') this.#upTo(node, node.left, node.right)
    if (node.operator === '>=') this.#upTo(node, node.right, node.left)
  }

  /** A day, or the result of datetime(), beside a constant time. */
  #moment(node: Expression, side: Expression, other: Expression, operator: Operator): void {
    // a list has a pair for each value
    if (side.kind === 'literal' || (other.kind === 'literal' && other.type !== 'string')) return
    const kind = kindOf(side, this.#binder)
    if (kind !== 'day' && kind !== 'datetime') return
    const text = constantOf(this.#binder, this.#validator, other)
    const [, day, blank, time] = (typeof text === 'string' && MOMENT.exec(text)) || []
    if (day === undefined) return
    const name = textOf(side)
    if (kind === 'datetime') {
      if (blank === ' ') return
      const reason = `${textOf(node)} compares a blank before the hour, which datetime() writes, with the T of ${textOf(other)}`
      const write = `write datetime(${textOf(other)}) instead of ${textOf(other)}`
      // tables of the session have no notices
      if (this.#binder.refs.length === 0)
        throw new ConfluentqlError('VALUE', reason, { span: spanOf(other.source, other.range), hint: write })
      return noteAbout(this.#binder, side, `${reason}: ${write}`)
    }
    const write = other.kind === 'literal' ? literal(day) : `date(${textOf(other)})`
    const isMidnight = /^00:00(?::00(?:\.0+)?)?Z?$/.test(time!)
    const reason =
      operator === '=' || operator === '<>'
        ? `${name} never equals ${literal(text as string)}, which is no day`
        : operator === '>='
          ? `${textOf(node)} leaves out the day ${day}, which is less than any time of it`
          : operator === '<' && isMidnight
            ? `${textOf(node)} takes in the day ${day}, which is less than any time of it`
            : undefined
    if (reason !== undefined)
      noteAbout(this.#binder, side, `${reason}: write ${write} instead of ${textOf(other)}`)
  }

  /** A call or CASE that returns times in two forms, whose texts do not compare as the times. */
  #mixture(node: Expression): void {
    const all = alternativesOf(node)
    if (!all.some(e => kindOf(e, this.#binder) === 'datetime')) return
    for (const e of all.filter(x => kindOf(x, this.#binder) === 'timestamp'))
      noteAbout(
        this.#binder,
        node,
        `${textOf(node)} mixes times with a blank before the hour, which datetime() writes, and with a T: write datetime(${textOf(e)}) instead of ${textOf(e)}`,
      )
  }

  #equality(side: Expression, other: Expression, isNegated: boolean): void {
    const found = this.#period(side, other)
    if (!found) return this.#withoutZone(side, other)
    const { unit, name, text, first, next } = found
    const write = isNegated
      ? `(${name} < ${literal(first)} OR ${name} >= ${literal(next)})`
      : `${name} >= ${literal(first)} AND ${name} < ${literal(next)}`
    noteAbout(
      this.#binder,
      side,
      `${name} never equals ${literal(text)}, which is no ${unit}: write ${write}`,
    )
  }

  /** A time without the Z that the API writes behind it, or of another time zone. */
  #withoutZone(side: Expression, other: Expression): void {
    if (side.kind === 'literal' || kindOf(side, this.#binder) !== 'timestamp') return
    const text = constantOf(this.#binder, this.#validator, other)
    if (typeof text !== 'string') return
    const isLocal = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/.test(text)
    const time = isLocal ? `${text}${text.length === 16 ? ':00' : ''}Z` : inUtc(text)
    if (time === undefined) return
    noteAbout(
      this.#binder,
      side,
      `${textOf(side)} is compared with the text ${literal(text)}, and the API writes times in UTC with a Z: write ${literal(time)}`,
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
      return noteAbout(
        this.#binder,
        side,
        `${textOf(node)} ends where ${text} begins: for the days before it write ${from}${name} < ${textOf(bound)}, for its rows as well ${from}${name} < date(${textOf(bound)}, '+1 day')`,
      )
    noteAbout(
      this.#binder,
      side,
      `${textOf(node)} ends where ${text} begins, and leaves out its rows: write ${from}${name} < ${literal(next)}`,
    )
  }

  /** The last and the first day of a period as those of a row. */
  bounds(relation: Relation, conditions: readonly Expression[]): void {
    if (relation.kind !== 'ref') return
    const { methods, columns } = relation.ref.resource
    for (const { range } of methods) {
      const end = range?.before
      if (range?.unit !== 'day' || !columns.some(c => c.name === end && c.name !== range.column)) continue
      const [from, to] = [range.column, end!].map(name => this.#equalTo(relation, name, conditions))
      if (from === undefined || to === undefined || to === dayAfter(from)) continue
      relation.ref.notes.add(
        `${range.column} and ${end!} are the day of a row and the day after it: for the days from ${literal(from)} to ${literal(to)} write ${range.column} >= ${literal(from)} AND ${range.column} <= ${literal(to)}`,
      )
    }
  }

  #equalTo(relation: Relation, name: string, conditions: readonly Expression[]): string | undefined {
    for (const e of conditions) {
      if (e.kind !== 'comparison' || e.operator !== '=') continue
      for (const [side, other] of [
        [e.left, e.right],
        [e.right, e.left],
      ] as const) {
        const column = this.#binder.columnOf(side)
        if (column?.relation !== relation || column.column !== name) continue
        const value = constantOf(this.#binder, this.#validator, other)
        if (typeof value === 'string' && PERIOD.exec(value)?.[3] !== undefined) return value
      }
    }
    return undefined
  }

  /** Times beside a day, month or year, or days beside a month or year. */
  #period(side: Expression, other: Expression) {
    const unit = unitOf(kindOf(side, this.#binder))
    if (!unit) return undefined
    const text = constantOf(this.#binder, this.#validator, other)
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

/** Adds a notice about an expression to a table that it is about, or else to the first one. */
export function noteAbout(binder: Binder, e: Expression, text: string): void {
  const refs = binder.columnsIn(e).flatMap(c => relationRefs(c.relation))
  const [ref] = refs.length > 0 ? refs : binder.refs
  ref?.notes.add(text)
}

function dayAfter(day: string): string {
  const [year, month, date] = day.split('-').map(Number)
  return dayText(year!, month!, date! + 1)
}

const textOf = ({ source, range }: Expression): string => writtenText(source, range)
