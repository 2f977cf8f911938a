import type { Method, Range, Shape, Value } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import { coresOf, refsOf, type BoundCore, type Relation, type TableRef } from '../binding/bound.ts'
import { castAs } from '../coerce.ts'
import { fullName } from '../names.ts'
import type { Bind, CallSet, ScanCalls, WholeSpans } from '../plan.ts'
import type { QueryOperand, RowsOperand } from '../predicates/constraints.ts'
import type { Conditions } from './conditions.ts'
import { isGrowingQuery } from './growing.ts'
import {
  addToCoreGroup,
  addToQueryGroup,
  unmatchedText,
  valuesText,
  type CoreGroup,
  type QueryGroup,
} from './key-groups.ts'
import { keyQuery, withText } from './key-query.ts'
import type { Candidate, Choice } from './method-choice.ts'
import type { Place } from './must-hold.ts'
import { queriesOf, readBy, typeOfKey, widthOf } from './operands.ts'
import type { QueryPartReader } from './query-parts.ts'
import { stepsIn, timesOf, type RangeConstraints } from './ranges.ts'
import { MOST_TIMES, SumsOverTime } from './sums-over-time.ts'

type RefRelation = Extract<Relation, { kind: 'ref' }>

type QueryBind = Extract<Bind, { kind: 'query' }>

/** Writes the calls of a chosen method: for each alternative, where the values of its parameters come from. */
export class CallWriter {
  readonly #conditions: Conditions
  readonly #ranges: RangeConstraints
  readonly #sums: SumsOverTime
  readonly #planned: { has(ref: TableRef): boolean }
  readonly #queries: QueryPartReader

  /** @param planned tables that are loaded before the one whose calls are written */
  constructor(
    conditions: Conditions,
    ranges: RangeConstraints,
    planned: { has(ref: TableRef): boolean },
    queries: QueryPartReader,
  ) {
    this.#conditions = conditions
    this.#ranges = ranges
    this.#sums = new SumsOverTime(conditions, (...args) => ranges.isBound(...args))
    this.#planned = planned
    this.#queries = queries
  }

