import type { Random } from '../../fuzz/random.ts'
import { DOMAINS, type Column, type Type } from './world.ts'

/** A table in FROM. */
export interface Source {
  readonly alias: string
  readonly columns: readonly Column[]
}

export type Scope = readonly Source[]

export interface Value {
  readonly sql: string
  readonly type: Type
  readonly domain: string
}

const OF_TYPE: Readonly<Record<Type, readonly string[]>> = {
  text: ['thing', 'person', 'word'],
  int8: ['num', 'small'],
  float8: ['real'],
  bool: ['flag'],
  timestamptz: ['time'],
  jsonb: ['doc', 'list'],
}
const TYPES: readonly Type[] = [
  'text',
  'text',
  'text',
  'int8',
  'int8',
  'float8',
  'bool',
  'timestamptz',
  'jsonb',
]

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** A constant; texts without a cast, as people write them. */
export function literalOf(random: Random, type: Type, domain?: string): string {
  const from = DOMAINS[domain ?? ''] ?? DOMAINS[random.pick(OF_TYPE[type])]!
  const cell = random.pick(from)
  const text = cell.startsWith('"') && type !== 'jsonb' ? (JSON.parse(cell) as string) : cell
  if (type === 'text') return quoted(text)
  if (type === 'int8') return /^-?\d{1,9}$/.test(text) && random.chance(0.7) ? text : `${quoted(text)}::int8`
  if (type === 'bool') return text
  return `${quoted(text)}::${type}`
}

/** Makes expressions of each type over a scope, and predicates. */
export class Expressions {
  readonly #random: Random
  readonly #subquery: (scope: Scope, type: Type | undefined, domain?: string) => string

  constructor(
    random: Random,
    { subquery }: { subquery: (scope: Scope, type: Type | undefined, domain?: string) => string },
  ) {
    this.#random = random
    this.#subquery = subquery
  }

