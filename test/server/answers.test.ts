import { beforeAll, describe, expect, it } from 'vitest'
import type pg from 'pg'
import { lines, serve, stateOf, type Served } from './support.ts'

let server: Served
let client: pg.Client
beforeAll(async () => {
  server = await serve(['--sandbox', '--cache', '0'])
  client = await server.client()
})

/** The requests that a query is answered with, and the number of its rows. */
async function asked(sql: string): Promise<{ requests: string[]; rows: number }> {
  server.requests()
  const { rows } = await client.query(sql)
  return { requests: server.requests(), rows: rows.length }
}

describe('answers', () => {
  it('evaluates what a client asks of the catalog', async () => {
    expect(await lines(client, 'SELECT 1, current_database(), current_user')).toEqual([
      '1|confluent|confluentql',
    ])
    expect(
      await lines(client, "SELECT count(*) > 5 FROM information_schema.tables WHERE table_schema = 'iam'"),
    ).toEqual(['t'])
    expect(
      await lines(
        client,
        "SELECT data_type FROM information_schema.columns WHERE table_name = 'invitations' AND column_name IN ('id', 'creator', 'expires_at') ORDER BY 1",
      ),
    ).toEqual(['jsonb', 'text', 'timestamp with time zone'])
    expect(await lines(client, "SELECT obj_description('iam.invitations'::regclass)")).toEqual([
      'People invited to join the organization',
    ])
    expect(server.requests()).toEqual([])
  })

  it('streams a plain scan, and sends its conditions and its LIMIT', async () => {
    expect(await asked('SELECT id, email FROM iam.users')).toMatchObject({ rows: 140 })
    expect(await asked("SELECT id FROM iam.users WHERE id = 'u-08mnyy'")).toEqual({
      rows: 1,
      requests: ['GET /iam/v2/users/u-08mnyy 200'],
    })
    expect(
      await asked(
        "SELECT id FROM confluent.iam.users WHERE id IN ('u-08mnyy', 'u-0flj82') AND id IS NOT NULL",
      ),
    ).toEqual({ rows: 2, requests: ['GET /iam/v2/users/u-08mnyy 200', 'GET /iam/v2/users/u-0flj82 200'] })
    expect(await asked('SELECT id FROM iam.users LIMIT 3')).toEqual({
      rows: 3,
      requests: ['GET /iam/v2/users?page_size=3 200'],
    })
  })

  it.each([
    ['SELECT * FROM iam.invitations'],
    ['SELECT * FROM iam.users'],
    ['SELECT * FROM managed_kafka_clusters.clusters'],
    ['SELECT * FROM kafka.topics'],
    ['SELECT * FROM public.clusters'],
    ["SELECT * FROM iam.invitations WHERE status = 'INVITE_STATUS_STAGED' AND accepted_at IS NULL"],
  ])('streams the same values as Postgres evaluates: %s', async sql => {
    const streamed = await lines(client, sql)
    expect(streamed.length).toBeGreaterThan(0)
    expect((await lines(client, `${sql} ORDER BY 1, 2`)).toSorted()).toEqual(streamed.toSorted())
  })

  it('answers nothing, and asks nothing, where no row can match', async () => {
    expect(await asked('SELECT * FROM iam.users WHERE 1 = 0')).toEqual({ rows: 0, requests: [] })
    expect(await asked('SELECT * FROM iam.users LIMIT 0')).toEqual({ rows: 0, requests: [] })
  })

  it('prepared statements answer anew with other values', async () => {
    const one = (auth: string): Promise<pg.QueryResult<{ n: string }>> =>
      client.query({
        name: 'by auth',
        text: 'SELECT count(*) AS n FROM iam.users WHERE auth_type = $1',
        values: [auth],
      })
    expect((await one('AUTH_TYPE_SSO')).rows).toEqual([{ n: '107' }])
    expect((await one('AUTH_TYPE_LOCAL')).rows).toEqual([{ n: '33' }])
    expect((await one('AUTH_TYPE_SSO')).rows).toEqual([{ n: '107' }])
  })

  it('keeps settings, also those of a transaction', async () => {
    const own = await server.client()
    await own.query("SET timezone = 'Asia/Tokyo'")
    await own.query('BEGIN')
    await own.query("SET LOCAL datestyle = 'German'")
    expect(await lines(own, "SELECT '2026-01-02 00:00:00Z'::timestamptz")).toEqual([
      '02.01.2026 09:00:00 JST',
    ])
    await own.query('ROLLBACK')
    expect(await lines(own, "SELECT '2026-01-02 00:00:00Z'::timestamptz")).toEqual(['2026-01-02 09:00:00+09'])
    const [time] = await lines(
      own,
      'SELECT expires_at FROM iam.invitations WHERE expires_at IS NOT NULL LIMIT 1',
    )
    expect(time).toMatch(/\+09$/)
    await own.query("SET search_path = iam; SET statement_timeout = '20s'")
    expect(await lines(own, 'SELECT count(*) FROM users')).toEqual(['140'])
    await own.query('DISCARD ALL')
    expect(await stateOf(own, 'SELECT count(*) FROM users')).toBe('42P01')
  })

  it('fetches from cursors', async () => {
    const own = await server.client()
    await own.query(
      'BEGIN; DECLARE c CURSOR FOR SELECT id FROM iam.users; DECLARE o CURSOR FOR SELECT id FROM iam.users ORDER BY 1 DESC',
    )
    expect((await own.query('FETCH 2 FROM c')).rows).toHaveLength(2)
    expect((await own.query('MOVE 100 FROM c')).rowCount).toBe(100)
    expect((await own.query('FETCH ALL FROM c')).rows).toHaveLength(38)
    expect((await own.query('FETCH ALL c')).rows).toHaveLength(0)
    expect((await own.query('FETCH NEXT o')).rows).toHaveLength(1)
    expect(await stateOf(own, 'FETCH PRIOR FROM o')).toBe('55000')
    expect(await stateOf(own, 'FETCH o')).toBe('25P02')
    await own.query('ROLLBACK')
    expect(await stateOf(own, 'FETCH o')).toBe('34000')
  })

  it.each([
    ["kafka_topics WHERE environment = 'env-nope'", "no environment has the id 'env-nope'"],
    ["kafka_topics WHERE cluster = 'lkc-nope'", "no cluster has the id 'lkc-nope'"],
    [
      "clusters c JOIN org.environments e ON e.id = c.environment WHERE e.id = 'env-nope'",
      "no environment has the id 'env-nope'",
    ],
    ["clusters WHERE environment_name = 'Production'", '"environment_name" = \'Production\': 1 row has'],
  ])('says why nothing is found in %s', async (from, notice) => {
    const own = await server.client()
    const notices: (string | undefined)[] = []
    own.on('notice', ({ message }) => notices.push(message))
    expect(await lines(own, `SELECT count(*) FROM ${from}`)).toEqual(['0'])
    expect(notices).toEqual([expect.stringContaining(notice)])
  })

  it('tells what the session tells of an answer', async () => {
    const own = await server.client()
    const notices: (string | undefined)[] = []
    own.on('notice', notice => notices.push(notice.message))
    const topics = "SELECT cluster_id FROM kafka.topics WHERE topic_name = 'fraud.dlq'"
    for (const sql of [topics, `${topics} ORDER BY 1`]) {
      expect((await lines(own, sql)).length).toBeGreaterThan(0)
      expect(notices.splice(0)).toContainEqual(expect.stringContaining('where rest_endpoint is empty'))
    }
  })

  it('lists what confluentql lists', async () => {
    expect((await lines(client, 'SHOW SERVICES IN confluent')).length).toBeGreaterThan(20)
    expect((await lines(client, 'DESCRIBE iam.users')).length).toBeGreaterThan(5)
  })
})

