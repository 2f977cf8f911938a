import { keyPart } from '../../catalog/keys.ts'
import type { Method, Param, Resource } from '../../catalog/types.ts'
import type { BoundQuery, Relation, TableRef } from '../binding/bound.ts'
import type { PlanContext } from '../context.ts'
import type { ParentSource, Scan } from '../plan.ts'
import type { ExpressionAnalysis } from '../predicates/analysis.ts'
import type { Operand } from '../predicates/constraints.ts'
import { CallWriter } from './call-writer.ts'
import { covers, neededFor } from './covers.ts'
import { ScanExplainer } from './explain-scan.ts'
import {
  bestCandidate,
  isSelectiveCall,
  keyedBeside,
  withFallback,
  type Candidate,
  type Choice,
} from './method-choice.ts'
import { missingParameters } from './missing.ts'
import { OperandChoice, type Pass } from './operand-choice.ts'
import { givenKeys, statedTexts, type Texts } from './given-keys.ts'
import { ParentKeys } from './parent-keys.ts'
import { QueryPartReader } from './query-parts.ts'
import { RangeConstraints } from './ranges.ts'
import { Conditions } from './conditions.ts'
import { rowLimitOf } from './row-limit.ts'

/** What is known about the access to a table whichever other tables are planned. */
interface Access {
  /** SELECT methods whose answers have every column that the statement uses. */
  readonly methods: readonly Method[]
  /** The parameters that each of them requires. */
  readonly required: ReadonlyMap<Method, readonly Param[]>
  /** The operands of each constrained key that a parameter of the methods selects by. */
  readonly operands: readonly (readonly Operand[])[]
  /** Some key has no constant operand: its values come from rows. */
  readonly dependsOnRows: boolean
  /** All keys are: without rows there is no selective call. */
  readonly dependsOnRowsOnly: boolean
  /** Such a key is one of those that must be sent. */
  readonly mustDependOnRows: boolean
  /** The keys of tested input columns: they must be sent, since rows cannot verify the conditions. */
  readonly mustSend: ReadonlySet<string>
}

/** Chooses a method and its calls for every table of a statement, in an order in which each scan comes after those it reads. */
export class ScanPlanner {
  readonly #context: PlanContext
  readonly #conditions: Conditions
  readonly #ranges: RangeConstraints
  readonly #operands: OperandChoice
  readonly #parents: ParentKeys
  readonly #calls: CallWriter
  readonly #explainer: ScanExplainer
  /** Whether scans have `pushdown`: EXPLAIN shows it, and with LIMIT it decides whether a scan ends early. */
  readonly #needsPushdown: boolean
  readonly #planned = new Map<TableRef, Scan>()
  /** Planned tables that have few rows. */
  readonly #selective = new Set<TableRef>()
  readonly #access = new Map<TableRef, Access>()
  /** How many tables of the statement are of each resource. */
  readonly #countOf = new Map<Resource, number>()

