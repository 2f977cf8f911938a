import type { Method, Param, Shape, Value } from '../../catalog/types.ts'
import type { Operand } from '../predicates/constraints.ts'
import type { Binder } from '../binding/binder.ts'
import {
  coresOf,
  relationRefs,
  refsOf,
  type BoundCore,
  type BoundQuery,
  type Relation,
  type TableRef,
} from '../binding/bound.ts'
import type { Candidate, Choice } from './method-choice.ts'
import type { Conjunct } from '../predicates/conjuncts.ts'
import type { ConstraintReader } from '../predicates/constraint-reader.ts'
import { castAs } from '../coerce.ts'
import type { Bind, CallSet, ScanCalls } from '../plan.ts'
import { keyQuery, withText, type Place } from './key-query.ts'
import { valueText } from '../splice.ts'

/** Parameters that get their values from rows of one core together. */
interface Group {
  readonly params: string[]
  readonly sql: string[]
  readonly text: string[]
  readonly allowedValues: string[]
  readonly relations: Set<Relation>
}

/** Parameters that get their values from the rows of one query together. */
interface Asked {
  readonly params: string[]
  readonly columns: string[]
  readonly allowedValues: string[]
  readonly operand: Extract<Operand, { kind: 'query' }>
}

/** Writes down the calls that were chosen: where the values of their parameters come from. */
export class CallWriter {
  readonly #binder: Binder
  readonly #reader: ConstraintReader
  readonly #conditions: ReadonlyMap<BoundCore, readonly Conjunct[]>
  readonly #owner: ReadonlyMap<BoundQuery, Relation>

  constructor(
    binder: Binder,
    reader: ConstraintReader,
    conditions: ReadonlyMap<BoundCore, readonly Conjunct[]>,
    owner: ReadonlyMap<BoundQuery, Relation>,
  ) {
    this.#binder = binder
    this.#reader = reader
    this.#conditions = conditions
    this.#owner = owner
  }

  /** The calls of a candidate for an item. */
  of(relation: Relation, { method, disjuncts }: Candidate): ScanCalls {
    return { method, sets: disjuncts.map(a => this.#set(relation, method, a)) }
  }

  #set(relation: Relation, method: Method, conjunction: Choice): CallSet {
    const binds: Bind[] = []
    const joined = new Map<BoundCore, Group>()
    const asked = new Map<BoundQuery, Asked>()
    const late: (() => Bind)[] = []
    for (const param of method.params) {
      const operand = param.column === undefined ? undefined : conjunction.get(param.column)
      if (!operand) continue
      if (operand.kind === 'values')
        binds.push({ kind: 'values', params: [param.name], rows: operand.values.map(v => [v]) })
      else if (operand.kind === 'query') {
        const rows = asked.get(operand.queries[0]!) ?? { params: [], columns: [], allowedValues: [], operand }
        if (operand.row && rows.params.length === 0) asked.set(operand.queries[0]!, rows)
        rows.params.push(param.name)
        rows.columns.push(`k${operand.row?.index ?? 0}`)
        if (operand.allowedValues)
          rows.allowedValues.push(allowedTest(relation, param, rows.columns.at(-1)!, operand.allowedValues))
        if (rows.params.length === 1) late.push(() => this.#asked(rows))
      } else {
        const group = joined.get(operand.core) ?? {
          params: [],
          sql: [],
          text: [],
          allowedValues: [],
          relations: new Set(),
        }
        joined.set(operand.core, group)
        group.params.push(param.name)
        group.sql.push(operand.sql)
        group.text.push(operand.text)
        if (operand.allowedValues)
          group.allowedValues.push(allowedTest(relation, param, operand.sql, operand.allowedValues))
        for (const i of operand.relations) group.relations.add(i)
      }
    }
    for (const bind of late) binds.push(bind())
    for (const [core, group] of joined) binds.push(this.#joined(relation, core, group))
    return binds
  }

  #asked({ params, columns, allowedValues, operand }: Asked): Bind {
    const after = readBy(operand).map(r => r.id)
    const relations = operand.queries.flatMap(q => coresOf(q).flatMap(c => c.relations))
    const around = withText(this.#binder, operand.queries[0]!.outer!.parent, relations)
    const names = Array.from({ length: operand.row?.width ?? 1 }, (_, i) => `k${i}`)
    const sql = `SELECT DISTINCT ${columns.join(', ')} FROM (WITH "row~"(${names.join(', ')}) AS (${operand.sql}) SELECT * FROM "row~")${allowedValues.length === 0 ? '' : ` WHERE ${allowedValues.join(' AND ')}`}`
    return { kind: 'query', params, after, sql: around + sql, text: [`(${operand.original})`] }
  }

  #joined(relation: Relation, core: BoundCore, group: Group): Bind {
    const found = keyQuery(
      this.#binder,
      this.#reader,
      core,
      group.sql,
      group.allowedValues,
      [...group.relations],
      this.#placeOf(relation, core),
      this.#conditions.get(core) ?? [],
    )
    return {
      kind: 'query',
      params: group.params,
      sql: found.sql,
      after: found.refs.map(r => r.id),
      text: group.text,
    }
  }

  /** Where an item stands as seen from a core around it. */
  #placeOf(relation: Relation, core: BoundCore): Place {
    if (relation.core === core) return { kind: 'item', relation }
    for (let at = relation.core; ;) {
      const query = at.parent
      const owner = this.#owner.get(query)
      if (owner?.core === core) return { kind: 'item', relation: owner }
      if (owner) at = owner.core
      else if (query.outer === core) return { kind: 'subquery', clause: query.clause! }
      else if (query.outer) at = query.outer
      else return { kind: 'unknown' }
    }
  }
}

/** The type of the column that a key is; undefined for a field of an object. */
export function typeOfKey(relation: Relation, key: string): Shape['type'] | undefined {
  return relation.columns?.find(c => c.name === key)?.shape.type
}

/** A test that values of rows are among those that a key is known to have. */
function allowedTest(relation: Relation, param: Param, sql: string, allowedValues: readonly Value[]): string {
  return `${castAs(sql, typeOfKey(relation, param.column!))} IN (${allowedValues.map(valueText).join(', ')})`
}

/** The refs whose rows an operand is computed from. */
export function readBy(operand: Operand): readonly TableRef[] {
  if (operand.kind === 'values') return []
  return operand.kind === 'query'
    ? operand.queries.flatMap(q => refsOf(q))
    : operand.relations.flatMap(i => relationRefs(i))
}
