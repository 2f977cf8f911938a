import Database from 'better-sqlite3'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from 'pg'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Value } from '../../src/catalog/types.ts'
import { Session } from '../../src/index.ts'
import { compiledProvider, oneHostProvider } from '../catalog/compiled.ts'
import { cli } from '../cli/support.ts'
import { Random } from '../fuzz/random.ts'
import { rowsOf } from '../session/support.ts'
import { atEnd, folder, listen } from '../support/cleanup.ts'
import { lines, serve } from './support.ts'

/*
 * Columns and fields of type number, in an API that writes whole ones without a fraction: they are divided as in a column of
 * REAL, whatever values a page has, and are shown and sent as the API writes them.
 */

const SERVICE = `
service: s
resources:
  readings:
    summary: Readings
    columns:
      id: string
      a: number
      b: number
      n: integer
      doc: { type: object, fields: { x: number, deep: { fields: { y: number } } } }
      open: object
    methods:
      list_readings: { sql: select, call: 'GET /readings', rows: $.data, params: { b: exact } }
  levels:
    summary: Below a level
    columns: { level: { type: number, input: true }, name: string }
    methods:
      list_levels: { sql: select, call: 'GET /levels/{level}', rows: $.data, params: { level: { type: number } } }
  meters:
    summary: Take numbers
    columns: { id: string, weight: number, note: string }
    methods:
      get_meter: { sql: select, call: 'GET /meters/{id}' }
      create_meter: { sql: insert, call: POST /meters, body: { weight: optional, size: { type: integer }, note: optional, any: { type: json } } }
      delete_meter: { sql: delete, call: 'DELETE /meters/{id}' }
      update_meter: { sql: update, call: 'PATCH /meters/{id}', body: { weight: optional, note: optional } }
`

interface Reading {
  readonly id: string
  readonly a: string | null
  readonly b: string | null
  readonly n: string | null
  readonly x: string | null
  readonly y: string | null
}

const random = new Random(744)
const NUMBERS = [
  '0',
  '1',
  '-1',
  '2',
  '3',
  '7',
  '-5',
  '744',
  '1000',
  '0.1',
  '-2.25',
  '744.5',
  '4503599627370497',
]
const orNull = (values: readonly string[]): string | null => (random.chance(0.1) ? null : random.pick(values))

const READINGS = Array.from({ length: 40 }, (_, i): Reading => ({
  id: String(100 + i),
  a: orNull(NUMBERS),
  // all whole, so that no fraction makes the others REAL
  b: orNull(['1', '2', '3', '744', '10']),
  n: orNull(['1', '2', '3', '-7', '10']),
  x: orNull(NUMBERS),
  y: orNull(['1', '2', '5', '9']),
}))

/** The forms in which an API may answer with a number. */
function json(value: string | null): string {
  if (value === null) return 'null'
  return random.weighted([
    [6, value],
    [1, `"${value}"`],
    ...(/^-?\d+$/.test(value) ? [[1, `${value}.0`] as const, [1, `${value}e0`] as const] : []),
  ])
}

const answerOf = ({ id, a, b, n, x, y }: Reading): string =>
  `{"id":"${id}","a":${json(a)},"b":${json(b)},"n":${n},"doc":{"x":${json(x)},"deep":{"y":${json(y)}}},"open":{"z":${y}}}`
const ANSWERS = READINGS.map(answerOf)

const world = { answers: ANSWERS, requests: [] as string[] }

const notices: string[] = []
let session: Session
let client: Client
let plain: Database.Database
let path: string
let env: Record<string, string>
beforeAll(async () => {
  const url = await listen((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      if (request.url !== '/readings') world.requests.push(`${request.method} ${request.url} ${body}`.trim())
      response.setHeader('content-type', 'application/json')
      const [, meter] = /^\/meters\/(\w+)/.exec(request.url!) ?? []
      if (meter !== undefined) response.end(`{"id":"${meter}","weight":20}`)
      else if (request.url!.startsWith('/levels')) response.end('{"data":[{"name":"one"}]}')
      else response.end(`{"data":[${world.answers.join(',')}]}`)
    })
  })
  path = join(folder(), 'p')
  mkdirSync(path)
  const provider = oneHostProvider()
  writeFileSync(join(path, 'provider.yaml'), provider)
  writeFileSync(join(path, 's.yaml'), SERVICE)
  env = { P_URL: url }
  client = await (await serve(['--provider-path', path, '--cache', '0', '--allow-changes'], env)).client()
  session = new Session({
    onNotice: notice => void notices.push(notice),
    env,
    builtIn: compiledProvider(provider, SERVICE),
  })
  atEnd(() => session.close())
  plain = new Database(':memory:')
  plain.exec('CREATE TABLE readings (id TEXT, a REAL, b REAL, n INTEGER, x, y)')
  const insert = plain.prepare('INSERT INTO readings VALUES (?, ?, ?, ?, ?, ?)')
  // better-sqlite3 binds every number as a REAL
  const real = (text: string | null): number | null => (text === null ? null : Number(text))
  for (const { id, a, b, n, x, y } of READINGS) insert.run(id, a, b, n, real(x), real(y))
})

