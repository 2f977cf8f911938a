import { beforeAll, describe, expect, it } from 'vitest'
import type pg from 'pg'
import { lines, serve, stateOf } from './support.ts'

let client: pg.Client
beforeAll(async () => {
  client = await (await serve()).client()
})

/** Statements whose answer is the number of users, 140, however they read the table. */
const COUNTS = [
  'SELECT count(*) FROM iam.users',
  '-- a comment\nSELECT count(*) FROM iam.users',
  '/* a /* nested */ comment */ SELECT count(*) FROM iam.users',
  '(SELECT count(*) FROM iam.users)',
  'SELECT count(*) FROM ONLY iam.users',
  'SELECT count(*) FROM "iam"."users"',
  'SELECT count(*) FROM IAM.Users',
  String.raw`SELECT count(*) FROM U&"\0069am".U&"\0075sers"`,
  String.raw`SELECT count(*) FROM U&"\0069am".U&"\0075sers" TABLESAMPLE SYSTEM (100)`,
  String.raw`SELECT 140 * count(*) FROM iam.U&"!0075sers" UESCAPE '!' WHERE ctid = '(0,1)'`,
  'SELECT count(*) FROM (TABLE iam.users) x',
  'SELECT count(u) FROM iam.users u',
  'SELECT count(row_to_json(u)) FROM iam.users u',
  'SELECT count(DISTINCT u.*) FROM iam.users u',
  'SELECT count(b) FROM iam.users AS u(a, c, d, b)',
  'SELECT sum(n) FROM (SELECT count(*) AS n FROM iam.users GROUP BY email) x',
  'WITH x AS MATERIALIZED (SELECT id FROM iam.users) SELECT count(*) FROM x',
  'WITH RECURSIVE r(id) AS (SELECT id FROM iam.users UNION SELECT r.id FROM r JOIN iam.users u ON u.id = r.id) SELECT count(*) FROM r',
  'SELECT (SELECT count(*) FROM iam.users)',
  'SELECT count(*) FROM iam.users u, LATERAL (SELECT * FROM iam.users v WHERE v.id = u.id) w',
  'SELECT count(*) FROM iam.users u NATURAL JOIN (SELECT id FROM iam.users) v',
  'SELECT count(*) FROM iam.users u JOIN iam.users v USING (id)',
  'SELECT count(*) FROM iam.users u FULL JOIN iam.users v ON v.id = u.id',
  'SELECT count(*) FROM iam.users TABLESAMPLE SYSTEM (100)',
  'SELECT count(*) FROM iam.users WHERE ctid IS NOT NULL',
  "SELECT count(*) FROM iam.users WHERE auth_type::varchar LIKE 'AUTH%'",
  "SELECT count(*) FROM iam.users WHERE id = id AND (id = 'u-08mnyy' OR email <> '')",
  'SELECT count(*) FROM iam.users u WHERE EXISTS (SELECT 1 FROM iam.users v WHERE v.id = u.id AND v.email = u.email)',
  'SELECT count(*) FROM iam.users WHERE id IN (SELECT id FROM iam.users)',
  'SELECT count(*) FROM iam.users u LEFT JOIN iam.invitations i ON false',
  'SELECT count(*) FROM unnest(ARRAY(SELECT id FROM iam.users)) x',
  'SELECT cardinality(ARRAY(SELECT id FROM iam.users))',
  'SELECT max(n) FROM (SELECT row_number() OVER (ORDER BY id) AS n FROM iam.users) x',
  'SELECT count(*) FROM (SELECT id FROM iam.users UNION ALL SELECT id FROM iam.users WHERE false) x',
  "SELECT count(*) FROM iam.users WHERE set_config('enable_hashjoin', 'off', true) = 'off'",
  "SELECT CASE WHEN count(*) > 0 THEN count(*) END FROM iam.users WHERE (metadata ->> 'created_at') IS NOT NULL",
]

describe('no answer lacks rows', () => {
  it.each(COUNTS)('%s', async sql => {
    expect(await lines(client, sql)).toEqual(['140'])
  })

  it.each(COUNTS.slice(0, 12))('with parameters, twice: %s', async sql => {
    const text = `SELECT n FROM (${sql.replace(/^--.*\n/, '')}) x(n) WHERE n > $1`
    for (const least of [0, 1]) expect(await lines(client, text, [least])).toEqual(['140'])
  })

  it('from a cursor, and by COPY', async () => {
    await client.query('BEGIN; DECLARE c CURSOR FOR SELECT count(*) FROM iam.users')
    expect(await lines(client, 'FETCH c')).toEqual(['140'])
    await client.query('COMMIT')
  })

  it.each([
    ["SELECT query_to_xml('SELECT * FROM iam.users', true, true, '')", '42501'],
    ["SELECT table_to_xml('iam.users', true, true, '')", '42501'],
    ["SELECT * FROM ts_stat('SELECT to_tsvector(email) FROM iam.users')", '42501'],
    // a condition on an input column without a value would be false for each row
    [
      "SELECT count(*) FROM kafka.topics WHERE include_authorized_operations IS NULL AND topic_name <> ''",
      '42P10',
    ],
    ...[
      'SELECT count(*) FILTER (WHERE include_authorized_operations) FROM kafka.topics',
      'SELECT count(*) FILTER (WHERE include_authorized_operations = true) FROM kafka.topics',
      "SELECT CASE include_authorized_operations WHEN true THEN 'a' ELSE 'b' END FROM kafka.topics",
      'WITH t AS MATERIALIZED (SELECT * FROM kafka.topics) SELECT count(*) FROM t WHERE include_authorized_operations',
      'WITH t AS (SELECT * FROM kafka.topics) SELECT count(*) FROM t a JOIN t b USING (topic_name) WHERE a.include_authorized_operations',
      'SELECT count(*) FROM (SELECT * FROM kafka.topics OFFSET 0) t WHERE include_authorized_operations',
      'SELECT count(*) FROM (SELECT *, row_number() OVER () FROM kafka.topics) t WHERE include_authorized_operations',
    ].map((sql): [string, string] => [sql, '42P10']),
  ])('what the plan does not show is an error: %s', async (sql, state) => {
    expect(await stateOf(client, sql)).toBe(state)
  })
})
