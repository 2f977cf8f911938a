import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/sources/load.ts'
import { Session } from '../../src/engine/session.ts'
import { createClient } from '../../src/http/client.ts'
import type { QueryPlan } from '../../src/plan/plan.ts'
import { compiledProvider, oneHostProvider } from '../catalog/compiled.ts'
import { Random } from '../fuzz/random.ts'
import { atEnd, folder, listen } from '../support/cleanup.ts'
import { rowsOf } from './nested-provider.ts'

const SERVICE = `
service: s
resources:
  users:
    summary: Users
    columns: { id: string, size: integer, of: { type: object } }
    methods: { list_users: { sql: select, call: 'GET /users', rows: $.data } }
  keys:
    summary: Keys
    columns: { id: string, user: string, size: integer, made: date, owner: { type: object }, spec: { type: object, fields: { name: string } } }
    methods: { list_keys: { sql: select, call: 'GET /keys', rows: $.data } }
`
const PROVIDER = `${oneHostProvider('')}
views:
  s.owners:
    summary: Owners
    sql: SELECT id, user, owner FROM p.s.keys WHERE size >= 0
  s.named:
    summary: Keys by name
    sql: SELECT k.id, k.spec.name AS name, k.size, u.size AS of_user FROM p.s.keys k LEFT JOIN p.s.users u ON u.id = k.user
`

type Row = Readonly<Record<string, unknown>>
let data: { users: Row[]; keys: Row[] } = { users: [], keys: [] }

async function open(db?: string): Promise<Session> {
  const url = await listen((request, response) => {
    const name = request.url!.startsWith('/users') ? 'users' : 'keys'
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data: data[name] }))
  })
  const session = new Session({
    catalog: loadCatalog(compiledProvider(PROVIDER, SERVICE)),
    connect: async onTrace => createClient({ env: {}, endpoint: url, onTrace }),
    db,
  })
  atEnd(() => session.close())
  return session
}

/** How SQLite reads the tables of a plan with its lookups as indexes, and those of the session in a file. */
function readings({ sql, scans }: QueryPlan, file = ':memory:'): string[] {
  const db = new Database(file, { readonly: file !== ':memory:' })
  db.function('regexp_substr', { deterministic: true }, (text, _pattern) => text)
  db.function('seen_text~', { deterministic: true }, (text, _index, _which) => text)
  db.function('seen_boolean~', { deterministic: true }, (value, _json, _index) => value)
  db.function('split_part', { deterministic: true }, (text, _separator, _part) => text)
  for (const { into, columns, lookups = [] } of scans) {
    db.exec(
      `CREATE TEMP TABLE "${into}" (${columns.map(c => `"${c}" ${c === 'size' ? 'INTEGER' : 'TEXT'}`).join()})`,
    )
    for (const [i, { expression }] of lookups.entries())
      db.exec(`CREATE INDEX temp."${into}~${i}" ON "${into}"(${expression})`)
  }
  const found = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[]
  db.close()
  return found.map(f => f.detail)
}

const U = 'p.s.users'
const K = 'p.s.keys'

