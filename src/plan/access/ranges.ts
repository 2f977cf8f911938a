import { keyPart } from '../../catalog/keys.ts'
import { parseTime } from '../../catalog/times.ts'
import type { Method, Range, Value } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Expression } from '../../sql/expression.ts'
import { keyOf, type Relation } from '../binding/bound.ts'
import { fullName } from '../names.ts'
import type { Bind } from '../plan.ts'
import { onFilters, type Conjunct } from '../predicates/conjuncts.ts'
import {
  boundText,
  cut,
  DAY,
  EVERYTHING,
  intersection,
  isEverything,
  SECOND,
  sizeOf,
  type Interval,
  type Intervals,
} from '../predicates/intervals.ts'
import { RangeReader } from '../predicates/range-reader.ts'
import type { Conditions } from './conditions.ts'

/** Most calls that one range may become. */
const MOST_PARTS = 2000

type RefRelation = Extract<Relation, { kind: 'ref' }>

/** The values of the parameters of a range. */
export interface RangeCalls {
  /** Lower and upper bound of each call; no rows if no value can meet the conditions. */
  readonly bind: Extract<Bind, { kind: 'values' }>
  /** Warnings for bounds that the statement does not give. */
  readonly warnings: readonly string[]
  /** Each call asks for one value of its whole span, which the statement has not asked for. */
  readonly isWhole: boolean
}

/** The ranges that the conditions of a statement leave to columns. */
export class RangeConstraints {
  readonly #reader: RangeReader
  readonly #conditions: Conditions
  readonly #known = new Map<Relation, Map<string, Intervals>>()

  constructor(conditions: Conditions) {
    this.#conditions = conditions
    this.#reader = new RangeReader(conditions.analysis)
  }

  /** Whether the conditions give the bounds that the range of a method requires. True for a method without a range. */
  isBounded(relation: Relation, { range }: Pick<Method, 'range'>): boolean {
    if (!range) return true
    const all = this.#of(relation, range.column, range.unit)
    return all.every(i => i.from > -Infinity && (i.before < Infinity || range.open !== undefined))
  }

  /** Whether a condition narrows the range of a method. */
  narrows(condition: Expression, relation: Relation, { range }: Method): boolean {
    return (
      range !== undefined
      && !isEverything(this.#reader.condition(condition, relation, range.column, range.unit).intervals)
    )
  }

  /** Whether a conjunct is a bound of the range of a method, and says nothing else: it holds for all times that are asked for. */
  isBound({ condition, core, join }: Conjunct, relation: Relation, { range }: Method): boolean {
    return (
      range !== undefined
      && core === relation.core
      && (!join || onFilters(core, join, relation))
      && this.#reader.condition(condition, relation, range.column, range.unit).isExact
    )
  }

  /** Whether the queries around a relation narrow the range of a method. */
  isNarrowedFromAround(relation: Relation, { range }: Method): boolean {
    return range !== undefined && !isEverything(this.#fromAround(relation, range.column, range.unit))
  }

  /**
   * The bounds of the calls.
   * @param steps the values of the parameter that decides about the longest span, where the statement gives them
   * @param whole the value that is one step for all of the range, if such a step is enough for the statement
   * @throws ConfluentqlError LIMIT for a range that would take too many calls
   */
  callsOf(relation: RefRelation, range: Range, steps?: readonly string[], whole?: string): RangeCalls {
    const name = fullName(relation.ref.resource)
    const warnings: string[] = []
    const intervals = this.#of(relation, range.column, range.unit).flatMap(interval => {
      const isOpen = interval.before === Infinity
      const before = isOpen ? this.#end(range) : interval.before
      if (isOpen) warnings.push(`${name}: ${openEnd(range, before)}`)
      return interval.from < before ? [{ from: interval.from, before, isOpen }] : []
    })
    const finest = range.steps && finestStep(range.steps.spans, intervals)
    // within a single step, the bounds would cut it
    const isWhole = whole !== undefined && intervals.every(i => countOf(aligned(i, finest), finest) > 1)
    const chosen = steps ?? [isWhole ? whole : finest]
    if (range.steps && !steps && intervals.length > 0)
      warnings.push(
        `${name}: ${range.steps.param} not given: ${chosen[0]}${isWhole ? ', since only sums over all of the time are asked for' : ''}`,
      )
    const isFixed = relation.ref.site?.isFixed === true
    for (const text of isFixed ? [] : chosen.flatMap(step => this.#newest(intervals, step, range)))
      warnings.push(`${name}: ${text}`)
    const rows = chosen.flatMap(step =>
      intervals
        .flatMap(i => cut(aligned(i, step, range), spanOf(range, step), MOST_PARTS))
        .map(({ from, before }: Interval): Value[] => [
          ...(step === undefined ? [] : [step]),
          boundText(from, range.unit),
          boundText(before, range.unit),
        ]),
    )
    if (rows.length > MOST_PARTS) throw tooMany(relation, range)
    const params = [...(range.steps ? [range.steps.param] : []), range.from, range.before]
    return { bind: { kind: 'values', params, rows }, warnings, isWhole: isWhole && !steps }
  }

  /** What to say of values whose time is not over, or was over only a short while ago. */
  #newest(intervals: Intervals, step: string | undefined, range: Range): readonly string[] {
    const { column, lag, unit } = range
    const last = intervals.at(-1)
    if (lag === undefined || !last) return []
    const now = this.#now()
    const size = sizeOf(step ?? '') ?? 0
    const { from, before } = aligned(last, step, range)
    const start = size === 0 ? from : Math.ceil(Math.min(before, now) / size) * size - size
    if (size > sizeOf(lag)! && start >= from && start + size > now) {
      const text = boundText(start, unit)
      return [
        `the ${step} that begins at ${text} is not over: its values are of the time until ${boundText(Math.min(before, now), unit)}; ${column} < '${text}' leaves it out`,
      ]
    }
    return before > now - sizeOf(lag)!
      ? [`values of the last ${lag.slice(2, -1)} minutes may still be partial`]
      : []
  }

  #now(): number {
    return parseTime(
      String(this.#conditions.analysis.validator.values(["strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"])[0]),
    )!
  }

  /** The end of a range without an upper bound. */
  #end({ open, unit }: Range): number {
    const now = this.#now()
    const day = now - (now % DAY)
    return open === 'tomorrow' ? day + DAY : unit === 'day' ? day : now
  }

