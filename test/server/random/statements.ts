import type { Random } from '../../fuzz/random.ts'
import { Expressions, literalOf, type Scope, type Source } from './expressions.ts'
import { DOMAINS, SCHEMA, type Column, type Table, type Type } from './world.ts'

/** A statement, with values for its parameters; with several lists it is run with each. */
export interface Generated {
  readonly sql: string
  readonly values: readonly (readonly string[])[]
  /** Whether the order of rows is determined. */
  readonly isOrdered: boolean
}

interface Output {
  readonly sql: string
  readonly type: Type | 'other'
  readonly domain: string
}

/** A query and the columns that it returns. */
interface Query {
  readonly sql: string
  readonly columns: readonly (Column | undefined)[]
  readonly isOrdered: boolean
}

/** Makes SELECTs over the tables. */
export class Statements {
  readonly #random: Random
  readonly #tables: readonly Table[]
  readonly #expressions: Expressions
  #names = 0

  constructor(random: Random, tables: readonly Table[]) {
    this.#random = random
    this.#tables = tables
    this.#expressions = new Expressions(random, {
      subquery: (scope, type, domain) => this.#subquery(scope, type, domain),
    })
  }

  next(): Generated {
    const random = this.#random
    const made = this.#withClause()
    const comment = random.pick([
      '',
      '',
      '',
      '-- a comment\n',
      '/* a /* nested */ comment */ ',
      '/* SELECT */',
    ])
    const parameters = random.chance(0.35)
    if (!parameters) return { sql: comment + made.sql, values: [[]], isOrdered: made.isOrdered }
    return { ...this.#withParameters(comment + made.sql), isOrdered: made.isOrdered }
  }

  /** Puts parameters in the place of some texts and integers. */
  #withParameters(sql: string): Pick<Generated, 'sql' | 'values'> {
    const random = this.#random
    const first: string[] = []
    const second: string[] = []
    const text = sql.replaceAll(
      /(= )'((?:[^']|'')*)'(?=[ )]|$)|(= )(\d+)(?=[ )]|$)/g,
      (whole, a: string, string: string, b: string, number: string) => {
        if (first.length === 4 || random.chance(0.4)) return whole
        first.push(number ?? string.replaceAll("''", "'"))
        second.push(
          number === undefined
            ? (JSON.parse(random.pick(DOMAINS[random.pick(['thing', 'person', 'word'])]!)) as string)
            : String(random.int(0, 9)),
        )
        return number === undefined ? `${a}$${first.length}` : `${b}$${first.length}::int8`
      },
    )
    return { sql: text, values: first.length === 0 ? [[]] : [first, second, first] }
  }

  #name(prefix: string): string {
    return `${prefix}${++this.#names}`
  }

  #withClause(): Query {
    const random = this.#random
    if (random.chance(0.2)) {
      const name = this.#name('c')
      const inner = this.#select([], { depth: 1 })
      const columns = inner.columns.map((c, i) => c && { ...c, name: `x${i}` })
      const names = inner.columns.map((_, i) => `x${i}`)
      const kept: Source = { alias: name, columns: columns.flatMap(c => c ?? []) }
      const body = this.#select([], { depth: 1, sources: [kept] })
      const how = random.pick(['', '', 'MATERIALIZED ', 'NOT MATERIALIZED '])
      return { ...body, sql: `WITH ${name}(${names.join(', ')}) AS ${how}(${inner.sql}) ${body.sql}` }
    }
    if (random.chance(0.05)) return this.#recursive()
    if (random.chance(0.12)) return this.#setOperation()
    return this.#select([], { depth: 0 })
  }

  #recursive(): Query {
    const start = this.#random.pick(["id = 'p1'", 'boss IS NULL', "email <> ''", 'true'])
    const sql = `WITH RECURSIVE r(id, boss, depth) AS (SELECT id, boss, 0 FROM ${SCHEMA}.people WHERE ${start}
      UNION ALL SELECT p.id, p.boss, r.depth + 1 FROM r JOIN ${SCHEMA}.people p ON p.boss = r.id WHERE r.depth < 3)
      SELECT id, depth, count(*) FROM r GROUP BY 1, 2`
    return { sql, columns: [], isOrdered: false }
  }

  #setOperation(): Query {
    const random = this.#random
    const types = random.sample(
      ['text', 'int8', 'text', 'bool', 'timestamptz', 'jsonb'] as Type[],
      random.int(1, 3),
    )
    const branch = (): string => this.#select([], { depth: 1, types, isBare: true }).sql
    const operator = random.pick(['UNION', 'UNION ALL', 'INTERSECT', 'EXCEPT', 'EXCEPT ALL', 'INTERSECT ALL'])
    const order = random.chance(0.5) ? ` ORDER BY ${types.map((_, i) => i + 1).join(', ')}` : ''
    return { sql: `${branch()} ${operator} ${branch()}${order}`, columns: [], isOrdered: order !== '' }
  }

  /** A correlated or free subquery of one column. */
  #subquery(outer: Scope, type: Type | undefined, domain?: string): string {
    const random = this.#random
    const tables = this.#tables.filter(
      t =>
        type === undefined
        || t.columns.some(c => c.type === type && (domain === undefined || c.domain === domain)),
    )
    const table = random.pick(tables.length > 0 ? tables : this.#tables)
    const source: Source = { alias: this.#name('s'), columns: table.columns }
    const own = table.columns.filter(c => c.type === type && (domain === undefined || c.domain === domain))
    const column = own.length > 0 ? random.pick(own) : undefined
    const output =
      type === undefined
        ? random.pick(['1', '*', 'NULL'])
        : column
          ? `${source.alias}.${column.name}`
          : literalOf(random, type, domain)
    const where: string[] = []
    if (random.chance(0.7)) {
      const link = this.#expressions.link([...outer], [source])
      if (link !== undefined) where.push(link)
    }
    if (random.chance(0.5)) where.push(this.#expressions.predicate([source], 1))
    return `SELECT ${output} FROM ${SCHEMA}.${table.name} ${source.alias}${where.length > 0 ? ` WHERE ${where.join(' AND ')}` : ''}`
  }

  #source(): { sql: string; source: Source } {
    const random = this.#random
    const alias = this.#name('a')
    if (random.chance(0.08)) {
      const inner = this.#select([], { depth: 2 })
      const columns = inner.columns.flatMap((c, i) => (c ? [{ ...c, name: `x${i}` }] : []))
      if (columns.length > 0)
        return {
          sql: `(${inner.sql}) ${alias}(${inner.columns.map((_, i) => `x${i}`).join(', ')})`,
          source: { alias, columns },
        }
    }
    if (random.chance(0.05)) {
      const columns: Column[] = [
        { name: 'k', type: 'text', domain: 'thing' },
        { name: 'm', type: 'int8', domain: 'small' },
      ]
      return {
        sql: `(VALUES ('t1', 1::int8), ('t2', NULL), ('05', 3)) ${alias}(k, m)`,
        source: { alias, columns },
      }
    }
    if (random.chance(0.1)) return this.#compound(alias)
    if (random.chance(0.06)) return { sql: `${SCHEMA}.busy ${alias}`, source: { alias, columns: BUSY } }
    const table = random.pick(this.#tables)
    return { sql: `${SCHEMA}.${table.name} ${alias}`, source: { alias, columns: table.columns } }
  }

  /** A compound query of texts of one domain. */
  #compound(alias: string): { sql: string; source: Source } {
    const random = this.#random
    const domain = random.pick(['thing', 'person'])
    const parts = Array.from({ length: random.int(2, 3) }, () => this.#subquery([], 'text', domain))
    const operators = ['UNION', 'UNION ALL', 'UNION ALL', 'EXCEPT', 'INTERSECT']
    const sql = parts.reduce((left, right) => `${left} ${random.pick(operators)} ${right}`)
    return { sql: `(${sql}) ${alias}(k)`, source: { alias, columns: [{ name: 'k', type: 'text', domain }] } }
  }

  #from(given: readonly Source[]): { sql: string; scope: Source[] } {
    const random = this.#random
    const first = given[0] ? { sql: given[0].alias, source: given[0] } : this.#source()
    let { sql } = first
    const scope = [first.source]
    const count = random.weighted([
      [5, 0],
      [4, 1],
      [1.5, 2],
    ] as const)
    for (let i = 0; i < count; i++) {
      const next = this.#source()
      const kind = random.weighted([
        [4, 'JOIN'],
        [3, 'LEFT JOIN'],
        [1, 'RIGHT JOIN'],
        [1, 'FULL JOIN'],
        [1, 'USING'],
        [1, 'LATERAL'],
        [0.5, 'CROSS'],
        [0.5, 'ELEMENTS'],
        [0.5, 'NATURAL'],
      ] as const)
      const link = this.#expressions.link(scope, [next.source], kind !== 'FULL JOIN') ?? 'true'
      const common = next.source.columns.filter(
        c =>
          scope.filter(s => s.columns.some(o => o.name === c.name)).length === 1
          && scope.some(s => s.columns.some(o => o.name === c.name && o.type === c.type)),
      )
      if (kind === 'USING' && common.length > 0) {
        const how = random.pick(['JOIN', 'LEFT JOIN', 'FULL JOIN'])
        sql += ` ${how} ${next.sql} USING (${random.pick(common).name})`
        scope.push(next.source)
      } else if (kind === 'NATURAL' && common.length > 0 && scope.length === 1) {
        sql += ` NATURAL ${random.pick(['JOIN', 'LEFT JOIN'])} ${next.sql}`
        scope.push(next.source)
      } else if (kind === 'LATERAL') {
        const table = random.pick(this.#tables)
        const alias = this.#name('l')
        const inner: Source = { alias: this.#name('i'), columns: table.columns }
        const where = this.#expressions.link(scope, [inner]) ?? 'true'
        const columns = table.columns.slice(0, 4)
        const limit = random.chance(0.4) ? ` ORDER BY ${columns.map((_, n) => n + 1).join(', ')} LIMIT 2` : ''
        sql += ` ${random.pick(['CROSS JOIN', 'LEFT JOIN'])} LATERAL (SELECT ${columns.map(c => `${inner.alias}.${c.name}`).join(', ')} FROM ${SCHEMA}.${table.name} ${inner.alias} WHERE ${where}${limit}) ${alias}`
        if (
          sql.includes(`LEFT JOIN LATERAL`)
          && sql.lastIndexOf('LEFT JOIN LATERAL') > sql.lastIndexOf('CROSS JOIN LATERAL')
        )
          sql += ' ON true'
        scope.push({ alias, columns })
      } else if (kind === 'ELEMENTS') {
        const found = scope.flatMap(s =>
          s.columns.filter(c => c.domain === 'list').map(c => `${s.alias}.${c.name}`),
        )
        if (found.length === 0) continue
        const alias = this.#name('e')
        sql += ` CROSS JOIN LATERAL jsonb_array_elements_text(${random.pick(found)}) ${alias}(v)`
        scope.push({ alias, columns: [{ name: 'v', type: 'text', domain: 'thing' }] })
      } else if (kind === 'CROSS') {
        sql += ` CROSS JOIN ${next.sql}`
        scope.push(next.source)
      } else {
        const how = kind === 'USING' || kind === 'NATURAL' ? 'JOIN' : kind
        const hashable = how !== 'FULL JOIN' && random.chance(0.25)
        const more = hashable ? ` AND ${this.#expressions.predicate([...scope, next.source], 1)}` : ''
        sql += ` ${how} ${next.sql} ON ${how === 'FULL JOIN' && link === 'true' ? 'false' : link}${more}`
        scope.push(next.source)
      }
    }
    return { sql, scope }
  }

  #select(
    outer: Scope,
    options: { depth: number; types?: readonly Type[]; isBare?: boolean; sources?: readonly Source[] },
  ): Query {
    const random = this.#random
    const { sql: from, scope } = this.#from(options.sources ?? [])
    const all = [...outer, ...scope]
    const where = random.chance(0.7) ? ` WHERE ${this.#expressions.predicate(all, options.depth)}` : ''
    if (options.types) {
      const outputs = options.types.map(t => this.#expressions.value(all, t, 1))
      return {
        sql: `SELECT ${outputs.map(o => o.sql).join(', ')} FROM ${from}${where}`,
        columns: [],
        isOrdered: false,
      }
    }
    const kind = random.weighted([
      [6, 'rows'],
      [2, 'groups'],
      [1, 'windows'],
      [0.7, 'distinct on'],
      [0.5, 'star'],
    ] as const)
    if (kind === 'groups') return this.#grouped(all, from, where, options.depth)
    if (kind === 'star' && options.depth === 0)
      return { sql: `SELECT * FROM ${from}${where}`, columns: [], isOrdered: false }
    const outputs: Output[] = Array.from({ length: random.int(1, 4) }, () =>
      this.#expressions.anyValue(all, 1),
    )
    if (kind === 'windows') outputs.push(this.#window(all))
    const list = outputs.map(o => o.sql).join(', ')
    const ends = outputs.map((_, i) => i + 1).join(', ')
    const columns = outputs.map(o =>
      o.type === 'other' ? undefined : { name: '', type: o.type, domain: o.domain },
    )
    if (kind === 'distinct on') {
      const key = this.#expressions.anyValue(all, 0)
      const sql = `SELECT DISTINCT ON (${key.sql}) ${key.sql}, ${list} FROM ${from}${where} ORDER BY ${key.sql}, ${outputs.map(o => o.sql).join(', ')}`
      return { sql, columns: [{ name: '', type: key.type, domain: key.domain }, ...columns], isOrdered: true }
    }
    const distinct = random.chance(0.12) ? 'DISTINCT ' : ''
    const order = random.chance(0.4) ? this.#order(ends.split(', ')) : ''
    const limit =
      order !== '' && random.chance(0.5)
        ? random.pick([
            ' LIMIT 3',
            ' LIMIT 5 OFFSET 2',
            ' OFFSET 1',
            ' FETCH FIRST 2 ROWS WITH TIES',
            ' FETCH FIRST ROW ONLY',
            ' LIMIT ALL',
            ' LIMIT 0',
          ])
        : ''
    return {
      sql: `SELECT ${distinct}${list} FROM ${from}${where}${order}${limit}`,
      columns,
      isOrdered: order !== '',
    }
  }

  #order(ends: readonly string[]): string {
    const random = this.#random
    return ` ORDER BY ${ends.map(e => e + random.pick(['', ' DESC', ' NULLS FIRST', ' DESC NULLS LAST'])).join(', ')}`
  }

  #window(scope: Scope): Output {
    const random = this.#random
    const total = scope.flatMap(s => s.columns.map(c => `${s.alias}.${c.name}`)).join(', ')
    const by = this.#expressions.anyValue(scope, 0).sql
    const call = random.pick([
      `row_number()`,
      `rank()`,
      `dense_rank()`,
      `count(*)`,
      `lag(${by})`,
      `first_value(${by})`,
      `sum(1)`,
    ])
    const partition = random.chance(0.5) ? `PARTITION BY ${this.#expressions.anyValue(scope, 0).sql} ` : ''
    return { sql: `${call} OVER (${partition}ORDER BY ${total})`, type: 'other', domain: '' }
  }

  #grouped(scope: Scope, from: string, where: string, depth: number): Query {
    const random = this.#random
    // Postgres 15 answers grouping sets over constants wrongly
    const hasSets = where === '' && random.chance(0.5)
    const keys = Array.from({ length: random.int(hasSets ? 1 : 0, 2) }, () =>
      hasSets ? this.#expressions.column(scope) : this.#expressions.anyValue(scope, 0),
    )
    const calls = Array.from({ length: random.int(1, 3) }, () => this.#aggregate(scope, depth))
    const list = [...keys, ...calls]
    const places = keys.map((_, i) => String(i + 1)).join(', ')
    const sets = keys.map(k => k.sql).join(', ')
    const grouping = hasSets
      ? random.pick([`ROLLUP (${sets})`, `CUBE (${sets})`, `GROUPING SETS ((${sets}), ())`])
      : places
    const having = random.chance(0.2) ? ` HAVING count(*) > ${random.int(0, 2)}` : ''
    const order = random.chance(0.4) ? this.#order(list.map((_, i) => String(i + 1))) : ''
    return {
      sql: `SELECT ${list.map(o => o.sql).join(', ')} FROM ${from}${where}${grouping && ` GROUP BY ${grouping}`}${having}${order}`,
      columns: list.map(o => (o.type === 'other' ? undefined : { name: '', type: o.type, domain: o.domain })),
      isOrdered: order !== '',
    }
  }

  #aggregate(scope: Scope, depth: number): Output {
    const random = this.#random
    const any = this.#expressions.anyValue(scope, 1)
    const text = this.#expressions.value(scope, 'text', 1)
    const number = this.#expressions.value(scope, 'int8', 0)
    const filter = random.chance(0.25)
      ? ` FILTER (WHERE ${this.#expressions.predicate(scope, Math.max(depth, 1))})`
      : ''
    const [call, type, domain] = random.pick<[string, Type | 'other', string]>([
      ['count(*)', 'int8', 'small'],
      [`count(${any.sql})`, 'int8', 'small'],
      [`count(DISTINCT ${any.sql})`, 'int8', 'small'],
      [`min(${text.sql})`, 'text', text.domain],
      [`max(${text.sql})`, 'text', text.domain],
      [`sum(${number.sql})`, 'other', ''],
      [`avg(${number.sql})`, 'other', ''],
      [`min(${number.sql})`, 'int8', number.domain],
      [`string_agg(${text.sql}, ',' ORDER BY ${text.sql})`, 'text', 'word'],
      [`array_agg(${any.sql} ORDER BY ${any.sql})`, 'other', ''],
      [`jsonb_agg(${any.sql} ORDER BY ${any.sql})`, 'jsonb', 'list'],
      [`bool_or(${this.#expressions.value(scope, 'bool', 0).sql})`, 'bool', 'flag'],
      [`max(${this.#expressions.value(scope, 'timestamptz', 0).sql})`, 'timestamptz', 'time'],
    ])
    return { sql: call + filter, type, domain }
  }
}

const BUSY: readonly Column[] = [
  { name: 'id', type: 'text', domain: 'thing' },
  { name: 'name', type: 'text', domain: 'word' },
  { name: 'doc_id', type: 'text', domain: 'person' },
  { name: 'parts', type: 'int8', domain: 'small' },
  { name: 'half', type: 'float8', domain: 'real' },
  { name: 'ok', type: 'bool', domain: 'flag' },
  { name: 'made', type: 'timestamptz', domain: 'time' },
  { name: 'doc', type: 'jsonb', domain: 'doc' },
]
