import { beforeAll, expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/sources/load.ts'
import type { Value } from '../../src/catalog/types.ts'
import { Session } from '../../src/engine/session.ts'
import { createClient } from '../../src/http/client.ts'
import { compiledProvider, oneHostProvider } from '../catalog/compiled.ts'
import { atEnd, listen } from '../support/cleanup.ts'
import { ConfluentqlError } from '../../src/errors.ts'
import { Random } from './random.ts'

const PROVIDER = oneHostProvider(`views:
  seen:
    summary: Events
    sql: SELECT id, team, span.from AS at, until FROM p.s.events
`)
const SERVICE = `
service: s
resources:
  events:
    summary: Events
    columns: { id: string, team: string, span: { fields: { from: timestamp } }, until: timestamp, doc: object }
    methods:
      list_events: { sql: select, call: GET /events, rows: $.data }
      delete_event: { sql: delete, call: 'DELETE /events/{id}' }
`

interface Event {
  readonly id: string
  readonly team: string
  readonly at: string | null
  readonly until: string | null
}

/** Nanoseconds since 1970; a text that is no time as it is. */
function instant(text: string): bigint | string {
  const [, day, minute = '00:00', second = ':00', fraction = '', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d)(:\d\d)?(?:\.(\d+))?(Z|z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? []
  if (day === undefined) return text
  const whole = Date.parse(`${day}T${minute}${second}${zone.toUpperCase()}`)
  return BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))
}

/** Texts that are no times are less or greater than all of these, as their first character is. */
function compare(a: string, b: string): number {
  const [x, y] = [instant(a), instant(b)]
  if (typeof x === typeof y) return x < y ? -1 : x > y ? 1 : 0
  return a < b ? -1 : 1
}

const SECONDS = [
  '2026-03-10T23:59:59',
  '2026-03-11T00:00:00',
  '2026-03-11T08:02:51',
  '2026-03-11T08:02:52',
  '2026-03-12T00:00:00',
].map(t => Date.parse(`${t}Z`))
const FRACTIONS = [
  '',
  '',
  '',
  '.0',
  '.1',
  '.12',
  '.120',
  '.120734',
  '.1207340',
  '.12073',
  '.000000001',
  '.999999999',
]

/** A random time as an API or a person writes it. */
function time(r: Random, isBound: boolean): string {
  const at = r.pick(SECONDS)
  const fraction = r.pick(FRACTIONS)
  const offset = r.weighted([
    [8, 0],
    [1, 120],
    [1, -330],
  ])
  const local = new Date(at + offset * 60_000).toISOString().slice(0, 19)
  if (offset !== 0) return `${local}${fraction}${offset > 0 ? '+02:00' : '-05:30'}`
  if (!isBound) return `${local}${fraction}${r.chance(0.1) ? 'z' : 'Z'}`
  return r.weighted([
    [6, `${local}Z`],
    [3, `${local}${fraction}Z`],
    [1, `${local}${fraction}z`],
    [1, `${local}${fraction}`],
    [1, `${local.replace('T', ' ')}${fraction}`],
    [1, local.slice(0, 16)],
    [4, local.slice(0, 10)],
  ])
}

function makeEvents(r: Random): Event[] {
  const value = (): string | null =>
    r.weighted([
      [20, time(r, false)],
      [1, null],
      [1, 'never'],
    ])
  return Array.from({ length: 12 }, (_, i) => ({
    id: `e${String(i).padStart(2, '0')}`,
    team: r.pick(['a', 'b', 'c']),
    at: value(),
    until: value(),
  }))
}

/** SQL and what it is for a row: three-valued. */
interface Condition {
  readonly sql: string
  holds(e: Event): boolean | null
}

const OPERATORS: Readonly<Record<string, (order: number) => boolean>> = {
  '=': o => o === 0,
  '<>': o => o !== 0,
  '<': o => o < 0,
  '<=': o => o <= 0,
  '>': o => o > 0,
  '>=': o => o >= 0,
}
const FLIPPED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' }
const VARIABLES = Object.fromEntries(
  ['2026-03-11', '2026-03-11T08:02:51Z', '2026-03-11T10:02:51.12+02:00', '2026-03-11 08:02:51.1'].map(
    (v, i) => [`p${i}`, v],
  ),
)

class Conditions {
  readonly #r: Random
  /** How a column is written. */
  readonly #column: (name: 'at' | 'until') => string

  constructor(r: Random, column: (name: 'at' | 'until') => string) {
    this.#r = r
    this.#column = column
  }