  constructor(analysis: ExpressionAnalysis, context: PlanContext, root: BoundQuery) {
    this.#context = context
    this.#conditions = new Conditions(analysis, root)
    this.#ranges = new RangeConstraints(this.#conditions)
    const queries = new QueryPartReader(this.#conditions)
    this.#operands = new OperandChoice(this.#conditions, this.#planned, this.#selective)
    this.#parents = new ParentKeys(context, this.#conditions)
    this.#calls = new CallWriter(this.#conditions, this.#ranges, this.#planned, queries)
    this.#explainer = new ScanExplainer(this.#conditions, this.#ranges, queries)
    this.#needsPushdown = context.isExplained === true || root.query.limit !== undefined
  }

  /** @throws ConfluentqlError MISSING_PARAMETER that names every table no method can read, and what would make it readable */
  plan(refs: readonly TableRef[]): Scan[] {
    let pending = [...refs, ...this.#parents.supplyAll(refs)]
    for (const { resource } of pending) this.#countOf.set(resource, (this.#countOf.get(resource) ?? 0) + 1)
    // The outcome of this pass does not depend on what is planned before, so each table is tried once.
    const tried = new Set<TableRef>()
    const tryConstants = (ref: TableRef): boolean => {
      if (tried.has(ref)) return false
      tried.add(ref)
      return this.#tryPlan(ref, 'constants')
    }
    while (pending.length > 0) {
      const next =
        pending.find(tryConstants)
        ?? pending.find(ref => this.#tryPlan(ref, 'all sources'))
        ?? pending.find(ref => !this.#accessTo(ref).mustDependOnRows && this.#tryPlan(ref, 'available'))
        ?? pending.find(ref => this.#tryPlan(ref, 'transitive'))
        ?? pending.find(ref => this.#tryPlan(ref, 'available'))
      const parents = next ? undefined : this.#parents.supplyOne(pending, o => this.#operands.isAvailable(o))
      if (parents) {
        this.#access.clear()
        pending.push(...parents)
        continue
      }
      if (!next) {
        const constraintsOf = (ref: TableRef) => this.#conditions.of(this.#conditions.relationOf(ref))
        const isBounded = (ref: TableRef, method: Method): boolean =>
          this.#ranges.isBounded(this.#conditions.relationOf(ref), method)
        throw missingParameters(this.#context, this.#conditions, pending, constraintsOf, isBounded)
      }
      pending = pending.filter(ref => ref !== next)
    }
    return [...this.#planned.values()]
  }

  /** Plans a table with the operands of one pass; false if they give no method its required parameters. */
  #tryPlan(ref: TableRef, pass: Pass): boolean {
    if (ref.exec) {
      this.#planned.set(ref, this.#execScan(ref, ref.exec))
      return true
    }
    const { methods, required, operands, dependsOnRows, mustSend, ...access } = this.#accessTo(ref)
    if (pass === 'constants' && (access.mustDependOnRows || access.dependsOnRowsOnly)) return false
    const canRead = (all: readonly Operand[]): boolean => all.some(o => this.#operands.isAvailable(o))
    if (pass === 'all sources' && !operands.every(canRead)) return false
    const constraints = this.#conditions.of(this.#conditions.relationOf(ref))
    const choices = constraints.map(conjunction => this.#operands.choose(ref, conjunction, pass))
    const choose = (
      given: readonly Choice[],
      isSelective = (o: Operand): boolean => this.#operands.isSelective(o),
    ): Candidate | undefined => bestCandidate(methods, given, isSelective, m => required.get(m)!, mustSend)
    const best = choose(choices)
    if (!best) return false
    const isSelective = isSelectiveCall(best)
    if (pass === 'constants' && dependsOnRows && !isSelective) return false
    if (isSelective) this.#selective.add(ref)
    const chosen = withFallback(best, methods, choices, choose, mustSend)
    const isPossible = pass !== 'constants' && !chosen.fallback && this.#isOnlyOne(ref)
    const keyed = isPossible
      ? keyedBeside(
          chosen.candidate,
          choose(choices, () => true),
        )
      : undefined
    this.#planned.set(ref, this.#scan(ref, { ...chosen, ...(keyed && { keyed }) }))
    return true
  }

  /** Whether no other table of the statement may be read by the same list. */
  #isOnlyOne({ resource }: TableRef): boolean {
    return this.#countOf.get(resource) === 1
  }

  #accessTo(ref: TableRef): Access {
    const known = this.#access.get(ref)
    if (known) return known
    const methods = ref.resource.methods.filter(
      m =>
        m.verb === 'select' && covers(m, ref) && this.#ranges.isBounded(this.#conditions.relationOf(ref), m),
    )
    const keys = new Set(methods.flatMap(m => m.params.map(p => p.column)))
    const conditions = this.#conditions.of(this.#conditions.relationOf(ref))
    const constrained = conditions.flatMap(conjunction => [...conjunction].filter(([key]) => keys.has(key)))
    const mustSend = testedInputs(ref)
    const isFromRows = (operands: readonly Operand[]): boolean => operands.every(o => o.kind !== 'values')
    const access: Access = {
      methods: this.#parents.lists(ref, methods),
      required: new Map(methods.map(m => [m, neededFor(m, ref, conditions, this.#context)])),
      operands: constrained.map(([, operands]) => operands),
      dependsOnRows: constrained.some(([, operands]) => isFromRows(operands)),
      dependsOnRowsOnly:
        constrained.length > 0
        && conditions.every(conjunction => [...conjunction.values()].every(isFromRows)),
      mustDependOnRows: constrained.some(([key, operands]) => mustSend.has(key) && isFromRows(operands)),
      mustSend,
    }
    this.#access.set(ref, access)
    return access
  }

  #scan(
    ref: TableRef,
    { candidate, fallback, keyed }: ReturnType<typeof withFallback> & { readonly keyed?: Candidate },
  ): Scan {
    const relation = this.#conditions.relationOf(ref)
    const supplied = this.#parents.describe(ref)
    const isNamed = supplied.feeds === undefined
    const textsOf = (key: string): Texts => statedTexts(this.#conditions, relation, key)
    const given = isNamed ? givenKeys(ref.resource, textsOf, this.#context.catalog) : []
    const { warnings: rangeWarnings, ...calls } = this.#calls.callsOf(relation, candidate)
    const warnings = [...rangeWarnings, ...ref.notes]
    const rowLimit = rowLimitOf(relation, this.#conditions)
    const impliedUrl = impliedUrlOf(candidate)
    return {
      ...tableOf(ref),
      ...calls,
      ...(impliedUrl !== undefined && { impliedUrl }),
      ...(fallback && { fallback: this.#calls.callsOf(relation, fallback) }),
      ...(keyed && { keyed: this.#calls.callsOf(relation, keyed) }),
      ...(warnings.length > 0 && { warnings }),
      ...supplied,
      ...(given.length > 0 && { given }),
      ...this.#explained(relation, candidate, supplied.parents, rowLimit !== undefined),
      ...(rowLimit !== undefined && { rowLimit }),
    }
  }

  /** The one call of an EXEC in FROM; none if no row can match. */
  #execScan(ref: TableRef, { method, args }: NonNullable<TableRef['exec']>): Scan {
    const relation = this.#conditions.relationOf(ref)
    const binds = Object.entries(args)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => ({ kind: 'values' as const, params: [name], rows: [[value]] }))
    const candidate: Candidate = { method, disjuncts: [new Map()], bound: 0, unselective: 0 }
    return {
      ...tableOf(ref),
      method,
      sets: this.#conditions.of(relation).length === 0 ? [] : [binds],
      ...this.#explained(relation, candidate),
    }
  }

  #explained(
    relation: Relation,
    candidate: Candidate,
    parents?: readonly ParentSource[],
    hasRowLimit = false,
  ): Pick<Scan, 'pushdown' | 'matching'> {
    const isExplained = this.#context.isExplained === true
    const matching = isExplained || hasRowLimit ? this.#explainer.matching(relation) : undefined
    return {
      ...(this.#needsPushdown && { pushdown: this.#explainer.explain(relation, candidate, parents) }),
      ...(matching !== undefined && { matching }),
    }
  }
}

/** The table that a scan loads, with the columns that the statement uses. */
function tableOf(ref: TableRef): Pick<Scan, 'id' | 'resource' | 'into' | 'columns'> {
  const columns: string[] = []
  for (const { name } of ref.resource.columns) if (ref.used.has(name.toLowerCase())) columns.push(name)
  return { id: ref.id, resource: ref.resource, into: ref.table, columns }
}

/** The parameter of the base URL, if rows of a parent give it and no condition does. */
function impliedUrlOf({ method, disjuncts }: Candidate): string | undefined {
  const url = method.params.find(p => p.in === 'host')
  const isImplied = (operand: Operand | undefined): boolean =>
    operand?.kind === 'parent' || (operand?.kind === 'rows' && operand.isImplied === true)
  return disjuncts.some(choice => isImplied(choice.get(url?.column ?? ''))) ? url?.name : undefined
}

/** The keys of the input columns that conditions test. */
function testedInputs({ resource, tested }: TableRef): ReadonlySet<string> {
  const keys = new Set<string>()
  for (const { name, isInput, isAnswered } of resource.columns)
    if (isInput && !isAnswered && tested.has(name.toLowerCase())) keys.add(keyPart(name))
  return keys
}