const FRACTIONAL = ['r.a', 'r.b', 'r.doc.x', 'r.doc.deep.y']
const COLUMNS = [...FRACTIONAL, 'r.n']

/** Arithmetic over the columns. `isPostgres`: what both databases have with the same meaning. */
function arithmetic(r: Random, depth: number, isPostgres = false): string {
  if (depth === 0 || r.chance(0.15)) return r.chance(0.75) ? r.pick(COLUMNS) : r.pick(['2', '7', '10', '3'])
  const e = (): string => arithmetic(r, depth - 1, isPostgres)
  // Postgres gives all results of an expression one type, SQLite each its own
  const result = (): string => (isPostgres ? r.pick(FRACTIONAL) : e())
  const forms = [
    () => `(${e()} ${r.pick(['+', '-', '*'])} ${e()})`,
    () => `(${e()} / nullif(${e()}, 0))`,
    () => `(${e()} / ${r.pick(['2', '7', '24'])})`,
    () => `-${r.pick(COLUMNS)}`,
    () => `coalesce(${result()}, ${result()})`,
    () => `CASE WHEN ${e()} > ${e()} THEN ${result()} ELSE ${result()} END`,
    () => `abs(${e()})`,
  ]
  if (!isPostgres)
    forms.push(
      () => `(${e()} % 7)`,
      () => `max(${e()}, ${e()})`,
      () => `iif(${e()} IN (1, 744, 0.1), ${e()}, ${r.pick(COLUMNS)})`,
      () => `CASE ${r.pick(COLUMNS)} WHEN 744 THEN ${e()} END`,
      () => `(SELECT ${e()})`,
    )
  return r.pick(forms)()
}

/** Statements over an expression. `T` is the table, `E` and `F` are expressions over its rows `r`. */
const FORMS = [
  'SELECT r.id, E, typeof(E) FROM T r',
  'SELECT id, v / 7, typeof(v) FROM (SELECT r.id, E AS v FROM T r)',
  'WITH c AS (SELECT r.id AS id, E AS v FROM T r) SELECT id, v / 2, typeof(v) FROM c',
  'SELECT count(*), sum(E) / 7, avg(E), max(E) / 2, min(E) / 3, total(E) FROM T r',
  'SELECT r.n AS g, sum(E) / 7, max(E) / 2 FROM T r GROUP BY r.n',
  'SELECT r.id, sum(E) OVER (ORDER BY r.id) / 3, lag(E) OVER (ORDER BY r.id) / 2 FROM T r',
  'SELECT id, v / 2, typeof(v) FROM (SELECT r.id AS id, E AS v FROM T r UNION ALL SELECT r.id, F FROM T r)',
  'SELECT r.id FROM T r WHERE E / 2 > F',
  'SELECT r.id FROM T r ORDER BY E / 3, r.id',
  'SELECT s.id, (SELECT max(E) FROM T r) / 7, (SELECT sum(F) / 2 FROM T r WHERE r.id < s.id) FROM T s',
  'SELECT q.v / 2, count(*) FROM (SELECT DISTINCT E AS v FROM T r) q GROUP BY q.v',
]

const inSqlite = (sql: string): string =>
  sql
    .replaceAll('r.doc.x', 'r.x')
    .replaceAll('r.doc.deep.y', 'r.y')
    .replaceAll(/\b(?:p\.s\.readings|kept|seen)\b/g, 'readings')

const plainRow = (row: readonly Value[]): Value[] => row.map(v => (typeof v === 'bigint' ? Number(v) : v))
const texts = (rows: readonly (readonly Value[])[]): string[] =>
  rows.map(row => JSON.stringify(plainRow(row))).sort()

