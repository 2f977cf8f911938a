import { beforeAll, describe, expect, it } from 'vitest'
import type { Client } from 'pg'
import { lines, serve, stateOf, type Served } from './support.ts'

let server: Served
let client: Client
let other: Client
beforeAll(async () => {
  server = await serve()
  client = await server.client()
  other = await server.client()
})

it.each([
  ['SET ROLE postgres', '0A000'],
  ['SET U&"\\0072ole" = \'postgres\'', '42704'],
  ['SET SESSION AUTHORIZATION postgres', '0A000'],
  ["SELECT set_config('role', 'postgres', true)", '0A000'],
  ["SELECT set_config('ro' || 'le', 'postgres', true), count(*) FROM iam.users", '42501'],
  ['SET track_counts = off', '42501'],
  ["SELECT set_config('track_counts', 'off', true)", '42501'],
  ["WITH x AS (SELECT set_config('TimeZone', 'Asia/Tokyo', false) AS v) SELECT v FROM x", '0A000'],
  ["SELECT 1 WHERE false AND set_config('TimeZone', 'Asia/Tokyo', false) = 'x'", '0A000'],
  ["DO $$ BEGIN PERFORM set_config('TimeZone', 'Asia/Tokyo', false); END $$", '0A000'],
  ["SELECT pg_read_file('PG_VERSION')", '42501'],
  ["SELECT lo_import('/etc/passwd')", '42501'],
  ["SELECT pg_logical_emit_message(false, 'a', 'b')", '42501'],
  ["COPY iam.users FROM '/etc/passwd'", '0A000'],
  ["COPY (SELECT 1) TO '/tmp/x'", '0A000'],
  ["COPY (SELECT 1) TO PROGRAM 'id'", '0A000'],
  ['CREATE EXTENSION dblink', '0A000'],
  ['SELECT 1 AS a INTO x', '25006'],
  ['SELECT pg_terminate_backend(pg_backend_pid())', '42501'],
])('%s is refused, and nothing changes', async (sql, state) => {
  expect(await stateOf(client, sql)).toBe(state)
  const settings = "SELECT current_user, current_setting('TimeZone'), current_setting('track_counts')"
  for (const each of [client, other]) expect(await lines(each, settings)).toEqual(['confluentql|UTC|on'])
})

it.each(['-c track_counts=off', '-c role=none -c track_counts=off', '-c session_replication_role=replica'])(
  'a connection with %s is refused',
  async options => {
    await expect(server.client({ options })).rejects.toMatchObject({ code: '42501' })
  },
)

it('RESET ROLE and RESET SESSION AUTHORIZATION leave the role as it is', async () => {
  for (const sql of ['RESET ROLE', 'SET ROLE NONE', 'RESET SESSION AUTHORIZATION', 'RESET ALL'])
    await client.query(sql)
  expect(await lines(client, 'SELECT current_user')).toEqual(['confluentql'])
})

it('locks and seeds end with their statement', async () => {
  await client.query('SELECT pg_advisory_lock(1), setseed(0.5)')
  expect(await lines(other, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")).toEqual(['0'])
  const [first] = await lines(other, 'SELECT random()')
  await client.query('SELECT setseed(0.5)')
  expect(await lines(other, 'SELECT random()')).not.toEqual([first])
})

it('set_config with constants or parameters is kept like SET, and undone with its savepoint', async () => {
  const zone = async (): Promise<string> => (await lines(client, 'SHOW TimeZone'))[0]!
  await client.query({ text: 'SELECT set_config($1, $2, false)', values: ['TimeZone', 'Asia/Tokyo'] })
  expect(await zone()).toBe('Asia/Tokyo')
  await client.query("SELECT set_config('TimeZone', 'Asia/Seoul', true)")
  expect(await zone()).toBe('Asia/Tokyo')
  await client.query("BEGIN; SAVEPOINT a; SET TimeZone = 'Europe/Paris'; SET LOCAL DateStyle = 'SQL'")
  expect(await lines(client, "SELECT '2024-05-01 12:00+00'::timestamptz")).toEqual([
    '05/01/2024 14:00:00 CEST',
  ])
  await client.query('ROLLBACK TO a')
  expect(await lines(client, "SELECT '2024-05-01 12:00+00'::timestamptz")).toEqual(['2024-05-01 21:00:00+09'])
  await client.query('COMMIT; RESET TimeZone')
  expect(await zone()).toBe('UTC')
})

it('the log has the time of a statement that Describe has evaluated, and its error', async () => {
  const before = server.stderr().length
  // node-pg describes the portal
  await lines(client, 'SELECT pg_sleep($1::float8)', ['0.05'])
  expect(await stateOf(client, 'SELECT 1 / $1::int', ['0'])).toBe('22012')
  await expect.poll(() => server.stderr().slice(before)).toMatch(/ms error 22012: SELECT 1 \/ \$1/)
  const [, ms] = / (\d+) ms 1 rows: SELECT pg_sleep/.exec(server.stderr().slice(before)) ?? []
  expect(Number(ms)).toBeGreaterThan(40)
})

describe('masked secrets, which are equal although the secrets may differ,', () => {
  const KEYS = 'FROM iam.api_keys k'
  it.each([
    `SELECT count(*) ${KEYS} WHERE spec ->> 'secret' = '***'`,
    `SELECT spec ->> 'secret' = '***' ${KEYS}`,
    `SELECT count(*) FILTER (WHERE spec ->> 'secret' = '***') ${KEYS}`,
    `SELECT CASE spec ->> 'secret' WHEN '***' THEN 1 END ${KEYS}`,
    `SELECT CASE WHEN spec ->> 'secret' LIKE '*%' THEN 1 END ${KEYS}`,
    `WITH m AS MATERIALIZED (SELECT * ${KEYS}) SELECT count(*) FROM m WHERE spec ->> 'secret' = '***'`,
    `SELECT count(*) FROM (SELECT *, row_number() OVER () ${KEYS}) m WHERE spec ->> 'secret' <> '***'`,
  ])('are not compared: %s', async sql => {
    expect(await stateOf(client, sql)).toBe('42P10')
  })

  it('are shown, tested for NULL, and other fields of their objects compared', async () => {
    const tested = `SELECT count(*) FILTER (WHERE spec ->> 'secret' IS NULL) > 0, count(*) FILTER (WHERE spec ->> 'display_name' <> '') > 0 ${KEYS}`
    expect(await lines(client, tested)).toEqual(['t|t'])
  })
})