describe('SQLite looks rows up by an index', () => {
  test.each([
    [
      'a field in a correlated EXISTS',
      `SELECT u.id FROM ${U} u WHERE NOT EXISTS (SELECT 1 FROM ${K} k WHERE k.owner.id = u.id)`,
    ],
    [
      'a column there',
      `SELECT u.id FROM ${U} u WHERE EXISTS (SELECT 1 FROM ${K} k WHERE u.id = k.user AND k.size > 1)`,
    ],
    ['a number there', `SELECT u.id FROM ${U} u WHERE EXISTS (SELECT 1 FROM ${K} k WHERE k.size = u.size)`],
    [
      'a declared field',
      `SELECT u.id FROM ${U} u WHERE EXISTS (SELECT 1 FROM ${K} k WHERE k.spec.name = u.id)`,
    ],
    [
      'a computed text',
      `SELECT u.id FROM ${U} u WHERE EXISTS (SELECT 1 FROM ${K} k WHERE k.owner.id = 'User:' || u.id)`,
    ],
    [
      'a field of both',
      `SELECT u.id FROM ${U} u WHERE EXISTS (SELECT 1 FROM ${K} k WHERE k.owner.id = u.of.id)`,
    ],
    ['a correlated count', `SELECT u.id, (SELECT count(*) FROM ${K} k WHERE k.owner.id = u.id) FROM ${U} u`],
    ['an outer join', `SELECT u.id FROM ${U} u LEFT JOIN ${K} k ON k.owner.id = u.id WHERE k.id IS NULL`],
    [
      'rows of a CTE',
      `WITH RECURSIVE d(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM d WHERE n < 9) SELECT count(k.id) FROM d LEFT JOIN ${K} k ON lower(k.user) = 'u' || d.n`,
    ],
    [
      'rows of values',
      `SELECT u.id FROM ${U} u WHERE EXISTS (SELECT 1 FROM ${K} k WHERE (k.owner.id, k.size) = (u.id, u.size))`,
    ],
    ['numbers', `SELECT u.id FROM ${U} u JOIN ${K} k ON length(k.user) = length(u.id)`],
    [
      'a collation',
      `SELECT u.id FROM ${U} u WHERE EXISTS (SELECT 1 FROM ${K} k WHERE k.owner.id = u.id COLLATE NOCASE)`,
    ],
    [
      'what may fail, without another condition',
      `SELECT u.id FROM ${U} u LEFT JOIN ${K} k ON regexp_substr(k.user, '[a-z]+') = u.id`,
    ],
    [
      'a query with names of its result',
      `SELECT lower(u.id) AS x, count(*) AS n FROM ${U} u LEFT JOIN ${K} k ON lower(k.user) = u.id GROUP BY x HAVING n > 1 ORDER BY n`,
    ],
    ['rows with all columns', `SELECT * FROM ${U} u LEFT JOIN ${K} k ON lower(k.user) = u.id`],
    [
      'a field that a view with further tables has',
      `SELECT u.id, (SELECT count(*) FROM p.s.named n WHERE n.name = u.id) FROM ${U} u`,
    ],
    ['a join of two fields', `SELECT u.id FROM ${U} u JOIN ${K} k ON k.owner.id = u.of.id`],
    ['computed texts of both', `SELECT u.id FROM ${U} u JOIN ${K} k ON lower(k.user) = lower(u.id)`],
    [
      'what a function makes of a field of unknown type',
      `SELECT u.id FROM ${U} u WHERE EXISTS (SELECT 1 FROM ${K} k WHERE lower(trim(k.owner.id)) = lower(u.id))`,
    ],
    [
      'a part of a text in an outer join',
      `SELECT u.id FROM ${U} u LEFT JOIN ${K} k ON substr(k.user, 6) = u.id`,
    ],
    [
      'a longer text in a correlated subquery',
      `SELECT k.id FROM ${K} k WHERE NOT EXISTS (SELECT 1 FROM ${U} u WHERE 'User:' || u.id = k.user)`,
    ],
    [
      'a text computed of a column of a view',
      `SELECT u.id FROM ${U} u WHERE EXISTS (SELECT 1 FROM p.s.owners o WHERE replace(o.user, 'x', '') = u.id)`,
    ],
    ['a view', `SELECT u.id FROM ${U} u WHERE NOT EXISTS (SELECT 1 FROM p.s.owners k WHERE k.user = u.id)`],
  ])('%s', async (_, sql) => {
    const plan = (await (await open()).plan(sql)) as QueryPlan
    expect(readings(plan)).toContainEqual(
      expect.stringMatching(/^SEARCH \w+ USING AUTOMATIC (?:PARTIAL )?COVERING INDEX \([^)]*key~1=\?/),
    )
  })

  test.each([
    ['a FULL JOIN', `SELECT u.id, k.id FROM ${K} k FULL JOIN ${U} u ON u.id = k.user`],
    ['a RIGHT JOIN', `SELECT u.id, k.id FROM ${K} k RIGHT JOIN ${U} u ON u.id = k.owner.id`],
    [
      'a computed text in a RIGHT JOIN',
      `SELECT u.id, k.id FROM ${U} u RIGHT JOIN ${K} k ON u.id = lower(k.spec.name) || k.user`,
    ],
  ])('that the engine makes for %s', async (_, sql) => {
    const plan = (await (await open()).plan(sql)) as QueryPlan
    expect(readings(plan)).toContainEqual(
      expect.stringMatching(/^SEARCH .*USING (?:COVERING )?INDEX scan~\d~0/),
    )
  })

  test.each([
    [
      'a grouped CTE',
      `WITH o AS (SELECT k.spec.name AS name, count(*) AS n FROM ${K} k GROUP BY 1) SELECT u.id, o.n FROM ${U} u LEFT JOIN o ON o.name = u.id`,
    ],
    [
      'the same in NOT EXISTS',
      `WITH o AS (SELECT k.spec.name AS name, count(*) AS n FROM ${K} k GROUP BY 1) SELECT u.id FROM ${U} u WHERE NOT EXISTS (SELECT 1 FROM o WHERE u.id = o.name)`,
    ],
    [
      'computed texts of several tables',
      `SELECT k.id, p.x FROM ${K} k LEFT JOIN (SELECT 'x' || u.id AS x FROM ${U} u UNION ALL SELECT substr(k.id, 2) FROM ${K} k) p ON p.x = k.user`,
    ],
    ['a view of several tables', `SELECT u.id, n.id FROM ${U} u LEFT JOIN p.s.named n ON n.name = u.id`],
  ])('that it makes itself for texts of %s', async (_, sql) => {
    const plan = (await (await open()).plan(sql)) as QueryPlan
    expect(readings(plan)).toContainEqual(
      expect.stringMatching(/^SEARCH [opn] USING AUTOMATIC (?:COVERING|PARTIAL COVERING) INDEX/),
    )
  })

  test.each([
    `SELECT u.id FROM ${U} u WHERE u.id IN (SELECT k.owner.id FROM ${K} k)`,
    `SELECT u.id FROM ${U} u LEFT JOIN ${K} k ON k.user = u.id`,
    // SQLite makes an index of the column on the other side
    `SELECT u.id FROM ${U} u JOIN ${K} k ON k.owner.id = u.id`,
    `SELECT u.id FROM ${U} u, ${K} k WHERE u.id = k.owner.id`,
    `SELECT u.id FROM ${K} k LEFT JOIN ${U} u ON u.id = k.owner.id LEFT JOIN ${U} v ON v.id = k.spec.name`,
    `SELECT u.id FROM ${U} u JOIN ${K} k ON substr(k.user, 6) = u.id`,
    `SELECT u.id FROM ${U} u JOIN ${K} k ON lower(k.user) = lower(k.id) AND u.id > 'a'`,
    // SQLite makes an index of the other side
    `SELECT u.id FROM (SELECT DISTINCT k.spec.name AS name FROM ${K} k) o LEFT JOIN ${U} u ON u.id = o.name`,
    `SELECT u.id FROM (SELECT DISTINCT k.spec.name AS name FROM ${K} k) o JOIN ${U} u ON u.id = o.name`,
    // another condition may leave out the values of which a function makes an error
    `SELECT u.id FROM ${U} u LEFT JOIN ${K} k ON k.size > u.size AND regexp_substr(k.user, '[a-z]+') = u.id`,
    // an outer join makes NULLs of the columns
    `SELECT u.id FROM ${U} u LEFT JOIN ${K} k ON k.user = u.id WHERE coalesce(k.id, 'x') = u.id || ''`,
    `SELECT u.id FROM ${U} u JOIN ${K} k ON k.user || random() = u.id || ''`,
    `SELECT u.id FROM ${U} u WHERE EXISTS (SELECT 1 FROM ${K} k WHERE k.owner.id = 'x')`,
    `SELECT u.id FROM ${U} u WHERE EXISTS (SELECT 1 FROM ${K} k WHERE k.owner.id = u.size)`,
  ])('and makes none itself for nothing: %s', async sql => {
    const plan = (await (await open()).plan(sql)) as QueryPlan
    expect(plan.scans.flatMap(s => s.lookups ?? [])).toEqual([])
    expect(plan.sql).not.toMatch(/key~/)
  })
})

