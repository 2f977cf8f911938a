import type { Method, Param, Shape, Value } from '../../catalog/types.ts'
import type { Binder } from '../binding/binder.ts'
import {
  coresOf,
  keyOf,
  keyParts,
  type BoundCore,
  type BoundQuery,
  type Relation,
  type TableRef,
} from '../binding/bound.ts'
import { expressionsOf, ownNodes } from '../binding/traverse.ts'
import { CallWriter, readBy, typeOfKey } from './call-writer.ts'
import { choose, fewer, isNarrowCall, type Candidate, type Choice } from './method-choice.ts'
import type { PlanContext } from '../context.ts'
import {
  UNCONSTRAINED,
  both,
  type Conjunction,
  type Disjunction,
  type Operand,
} from '../predicates/constraints.ts'
import { conjunctsOf, onFilters, type Conjunct } from '../predicates/conjuncts.ts'
import { warningsOf } from '../predicates/warnings.ts'
import { ConstraintReader } from '../predicates/constraint-reader.ts'
import { combinesRows, groupKeys } from './grouping.ts'
import { coerceAll } from '../coerce.ts'
import { missingParameters } from './missing.ts'
import type { Scan, Support } from '../plan.ts'
import { neededFor, covers } from './covers.ts'
import { quote } from '../splice.ts'

/** The last where tables wait for each other: a key is what it must equal through the columns of others. */
type Mode = 'alone' | 'sources' | 'anyhow' | 'through'

/** What stays the same however often a ref is tried. */
interface Reach {
  readonly selects: readonly Method[]
  /** The parameters that each of them must be given. */
  readonly needs: ReadonlyMap<Method, readonly Param[]>
  /** What is known of each column that a parameter of those selects by. */
  readonly known: readonly (readonly Operand[])[]
  /** One of them is known by no value, only by rows. */
  readonly isDynamic: boolean
  /** Such a one must be sent, since rows cannot tell it. */
  readonly isDue: boolean
}

/** Whether a condition tests a parameter that is no column of the answer: it must then be sent, since rows cannot tell. */
function isTestedInput(ref: TableRef, key: string): boolean {
  return ref.tested.has(key.toLowerCase()) && ref.resource.columns.some(c => c.name === key && c.isInput)
}

/** Chooses method and calls for every resource of a statement, in an order in which each scan's sources come before it. */
export class ScanPlanner {
  readonly #binder: Binder
  readonly #reader: ConstraintReader
  readonly #context: PlanContext
  readonly #conditions = new Map<BoundCore, Conjunct[]>()
  readonly #owner = new Map<BoundQuery, Relation>()
  readonly #relationOf = new Map<TableRef, Relation>()
  readonly #planned = new Map<TableRef, Scan>()
  readonly #narrow = new Set<TableRef>()
  readonly #reaches = new Map<TableRef, Reach>()
  readonly #disjuncts = new Map<Relation, Disjunction>()
  readonly #calls: CallWriter

  constructor(binder: Binder, context: PlanContext, root: BoundQuery) {
    this.#binder = binder
    this.#context = context
    this.#reader = new ConstraintReader(binder, context)
    this.#calls = new CallWriter(binder, this.#reader, this.#conditions, this.#owner)
    for (const core of coresOf(root)) {
      this.#conditions.set(core, conjunctsOf(core))
      for (const relation of core.relations) {
        if (relation.kind === 'ref') this.#relationOf.set(relation.ref, relation)
        else if (relation.kind === 'derived') this.#owner.set(relation.query, relation)
        else if (
          relation.kind === 'cte'
          && relation.cte.uses === 1
          && !relation.cte.recursive
          && relation.cte.query
        )
          this.#owner.set(relation.cte.query, relation)
      }
    }
  }