  #bound(): { sql: string; value: string } {
    const r = this.#r
    const value = time(r, true)
    return r.weighted([
      [8, { sql: `'${value}'`, value }],
      [1, ((name: string) => ({ sql: `:${name}`, value: VARIABLES[name]! }))(r.pick(Object.keys(VARIABLES)))],
      [1, { sql: "datetime('2026-03-10T08:02:51Z', '+1 day')", value: '2026-03-11T08:02:51Z' }],
      [1, { sql: "date('2026-03-10', '+1 day')", value: '2026-03-11' }],
      [
        1,
        {
          sql: "strftime('%Y-%m-%dT%H:%M:%fZ', '2026-03-11 08:02:51.12')",
          value: '2026-03-11T08:02:51.120Z',
        },
      ],
    ])
  }

  any(depth = 0): Condition {
    const r = this.#r
    const name = r.pick(['at', 'until'] as const)
    const column = this.#column(name)
    const of = (known: (value: string, e: Event) => boolean | null) => (e: Event) =>
      e[name] === null ? null : known(e[name], e)
    const [a, b] = [this.#bound(), this.#bound()]
    const operator = r.pick(Object.keys(OPERATORS))
    const order = r.pick(['<', '<=', '>', '>='])
    const holds = OPERATORS[operator]!
    switch (r.int(depth > 1 ? 4 : 0, 12)) {
      case 0:
      case 1: {
        const [x, y] = [this.any(depth + 1), this.any(depth + 1)]
        const isAnd = r.chance(0.4)
        return {
          sql: `(${x.sql} ${isAnd ? 'AND' : 'OR'} ${y.sql})`,
          holds: e => {
            const both = new Set([x.holds(e), y.holds(e)])
            return both.has(!isAnd) ? !isAnd : both.has(null) ? null : isAnd
          },
        }
      }
      case 2:
      case 3: {
        const x = this.any(depth + 1)
        return { sql: `NOT (${x.sql})`, holds: e => (x.holds(e) === null ? null : !x.holds(e)) }
      }
      case 4: {
        const negated = r.chance(0.3)
        return {
          sql: `${column} ${negated ? 'NOT ' : ''}BETWEEN ${a.sql} AND ${b.sql}`,
          holds: of(v => (compare(v, a.value) >= 0 && compare(v, b.value) <= 0) !== negated),
        }
      }
      case 5: {
        const negated = r.chance(0.3)
        return {
          sql: `${column} ${negated ? 'NOT ' : ''}IN (${a.sql}, ${b.sql}, '')`,
          holds: of(v => (compare(v, a.value) === 0 || compare(v, b.value) === 0) !== negated),
        }
      }
      case 6: {
        const other = name === 'at' ? 'until' : 'at'
        return {
          sql: `${column} ${order} ${this.#column(other)}`,
          holds: of((v, e) => (e[other] === null ? null : OPERATORS[order]!(compare(v, e[other])))),
        }
      }
      case 7:
        return {
          sql: `${column} IS NOT ${a.sql}`,
          holds: e => e[name] === null || compare(e[name], a.value) !== 0,
        }
      case 8:
        return {
          sql: `CASE ${column} WHEN ${a.sql} THEN 1 WHEN ${b.sql} THEN 0 ELSE 1 END = 1`,
          holds: e => e[name] === null || compare(e[name], a.value) === 0 || compare(e[name], b.value) !== 0,
        }
      case 9:
        return {
          sql: `max(${column}, ${a.sql}) ${order} ${b.sql}`,
          holds: of(v => OPERATORS[order]!(compare(compare(v, a.value) > 0 ? v : a.value, b.value))),
        }
      case 10:
        return {
          sql: `(${column}, id) ${order} (${a.sql}, 'e05')`,
          holds: of((v, e) => {
            const first = compare(v, a.value)
            return OPERATORS[order]!(first === 0 ? compare(e.id, 'e05') : first)
          }),
        }
      default:
        return r.chance(0.3) && FLIPPED[operator] !== undefined
          ? { sql: `${a.sql} ${FLIPPED[operator]} ${column}`, holds: of(v => holds(compare(v, a.value))) }
          : { sql: `${column} ${operator} ${a.sql}`, holds: of(v => holds(compare(v, a.value))) }
    }
  }
}

const ROUNDS = Number(process.env['ROUNDS'] ?? 6)
const SEED = Number(process.env['SEED'] ?? 1)

let events: Event[] = []
const deleted: string[] = []
let session: Session

beforeAll(async () => {
  const catalog = loadCatalog(compiledProvider(PROVIDER, SERVICE))
  const url = await listen((request, response) => {
    if (request.method === 'DELETE') {
      deleted.push(request.url!.slice('/events/'.length))
      response.writeHead(204).end()
      return
    }
    const data = events.map(({ id, team, at, until }) => ({
      id,
      team,
      span: { from: at },
      until,
      doc: { at },
    }))
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }))
  })
  session = new Session({
    catalog,
    connect: async onTrace => createClient({ env: { P_URL: url }, onTrace }),
    variables: VARIABLES,
  })
  atEnd(() => session.close())
})

