import { beforeAll, describe, expect, it } from 'vitest'
import { harness, rowsOf } from './support.ts'

const { open, requestsOf } = harness()
const I = 'confluent.iam.invitations'
const B = 'confluent.catalog.tag_defs'
const U = 'creator'
let user = ''
let count = 0
beforeAll(async () => {
  const sql = `SELECT creator.id, count(*) FROM ${I} GROUP BY 1 ORDER BY 2 DESC LIMIT 1`
  const [row] = await rowsOf(open(), sql)
  user = String(row![0])
  count = Number(row![1])
})

const FORMS: readonly string[] = [
  `SELECT id FROM ${I} WHERE (${U}) = ?`,
  `SELECT id FROM ${I} WHERE +${U} = ?`,
  `SELECT id FROM ${I} WHERE ${U} COLLATE NOCASE = ?`,
  `SELECT id FROM ${I} WHERE (${U}, 1) = (?, 1)`,
  `SELECT id FROM ${I} WHERE (${U}, 1) IN (VALUES (?, 1))`,
  `SELECT id FROM ${I} WHERE ? IN (${U})`,
  `SELECT id FROM ${I} WHERE ${U} BETWEEN ? AND ?`,
  `SELECT id FROM ${I} WHERE ${U} LIKE ?`,
  `SELECT id FROM ${I} WHERE ${U} IS ?`,
  `SELECT id FROM ${I} WHERE NOT ${U} IS DISTINCT FROM ?`,
  `SELECT id FROM ${I} WHERE CASE WHEN 1 THEN ${U} END = ?`,
  `SELECT id FROM ${I} WHERE CASE ${U} WHEN ? THEN 1 END`,
  `SELECT id FROM ${I} WHERE nullif(${U}, ?) IS NULL`,
  `SELECT id FROM ${I} WHERE coalesce(${U}, '') = ?`,
  `SELECT id FROM ${I} WHERE iif(1, ${U}, '') = ?`,
  `SELECT id FROM ${I} WHERE (SELECT ${U}) = ?`,
  `SELECT id FROM ${I} WHERE ? IN (SELECT ${U})`,
  `SELECT id, ${U} AS u FROM ${I} WHERE u = ?`,
  `SELECT id FROM (SELECT id, ${U} AS u FROM ${I}) WHERE u = ?`,
  `WITH c(i, u) AS (SELECT id, ${U} FROM ${I}) SELECT i FROM c WHERE ? = u`,
  `SELECT id FROM ${I} GROUP BY id HAVING max(${U}) = ?`,
]

describe('an object compared with a scalar means the field that its parameter filters on', () => {
  it.each(FORMS)('%s', async sql => {
    const rows = await rowsOf(open(), sql.replaceAll('?', `'${user}'`))
    expect(rows.length).toBe(count)
    expect(count).toBeGreaterThan(1)
  })

  it('also after IN, as a table and as a query', async () => {
    const direct = `SELECT count(*) FROM confluent.iam.users WHERE id IN (SELECT creator.id FROM ${I})`
    const expected = await rowsOf(open(), direct)
    expect(Number(expected[0]![0])).toBeGreaterThan(1)
    const c = `WITH c(u) AS (SELECT ${U} FROM ${I})`
    for (const of of ['c', '(SELECT u FROM c)', `(SELECT ${U} FROM ${I})`]) {
      const sql = `${c} SELECT count(*) FROM confluent.iam.users WHERE id IN ${of}`
      expect([of, await rowsOf(open(), sql)]).toEqual([of, expected])
    }
  })
})

describe('an input column must be sent wherever a condition tests it', () => {
  it.each([
    `SELECT name FROM ${B} WHERE (prefix) LIKE 'x'`,
    `SELECT name FROM ${B} WHERE +prefix = 'x'`,
    `SELECT name FROM ${B} WHERE CASE WHEN 1 THEN prefix END = 'x'`,
    `SELECT id FROM (SELECT name AS id, prefix AS s FROM ${B}) WHERE s LIKE 'x'`,
    `WITH c AS (SELECT name AS id, prefix AS s FROM ${B}) SELECT id FROM c WHERE coalesce(s, '') = 'x'`,
    `SELECT name AS id, prefix AS s FROM ${B} WHERE s <> 'x'`,
    `SELECT name FROM ${B} GROUP BY name HAVING max(prefix) = 'x'`,
    `SELECT count(*) FILTER (WHERE prefix = 'x') FROM ${B}`,
  ])('%s', async sql => {
    await expect(rowsOf(open(), sql)).rejects.toMatchObject({
      code: 'MISSING_PARAMETER',
      message: expect.stringContaining('is a parameter of the request, not data'),
    })
  })

  it('is sent if a condition on a derived table gives it', async () => {
    const sql = `SELECT id FROM (SELECT name AS id, prefix AS s FROM ${B}) WHERE s = 'PI'`
    expect((await requestsOf(() => rowsOf(open(), sql))).some(r => r.includes('prefix=PI'))).toBe(true)
  })
})

