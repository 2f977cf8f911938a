import type { Random } from './random.ts'

/*
 * Random comparisons of values of every type, over two tables with values that are easily confused. Each statement is written
 * twice: as it is, and for SQLite with a call of means() in the place of each comparison.
 */

/** What values are: texts, integers, floating-point numbers, booleans, timestamps, days, results of datetime(). */
export type Kind = 'text' | 'integer' | 'number' | 'boolean' | 'time' | 'day' | 'datetime'

export interface Statement {
  readonly sql: string
  /** The same for SQLite with means(), and as it is. */
  readonly meant: string
  readonly plain: string
}

interface Operand {
  readonly sql: string
  readonly kind: Kind
}

const COLUMNS = {
  id: 'string',
  t: 'string',
  u: 'string',
  i: 'integer',
  big: 'integer',
  r: 'number',
  b: 'boolean',
  at: 'timestamp',
  d: 'date',
}
const FIELDS = ['t', 'i', 'big', 'r', 'b', 'at'] as const
const TYPES = {
  string: 'TEXT',
  integer: 'INTEGER',
  number: 'REAL',
  boolean: 'BOOLEAN',
  timestamp: 'TEXT',
  date: 'TEXT',
} as const

const columnText = `{ ${Object.entries(COLUMNS)
  .map(([name, type]) => `${name}: ${type === 'date' ? '{ type: date }' : type}`)
  .join(', ')}, doc: { type: object, fields: { ${FIELDS.map(f => `${f}: ${COLUMNS[f]}`).join(', ')} } } }`

/** The two tables, `p.s.things` and `p.s.others`, in the format of provider files. */
export const SERVICE = `
service: s
resources:
${['things', 'others'].map(name => `  ${name}: { summary: ${name}, columns: ${columnText}, methods: { list: { sql: select, call: 'GET /${name}', rows: $.data } } }`).join('\n')}
`

const VALUES = {
  string: ['744', '744.0', ' 5', '5', 'true', 'false', '1', '0', '', 'abc', '1e3', '1000', '2', '3', '10'],
  integer: ['744', '5', '1', '0', '1000', '2', '3', '10', '-3'],
  big: ['9007199254740993', '9007199254740992', '1152921504606846976', '5'],
  number: ['744', '744.5', '5', '1000', '0.1', '2', '3', '10', '1'],
  boolean: ['true', 'false'],
  timestamp: ['2026-01-01T00:00:00Z', '2026-01-31T08:00:00Z', '2026-02-01T00:00:00Z', '2025-06-01T10:30:00Z'],
  date: ['2026-01-01', '2026-01-31', '2026-02-01', '2025-06-01'],
} as const

type Name = keyof typeof COLUMNS

/** A row as the JSON of an answer, and as the values of an INSERT. */
export interface Row {
  readonly json: string
  readonly sql: string
}

export function makeRow(random: Random, id: number): Row {
  const value = (name: Name): string => {
    if (name === 'id') return `"id${id}"`
    const type = COLUMNS[name]
    const text = random.pick<string>(VALUES[name === 'big' ? 'big' : (type as keyof typeof VALUES)])
    return random.chance(0.12)
      ? 'null'
      : ['string', 'timestamp', 'date'].includes(type)
        ? JSON.stringify(text)
        : text
  }
  const own = (Object.keys(COLUMNS) as Name[]).map(name => [name, value(name)] as const)
  const fields = FIELDS.map(name => [name, value(name)] as const)
  const json = (all: readonly (readonly [string, string])[]): string =>
    all.map(([name, v]) => `"${name}":${v}`).join(',')
  return {
    json: `{${json(own)},"doc":{${json(fields)}}}`,
    sql: [...own, ...fields].map(([, v]) => v.replaceAll('"', "'")).join(', '),
  }
}

