import { describe, expect, test } from 'vitest'
import { sandboxed } from '../cli/support.ts'
import { realSandbox, seeded } from '../sandbox/support.ts'

const { data } = realSandbox()

const KAFKA = 'kafka.kafka'

/** Views, and the resources whose rows they have, every one of them and once. */
const WHOLE: readonly (readonly [view: string, ...resources: string[]])[] = [
  ['clusters', 'confluent.managed_kafka_clusters.clusters'],
  ['kafka_topics', `${KAFKA}.topics`],
  ['kafka_topic_configs', `${KAFKA}.topic_configs`],
  ['topic_retention', `${KAFKA}.topics`],
  ['kafka_acls', `${KAFKA}.acls`],
  ['kafka_consumer_lag', `${KAFKA}.consumer_groups`],
  ['connectors', 'confluent.connect.connectors'],
  ['schema_registries', 'confluent.schema_registry_clusters.v3_clusters'],
  ['flink_pools', 'confluent.flink_compute_pools.compute_pools'],
  ['flink_statements', 'confluent.sql.statements'],
  ['iam.all_role_bindings', 'confluent.iam.role_bindings'],
  ['iam.role_bindings_with_names', 'confluent.iam.role_bindings'],
  ['iam.access', 'confluent.iam.role_bindings'],
  ['iam.api_keys_with_owners', 'confluent.iam.api_keys'],
  [
    'iam.principals',
    'confluent.iam.users',
    'confluent.iam.service_accounts',
    'confluent.iam.identity_pools',
    'confluent.iam.certificate_identity_pools',
    'confluent.iam.group_mappings',
  ],
]

/** Runs statements on the sandbox: their rows, and the paths of their requests without ports and queries. */
async function ran(sql: string): Promise<{ rows: Record<string, unknown>[]; requests: string[] }> {
  const { status, stdout, stderr } = await sandboxed(['--trace', '-o', 'ndjson', sql])
  expect([status, stderr.split('\n').filter(line => line.startsWith('error'))]).toEqual([0, []])
  return {
    rows: stdout
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line) as Record<string, unknown>),
    requests: [...stderr.matchAll(/^GET http:\/\/[^/]+(\/\S+) /gm)].map(([, path = '']) =>
      path.replace(/[?&]page_size=\d+/, ''),
    ),
  }
}

describe('ready-made views', () => {
  test('costs have the name of their environment, if there is one', async () => {
    const environments = await ran('SELECT id, display_name FROM confluent.org.environments')
    const names = new Map(environments.rows.map(row => [row['id'], row['display_name']]))
    const { rows } = await ran(
      "SELECT DISTINCT environment, environment_name FROM confluent.costs WHERE day >= '2026-10-01' AND day < '2026-11-01'",
    )
    expect(rows.length).toBeGreaterThan(3)
    for (const { environment, environment_name: name } of rows)
      expect(name).toBe(names.get(environment) ?? null)
  })

  test('retention is that of the settings', async () => {
    const { rows } = await ran(
      'SELECT cluster, topic, retention_ms, retention_days, retention_bytes, cleanup_policy FROM confluent.topic_retention ORDER BY 1, 2',
    )
    const settings = await ran(
      "SELECT cluster, topic, name, value FROM confluent.kafka_topic_configs WHERE name IN ('retention.ms', 'retention.bytes', 'cleanup.policy')",
    )
    const valueOf = (row: Record<string, unknown>, name: string): unknown =>
      settings.rows.find(
        s => s['cluster'] === row['cluster'] && s['topic'] === row['topic'] && s['name'] === name,
      )?.['value']
    for (const row of rows) {
      const ms = Number(valueOf(row, 'retention.ms'))
      expect(row).toMatchObject({
        retention_ms: ms,
        retention_days: ms === -1 ? null : ms / 86_400_000,
        retention_bytes: Number(valueOf(row, 'retention.bytes')),
        cleanup_policy: valueOf(row, 'cleanup.policy'),
      })
    }
    expect(rows.some(row => row['retention_days'] === null)).toBe(true)
  })

  test('the lag by topic is that of the partitions', async () => {
    const { rows } = await ran(
      'SELECT cluster, consumer_group, topic, partitions, lag, max_lag FROM confluent.kafka_consumer_lag_by_topic',
    )
    const { rows: lags } = await ran(
      `SELECT l.lag FROM confluent.clusters c JOIN ${KAFKA}.consumers_lags l ON l.cluster_id = c.id AND l.rest_endpoint = c.http_endpoint`,
    )
    const total = (list: readonly Record<string, unknown>[], key: string): number =>
      list.reduce((sum, row) => sum + Number(row[key]), 0)
    expect(rows.length).toBeGreaterThan(5)
    expect(total(rows, 'partitions')).toBe(lags.length)
    expect(total(rows, 'lag')).toBe(total(lags, 'lag'))
  })

  test('have every row of the organization, once', async () => {
    const { rows } = await ran(
      WHOLE.map(([view]) => `SELECT '${view}' AS view, count(*) AS n FROM confluent.${view}`).join(';\n'),
    )
    const counts = WHOLE.map(([view, ...resources]) => ({
      view,
      n: resources.flatMap(name => seeded(data(), name)).length,
    }))
    expect(counts.filter(({ n }) => n < 3)).toEqual([])
    expect(rows).toEqual(counts)
  })

  test('tell subjects and schemas by registry', async () => {
    const { rows } = await ran(`
      SELECT s.registry, count(*) > 3 AS many,
             count(DISTINCT s.subject) = (SELECT count(*) FROM confluent.subjects x WHERE x.registry = s.registry) AS agree
      FROM confluent.schemas s GROUP BY s.registry ORDER BY s.registry`)
    expect(rows).toEqual(
      ['lsrc-1v5d8k', 'lsrc-2w6f9m', 'lsrc-3x7g0n'].map(registry => ({ registry, many: true, agree: true })),
    )
  })

  test('count failed tasks and take the error from where it is', async () => {
    const { rows } = await ran(`
      SELECT name, tasks, failed_tasks, substr(trace, 1, 20) AS trace FROM confluent.connectors WHERE failed_tasks > 0 ORDER BY name`)
    expect(rows).toEqual([
      { name: 'orders-cdc', tasks: 1, failed_tasks: 1, trace: 'org.apache.kafka.con' },
      { name: 'payments-to-snowflake', tasks: 3, failed_tasks: 1, trace: 'com.amazonaws.servic' },
      { name: 'staging/payments', tasks: 2, failed_tasks: 2, trace: 'org.apache.kafka.con' },
    ])
  })

  test('name every principal that is still there', async () => {
    const { rows } = await ran(
      `SELECT DISTINCT principal FROM confluent.iam.role_bindings_with_names WHERE principal_name IS NULL`,
    )
    const there = new Set(
      ['users', 'service_accounts', 'identity_pools', 'certificate_identity_pools', 'group_mappings'].flatMap(
        name => seeded(data(), `confluent.iam.${name}`).map(row => `User:${String(row['id'])}`),
      ),
    )
    const principals = seeded(data(), 'confluent.iam.role_bindings').map(row => String(row['principal']))
    const gone = new Set(principals.filter(principal => !there.has(principal)))
    expect(gone.size).toBe(2)
    expect(rows.map(({ principal }) => principal).sort()).toEqual([...gone].sort())
  })
})