  /** A join condition: an equality of columns of one domain. */
  link(left: Scope, right: Scope, mayBeOr = true): string | undefined {
    const pairs = places(left).flatMap(a =>
      places(right).flatMap(b =>
        a.domain === b.domain && a.type === b.type && a.type !== 'jsonb' ? [[a, b] as const] : [],
      ),
    )
    const texts = pairs.filter(([a]) => a.type === 'text' && a.domain !== 'word')
    const from = texts.length > 0 && this.#random.chance(0.85) ? texts : pairs
    if (from.length === 0) return undefined
    const one = (): string => {
      const [a, b] = this.#random.pick(from)
      return this.#random.chance(0.5) ? `${a.sql} = ${b.sql}` : `${b.sql} = ${a.sql}`
    }
    if (mayBeOr && this.#random.chance(0.06)) return `(${one()} OR ${one()})`
    return this.#random.chance(0.12) ? `${one()} AND ${one()}` : one()
  }

  /** A column, or a text in an object column. */
  column(scope: Scope): Value {
    return this.#random.pick(places(scope))
  }

  anyValue(scope: Scope, depth: number): Value {
    const found = places(scope)
    if (found.length > 0 && this.#random.chance(0.7)) return this.#random.pick(found)
    return this.value(scope, this.#random.pick(TYPES), depth)
  }

  value(scope: Scope, type: Type, depth: number): Value {
    const random = this.#random
    const own = places(scope).filter(p => p.type === type)
    if (own.length > 0 && (depth <= 0 || random.chance(0.6))) return random.pick(own)
    const domain = random.pick(OF_TYPE[type])
    if (depth <= 0 || random.chance(0.15)) {
      const literal = literalOf(random, type, domain)
      return { sql: type === 'text' ? `${literal}::text` : literal, type, domain }
    }
    return { sql: this.#computed(scope, type, depth - 1), type, domain }
  }

  #computed(scope: Scope, type: Type, depth: number): string {
    const random = this.#random
    const of = (t: Type): string => this.value(scope, t, depth).sql
    const same = (): string => of(type)
    const general = [
      () => `coalesce(${same()}, ${same()})`,
      () => `CASE WHEN ${this.predicate(scope, depth)} THEN ${same()} ELSE ${same()} END`,
      () => `nullif(${same()}, ${same()})`,
    ]
    const special: Readonly<Record<Type, readonly (() => string)[]>> = {
      text: [
        () => `lower(${of('text')})`,
        () => `upper(${of('text')})`,
        () => `(${of('text')} || ${of('text')})`,
        () => `left(${of('text')}, 2)`,
        () => `(${of('int8')})::text`,
        () => `(${of('float8')})::text`,
        () => `(${of('bool')})::text`,
        () => `(${of('timestamptz')})::text`,
        () => `(${of('jsonb')})::text`,
        () => `(${of('jsonb')} ->> 'id')`,
        () => `(${of('jsonb')} ->> 0)`,
        () => `(${of('jsonb')} #>> '{deep,id}')`,
        () => `replace(${of('text')}, 'a', 'b')`,
        () => `split_part(${of('text')}, ' ', 1)`,
        () => `md5(${of('text')})`,
        () => `to_char(${of('timestamptz')}, 'YYYY-MM-DD HH24:MI:SS.US')`,
        () => `jsonb_typeof(${of('jsonb')})`,
        () => `quote_literal(${of('text')})`,
      ],
      int8: [
        () => `length(${of('text')})::int8`,
        () => `octet_length(${of('text')})::int8`,
        () => `(${of('int8')} % 10)`,
        () => `(${of('int8')} / 2)`,
        () => `extract(year FROM ${of('timestamptz')})::int8`,
        () => `ascii(${of('text')})::int8`,
      ],
      float8: [
        () => `(${of('float8')} * 0.5::float8)`,
        () => `(${of('int8')})::float8`,
        () => `abs(${of('float8')})`,
        () => `floor(${of('float8')})`,
      ],
      bool: [() => `(${this.predicate(scope, depth)})`, () => `(NOT ${of('bool')})`],
      timestamptz: [
        () => `(${of('timestamptz')} + interval '36 hours')`,
        () => `date_trunc('day', ${of('timestamptz')})`,
        () => `date_trunc('month', ${of('timestamptz')})`,
      ],
      jsonb: [
        () => `(${of('jsonb')} -> 'deep')`,
        () => `(${of('jsonb')} -> 0)`,
        () => `to_jsonb(${of('text')})`,
        () => `jsonb_build_object('k', ${of('text')}, 'n', ${of('int8')})`,
      ],
    }
    return random.pick(random.chance(0.25) ? general : special[type])()
  }

  predicate(scope: Scope, depth: number): string {
    const random = this.#random
    const kind = random.weighted([
      [8, 'simple'],
      [2, 'and'],
      [1.5, 'or'],
      [0.8, 'not'],
      [depth < 2 ? 1.2 : 0, 'subquery'],
    ] as const)
    const inner = (): string => this.predicate(scope, depth + 1)
    if (depth < 3) {
      if (kind === 'and') return `${inner()} AND ${inner()}`
      if (kind === 'or') return `(${inner()} OR ${inner()})`
      if (kind === 'not') return `NOT (${inner()})`
      if (kind === 'subquery') return this.#withSubquery(scope)
    }
    return this.#simple(scope)
  }

  #withSubquery(scope: Scope): string {
    const random = this.#random
    const not = random.pick(['', '', 'NOT '])
    if (random.chance(0.4)) return `${not}EXISTS (${this.#subquery(scope, undefined)})`
    const left = random.pick(
      places(scope)
        .filter(p => p.type === 'text' || p.type === 'int8')
        .concat({ sql: "'t1'::text", type: 'text', domain: 'thing' }),
    )
    const sub = this.#subquery(scope, left.type, left.domain)
    return random.pick([
      `${left.sql} IN (${sub})`,
      `${left.sql} IN (${sub})`,
      `${left.sql} NOT IN (${sub})`,
      `${left.sql} = ANY (${sub})`,
      `${left.sql} >= ALL (${sub})`,
      `${left.sql} = (${sub} ORDER BY 1 LIMIT 1)`,
    ])
  }

  #simple(scope: Scope): string {
    const random = this.#random
    const found = places(scope)
    if (found.length === 0) return 'true'
    const texts = found.filter(p => p.type === 'text')
    const place = random.chance(0.85)
      ? random.pick(random.chance(0.6) && texts.length > 0 ? texts : found)
      : this.anyValue(scope, 1)
    const { sql, type, domain } = place
    const constant = (): string => literalOf(random, type, domain)
    const isNull = random.pick([`${sql} IS NULL`, `${sql} IS NOT NULL`])
    const compared = [
      () => `${sql} = ${constant()}`,
      () => `${sql} = ${constant()}`,
      () => `${constant()} = ${sql}`,
      () => `${sql} IN (${constant()}, ${constant()}, ${constant()})`,
      () => `${sql} NOT IN (${constant()}, ${constant()})`,
      () => `${sql} = ANY (ARRAY[${constant()}, ${constant()}])`,
      () => `${sql} <> ${constant()}`,
      () => `${sql} IS DISTINCT FROM ${constant()}`,
      () => `${sql} IS NOT DISTINCT FROM ${constant()}`,
      () => `(${sql} = ${constant()} OR ${sql} = ${constant()})`,
      () => `(${sql} = ${constant()} OR ${sql} IS NULL)`,
      () => `NOT (${sql} = ${constant()})`,
      () => `${sql} = ${this.value(scope, type, 0).sql}`,
      () => isNull,
      () => `${sql} ${random.pick(['<', '<=', '>', '>='])} ${constant()}`,
      () =>
        `${sql} ${random.pick(['BETWEEN', 'NOT BETWEEN', 'BETWEEN SYMMETRIC'])} ${constant()} AND ${constant()}`,
      () => `coalesce(${sql}, ${constant()}) = ${constant()}`,
      () => `(${sql}, 1) = (${constant()}, 1)`,
      () => `(${sql} = ${constant()}) IS ${random.pick(['TRUE', 'NOT TRUE', 'UNKNOWN', 'FALSE'])}`,
    ]
    const special: Partial<Record<Type, readonly (() => string)[]>> = {
      text: [
        () =>
          `${sql} ${random.pick(['LIKE', 'NOT LIKE', 'ILIKE'])} ${random.pick(["'%1%'", "'p_'", "'%'", "'x'", "'T%'", "'%''%'", "'100\\%'", "'p\\_6'"])}`,
        () =>
          `${sql} ${random.pick(['~', '!~', '~*'])} ${random.pick(["'^[tp][0-9]$'", "'^p'", "'.'", "'^$'", "'it''s'"])}`,
        () => `lower(${sql}) = ${constant()}`,
        () => `${sql}::varchar = ${constant()}`,
        () => `${sql}::varchar(2) = ${constant()}`,
        () => `${sql} = ${constant()}::varchar`,
        () => `${sql}::char(3) = ${constant()}`,
        () => `${sql} COLLATE "C" < ${constant()}`,
        () => `starts_with(${sql}, 'p')`,
        () => `${sql} = ANY ('{t1,p1,"p''4",NULL}')`,
        () => `${sql} = ANY (string_to_array('t1,p1,x', ','))`,
        () => `${sql}::name = ${constant()}`,
        () => `${sql} = E${constant()}`,
      ],
      int8: [
        () => `${sql}::text = '1'`,
        () => `${sql} = 1.0`,
        () => `${sql} = 1.5`,
        () => `${sql} = 1::int4`,
        () => `${sql} = 1::float8`,
        () => `${sql} IN (1, 2, 9007199254740993)`,
      ],
      float8: [() => `${sql} = 1`, () => `${sql} = 0.1`, () => `${sql} = 0`, () => `${sql} = '-0'::float8`],
      bool: [
        () => sql,
        () => `NOT ${sql}`,
        () => `${sql} IS ${random.pick(['TRUE', 'NOT FALSE', 'UNKNOWN', 'FALSE', 'NOT TRUE'])}`,
        () => `${sql} = 't'`,
        () => `${sql} <> true`,
      ],
      timestamptz: [
        () => `${sql} < now() - interval '1 day'`,
        () => `${sql} >= '2024-01-01'`,
        () => `${sql}::date = '2024-01-01'`,
        () => `${sql} = '2024-01-01T00:00:00.1234565Z'`,
        () => `${sql} BETWEEN '2024-01-01' AND '2024-03-01 00:00:00+02'`,
        () => `date_trunc('year', ${sql}) = '2024-01-01'`,
      ],
      jsonb: [
        () => `${sql} ->> 'id' = ${literalOf(random, 'text', 'person')}`,
        () => `${sql} ->> 'id' = ${literalOf(random, 'text', 'person')}`,
        () =>
          `${sql} ->> 'id' IN (${literalOf(random, 'text', 'person')}, ${literalOf(random, 'text', 'person')})`,
        () => `${literalOf(random, 'text', 'person')} = (${sql} ->> 'id')`,
        () => `${sql} ->> 'id' IS NULL`,
        () => `${sql} ->> 'n' = '1'`,
        () => `${sql} -> 'deep' ->> 'id' = ${literalOf(random, 'text', 'thing')}`,
        () => `${sql} #>> '{deep,id}' = ${literalOf(random, 'text', 'thing')}`,
        () => `${sql} @> '{"id":"p1"}'`,
        () => `${sql} ? 'id'`,
        () => `${sql}['id'] = '"p1"'`,
        () => `${sql} @? '$.deep'`,
      ],
    }
    const own = special[type]
    return random.pick(own && random.chance(0.45) ? own : compared)()
  }
}

/** Columns, and texts in object columns. */
function places(scope: Scope): Value[] {
  return scope.flatMap(({ alias, columns }) =>
    columns.flatMap(({ name, type, domain }): Value[] => {
      const sql = `${alias}.${name}`
      return type === 'jsonb' && domain === 'doc'
        ? [
            { sql, type, domain },
            { sql: `(${sql} ->> 'id')`, type: 'text', domain: 'person' },
            { sql: `(${sql} -> 'deep' ->> 'id')`, type: 'text', domain: 'thing' },
          ]
        : [{ sql, type, domain }]
    }),
  )
}
