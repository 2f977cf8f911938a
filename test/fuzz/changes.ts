import type { Random } from './random.ts'

/** A row of the test tables; `items` has one key, `pairs` has two. */
export interface Row {
  readonly id: string
  readonly part: string
  readonly name: string | null
  readonly note: string | null
  readonly n: number | null
  readonly flag: boolean | null
}

export const KEYS = { items: ['id'], pairs: ['id', 'part'] } as const
export type TableName = keyof typeof KEYS

const LONG = 'long '.repeat(60)
const IDS = [
  'a',
  'A',
  'b',
  '01',
  '1',
  '1.0',
  'NULL',
  'null',
  "it's",
  '"q"',
  'a/b',
  '100%',
  'x y',
  'ü',
  'Ü',
  '日本',
  'true',
  '-1',
  'a;b--c',
  '%',
  `${LONG}1`,
  `${LONG}2`,
] as const
const TEXTS = ['', 'a', 'A', 'b', '01', '1', 'NULL', "it's", ' ', 'ü', '%', 'a_b', LONG, 'nope'] as const
const NUMBERS = [0, 1, 2, 3, -1, 10] as const

/** Rows for every id, in `pairs` with several parts each; the other columns are random. */
export function makeRows(random: Random, table: TableName): Row[] {
  const parts = table === 'items' ? ['-'] : ['p', 'P', '01', '1', "it's"]
  return IDS.flatMap(id =>
    random
      .sample(parts, random.int(1, parts.length))
      .map(part => ({
        id,
        part,
        name: random.chance(0.2) ? null : random.pick(TEXTS),
        note: random.chance(0.3) ? null : random.pick(TEXTS),
        n: random.chance(0.2) ? null : random.pick(NUMBERS),
        flag: random.chance(0.2) ? null : random.chance(0.5),
      })),
  )
}