test('a result column keeps the name of its text', async () => {
  const count = `(SELECT count(*) FROM ${K} k WHERE k.owner.id = u.id)`
  const plan = (await (await open()).plan(`SELECT u.id, ${count} FROM ${U} u`)) as QueryPlan
  expect(plan.columns.map(c => c.name)).toEqual(['id', count])
})

const VALUES = [
  'now',
  '2026-11-30',
  '1',
  '01',
  '1.0',
  'a',
  'A',
  'á',
  '',
  'null',
  'true',
  '1e3',
  '-0',
  ' a',
  'a ',
  '12345678901234567890',
]
/** Values of fields whose type is not known; those of a column of texts are VALUES. */
const FIELDS = [...VALUES, 1, 1.5, 1000, -0, true, false, null, undefined, ['a'], { a: 1 }, 1e30]

function randomTables(random: Random): typeof data {
  const field = (): Row => (random.chance(0.1) ? {} : { id: random.pick(FIELDS) })
  return {
    users: Array.from({ length: 30 }, (_, i) => ({ id: random.pick(VALUES), size: i % 3, of: field() })),
    keys: Array.from({ length: 260 }, (_, i) => ({
      id: `k${i}`,
      user: random.pick(VALUES),
      size: random.pick([0, 1, 2, 1000]),
      owner: random.chance(0.05) ? null : field(),
      spec: { name: random.pick(VALUES) },
    })),
  }
}