  #of(relation: Relation, key: string, unit: Range['unit']): Intervals {
    const byKey = this.#known.get(relation) ?? new Map<string, Intervals>()
    this.#known.set(relation, byKey)
    const known = byKey.get(key)
    if (known) return known
    byKey.set(key, EVERYTHING)
    const own = this.#conditions
      .conjunctsOf(relation.core)
      .filter(c => !c.join || onFilters(relation.core, c.join, relation))
      .map(c => this.#reader.condition(c.condition, relation, key, unit).intervals)
    const all = intersection(own.reduce(intersection, EVERYTHING), this.#fromAround(relation, key, unit))
    byKey.set(key, all)
    return all
  }

  /** The ranges that conditions on the derived table or CTE around a relation leave. */
  #fromAround(relation: Relation, key: string, unit: Range['unit']): Intervals {
    const { core } = relation
    const reader = this.#conditions.readerOf(core.parent)
    if (!reader?.columns || !this.#conditions.passesConditions(core)) return EVERYTHING
    return reader.columns
      .map(({ name }) => {
        const from = this.#conditions.sourceOf(core, reader, name)
        const isSame = from?.relation === relation && keyOf(from) === key
        return isSame ? this.#of(reader, keyPart(name), unit) : EVERYTHING
      })
      .reduce(intersection, EVERYTHING)
  }
}

function openEnd({ column, open, unit }: Range, before: number): string {
  const end = open === 'now' ? `now, at ${boundText(before, unit)}` : `before ${boundText(before, unit)}`
  return `${column} has no upper bound: the range ends ${end}`
}

/** The first step that allows the intervals in one call each, or the last of all. */
function finestStep(spans: Readonly<Record<string, string | null>>, intervals: Intervals): string {
  const fits = (step: string, span: string | null): boolean =>
    span === null || intervals.every(i => cut(aligned(i, step), span, 1).length < 2)
  const [step] =
    Object.entries(spans).find(([name, span]) => fits(name, span)) ?? Object.entries(spans).at(-1)!
  return step
}

function spanOf({ longest, steps }: Range, step: string | undefined): string | undefined {
  return steps ? (steps.spans[step ?? ''] ?? undefined) : longest
}

/**
 * The interval of the steps that begin in it: each has its whole value, whatever part of it the bounds leave. A step for all of the
 * range is one of the finest that begin in it. Without steps, times may be anywhere in the second of an excluded bound.
 */
function aligned(
  interval: Interval & { readonly isOpen?: boolean },
  step: string | undefined,
  range?: Pick<Range, 'steps'>,
): Interval {
  const [finest] = Object.keys(range?.steps?.spans ?? {})
  const size = step === undefined ? undefined : (sizeOf(step) ?? sizeOf(finest ?? ''))
  if (size === undefined)
    return { from: Math.floor(interval.from / SECOND) * SECOND, before: interval.before }
  const up = (at: number): number => Math.ceil(at / size) * size
  return { from: up(interval.from), before: interval.isOpen ? interval.before : up(interval.before) }
}

/** How many steps begin in an interval. */
function countOf({ from, before }: Interval, step: string | undefined): number {
  return Math.ceil((before - from) / (sizeOf(step ?? '') ?? Infinity))
}

/** The calls of a range, in milliseconds; a step without a size is infinite. */
export function stepsIn(
  { params, rows }: RangeCalls['bind'],
  range: Range,
): readonly (Interval & { readonly step: number })[] {
  const at = (row: readonly Value[], name = ''): string => String(row[params.indexOf(name)])
  return rows.map(row => ({
    step: sizeOf(at(row, range.steps?.param)) ?? Infinity,
    from: parseTime(at(row, range.from)) ?? NaN,
    before: parseTime(at(row, range.before)) ?? NaN,
  }))
}

/** Beginnings of the first steps of a range. */
export function timesOf(bind: RangeCalls['bind'], range: Range, most: number): readonly string[] {
  const times = new Set<string>()
  for (const { step, from, before } of stepsIn(bind, range))
    for (let time = from; time < before && times.size < most; time += step)
      times.add(boundText(time, range.unit))
  return [...times]
}

function tooMany({ ref }: RefRelation, { column }: Range): ConfluentqlError {
  return new ConfluentqlError(
    'LIMIT',
    `the range of ${column} of ${fullName(ref.resource)} would take more than ${MOST_PARTS} requests`,
    { hint: `give bounds that are closer: ${column} >= … AND ${column} < …` },
  )
}
