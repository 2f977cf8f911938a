import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConfluentqlError } from '../../src/errors.ts'
import { rowsOf, startChain, type Chain } from './nested-provider.ts'

let chain: Chain
const dir = mkdtempSync(join(tmpdir(), 'confluentql-local-'))
beforeAll(async () => {
  chain = await startChain()
})
afterAll(() => rmSync(dir, { recursive: true }))

const E = 'p.s.environments'
const C = 'p.s.clusters'

describe('tables of the session', () => {
  test('a snapshot keeps rows, types and object paths, and reading it sends no request', async () => {
    const session = chain.session()
    await rowsOf(session, `CREATE TABLE snap AS SELECT id, spec, kind FROM ${C} WHERE environment = 'e1'`)
    chain.requests()
    expect(await rowsOf(session, `SELECT s.id, s.spec.name FROM snap s WHERE spec.name = 'two'`)).toEqual([
      ['c2', 'two'],
    ])
    expect(await rowsOf(session, 'DESCRIBE snap')).toEqual([
      ['id', 'string', null],
      ['spec', 'object', null],
      ['kind', 'string', null],
    ])
    expect(chain.requests()).toEqual([])
  })

  test('a snapshot keeps the fields of its objects, also for other sessions, until it is dropped', async () => {
    const db = join(dir, 'shapes.db')
    const first = chain.session({ db })
    await rowsOf(
      first,
      `CREATE TABLE snap AS SELECT id, spec FROM ${C} WHERE environment = 'e1'; CREATE MATERIALIZED VIEW mv AS SELECT spec AS s FROM snap`,
    )
    await expect(rowsOf(first, 'SELECT spec.nmae FROM snap')).rejects.toMatchObject({
      message: 'no field "nmae" in snap.spec; did you mean "name"?',
    })
    await first.close()
    const second = chain.session({ db })
    await expect(rowsOf(second, 'SELECT m.s.nmae FROM mv m')).rejects.toMatchObject({
      message: 'no field "nmae" in m.s; did you mean "name"?',
    })
    await rowsOf(
      second,
      'DROP TABLE snap; CREATE TABLE snap (spec JSON); CREATE OR REPLACE MATERIALIZED VIEW mv AS SELECT spec AS s FROM snap',
    )
    expect(await rowsOf(second, 'SELECT spec.nmae, mv.s.nmae FROM snap, mv')).toEqual([])
    expect(
      (await rowsOf(second, 'SHOW TABLES')).flat().filter(n => String(n).startsWith('confluentql_')),
    ).toEqual([])
    chain.requests()
  })

  test('a join with a session table narrows the requests for a resource', async () => {
    const session = chain.session()
    const sql = `CREATE TABLE wanted (env TEXT); INSERT INTO wanted VALUES ('e1'), (NULL); SELECT c.id FROM wanted w JOIN ${C} c ON c.environment = w.env ORDER BY 1`
    expect(await rowsOf(session, sql)).toEqual([['c1'], ['c2']])
    expect(chain.requests()).toEqual(['/clusters?environment=e1'])
  })

  test('a query compares a snapshot with the current rows', async () => {
    const session = chain.session()
    await rowsOf(
      session,
      `CREATE TABLE old AS SELECT id, name FROM ${E}; DELETE FROM old WHERE id = 'e1'; UPDATE old SET name = name || '!' WHERE id IN (SELECT id FROM ${E} WHERE size = 1)`,
    )
    expect(
      await rowsOf(session, `SELECT id, name FROM ${E} EXCEPT SELECT id, name FROM old ORDER BY 1`),
    ).toEqual([
      ['e1', 'prod'],
      ['e2', 'prod'],
    ])
  })

  test('changes report their row counts', async () => {
    const session = chain.session()
    const told: unknown[] = []
    for await (const r of session.run(
      `CREATE TABLE t AS SELECT 1 AS a UNION SELECT 2; INSERT INTO t SELECT size FROM ${E}; UPDATE t SET a = 0 WHERE a = 1; DELETE FROM t; DROP TABLE t`,
    ))
      told.push(r.affected)
    expect(told).toEqual([
      { verb: 'CREATE TABLE', count: 2 },
      { verb: 'INSERT', count: 5 },
      { verb: 'UPDATE', count: 2 },
      { verb: 'DELETE', count: 7 },
      { verb: 'DROP TABLE' },
    ])
  })

  test('a failing statement changes nothing', async () => {
    const session = chain.session()
    await rowsOf(session, 'CREATE TABLE t (a INTEGER CHECK (a < 3))')
    await expect(rowsOf(session, `INSERT INTO t SELECT size FROM ${E}`)).rejects.toMatchObject({
      code: 'VALUE',
    })
    expect(await rowsOf(session, 'SELECT count(*) FROM t')).toEqual([[0]])
  })

  test('--db keeps tables and views; TEMP ones end with the session', async () => {
    const db = join(dir, 'kept.db')
    const first = chain.session({ db })
    await rowsOf(
      first,
      `CREATE TABLE kept AS SELECT id FROM ${E}; CREATE TEMP TABLE gone AS SELECT 1 AS x; CREATE VIEW v AS SELECT id FROM kept WHERE id < 'e3'; CREATE TEMP VIEW w AS SELECT 1 AS x`,
    )
    await first.close()
    chain.requests()
    const second = chain.session({ db })
    expect(await rowsOf(second, 'SELECT * FROM v')).toEqual([['e1'], ['e2']])
    await expect(rowsOf(second, 'SELECT * FROM gone')).rejects.toMatchObject({ code: 'UNKNOWN_NAME' })
    await expect(rowsOf(second, 'SELECT * FROM w')).rejects.toMatchObject({ code: 'UNKNOWN_NAME' })
    expect(chain.requests()).toEqual([])
  })

  test('a file that is no database is refused', () => {
    expect(() => chain.session({ db: new URL(import.meta.url).pathname })).toThrow(
      /cannot open .*file is not a database/,
    )
  })

  test.each([
    ['CREATE TABLE sqlite_x (a)', '"sqlite_x" cannot be a name'],
    ['CREATE TABLE "scan~1" (a)', '"scan~1" cannot be a name'],
    ['CREATE TABLE p.s.x (a)', 'a table or view of the session has a name of one part'],
    ['CREATE INDEX i ON t (a)', 'CREATE INDEX is not supported'],
    ['CREATE TRIGGER x', 'CREATE TRIGGER is not supported'],
    ['CREATE TABLE t AS SELECT 1 AS a, 2 AS A', 'the query has two columns named "A"'],
    ['CREATE TABLE t AS DELETE FROM x', 'AS needs a SELECT'],
    ['DROP TABLE nothing', 'no table "nothing" in this session'],
    ['CREATE TABLE t (a); CREATE TABLE t (a)', '"t" already exists'],
    ['CREATE VIEW v AS SELECT 1; DROP TABLE v', 'no table "v" in this session'],
    ['CREATE TABLE t (a); INSERT INTO t (b) VALUES (1)', 'no column "b" in t'],
    ['CREATE TABLE t (a, b); INSERT INTO t VALUES (1)', '2 values are needed but a row has 1'],
    ['CREATE TABLE t (a); DELETE FROM t WHERE b = 1', 'no column "b" in t'],
    ['SELECT * FROM sqlite_schema', 'no table "sqlite_schema"'],
    ['SELECT * FROM confluentql_views', 'no table "confluentql_views"'],
    ['REFRESH MATERIALIZED VIEW nothing', 'no materialized view "nothing" in this session'],
  ])('%s', async (sql, message) => {
    await expect(rowsOf(chain.session(), sql)).rejects.toThrow(message)
    expect(chain.requests()).toEqual([])
  })
})