const EQUALITIES = [
  ['k.owner.id', 'u.id'],
  ['k.owner.id', 'u.of.id'],
  ['k.owner.id', "u.id || ''"],
  ['k.owner.id', 'upper(u.id)'],
  ['k.spec.name', 'u.id'],
  ['k.spec.name', 'u.of.id'],
  ['k.user', 'u.id'],
  ['k.user', 'u.of.id'],
  ['k.size', 'u.size'],
  ['u.of.id', 'k.user'],
  ['lower(k.user)', 'lower(u.id)'],
  ['trim(k.owner.id)', 'trim(u.of.id)'],
  ['substr(k.user, 1, 2)', 'u.id'],
  ['date(k.user)', 'u.id'],
  ["coalesce(k.spec.name, 'a') || ''", 'u.id'],
  ["nullif(k.user, 'a')", "u.of.id || ''"],
  ['upper(u.id)', 'upper(k.spec.name)'],
] as const

const UNKNOWN_FIELD = /^([uk])\.(owner|of)\.(\w+)$/

/** Beside a text, and in a function of texts, a field of unknown type is the text of its JSON. */
const textOfField = (side: string): string =>
  side.replace(
    /(?<=^|trim\()([uk])\.(owner|of)\.(\w+)(?=\)?$| \|\|)/,
    `iif(typeof($1."$2" ->> '$.$3') = 'text', $1."$2" ->> '$.$3', nullif($1."$2" -> '$.$3', 'null'))`,
  )

