import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConfluentqlError } from '../../src/errors.ts'
import { confluentqlText, sqliteText } from '../fuzz/named-relations.ts'
import { Random } from '../fuzz/random.ts'
import { Harness } from '../fuzz/harness.ts'
import { makeOrphans } from '../fuzz/schema.ts'

/** Statements that once failed in test/fuzz, each with the fault; `{a.b}` is a path into an object column. */
const FOUND: readonly (readonly [string, string])[] = [
  [
    'a column of a recursive CTE was taken for one of the query around it',
    'SELECT t.id FROM fz.main.projects t WHERE t.org IN (WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n < 3) SELECT n FROM c)',
  ],
  [
    'a column of a recursive CTE was read as an object of the query around it',
    "SELECT t.id FROM fz.main.projects t WHERE t.org IN ('o1', 'O1', '1') AND 'u2' IN (WITH RECURSIVE c(lead) AS (SELECT 'u1' UNION SELECT 'u2' FROM c WHERE lead = 'u1') SELECT lead FROM c)",
  ],
  [
    'the columns of * over a join with USING were not known',
    'SELECT {d.owner.name}, d.region FROM (SELECT * FROM fz.main.orgs a JOIN (SELECT id, kind AS k FROM fz.main.orgs) b USING (id)) d WHERE {d.owner.id} IS NOT NULL',
  ],
  [
    'the columns of * over a join with USING were counted twice',
    'WITH c(id, region, own) AS (SELECT * FROM (SELECT id, region FROM fz.main.orgs) a JOIN (SELECT id, owner FROM fz.main.orgs) b USING (id)) SELECT {c.own.id} FROM c WHERE {c.own.id} IS NOT NULL',
  ],
  [
    'SELECT * was thought to compare as a number',
    'SELECT id FROM fz.main.keys WHERE region IN (SELECT * FROM (SELECT region FROM fz.main.orgs))',
  ],
  [
    'a whole number in an object was thought to compare as a number',
    'SELECT id FROM fz.main.projects WHERE org IN (SELECT {payload.n} FROM fz.log.events)',
  ],
  [
    'the CTE in a condition on a view was not known where the view is loaded',
    "WITH c AS (SELECT id FROM fz.main.orgs) SELECT v.name FROM fz.main.open_tasks v WHERE v.org = (SELECT max(q.id) FROM c q) AND v.project IN ('p1', 'P1', 'p 2')",
  ],
  [
    "a number and a text that the key's column takes for the same were thought to have nothing in common",
    "SELECT id FROM fz.main.projects WHERE org IN ('o1', '1') AND org IN (1, 'o1')",
  ],
  [
    'a value given twice was not found among the values of another table that have no type',
    "SELECT p.id FROM fz.main.projects p JOIN (SELECT {payload.n} AS n, 'P1' AS id FROM fz.log.events UNION ALL SELECT 1, 'P1') e ON p.org = e.n AND p.id = e.id WHERE p.org = '1'",
  ],
  [
    'a key from a derived table that depends on rows around it was not known',
    "SELECT l.name FROM fz.geo.labels l WHERE EXISTS (SELECT 1 FROM (SELECT * FROM fz.main.members m WHERE m.org IN ('o1', 'O1', '1') AND m.role >= l.value) d WHERE EXISTS (SELECT 1 FROM fz.main.projects p WHERE p.org = d.org))",
  ],
  [
    'NATURAL JOIN with json_each forgot the table in its argument',
    "SELECT count(*) FROM people p CROSS JOIN json_each(json_array(p.role)) e NATURAL JOIN fz.main.orgs o WHERE p.org = 'o1'",
  ],
  [
    'a CTE behind IN without brackets was not loaded',
    'WITH c AS (SELECT id FROM fz.geo.regions) SELECT id FROM fz.main.orgs WHERE region IN c',
  ],
  [
    'a CTE behind NOT IN without brackets was not loaded',
    "WITH c AS (SELECT id FROM fz.geo.regions WHERE id = 'r1') SELECT id FROM fz.main.orgs WHERE region NOT IN c",
  ],
  [
    'a CTE behind IN gave no keys',
    'WITH c AS (SELECT id FROM fz.main.orgs) SELECT p.id FROM fz.main.projects p WHERE p.org IN c',
  ],
  ...[
    'a.id IS NULL',
    "coalesce(a.id, 'none') = 'none'",
    "a.region IS NOT 'r1'",
    'NOT (a.id IS NOT NULL)',
    "a.name IS NULL OR a.name = 'x'",
  ].map((condition): [string, string] => [
    `keys were taken only from rows that ${condition}, though such rows have no partner`,
    `SELECT b.id, a.id FROM fz.main.orgs b LEFT JOIN (fz.main.orgs a JOIN fz.main.projects p ON p.org = a.id) ON a.id = b.id WHERE ${condition}`,
  ]),
  [
    'keys of a table in EXISTS of an ON were taken only from rows that have no partner',
    'SELECT b.id FROM fz.main.orgs b LEFT JOIN fz.main.orgs a ON a.id = b.id AND EXISTS (SELECT 1 FROM fz.main.projects p WHERE p.org = a.id) WHERE a.id IS NULL',
  ],
  [
    'an alias of a subquery was taken for a column of the query around it',
    "SELECT o.id FROM fz.main.orgs o WHERE EXISTS (SELECT r.id AS region FROM fz.geo.regions r WHERE r.id = region AND r.id = 'r1')",
  ],
  [
    'a column that is named like a path was taken for the path',
    "SELECT d.id FROM (SELECT id, owner, kind AS \"owner.id\" FROM fz.main.orgs) d WHERE d.\"owner.id\" IN ('a', 'A', 'ab', 'B ')",
  ],
  [
    'a CTE was used before the one that it reads was defined',
    'WITH a AS (SELECT * FROM b), b AS (SELECT id FROM fz.main.orgs) SELECT p.id FROM fz.main.projects p JOIN a ON a.id = p.org',
  ],
  [
    'a quoted aggregate was taken for a function of each row',
    'SELECT "count"(*), "max"(id) FROM fz.main.orgs',
  ],
  [
    'names in single quotes ended the reading of FROM',
    "SELECT 'o'.'id', 'o'.name FROM fz.main.orgs AS 'o' JOIN fz.main.projects 'p' ON 'p'.'org' = 'o'.'id'",
  ],
  [
    'values that only some parts of a UNION compare as numbers were requested as texts',
    "SELECT o.id FROM (SELECT 1 + 0 AS s UNION SELECT CAST('1' AS INTEGER)) x JOIN fz.main.orgs o ON o.id = x.s",
  ],
  [
    'a part of a UNION that has texts was requested by numbers, since another part has numbers',
    "SELECT x.s FROM (SELECT tier AS s FROM fz.main.orgs UNION SELECT id FROM fz.main.orgs) x WHERE x.s IN (SELECT CAST('1' AS INTEGER))",
  ],
  ...[
    'fz.main.orgs a JOIN (SELECT org AS id, id AS p FROM fz.main.projects WHERE org IN (SELECT id FROM fz.main.orgs)) b USING (id)',
    '(SELECT id FROM fz.main.orgs) NATURAL JOIN (SELECT org AS id, id AS p FROM fz.main.projects WHERE org IN (SELECT id FROM fz.main.orgs))',
  ].map((joined): [string, string] => [
    `a name that a join merges was ambiguous where keys are taken from ${joined}`,
    `SELECT t.code FROM ${joined} JOIN fz.main.tasks t ON t.org = id AND t.project = p WHERE id <> 'none'`,
  ]),
  [
    'an aggregate of the query around was computed of each row',
    'SELECT o.region, (SELECT count(*) FROM fz.main.projects p WHERE p.org = max(o.id)) AS n FROM fz.main.orgs o GROUP BY o.region',
  ],
  [
    'a whole number with a point was sent as it is for a field of whole numbers',
    'SELECT id FROM fz.main.orgs WHERE {spec.size} IN (SELECT 0.0 UNION SELECT 1.0 UNION SELECT 2.0 UNION SELECT 3.0)',
  ],
  ...['al', '(al)', '+al', '"al"'].map((alias): [string, string] => [
    'a key that is compared with an alias of the statement was missing',
    `SELECT o.id AS al, p.id FROM fz.main.orgs o JOIN fz.main.projects p ON p.org = ${alias}`,
  ]),
  [
    'a key that is compared with an alias of a path was missing',
    'SELECT {o.owner.id} AS al, m.role FROM fz.main.orgs o, fz.main.members m WHERE al = m.user',
  ],
]