describe('views', () => {
  test('a view with a variable is an error that points at it', async () => {
    const session = chain.session({ variables: { since: 'e1' } })
    await expect(
      rowsOf(session, `CREATE VIEW old AS SELECT id FROM ${E} WHERE id > :since`),
    ).rejects.toMatchObject({
      message: 'a view cannot have :since',
      span: { start: 62, end: 68 },
      hint: 'give the condition where the view is read, or write CREATE TABLE old AS SELECT …, which takes :since',
    })
  })

  test('a view of a view passes conditions down to the request', async () => {
    const session = chain.session()
    await rowsOf(
      session,
      `CREATE VIEW a AS SELECT c.environment AS env, c.id, c.kind FROM ${C} c; CREATE VIEW b AS SELECT env, id FROM a WHERE kind = 'Basic'`,
    )
    chain.requests()
    expect(await rowsOf(session, `SELECT id FROM b WHERE env IN ('e1', 'e2') ORDER BY id`)).toEqual([
      ['c1'],
      ['c3'],
    ])
    expect(chain.requests().sort()).toEqual([
      '/clusters?environment=e1&kind=Basic',
      '/clusters?environment=e2&kind=Basic',
    ])
  })

  test('a view is replaced and dropped', async () => {
    const session = chain.session()
    const sql =
      'CREATE VIEW v AS SELECT 1 AS a; CREATE OR REPLACE VIEW v AS SELECT 2 AS a; CREATE VIEW IF NOT EXISTS v AS SELECT 3; SELECT a FROM v'
    expect(await rowsOf(session, sql)).toEqual([[2]])
    await expect(
      rowsOf(session, 'DROP VIEW v; DROP VIEW IF EXISTS v; SELECT * FROM v'),
    ).rejects.toMatchObject({ code: 'UNKNOWN_NAME' })
  })

  test('a view that replaces a temporary one is read', async () => {
    const sql =
      'CREATE TEMP VIEW v AS SELECT 1 AS a; CREATE OR REPLACE VIEW v AS SELECT 2 AS a; SELECT a FROM v'
    expect(await rowsOf(chain.session(), sql)).toEqual([[2]])
  })

  test.each([
    ['CREATE TABLE v (a)', 'VIEW', 'it is a table', 'DROP TABLE v removes it'],
    ['CREATE TABLE v (a)', 'MATERIALIZED VIEW', 'it is a table', 'DROP TABLE v removes it'],
    [
      'CREATE MATERIALIZED VIEW v AS SELECT 1 AS a',
      'VIEW',
      'it is a materialized view',
      'DROP MATERIALIZED VIEW v removes it',
    ],
    ['CREATE VIEW v AS SELECT 1 AS a', 'MATERIALIZED VIEW', 'it is a view', 'DROP VIEW v removes it'],
  ])('%s is not replaced by a %s', async (made, kind, what, hint) => {
    const session = chain.session()
    await rowsOf(session, made)
    const kept = await rowsOf(session, 'SELECT a FROM v')
    const replacing = `CREATE OR REPLACE ${kind} v AS SELECT 2 AS a`
    await expect(rowsOf(session, replacing)).rejects.toMatchObject({
      message: `"v" already exists: ${what}`,
      hint,
    })
    expect(await rowsOf(session, 'SELECT a FROM v')).toEqual(kept)
    await expect(rowsOf(session, 'CREATE TABLE v (b)')).rejects.toMatchObject({ hint })
  })

  test('an error in a view is that of the view, where the statement names it', async () => {
    const session = chain.session()
    const errorAt = async (sql: string): Promise<unknown> => {
      const error = await rowsOf(session, sql).catch((cause: unknown) => cause)
      expect(error).toBeInstanceOf(ConfluentqlError)
      const { message, hint, span } = error as ConfluentqlError
      return [message, hint, sql.slice(span?.start, span?.end)]
    }
    await rowsOf(
      session,
      `CREATE TABLE t AS SELECT id, name FROM ${E}; CREATE VIEW v AS SELECT t.id, t.name FROM t WHERE t.name <> 'x'; CREATE VIEW w AS SELECT name FROM v`,
    )
    await rowsOf(session, 'DROP TABLE t; CREATE TABLE t (id TEXT)')
    expect(await errorAt('SELECT name FROM v')).toEqual(['view v: no column "name" in t', 'columns: id', 'v'])
    expect(await errorAt(`SELECT e.id FROM ${E} e JOIN w x ON x.name = e.name`)).toEqual([
      'view w: view v: no column "name" in t',
      'columns: id',
      'w',
    ])
    await rowsOf(session, 'DROP TABLE t')
    expect(((await errorAt('SELECT name FROM w')) as string[])[0]).toBe('view w: view v: no table "t"')
    chain.requests()
  })

  test('a view that refers to itself is an error', async () => {
    await expect(
      rowsOf(
        chain.session(),
        'CREATE VIEW v AS SELECT 1 AS a; CREATE VIEW w AS SELECT * FROM v; CREATE OR REPLACE VIEW v AS SELECT * FROM w; SELECT * FROM v',
      ),
    ).rejects.toThrow(/refers to itself|no table/)
  })

  test('views that are nested too deep are an error that says so', async () => {
    const views = Array.from({ length: 22 }, (_, i) => `CREATE VIEW v${i + 1} AS SELECT a FROM v${i}`)
    const sql = ['CREATE VIEW v0 AS SELECT 1 AS a', ...views.slice(0, 20), 'SELECT a FROM v20'].join('; ')
    expect(await rowsOf(chain.session(), sql)).toEqual([[1]])
    const deeper = ['CREATE VIEW v0 AS SELECT 1 AS a', ...views].join('; ')
    await expect(rowsOf(chain.session(), `${deeper}; SELECT a FROM v22`)).rejects.toThrow(
      /^views are nested more than 20 deep \(v2[12] → v2[01] → /,
    )
  })

  test('CREATE VIEW rejects an invalid query', async () => {
    await expect(rowsOf(chain.session(), `CREATE VIEW v AS SELECT nmae FROM ${E}`)).rejects.toThrow(
      'no column "nmae" in p.s.environments; did you mean "name"?',
    )
  })

  test('a materialized view sends requests when it is created and refreshed only', async () => {
    const session = chain.session()
    await rowsOf(session, `CREATE MATERIALIZED VIEW m AS SELECT id FROM ${E} WHERE name = 'prod'`)
    expect(chain.requests()).toEqual(['/environments?name=prod'])
    expect(await rowsOf(session, 'SELECT count(*) FROM m')).toEqual([[2]])
    expect(chain.requests()).toEqual([])
    await rowsOf(session, 'REFRESH MATERIALIZED VIEW m')
    expect(chain.requests()).toEqual(['/environments?name=prod'])
    expect(await rowsOf(session, "SHOW TABLES LIKE 'm'")).toEqual([['m', 'materialized view', null]])
  })
})

test('a table or view of the session may be named with its schema', async () => {
  const session = chain.session()
  await rowsOf(
    session,
    'CREATE TABLE t (a INTEGER, b TEXT); CREATE TEMP TABLE u (a INTEGER); CREATE VIEW v AS SELECT a FROM main.t WHERE a > 1; CREATE TEMP VIEW w AS SELECT a FROM temp.u',
  )
  await rowsOf(
    session,
    "INSERT INTO main.t (a, b) VALUES (1, 'x'), (2, 'y'), (3, 'z'); INSERT INTO temp.u VALUES (2)",
  )
  await rowsOf(session, "UPDATE main.t SET b = 'Y' WHERE a IN temp.u; DELETE FROM Main.T WHERE a = 3")
  expect(await rowsOf(session, 'SELECT main.t.a, t.b FROM main.t ORDER BY main.t.b')).toEqual([
    [2, 'Y'],
    [1, 'x'],
  ])
  expect(
    await rowsOf(session, 'SELECT * FROM main.v JOIN temp.w USING (a) JOIN main.t AS x USING (a)'),
  ).toEqual([[2, 'Y']])
  expect(await rowsOf(session, 'DESCRIBE main.t')).toEqual([
    ['a', 'integer', null],
    ['b', 'string', null],
  ])
  await expect(rowsOf(session, 'SELECT * FROM temp.t')).rejects.toMatchObject({ code: 'UNKNOWN_NAME' })
  await expect(rowsOf(session, 'SELECT * FROM main.nope')).rejects.toMatchObject({ code: 'UNKNOWN_NAME' })
})

test('only the columns of a table that have a collation cannot give keys', async () => {
  const session = chain.session()
  await rowsOf(
    session,
    `CREATE TABLE t (a TEXT COLLATE NOCASE, "b c" TEXT CHECK ("b c" <> 'x' COLLATE NOCASE), [d] TEXT COLLATE BINARY DEFAULT (lower('A,') || ''), 'e' collate rtrim, PRIMARY KEY ("b c" COLLATE NOCASE));
     INSERT INTO t VALUES ('e1', 'e1', 'e1', 'e1')`,
  )
  chain.requests()
  for (const column of ['"b c"', 'd']) {
    await rowsOf(session, `SELECT c.id FROM t JOIN ${C} c ON c.environment = t.${column}`)
    expect(chain.requests()).toEqual(['/clusters?environment=e1'])
  }
  for (const column of ['a', 'e'])
    await expect(
      rowsOf(session, `SELECT c.id FROM t JOIN ${C} c ON c.environment = t.${column}`),
    ).rejects.toMatchObject({ code: 'MISSING_PARAMETER' })
})

test('a whole number given for a variable is an integer', async () => {
  const session = chain.session({ variables: { n: 1, half: 1.5, big: 9007199254740993n } })
  expect(await rowsOf(session, "SELECT typeof(:n), :n || '', typeof(:half), typeof(:big)")).toEqual([
    ['integer', '1', 'real', 'integer'],
  ])
  chain.requests()
  expect(await rowsOf(session, 'SELECT who FROM p.s.owners WHERE key = :n')).toEqual([['owner of 1']])
  expect(chain.requests()).toEqual(['/owners?key=1'])
})

test('a snapshot of a compound query keeps the digits of integers', async () => {
  const session = chain.session()
  await rowsOf(session, 'CREATE TABLE n (v NUMERIC, r REAL)')
  await rowsOf(session, 'INSERT INTO n VALUES (9007199254740993, 1)')
  await rowsOf(session, 'CREATE TABLE m AS SELECT v, r FROM (SELECT * FROM n UNION ALL SELECT * FROM n)')
  expect(await rowsOf(session, "SELECT DISTINCT v || '', typeof(v), typeof(r) FROM m")).toEqual([
    ['9007199254740993', 'integer', 'real'],
  ])
})

describe('information_schema', () => {
  test('lists the columns of views', async () => {
    const session = chain.session()
    await rowsOf(
      session,
      `CREATE TABLE t (a INTEGER); CREATE VIEW one AS SELECT id, spec.name AS n, 1 AS x FROM ${C}; CREATE VIEW two AS SELECT * FROM one; CREATE VIEW lost AS SELECT a FROM t; DROP TABLE t; CREATE MATERIALIZED VIEW mat AS SELECT 1 AS y`,
    )
    expect(
      await rowsOf(
        session,
        "SELECT table_name, column_name, ordinal_position, data_type FROM information_schema.columns WHERE table_name IN ('one', 'two', 'lost', 'mat') ORDER BY 1, 3",
      ),
    ).toEqual([
      ['mat', 'y', 1, 'integer'],
      ['one', 'id', 1, 'string'],
      ['one', 'n', 2, 'string'],
      ['one', 'x', 3, 'integer'],
      ['two', 'id', 1, 'string'],
      ['two', 'n', 2, 'string'],
      ['two', 'x', 3, 'integer'],
    ])
  })

  test('lists tables and columns', async () => {
    const session = chain.session()
    await rowsOf(session, 'CREATE TABLE own (a INTEGER, b TEXT)')
    expect(
      await rowsOf(
        session,
        "SELECT table_catalog, table_schema, table_name, table_type FROM information_schema.tables WHERE table_name IN ('own', 'clusters') ORDER BY 3",
      ),
    ).toEqual([
      ['p', 's', 'clusters', 'BASE TABLE'],
      [null, null, 'own', 'LOCAL TABLE'],
    ])
    expect(
      await rowsOf(
        session,
        "SELECT c.column_name, c.ordinal_position, c.data_type FROM information_schema.columns c WHERE c.table_name = 'clusters' ORDER BY 2",
      ),
    ).toEqual([
      ['id', 1, 'string'],
      ['kind', 2, 'string'],
      ['spec', 3, 'object'],
      ['environment', 4, 'string'],
    ])
    expect(chain.requests()).toEqual([])
  })
})