/** The columns of a table for SQLite: fields are columns of their own. */
export const TABLE_COLUMNS = [
  ...Object.entries(COLUMNS).map(([name, type]) => `${name} ${TYPES[type as keyof typeof TYPES]}`),
  ...FIELDS.map(name => `doc_${name} ${TYPES[COLUMNS[name] as keyof typeof TYPES]}`),
].join(', ')

/** Expressions by kind; `@` is the alias with its dot. */
const EXPRESSIONS: Readonly<Record<Kind, readonly string[]>> = {
  text: [
    '@t',
    '@u',
    '@doc.t',
    'upper(@t)',
    "@t || ''",
    'substr(@u, 1)',
    "coalesce(@u, '5')",
    'lower(@doc.t)',
    'CAST(@i AS TEXT)',
    'CASE WHEN @b THEN @t ELSE @u END',
    '(@t)',
  ],
  integer: [
    '@i',
    '@doc.i',
    '@big',
    '@doc.big',
    'length(@t)',
    '@i + 1',
    'CAST(@t AS INTEGER)',
    'coalesce(@doc.i, 0)',
    'abs(@i)',
    '+@i',
    '-@doc.i',
    'iif(@b, @i, 5)',
  ],
  number: [
    '@r',
    '@doc.r',
    '@r * 2',
    'round(@r, 1)',
    'coalesce(@doc.r, @r)',
    '@doc.r + 0',
    'CAST(@t AS REAL)',
  ],
  boolean: ['@b', '@doc.b', '(@i > 3)', '(@t IS NULL)', "(@d < '2026-01-15')"],
  time: ['@at', '@doc.at', 'coalesce(@at, @doc.at)', 'max(@at, @doc.at)'],
  day: ['@d', 'date(@at)', "strftime('%Y-%m-%d', @at)"],
  datetime: ['datetime(@at)', "strftime('%Y-%m-%d %H:%M:%S', @doc.at)"],
}

const LITERALS: Readonly<Record<Kind, readonly string[]>> = {
  text: VALUES.string.map(v => `'${v}'`),
  integer: VALUES.integer,
  number: ['744.5', '0.1', '2.0', '1e3'],
  boolean: ['TRUE', 'FALSE'],
  time: VALUES.timestamp.map(v => `'${v}'`),
  day: VALUES.date.map(v => `'${v}'`),
  datetime: VALUES.timestamp.map(v => `datetime('${v}')`),
}

const OPERATORS = ['=', '=', '=', '<>', '<', '<=', '>', '>='] as const
const TIMES: readonly Kind[] = ['time', 'day', 'datetime']
const [THINGS, OTHERS] = ['p.s.things', 'p.s.others']

const means = (operator: string, a: Operand, b: Operand): string =>
  `means('${operator}', ${a.sql}, '${a.kind}', ${b.sql}, '${b.kind}')`

/** Makes one random statement. */
export class Comparisons {
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  statement(): Statement {
    const [left, right] = this.#kinds()
    const operator = this.#random.pick(OPERATORS)
    const forms = [
      this.#condition,
      this.#condition,
      this.#membership,
      this.#derived,
      this.#union,
      this.#merged,
      this.#grouped,
      this.#counted,
    ]
    const { sql, meant, plain = sql } = this.#random.pick(forms).call(this, left, right, operator)
    const forSqlite = (text: string): string => text.replaceAll('p.s.', '').replaceAll('doc.', 'doc_')
    return { sql, meant: forSqlite(meant), plain: forSqlite(plain) }
  }