describe('names resolve as in SQLite', () => {
  it('a table of the session inside a view is not the CTE of that name', async () => {
    const session = open()
    await rowsOf(session, 'CREATE TABLE b AS SELECT 1 AS x')
    await rowsOf(session, 'CREATE VIEW v AS SELECT x FROM b')
    expect(await rowsOf(session, 'WITH b AS (SELECT 99 AS x) SELECT v.x, b.x FROM v, b')).toEqual([[1, 99]])
  })

  it.each([
    "SELECT * FROM 'sqlite_schema'",
    "SELECT 1 IN 'pragma_database_list'",
    'SELECT * FROM "pragma_table_list"',
  ])("SQLite's own tables are no tables: %s", async sql => {
    await expect(rowsOf(open(), sql)).rejects.toMatchObject({ code: 'UNKNOWN_NAME' })
  })

  it.each(['rowid', 'u.oid', '_rowid_'])('rows have no %s', async name => {
    const sql = `SELECT ${name} FROM confluent.iam.users u`
    await expect(rowsOf(open(), sql)).rejects.toMatchObject({
      code: 'UNKNOWN_NAME',
      hint: expect.stringContaining('row_number()'),
    })
  })

  it('two objects with a field of one name are joined by it', async () => {
    const clusters = 'confluent.managed_kafka_clusters.clusters'
    const sql = `SELECT count(*) FROM ${clusters} a JOIN ${clusters} b ON a.spec.deletion_protection = b.spec.deletion_protection WHERE a.environment = 'env-p7r2k1' AND b.environment = 'env-p7r2k1' AND a.id = b.id`
    expect(Number((await rowsOf(open(), sql))[0]![0])).toBeGreaterThan(0)
  })
})

describe('a snapshot has the values of its query', () => {
  it.each([
    "SELECT a FROM (SELECT i AS a FROM n UNION ALL SELECT '01')",
    'WITH c AS (SELECT i AS a FROM n UNION SELECT t FROM n) SELECT a FROM c',
    'SELECT a FROM (SELECT t AS a FROM n UNION ALL SELECT i FROM n)',
    'SELECT (SELECT i FROM n WHERE 0 UNION SELECT t FROM n) AS a',
    "WITH RECURSIVE c(a) AS (SELECT i FROM n UNION ALL SELECT a || '0' FROM c WHERE length(a) < 3) SELECT a FROM c",
  ])('%s', async sql => {
    const session = open()
    await rowsOf(session, 'CREATE TABLE n (i INTEGER, t TEXT)')
    await rowsOf(session, "INSERT INTO n VALUES (7, '07')")
    await rowsOf(session, `CREATE TABLE s AS ${sql}`)
    const typed = (of: string): string => `SELECT a, typeof(a) FROM ${of}`
    const rows = await rowsOf(session, typed('s'))
    expect(rows.length).toBeGreaterThan(0)
    expect(rows).toEqual(await rowsOf(session, typed(`(${sql})`)))
  })
})

describe('volatile values', () => {
  it('select rows of a full list, evaluated once', async () => {
    const sql =
      'SELECT id FROM confluent.iam.users WHERE id IN (SELECT id FROM confluent.iam.users ORDER BY random() LIMIT 3)'
    for (let n = 0; n < 5; n++) expect(await rowsOf(open(), sql)).toHaveLength(3)
  })

  it('are never keys; the error says how to store them', async () => {
    const sql =
      'SELECT id FROM confluent.managed_kafka_clusters.clusters WHERE environment = (SELECT id FROM confluent.org.environments ORDER BY random() LIMIT 1)'
    await expect(rowsOf(open({ requireKeys: true }), sql)).rejects.toMatchObject({
      code: 'MISSING_PARAMETER',
      hint: expect.stringContaining('CREATE TEMP TABLE'),
    })
  })
})

describe('a table created from a session table', () => {
  it.each([
    ['INTEGER', 13],
    ['DECIMAL', 13],
    ['', 13],
    ['DATE', 13],
  ])('keeps how its columns of type %j compare', async (type, expected) => {
    const session = open()
    await rowsOf(session, `CREATE TABLE a (n ${type})`)
    await rowsOf(session, `INSERT INTO a VALUES (8), (13)`)
    await rowsOf(session, 'CREATE TABLE b AS SELECT n FROM a')
    await rowsOf(session, 'CREATE TABLE c AS SELECT * FROM (SELECT n FROM b)')
    await rowsOf(session, 'CREATE MATERIALIZED VIEW m AS SELECT n, n + 0 AS o FROM c')
    await rowsOf(session, 'CREATE VIEW v AS SELECT n FROM m')
    expect(await rowsOf(session, 'SELECT max(n), typeof(max(n)) FROM v')).toEqual([[expected, 'integer']])
    expect(await rowsOf(session, 'SELECT max(o) FROM m')).toEqual([[expected]])
  })

  it('keeps texts of a text column as they are', async () => {
    const session = open()
    await rowsOf(session, 'CREATE TABLE a (n TEXT)')
    await rowsOf(session, "INSERT INTO a VALUES ('01'), ('1.0')")
    await rowsOf(session, 'CREATE TABLE b AS SELECT n FROM a')
    expect(await rowsOf(session, "SELECT n FROM b WHERE n = '01' OR n = 1")).toEqual([['01']])
  })
})
