import { describe, expect, it } from 'vitest'
import { type Answers, asked } from './asked.ts'

const V = 'confluent.schema_registry.versions'
const REAL = { subject: 'orders-value', version: 3, id: 7, schema: '"string"' }

describe('an answer with another name of the requested subject', () => {
  it.each([
    [`${V} WHERE subject = 'alias' AND version = 3`, '/subjects/alias/versions/3'],
    [`${V} WHERE subject = 'alias' AND version = 'latest'`, '/subjects/alias/versions/latest'],
    [`${V} WHERE subject = ':.:alias' AND version = '3'`, '/subjects/:.:alias/versions/3'],
    [`confluent.schema_registry.latest_version WHERE subject = 'alias'`, '/subjects/alias/metadata'],
  ])('is a row of the requested subject: %s', async (from, path) => {
    const subject = path.split('/')[2]
    const columns = 'subject, answered_subject, version, id, schema'
    const row = [subject, 'orders-value', 3, 7, '"string"']
    expect(await asked(`SELECT ${columns} FROM ${from}`, { [path]: REAL })).toMatchObject({
      rows: [row],
      notices: [],
    })
    expect((await asked(`SELECT * FROM ${from}`, { [path]: REAL })).rows).toHaveLength(1)
    expect((await asked(`SELECT count(*) FROM ${from} AND id + 0 = 7`, { [path]: REAL })).rows).toEqual([[1]])
  })

  it('is a row of each requested subject, in a list and in a join', async () => {
    const answers = {
      '/subjects': ['alias', 'orders-value', ':.ctx:orders-value'],
      '/subjects/alias/metadata': REAL,
      '/subjects/orders-value/metadata': REAL,
      '/subjects/:.ctx:orders-value/metadata': { ...REAL, subject: ':.ctx:orders-value', id: 1 },
      '/subjects/alias/versions/latest': REAL,
      '/subjects/orders-value/versions/latest': REAL,
    }
    const joined = await asked(
      `SELECT s.subject, v.answered_subject, v.id FROM confluent.schema_registry.subjects s
       JOIN confluent.schema_registry.latest_version v ON v.subject = s.subject ORDER BY 1`,
      answers,
    )
    expect(joined.rows).toEqual([
      [':.ctx:orders-value', ':.ctx:orders-value', 1],
      ['alias', 'orders-value', 7],
      ['orders-value', 'orders-value', 7],
    ])
    const listed = await asked(
      `SELECT subject, version FROM ${V} WHERE subject IN ('alias', 'orders-value') AND version = 'latest' AND id > 0 ORDER BY 1`,
      answers,
    )
    expect(listed.rows).toEqual([
      ['alias', 3],
      ['orders-value', 3],
    ])
  })
})

describe('an answer with the id of another object', () => {
  it('is the network configuration of the requested share', async () => {
    const answers = {
      '/cdx/v1/consumer-shared-resources': { data: [{ id: 'sr-1' }, { id: 'sr-2' }] },
      '/cdx/v1/consumer-shared-resources/sr-1:network': { id: 'n-1', dns_domain: 'one' },
      '/cdx/v1/consumer-shared-resources/sr-2:network': { id: 'n-2', dns_domain: 'two' },
    }
    const from = 'confluent.stream_sharing.shared_resources_network_config'
    expect(
      await asked(`SELECT id, answered_id, dns_domain FROM ${from} WHERE id = 'sr-1'`, answers),
    ).toMatchObject({ rows: [['sr-1', 'n-1', 'one']], notices: [] })
    const sql = `SELECT r.id, n.dns_domain FROM confluent.stream_sharing.consumer_shared_resources r JOIN ${from} n ON n.id = r.id ORDER BY 1`
    expect((await asked(sql, answers)).rows).toEqual([
      ['sr-1', 'one'],
      ['sr-2', 'two'],
    ])
  })

  it.each([
    ['', '/kafka/v3/clusters/lkc-1/links/l/configs', (row: unknown) => ({ data: [row] })],
    [" AND name = 'a'", '/kafka/v3/clusters/lkc-1/links/l/configs/a', (row: unknown) => row],
  ])('is a setting of the link of the requested cluster%s', async (more, path, answer) => {
    const row = { cluster_id: 'lkc-other', link_name: 'l', name: 'a', value: 'x' }
    const sql = `SELECT cluster_id, answered_cluster_id, value FROM kafka.kafka.cluster_link_configs WHERE cluster_id = 'lkc-1' AND link_name = 'l'${more}`
    expect(await asked(sql, { [path]: answer(row) })).toMatchObject({
      rows: [['lkc-1', 'lkc-other', 'x']],
      notices: [],
    })
  })
})