describe('numbers', () => {
  it('are computed with as REAL, whether whole or not, in every kind of statement', async () => {
    await rowsOf(session, 'CREATE TABLE kept AS SELECT * FROM p.s.readings')
    await rowsOf(session, 'CREATE VIEW seen AS SELECT id, a, b, n, doc FROM p.s.readings')
    const r = new Random(7)
    let filled = 0
    for (let i = 0; i < 400; i++) {
      const [e, f] = [arithmetic(r, r.int(0, 3)), arithmetic(r, 2)]
      const table = r.pick(['p.s.readings', 'p.s.readings', 'kept', 'seen'])
      const sql = r
        .pick(FORMS)
        .replaceAll(/\b[TEF]\b/g, name => ({ T: table, E: e, F: f })[name as 'T' | 'E' | 'F'])
      const expected = plain.prepare(inSqlite(sql)).raw().all() as Value[][]
      expect(texts(await rowsOf(session, sql)), sql).toEqual(texts(expected))
      if (expected.length > 1) filled++
    }
    expect(filled).toBeGreaterThan(250)
  })

  it('are the same for the session and the server', async () => {
    const r = new Random(11)
    for (let i = 0; i < 60; i++) {
      const e = arithmetic(r, r.int(1, 3), true)
      const sql = `SELECT r.id, ${e} FROM p.s.readings r`
      const inPostgres = sql
        .replaceAll('p.s.readings', 'p_s.readings')
        .replaceAll('r.doc.x', "(r.doc ->> 'x')::float8")
        .replaceAll('r.doc.deep.y', "(r.doc -> 'deep' ->> 'y')::float8")
      const served = (await lines(client, inPostgres)).map(line =>
        line.split('|').map(v => Number(v.replace('NULL', '0')) + 0),
      )
      const rows = (await rowsOf(session, sql)).map(row => row.map(v => Number(v ?? 0) + 0))
      expect(
        served.toSorted((p, q) => p[0]! - q[0]!),
        sql,
      ).toEqual(rows.toSorted((p, q) => p[0]! - q[0]!))
    }
  })

  it('keep their type in a table of the session', async () => {
    await rowsOf(session, 'CREATE TABLE halves AS SELECT id, b, doc.deep.y AS y, b AS w FROM p.s.readings')
    expect(await rowsOf(session, 'SELECT DISTINCT typeof(b), typeof(y) FROM halves WHERE b + y > 0')).toEqual(
      [['real', 'real']],
    )
    const types = (await rowsOf(session, 'DESCRIBE halves')).map(([name, type]) => [name, type])
    expect(types).toEqual([
      ['id', 'string'],
      ['b', 'number'],
      ['y', 'number'],
      ['w', 'number'],
    ])
  })

  it('of fields without a declared type, and in the spelling of JSON functions, are as in the JSON', async () => {
    expect(
      await rowsOf(
        session,
        "SELECT DISTINCT typeof(open.z), typeof(open ->> '$.z'), typeof(json_extract(open, '$.z')) FROM p.s.readings WHERE n = 2 AND open.z > 0",
      ),
    ).toEqual([['integer', 'integer', 'integer']])
  })
})

/** Numbers as an API writes them, which must be shown and sent with these digits. */
const DIGITS = ['744', '0', '-3', '0.1', '744.5', '1000000', '9007199254740992', '10000000000000000']

const withRows = async <T>(answers: readonly string[], work: () => Promise<T>): Promise<T> => {
  world.answers = [...answers]
  world.requests = []
  return work().finally(() => {
    world.answers = ANSWERS
  })
}
const rowOf = (digits: string): string =>
  `{"id":"i","a":${digits},"b":${digits},"n":1,"doc":{"x":${digits},"deep":{"y":${digits}}}}`