async function rowsOf(sql: string): Promise<Value[][]> {
  let rows: Value[][] = []
  for await (const result of session.run(sql)) {
    rows = []
    for await (const row of result.rows) rows.push([...row])
  }
  return rows
}

const byTime = (a: Event, b: Event): number =>
  a.at === null || b.at === null
    ? Number(a.at !== null) - Number(b.at !== null)
    : compare(a.at, b.at) || (a.id < b.id ? -1 : 1)

const TABLE = 'p.s.events'
const DERIVED = '(SELECT id, team, span.from AS at, until FROM p.s.events)'

test(`times compare as times in ${ROUNDS} random statements of each kind`, async () => {
  let found = 0
  let all = 0
  const check = async (sql: string, expected: readonly (readonly unknown[])[]): Promise<void> => {
    all++
    if (expected.length > 0) found++
    expect(await rowsOf(sql), `${sql}\n${JSON.stringify(events)}`).toEqual(expected)
  }
  for (let round = 0; round < ROUNDS; round++) {
    const r = new Random(SEED * 1000 + round)
    events = makeEvents(r)
    await rowsOf(`DROP TABLE IF EXISTS own`)
    await rowsOf(`CREATE TABLE own AS SELECT id, team, span.from AS at, until FROM ${TABLE}`)
    const path = new Conditions(r, name => (name === 'at' ? 'span.from' : name))
    const plain = new Conditions(r, name => name)
    for (const [table, conditions] of [
      [TABLE, path],
      [DERIVED, plain],
      ['p.seen', plain],
      ['own', plain],
    ] as const) {
      const c = conditions.any()
      const ids = (holds: (e: Event) => boolean): string[][] => events.filter(holds).map(e => [e.id])
      await check(
        `SELECT id FROM ${table} WHERE ${c.sql} ORDER BY id`,
        ids(e => c.holds(e) === true),
      )
      const d = conditions.any()
      await check(
        `WITH c AS (SELECT * FROM ${table} WHERE ${d.sql}) SELECT id FROM c ORDER BY id`,
        ids(e => d.holds(e) === true),
      )
      await check(`SELECT count(*) FILTER (WHERE ${c.sql}), count(${d.sql}) FROM ${table}`, [
        [c, d]
          .map((x, i) =>
            BigInt(events.filter(e => (i === 0 ? x.holds(e) === true : x.holds(e) !== null)).length),
          )
          .map(Number),
      ])
    }
    const c = path.any()
    const chosen = events.filter(e => c.holds(e) === true)
    deleted.length = 0
    const isRefused = await rowsOf(
      `DELETE FROM ${TABLE} WHERE id IN (SELECT id FROM ${TABLE} WHERE ${c.sql})`,
    ).then(() => false, refused)
    if (isRefused) continue
    expect(deleted.toSorted(), c.sql).toEqual(chosen.map(e => e.id))
    deleted.length = 0
    await rowsOf(`DELETE FROM ${TABLE} WHERE id IN ('e01', 'e02', 'e03', 'e04', 'e05') AND (${c.sql})`)
    expect(deleted.toSorted(), c.sql).toEqual(chosen.map(e => e.id).filter(id => id > 'e00' && id < 'e06'))
    await rowsOf(`DELETE FROM own WHERE ${plainOf(c.sql)}`)
    await check(
      'SELECT id FROM own ORDER BY id',
      events.filter(e => !chosen.includes(e)).map(e => [e.id]),
    )

    const ordered = events.toSorted(byTime)
    const limit = r.int(1, 12)
    for (const order of ['span.from', 'x', '2'])
      await check(
        `SELECT id, span.from AS x FROM ${TABLE} ORDER BY ${order}, id LIMIT ${limit}`,
        ordered.slice(0, limit).map(e => [e.id, e.at]),
      )
    await check(
      `SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY team ORDER BY at DESC, id DESC) AS n FROM ${DERIVED}) WHERE n = 1 ORDER BY id`,
      ['a', 'b', 'c']
        .flatMap(t => ordered.findLast(e => e.team === t) ?? [])
        .map(e => [e.id])
        .toSorted(),
    )
    await check(`SELECT group_concat(id ORDER BY span.from, id) FROM ${TABLE}`, [
      [ordered.map(e => e.id).join(',')],
    ])
    const known = ordered.filter(e => e.at !== null)
    const isSame = (a: Value, b: string | null): boolean =>
      a === b || (typeof a === 'string' && b !== null && compare(a, b) === 0)
    const [[low, high] = []] = await rowsOf(`SELECT min(span.from), max(span.from) FROM ${TABLE}`)
    expect(isSame(low!, known[0]!.at) && isSame(high!, known.at(-1)!.at), JSON.stringify(events)).toBe(true)
    const bound = time(r, true)
    await check(
      `SELECT team FROM ${TABLE} GROUP BY team HAVING max(span.from) >= '${bound}' ORDER BY 1`,
      ['a', 'b', 'c'].filter(t => known.some(e => e.team === t && compare(e.at!, bound) >= 0)).map(t => [t]),
    )
    await check(
      `SELECT a.id, b.id FROM ${TABLE} a JOIN ${TABLE} b ON a.span.from < b.until ORDER BY 1, 2`,
      events.flatMap(a =>
        events
          .filter(b => a.at !== null && b.until !== null && compare(a.at, b.until) < 0)
          .map(b => [a.id, b.id]),
      ),
    )
    // a field of unknown type
    const order = r.pick(['<', '<=', '>', '>='])
    const whole = bound.length === 10 ? `${bound}T00:00:00Z` : bound
    await check(
      `SELECT id FROM ${TABLE} WHERE doc ->> '$.at' ${order} '${whole}' ORDER BY id`,
      events.filter(e => e.at !== null && OPERATORS[order]!(compare(e.at, whole))).map(e => [e.id]),
    )
    const last = known.findLast(e => e.team === 'a')?.at
    await check(
      `SELECT id FROM ${TABLE} WHERE span.from > (SELECT max(span.from) FROM ${TABLE} WHERE team = 'a') ORDER BY id`,
      last == null ? [] : events.filter(e => e.at !== null && compare(e.at, last) > 0).map(e => [e.id]),
    )
  }
  expect(found / all).toBeGreaterThan(0.5)
})

