import type { Statement } from '../queries.ts'
import type { Random } from '../random.ts'
import {
  columnNode,
  columnsOf,
  isBinaryScalar,
  type ScopeColumn,
  type Relation,
  type Scope,
  type ColumnRef,
} from '../scope.ts'
import { fixed, keyed, list, quoted, predicate, value, type Node } from '../tree.ts'
import {
  DOMAINS,
  isRanged,
  TABLES,
  type Data,
  type Dataset,
  type Domain,
  type Json,
  type Table,
} from '../schema.ts'

/** A table in a FROM clause. */
export interface TableRef {
  readonly relation: Relation
  readonly node: Node
  readonly id: number
  readonly table: Table
}

/** The statement of a form; properties that it omits have their defaults. */
export type FormStatement = Pick<Statement, 'tree'> & Partial<Statement>

/** The tables that forms use: those without required ranges. */
const UNRANGED = TABLES.filter(t => !isRanged(t))

const keySetsOf = (t: Table): (readonly string[])[] =>
  t.resource.methods.map(m => m.params.filter(p => p.required).map(p => p.column!))

/** It has a list method that requires no key. */
export const isListable = (t: Table): boolean => t.size[1] > 0 && keySetsOf(t).some(w => w.length === 0)
export const needsKey = (t: Table): boolean => !keySetsOf(t).some(w => w.length === 0)

/** It is listable and has a column that can bind keys of other tables. */
export const hasKeyColumns = (t: Table): boolean =>
  isListable(t) && columnsOf(t).some(c => ['org', 'region', 'user', 'project'].includes(c.of as string))

export const refsOf = (relation: Relation): ColumnRef[] => relation.cols.map(col => ({ relation, col }))
export const scalars = (...relations: readonly Relation[]): ColumnRef[] =>
  relations.flatMap(refsOf).filter(isBinaryScalar)
export const scopeOf = (relations: readonly Relation[], outer?: Scope): Scope => ({
  relations,
  outer,
  merged: [],
})

/** Whether a column is a required parameter of the table's list. */
export const isRequired = ({ table }: TableRef, { col }: ColumnRef): boolean =>
  col.path.length === 0
  && table.resource.methods.at(-1)!.params.some(p => p.required && p.column === col.name)

/** Chooses tables, columns, and values that occur in the data. */
export class FormBuilder {
  readonly random: Random
  readonly #data: Dataset
  #next = 0

  constructor(random: Random, data: Dataset) {
    this.random = random
    this.#data = data
  }

  name(prefix: string): string {
    return `${prefix}${++this.#next}`
  }

  /** A random table, preferably with rows. */
  table(wanted: (t: Table) => boolean = isListable): TableRef {
    return this.#addTable(UNRANGED.filter(wanted))
  }

  /** A table that can be joined with one of these columns, by its key if it requires one. */
  joinable(others: readonly ColumnRef[], wanted: (t: Table) => boolean = isListable): TableRef {
    const domains = new Set(others.map(u => u.col.of))
    const joins = (t: Table): boolean => columnsOf(t).some(c => domains.has(c.of))
    const joinsByKey = (t: Table): boolean => keySetsOf(t).some(w => w.some(k => domains.has(t.fields[k]!)))
    const all = UNRANGED.filter(wanted)
    const joinable = all.filter(t => (needsKey(t) ? joinsByKey(t) : joins(t)))
    return this.#addTable(joinable.length > 0 ? joinable : all)
  }

  #addTable(tables: readonly Table[]): TableRef {
    const all = tables.length > 0 ? tables : UNRANGED.filter(isListable)
    const filled = all.filter(t => this.#data.get(t)!.length > 0)
    const table = this.random.pick(filled.length > 0 ? filled : all)
    const alias = this.name('t')
    const id = ++this.#next
    const cols = columnsOf(table).filter(c => c.name !== table.view)
    return {
      table,
      id,
      relation: { alias, cols, table: { of: table, id } },
      node: { kind: 'table', table, alias, id },
    }
  }

