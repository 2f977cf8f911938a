import type { Method, QueryBody } from '../../catalog/types.ts'
import type { Call, Expression } from '../../sql/expression.ts'
import { children } from '../../sql/expression.ts'
import { isCombining, positionOf } from '../../sql/properties.ts'
import { pathOf, type BoundColumn, type BoundCore, type Relation } from '../binding/bound.ts'
import { isMergedName } from '../binding/joins.ts'
import { originsOf } from '../binding/origins.ts'
import { coreNodes, expressionsOf, ownNodes, tailOf } from '../binding/traverse.ts'
import { boundText, sizeOf } from '../predicates/intervals.ts'
import type { Conjunct } from '../predicates/conjuncts.ts'
import { literal } from '../splice.ts'
import type { Conditions } from './conditions.ts'

type RefRelation = Extract<Relation, { kind: 'ref' }>
type Kinds = NonNullable<QueryBody['values']>

/** A sum() of the values of a query. */
interface Sum {
  readonly core: BoundCore
  readonly call: Call
  /** The values of `Kinds.by` whose values it may add up; undefined if that is not known. */
  readonly of: readonly string[] | undefined
}

/** Most times that are looked at to find out which ones a group has. */
export const MOST_TIMES = 1000

/** Aggregates whose result does not depend on how often a row occurs. */
const REPEATABLE = new Set(['min', 'max'])

/** Finds out what sum() adds up: the values of several times, and whether these are amounts, or averages such as sizes. */
export class SumsOverTime {
  readonly #conditions: Conditions
  readonly #isBound: (conjunct: Conjunct, relation: Relation, method: Method) => boolean

  /** @param isBound whether a conjunct is a bound of the range of a method, and says nothing else */
  constructor(
    conditions: Conditions,
    isBound: (conjunct: Conjunct, relation: Relation, method: Method) => boolean,
  ) {
    this.#conditions = conditions
    this.#isBound = isBound
  }

  /**
   * Whether a statement uses the values of a relation only in sums over all times of its range, and all of them are amounts, so that
   * one point for the whole range gives the same.
   * @param of the values of `Kinds.by` that are asked for
   */
  areWhole(relation: RefRelation, method: Method, of: readonly string[] | undefined): boolean {
    return this.#groupedTimes(relation, method, of)?.length === 0
  }

  /** The longest step that gives the same sums as the steps of some calls: each group has whole such steps. */
  coarserStep(
    relation: RefRelation,
    method: Method,
    of: readonly string[] | undefined,
    calls: readonly { readonly step: number; readonly from: number; readonly before: number }[],
  ): string | undefined {
    const grouped = this.#groupedTimes(relation, method, of)
    const { column: time, steps, unit } = method.range!
    if (!grouped?.length || !steps || calls.length === 0) return undefined
    const keys = this.#timeKeys(relation.core, relation, time)
    if (!keys?.every(key => !key.columns.includes(key.e))) return undefined
    const texts = new Set(keys.map(key => textOf(key.e)))
    const { binder, analysis } = this.#conditions
    const inKeys = (e: Expression): BoundColumn[] =>
      texts.has(textOf(e)) ? binder.columnsIn(e) : children(e).flatMap(inKeys)
    const { core } = relation
    const covered = new Set([...expressionsOf(core.core), ...tailOf(core.parent.query)].flatMap(inKeys))
    if (!grouped.every(c => covered.has(c))) return undefined
    const column = relation.ref.resource.columns.find(c => c.name === steps.param)
    const longer = (column?.values ?? []).flatMap(name => {
      const size = sizeOf(name)
      return size !== undefined && calls.every(c => c.step < size) ? [{ name, size }] : []
    })
    const isSame = ({ size }: { readonly size: number }): boolean =>
      calls.every(({ step, from, before }) => {
        // an end within a step is that of a range without an upper bound
        if (from % size !== 0 || (before % size !== 0 && before % step === 0)) return false
        const count = Math.min(Math.ceil((before - from) / step), MOST_TIMES)
        const times = Array.from({ length: count }, (_, i) => from + i * step)
        return keys.every(({ e, columns }) => {
          const text = (at: number): string => withText(e, columns, boundText(at, unit))
          const values = analysis.validator.values(times.flatMap(at => [text(at), text(at - (at % size))]))
          return times.every((_, i) => values[2 * i] === values[2 * i + 1])
        })
      })
    try {
      return longer.toReversed().find(isSame)?.name
    } catch {
      return undefined
    }
  }