describe('the digits of a number', () => {
  it.each(['csv', 'json', 'table'])('are shown as the API writes them: %s', async format => {
    await withRows(DIGITS.map(rowOf), async () => {
      const sql = 'SELECT a, doc.x AS x, coalesce(b, 0) AS c, doc FROM p.s.readings'
      const args = ['--provider-path', path, '-o', format, sql]
      const { stdout, stderr } = await cli(args, { env: { ...env, HOME: folder() } })
      expect(stderr).toBe('')
      const found = stdout.split('\n').flatMap(line => {
        const all = line.match(/-?\d+(?:\.\d+)?(?:e\+\d+)?/gi)
        return all ? [all] : []
      })
      expect(found.filter(all => all.length === 5)).toEqual(DIGITS.map(d => [d, d, d, d, d]))
    })
  })

  it('are sent in requests as the API writes them', async () => {
    for (const digits of DIGITS)
      await withRows([rowOf(digits)], async () => {
        await rowsOf(session, 'SELECT l.name FROM p.s.readings r JOIN p.s.levels l ON l.level = r.a')
        await rowsOf(session, 'SELECT l.name FROM p.s.readings r JOIN p.s.levels l ON l.level = r.doc.x')
        await rowsOf(session, `SELECT name FROM p.s.levels WHERE level = ${digits}`)
        await rowsOf(session, `SELECT id FROM p.s.readings WHERE b = ${digits}`)
        expect(world.requests).toEqual([
          ...Array.from({ length: 3 }, () => `GET /levels/${digits}`),
          // no request is made for what equals a fraction
          ...(digits.includes('.') ? [] : [`GET /readings?b=${digits}`]),
        ])
      })
  })

  it('are sent in bodies as the API writes them, as a number, a text or any JSON', async () => {
    for (const digits of DIGITS) {
      await withRows([rowOf(digits)], async () => {
        for (const value of ['a', 'doc.x', 'r.doc.deep.y']) {
          await rowsOf(
            session,
            `INSERT INTO p.s.meters (weight, note, "any") SELECT ${value}, ${value}, ${value} FROM p.s.readings r`,
          )
          expect(world.requests.splice(0)).toEqual([
            `POST /meters {"weight":${digits},"note":"${digits}","any":${digits}}`,
          ])
        }
        await client.query('INSERT INTO p_s.meters (weight, note, "any") SELECT a, a, b FROM p_s.readings')
        expect(world.requests.splice(0)).toEqual([
          `POST /meters {"weight":${digits},"note":"${digits}","any":${digits}}`,
        ])
        if (digits.includes('.')) return
        await rowsOf(session, 'INSERT INTO p.s.meters (size) SELECT a FROM p.s.readings')
        expect(world.requests.splice(0)).toEqual([`POST /meters {"size":${digits}}`])
      })
    }
    world.requests = []
    await rowsOf(session, "UPDATE p.s.meters SET weight = weight / 8, note = weight WHERE id = 'm1'")
    await client.query("UPDATE p_s.meters SET weight = weight / 8, note = weight WHERE id = 'm1'")
    expect(world.requests.filter(r => r.startsWith('PATCH'))).toEqual([
      'PATCH /meters/m1 {"weight":2.5,"note":"20"}',
      'PATCH /meters/m1 {"weight":2.5,"note":"20"}',
    ])
  })
})

