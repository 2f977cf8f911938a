import { describe, expect, it, onTestFinished } from 'vitest'
import type { Value } from '../../src/catalog/types.ts'
import { Session, type SessionOptions } from '../../src/index.ts'
import { compiledDir } from '../catalog/compiled.ts'
import { profileOf } from '../config/support.ts'
import { json, serve } from '../http/support.ts'

/** The clusters of two environments; `lkc-3` has no address yet. */
const CLUSTERS = [
  ['lkc-1', 'env-1'],
  ['lkc-2', 'env-2'],
  ['lkc-3', 'env-2'],
] as const

interface World {
  /** URLs of the two clusters that have one, and of a proxy that serves the first. */
  readonly urls: readonly string[]
  readonly cloud: string
  /** `one GET /kafka/…` of the requests to clusters, emptied by reading. */
  asked(): string[]
  rows(sql: string, options?: SessionOptions): Promise<(readonly Value[])[]>
  readonly notices: string[]
}

/** An organization whose clusters each have a server of their own, which answers 404 for any other cluster. */
async function startWorld(): Promise<World> {
  const log: string[] = []
  const notices: string[] = []
  const plane = (name: string, id: string) =>
    serve(({ method, url }, response) => {
      log.push(`${name} ${method} ${url}`)
      const [cluster, , object] = url.slice('/kafka/v3/clusters/'.length).split('/')
      if (cluster !== id || (object !== undefined && !/^[ab]-/.test(object)))
        return json(response, { error_code: 404, message: 'no' }, 404)
      const topics = ['a', 'b'].map(t => ({ topic_name: `${t}-${id}`, cluster_id: id }))
      const groups = [{ consumer_group_id: `g-${id}`, cluster_id: id }]
      const found =
        object === undefined
          ? { data: url.endsWith('topics') ? topics : groups }
          : { topic_name: object, cluster_id: id }
      json(response, method === 'GET' ? found : {}, method === 'DELETE' ? 204 : 200)
    })
  const [one, two, proxy] = [
    await plane('one', 'lkc-1'),
    await plane('two', 'lkc-2'),
    await plane('proxy', 'lkc-1'),
  ]
  const urls: Record<string, string> = { 'lkc-1': one.url, 'lkc-2': two.url }
  const cloud = await serve(({ url, query }, response) => {
    const data = url.includes('/environments')
      ? [{ id: 'env-1' }, { id: 'env-2' }]
      : CLUSTERS.filter(([, environment]) => environment === query.get('environment')).map(
          ([id, environment]) => ({
            id,
            spec: {
              display_name: `name of ${id}`,
              http_endpoint: urls[id] ?? '',
              environment: { id: environment },
            },
          }),
        )
    json(response, { data, metadata: {} })
  })
  const env = {
    CONFLUENT_CLOUD_ENDPOINT: cloud.url,
    CONFLUENT_CLOUD_API_KEY: 'k',
    CONFLUENT_CLOUD_API_SECRET: 's',
  }
  return {
    urls: [one.url, two.url, proxy.url],
    cloud: cloud.url,
    notices,
    asked: () => log.splice(0),
    async rows(sql, options = {}) {
      const session = new Session({
        builtIn: compiledDir(),
        retries: 0,
        onNotice: text => notices.push(text),
        ...options,
        profile:
          options.profile
          ?? (await profileOf(
            `credentials: [${[one, two, proxy].map(p => `{ for: '${p.url}', key: k, secret: s }`).join(', ')}]`,
          )),
        env: { ...env, ...options.env },
      })
      onTestFinished(() => session.close())
      const all: (readonly Value[])[] = []
      for await (const result of session.run(sql)) {
        for await (const row of result.rows) all.push([...row])
        result.finish()
      }
      return all
    },
  }
}

const C = 'confluent.managed_kafka_clusters.clusters'
const T = 'kafka.kafka.topics'
const BOTH = [
  ['lkc-1', 'a-lkc-1'],
  ['lkc-1', 'b-lkc-1'],
  ['lkc-2', 'a-lkc-2'],
  ['lkc-2', 'b-lkc-2'],
]
const ASKED = ['one GET /kafka/v3/clusters/lkc-1/topics', 'two GET /kafka/v3/clusters/lkc-2/topics']

