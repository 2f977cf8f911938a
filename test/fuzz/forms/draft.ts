import type { Statement } from '../queries.ts'
import type { Random } from '../random.ts'
import { columnNode, columnsOf, type Col, type Item, type Scope, type Use } from '../scope.ts'
import { fixed, keyed, list, quoted, test, value, type Node } from '../tree.ts'
import {
  DOMAINS,
  isRanged,
  TABLES,
  type Data,
  type Dataset,
  type Domain,
  type Json,
  type Table,
} from '../world.ts'

/** A table in a FROM clause. */
export interface Placed {
  readonly item: Item
  readonly node: Node
  readonly id: number
  readonly table: Table
}

/** What a form makes; what it leaves out is as in most statements. */
export type Made = Pick<Statement, 'tree'> & Partial<Statement>

/** The tables that forms are made of: their keys are joined with. */
const UNRANGED = TABLES.filter(t => !isRanged(t))

const waysOf = (t: Table): (readonly string[])[] =>
  t.resource.methods.map(m => m.params.filter(p => p.required).map(p => p.column!))

/** It has a list that needs no key. */
export const isFree = (t: Table): boolean => t.size[1] > 0 && waysOf(t).some(w => w.length === 0)
export const isKeyed = (t: Table): boolean => !waysOf(t).some(w => w.length === 0)

/** It has a column that may give a key its values. */
export const feeds = (t: Table): boolean =>
  isFree(t) && columnsOf(t).some(c => ['org', 'region', 'user', 'project'].includes(c.of as string))

export const isScalar = (u: Use): boolean => typeof u.col.of === 'string' && !u.col.soft
export const usesOf = (item: Item): Use[] => item.cols.map(col => ({ item, col }))
export const scalars = (...items: readonly Item[]): Use[] => items.flatMap(usesOf).filter(isScalar)
export const scopeOf = (items: readonly Item[], outer?: Scope): Scope => ({ items, outer, merged: [] })

/** Whether a column is a required parameter of the table's list. */
export const isRequired = ({ table }: Placed, { col }: Use): boolean =>
  col.path.length === 0
  && table.resource.methods.at(-1)!.params.some(p => p.required && p.column === col.name)

/** Chooses tables, columns, and values that the data has. */
export class Draft {
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

  /** A table, one with rows if there is any. */
  table(wanted: (t: Table) => boolean = isFree): Placed {
    return this.#place(UNRANGED.filter(wanted))
  }

  /** A table that one of these columns can be joined with, by its key if it needs one. */
  near(others: readonly Use[], wanted: (t: Table) => boolean = isFree): Placed {
    const domains = new Set(others.map(u => u.col.of))
    const joins = (t: Table): boolean => columnsOf(t).some(c => domains.has(c.of))
    const joinsByKey = (t: Table): boolean => waysOf(t).some(w => w.some(k => domains.has(t.fields[k]!)))
    const all = UNRANGED.filter(wanted)
    const near = all.filter(t => (isKeyed(t) ? joinsByKey(t) : joins(t)))
    return this.#place(near.length > 0 ? near : all)
  }

  #place(tables: readonly Table[]): Placed {
    const all = tables.length > 0 ? tables : UNRANGED.filter(isFree)
    const filled = all.filter(t => this.#data.get(t)!.length > 0)
    const table = this.random.pick(filled.length > 0 ? filled : all)
    const alias = this.name('t')
    const id = ++this.#next
    const cols = columnsOf(table).filter(c => c.name !== table.view)
    return {
      table,
      id,
      item: { alias, cols, table: { of: table, id } },
      node: { kind: 'table', table, alias, id },
    }
  }