  /** Conditions that bind the keys of a table to the other columns, or to all values of the domain. */
  keys({ table, relation, id }: TableRef, others: readonly ColumnRef[] = []): Node[] {
    const keySets = keySetsOf(table)
    if (keySets.some(w => w.length === 0)) return []
    return this.random.pick(keySets.slice(-2)).map(name => {
      const ref = { relation, col: relation.cols.find(c => c.name === name && c.path.length === 0)! }
      const from = others.filter(u => isBinaryScalar(u) && u.col.of === ref.col.of)
      if (from.length === 0 || this.random.chance(0.1)) return this.allKeys(ref, id)
      const other = this.column(this.random.pick(from))
      return this.random.chance(0.5)
        ? keyed(id, this.column(ref), ' = ', other)
        : keyed(id, other, ' = ', this.column(ref))
    })
  }

  allKeys(ref: ColumnRef, id: number): Node {
    const values = DOMAINS[ref.col.of as Domain].map(v =>
      value(typeof v === 'number' ? String(v) : quoted(String(v))),
    )
    return keyed(id, this.column(ref), ' IN (', list(values, ', '), ')')
  }

  /** Conditions that bind all keys of a table except one. */
  otherKeys({ table, relation, id }: TableRef, key: ColumnRef): Node[] {
    return table.resource.methods
      .at(-1)!
      .params.filter(p => p.required && p.column !== key.col.name)
      .map(p => relation.cols.find(c => c.name === p.column && c.path.length === 0)!)
      .map(col => this.allKeys({ relation, col }, id))
  }

  /** An equality of two columns of the same domain, one from each side; undefined if they share no domain. */
  equality(left: readonly ColumnRef[], right: readonly ColumnRef[]): Node | undefined {
    const pairs = left.flatMap(a => right.filter(b => b.col.of === a.col.of).map(b => [a, b] as const))
    if (pairs.length === 0) return undefined
    const [a, b] = this.random.pick(pairs)
    return this.random.chance(0.5)
      ? predicate(this.column(a), ' = ', this.column(b))
      : predicate(this.column(b), ' = ', this.column(a))
  }

  /** A qualified column reference. With a scope, an unambiguous one may lack the qualifier. */
  column(ref: ColumnRef, scope?: Scope): Node {
    if (scope) return columnNode(ref, scope, this.random)
    return { kind: 'column', qualifier: ref.relation.alias, name: ref.col.name, path: ref.col.path }
  }

  /** Usually a value that the column has in some row. */
  literal(ref: ColumnRef): Node {
    const of = ref.col.of as Domain
    const table = ref.relation.table?.of
    const known = table ? this.#values(table, ref.col) : []
    return literalOf(this.random.pick(known.length > 0 && this.random.chance(0.9) ? known : DOMAINS[of]))
  }

  /** A value for each column, usually all from one row. */
  row(refs: readonly ColumnRef[]): Node[] {
    const table = refs[0]!.relation.table?.of
    const rows = table && refs.every(u => u.relation === refs[0]!.relation) ? this.#data.get(table)! : []
    const whole = rows.filter(row => refs.every(u => at(row, u.col) !== null))
    if (whole.length === 0 || this.random.chance(0.1)) return refs.map(u => this.literal(u))
    const row = this.random.pick(whole)
    return refs.map(u => literalOf(at(row, u.col)))
  }

  #values(table: Table, col: ScopeColumn): Json[] {
    return this.#data
      .get(table)!
      .map(row => at(row, col))
      .filter(v => v !== null)
  }

  /** `SELECT` with some columns of the relations, as c1, c2, … */
  select(relations: readonly Relation[], ...rest: readonly (string | Node)[]): Node {
    const refs = this.random.sample(scalars(...relations), this.random.int(1, 3))
    return fixed(
      'SELECT ',
      list(
        refs.map((u, i) => fixed(this.column(u), ` AS c${i + 1}`)),
        ', ',
      ),
      ...rest,
    )
  }
}

function at(row: Data, col: ScopeColumn): Json {
  return [col.name, ...col.path].reduce<Json>(
    (v, name) => (typeof v === 'object' && v !== null ? (v[name] ?? null) : null),
    row,
  )
}

function literalOf(known: Json): Node {
  if (typeof known === 'boolean') return value(known ? '1' : '0')
  return value(typeof known === 'number' ? String(known) : quoted(String(known)))
}

export const where = (conditions: readonly Node[]): Node => list(conditions, ' AND ', 0, ' WHERE ')
export const on = (conditions: readonly Node[]): Node => list(conditions, ' AND ', 1, ' ON ')