/** Scripts that once failed in test/fuzz: the fault, the tables and views, the statement. */
const SCRIPTS: readonly (readonly [string, string, string])[] = [
  [
    'a snapshot of a compound forgot that its numbers compare as numbers',
    "CREATE TABLE a (n INT); INSERT INTO a VALUES ('01'), ('o1'); CREATE TABLE b AS SELECT * FROM a UNION ALL SELECT n FROM a",
    'SELECT o.id, b.n FROM fz.main.orgs o JOIN b ON b.n = o.id',
  ],
  [
    'a snapshot of booleans of a compound forgot that they compare as numbers',
    "CREATE TABLE a (flag BOOLEAN); INSERT INTO a VALUES ('1'); CREATE TABLE b AS SELECT flag FROM (SELECT * FROM a UNION ALL SELECT * FROM a)",
    'SELECT m.user, typeof(b.flag) FROM b JOIN fz.main.members m ON m.user = b.flag',
  ],
  [
    'a snapshot made numbers of the texts in a compound that begins with numbers',
    "CREATE TABLE a (n INT, t TEXT); INSERT INTO a VALUES (1, '01'), (2, '1.0'); CREATE TABLE b AS SELECT * FROM (SELECT n FROM a UNION ALL SELECT t FROM a)",
    'SELECT n, typeof(n) FROM b',
  ],
  [
    'a snapshot made numbers of the texts in a compound that begins with numbers of a resource',
    "CREATE TABLE b AS SELECT q.x FROM (SELECT tier AS x FROM fz.main.orgs UNION ALL SELECT '01') q",
    'SELECT x, typeof(x) FROM b',
  ],
  [
    'a snapshot of CAST to REAL held integers',
    "CREATE TABLE a (t TEXT); INSERT INTO a VALUES ('10'); CREATE TABLE b AS SELECT x, y FROM (SELECT CAST(t AS REAL) AS x, (SELECT CAST(t AS REAL)) AS y FROM a)",
    'SELECT typeof(x), typeof(y) FROM b',
  ],
  [
    'a snapshot of a compound of REAL columns held integers',
    'CREATE TABLE a (r REAL); INSERT INTO a VALUES (10); CREATE TABLE b AS SELECT DISTINCT * FROM (SELECT * FROM (SELECT r FROM a UNION ALL SELECT r FROM a))',
    'SELECT r, typeof(r) FROM b',
  ],
  ...['CAST(c AS TEXT)', '+c', '+CAST(c AS TEXT)'].map((expression): [string, string, string] => [
    `the collation of a column was forgotten behind ${expression}`,
    `CREATE TABLE a (c COLLATE NOCASE); INSERT INTO a VALUES ('O1'); CREATE VIEW b AS SELECT ${expression} AS x FROM a`,
    "SELECT m.org, m.user FROM b LEFT JOIN fz.main.members m ON m.user IN ('u1', 'U1', 'u2', 'x%25', '1') AND b.x = m.org",
  ]),
  [
    'a compound of numbers and texts was thought to compare as a number',
    "CREATE TABLE a (n INT, t TEXT); INSERT INTO a VALUES (1, 'o1'), (2, 'O1'); CREATE VIEW b AS SELECT n AS org FROM a UNION ALL SELECT t FROM a",
    'SELECT p.id FROM b JOIN fz.main.projects p ON p.org = b.org',
  ],
]