/** A change, and a query for SQLite that returns the keys of the affected rows and, for UPDATE and REPLACE, the new name. */
export interface Change {
  readonly table: TableName
  readonly sql: string
  readonly expectedSql: string
}

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`

/** Generates conditions over one table. */
class Conditions {
  readonly #random: Random
  readonly #table: TableName
  readonly #alias: string

  constructor(random: Random, table: TableName, alias: string) {
    this.#random = random
    this.#table = table
    this.#alias = alias
  }

  #column(...names: readonly string[]): string {
    const name = this.#random.pick(names)
    return this.#random.chance(0.2) ? `${this.#alias}.${name}` : name
  }

  id(): string {
    const { pick, chance } = this.#tools
    const found = pick(IDS)
    return text(chance(0.1) ? `${found}x` : chance(0.1) ? found.toUpperCase() : found)
  }

  get #tools(): { pick: Random['pick']; chance: Random['chance'] } {
    return { pick: list => this.#random.pick(list), chance: p => this.#random.chance(p) }
  }

  ids(): string {
    return Array.from({ length: this.#random.int(1, 6) }, () => this.id()).join(', ')
  }

  #text(): string {
    return this.#random.chance(0.05) ? 'NULL' : text(this.#random.pick(TEXTS))
  }

  #texts(): string {
    return Array.from({ length: this.#random.int(1, 4) }, () => this.#text()).join(', ')
  }

  #number(): string {
    return this.#random.chance(0.05) ? 'NULL' : String(this.#random.pick(NUMBERS))
  }

  /** A condition of any form. */
  any(depth: number): string {
    if (depth <= 0) return this.#leaf()
    const below = (): string => this.any(depth - 1)
    const list = (word: string): string =>
      Array.from({ length: this.#random.int(2, 3) }, below).join(this.#blank(word))
    return this.#random.weighted<() => string>([
      [4, () => this.#leaf()],
      [3, () => list('AND')],
      [3, () => list('OR')],
      [3, () => `(${list('OR')})`],
      [2, () => `(${below()})`],
      [2, () => `NOT ${below()}`],
      [1, () => `NOT (${list('OR')})`],
      [1, () => `CASE WHEN ${below()} THEN ${below()} ELSE ${below()} END`],
      [1, () => this.#subquery(depth)],
    ])()
  }

  #blank(word: string): string {
    return this.#random.weighted([
      [8, ` ${word} `],
      [1, `\n${word.toLowerCase()}\n`],
      [1, ` /* or */ ${word} -- AND\n`],
    ])
  }

  #leaf(): string {
    return this.#random.weighted<() => string>([
      [6, () => this.#textPredicate()],
      [3, () => this.#numberPredicate()],
      [3, () => this.#keyPredicate()],
      [1, () => this.#random.pick(['flag', 'NOT flag', 'flag IS NULL', 'flag = true', 'flag IS NOT TRUE'])],
      [1, () => this.#random.pick(['1', '0', 'NULL', 'TRUE', '1 = 1', "'' = 'a'", '2 > 1 OR 1 > 2'])],
    ])()
  }

  #keyPredicate(): string {
    const id = this.#column('id')
    return this.#random.weighted([
      [4, `${id} = ${this.id()}`],
      [1, `${this.id()} = ${id}`],
      [1, `${id} == ${this.id()} COLLATE NOCASE`],
      [2, `${id} IN (${this.ids()})`],
      [2, `${id} NOT IN (${this.ids()})`],
      [1, `${id} IS ${this.id()}`],
      [1, `${id} <> ${this.id()}`],
      [1, `${id} BETWEEN ${this.id()} AND ${this.id()}`],
      [1, `(id, name) = (${this.id()}, ${this.#text()})`],
      [1, `(id, part) IN (VALUES (${this.id()}, 'p'), (${this.id()}, '-'))`],
      [1, `+${id} = ${this.id()}`],
      [1, `(${id}) = (${this.id()})`],
      [1, `${id} || '' = ${this.id()}`],
    ])
  }

  #textPredicate(): string {
    const column = this.#column('name', 'note')
    return this.#random.weighted([
      [3, `${column} = ${this.#text()}`],
      [2, `${column} <> ${this.#text()}`],
      [1, `${column} >= ${this.#text()}`],
      [2, `${column} IS NOT ${this.#text()}`],
      [2, `${column} IN (${this.#texts()})`],
      [2, `${column} NOT IN (${this.#texts()})`],
      [2, `${column} BETWEEN ${this.#text()} AND ${this.#text()}`],
      [1, `${column} NOT BETWEEN ${this.#text()} AND ${this.#text()}`],
      [2, `${column} LIKE ${text(this.#random.pick(['a%', '%', '_', 'A', '%1', 'a\\_b']))}`],
      [1, `${column} NOT LIKE '10!%' ESCAPE '!'`],
      [1, `${column} GLOB '[a-b]*'`],
      [2, `${column} IS NULL`],
      [1, `${column} NOTNULL`],
      [1, `${column} = ${this.#column('name', 'note', 'id')}`],
      [1, `lower(${column}) = ${this.#text()}`],
      [1, `${column} = ${this.#text()} COLLATE NOCASE`],
      [1, `coalesce(name, note) = ${this.#text()}`],
      [1, `CASE name WHEN ${this.#text()} THEN 1 WHEN ${this.#text()} THEN 0 ELSE n END`],
    ])
  }

  #numberPredicate(): string {
    const n = this.#column('n')
    return this.#random.weighted([
      [3, `${n} ${this.#random.pick(['=', '<>', '<', '>='])} ${this.#number()}`],
      [1, `${n} IN (${this.#number()}, ${this.#number()})`],
      [1, `${n} BETWEEN ${this.#number()} AND ${this.#number()}`],
      [1, n],
      [1, `${n} IS NULL`],
      [1, `${n} + 1 > length(id)`],
    ])
  }

  #subquery(depth: number): string {
    const table = `p.s.${this.#table}`
    const inner = (): string => new Conditions(this.#random, this.#table, this.#table).any(depth - 1)
    return this.#random.weighted([
      [3, `id IN (SELECT id FROM ${table} WHERE ${inner()})`],
      [2, `id NOT IN (SELECT id FROM ${table} WHERE ${inner()})`],
      [1, `id = (SELECT max(id) FROM ${table} WHERE ${inner()})`],
      [2, `(id, part) IN (SELECT id, part FROM ${table} WHERE ${inner()})`],
      [1, `EXISTS (SELECT 1 FROM ${table} AS x WHERE x.name = ${this.#alias}.note AND x.n > 0)`],
    ])
  }

  /** A condition that binds all keys in each alternative. */
  withAllKeys(): string {
    const own = (): string =>
      this.#table === 'items'
        ? this.#random.pick([`id = ${this.id()}`, `id IN (${this.ids()})`, `${this.id()} = id`])
        : this.#random.pick([
            `id = ${this.id()} AND part = 'p'`,
            `(id, part) = (${this.id()}, '01')`,
            `id IN (${this.ids()}) AND part IN ('p', 'P', '1')`,
          ])
    return this.#random.weighted<() => string>([
      [2, () => own()],
      [3, () => `(${own()} OR ${own()})`],
      [1, () => `${own()} OR ${own()} OR ${own()}`],
      [1, () => `${own()} AND ${this.any(1)} OR ${own()}`],
      [2, () => this.#keySubquery()],
    ])()
  }

  #keySubquery(): string {
    const inner = new Conditions(this.#random, this.#table, this.#table).any(2)
    const from = `FROM p.s.${this.#table} WHERE ${inner}`
    if (this.#table === 'items' && this.#random.chance(0.5)) return `id IN (SELECT id ${from})`
    return this.#table === 'items'
      ? `(id, name) IN (SELECT id, name ${from})`
      : `(id, part) IN (SELECT id, part ${from})`
  }
}

/** A DELETE, UPDATE or REPLACE with a random condition. */
export function makeChange(random: Random): Change {
  const table = random.pick(['items', 'items', 'pairs'] as const)
  const alias = random.chance(0.3) ? 'x' : table
  const from = alias === table ? `p.s.${table}` : `p.s.${table} AS ${alias}`
  const conditions = new Conditions(random, table, alias)
  const where = random.weighted<() => string>([
    [2, () => conditions.withAllKeys()],
    [3, () => `${conditions.withAllKeys()} AND ${conditions.any(2)}`],
    [2, () => `${conditions.any(2)} AND ${conditions.withAllKeys()}`],
    [2, () => `(${conditions.withAllKeys()}) AND (${conditions.any(3)})`],
    [1, () => conditions.any(3)],
  ])()
  const verb = random.pick(['DELETE', 'DELETE', 'UPDATE', 'REPLACE'])
  const value = random.pick([
    "'new'",
    "coalesce(name, '') || '!'",
    "CASE WHEN n > 1 THEN 'big' ELSE 'small' END",
  ])
  const keys = KEYS[table].join(', ')
  const rows = `FROM ${from} WHERE ${where}`
  return {
    table,
    sql: verb === 'DELETE' ? `DELETE ${rows}` : `${verb} ${from} SET name = ${value} WHERE ${where}`,
    expectedSql: `SELECT DISTINCT ${keys}, ${verb === 'DELETE' ? 'NULL' : value} ${rows}`.replaceAll(
      'p.s.',
      '',
    ),
  }
}
