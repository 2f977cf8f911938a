import { dayText } from '../../catalog/times.ts'
import type { Expression } from '../../sql/expression.ts'
import type { Binder } from '../binding/binder.ts'
import { coresOf, relationRefs, type BoundColumn, type BoundQuery, type Relation } from '../binding/bound.ts'
import { onlyOrigin } from '../binding/origins.ts'
import { nodesOf } from '../binding/traverse.ts'
import { isComputedTime } from '../binding/value-types.ts'
import type { Validator } from '../context.ts'
import { writtenText } from '../names.ts'
import { literal } from '../splice.ts'
import { conjunctsOf } from './conjuncts.ts'
import { comparisons, constantOf } from './type-checks.ts'

/** A day, month or year. */
const PERIOD = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/

/**
 * Notes conditions that take a time for a day: a time never equals the text of its day, `<=` a day leaves out that day, and the
 * first and last day of a period are not those of a row.
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
    for (const { left, right, equality } of comparisons(node)) {
      if (!equality) continue
      this.#equality(left, right, isNegated)
      this.#equality(right, left, isNegated)
    }
    if (node.kind === 'between' && !node.negated) this.#upTo(node, node.operand, node.high, node.low)
    if (node.kind !== 'comparison') return
    if (node.operator === '<=') this.#upTo(node, node.left, node.right)
    if (node.operator === '>=') this.#upTo(node, node.right, node.left)
  }

  #equality(side: Expression, other: Expression, isNegated: boolean): void {
    const found = this.#period(side, other)
    if (!found) return
    const { column, unit, name, text, first, next } = found
    const write = isNegated
      ? `(${name} < ${literal(first)} OR ${name} >= ${literal(next)})`
      : `${name} >= ${literal(first)} AND ${name} < ${literal(next)}`
    noteAt(column, `${name} never equals ${literal(text)}, which is no ${unit}: write ${write}`)
  }

  /** `<=`, and the upper bound of BETWEEN. */
  #upTo(node: Expression, side: Expression, bound: Expression, low?: Expression): void {
    const found = this.#period(side, bound)
    if (!found) return
    const { column, name, text, next } = found
    const from = low ? `${name} >= ${textOf(low)} AND ` : ''
    noteAt(
      column,
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

  /** A column of times beside a day, month or year, or a column of days beside a month or year. */
  #period(side: Expression, other: Expression) {
    const column = this.#binder.columnOf(side)
    if (!column) return undefined
    const text = constantOf(this.#binder, this.#validator, other)
    const parts = typeof text === 'string' ? PERIOD.exec(text) : null
    const unit = parts && unitOf(column, this.#binder)
    if (!unit || (unit === 'day' && parts[3] !== undefined)) return undefined
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
    const name = writtenText(column.source, column.node.name)
    return { column, unit, name, text: text as string, first, next }
  }
}

/** What the values of a column are: times, or days. */
function unitOf(column: BoundColumn, binder: Binder): 'time' | 'day' | undefined {
  if (isComputedTime(column, binder)) return 'time'
  const origin = onlyOrigin(column)
  if (origin?.relation.kind !== 'ref') return undefined
  const { resource } = origin.relation.ref
  const shape = resource.columns.find(c => c.name === origin.column)
  if (origin.path.length === 0 && shape?.isDate) return 'day'
  const range = resource.methods.find(m => m.range?.column === origin.column)?.range
  if (range) return range.unit === 'day' ? 'day' : 'time'
  return column.shape.type === 'timestamp' ? 'time' : undefined
}

function noteAt(column: BoundColumn, text: string): void {
  relationRefs(column.relation)[0]?.notes.add(text)
}

function dayAfter(day: string): string {
  const [year, month, date] = day.split('-').map(Number)
  return dayText(year!, month!, date! + 1)
}

const textOf = ({ source, range }: Expression): string => writtenText(source, range)