describe('errors', () => {
  it.each([
    ['SELECT id FRM iam.users', '42601'],
    ['SELECT nothing FROM iam.users', '42703'],
    ['SELECT * FROM iam.nothing', '42P01'],
    ["INSERT INTO iam.invitations (email) VALUES ('a@example.com')", '25006'],
    ['WITH x AS (DELETE FROM iam.users RETURNING id) SELECT * FROM x', '42501'],
    ['CREATE TABLE x (a int)', '0A000'],
    ['DO $$ BEGIN END $$', '0A000'],
    ['COPY iam.users FROM STDIN', '0A000'],
    ["COPY iam.users TO '/tmp/x'", '0A000'],
    ['SET ROLE postgres', '0A000'],
    ['SET SESSION AUTHORIZATION postgres', '0A000'],
    ["SET client_encoding = 'LATIN1'", '0A000'],
    ['SET standard_conforming_strings = off', '0A000'],
    ['SET no_such_setting = 1', '42704'],
    ['EXPLAIN ANALYZE SELECT 1', '0A000'],
    ['DECLARE c CURSOR FOR SELECT 1', '25P01'],
    ["SELECT pg_read_file('/etc/passwd')", '42501'],
  ])('%s: %s', async (sql, state) => {
    expect(await stateOf(client, sql)).toBe(state)
    expect(await lines(client, 'SELECT 1')).toEqual(['1'])
  })

  it('gives the position in the text of the client', async () => {
    const at = async (sql: string): Promise<string | undefined> => {
      try {
        await client.query(sql)
      } catch (error) {
        return (error as pg.DatabaseError).position
      }
      return undefined
    }
    expect(await at('SELECT 1; SELECT nothing')).toBe('18')
    expect(await at("-- é\nSELECT 'ü', nothing")).toBe('18')
  })
})

describe('an unknown table', () => {
  it.each([
    ['SELECT * FROM users', 'did you mean iam.users?'],
    ['SELECT count(*) FROM iam.usres', 'did you mean iam.users?'],
    [
      'SELECT * FROM topics',
      'did you mean rtce.topics, tableflow.topics, kafka.topics or public.kafka_topics?',
    ],
    ['SELECT * FROM confluent.kafka_topic', 'did you mean public.kafka_topics?'],
    ['SELECT * FROM nothing_like_it', undefined],
  ])('%s', async (sql, hint) => {
    await expect(client.query(sql)).rejects.toMatchObject({ code: '42P01', hint })
  })
})
