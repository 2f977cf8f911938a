import { parseTime } from '../../catalog/times.ts'
import type { Method, Range, Value } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Expression } from '../../sql/expression.ts'
import type { Binder } from '../binding/binder.ts'
import { keyOf, keyPart, type Relation } from '../binding/bound.ts'
import type { Validator } from '../context.ts'
import { fullName } from '../names.ts'
import type { Bind } from '../plan.ts'
import type { ExpressionAnalysis } from '../predicates/analysis.ts'
import { onFilters } from '../predicates/conjuncts.ts'
import {
  boundText,
  cut,
  EVERYTHING,
  intersection,
  isEverything,
  type Interval,
  type Intervals,
} from '../predicates/intervals.ts'
import { RangeReader } from '../predicates/range-reader.ts'
import type { RelationConstraints } from './relation-constraints.ts'

/** Most calls that one range may become. */
const MOST_PARTS = 2000

type RefRelation = Extract<Relation, { kind: 'ref' }>

/** The values of the parameters of a range. */
export interface RangeCalls {
  /** Lower and upper bound of each call; no rows if no value can meet the conditions. */
  readonly bind: Extract<Bind, { kind: 'values' }>
  /** Warnings for bounds that the statement does not give. */
  readonly warnings: readonly string[]
}

/** The ranges that the conditions of a statement leave to columns. */
export class RangeConstraints {
  readonly #validator: Validator
  readonly #reader: RangeReader
  readonly #constraints: RelationConstraints
  readonly #known = new Map<Relation, Map<string, Intervals>>()

  constructor(
    binder: Binder,
    analysis: ExpressionAnalysis,
    validator: Validator,
    constraints: RelationConstraints,
  ) {
    this.#validator = validator
    this.#reader = new RangeReader(binder, analysis)
    this.#constraints = constraints
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
      && !isEverything(this.#reader.condition(condition, relation, range.column, range.unit))
    )
  }

  /** Whether the queries around a relation narrow the range of a method. */
  isNarrowedFromAround(relation: Relation, { range }: Method): boolean {
    return range !== undefined && !isEverything(this.#fromAround(relation, range.column, range.unit))
  }

  /** The bounds of the calls. @throws ConfluentqlError LIMIT for a range that takes too many calls */
  callsOf(relation: RefRelation, range: Range): RangeCalls {
    const warnings: string[] = []
    const intervals = this.#of(relation, range.column, range.unit).map(interval => {
      if (interval.before < Infinity) return interval
      const before = this.#end(range)
      warnings.push(
        `${fullName(relation.ref.resource)}: ${range.column} has no upper bound, so that it ends ${range.open === 'now' ? `now, at ${boundText(before, range.unit)}` : `before ${boundText(before, range.unit)}`}`,
      )
      return { from: interval.from, before }
    })
    const parts = intervals.filter(i => i.from < i.before).flatMap(i => cut(i, range.longest, MOST_PARTS))
    if (parts.length > MOST_PARTS) throw tooMany(relation, range)
    const rows = parts.map(({ from, before }: Interval): Value[] => [
      boundText(from, range.unit),
      boundText(before, range.unit),
    ])
    return { bind: { kind: 'values', params: [range.from, range.before], rows }, warnings }
  }

  /** The end of a range without an upper bound. */
  #end({ open, unit }: Range): number {
    const expression = open === 'now' ? "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')" : "date('now', '+1 day')"
    const now = String(this.#validator.values([expression])[0])
    return parseTime(unit === 'day' ? `${now.slice(0, 10)}T00:00:00Z` : now)!
  }

  #of(relation: Relation, key: string, unit: Range['unit']): Intervals {
    const byKey = this.#known.get(relation) ?? new Map<string, Intervals>()
    this.#known.set(relation, byKey)
    const known = byKey.get(key)
    if (known) return known
    byKey.set(key, EVERYTHING)
    const own = this.#constraints
      .conjunctsOf(relation.core)
      .filter(c => !c.join || onFilters(relation.core, c.join, relation))
      .map(c => this.#reader.condition(c.condition, relation, key, unit))
    const all = intersection(own.reduce(intersection, EVERYTHING), this.#fromAround(relation, key, unit))
    byKey.set(key, all)
    return all
  }

  /** The ranges that conditions on the derived table or CTE around a relation leave. */
  #fromAround(relation: Relation, key: string, unit: Range['unit']): Intervals {
    const { core } = relation
    const reader = this.#constraints.readerOf(core.parent)
    if (!reader?.columns || !this.#constraints.passesConditions(core)) return EVERYTHING
    return reader.columns
      .map(({ name }) => {
        const from = this.#constraints.sourceOf(core, reader, name)
        const isSame = from?.relation === relation && keyOf(from) === key
        return isSame ? this.#of(reader, keyPart(name), unit) : EVERYTHING
      })
      .reduce(intersection, EVERYTHING)
  }
}

function tooMany({ ref }: RefRelation, { column }: Range): ConfluentqlError {
  return new ConfluentqlError(
    'LIMIT',
    `the range of ${column} of ${fullName(ref.resource)} would take more than ${MOST_PARTS} requests`,
    { hint: `give bounds that are closer: ${column} >= … AND ${column} < …` },
  )
}
