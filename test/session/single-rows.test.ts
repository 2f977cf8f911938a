import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { Random } from '../fuzz/random.ts'
import { harness, rowsOf, run } from './support.ts'

const { open, requestsOf, sandbox } = harness()
const USERS = 'confluent.iam.users'
const KEYS = 'confluent.iam.api_keys'
const SEVERAL = /^\(.*has several rows, and stands for one value$/

async function failure(sql: string): Promise<string> {
  return run(open(), sql).then(
    ({ error }) => (error === undefined ? '' : (error as Error).message),
    (e: unknown) => (e as Error).message,
  )
}

it.each([
  `DELETE FROM ${USERS} WHERE id = (SELECT id FROM ${USERS} WHERE email LIKE '%a%')`,
  `DELETE FROM ${USERS} WHERE id IN (SELECT id FROM ${USERS}) AND email = (SELECT email FROM ${USERS} ORDER BY email)`,
  `DELETE FROM ${USERS} WHERE id IN (SELECT id FROM ${USERS}) AND (id, email) = (SELECT id, email FROM ${USERS})`,
  `DELETE FROM ${USERS} WHERE id IN (SELECT id FROM ${USERS}) AND id IN ((SELECT id FROM ${USERS} LIMIT 2), 'u-x')`,
  `UPDATE ${USERS} SET full_name = (SELECT k.id FROM ${KEYS} k) WHERE id IN (SELECT id FROM ${USERS})`,
  `UPDATE ${USERS} SET full_name = (SELECT k.id FROM ${KEYS} k WHERE k.id <> users.id) WHERE id IN (SELECT id FROM ${USERS})`,
  `INSERT INTO confluent.iam.service_accounts (display_name) VALUES ((SELECT id FROM ${USERS}))`,
  `INSERT INTO confluent.iam.service_accounts (display_name) SELECT u.id || (SELECT id FROM ${USERS} UNION SELECT id FROM ${KEYS}) FROM ${USERS} u`,
  `UPDATE ${USERS} SET full_name = json_object('k', (SELECT json_object('id', id) FROM ${KEYS})) WHERE id IN (SELECT id FROM ${USERS})`,
  `EXEC confluent.iam.users.update_auth_type_iam_v2user @id = (SELECT id FROM ${USERS}), @auth_type = 'AUTH_TYPE_SSO'`,
])('sends nothing for a value that a query has several of: %s', async sql => {
  const sent = await requestsOf(async () => {
    expect(await failure(sql)).toMatch(SEVERAL)
  })
  expect(sent.filter(r => !r.startsWith('GET'))).toEqual([])
})

it.each([
  `SELECT id FROM ${USERS} WHERE id = (SELECT id FROM ${USERS})`,
  `SELECT (SELECT k.id FROM ${KEYS} k WHERE k.id <> u.id) FROM ${USERS} u`,
  `SELECT id FROM ${USERS} ORDER BY (SELECT id FROM ${KEYS})`,
  `SELECT max(id) FROM ${USERS} u GROUP BY auth_type HAVING max(id) > (SELECT DISTINCT email FROM ${USERS})`,
  `SELECT (SELECT max(u.id) FROM ${KEYS}) FROM ${USERS} u`,
  'SELECT (VALUES (1), (2))',
  `SELECT json_object('u', (SELECT json_object('id', id) FROM ${USERS}))`,
  `SELECT json_array(coalesce((SELECT json_array(id) FROM ${USERS}), 'none'))`,
  `WITH c AS (SELECT id, (SELECT k.id FROM ${KEYS} k) AS k FROM ${USERS}) SELECT k FROM c`,
])('a query is an error too, as in Postgres: %s', async sql => {
  expect(await failure(sql)).toMatch(SEVERAL)
})

it('also in a view, and in a change of a table of the session', async () => {
  const session = open()
  await run(session, 'CREATE TABLE t (a INTEGER, b TEXT)')
  await run(session, "INSERT INTO t VALUES (1, 'x'), (2, 'y')")
  await run(session, 'CREATE VIEW v AS SELECT a, (SELECT b FROM t i WHERE i.a >= o.a) AS b FROM t o')
  await expect(rowsOf(session, 'SELECT b FROM v')).rejects.toThrow(SEVERAL)
  expect(await rowsOf(session, 'SELECT b FROM v WHERE a = 2')).toEqual([['y']])
  await expect(run(session, 'UPDATE t SET b = (SELECT b FROM t i)')).rejects.toThrow(SEVERAL)
  expect(await rowsOf(session, 'SELECT b FROM t')).toEqual([['x'], ['y']])
})

it.each([
  `SELECT (SELECT max(id) FROM ${USERS})`,
  `SELECT (SELECT id FROM ${USERS} ORDER BY id LIMIT 1)`,
  `SELECT (SELECT count(*) FROM ${KEYS} k WHERE k.spec.owner.id = u.id) FROM ${USERS} u`,
  `SELECT id FROM ${USERS} u WHERE EXISTS (SELECT id FROM ${KEYS}) AND u.id NOT IN (SELECT id FROM ${KEYS})`,
  `SELECT json_object('u', (SELECT json_object('id', id) FROM ${USERS} WHERE id = 'u-1'))`,
  `SELECT (SELECT x.email FROM ${USERS} x WHERE x.id = u.id) FROM ${USERS} u`,
])('a query that has one row is a value: %s', async sql => {
  expect(await failure(sql)).toBe('')
})

it('says what to write', async () => {
  const where = `WHERE email = (SELECT email FROM ${USERS} `
  await expect(rowsOf(open(), `SELECT id FROM ${USERS} ${where})`)).rejects.toMatchObject({
    hint: expect.stringMatching(/ORDER BY … LIMIT 1 for the first row, or take max\(\)/),
  })
  expect(await rowsOf(open(), `SELECT id FROM ${USERS} ${where} ORDER BY email LIMIT 1)`)).toHaveLength(1)
})

/** A scalar query over table i, of an outer table o. */
function scalar(random: Random): string {
  const item = random.pick(['k', 'v', 'n', 'k + n', "v || ''", 'json_array(k)', 'max(k)', 'o.a', 'NULL'])
  const where = random.pick(['k = o.a', 'v = o.t', 'k = 3', 'k > 4', 'k = o.a AND n > 1', '1'])
  const limit = random.pick(['', '', '', ' LIMIT 1', ' LIMIT 2', ' ORDER BY 1 LIMIT 3', ' LIMIT 5 OFFSET 1'])
  return random.pick([
    `SELECT ${item} FROM i WHERE ${where}${limit}`,
    `SELECT DISTINCT ${item} FROM i WHERE ${where}${limit}`,
    `WITH c AS (SELECT * FROM i WHERE ${where}) SELECT ${item} FROM c${limit}`,
    `SELECT k FROM i WHERE ${where} UNION SELECT a FROM o AS p WHERE p.a = o.a`,
    `SELECT max(n) FROM i WHERE ${where} GROUP BY k`,
    `SELECT i.k FROM i LEFT JOIN i AS j ON j.k = i.k AND j.v > i.v WHERE i.${random.pick(['k = o.a', 'v = o.t'])}`,
  ])
}

it('gives what SQLite gives if no query has several rows, and an error otherwise', async () => {
  const random = new Random(20261202)
  const plain = new Database(':memory:')
  const session = open()
  const setup = [
    'CREATE TABLE o (a INTEGER, t TEXT)',
    'CREATE TABLE i (k INTEGER, v TEXT, n REAL)',
    `INSERT INTO o VALUES ${Array.from({ length: 6 }, (_, i) => `(${i}, '${i}')`).join(', ')}`,
    `INSERT INTO i VALUES ${Array.from({ length: 7 }, () => `(${random.int(0, 6)}, '${random.int(0, 6)}', ${random.int(0, 9) / 2})`).join(', ')}`,
  ]
  for (const sql of setup) {
    plain.exec(sql)
    await run(session, sql)
  }
  const counts = { same: 0, errors: 0 }
  for (let n = 0; n < 400; n++) {
    const query = scalar(random)
    const sql = random.pick([
      `SELECT a, (${query}) FROM o`,
      `SELECT a, typeof((${query})) FROM o`,
      `SELECT a FROM o WHERE (${query}) IS NOT NULL`,
      `SELECT a, json_object('x', (${query})) FROM o`,
      `SELECT a FROM o WHERE a = CAST((${query}) AS INTEGER)`,
      `SELECT a, (a, t) = (SELECT a, t FROM o AS p WHERE p.a = (${query}) LIMIT 1) FROM o`,
      `SELECT a FROM o ORDER BY (${query}), a`,
    ])
    let most = 0
    for (const a of plain.prepare('SELECT a FROM o').pluck().all())
      most = Math.max(
        most,
        Number(plain.prepare(`SELECT (SELECT count(*) FROM (${query})) FROM o WHERE a = ?`).pluck().get(a)),
      )
    const found = await rowsOf(session, sql).then(
      rows => ({ rows, error: undefined }),
      (e: unknown) => ({ rows: undefined, error: (e as Error).message }),
    )
    if (most > 1) {
      expect(found.error, sql).toMatch(SEVERAL)
      counts.errors++
    } else if (found.error === undefined) {
      expect(found.rows, sql).toEqual(plain.prepare(sql).raw().all())
      counts.same++
    } else expect(found.error, sql).toMatch(most > 1 ? SEVERAL : /is a text|cannot be compared|are compared/)
  }
  plain.close()
  expect(counts.same).toBeGreaterThan(100)
  expect(counts.errors).toBeGreaterThan(80)
})

it('a change has its notices before its first request', async () => {
  for (const sql of [
    `DELETE FROM ${USERS} WHERE id = 'foo'`,
    `DELETE FROM ${USERS} WHERE id IN (SELECT id FROM ${USERS}) AND auth_type = 'LOCAL'`,
    `DELETE FROM ${USERS} WHERE id IN (SELECT id FROM ${USERS} WHERE auth_type = 'LOCAL')`,
    `UPDATE ${USERS} SET full_name = 'a' WHERE id IN ('foo', 'bar')`,
    `INSERT INTO confluent.iam.service_accounts (display_name) SELECT 'x' WHERE 1 = NULL`,
  ]) {
    const seen: number[] = []
    const before = sandbox().log.length
    await run(open({ onNotice: () => seen.push(sandbox().log.length) }), sql).catch(() => {})
    expect(seen[0], sql).toBe(before)
  }
})