const FORMS: readonly ((on: string) => string)[] = [
  on => `SELECT u.rowid_, u.id FROM U u WHERE EXISTS (SELECT 1 FROM K k WHERE ${on})`,
  on => `SELECT u.rowid_, u.id FROM U u WHERE NOT EXISTS (SELECT 1 FROM K k WHERE ${on} AND k.size < 2)`,
  on => `SELECT u.rowid_, (SELECT count(*) FROM K k WHERE ${on}) FROM U u`,
  on => `SELECT u.rowid_, (SELECT k.id FROM K k WHERE ${on} ORDER BY k.id DESC LIMIT 1) FROM U u`,
  on => `SELECT u.rowid_, k.id FROM U u LEFT JOIN K k ON ${on}`,
  on => `SELECT u.rowid_, k.id FROM U u LEFT JOIN K k ON ${on} AND k.size = 1`,
  on => `SELECT u.rowid_, k.id FROM K k RIGHT JOIN U u ON ${on}`,
  on => `SELECT u.rowid_, k.id FROM U u FULL JOIN K k ON ${on}`,
  on => `SELECT u.rowid_, k.id FROM U u JOIN K k ON ${on}`,
  on => `SELECT u.rowid_, k.id FROM U u, K k WHERE ${on}`,
]

/** Subqueries whose column `x` SQLite has no index for; `k.owner.id` may be a number. */
const SUBQUERIES = [
  'SELECT k.spec.name AS x, count(*) AS n FROM K k GROUP BY 1',
  'SELECT k.owner.id AS x, count(*) AS n FROM K k GROUP BY 1',
  "SELECT k.spec.name AS x, 1 AS n FROM K k UNION SELECT substr(k.user, 1, 1) || '', 2 FROM K k",
  'SELECT k.spec.name AS x, 1 AS n FROM K k UNION ALL SELECT k.owner.id, 2 FROM K k',
  'SELECT max(k.spec.name) AS x, k.size AS n FROM K k GROUP BY k.user',
  'SELECT lag(k.spec.name, 1, 1) OVER (ORDER BY k.id) AS x, k.size AS n FROM K k',
  'SELECT coalesce(k.spec.name, k.owner.id) AS x, k.size AS n FROM K k',
] as const

const AROUND: readonly ((sub: string, on: string) => string)[] = [
  (sub, on) => `SELECT u.size, o.x, o.n FROM U u LEFT JOIN (${sub}) o ON ${on}`,
  (sub, on) => `WITH o AS (${sub}) SELECT u.size, o.x, o.n FROM U u FULL JOIN o ON ${on} AND o.n > 0`,
  (sub, on) => `SELECT u.size, u.id FROM U u WHERE NOT EXISTS (SELECT 1 FROM (${sub}) o WHERE ${on})`,
  (sub, on) => `WITH o AS MATERIALIZED (${sub}) SELECT u.size, (SELECT sum(o.n) FROM o WHERE ${on}) FROM U u`,
  (sub, on) => `WITH o AS (${sub}) SELECT u.size, u.id FROM U u WHERE EXISTS (SELECT 1 FROM o WHERE ${on})`,
  (sub, on) => `SELECT u.size, o.x FROM (${sub}) o RIGHT JOIN U u ON ${on}`,
]

