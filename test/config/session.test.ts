import { describe, expect, it, onTestFinished } from 'vitest'
import type { Value } from '../../src/catalog/types.ts'
import { Session, type SessionOptions } from '../../src/index.ts'
import { compiledDir } from '../catalog/compiled.ts'
import { basic, sentTo } from '../http/planes.ts'
import { json, serve, type TestServer } from '../http/support.ts'
import { configFile, profileOf } from './support.ts'

const CLOUD = { CONFLUENT_CLOUD_API_KEY: 'cloud-key', CONFLUENT_CLOUD_API_SECRET: 'cloud-secret' }
const JOINED = `SELECT c.id, t.topic_name FROM confluent.managed_kafka_clusters.clusters c
  JOIN kafka.kafka.topics t ON t.cluster_id = c.id AND t.rest_endpoint = c.spec.http_endpoint WHERE c.environment = 'env-1' ORDER BY 1`

/** An organization with a server for the API and one for each cluster, of which `lkc-3` has none yet. */
async function organization(): Promise<{ cloud: TestServer; planes: TestServer[] }> {
  const planes = await Promise.all(
    [1, 2].map(n =>
      serve((_, response) =>
        json(response, { data: [{ topic_name: `topic-${n}`, cluster_id: `lkc-${n}` }] }),
      ),
    ),
  )
  const endpoints = [...planes.map(({ url }) => url), '']
  const cloud = await serve((_, response) =>
    json(response, {
      data: endpoints.map((url, i) => ({
        id: `lkc-${i + 1}`,
        spec: { display_name: `c${i + 1}`, http_endpoint: url, environment: { id: 'env-1' } },
      })),
      metadata: {},
    }),
  )
  return { cloud, planes }
}

function open(options: SessionOptions): {
  rows: (sql: string) => Promise<(readonly Value[])[]>
  notices: string[]
} {
  const notices: string[] = []
  const session = new Session({
    builtIn: compiledDir(),
    retries: 0,
    onNotice: text => notices.push(text),
    ...options,
  })
  onTestFinished(() => session.close())
  const rows = async (sql: string): Promise<(readonly Value[])[]> => {
    const all: (readonly Value[])[] = []
    for await (const result of session.run(sql)) {
      for await (const row of result.rows) all.push([...row])
      result.finish()
    }
    return all
  }
  return { rows, notices }
}

describe('clusters of an organization', () => {
  it('are each called at their own address with their own key; one without an address is skipped with a notice', async () => {
    const { cloud, planes } = await organization()
    const { home } = configFile(`profiles:
  default:
    endpoints: { cloud: '${cloud.url}' }
    credentials:
      - { for: lkc-1, key: key-1, secret: { env: SECRET_1 } }
      - { for: lkc-2, key: key-2, secret: secret-2 }
`)
    const { rows, notices } = open({ env: { ...CLOUD, XDG_CONFIG_HOME: home, SECRET_1: 'secret-1' } })
    expect(await rows(JOINED)).toEqual([
      ['lkc-1', 'topic-1'],
      ['lkc-2', 'topic-2'],
    ])
    expect(planes.map(sentTo)).toEqual([[basic('key-1', 'secret-1')], [basic('key-2', 'secret-2')]])
    expect(sentTo(cloud)).toEqual([basic('cloud-key', 'cloud-secret')])
    expect(notices).toEqual([
      'kafka.kafka.topics was not read for cluster_id lkc-3, where rest_endpoint is empty (a cluster that is still being provisioned has none)',
    ])
  })

  it('are not called at all when one has no key', async () => {
    const { cloud, planes } = await organization()
    const profile = await profileOf('credentials: [{ for: lkc-1, key: key-1, secret: secret-1 }]')
    const { rows } = open({ env: { ...CLOUD, CONFLUENT_CLOUD_ENDPOINT: cloud.url }, profile })
    await expect(rows(JOINED)).rejects.toMatchObject({
      code: 'CREDENTIALS',
      message: expect.stringContaining(`no credentials for kafka at ${planes[1]!.url} (lkc-2)`),
    })
    expect(planes.map(({ seen }) => seen.length)).toEqual([0, 0])
  })

  it('are not called with one key for all', async () => {
    const { cloud, planes } = await organization()
    const { rows } = open({
      env: { ...CLOUD, CONFLUENT_CLOUD_ENDPOINT: cloud.url, KAFKA_API_KEY: 'k', KAFKA_API_SECRET: 's' },
    })
    await expect(rows(JOINED)).rejects.toMatchObject({
      code: 'CREDENTIALS',
      message: expect.stringContaining('which of them KAFKA_API_KEY and KAFKA_API_SECRET are for'),
    })
    expect(planes.map(({ seen }) => seen.length)).toEqual([0, 0])
  })
})