describe.concurrent('conditions on views spare requests', () => {
  const ENVIRONMENT = '/org/v2/environments/env-s4t9q6'
  const CLUSTERS = '/cmk/v2/clusters?environment=env-s4t9q6'
  test.each<readonly [string, readonly string[]]>([
    [
      `SELECT topic FROM confluent.kafka_topics WHERE environment = 'env-s4t9q6'`,
      [ENVIRONMENT, CLUSTERS, '/kafka/v3/clusters/lkc-2k5y3h/topics', '/kafka/v3/clusters/lkc-3m6z4j/topics'],
    ],
    [
      `SELECT state FROM confluent.kafka_topics t JOIN confluent.kafka_consumer_lag g ON g.cluster = t.cluster
       WHERE t.environment = 'env-s4t9q6' AND t.cluster = 'lkc-3m6z4j' AND t.topic = 'fraud.events'
         AND g.environment = 'env-s4t9q6' AND g.cluster = 'lkc-3m6z4j' AND g.consumer_group = 'fraud-loader'`,
      [
        ENVIRONMENT,
        '/cmk/v2/clusters/lkc-3m6z4j?environment=env-s4t9q6',
        '/kafka/v3/clusters/lkc-3m6z4j/topics/fraud.events',
        '/kafka/v3/clusters/lkc-3m6z4j/consumer-groups/fraud-loader',
        '/kafka/v3/clusters/lkc-3m6z4j/consumer-groups/fraud-loader/lag-summary',
      ],
    ],
    [
      `SELECT value FROM confluent.kafka_topic_configs
       WHERE environment = 'env-s4t9q6' AND topic = 'inventory.events' AND name = 'retention.ms'`,
      [
        ENVIRONMENT,
        CLUSTERS,
        '/kafka/v3/clusters/lkc-2k5y3h/topics/-/configs',
        '/kafka/v3/clusters/lkc-3m6z4j/topics/-/configs',
      ],
    ],
    [
      `SELECT subject FROM confluent.subjects WHERE environment = 'env-s4t9q6'`,
      [
        ENVIRONMENT,
        '/srcm/v3/clusters?environment=env-s4t9q6',
        '/subjects?offset=0&limit=1000',
        '/subjects?offset=9&limit=1000',
      ],
    ],
    [
      `SELECT link FROM confluent.kafka_mirror_topics
       WHERE environment = 'env-s4t9q6' AND cluster = 'lkc-2k5y3h' AND mirror_topic = 'orders.events.mirror'`,
      [
        ENVIRONMENT,
        '/cmk/v2/clusters/lkc-2k5y3h?environment=env-s4t9q6',
        '/kafka/v3/clusters/lkc-2k5y3h/links/-/mirrors',
      ],
    ],
    [
      `SELECT id FROM confluent.private_endpoints WHERE environment = 'env-s4t9q6'`,
      [
        ENVIRONMENT,
        ...[
          'access-points',
          'gateways',
          'networks',
          'private-link-accesses',
          'private-link-attachment-connections',
          'private-link-attachments',
        ].map(list => `/networking/v1/${list}?environment=env-s4t9q6`),
      ],
    ],
    [
      `SELECT name FROM confluent.flink_statements WHERE environment = 'env-s4t9q6'`,
      [
        ENVIRONMENT,
        '/fcpm/v2/compute-pools?environment=env-s4t9q6',
        '/fcpm/v2/regions',
        '/org/v2/organizations',
        '/sql/v1/organizations/3f6c1d0e-52b7-4c1a-9f27-8e0d4b7a91c5/environments/env-s4t9q6/statements',
      ],
    ],
    [
      `SELECT sum(amount) FROM confluent.costs WHERE day >= '2026-10-01' AND day < '2026-11-01' AND product = 'FLINK'`,
      ['/billing/v1/costs?start_date=2026-10-01&end_date=2026-11-01', '/org/v2/environments'],
    ],
  ])('%s', async (sql, expected) => {
    const { rows, requests } = await ran(sql)
    expect(rows.length).toBeGreaterThan(0)
    expect(requests.sort()).toEqual([...expected].sort())
  })
})