test('with indexes, statements have the rows that SQLite gives without them', async () => {
  const random = new Random(11)
  const session = await open()
  let some = 0
  for (let i = 0; i < 12; i++) {
    data = randomTables(random)
    const db = new Database(':memory:')
    db.exec(
      'CREATE TABLE U (id TEXT, size INTEGER, "of" TEXT); CREATE TABLE K (id TEXT, user TEXT, size INTEGER, owner TEXT, spec TEXT)',
    )
    const json = (v: unknown): string | null => (v === null || v === undefined ? null : JSON.stringify(v))
    for (const u of data.users)
      db.prepare('INSERT INTO U VALUES (?, ?, ?)').run(u['id'], u['size'], json(u['of']))
    for (const k of data.keys)
      db.prepare('INSERT INTO K VALUES (?, ?, ?, ?, ?)').run(
        k['id'],
        k['user'],
        k['size'],
        json(k['owner']),
        json(k['spec']),
      )
    for (let n = 0; n < 24; n++) {
      const isOfSubquery = random.chance(0.5)
      const [left, right] = isOfSubquery ? ['o.x', 'u.id'] : random.pick(EQUALITIES)
      const isFlipped = random.chance(0.5)
      const form = isOfSubquery ? random.pick(AROUND) : random.pick(FORMS)
      const sub = random.pick(SUBQUERIES)
      const write = (a: string, b: string): string => {
        const on = isFlipped ? `${b} = ${a}` : `${a} = ${b}`
        return form(...((isOfSubquery ? [sub, on] : [on]) as [string, string])).replaceAll(
          'u.rowid_',
          'u.size',
        )
      }
      const ours = write(left, right)
        .replaceAll(/\bU u\b/g, `${U} u`)
        .replaceAll(/\bK k\b/g, `${K} k`)
      const isOfTwoFields = UNKNOWN_FIELD.test(left) && UNKNOWN_FIELD.test(right)
      const [a, b] = [left, right].map(side => (isOfTwoFields ? side : textOfField(side)))
      const plain = write(a!, b!).replaceAll(/\b([uk])\.(owner|of|spec)\.(\w+)/g, `($1."$2" ->> '$.$3')`)
      // the order of rows is not defined
      const sorted = (rows: readonly (readonly unknown[])[]): string[] =>
        rows.map(r => JSON.stringify(r)).sort()
      const expected = sorted(db.prepare(plain).raw().all() as unknown[][])
      some += expected.length > 0 ? 1 : 0
      expect(sorted(await rowsOf(session, ours)), ours).toEqual(expected)
    }
    db.close()
  }
  expect(some).toBeGreaterThan(100)
})

test('a number beside the text of a day is compared with texts as a text', async () => {
  data = { users: [{ id: '5' }, { id: 'day' }], keys: [{ id: 'a', made: '2026-03-01' }, { id: 'b' }] }
  const session = await open()
  const marked = `(SELECT k.id, iif(length(k.made) = 10, 'day', 5) AS mark FROM ${K} k)`
  expect(
    await rowsOf(session, `SELECT u.id, o.id FROM ${U} u LEFT JOIN ${marked} o ON o.mark = u.id`),
  ).toEqual([
    ['5', 'b'],
    ['day', 'a'],
  ])
  expect(
    await rowsOf(
      session,
      `SELECT u.id FROM ${U} u WHERE EXISTS (SELECT 1 FROM ${marked} o WHERE o.mark = u.id)`,
    ),
  ).toEqual([['5'], ['day']])
})