const harness = new Harness()
beforeAll(async () => {
  await harness.start()
  await harness.load(makeOrphans(new Random(6)))
})
afterAll(() => harness.stop())

async function ours(text: string): Promise<{ rows: readonly (readonly unknown[])[]; requests: string[] }> {
  harness.provider.requests.length = 0
  const { rows, error } = await harness.execute(confluentqlText(text))
  if (error !== undefined) throw error
  return { rows, requests: [...harness.provider.requests] }
}

const sorted = (rows: readonly (readonly unknown[])[]): string[] =>
  rows.map(r => r.map(String).join('|')).sort()

describe('rows are those that SQLite gives on the complete tables', () => {
  test.each(FOUND)('%s', async (_, text) => {
    const expected = harness.reference.run(sqliteText(text), {})
    if (!('rows' in expected)) throw new Error(expected.error)
    expect(expected.rows.length).toBeGreaterThan(0)
    expect(sorted((await ours(text)).rows)).toEqual(sorted(expected.rows))
  })
})

describe('rows after a script are those that SQLite gives', () => {
  test.each(SCRIPTS)('%s', async (_, script, text) => {
    const expected = harness.reference.runAfter(sqliteText(script), sqliteText(text), {})
    if (!('rows' in expected)) throw new Error(expected.error)
    expect(expected.rows.length).toBeGreaterThan(0)
    const makes = [...script.matchAll(/CREATE (TABLE|VIEW) (\w+)/g)]
    try {
      expect(sorted((await ours(`${script}; ${text}`)).rows)).toEqual(sorted(expected.rows))
    } finally {
      for (const [, kind, name] of makes.reverse()) await ours(`DROP ${kind} IF EXISTS ${name}`)
    }
  })
})