describe('one cluster', () => {
  const ONE = "SELECT topic_name, rest_endpoint FROM kafka.kafka.topics WHERE cluster_id = 'lkc-1'"

  it('is reached with variables only', async () => {
    const {
      planes: [plane],
    } = await organization()
    const { rows } = open({
      env: { KAFKA_API_KEY: 'k', KAFKA_API_SECRET: 's', KAFKA_REST_ENDPOINT: plane!.url },
    })
    expect(await rows(ONE)).toEqual([['topic-1', plane!.url]])
    expect(sentTo(plane!)).toEqual([basic('k', 's')])
  })

  it('is reached with a profile only; the address in the statement takes precedence', async () => {
    const {
      planes: [plane, other],
    } = await organization()
    const profile = await profileOf(
      `endpoints: { lkc-1: '${plane!.url}', kafka: '${other!.url}' }\ncredentials: [{ for: lkc-1, key: k, secret: s }, { for: kafka, key: l, secret: t }]`,
    )
    const { rows } = open({ env: {}, profile })
    expect(await rows(ONE)).toEqual([['topic-1', plane!.url]])
    expect(await rows(`${ONE.replace('lkc-1', 'lkc-2')} AND rest_endpoint = '${other!.url}'`)).toEqual([
      ['topic-2', other!.url],
    ])
    expect([sentTo(plane!), sentTo(other!)]).toEqual([[basic('k', 's')], [basic('l', 't')]])
  })

  it('without an address is refused before any request, with the ways to give it', async () => {
    const { rows } = open({ env: { KAFKA_API_KEY: 'k', KAFKA_API_SECRET: 's' }, requireKeys: true })
    await expect(rows(ONE)).rejects.toMatchObject({
      code: 'MISSING_PARAMETER',
      message: expect.stringMatching(/^kafka.kafka.topics needs "rest_endpoint"/),
      hint: expect.stringContaining('a profile can have it, or KAFKA_REST_ENDPOINT'),
    })
    await expect(
      rows("INSERT INTO kafka.kafka.topics (cluster_id, topic_name) VALUES ('lkc-1', 'a')"),
    ).rejects.toMatchObject({
      code: 'MISSING_PARAMETER',
      message: expect.stringContaining('"rest_endpoint"'),
    })
    await expect(
      rows("DELETE FROM kafka.kafka.topics WHERE cluster_id = 'lkc-1' AND topic_name = 'a'"),
    ).rejects.toMatchObject({
      code: 'MISSING_PARAMETER',
      message: expect.stringContaining('"rest_endpoint"'),
    })
  })

  it('without an address is refused by a profile that requires keys', async () => {
    const { rows } = open({ env: CLOUD, profile: await profileOf('require_keys: true') })
    await expect(rows(ONE)).rejects.toMatchObject({
      code: 'MISSING_PARAMETER',
      message: expect.stringContaining('needs "rest_endpoint"'),
    })
    await expect(profileOf('require_keys: perhaps')).rejects.toThrow(
      'profiles.default.require_keys must be true or false',
    )
  })

  it('without an address is looked for in the organization, and the error says why', async () => {
    const { rows } = open({ env: { KAFKA_API_KEY: 'k', KAFKA_API_SECRET: 's' } })
    await expect(rows(ONE)).rejects.toMatchObject({
      code: 'CREDENTIALS',
      message: expect.stringContaining('no credentials for cloud'),
      hint: expect.stringContaining(
        'confluent.org.environments is read because the statement does not give rest_endpoint of kafka.kafka.topics',
      ),
    })
  })

  it('without an address is asked at the one that the organization says', async () => {
    const {
      cloud,
      planes: [plane],
    } = await organization()
    const { rows, notices } = open({
      env: { ...CLOUD, CONFLUENT_CLOUD_ENDPOINT: cloud.url, KAFKA_API_KEY: 'k', KAFKA_API_SECRET: 's' },
    })
    expect(await rows(ONE)).toEqual([['topic-1', plane!.url]])
    expect(sentTo(plane!)).toEqual([basic('k', 's')])
    expect(notices).toEqual(['rest_endpoint not given: asked for 1 cluster (kafka.kafka.topics)'])
  })

  it('is changed at the address where it is read', async () => {
    const {
      planes: [plane],
    } = await organization()
    const { rows } = open({
      env: { KAFKA_API_KEY: 'k', KAFKA_API_SECRET: 's', KAFKA_REST_ENDPOINT: plane!.url },
    })
    await rows("DELETE FROM kafka.kafka.topics WHERE cluster_id = 'lkc-1' AND topic_name = 'a'")
    await rows(
      `INSERT INTO kafka.kafka.topics (cluster_id, topic_name, rest_endpoint) VALUES ('lkc-1', 'b', '${plane!.url}')`,
    )
    expect(plane!.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'DELETE /kafka/v3/clusters/lkc-1/topics/a',
      'POST /kafka/v3/clusters/lkc-1/topics',
    ])
    await expect(
      rows(
        "INSERT INTO kafka.kafka.topics (cluster_id, topic_name, rest_endpoint) VALUES ('lkc-1', 'b', 'https://evil.example')",
      ),
    ).rejects.toMatchObject({ code: 'CREDENTIALS' })
    await expect(
      rows(
        "INSERT INTO kafka.kafka.topics (cluster_id, topic_name, rest_endpoint) VALUES ('lkc-1', 'b', '')",
      ),
    ).rejects.toMatchObject({ code: 'VALUE', message: expect.stringContaining('rest_endpoint is empty') })
  })

  it('whose address is empty in the statement gives no row and a notice', async () => {
    const { rows, notices } = open({ env: { KAFKA_API_KEY: 'k', KAFKA_API_SECRET: 's' } })
    expect(await rows(`${ONE} AND rest_endpoint = ''`)).toEqual([])
    expect(notices).toHaveLength(1)
  })
})