it('asks no cluster for the ids of others where they come from rows with further keys', async () => {
  const { rows, asked } = await startWorld()
  const pairs =
    "VALUES ('lkc-1', 'a-lkc-1'), ('lkc-2', 'b-lkc-2'), ('lkc-2', 'a-lkc-1'), ('lkc-3', 'x'), (NULL, 'x')"
  const sql = `CREATE TABLE pairs AS ${pairs}; SELECT cluster_id, topic_name FROM ${T} WHERE (cluster_id, topic_name) IN (SELECT column1, column2 FROM pairs) ORDER BY 1`
  const found = await rows(sql)
  expect(found.slice(-2)).toEqual([
    ['lkc-1', 'a-lkc-1'],
    ['lkc-2', 'b-lkc-2'],
  ])
  expect(asked().sort()).toEqual(ASKED)
})

it('asks each cluster for many keys in a list, those without a URL in their row at the one of the environment', async () => {
  const { rows, asked, notices, urls } = await startWorld()
  const many = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 30), k(name) AS MATERIALIZED (SELECT iif(i = 0, 'a-lkc-1', 'x' || i) FROM n)`
  const sql = (ids: string) =>
    `${many} SELECT t.topic_name FROM ${C} c JOIN ${T} t ON t.cluster_id = c.id JOIN k ON t.topic_name = k.name WHERE c.id IN (${ids})`
  const env = { KAFKA_REST_ENDPOINT: urls[2]!, KAFKA_ID: 'lkc-3' }
  expect(await rows(sql("'lkc-1', 'lkc-3'"), { env })).toEqual([['a-lkc-1']])
  expect(asked().sort()).toEqual([ASKED[0], 'proxy GET /kafka/v3/clusters/lkc-3/topics'])
  notices.length = 0
  expect(await rows(sql("'lkc-1', 'lkc-3'"))).toEqual([['a-lkc-1']])
  expect(asked()).toEqual([ASKED[0]])
  expect(notices).toContainEqual(expect.stringContaining('where rest_endpoint is empty'))
})

describe('the base URL of a cluster whose id comes from rows is that of its row, with KAFKA_REST_ENDPOINT set', () => {
  it.each([
    ['a join', `SELECT c.id, t.topic_name FROM ${C} c JOIN ${T} t ON t.cluster_id = c.id ORDER BY 1, 2`],
    [
      'a join with USING',
      `SELECT cluster_id, topic_name FROM (SELECT id AS cluster_id FROM ${C}) JOIN ${T} USING (cluster_id) ORDER BY 1, 2`,
    ],
    [
      'IN over a subquery',
      `SELECT cluster_id, topic_name FROM ${T} WHERE cluster_id IN (SELECT id FROM ${C}) ORDER BY 1, 2`,
    ],
    ['no condition', `SELECT cluster_id, topic_name FROM ${T} ORDER BY 1, 2`],
    [
      'a list of ids',
      `SELECT cluster_id, topic_name FROM ${T} WHERE cluster_id IN ('lkc-1', 'lkc-2') ORDER BY 1, 2`,
    ],
    [
      'OR',
      `SELECT cluster_id, topic_name FROM ${T} WHERE cluster_id = 'lkc-1' OR cluster_id = 'lkc-2' AND topic_name <> 'x' ORDER BY 1, 2`,
    ],
    [
      'a view around it',
      `CREATE TEMP VIEW all_topics AS SELECT * FROM ${T}; SELECT c.id, t.topic_name FROM ${C} c JOIN all_topics t ON t.cluster_id = c.id ORDER BY 1, 2`,
    ],
    [
      'ids of a table of the session',
      `CREATE TEMP TABLE mine AS SELECT id FROM ${C}; SELECT m.id, t.topic_name FROM mine m JOIN ${T} t ON t.cluster_id = m.id ORDER BY 1, 2`,
    ],
  ])('%s', async (_, sql) => {
    const world = await startWorld()
    expect(await world.rows(sql, { env: { KAFKA_REST_ENDPOINT: world.urls[0] } })).toEqual(BOTH)
    expect(world.asked().sort()).toEqual(ASKED)
  })

  it('a profile that has one URL for all clusters', async () => {
    const world = await startWorld()
    const profile = await profileOf(
      `{ endpoints: { kafka: '${world.urls[0]}' }, credentials: [${world.urls.map(url => `{ for: '${url}', key: k, secret: s }`).join(', ')}] }`,
    )
    expect(
      await world.rows(
        `SELECT c.id, t.topic_name FROM ${C} c JOIN ${T} t ON t.cluster_id = c.id ORDER BY 1, 2`,
        { profile },
      ),
    ).toEqual(BOTH)
    expect(world.asked().sort()).toEqual(ASKED)
  })
})

describe('the base URL of a cluster that the statement names', () => {
  const one = `SELECT cluster_id, topic_name FROM ${T} WHERE cluster_id = 'lkc-1' ORDER BY 1, 2`

  it('is KAFKA_REST_ENDPOINT, such as a proxy; the cloud is not asked', async () => {
    const world = await startWorld()
    const env = { KAFKA_REST_ENDPOINT: world.urls[2], CONFLUENT_CLOUD_ENDPOINT: 'http://127.0.0.1:1' }
    expect(await world.rows(one, { env })).toEqual(BOTH.slice(0, 2))
    await world.rows(one.replace("= 'lkc-1'", "IN ('lkc-1')"), { env })
    expect(world.asked()).toEqual(Array(2).fill('proxy GET /kafka/v3/clusters/lkc-1/topics'))
  })

  it('is not believed to be KAFKA_REST_ENDPOINT after a 404 until that address is seen to have the cluster', async () => {
    const { rows, asked, urls } = await startWorld()
    const env = { KAFKA_REST_ENDPOINT: urls[0] }
    const topic = (id: string, name: string) =>
      `FROM ${T} WHERE cluster_id = '${id}' AND topic_name = '${name}'`
    // the topic is in lkc-2, at another address: no rows would be wrong
    for (const sql of [
      `SELECT * ${topic('lkc-2', 'a-lkc-2')}`,
      `SELECT count(*) ${topic('lkc-2', 'a-lkc-2')}`,
      `DELETE ${topic('lkc-2', 'a-lkc-2')}`,
      `SELECT 1 FROM ${T} WHERE cluster_id = 'lkc-2'`,
      `SELECT 1 FROM kafka.kafka.clusters WHERE cluster_id = 'lkc-2'`,
    ])
      await expect(rows(sql, { env })).rejects.toMatchObject({
        message: expect.stringMatching(/: 404; lkc-2 is not found at KAFKA_REST_ENDPOINT$/),
        hint: `Give the address of lkc-2 as rest_endpoint, or in the profile (endpoints: { lkc-2: 'https://…' })`,
      })
    asked()
    expect(await rows(`SELECT * ${topic('lkc-1', 'x')}; SELECT * ${topic('lkc-1', 'y')}`, { env })).toEqual(
      [],
    )
    expect(asked().map(line => line.replace('one GET /kafka/v3/clusters/', ''))).toEqual([
      'lkc-1/topics/x',
      'lkc-1',
      'lkc-1/topics/y',
    ])
    // an address that is known to be the cluster's is not checked
    await rows(`SELECT * ${topic('lkc-1', 'x')}`, { env: { ...env, KAFKA_ID: 'lkc-1' } })
    expect(asked()).toEqual(['one GET /kafka/v3/clusters/lkc-1/topics/x'])
  })

  it('is KAFKA_REST_ENDPOINT where another key comes from rows', async () => {
    const world = await startWorld()
    const sql = `SELECT count(*) FROM (VALUES ('a-lkc-1')) v JOIN ${T} t ON t.topic_name = v.column1 AND t.cluster_id = 'lkc-1'`
    await world.rows(sql, { env: { KAFKA_REST_ENDPOINT: world.urls[2] } })
    expect(world.asked()).toEqual(['proxy GET /kafka/v3/clusters/lkc-1/topics/a-lkc-1'])
  })
})

describe('a URL that the user has for the very cluster', () => {
  const joined = `SELECT t.cluster_id, t.topic_name, t.rest_endpoint = :proxy FROM ${C} c JOIN ${T} t ON t.cluster_id = c.id ORDER BY 1, 2`
  const rows = BOTH.map(row => [...row, row[0] === 'lkc-1' ? 1 : 0])
  const asked = ['proxy GET /kafka/v3/clusters/lkc-1/topics', ASKED[1]]

  it.each([
    ['a join', joined],
    ['no condition', `SELECT cluster_id, topic_name, rest_endpoint = :proxy FROM ${T} ORDER BY 1, 2`],
  ])('comes before that of its row: %s', async (_, sql) => {
    const world = await startWorld()
    const [one, , proxy] = world.urls
    const variables = { proxy: proxy! }
    const keys = `credentials: [${world.urls.map(url => `{ for: '${url}', key: k, secret: s }`).join(', ')}]`
    const profile = await profileOf(`{ endpoints: { kafka: '${one}', lkc-1: '${proxy}' }, ${keys} }`)
    expect(await world.rows(sql, { profile, variables })).toEqual(rows)
    expect(world.asked().sort()).toEqual(asked)
    // KAFKA_ID says whose URL the variable is
    const env = { KAFKA_REST_ENDPOINT: proxy, KAFKA_ID: 'lkc-1' }
    expect(await world.rows(sql, { env, variables })).toEqual(rows)
    expect(world.asked().sort()).toEqual(asked)
  })

  it('is not that of another one, whose URL is that of its row', async () => {
    const world = await startWorld()
    const env = { KAFKA_REST_ENDPOINT: world.urls[2], KAFKA_ID: 'lkc-1' }
    for (const id of ['lkc-1', 'lkc-2'])
      await world.rows(`SELECT 1 FROM ${T} WHERE cluster_id = '${id}'`, { env })
    expect(world.asked()).toEqual(asked)
  })

  it('is enough where each cluster has one; the cloud is not asked', async () => {
    const world = await startWorld()
    const [one, two] = world.urls
    const keys = `credentials: [${world.urls.map(url => `{ for: '${url}', key: k, secret: s }`).join(', ')}]`
    const profile = await profileOf(`{ endpoints: { lkc-1: '${one}', lkc-2: '${two}' }, ${keys} }`)
    const env = { CONFLUENT_CLOUD_ENDPOINT: 'http://127.0.0.1:1' }
    for (const where of [
      "cluster_id IN ('lkc-1', 'lkc-2')",
      "cluster_id IN (SELECT 'lkc-1' UNION VALUES ('lkc-2'))",
    ])
      expect(
        await world.rows(`SELECT cluster_id, topic_name FROM ${T} WHERE ${where} ORDER BY 1, 2`, {
          profile,
          env,
        }),
      ).toEqual(BOTH)
  })
})

describe('clusters that are not asked', () => {
  it('are named: those without a URL, and those that are in no row of the parent', async () => {
    const world = await startWorld()
    const env = { KAFKA_REST_ENDPOINT: world.urls[0] }
    const sql = `CREATE TEMP TABLE mine AS SELECT id FROM ${C} UNION VALUES ('lkc-gone'), ('other'); SELECT t.cluster_id, topic_name FROM mine m JOIN ${T} t ON t.cluster_id = m.id`
    expect(await world.rows(`${sql} ORDER BY 1, 2`, { env })).toEqual(BOTH)
    expect(world.notices.slice(-3)).toEqual([
      `${T} was not read for cluster_id lkc-3, where rest_endpoint is empty (a cluster that is still being provisioned has none)`,
      `${T} was not read for cluster_id lkc-gone, cluster_id other: ${C} has no such row`,
      `rest_endpoint not given: asked for each of 2 clusters (${T})`,
    ])
    world.notices.length = 0
    await world.rows(`${sql} WHERE t.cluster_id LIKE 'lkc-%' AND m.id LIKE '%1'`, { env })
    expect(world.notices.filter(n => n.includes('no such row'))).toEqual([])
    await world.rows(`SELECT 1 FROM ${T} WHERE cluster_id IN ('lkc-1', 'lkc-gone')`, { env })
    expect(world.notices.filter(n => n.includes('no such row'))).toEqual([
      `${T} was not read for cluster_id lkc-gone: ${C} has no such row`,
    ])
  })

  it('are an error where every key must be given', async () => {
    const world = await startWorld()
    const env = { KAFKA_REST_ENDPOINT: world.urls[0] }
    await expect(
      world.rows(`SELECT 1 FROM ${C} c JOIN ${T} t ON t.cluster_id = c.id AND c.environment = 'env-1'`, {
        env,
        requireKeys: true,
      }),
    ).rejects.toMatchObject({
      code: 'MISSING_PARAMETER',
      message: expect.stringContaining(`${T} needs "rest_endpoint"`),
    })
    expect(world.asked()).toEqual([])
  })
})

describe('a change of clusters whose ids come from rows needs the base URL, with KAFKA_REST_ENDPOINT set', () => {
  const where = "environment IN ('env-1', 'env-2') AND spec.http_endpoint <> ''"
  const keys = `SELECT t.cluster_id, topic_name, t.rest_endpoint FROM ${C} c JOIN ${T} t ON t.cluster_id = c.id AND t.rest_endpoint = c.spec.http_endpoint WHERE ${where} AND topic_name LIKE 'a-%'`

  it.each([
    [
      `DELETE FROM ${T} WHERE (cluster_id, topic_name) IN (SELECT c.id, 'a' FROM ${C} c WHERE environment = 'env-1')`,
    ],
    [
      `DELETE FROM ${T} WHERE cluster_id IN (SELECT id FROM ${C} WHERE environment = 'env-1') AND topic_name = 'a' AND configs IS NULL`,
    ],
    [`DELETE FROM ${T} WHERE cluster_id IN ('lkc-1', 'lkc-2') AND topic_name = 'a'`],
    [`INSERT INTO ${T} (cluster_id, topic_name) SELECT id, 'new' FROM ${C} WHERE environment = 'env-1'`],
    [`INSERT INTO ${T} (cluster_id, topic_name) VALUES ('lkc-1', 'new'), ('lkc-2', 'new')`],
    [
      `EXEC kafka.kafka.topics.create_kafka_topic @cluster_id = (SELECT max(id) FROM ${C} WHERE environment = 'env-1'), @topic_name = 'new'`,
    ],
  ])('%s', async sql => {
    const world = await startWorld()
    const env = { KAFKA_REST_ENDPOINT: world.urls[0] }
    await expect(world.rows(sql, { env })).rejects.toMatchObject({
      code: 'MISSING_PARAMETER',
      message: expect.stringMatching(/needs "rest_endpoint"|needs @rest_endpoint/),
    })
    expect(world.asked()).toEqual([])
  })

  it('each row is changed at the URL where it was read', async () => {
    const world = await startWorld()
    const env = { KAFKA_REST_ENDPOINT: world.urls[0] }
    await world.rows(`DELETE FROM ${T} WHERE (cluster_id, topic_name, rest_endpoint) IN (${keys})`, { env })
    await world.rows(
      `INSERT INTO ${T} (cluster_id, topic_name, rest_endpoint) SELECT id, 'new', spec.http_endpoint FROM ${C} WHERE ${where}`,
      { env },
    )
    expect(world.asked().filter(r => !r.includes('GET'))).toEqual([
      'one DELETE /kafka/v3/clusters/lkc-1/topics/a-lkc-1',
      'two DELETE /kafka/v3/clusters/lkc-2/topics/a-lkc-2',
      'one POST /kafka/v3/clusters/lkc-1/topics',
      'two POST /kafka/v3/clusters/lkc-2/topics',
    ])
  })

  it('one cluster that a query in the statement names is changed at KAFKA_REST_ENDPOINT', async () => {
    const world = await startWorld()
    const env = { KAFKA_REST_ENDPOINT: world.urls[2] }
    const named = `SELECT cluster_id, topic_name FROM ${T} WHERE cluster_id = 'lkc-1'`
    for (const sql of [
      `DELETE FROM ${T} WHERE (cluster_id, topic_name) IN (${named})`,
      `DELETE FROM ${T} WHERE (cluster_id, topic_name) IN (WITH k AS (${named}) SELECT * FROM k)`,
      `DELETE FROM ${T} WHERE (cluster_id, topic_name) IN (VALUES ('lkc-1', 'a'), ('lkc-1', 'b'))`,
      `INSERT INTO ${T} (cluster_id, topic_name) SELECT cluster_id, topic_name || '-2' FROM ${T} WHERE cluster_id = 'lkc-1'`,
    ]) {
      await world.rows(sql, { env })
      expect(
        world.asked().filter(r => !r.includes('GET')),
        sql,
      ).toHaveLength(2)
    }
    await expect(
      world.rows(
        `DELETE FROM ${T} WHERE (cluster_id, topic_name) IN (VALUES ('lkc-1', 'a'), ('lkc-2', 'b'))`,
        { env },
      ),
    ).rejects.toMatchObject({ code: 'MISSING_PARAMETER' })
    await expect(
      world.rows(`DELETE FROM ${T} WHERE cluster_id = 'lkc-' || (SELECT '1') AND topic_name = 'a'`, { env }),
    ).rejects.toMatchObject({ code: 'MISSING_PARAMETER' })
  })

  it('one cluster that the statement names is changed at KAFKA_REST_ENDPOINT', async () => {
    const world = await startWorld()
    const env = { KAFKA_REST_ENDPOINT: world.urls[2] }
    await world.rows(
      `DELETE FROM ${T} WHERE cluster_id = 'lkc-1' AND topic_name IN (SELECT topic_name FROM ${T} WHERE cluster_id = 'lkc-1' AND topic_name LIKE 'a-%')`,
      { env },
    )
    await world.rows(
      `INSERT INTO ${T} (cluster_id, topic_name) SELECT 'lkc-1', 'new-' || spec.display_name FROM ${C} WHERE environment = 'env-2'`,
      { env },
    )
    expect(new Set(world.asked().map(r => r.split(' ')[0]))).toEqual(new Set(['proxy']))
  })

  it('the hint is where to take it from', async () => {
    const world = await startWorld()
    const env = { KAFKA_REST_ENDPOINT: world.urls[0] }
    await expect(
      world.rows(
        `DELETE FROM ${T} WHERE cluster_id IN (SELECT id FROM ${C} WHERE environment = 'env-1') AND topic_name = 'a'`,
        { env },
      ),
    ).rejects.toMatchObject({
      hint: [
        `take it from the row that has the id: (cluster_id, rest_endpoint) IN (SELECT id, spec.http_endpoint FROM ${C} WHERE …) (rest_endpoint is ${C}.spec.http_endpoint)`,
        `, or store all keys of the rows first, as a SELECT finds them: CREATE TEMP TABLE found_keys AS SELECT cluster_id, topic_name, rest_endpoint FROM ${T}`,
        ` WHERE cluster_id IN (SELECT id FROM ${C} WHERE environment = 'env-1') AND topic_name = 'a'; `,
        `DELETE FROM ${T} WHERE (cluster_id, topic_name, rest_endpoint) IN (SELECT * FROM found_keys)`,
      ].join(''),
    })
  })
})

describe('EXPLAIN says where the base URL comes from', () => {
  it.each([
    [`SELECT 1 FROM ${T} WHERE cluster_id = 'lkc-1'`, '1; rest_endpoint from KAFKA_REST_ENDPOINT', null],
    [
      `SELECT 1 FROM ${C} c JOIN ${T} t ON t.cluster_id = c.id`,
      'one for each c.id, c.spec.http_endpoint',
      't.cluster_id = c.id (exact), rest_endpoint from c.spec.http_endpoint (exact)',
    ],
    [
      `SELECT 1 FROM ${T} WHERE cluster_id IN (SELECT id FROM ${C})`,
      'one for each row of step 4',
      `cluster_id IN (SELECT id FROM ${C}) (exact), rest_endpoint from ${C} (exact)`,
    ],
    [
      `DELETE FROM ${T} WHERE cluster_id = 'lkc-1' AND topic_name = 'a'`,
      'one for each row; rest_endpoint from KAFKA_REST_ENDPOINT',
      null,
    ],
  ])('%s', async (sql, requests, pushed) => {
    const world = await startWorld()
    const all = await world.rows(`EXPLAIN ${sql}`, { env: { KAFKA_REST_ENDPOINT: world.urls[0] } })
    expect(all.at(-1)![3]).toBe(requests)
    if (pushed !== null) expect(all.at(-1)![5]).toBe(pushed)
  })
})