test('the statement keeps its names, its row of the latest time, and what EXPLAIN shows', async () => {
  const event = (id: string, team: string, at: string): Event => ({ id, team, at, until: at })
  events = [
    event('e1', 'a', '2026-03-11T08:02:51.12Z'),
    event('e2', 'a', '2026-03-11T08:02:51.120734Z'),
    event('e3', 'a', '2026-03-11T08:02:51Z'),
  ]
  const read = async (sql: string): Promise<Record<string, Value>[]> => {
    const all: Record<string, Value>[] = []
    for await (const { columns, rows } of session.run(sql))
      for await (const row of rows) all.push(Object.fromEntries(columns.map((c, i) => [c.name, row[i]!])))
    return all
  }
  expect(await read(`SELECT max(until), id FROM ${TABLE}`)).toEqual([
    { 'max(until)': '2026-03-11T08:02:51.120734Z', id: 'e2' },
  ])
  expect(
    await read(
      `SELECT "max(until)", * FROM (SELECT max(until), min(until) FROM ${TABLE} WHERE until >= '2026-03-11')`,
    ),
  ).toEqual([{ 'max(until)': '2026-03-11T08:02:51.120734Z', 'min(until)': '2026-03-11T08:02:51Z' }])
  expect(
    await read(`SELECT id, (SELECT count(*) FROM p.seen WHERE at > '2026-03-11') FROM ${TABLE} LIMIT 1`),
  ).toEqual([{ id: 'e1', "(SELECT count(*) FROM p.seen WHERE at > '2026-03-11')": 3 }])
  // the name of a result column is that of another column of the table
  expect(await read(`SELECT id, lower(team) AS until FROM ${TABLE} ORDER BY until, span.from DESC`)).toEqual(
    ['e2', 'e1', 'e3'].map(id => ({ id, until: 'a' })),
  )
  expect(await read(`SELECT id, span.from AS team FROM ${TABLE} ORDER BY team`)).toMatchObject(
    ['e3', 'e1', 'e2'].map(id => ({ id })),
  )
  const [scan] = await read(
    `EXPLAIN SELECT id FROM ${TABLE} WHERE until >= '2026-03-11T08:02:51Z' ORDER BY until`,
  )
  expect(Object.values(scan!)).toContain("until >= '2026-03-11T08:02:51Z'")
})

/** A condition on the resource as one on the table of the session. */
/** A change by a time that is hardly meant, such as `<>` a day, is refused. */
function refused(error: unknown): true {
  if (error instanceof ConfluentqlError && /only at midnight|which is no|ends where/.test(error.message))
    return true
  throw error
}

function plainOf(sql: string): string {
  return sql.replaceAll('span.from', 'at')
}