describe('a text that is equated with a number', () => {
  const DERIVED = '(SELECT doc.x AS k, a FROM p.s.readings)'
  const WRONG: readonly (readonly [sql: string, number: string])[] = [
    [`SELECT m.id FROM p.s.meters m JOIN ${DERIVED} d ON m.id = «d.k»`, 'd.k'],
    [`WITH d AS ${DERIVED} SELECT m.id FROM d JOIN p.s.meters m ON «d.k» = m.id`, 'd.k'],
    [`SELECT id FROM p.s.meters WHERE id IN (SELECT «k» FROM ${DERIVED})`, 'k'],
    [`SELECT id FROM p.s.meters WHERE (id, id) IN (SELECT «k», '744' FROM ${DERIVED})`, 'k'],
    ['SELECT id FROM p.s.meters WHERE id IN (SELECT «coalesce(a, 1)» FROM p.s.readings)', 'coalesce(a, 1)'],
    ['SELECT id FROM p.s.meters WHERE id = (SELECT «max(a)» FROM p.s.readings)', 'max(a)'],
    [
      'SELECT id FROM p.s.meters WHERE id IN (SELECT «k» FROM (SELECT coalesce(doc.x, 1) AS k FROM p.s.readings))',
      'k',
    ],
    ['SELECT m.id FROM p.s.readings r JOIN p.s.meters m ON m.id = «+r.a»', '+r.a'],
    [`DELETE FROM p.s.meters WHERE id IN (SELECT «k» FROM ${DERIVED})`, 'k'],
  ]

  it('is an error where the text of 744 would be 744.0, and what the hint says finds 744', async () => {
    await withRows([rowOf('744')], async () => {
      for (const [marked, number] of WRONG) {
        const sql = marked.replaceAll(/[«»]/g, '')
        const digits = `iif(${number} IS NULL, NULL, format('%.15g', ${number}))`
        world.requests = []
        const error = await rowsOf(session, sql).catch((e: unknown) => e)
        expect(error, sql).toMatchObject({
          message: expect.stringContaining(`is a text, which cannot be compared with the number ${number}`),
          hint: `write ${digits}, which is 744 for 744.0`,
        })
        expect(world.requests).toEqual([])
        await rowsOf(session, marked.replace(/«.*»/, digits))
        expect(world.requests, sql).toEqual([`${sql.startsWith('DELETE') ? 'DELETE' : 'GET'} /meters/744`])
      }
      for (const [first, number] of [
        ['a', 'a'],
        ['id', 'doc.x'],
      ]) {
        const mixed = `SELECT ${first} FROM p.s.readings UNION SELECT doc.x FROM p.s.readings`
        await expect(rowsOf(session, `SELECT id FROM p.s.meters WHERE id IN (${mixed})`)).rejects.toThrow(
          `id is a text, which cannot be compared with the number ${number}`,
        )
      }
      const beside = 'WITH d(k) AS (VALUES (1) UNION ALL SELECT doc.x FROM p.s.readings)'
      await expect(
        rowsOf(session, `${beside} SELECT m.id FROM d JOIN p.s.meters m ON d.k = m.id`),
      ).rejects.toThrow('m.id is a text, which cannot be compared with the number d.k')
      // UNION keeps one of 744 and 744.0
      const fields = 'SELECT doc.x FROM p.s.readings UNION SELECT doc.deep.y FROM p.s.readings'
      await expect(rowsOf(session, `SELECT id FROM p.s.meters WHERE id IN (${fields})`)).rejects.toThrow(
        'id is a text, which cannot be compared with the number doc.x',
      )
      for (const merged of ['JOIN d USING (id)', 'NATURAL JOIN d'])
        await expect(
          rowsOf(
            session,
            `WITH d AS (SELECT doc.x AS id FROM p.s.readings) SELECT m.id FROM p.s.meters m ${merged}`,
          ),
        ).rejects.toThrow('would compare the text id with the number id')
    })
  })

  it('is converted to a number beside a column, and compared with the digits of a field', async () => {
    await withRows([rowOf('744').replace('"id":"i"', '"id":"744"')], async () => {
      for (const number of ['r.a', 'r.doc.x', '744'])
        expect(await rowsOf(session, `SELECT r.id FROM p.s.readings r WHERE r.id = ${number}`)).toEqual([
          ['744'],
        ])
    })
  })
})

describe('an integer that a double does not hold', () => {
  const LONG = '9007199254740993'
  const what = (name: string): string =>
    `the answer has an integer beyond 2^53 in ${name} of p.s.readings where a number was expected`

  it('is an error in a column', async () => {
    for (const form of [LONG, `"${LONG}"`, '-1152921504606846977', '1152921504606846976'])
      await withRows([rowOf(form)], async () => {
        const found = form.startsWith('"') ? what('a').replace('an integer beyond 2^53', 'a text') : what('a')
        await expect(rowsOf(session, 'SELECT a FROM p.s.readings')).rejects.toThrow(found)
        await expect(rowsOf(session, 'SELECT id FROM p.s.readings WHERE a > 0')).rejects.toThrow(found)
        await expect(lines(client, 'SELECT a FROM p_s.readings')).rejects.toThrow(found)
        // a statement that does not read it has an answer
        expect(await rowsOf(session, 'SELECT id, n FROM p.s.readings')).toEqual([['i', 1]])
      })
  })

  it('is an error in a field that the statement computes with, and is shown with a notice', async () => {
    await withRows([rowOf(LONG)], async () => {
      await expect(rowsOf(session, 'SELECT doc.x / 2 FROM p.s.readings')).rejects.toThrow(what('doc.x'))
      notices.length = 0
      expect(await rowsOf(session, 'SELECT doc.x, doc FROM p.s.readings')).toEqual([
        [9007199254740993n, `{"x":${LONG},"deep":{"y":${LONG}}}`],
      ])
      expect(notices).toContain(
        'p.s.readings: the API answered with an integer beyond 2^53 where a number was expected in doc.x; it is shown as answered',
      )
    })
  })

  it('is right in a column of integers', async () => {
    await withRows([`{"id":"i","n":${LONG}}`], async () => {
      expect(await rowsOf(session, 'SELECT n, n / 2 FROM p.s.readings')).toEqual([
        [9007199254740993n, 4503599627370496],
      ])
    })
  })
})