describe('EXPLAIN', () => {
  const request = async (
    env: Record<string, string>,
    sql: string,
    options: SessionOptions = {},
  ): Promise<Value | undefined> => {
    const all = await open({ env, ...options }).rows(`EXPLAIN ${sql}`)
    return all.at(-1)?.[4]
  }

  it('shows the address, or its source, and needs no credential', async () => {
    const one = "SELECT topic_name FROM kafka.kafka.topics WHERE cluster_id = 'lkc-1'"
    expect(await request({}, `${one} AND rest_endpoint = 'https://statement.example'`)).toBe(
      'GET https://statement.example/kafka/v3/clusters/lkc-1/topics',
    )
    expect(await request({ KAFKA_REST_ENDPOINT: 'https://variable.example' }, one)).toBe(
      'GET https://variable.example/kafka/v3/clusters/lkc-1/topics',
    )
    expect(await request({}, JOINED)).toMatch(
      /^GET \{.*http_endpoint.*\}\/kafka\/v3\/clusters\/\{.*id.*\}\/topics$/,
    )
    const profile = await profileOf("endpoints: { lkc-1: 'https://one.example' }")
    expect(
      await request({}, JOINED.replace('AND t.rest_endpoint = c.spec.http_endpoint', ''), { profile }),
    ).toMatch(/^GET \{rest_endpoint\}\/kafka\/v3\/clusters\/\{.*id.*\}\/topics$/)
    expect(
      await request(
        {},
        "DELETE FROM kafka.kafka.topics WHERE cluster_id = 'lkc-1' AND topic_name = 'a' AND rest_endpoint = 'https://statement.example'",
      ),
    ).toContain('DELETE {rest_endpoint}/kafka/v3/clusters/{cluster_id}/topics/{topic_name}')
  })
})