/** The sides of equalities: columns, fields and what is computed of them. */
const SIDES = {
  column: 'k.user',
  field: 'k.spec.name',
  'field of unknown type': "k.owner ->> '$.id'",
  lower: 'lower(k.user)',
  'part of a text': "split_part(k.user, '.', 1)",
  substr: 'substr(k.user, 1, 2)',
  'longer text': "k.user || ''",
  'first value': 'coalesce(k.spec.name, k.user)',
  CAST: 'CAST(k.size AS TEXT)',
} as const
const BESIDE = ['u.id', 'u.of.id', "u.id || ''"] as const
const PLACES: readonly ((k: string, on: string) => string)[] = [
  (k, on) => `SELECT u.id, k.id FROM ${U} u JOIN ${k} k ON ${on}`,
  (k, on) => `SELECT u.id, k.id FROM ${U} u LEFT JOIN ${k} k ON ${on}`,
  (k, on) => `SELECT u.*, k.id FROM ${U} u LEFT JOIN ${k} k ON ${on} AND k.size < 2`,
  (k, on) => `SELECT u.id, k.id FROM ${k} k RIGHT JOIN ${U} u ON ${on}`,
  (k, on) => `SELECT u.id FROM ${U} u WHERE EXISTS (SELECT 1 FROM ${k} k WHERE ${on})`,
  (k, on) => `SELECT u.id FROM ${U} u WHERE NOT EXISTS (SELECT 1 FROM ${k} k WHERE ${on} AND k.size > 0)`,
  (k, on) => `SELECT u.id, (SELECT k.id FROM ${k} k WHERE ${on} ORDER BY k.id LIMIT 1) FROM ${U} u`,
  (k, on) => `SELECT u.id FROM ${U} u WHERE u.size IN (SELECT k.size FROM ${k} k WHERE ${on})`,
]
const KEYS_OF = (side: string): string => `SELECT k.id, k.size, ${side} AS x FROM ${K} k`
const OWN = `CREATE TABLE snapshot AS SELECT id, user, size, owner, spec FROM ${K}; CREATE TABLE untyped (id, user, size, owner, spec);
  INSERT INTO untyped SELECT id, user, size, owner, spec FROM ${K}; INSERT INTO untyped VALUES (1, 1, 1, NULL, NULL), (2, 1.5, 0, NULL, NULL), (3, x'61', 1, NULL, NULL), ('4', 1e3, 1, '{"id":1}', '{"name":1}');
  CREATE TABLE typed (id TEXT, user TEXT, size, owner TEXT, spec TEXT); INSERT INTO typed SELECT * FROM untyped`

/** A statement by each way to the rows, and place of the equality. */
function statements(on: (side: string, beside: string) => string): string[] {
  const found: string[] = []
  const local = (side: string): string => side.replaceAll('k.spec.name', "k.spec ->> '$.name'")
  for (const [name, side] of Object.entries(SIDES))
    for (const place of PLACES)
      for (const beside of BESIDE) {
        const [own, x] = [on(side, beside), on('k.x', beside)]
        const view = `v_${name.replaceAll(' ', '_')}`
        found.push(
          place(K, own),
          `WITH o AS (${KEYS_OF(side)}) ${place('o', x)}`,
          `WITH o AS (${KEYS_OF(side)}) ${place('o', x)} LIMIT (SELECT count(*) * 1000 FROM o)`,
          place(`(${KEYS_OF(side)})`, x),
          place(view, x),
          place('snapshot', own),
          place('untyped', on(local(side), beside)),
          place('typed', on(local(side), beside)),
          place(`(SELECT id, size, ${local(side)} AS x FROM untyped k)`, x),
          place(`t_${view}`, x),
        )
      }
  return found
}

async function openWithTables(file?: string): Promise<Session> {
  const session = await open(file)
  await rowsOf(session, OWN)
  for (const [name, side] of Object.entries(SIDES)) {
    const view = `v_${name.replaceAll(' ', '_')}`
    await rowsOf(
      session,
      `CREATE VIEW ${view} AS ${KEYS_OF(side)}; CREATE TABLE t_${view} AS ${KEYS_OF(side)}`,
    )
  }
  return session
}

test('no equality makes SQLite read a table for each row of another one', async () => {
  const file = join(folder(), 'own.db')
  const session = await openWithTables(file)
  const slow: string[] = []
  const random = new Random(3)
  for (const sql of random.sample(
    statements((a, b) => `${a} = ${b}`),
    400,
  )) {
    const plan = (await session.plan(sql)) as QueryPlan
    if (!readings(plan, file).some(r => r.startsWith('SEARCH'))) slow.push(sql)
  }
  expect(slow).toEqual([])
})

test('rows are the same as of conditions that are no equalities', async () => {
  const random = new Random(7)
  data = randomTables(random)
  const session = await openWithTables()
  const indexed = statements((a, b) => `${a} = ${b}`)
  const plain = statements((a, b) => `(${a} = ${b}) IS TRUE`)
  const sorted = async (sql: string): Promise<string[]> =>
    (await rowsOf(session, sql)).map(r => JSON.stringify(r)).sort()
  let some = 0
  for (let i = random.int(0, 7); i < indexed.length; i += 1 + random.int(0, 15)) {
    const expected = await sorted(plain[i]!)
    some += expected.length > 0 ? 1 : 0
    expect(await sorted(indexed[i]!), indexed[i]).toEqual(expected)
  }
  expect(some).toBeGreaterThan(100)
})