describe('a key of text that is compared with a number', () => {
  test('is taken from the parents, since more than one text equals the number', async () => {
    const text = 'SELECT id FROM fz.main.projects WHERE org IN (SELECT n FROM fz.geo.labels)'
    const expected = harness.reference.run(sqliteText(text), {})
    if (!('rows' in expected)) throw new Error(expected.error)
    const { rows, requests } = await ours(text)
    expect(sorted(rows)).toEqual(sorted(expected.rows))
    expect(requests.some(url => url.startsWith('/orgs?'))).toBe(true)
  })

  test.each([
    'SELECT title FROM fz.main.projects WHERE org IN (SELECT CAST(tier AS TEXT) FROM fz.main.orgs)',
    'SELECT title FROM fz.main.projects JOIN fz.main.orgs o ON org = CAST(o.tier AS TEXT)',
  ])('is sent if it is cast to text: %s', async text => {
    expect((await ours(text)).requests.some(url => url.startsWith('/orgs/1/projects'))).toBe(true)
  })
})

describe('the calls of a scan', () => {
  const calls = (requests: readonly string[]): string[] =>
    [...new Set(requests.map(url => url.split('?')[0]!))].sort()

  const MANY = Array.from({ length: 40 }, (_, i) => `'${i}'`).join()

  test('a list instead of many calls drops a filter, never a required key', async () => {
    const { requests } = await ours(
      `SELECT * FROM fz.main.members WHERE org IN ('o1', 'O1', '1', '01') AND role IN ('a', 'A', ${MANY})`,
    )
    expect(calls(requests)).toEqual([
      '/orgs/01/members',
      '/orgs/1/members',
      '/orgs/O1/members',
      '/orgs/o1/members',
    ])
    expect(requests.some(url => url.includes('role='))).toBe(false)
  })

  test.each([
    "org = 'o1' AND org = 'O1'",
    "org IN ('o1', '1') AND org IN ('O1', 'o2')",
    "org = '1' AND org = '01'",
  ])('values that no row can have are not requested: %s', async condition => {
    expect(await ours(`SELECT * FROM fz.main.projects WHERE ${condition}`)).toEqual({
      rows: [],
      requests: [],
    })
  })

  test('an input column is always sent', async () => {
    const { requests } = await ours(
      `SELECT * FROM fz.log.notes WHERE view IN ('a', 'A', 'ab', 'B ') AND author IN ('u1', 'U1', ${MANY})`,
    )
    expect(requests.filter(url => !url.includes('page_token')).sort()).toEqual(
      ['a', 'A', 'ab', 'B%20'].map(v => `/notes?view=${v}&page_size=2`).sort(),
    )
  })
})

describe('a mistake is an error before any request', () => {
  test.each([
    'SELECT * FROM (fz.geo.voids LIMIT 6',
    'SELECT * FROM ((fz.geo.voids) LIMIT 6',
    'SELECT * FROM (fz.geo.voids',
    'SELECT * FROM (fz.geo.regions))',
    'SELECT nofunction(id) FROM fz.main.orgs',
    'SELECT id FROM fz.main.orgs WHERE',
    'SELECT count(*) FROM (EXEC fz.geo.regions.list_regions',
  ])('%s', async text => {
    await expect(ours(text)).rejects.toBeInstanceOf(ConfluentqlError)
    expect(harness.provider.requests).toEqual([])
  })
})