  /** Conditions that give a table its keys: from the other columns, else all values that there are. */
  keys({ table, item, id }: Placed, others: readonly Use[] = []): Node[] {
    const ways = waysOf(table)
    if (ways.some(w => w.length === 0)) return []
    return this.random.pick(ways.slice(-2)).map(name => {
      const use = { item, col: item.cols.find(c => c.name === name && c.path.length === 0)! }
      const from = others.filter(u => isScalar(u) && u.col.of === use.col.of)
      if (from.length === 0 || this.random.chance(0.1)) return this.allKeys(use, id)
      const other = this.column(this.random.pick(from))
      return this.random.chance(0.5)
        ? keyed(id, this.column(use), ' = ', other)
        : keyed(id, other, ' = ', this.column(use))
    })
  }

  allKeys(use: Use, id: number): Node {
    const values = DOMAINS[use.col.of as Domain].map(v =>
      value(typeof v === 'number' ? String(v) : quoted(String(v))),
    )
    return keyed(id, this.column(use), ' IN (', list(values, ', '), ')')
  }

  /** Conditions that give a table the keys that it needs besides one. */
  otherKeys({ table, item, id }: Placed, key: Use): Node[] {
    return table.resource.methods
      .at(-1)!
      .params.filter(p => p.required && p.column !== key.col.name)
      .map(p => item.cols.find(c => c.name === p.column && c.path.length === 0)!)
      .map(col => this.allKeys({ item, col }, id))
  }

  /** Two columns of one domain equal, one from each side; none where they have no domain in common. */
  equality(left: readonly Use[], right: readonly Use[]): Node | undefined {
    const pairs = left.flatMap(a => right.filter(b => b.col.of === a.col.of).map(b => [a, b] as const))
    if (pairs.length === 0) return undefined
    const [a, b] = this.random.pick(pairs)
    return this.random.chance(0.5)
      ? test(this.column(a), ' = ', this.column(b))
      : test(this.column(b), ' = ', this.column(a))
  }

  /** A column with its qualifier; without it, perhaps, where a scope is given that lets nothing else be meant. */
  column(use: Use, scope?: Scope): Node {
    if (scope) return columnNode(use, scope, this.random)
    return { kind: 'column', qualifier: use.item.alias, name: use.col.name, path: use.col.path }
  }

  /** A value that the column has in some row, mostly. */
  literal(use: Use): Node {
    const of = use.col.of as Domain
    const table = use.item.table?.of
    const known = table ? this.#values(table, use.col) : []
    return spelled(this.random.pick(known.length > 0 && this.random.chance(0.9) ? known : DOMAINS[of]))
  }

  /** A value of each of the columns, all of one row, mostly. */
  row(uses: readonly Use[]): Node[] {
    const table = uses[0]!.item.table?.of
    const rows = table && uses.every(u => u.item === uses[0]!.item) ? this.#data.get(table)! : []
    const whole = rows.filter(row => uses.every(u => at(row, u.col) !== null))
    if (whole.length === 0 || this.random.chance(0.1)) return uses.map(u => this.literal(u))
    const row = this.random.pick(whole)
    return uses.map(u => spelled(at(row, u.col)))
  }

  #values(table: Table, col: Col): Json[] {
    return this.#data
      .get(table)!
      .map(row => at(row, col))
      .filter(v => v !== null)
  }

  /** `SELECT` with some columns of the items, as c1, c2, … */
  select(items: readonly Item[], ...rest: readonly (string | Node)[]): Node {
    const uses = this.random.sample(scalars(...items), this.random.int(1, 3))
    return fixed(
      'SELECT ',
      list(
        uses.map((u, i) => fixed(this.column(u), ` AS c${i + 1}`)),
        ', ',
      ),
      ...rest,
    )
  }
}

function at(row: Data, col: Col): Json {
  return [col.name, ...col.path].reduce<Json>(
    (v, name) => (typeof v === 'object' && v !== null ? (v[name] ?? null) : null),
    row,
  )
}

function spelled(known: Json): Node {
  if (typeof known === 'boolean') return value(known ? '1' : '0')
  return value(typeof known === 'number' ? String(known) : quoted(String(known)))
}

export const where = (conditions: readonly Node[]): Node => list(conditions, ' AND ', 0, ' WHERE ')
export const on = (conditions: readonly Node[]): Node => list(conditions, ' AND ', 1, ' ON ')