const SPELLED =
  /asked for \S+ \S+, the API answered with \S+ \S+.*; the rows are shown under what was asked for$/

describe('a key that the answer spells differently, without an entry in the provider file', () => {
  it.each<[string, Answers, unknown[][], string]>([
    [
      "SELECT id, display_name FROM confluent.iam.service_accounts WHERE id = 'sa-X'",
      { '/iam/v2/service-accounts/sa-X': { id: 'sa-x', display_name: 'x' } },
      [['sa-X', 'x']],
      'asked for id sa-X, the API answered with id sa-x;',
    ],
    [
      "SELECT display_name FROM confluent.iam.service_accounts WHERE id IN ('sa-X', 'sa-2') ORDER BY 1",
      {
        '/iam/v2/service-accounts/sa-X': { id: 'sa-x', display_name: 'x' },
        '/iam/v2/service-accounts/sa-2': { id: 'sa-2', display_name: 'y' },
      },
      [['x'], ['y']],
      'asked for id sa-X, the API answered with id sa-x;',
    ],
    [
      "SELECT spec.display_name, kind FROM confluent.tableflow.topics WHERE spec.display_name = 'T' AND environment = 'env-1' AND spec.kafka_cluster = 'lkc-1'",
      {
        '/tableflow/v1/tableflow-topics/T': {
          kind: 'x',
          spec: { display_name: 't', environment: { id: 'env-1' }, kafka_cluster: { id: 'lkc-1' } },
        },
      },
      [['T', 'x']],
      'asked for spec.display_name T, the API answered with spec.display_name t;',
    ],
    [
      "SELECT cluster_id, topic_name FROM kafka.kafka.topics WHERE cluster_id = 'lkc-1'",
      {
        '/kafka/v3/clusters/lkc-1/topics': {
          data: ['a', 'b'].map(topic_name => ({ topic_name, cluster_id: 'pkc-9' })),
        },
      },
      [
        ['lkc-1', 'a'],
        ['lkc-1', 'b'],
      ],
      'asked for cluster_id lkc-1, the API answered with cluster_id pkc-9;',
    ],
    [
      "SELECT count(*) FROM kafka.kafka.topic_partitions WHERE cluster_id = 'lkc-1' AND topic_name = 't' AND partition_id = '03'",
      {
        '/kafka/v3/clusters/lkc-1/topics/t/partitions/3': {
          cluster_id: 'lkc-1',
          topic_name: 'T',
          partition_id: 3,
        },
      },
      [[1]],
      'asked for topic_name t, the API answered with topic_name T;',
    ],
  ])('%s', async (sql, answers, rows, notice) => {
    const found = await asked(sql, answers)
    expect(found.rows).toEqual(rows)
    expect(found.notices).toEqual([expect.stringContaining(notice)])
    expect(found.notices[0]).toMatch(SPELLED)
  })

  it('is the requested one if the answer has none', async () => {
    const answers = { '/iam/v2/service-accounts/sa-1': { display_name: 'x' } }
    expect(
      await asked("SELECT id, display_name FROM confluent.iam.service_accounts WHERE id = 'sa-1'", answers),
    ).toMatchObject({ rows: [['sa-1', 'x']], notices: [] })
  })

  it.each([
    [
      "environment.id = 'env-1'",
      [
        ['env-1', 'a'],
        ['env-1', 'b'],
      ],
    ],
    [
      "environment.id IN ('env-1', 'env-2')",
      [
        ['env-1', 'a'],
        ['env-1', 'b'],
        ['env-2', 'c'],
      ],
    ],
  ])('is the value of a required filter where the answer leaves it out: %s', async (condition, rows) => {
    const endpoint = (id: string, environment?: string) => ({
      id,
      service: 'KAFKA',
      ...(environment && { environment: { id: environment } }),
    })
    const path = (environment: string) =>
      `/endpoint/v1/endpoints?service=KAFKA&environment=${environment}&page_size=1000`
    const answers = {
      [path('env-1')]: { data: [endpoint('a', 'env-1'), endpoint('b')] },
      [path('env-2')]: { data: [endpoint('c'), endpoint('other', 'env-3')] },
    }
    const sql = `SELECT environment.id, id FROM confluent.endpoints.endpoints WHERE service = 'KAFKA' AND ${condition} ORDER BY 2`
    expect(await asked(sql, answers)).toMatchObject({ rows, notices: [] })
  })

  it('is the requested one in the answer of a change', async () => {
    const found = await asked(
      "DELETE FROM confluent.iam.service_accounts WHERE id = 'sa-X' AND display_name = 'x'",
      { '/iam/v2/service-accounts/sa-X': { id: 'sa-x', display_name: 'x' } },
    )
    expect(found.requests).toEqual([
      'GET /iam/v2/service-accounts/sa-X',
      'DELETE /iam/v2/service-accounts/sa-X',
    ])
    expect(found.notices).toEqual([expect.stringMatching(SPELLED)])
  })

  it('does not admit rows of a filter that the server ignores', async () => {
    const sql = "SELECT id FROM confluent.iam.invitations WHERE email IN ('a@x.y', 'b@x.y') ORDER BY 1"
    const data = ['a', 'b', 'c'].map(name => ({ id: name, email: `${name}@x.y` }))
    expect((await asked(sql, { '/iam/v2/invitations': { data } })).rows).toEqual([['a'], ['b']])
  })
})