  #kinds(): readonly [Kind, Kind] {
    const random = this.#random
    const first = random.weighted<Kind>([
      [5, 'text'],
      [4, 'integer'],
      [3, 'number'],
      [2, 'boolean'],
      [1, 'time'],
      [1, 'day'],
      [0.6, 'datetime'],
    ])
    if (TIMES.includes(first)) return [first, random.pick(TIMES)]
    return [first, random.chance(0.35) ? first : random.pick<Kind>(['text', 'integer', 'number', 'boolean'])]
  }

  #value(kind: Kind, alias = ''): Operand {
    const sql = this.#random.pick(EXPRESSIONS[kind]).replaceAll('@', alias && `${alias}.`)
    return { sql, kind }
  }

  /** WHERE, ON, CASE, BETWEEN, row values, nullif(), lists, scalar subqueries, names of result columns. */
  #condition(left: Kind, right: Kind, operator: string): Made {
    const random = this.#random
    const from = random.chance(0.5) ? `${THINGS} x JOIN ${OTHERS} y` : `${THINGS} x JOIN ${THINGS} y`
    const [a, b, c] = [this.#value(left, 'x'), this.#value(right, 'y'), this.#value(right, 'y')]
    const literal = { sql: random.pick(LITERALS[right]), kind: right }
    const equal = means('=', a, b)
    const sub = `(SELECT ${this.#value(right, 'z').sql} FROM ${OTHERS} z WHERE z.id = y.id)`
    const [sql, meant] = random.pick<readonly [string, string]>([
      [`${a.sql} ${operator} ${b.sql}`, means(operator, a, b)],
      [`${a.sql} ${operator} ${literal.sql}`, means(operator, a, literal)],
      [`${a.sql} IS NOT ${b.sql}`, means('IS NOT', a, b)],
      [`NOT (${a.sql} ${operator} ${b.sql})`, `NOT ${means(operator, a, b)}`],
      [`CASE ${a.sql} WHEN ${b.sql} THEN 1 ELSE 0 END = 1`, `${equal} IS TRUE`],
      [`${a.sql} BETWEEN ${b.sql} AND ${c.sql}`, `${means('>=', a, b)} AND ${means('<=', a, c)}`],
      [`(${a.sql}, 1) = (${b.sql}, 1)`, equal],
      [`nullif(${a.sql}, ${b.sql}) IS NULL`, `${a.sql} IS NULL OR ${equal}`],
      [`${a.sql} IN (${c.sql}, ${b.sql})`, `${means('=', a, c)} OR ${equal}`],
      [`${a.sql} ${operator} ${sub}`, means(operator, a, { sql: sub, kind: right })],
    ])
    const select = (condition: string): string =>
      `SELECT x.id, y.id FROM ${from} ON ${condition} WHERE x.id <> y.id`
    return { sql: select(sql), meant: select(meant) }
  }

  #membership(left: Kind, right: Kind): Made {
    const random = this.#random
    const others: readonly Kind[] = TIMES.includes(left) ? TIMES : ['text', 'integer', 'number']
    const isBoolean = left === 'boolean' || right === 'boolean'
    const third = isBoolean ? right : random.pick([right, random.pick(others)])
    const [a, b, c] = [this.#value(left, 'x'), this.#value(right, 'y'), this.#value(third, 'z')]
    const row = random.chance(0.2) ? ', 1' : ''
    const value = row ? `(${a.sql}, 1)` : a.sql
    const union = random.pick(['', '', 'UNION', 'UNION ALL'])
    const more = union && ` ${union} SELECT ${c.sql}${row} FROM ${THINGS} z`
    const orMore = union && ` OR EXISTS (SELECT 1 FROM ${THINGS} z WHERE ${means('=', a, c)})`
    return {
      sql: `SELECT x.id FROM ${THINGS} x WHERE ${value} IN (SELECT ${b.sql}${row} FROM ${OTHERS} y${more})`,
      meant: `SELECT x.id FROM ${THINGS} x WHERE EXISTS (SELECT 1 FROM ${OTHERS} y WHERE ${means('=', a, b)})${orMore}`,
    }
  }

  #derived(left: Kind, right: Kind, operator: string): Made {
    const [a, b] = [this.#value(left), this.#value(right, 'y')]
    const body = `SELECT ${a.sql} AS k, id FROM ${THINGS}`
    const [head, from] = this.#random.pick([
      [`WITH x AS (${body}) `, 'x'],
      ['', `(${body}) x`],
    ] as const)
    const select = (condition: string): string =>
      `${head}SELECT x.id, y.id FROM ${from} JOIN ${OTHERS} y ON ${condition}`
    return {
      sql: select(`x.k ${operator} ${b.sql}`),
      meant: select(means(operator, { sql: 'x.k', kind: left }, b)),
    }
  }

  /** The second part of a union may be of another kind; the reference has the kind in a column. */
  #union(left: Kind, right: Kind): Made {
    const isTime = TIMES.includes(left)
    const others: readonly Kind[] = isTime
      ? TIMES
      : left === 'boolean'
        ? ['text']
        : ['text', 'integer', 'number']
    const second = this.#random.chance(0.5) ? left : this.#random.pick(others)
    const [a, c, b] = [this.#value(left), this.#value(second), this.#value(right, 'y')]
    const union = this.#random.pick(['UNION', 'UNION ALL'])
    const kind = (k: Kind): string => `, '${k === 'integer' ? 'number' : k}' AS kind`
    const from = (one: string, other: string): string =>
      `(SELECT ${a.sql} AS k${one} FROM ${THINGS} ${union} SELECT ${c.sql}${other} FROM ${THINGS}) x JOIN ${OTHERS} y`
    return {
      sql: `SELECT x.k, y.id FROM ${from('', '')} ON x.k = ${b.sql}`,
      meant: `SELECT x.k, y.id FROM ${from(kind(left), kind(second))} ON means('=', x.k, x.kind, ${b.sql}, '${right}')`,
    }
  }

  /** USING and NATURAL. */
  #merged(left: Kind, right: Kind): Made {
    const side = (e: Operand, from: string, id: string): string =>
      `(SELECT ${e.sql} AS k, id AS ${id} FROM ${from})`
    const a = `${side(this.#value(left), THINGS, 'one')} a`
    const b = `${side(this.#value(right), OTHERS, 'two')} b`
    return {
      sql: `SELECT one, two FROM ${a} ${this.#random.pick([`JOIN ${b} USING (k)`, `NATURAL JOIN ${b}`])}`,
      meant: `SELECT one, two FROM ${a} JOIN ${b} ON ${means('=', { sql: 'a.k', kind: left }, { sql: 'b.k', kind: right })}`,
    }
  }

  #grouped(_: Kind, right: Kind, operator: string): Made {
    const b = this.#value(right, 'x')
    const count: Operand = { sql: 'count(*)', kind: 'integer' }
    const select = (having: string): string =>
      `SELECT ${b.sql}, count(*) FROM ${THINGS} x GROUP BY ${b.sql} HAVING ${having}`
    return { sql: select(`count(*) ${operator} ${b.sql}`), meant: select(means(operator, count, b)) }
  }

  /** A recursive CTE, and a scalar subquery with a name. */
  #counted(_: Kind, right: Kind, operator: string): Made {
    const b = this.#value(right, 'y')
    const count: Operand = { sql: `(SELECT count(*) FROM ${THINGS})`, kind: 'integer' }
    const recursive = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6)'
    return this.#random.pick<Made>([
      {
        sql: `${recursive} SELECT n.i, y.id FROM n JOIN ${OTHERS} y ON n.i ${operator} ${b.sql}`,
        meant: `${recursive} SELECT n.i, y.id FROM n JOIN ${OTHERS} y ON ${means(operator, { sql: 'n.i', kind: 'integer' }, b)}`,
      },
      {
        sql: `SELECT y.id, ${count.sql} AS n FROM ${OTHERS} y WHERE n ${operator} ${b.sql}`,
        meant: `SELECT y.id, ${count.sql} AS n FROM ${OTHERS} y WHERE ${means(operator, count, b)}`,
      },
    ])
  }
}

type Made = Omit<Statement, 'plain'> & { readonly plain?: string }