describe('a profile that names a host of no provider', () => {
  const read = async (lines: string): Promise<{ rows: (readonly Value[])[]; notices: string[] }> => {
    const { cloud } = await organization()
    const { home } = configFile(`profiles:\n  default:\n    ${lines}\n`)
    const { rows, notices } = open({
      env: { ...CLOUD, CONFLUENT_CLOUD_ENDPOINT: cloud.url, XDG_CONFIG_HOME: home },
    })
    return {
      rows: await rows(
        "SELECT id FROM confluent.managed_kafka_clusters.clusters WHERE environment = 'env-1'",
      ),
      notices,
    }
  }

  it.each([
    ['endpoints: { github: https://github.example }', 'endpoints.github'],
    ['credentials: [{ for: github, token: secret-text }]', 'credentials.0.for'],
    ['variables: { github: { a: b } }', 'variables.github'],
  ])('is read, and a notice says that it is not used: %s', async (lines, path) => {
    const { rows, notices } = await read(lines)
    expect(rows).toHaveLength(3)
    expect(notices).toEqual([
      expect.stringMatching(
        new RegExp(
          `:3: profiles.default.${path} is neither a kind of host .*, and is not used; other providers are known once they are added`,
        ),
      ),
    ])
  })

  // without `sts` among the kinds of hosts that take credentials
  it.each([
    ['endpoints: { sts: https://sts.example }', []],
    [
      'credentials: [{ for: sts, key: k, secret: s }]',
      [
        expect.stringMatching(
          /:3: profiles\.default\.credentials\.0\.for is a host that takes no credentials or variables, and is not used$/,
        ),
      ],
    ],
  ])('may be one that takes no credentials, for its base URL: %s', async (lines, expected) => {
    const { rows, notices } = await read(lines)
    expect(rows).toHaveLength(3)
    expect(notices).toEqual(expected)
  })

  it('is refused if it is a misspelling', async () => {
    await expect(read('credentials: [{ for: kafak, key: k, secret: s }]')).rejects.toThrow(
      'did you mean kafka?',
    )
  })
})

describe('another profile', () => {
  const USERS = 'SELECT id FROM confluent.iam.users'
  const two = async (): Promise<{ one: TestServer; other: TestServer; session: Session }> => {
    const users = (id: string): Promise<TestServer> =>
      serve((_, response) => json(response, { data: [{ id }], metadata: {} }))
    const [one, other] = [await users('u-1'), await users('u-2')]
    const { home } = configFile(`profiles:
  default: { endpoints: { cloud: '${one.url}' }, credentials: [{ for: cloud, key: K1, secret: S1 }] }
  prod: { endpoints: { cloud: '${other.url}' }, credentials: [{ for: cloud, key: K2, secret: S2 }] }
`)
    const session = new Session({ builtIn: compiledDir(), env: { XDG_CONFIG_HOME: home } })
    onTestFinished(() => session.close())
    return { one, other, session }
  }
  const rowsOf = async (session: Session, sql: string): Promise<unknown[][]> => {
    const all: unknown[][] = []
    for await (const result of session.run(sql)) {
      for await (const row of result.rows) all.push([...row])
      result.finish()
    }
    return all
  }

  it('is used from then on, with its own key; tables of the session stay', async () => {
    const { one, other, session } = await two()
    expect(await rowsOf(session, `CREATE TABLE mine AS ${USERS}; SELECT * FROM mine`)).toEqual([['u-1']])
    await session.useProfile('prod')
    expect(await rowsOf(session, `${USERS} UNION ALL SELECT id FROM mine`)).toEqual([['u-2'], ['u-1']])
    expect([sentTo(one), sentTo(other)]).toEqual([[basic('K1', 'S1')], [basic('K2', 'S2')]])
  })

  it('that does not exist leaves the session with its profile', async () => {
    const { other, session } = await two()
    await expect(session.useProfile('none')).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('there is no profile "none"'),
    })
    expect(await rowsOf(session, USERS)).toEqual([['u-1']])
    expect(other.seen).toEqual([])
  })
})