  /** @throws ConfluentqlError MISSING_PARAMETER naming every table that cannot be reached and what would reach it. */
  plan(refs: readonly TableRef[]): Scan[] {
    let pending = [...refs]
    // what is planned before changes nothing for a ref that is to stand alone
    const tried = new Set<TableRef>()
    const alone = (ref: TableRef): boolean => {
      if (tried.has(ref)) return false
      tried.add(ref)
      return this.#tryPlan(ref, 'alone')
    }
    while (pending.length > 0) {
      const next =
        pending.find(alone)
        ?? pending.find(r => this.#tryPlan(r, 'sources'))
        ?? pending.find(r => !this.#reach(r, this.#all(r)).isDue && this.#tryPlan(r, 'anyhow'))
        ?? pending.find(r => this.#tryPlan(r, 'through'))
        ?? pending.find(r => this.#tryPlan(r, 'anyhow'))
      if (!next)
        throw missingParameters(this.#context, [...this.#conditions.keys()], pending, r => this.#all(r))
      pending = pending.filter(r => r !== next)
    }
    return [...this.#planned.values()]
  }

  #all(ref: TableRef): Disjunction {
    return this.#of(this.#relationOf.get(ref)!)
  }

  /** What is known of an item, by its own core and by what is asked of the derived table it stands in. */
  #of(relation: Relation): Disjunction {
    const known = this.#disjuncts.get(relation)
    if (known) return known
    this.#disjuncts.set(relation, UNCONSTRAINED)
    const own = this.#reader.of(relation, this.#conditions.get(relation.core) ?? [])
    const all = both(own, this.#inherited(relation))
    this.#disjuncts.set(relation, all)
    return all
  }

  #inherited(relation: Relation): Disjunction {
    const query = relation.core.parent
    const owner = this.#owner.get(query)
    const outputs = relation.core.outputs
    if (!owner || !outputs || query.query.limit) return UNCONSTRAINED
    const grouped = this.#combinesRows(relation.core) ? groupKeys(relation.core, this.#binder) : undefined
    if (grouped === undefined && this.#combinesRows(relation.core)) return UNCONSTRAINED
    const names = owner.columns?.map(c => c.name.toLowerCase()) ?? []
    const translate = (key: string): string | undefined => {
      const [name, ...rest] = keyParts(key)
      const index = names.indexOf(name!.toLowerCase())
      const from = outputs[index]?.from
      if (!from || from.relation !== relation || grouped?.has(index) === false) return undefined
      return keyOf({ column: from.column, path: [...from.path, ...rest] })
    }
    return this.#of(owner).map(
      a =>
        new Map(
          [...a].flatMap(([key, operands]) => {
            const inner = translate(key)
            return inner === undefined ? [] : [[inner, operands] as const]
          }),
        ),
    )
  }

  #available(operand: Operand): boolean {
    return readBy(operand).every(r => this.#planned.has(r))
  }

  #isNarrow(operand: Operand): boolean {
    return readBy(operand).every(r => this.#narrow.has(r))
  }

  /** Of the operands that can be used the best: the values that all conditions leave, as the key's column compares with them; then few rows rather than many. */
  #pick(operands: readonly Operand[], mode: Mode, type: Shape['type'] | undefined): Operand | undefined {
    const values = operands.flatMap(o => (o.kind === 'values' ? [coerceAll(o.values, type)] : []))
    if (values.length > 0)
      return { kind: 'values', values: values.reduce((a, b) => a.filter(v => b.includes(v))) }
    const usable = mode === 'alone' ? [] : operands.filter(o => this.#available(o))
    const best = usable.find(o => this.#isNarrow(o)) ?? usable[0]
    if (!best && mode !== 'through') return undefined
    const allowedValues = type === 'string' || type === 'timestamp' ? this.#through(operands) : undefined
    if (!best) return allowedValues && { kind: 'values', values: allowedValues }
    return best.kind === 'rows' && allowedValues ? { ...best, allowedValues } : best
  }

  /**
   * The texts that what equals all of some operands can only be, as other conditions say of columns among them: of rows that
   * have another value there none can matter, so neither can what is equal to it.
   */
  #through(operands: readonly Operand[], seen = new Set<Operand>()): readonly Value[] | undefined {
    for (const o of operands)
      if (o.kind === 'values' && o.values.every(v => typeof v === 'string')) return o.values
    for (const o of operands) {
      if (o.kind !== 'rows' || !o.column || seen.has(o)) continue
      seen.add(o)
      const { relation, key } = o.column
      const sides = this.#of(relation).map(a => this.#through(a.get(key) ?? [], seen))
      if (sides.every(s => s !== undefined)) return [...new Set(sides.flat())]
    }
    return undefined
  }

  /**
   * Where one key comes from the rows of other tables or of a query, a key that
   * is known by value but also stands in those rows comes from them too: two keys
   * belong together, and a pair that no row has may be an error of the API.
   */
  #pair(choice: Map<string, Operand>, all: Conjunction, mode: Mode): void {
    const origins = new Set([...choice.values()].map(rowsOf))
    if (mode === 'alone') return
    for (const [key, picked] of choice) {
      const rows = all
        .get(key)!
        .find(o => rowsOf(o) !== undefined && origins.has(rowsOf(o)) && this.#available(o))
      if (picked.kind === 'values' && rows && rows.kind !== 'values')
        choice.set(key, { ...rows, allowedValues: picked.values })
    }
  }

  #tryPlan(ref: TableRef, mode: Mode): boolean {
    const all = this.#all(ref)
    if (ref.exec) {
      this.#planned.set(ref, this.#execScan(ref, ref.exec, all))
      return true
    }
    const { selects, needs, known, isDynamic, isDue } = this.#reach(ref, all)
    if (mode === 'alone' && isDue) return false
    if (mode === 'sources' && known.some(operands => operands.every(o => !this.#available(o)))) return false
    const usable = all.map(
      a =>
        new Map(
          [...a].flatMap(([key, operands]) => {
            const operand = this.#pick(operands, mode, typeOfKey(this.#relationOf.get(ref)!, key))
            return operand ? [[key, operand] as const] : []
          }),
        ),
    )
    usable.forEach((choice, i) => {
      this.#pair(choice, all[i]!, mode)
    })
    const isFixed = (key: string): boolean => isTestedInput(ref, key)
    const pick = (choices: readonly Choice[]): Candidate | undefined =>
      choose(
        selects,
        choices,
        o => this.#isNarrow(o),
        m => needs.get(m)!,
        isFixed,
      )
    const best = pick(usable)
    if (!best) return false
    const narrow = isNarrowCall(best)
    if (mode === 'alone' && isDynamic && !narrow) return false
    if (narrow) this.#narrow.add(ref)
    this.#planned.set(ref, this.#scan(ref, fewer(best, selects, usable, pick, isFixed), all))
    return true
  }

  #reach(ref: TableRef, all: Disjunction): Reach {
    const found = this.#reaches.get(ref)
    if (found) return found
    const selects = ref.resource.methods.filter(m => m.verb === 'select' && covers(m, ref))
    const keys = new Set(selects.flatMap(m => m.params.map(p => p.column)))
    const known = all.flatMap(a => [...a].flatMap(([key, operands]) => (keys.has(key) ? [operands] : [])))
    const isByRows = (operands: readonly Operand[]): boolean => operands.every(o => o.kind !== 'values')
    const isDue = all.some(a =>
      [...a].some(([key, operands]) => keys.has(key) && isTestedInput(ref, key) && isByRows(operands)),
    )
    const needs = new Map(selects.map(m => [m, neededFor(m, ref, this.#context)]))
    const reach = { selects, needs, known, isDynamic: known.some(isByRows), isDue }
    this.#reaches.set(ref, reach)
    return reach
  }

  #scan(
    ref: TableRef,
    { candidate, fallback }: { candidate: Candidate; fallback?: Candidate },
    all: Disjunction,
  ): Scan {
    const relation = this.#relationOf.get(ref)!
    const calls = this.#calls.of(relation, candidate)
    const used = ref.resource.columns.map(c => c.name).filter(n => ref.used.has(n.toLowerCase()))
    const warnings = warningsOf(ref.resource, all)
    return {
      id: ref.id,
      resource: ref.resource,
      into: ref.table,
      columns: used,
      ...calls,
      ...(fallback && { fallback: this.#calls.of(relation, fallback) }),
      ...(warnings.length > 0 && { warnings }),
      ...this.#explain(relation, candidate, all),
      ...this.#rowLimit(relation),
    }
  }

  #combinesRows(core: BoundCore): boolean {
    return combinesRows(core, this.#context.validator.functions())
  }

  /** For a table that stands alone in a subquery of which only the first rows count: how many, if every condition speaks of it alone. */
  #rowLimit(relation: Relation): { rowLimit?: number } {
    const { core } = relation
    const { query, outer } = core.parent
    const alone =
      core.relations.length === 1
      && core.parent.cores.length === 1
      && core.subqueries.length === 0
      && !query.orderBy
      && !core.core.distinct
      && !this.#combinesRows(core)
    const speaksOfItem = (c: Conjunct): boolean =>
      this.#reader.isOver(c, [relation]) || this.#reader.condition(c.condition, relation).length === 0
    if (!alone || !(this.#conditions.get(core) ?? []).every(speaksOfItem)) return {}
    const limit = query.limit && this.#reader.wholeNumber(query.limit.count)
    const offset = query.limit?.offset ? this.#reader.wholeNumber(query.limit.offset) : 0
    const nodes = outer ? expressionsOf(outer.core).flatMap(ownNodes) : []
    const isExists = nodes.some(e => e.kind === 'exists' && e.query === query)
    if (query.limit) return limit === undefined || offset === undefined ? {} : { rowLimit: limit + offset }
    return isExists ? { rowLimit: 1 } : {}
  }

  #execScan(ref: TableRef, { method, args }: NonNullable<TableRef['exec']>, all: Disjunction): Scan {
    const relation = this.#relationOf.get(ref)!
    const columns = ref.resource.columns.map(c => c.name).filter(n => ref.used.has(n.toLowerCase()))
    const binds = Object.entries(args)
      .filter(([, v]) => v !== null)
      .map(([name, v]) => ({ kind: 'values' as const, params: [name], rows: [[v]] }))
    return {
      id: ref.id,
      resource: ref.resource,
      into: ref.table,
      columns,
      method,
      sets: all.length === 0 ? [] : [binds],
      ...this.#explain(relation, { method, disjuncts: [new Map()], bound: 0, wide: 0 }, all),
    }
  }

  #matching(relation: Relation): { matching?: string } {
    const own = (this.#conditions.get(relation.core) ?? []).filter(
      c => (!c.join || onFilters(relation.core, c.join, relation)) && this.#reader.isOver(c, [relation]),
    )
    if (own.length === 0 || relation.kind !== 'ref') return {}
    const tests = own.map(c => `(${this.#binder.splices.renderApart(c.condition.source, c.condition.range)})`)
    return {
      matching: `SELECT count(*) FROM ${quote(relation.ref.table)} AS ${quote(relation.alias)} WHERE ${tests.join(' AND ')}`,
    }
  }

  #explain(
    relation: Relation,
    { method, disjuncts }: Candidate,
    all: Disjunction,
  ): Pick<Scan, 'pushed' | 'local' | 'matching'> {
    const bound = (key: string): Param | undefined =>
      disjuncts.every(a => a.has(key)) ? method.params.find(p => p.column === key) : undefined
    const pushed: { text: string; support: Support }[] = []
    const local: string[] = []
    for (const c of this.#conditions.get(relation.core) ?? []) {
      const { condition } = c
      const others = this.#binder.columnsIn(condition).filter(x => x.relation.core === relation.core)
      const isOpen =
        others.length === 0 && relation.core.relations.length === 1 && !this.#reader.isConstant(condition)
      if (!isOpen && !others.some(x => x.relation === relation)) continue
      const text = this.#binder.splices.original(condition.source, condition.range).replace(/\s+/g, ' ')
      const alone = this.#reader.condition(condition, relation)
      const params = [...new Set(alone.flatMap(a => [...a.keys()]))].map(bound)
      const isPushed = alone.every(a => a.size > 0) && params.length > 0 && params.every(p => p !== undefined)
      if (!isPushed && others.some(x => x.relation !== relation)) continue
      if (!isPushed) local.push(text)
      else
        pushed.push({
          text,
          support:
            alone.length === 1
            && params.length === 1
            && params.every(p => p!.in === 'path' || p!.filter === 'exact')
              ? 'exact'
              : 'inexact',
        })
    }
    const own = new Set(
      (this.#conditions.get(relation.core) ?? []).flatMap(c =>
        this.#reader.condition(c.condition, relation).flatMap(a => [...a.keys()]),
      ),
    )
    const around = method.params.filter(
      p => p.column !== undefined && bound(p.column) === p && !own.has(p.column),
    )
    pushed.push(
      ...around.map(p => ({
        text: `${p.column} as the query around it says`,
        support: p.in === 'path' || p.filter === 'exact' ? ('exact' as const) : ('inexact' as const),
      })),
    )
    if (all.length === 0) local.push('no row can match')
    return { pushed, local, ...this.#matching(relation) }
  }
}

/** What has the rows that an operand gives one column of. */
function rowsOf(operand: Operand): BoundCore | BoundQuery | undefined {
  if (operand.kind === 'rows') return operand.core
  return operand.kind === 'query' && operand.row ? operand.queries[0] : undefined
}
