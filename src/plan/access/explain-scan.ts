import { keyPart, keyText } from '../../catalog/keys.ts'
import type { Param } from '../../catalog/types.ts'
import type { Expression } from '../../sql/expression.ts'
import type { Relation } from '../binding/bound.ts'
import type { ParentSource, Pushdown, Support } from '../plan.ts'
import { onFilters } from '../predicates/conjuncts.ts'
import { quote } from '../splice.ts'
import type { Candidate } from './method-choice.ts'
import type { QueryPartReader } from './query-parts.ts'
import type { RangeConstraints } from './ranges.ts'
import type { Conditions } from './conditions.ts'
import { conditionsAround } from './conditions-around.ts'

/** What EXPLAIN says of a scan's conditions: which are pushed down, which are evaluated locally, and how rows that meet them are counted. */
export class ScanExplainer {
  readonly #conditions: Conditions
  readonly #ranges: RangeConstraints
  readonly #queries: QueryPartReader

  constructor(conditions: Conditions, ranges: RangeConstraints, queries: QueryPartReader) {
    this.#conditions = conditions
    this.#ranges = ranges
    this.#queries = queries
  }

  /** Describes the calls of `candidate` for a relation. */
  explain(relation: Relation, candidate: Candidate, parents: readonly ParentSource[] = []): Pushdown {
    const pushed: { text: string; support: Support }[] = []
    const local: string[] = []
    for (const { condition } of this.#conditions.conjunctsOf(relation.core)) {
      const { isMentioned, isAlone } = this.#mentions(condition, relation)
      if (!isMentioned) continue
      const text = this.#conditions.binder.splices
        .original(condition.source, condition.range)
        .replace(/\s+/g, ' ')
      const constraints = this.#conditions.constraintsIn(condition, relation)
      const keys = [...new Set(constraints.flatMap(conjunction => [...conjunction.keys()]))]
      const params = keys.map(key => boundParam(candidate, key))
      const isPushed =
        constraints.every(c => c.size > 0) && params.length > 0 && params.every(p => p !== undefined)
      if (isPushed) {
        const isExact =
          constraints.length === 1 && params.length === 1 && params.every(p => isExactFilter(p!))
        const isAsked = params.every(p => isAskedParam(p!, relation))
        pushed.push({ text, support: !isExact ? 'inexact' : isAsked ? 'asked' : 'exact' })
      } else if (
        this.#ranges.narrows(condition, relation, candidate.method)
        || this.#queries.filters(condition, relation, candidate.method)
      )
        pushed.push({ text, support: 'inexact' })
      else if (isAlone) local.push(text)
    }
    const ownKeys = this.#keysOf(relation)
    const around = this.#around(relation, candidate, parents, ownKeys)
    const shown = new Set([...ownKeys, ...around.keys])
    pushed.push(...around.pushed, ...this.#pushedFromAround(relation, candidate, parents, shown, around.keys))
    local.push(...around.local)
    if (this.#conditions.of(relation).length === 0) local.push('no row can match')
    return { pushed, local }
  }

  /** Whether a condition is about a relation, and whether it is about no other one of its query. */
  #mentions(condition: Expression, relation: Relation): { isMentioned: boolean; isAlone: boolean } {
    const { core } = relation
    const { analysis } = this.#conditions
    let [isMentioned, isAlone] = [false, true]
    for (const { relation: other } of analysis.columnsIn(condition)) {
      if (other === relation) isMentioned = true
      else if (other.core === core) isAlone = false
    }
    // With one relation in FROM, a condition whose columns are not known can only be about it.
    if (!isMentioned && isAlone) isMentioned = core.relations.length === 1 && !analysis.isConstant(condition)
    return { isMentioned, isAlone }
  }

  /** The keys that conditions of its own query give. */
  #keysOf(relation: Relation): ReadonlySet<string> {
    const keys = new Set<string>()
    for (const { condition } of this.#conditions.conjunctsOf(relation.core))
      for (const conjunction of this.#conditions.constraintsIn(condition, relation))
        for (const key of conjunction.keys()) keys.add(key)
    return keys
  }

  /** Conditions of the queries around the relation on columns that come from it; `keys`: those that the pushed ones give. */
  #around(
    relation: Relation,
    candidate: Candidate,
    parents: readonly ParentSource[],
    own: ReadonlySet<string>,
  ): { pushed: { text: string; support: Support }[]; local: string[]; keys: ReadonlySet<string> } {
    const pushed: { text: string; support: Support }[] = []
    const local: string[] = []
    const given = new Set<string>()
    const ownKeys = new Set([...own, ...parents.flatMap(p => p.keys)])
    const { method } = candidate
    const range = this.#ranges.isNarrowedFromAround(relation, method) ? method.range!.column : undefined
    for (const { condition, keys } of conditionsAround(this.#conditions, relation)) {
      const text = this.#conditions.binder.splices
        .original(condition.source, condition.range)
        .replace(/\s+/g, ' ')
      const params = keys.map(key => (key === undefined ? undefined : boundParam(candidate, key)))
      const isFromHere = (key: string): boolean =>
        !ownKeys.has(key) || candidate.disjuncts.every(choice => choice.get(key)?.kind === 'values')
      const isSent =
        isEquality(condition) && params.every(p => p !== undefined) && keys.every(k => isFromHere(k!))
      const isBound = range !== undefined && keys.every(key => key === range)
      if (isSent) pushed.push({ text, support: params.every(p => isExactFilter(p!)) ? 'exact' : 'inexact' })
      else if (isBound) pushed.push({ text, support: 'inexact' })
      else local.push(text)
      if (isSent || isBound) for (const key of keys) given.add(key!)
    }
    return { pushed, local, keys: given }
  }

  /** Parameters that are bound by conditions of the queries around the relation, or by its parents. */
  #pushedFromAround(
    relation: Relation,
    candidate: Candidate,
    parents: readonly ParentSource[],
    shownKeys: ReadonlySet<string>,
    aroundKeys: ReadonlySet<string>,
  ): { text: string; support: Support }[] {
    const { method } = candidate
    const ranges = this.#ranges.isNarrowedFromAround(relation, method) ? [method.range!.column] : []
    const keys = method.params
      .filter(
        p => p.column !== undefined && boundParam(candidate, p.column) === p && !shownKeys.has(p.column),
      )
      .map(p => {
        const source = parents.find(s => s.keys.includes(p.column!))
        const from = source
          ? textOf(source)
          : (impliedText(candidate, p.column!) ?? 'from a condition outside the subquery')
        return {
          text: `${keyText(p.column!)} ${from}`,
          support: isExactFilter(p) ? ('exact' as const) : ('inexact' as const),
        }
      })
    return [
      ...keys,
      ...ranges
        .filter(column => !aroundKeys.has(column))
        .map(column => ({
          text: `${column} from a condition outside the subquery`,
          support: 'inexact' as const,
        })),
    ]
  }

  /** SQL that counts the loaded rows that meet every condition on this relation alone; undefined if there is none. */
  matching(relation: Relation): string | undefined {
    const { analysis } = this.#conditions
    const conditions: Expression[] = []
    for (const { condition, join } of this.#conditions.conjunctsOf(relation.core))
      if (analysis.isOver(condition, [relation]) && (!join || onFilters(relation.core, join, relation)))
        conditions.push(condition)
    if (conditions.length === 0 || relation.kind !== 'ref') return undefined
    const tests = conditions.map(e => `(${this.#conditions.binder.splices.renderApart(e.source, e.range)})`)
    return `SELECT count(*) FROM ${quote(relation.ref.table)} AS ${quote(relation.alias)} WHERE ${tests.join(' AND ')}`
  }
}

function textOf({ table, where }: ParentSource): string {
  if (table === undefined) return 'with every value that it can have'
  return `from ${table}${where === undefined ? '' : ` where ${where}`}`
}

/** Whether a condition says which values a column has. */
function isEquality(e: Expression): boolean {
  return (
    (e.kind === 'comparison' && e.operator === '=')
    || ((e.kind === 'in list' || e.kind === 'in query') && !e.negated)
  )
}

/** Where the base URL comes from, if no condition gives it. */
function impliedText({ disjuncts }: Candidate, key: string): string | undefined {
  const [operand] = disjuncts.map(choice => choice.get(key))
  return operand?.kind === 'rows' && operand.isImplied ? `from ${operand.text}` : undefined
}

/** The parameter that a key is sent as, if all calls of the candidate send it. */
function boundParam({ method, disjuncts }: Candidate, key: string): Param | undefined {
  return disjuncts.every(choice => choice.has(key)) ? method.params.find(p => p.column === key) : undefined
}

/** Whether a parameter has the name of a column of the answer, but selects by a hidden one. */
function isAskedParam({ name, column }: Param, { columns = [] }: Relation): boolean {
  return (
    column !== keyPart(name)
    && columns.some(c => c.isHidden && keyPart(c.name) === column)
    && columns.some(c => !c.isHidden && c.name === name)
  )
}

/** Whether the API returns just the rows that equal the parameter. */
function isExactFilter(param: Param): boolean {
  return param.in === 'path' || param.filter === 'exact'
}