test('a computed key has another name than the columns and results of a statement', async () => {
  const session = await open()
  await rowsOf(
    session,
    `CREATE TABLE a ("Key~1" TEXT, "key~~1" TEXT, n INTEGER); INSERT INTO a VALUES ('ANNA', 'b', 1), ('Bob', 'b', 2);
     CREATE TABLE b (x TEXT); INSERT INTO b VALUES ('anna'), ('bob'), ('eve'); CREATE VIEW c AS SELECT "Key~1" AS y, a.* FROM a`,
  )
  for (const sql of [
    'SELECT a.n FROM a JOIN b ON lower(a."key~1") = lower(b.x) ORDER BY 1',
    'SELECT n FROM a, b WHERE lower("key~1") = b.x || \'\' ORDER BY 1',
    'SELECT c.n FROM b LEFT JOIN c ON lower(c.y) = b.x WHERE c.n IS NOT NULL ORDER BY 1',
    'SELECT n FROM a WHERE EXISTS (SELECT 1 FROM b WHERE lower(b.x) = lower("key~1")) ORDER BY 1',
    'SELECT a.n, length(b.x) AS "key~~~1" FROM b JOIN a ON lower(a."key~1") = b.x || \'\' WHERE "key~~~1" < 5 ORDER BY 1',
  ])
    expect(
      (await rowsOf(session, sql)).map(row => row[0]),
      sql,
    ).toEqual([1, 2])
})

test('a computed key does not replace the collation of a comparison', async () => {
  const session = await open()
  await rowsOf(
    session,
    "CREATE TABLE a (y TEXT COLLATE NOCASE); INSERT INTO a VALUES ('ANNA'), ('bob'); CREATE TABLE b (x TEXT); INSERT INTO b VALUES ('anna.1'), ('BOB.2'), ('eve.3')",
  )
  const part = "split_part(b.x, '.', 1)"
  const from = (on: string): string[] => [
    `SELECT a.y, b.x FROM a JOIN b ON ${on}`,
    `SELECT a.y, b.x FROM a LEFT JOIN b ON ${on}`,
    `SELECT a.y, b.x FROM b LEFT JOIN a ON ${on}`,
    `SELECT a.y FROM a WHERE EXISTS (SELECT 1 FROM b WHERE ${on})`,
    `SELECT b.x FROM b WHERE NOT EXISTS (SELECT 1 FROM a WHERE ${on})`,
    `WITH c AS (SELECT y AS z, y FROM a) SELECT c.y FROM c WHERE EXISTS (SELECT 1 FROM b WHERE ${on.replaceAll('a.y', 'c.z')})`,
    `SELECT c.x FROM b c LEFT JOIN (SELECT y COLLATE NOCASE AS z, y FROM a) d ON ${on.replaceAll('a.y', 'd.z').replaceAll('b.x', 'c.x')}`,
  ]
  const sides = ['a.y', "a.y || ''", '+a.y', 'CAST(a.y AS TEXT)', 'lower(a.y)', "(a.y || '') COLLATE NOCASE"]
  for (const side of sides)
    for (const other of [part, `${part} COLLATE NOCASE`, `upper(${part}) COLLATE BINARY`])
      for (const [left, right] of [
        [side, other],
        [other, side],
      ]) {
        const plain = from(`(${left} = ${right}) IS TRUE`)
        for (const [i, sql] of from(`${left} = ${right}`).entries())
          expect(await rowsOf(session, sql), sql).toEqual(await rowsOf(session, plain[i]!))
      }
})