describe('schemas', () => {
  const SCHEMAS = 'SELECT subject FROM confluent.schema_registry.schemas'

  it('of all contexts are listed, like subjects, unless one context is requested', async () => {
    const answers = { '/schemas': [{ subject: ':.ctx:a', version: 1, id: 1 }] }
    expect(await asked(SCHEMAS, answers)).toMatchObject({
      rows: [[':.ctx:a']],
      requests: [
        'GET /schemas?subjectPrefix=%3A*%3A&offset=0&limit=1000',
        'GET /schemas?subjectPrefix=%3A*%3A&offset=1&limit=1000',
        // the server of this test ignores the offset
        'GET /schemas?subjectPrefix=%3A*%3A&offset=1000&limit=1000',
      ],
    })
    expect((await asked(`${SCHEMAS} WHERE subjectPrefix = ':.ctx:'`, answers)).requests[0]).toBe(
      'GET /schemas?subjectPrefix=%3A.ctx%3A&offset=0&limit=1000',
    )
    expect((await asked(`${SCHEMAS} WHERE subjectPrefix = ''`, answers)).requests[0]).toBe(
      'GET /schemas?subjectPrefix=&offset=0&limit=1000',
    )
  })
})

describe('a key that is not a valid path segment', () => {
  const GROUPS = {
    '/kafka/v3/clusters/lkc-1/consumer-groups': {
      data: ['', '.', '..', 'a/b', 'ok'].map(id => ({ cluster_id: 'lkc-1', consumer_group_id: id })),
    },
    ...Object.fromEntries(
      ['a/b', 'ok'].map(id => [
        `/kafka/v3/clusters/lkc-1/consumer-groups/${id}/lag-summary`,
        { cluster_id: 'lkc-1', consumer_group_id: id, total_lag: 7 },
      ]),
    ),
  }
  const G = "kafka.kafka.consumer_groups g WHERE g.cluster_id = 'lkc-1'"
  const LAG = `SELECT l.consumer_group_id, l.total_lag FROM kafka.kafka.consumer_groups g
    JOIN kafka.kafka.consumers_lag_summary l ON l.cluster_id = g.cluster_id AND l.consumer_group_id = g.consumer_group_id`

  it.each([
    ["id = ''", "id cannot be '' in confluent.iam.service_accounts: it is a part of the URL's path"],
    ["id = '.'", "id cannot be '.'"],
    ["id IN ('sa-1', '..')", "id cannot be '..'"],
    ["id = 'sa-1' OR id = ''", "id cannot be ''"],
  ])('is an error in the statement: %s', async (condition, message) => {
    await expect(
      asked(`SELECT * FROM confluent.iam.service_accounts WHERE ${condition}`, {}),
    ).rejects.toMatchObject({
      code: 'VALUE',
      message: expect.stringContaining(message),
      hint: expect.stringContaining("id || '' = '"),
    })
  })

  it('can be searched for as the hint says', async () => {
    expect(
      (await asked(`SELECT consumer_group_id FROM ${G} AND consumer_group_id || '' = '.'`, GROUPS)).rows,
    ).toEqual([['.']])
  })

  it.each([
    [
      `${LAG} WHERE g.cluster_id = 'lkc-1' ORDER BY 1`,
      3,
      "consumer_group_id '', cluster_id lkc-1 consumer_group_id '.'",
    ],
    [
      `${LAG} WHERE g.cluster_id = 'lkc-1' AND g.consumer_group_id || '' IN ('.', 'ok', 'a/b') ORDER BY 1`,
      1,
      "consumer_group_id '.'",
    ],
    [
      "SELECT consumer_group_id, total_lag FROM kafka.kafka.consumers_lag_summary WHERE cluster_id = 'lkc-1' AND consumer_group_id IN (SELECT column1 FROM (VALUES ('ok'), ('..'), ('a/b'))) ORDER BY 1",
      1,
      "consumer_group_id '..'",
    ],
  ])('from rows is skipped with a notice: %s', async (sql, count, example) => {
    const { rows, notices } = await asked(sql, GROUPS)
    expect(rows).toEqual([
      ['a/b', 7],
      ['ok', 7],
    ])
    expect(notices).toEqual([
      expect.stringMatching(
        new RegExp(
          `^kafka\\.kafka\\.consumers_lag_summary: ${count} keys? of other tables cannot stand in a path`,
        ),
      ),
    ])
    expect(notices[0]).toContain(example)
  })

  it('is reported when no row is left, and when one is', async () => {
    const of = (id: string): string =>
      `SELECT total_lag FROM kafka.kafka.consumers_lag_summary WHERE cluster_id = 'lkc-1' AND consumer_group_id IN (SELECT ${id})`
    expect(await asked(of("''"), GROUPS)).toMatchObject({
      rows: [],
      notices: [expect.stringContaining('1 key of')],
    })
    expect(await asked(of("'ok' UNION SELECT '.'"), GROUPS)).toMatchObject({
      rows: [[7]],
      notices: [expect.stringContaining('1 key of')],
    })
  })

  it('stops a change before its first request', async () => {
    const sql = `DELETE FROM confluent.iam.service_accounts WHERE id IN (SELECT '.' UNION SELECT 'sa-1')`
    await expect(asked(sql, {})).rejects.toThrow("parameter id cannot be '.'")
    await expect(asked("DELETE FROM confluent.iam.service_accounts WHERE id = ''", {})).rejects.toThrow(
      "cannot be ''",
    )
  })
})