  /** The calls of a candidate for a relation, and what the user should know of them. */
  callsOf(relation: Relation, candidate: Candidate): ScanCalls & { readonly warnings: readonly string[] } {
    const { method, disjuncts } = candidate
    if (relation.kind !== 'ref' || (!method.range && !method.queryBody))
      return { method, sets: disjuncts.map(choice => this.#callSet(relation, method, choice)), warnings: [] }
    const warnings = new Set<string>()
    const kinds = method.queryBody?.values
    const kindsOf = (choice: Choice): readonly string[] | undefined => {
      const given = choice.get(kinds?.by ?? '')
      return given?.kind === 'values' ? given.values.map(String) : undefined
    }
    const wholeSpans: WholeSpans['spans'][number][] = []
    const isWhole = disjuncts.every(choice => this.#sums.areWhole(relation, method, kindsOf(choice)))
    const sets = disjuncts.flatMap(choice => {
      const set = this.#callSet(relation, method, choice)
      if (!method.range) return [set]
      const step = method.params.find(p => p.name === method.range!.steps?.param)
      const given = step && choice.get(step.column ?? '')
      const steps = given?.kind === 'values' ? given.values.map(String) : undefined
      if (step?.column !== undefined && !steps && this.#conditions.mentions(relation, step.column))
        throw noSteps(relation, method.range, step.column)
      const of = kindsOf(choice)
      const range = this.#ranges.callsOf(relation, method.range, steps, isWhole ? kinds!.whole : undefined)
      const times = timesOf(range.bind, method.range, MOST_TIMES)
      if (range.isWhole)
        wholeSpans.push(...range.bind.rows.map(([, from, before]) => [from!, before!] as const))
      for (const warning of [...range.warnings, ...this.#sums.notices(relation, method, of, times)])
        warnings.add(warning)
      const calls = steps || isWhole ? [] : stepsIn(range.bind, method.range)
      const coarser = this.#sums.coarserStep(relation, method, of, calls)
      if (coarser !== undefined)
        warnings.add(
          `${fullName(relation.ref.resource)}: ${step!.name} = '${coarser}' gives the same result from fewer values`,
        )
      const others = set.filter(b => step === undefined || !b.params.includes(step.name))
      return range.bind.rows.length === 0 ? [] : [[...others, range.bind]]
    })
    const query = method.queryBody && this.#queries.of(relation, method, boundKeys(candidate))
    const { column, steps } = method.range ?? {}
    return {
      method,
      sets,
      ...(query && { query }),
      ...(wholeSpans.length > 0 && {
        wholeSpans: { column: column!, param: steps!.param, spans: wholeSpans },
      }),
      warnings: [...warnings],
    }
  }

  #callSet(relation: Relation, method: Method, choice: Choice): CallSet {
    const binds: Bind[] = []
    const coreGroups = new Map<BoundCore, CoreGroup>()
    const queryGroups: QueryGroup[] = []
    for (const param of method.params) {
      const operand = param.column === undefined ? undefined : choice.get(param.column)
      if (operand?.kind === 'values')
        binds.push({ kind: 'values', params: [param.name], rows: operand.values.map(v => [v]) })
      else if (operand?.kind === 'rows') addToCoreGroup(coreGroups, relation, param, operand)
      else if (operand) addToQueryGroup(queryGroups, relation, param, operand)
    }
    for (const group of queryGroups) binds.push(this.#queryBind(relation, group))
    for (const [core, group] of coreGroups) binds.push(this.#coreBind(relation, core, group))
    return binds
  }

  #queryBind(relation: Relation, { params, columns, limits, operand }: QueryGroup): QueryBind {
    const allowed = limits.map(({ param, column, to }) => {
      const type = typeOfKey(relation, param.column!)
      const bind = 'kind' in to ? this.#limitBind(relation, params, type, to) : undefined
      const sql = bind?.sql ?? valuesText(to as readonly Value[])
      return { param, sql, key: castAs(column, type), after: bind?.after ?? [] }
    })
    const after = [...readBy(operand).map(ref => ref.id), ...allowed.flatMap(o => o.after)]
    const queries = queriesOf(operand)
    const relations = queries.flatMap(q => coresOf(q).flatMap(c => c.relations))
    const ctes = withText(this.#conditions.binder, [queries[0]!.outer?.parent ?? queries[0]!], relations)
    const names = Array.from({ length: widthOf(operand) }, (_, i) => `k${i}`)
    const rows = `(WITH "row~"(${names.join(', ')}) AS (${operand.sql}) SELECT * FROM "row~")`
    const where = allowed.map(({ key, sql }) => `${key} IN (${sql})`).join(' AND ')
    const sql = `SELECT DISTINCT ${columns.join(', ')} FROM ${rows}${where === '' ? '' : ` WHERE ${where}`}`
    const bind = { kind: 'query' as const, params, after, sql: ctes + sql }
    if (operand.kind === 'query') return { ...bind, text: [`(${operand.original})`] }
    const unmatched = allowed.map(({ param, key, sql: values }) => {
      const matched = `SELECT ${key} FROM ${rows} WHERE ${key} IS NOT NULL`
      return { param: param.name, sql: ctes + unmatchedText(operand, param.column!, values, matched) }
    })
    const isGrowing = new Set(after).size === 1 && isGrowingQuery(operand.query, this.#conditions.analysis)
    return {
      ...bind,
      text: params,
      parent: operand.table,
      ...(isGrowing && { isGrowing }),
      ...(unmatched.length > 0 && { unmatched }),
    }
  }

  /** The values of an operand that values from elsewhere must be among. */
  #limitBind(
    relation: Relation,
    params: string[],
    type: Shape['type'] | undefined,
    operand: RowsOperand | QueryOperand,
  ): QueryBind {
    if (operand.kind === 'query')
      return this.#queryBind(relation, {
        params,
        columns: [`k${operand.row?.index ?? 0}`],
        limits: [],
        operand,
      })
    const { core, relations, sql, text } = operand
    return this.#coreBind(relation, core, {
      params,
      sql: [castAs(sql, type)],
      text: [text],
      tests: [],
      relations: new Set(relations),
    })
  }

  #coreBind(
    relation: Relation,
    core: BoundCore,
    { params, sql, text, tests, relations }: CoreGroup,
  ): QueryBind {
    const query = keyQuery(this.#conditions, {
      core,
      expressions: sql,
      tests,
      relations: [...relations],
      place: this.#placeOf(relation, core),
      isLoaded: q => refsOf(q).every(ref => this.#planned.has(ref)),
    })
    const after = query.refs.map(ref => ref.id)
    const isGrowing = relations.size === 1 && [...relations].every(isTable) && after.length === 1
    return { kind: 'query', params, sql: query.sql, after, text, ...(isGrowing && { isGrowing }) }
  }

  /** Where a relation stands in a core around it. */
  #placeOf(relation: Relation, core: BoundCore): Place {
    if (relation.core === core) return { kind: 'relation', relation }
    for (let at = relation.core; ;) {
      const query = at.parent
      const reader = this.#conditions.readerOf(query)
      if (reader?.core === core) return { kind: 'relation', relation: reader }
      if (reader) at = reader.core
      else if (query.outer === core) return { kind: 'subquery', clause: query.clause! }
      else if (query.outer) at = query.outer
      else return { kind: 'unknown' }
    }
  }
}

/** Whether a relation is a table of a provider, not the result of EXEC. */
function isTable(relation: Relation): boolean {
  return relation.kind === 'ref' && !relation.ref.exec
}

/** The keys that all calls of a candidate send as parameters. */
function boundKeys({ method, disjuncts }: Candidate): ReadonlySet<string> {
  const keys = method.params.flatMap(p => p.column ?? [])
  return new Set(keys.filter(key => disjuncts.every(choice => choice.has(key))))
}

/** The error for conditions on the steps of a range that give no values of them. */
function noSteps({ ref }: RefRelation, range: Range, column: string): ConfluentqlError {
  const [first, second] = Object.keys(range.steps!.spans)
  return new ConfluentqlError(
    'MISSING_PARAMETER',
    `${fullName(ref.resource)} takes ${column} as a constant: it decides how the range of ${range.column} is requested`,
    { hint: `write ${column} = '${first}', or ${column} IN ('${first}', '${second ?? first}')` },
  )
}
