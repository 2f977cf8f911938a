import type { Method, Param, Shape, Value } from '../../catalog/types.ts'
import type { Operand } from '../predicates/constraints.ts'
import type { Binder } from '../binding/binder.ts'
import {
  coresOf,
  itemRefs,
  refsOf,
  type BoundCore,
  type BoundQuery,
  type Item,
  type Ref,
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
  readonly among: string[]
  readonly items: Set<Item>
}

/** Parameters that get their values from the rows of one query together. */
interface Asked {
  readonly params: string[]
  readonly columns: string[]
  readonly among: string[]
  readonly operand: Extract<Operand, { kind: 'query' }>
}

/** Writes down the calls that were chosen: where the values of their parameters come from. */
export class CallWriter {
  readonly #binder: Binder
  readonly #reader: ConstraintReader
  readonly #conditions: ReadonlyMap<BoundCore, readonly Conjunct[]>
  readonly #owner: ReadonlyMap<BoundQuery, Item>

  constructor(
    binder: Binder,
    reader: ConstraintReader,
    conditions: ReadonlyMap<BoundCore, readonly Conjunct[]>,
    owner: ReadonlyMap<BoundQuery, Item>,
  ) {
    this.#binder = binder
    this.#reader = reader
    this.#conditions = conditions
    this.#owner = owner
  }

  /** The calls of a candidate for an item. */
  of(item: Item, { method, alternatives }: Candidate): ScanCalls {
    return { method, sets: alternatives.map(a => this.#set(item, method, a)) }
  }

  #set(item: Item, method: Method, alternative: Choice): CallSet {
    const binds: Bind[] = []
    const joined = new Map<BoundCore, Group>()
    const asked = new Map<BoundQuery, Asked>()
    const late: (() => Bind)[] = []
    for (const param of method.params) {
      const operand = param.column === undefined ? undefined : alternative.get(param.column)
      if (!operand) continue
      if (operand.kind === 'values')
        binds.push({ kind: 'values', params: [param.name], rows: operand.values.map(v => [v]) })
      else if (operand.kind === 'query') {
        const rows = asked.get(operand.queries[0]!) ?? { params: [], columns: [], among: [], operand }
        if (operand.row && rows.params.length === 0) asked.set(operand.queries[0]!, rows)
        rows.params.push(param.name)
        rows.columns.push(`k${operand.row?.index ?? 0}`)
        if (operand.among) rows.among.push(amongText(item, param, rows.columns.at(-1)!, operand.among))
        if (rows.params.length === 1) late.push(() => this.#asked(rows))
      } else {
        const group = joined.get(operand.core) ?? {
          params: [],
          sql: [],
          text: [],
          among: [],
          items: new Set(),
        }
        joined.set(operand.core, group)
        group.params.push(param.name)
        group.sql.push(operand.sql)
        group.text.push(operand.text)
        if (operand.among) group.among.push(amongText(item, param, operand.sql, operand.among))
        for (const i of operand.items) group.items.add(i)
      }
    }
    for (const bind of late) binds.push(bind())
    for (const [core, group] of joined) binds.push(this.#joined(item, core, group))
    return binds
  }

  #asked({ params, columns, among, operand }: Asked): Bind {
    const after = readBy(operand).map(r => r.id)
    const items = operand.queries.flatMap(q => coresOf(q).flatMap(c => c.items))
    const around = withText(this.#binder, operand.queries[0]!.outer!.parent, items)
    const names = Array.from({ length: operand.row?.width ?? 1 }, (_, i) => `k${i}`)
    const sql = `SELECT DISTINCT ${columns.join(', ')} FROM (WITH "row~"(${names.join(', ')}) AS (${operand.sql}) SELECT * FROM "row~")${among.length === 0 ? '' : ` WHERE ${among.join(' AND ')}`}`
    return { kind: 'query', params, after, sql: around + sql, text: [`(${operand.original})`] }
  }

  #joined(item: Item, core: BoundCore, group: Group): Bind {
    const found = keyQuery(
      this.#binder,
      this.#reader,
      core,
      group.sql,
      group.among,
      [...group.items],
      this.#placeOf(item, core),
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
  #placeOf(item: Item, core: BoundCore): Place {
    if (item.core === core) return { kind: 'item', item }
    for (let at = item.core; ;) {
      const query = at.parent
      const owner = this.#owner.get(query)
      if (owner?.core === core) return { kind: 'item', item: owner }
      if (owner) at = owner.core
      else if (query.outer === core) return { kind: 'subquery', clause: query.clause! }
      else if (query.outer) at = query.outer
      else return { kind: 'unknown' }
    }
  }
}

/** The type of the column that a key is; undefined for a field of an object. */
export function typeOfKey(item: Item, key: string): Shape['type'] | undefined {
  return item.columns?.find(c => c.name === key)?.shape.type
}

/** A test that values of rows are among those that a key is known to have. */
function amongText(item: Item, param: Param, sql: string, among: readonly Value[]): string {
  return `${castAs(sql, typeOfKey(item, param.column!))} IN (${among.map(valueText).join(', ')})`
}

/** The refs whose rows an operand is computed from. */
export function readBy(operand: Operand): readonly Ref[] {
  if (operand.kind === 'values') return []
  return operand.kind === 'query'
    ? operand.queries.flatMap(q => refsOf(q))
    : operand.items.flatMap(i => itemRefs(i))
}