  /**
   * The times that a statement names outside the bounds of the range, if it uses the values of a relation only in sums, and all of
   * them are amounts, so that the result does not depend on the steps within a group.
   */
  #groupedTimes(
    relation: RefRelation,
    method: Method,
    of: readonly string[] | undefined,
  ): readonly BoundColumn[] | undefined {
    const kinds = method.queryBody?.values
    const { core } = relation
    if (!kinds || !of?.every(one => kinds.summed.includes(one)) || relation.ref.site?.isFixed)
      return undefined
    if (core.core.items.some(item => item.star) || core.core.distinct) return undefined
    const { binder, analysis } = this.#conditions
    const functions = analysis.validator.functions()
    const calls = nodesOf(core).filter((e): e is Call => isCombining(e, functions))
    const sums = calls.filter(call => isSum(call) && this.#isLinear(call.args[0]!, relation, kinds))
    const isOther = (call: Call): boolean =>
      !sums.includes(call)
      && (call.over !== undefined || !(call.distinct || REPEATABLE.has(call.name.toLowerCase())))
    if (sums.length === 0 || calls.some(isOther)) return undefined
    const { column: time, steps } = method.range!
    // USING and NATURAL compare columns that the statement does not write
    if ([time, kinds.column, steps?.param ?? ''].some(name => isMergedName(core, name))) return undefined
    const inSums = new Set(sums.flatMap(call => binder.columnsIn(call.args[0]!)))
    const inBounds = new Set(
      this.#conditions
        .conjunctsOf(core)
        .filter(conjunct => this.#isBound(conjunct, relation, method))
        .flatMap(({ condition }) => binder.columnsIn(condition)),
    )
    const own = [...binder.columns()].filter(c => c.relation === relation)
    const isClear = own.every(c => (c.column === kinds.column ? inSums.has(c) : c.column !== steps?.param))
    return isClear ? own.filter(c => c.column === time && !inBounds.has(c)) : undefined
  }

  /**
   * Notices about sums of averages at several times.
   * @param times beginnings of the points that the range has
   */
  notices(
    relation: RefRelation,
    method: Method,
    of: readonly string[] | undefined,
    times: readonly string[],
  ): readonly string[] {
    const kinds = method.queryBody?.values
    if (!kinds || !of?.some(one => kinds.averaged.includes(one)) || relation.ref.site?.isFixed) return []
    return this.#sums(relation, method, kinds, { of, count: times.length }).flatMap(
      ({ core, call, of: summed }) => {
        const [average] = summed?.filter(one => kinds.averaged.includes(one)) ?? []
        if (average === undefined || !this.#areSeveral(core, relation, method, times)) return []
        const text = textOf(call)
        return [
          `${text} adds up averages of ${average} at several times, which is no amount: write ${text} / count(DISTINCT ${method.range!.column}) for the average, or GROUP BY ${method.range!.column}`,
        ]
      },
    )
  }

  #sums(
    relation: RefRelation,
    method: Method,
    kinds: Kinds,
    { of, count }: { readonly of: readonly string[]; readonly count: number },
  ): readonly Sum[] {
    const { binder } = this.#conditions
    const time = method.range!.column
    const has = (e: Expression, name: string): boolean =>
      binder.columnsIn(e).some(c => isOf(c, relation, name))
    return this.#conditions.cores.flatMap(core => {
      const isClear = this.#conditions
        .conjunctsOf(core)
        .every(conjunct => !has(conjunct.condition, time) || this.#isBound(conjunct, relation, method))
      if (!isClear) return []
      const all = [...expressionsOf(core.core), ...tailOf(core.parent.query)]
      const averaged = new Set(all.flatMap(e => this.#dividends(e, count)))
      return nodesOf(core).flatMap((call): Sum[] => {
        if (call.kind !== 'call' || !isSum(call) || averaged.has(call)) return []
        const [arg] = call.args
        if (!has(arg!, kinds.column) || has(arg!, time) || has(arg!, kinds.by)) return []
        if (call.filter && has(call.filter, time)) return []
        return [
          { core, call, of: call.filter && has(call.filter, kinds.by) ? this.#among(call.filter, of) : of },
        ]
      })
    })
  }

  /** The nodes that are divided by the number of times, or something that is not constant and may be it. */
  #dividends(e: Expression, count: number): readonly Expression[] {
    const { analysis } = this.#conditions
    if (e.kind !== 'binary' || e.operator !== '/')
      return children(e).flatMap(child => this.#dividends(child, count))
    const isConstant = analysis.isConstant(e.right)
    const isCount = isConstant && Number(analysis.values([e.right])?.[0]) === count
    return isConstant && !isCount ? this.#dividends(e.left, count) : ownNodes(e.left)
  }

  /** The values that a filter `= …` or IN leaves; undefined for any other filter. */
  #among(filter: Expression, of: readonly string[]): readonly string[] | undefined {
    const constants =
      filter.kind === 'comparison' && filter.operator === '='
        ? [this.#conditions.binder.columnOf(filter.left) ? filter.right : filter.left]
        : filter.kind === 'in list' && !filter.negated
          ? filter.list
          : []
    const { analysis } = this.#conditions
    if (constants.length === 0 || !constants.every(e => analysis.isConstant(e))) return undefined
    const values = analysis.values(constants)
    return values && of.filter(one => values.includes(one))
  }

  /** Whether the groups of a core have rows of several times. */
  #areSeveral(core: BoundCore, relation: Relation, method: Method, times: readonly string[]): boolean {
    const keys = times.length < 2 ? undefined : this.#timeKeys(core, relation, method.range!.column)
    if (!keys) return false
    try {
      return keys.every(({ e, columns }) => {
        if (columns.includes(e)) return false
        const values = this.#conditions.analysis.validator.values(times.map(at => withText(e, columns, at)))
        return new Set(values).size < times.length
      })
    } catch {
      return false
    }
  }

  /** What a core groups by that is computed of times, with their columns; undefined if it is also computed of something else. */
  #timeKeys(
    { core }: BoundCore,
    relation: Relation,
    time: string,
  ): readonly { readonly e: Expression; readonly columns: readonly Expression[] }[] | undefined {
    const { binder } = this.#conditions
    const keys = (core.groupBy ?? []).map(written => {
      const position = positionOf(written)
      const e = position === undefined ? (binder.aliased(written) ?? written) : core.items[position - 1]?.expr
      return { e, columns: e ? ownNodes(e).filter(node => binder.columnOf(node)) : [] }
    })
    const isTime = (node: Expression): boolean => isOf(binder.columnOf(node)!, relation, time)
    const found = keys.filter(({ e, columns }) => e === undefined || columns.some(isTime))
    const isClear = found.every(({ e, columns }) => e !== undefined && columns.every(isTime))
    return isClear ? (found as { e: Expression; columns: Expression[] }[]) : undefined
  }

  /** Whether an expression is the value itself, or that times or divided by a constant. */
  #isLinear(e: Expression, relation: Relation, kinds: Kinds): boolean {
    const column = this.#conditions.binder.columnOf(e)
    if (column)
      return column.relation === relation && column.column === kinds.column && column.path.length === 0
    return (
      e.kind === 'binary'
      && (e.operator === '*' || e.operator === '/')
      && this.#isLinear(e.left, relation, kinds)
      && this.#conditions.analysis.isConstant(e.right)
    )
  }
}

const isSum = (call: Call): boolean =>
  /^(?:sum|total)$/i.test(call.name) && call.args.length === 1 && !call.distinct && call.over === undefined

/** The nodes of the expressions of a core, those of ORDER BY included. */
function nodesOf({ core, parent }: BoundCore): readonly Expression[] {
  return [...coreNodes(core), ...tailOf(parent.query).flatMap(ownNodes)]
}

function isOf(column: BoundColumn, relation: Relation, name: string): boolean {
  return originsOf(pathOf(column)).some(
    o => o.relation === relation && o.column === name && o.path.length === 0,
  )
}

function textOf({ source, range }: Expression): string {
  return source.text.slice(source.tokens[range.from]!.start, source.tokens[range.to - 1]!.end)
}

/** The text of an expression with a value instead of columns. */
function withText(e: Expression, columns: readonly Expression[], value: string): string {
  const { source } = e
  let text = ''
  let at = source.tokens[e.range.from]!.start
  for (const { range } of columns) {
    text += `${source.text.slice(at, source.tokens[range.from]!.start)} ${literal(value)} `
    at = source.tokens[range.to - 1]!.end
  }
  return text + source.text.slice(at, source.tokens[e.range.to - 1]!.end)
}
