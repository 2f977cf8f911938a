import { describe, expect, it } from 'vitest'
import { openSandbox } from './sandbox.ts'

/* Columns of views have further names, and fields can be named alone: they mean the same wherever nothing else has the name. */

const { session, errorOf } = await openSandbox()

const rowsOf = async (sql: string): Promise<unknown[][]> =>
  (await session.all(sql)).map(row => Object.values(row))
const namesOf = async (sql: string): Promise<string[]> => Object.keys((await session.all(sql))[0]!)

describe('another name of a column of a view', () => {
  it.each([
    ['topic_name, cluster_id FROM confluent.kafka_topics', 'topic, cluster FROM confluent.kafka_topics'],
    [
      "count(*) FROM confluent.kafka_topics WHERE topic_name LIKE 'orders%' AND environment_id = 'env-p7r2k1'",
      "count(*) FROM confluent.kafka_topics WHERE topic LIKE 'orders%' AND environment = 'env-p7r2k1'",
    ],
    [
      'c.name, count(t.topic_name) FROM confluent.clusters c LEFT JOIN confluent.kafka_topics t ON t.cluster_id = c.cluster_id GROUP BY c.name ORDER BY c.name',
      'c.display_name, count(t.topic) FROM confluent.clusters c LEFT JOIN confluent.kafka_topics t ON t.cluster = c.id GROUP BY 1 ORDER BY 1',
    ],
    [
      'x.topic_name FROM (SELECT topic_name FROM confluent.kafka_topics) x ORDER BY x.topic_name DESC',
      'topic FROM confluent.kafka_topics ORDER BY topic DESC',
    ],
    [
      "max(start_date), sum(cost) FROM confluent.costs WHERE start_date >= '2026-10-20' AND start_date < '2026-10-27' AND environment_id IS NOT NULL",
      "max(day), sum(amount) FROM confluent.costs WHERE day >= '2026-10-20' AND day < '2026-10-27' AND environment IS NOT NULL",
    ],
    [
      'name FROM confluent.clusters WHERE EXISTS (SELECT 1 FROM confluent.kafka_topics t WHERE t.cluster_id = clusters.cluster_id)',
      'display_name FROM confluent.clusters WHERE EXISTS (SELECT 1 FROM confluent.kafka_topics t WHERE t.cluster = clusters.id)',
    ],
    [
      "DISTINCT topic_name FROM confluent.kafka_topics UNION SELECT 'x' ORDER BY topic_name",
      "DISTINCT topic FROM confluent.kafka_topics UNION SELECT 'x' ORDER BY topic",
    ],
  ])('SELECT %s', async (other, own) => {
    const [with1, with2] = [`SELECT ${other}`, `SELECT ${own}`]
    expect(await rowsOf(with1)).toEqual(await rowsOf(with2))
    const requests = async (sql: string): Promise<unknown[]> =>
      (await session.all(`EXPLAIN ${sql}`)).map(({ requests: sent }) => sent)
    expect(await requests(with1)).toEqual(await requests(with2))
  })

  it('is the name of the result column, in tables too', async () => {
    const columns = await namesOf('SELECT topic_name, t.cluster_id FROM confluent.kafka_topics t LIMIT 1')
    expect(columns).toEqual(['topic_name', 'cluster_id'])
    await session.all('CREATE TABLE found AS SELECT topic_name FROM confluent.kafka_topics LIMIT 3')
    expect(await rowsOf('SELECT count(topic_name) FROM found')).toEqual([[3]])
  })

  it('is not in *', async () => {
    const columns = await namesOf('SELECT * FROM confluent.kafka_topics LIMIT 1')
    expect(columns).toContain('topic')
    expect(columns).not.toContain('topic_name')
  })

  it('is hidden by whatever has the name', async () => {
    const sql = "SELECT topic_name FROM confluent.kafka_topics t, (SELECT 'own' AS topic_name) LIMIT 1"
    expect(await rowsOf(sql)).toEqual([['own']])
    const alias =
      "SELECT 'x' || topic AS topic_name FROM confluent.kafka_topics WHERE topic_name = 'xorders.dlq' LIMIT 1"
    expect(await rowsOf(alias)).toEqual([['xorders.dlq']])
  })

  it('means none of several views', async () => {
    const sql = `SELECT topic_name FROM confluent.kafka_topics a JOIN confluent.kafka_topic_configs b ON a.topic_name = b.topic_name`
    expect((await errorOf(sql)).message).toMatch('no column "topic_name"')
  })
})

describe('a field without its object', () => {
  it.each([
    [
      "id, created_at FROM confluent.iam.api_keys WHERE created_at < '2024-01-01' ORDER BY created_at, id",
      "id, metadata.created_at FROM confluent.iam.api_keys WHERE metadata.created_at < '2024-01-01' ORDER BY metadata.created_at, id",
    ],
    [
      'count(*) FROM confluent.iam.service_accounts s WHERE NOT EXISTS (SELECT 1 FROM confluent.iam.api_keys k WHERE k.owner = s.id)',
      'count(*) FROM confluent.iam.service_accounts s WHERE NOT EXISTS (SELECT 1 FROM confluent.iam.api_keys k WHERE k.spec.owner.id = s.id)',
    ],
    [
      "max(x.created_at) FROM (SELECT k.created_at FROM confluent.iam.api_keys k WHERE k.Owner = 'sa-diqzoj') x",
      "max(metadata.created_at) FROM confluent.iam.api_keys WHERE spec.owner.id = 'sa-diqzoj'",
    ],
    [
      'count(*) FROM confluent.iam.service_accounts s WHERE EXISTS (SELECT 1 FROM confluent.iam.users u WHERE u.created_at < s.created_at)',
      'count(*) FROM confluent.iam.service_accounts s WHERE EXISTS (SELECT 1 FROM confluent.iam.users u WHERE u.metadata.created_at < s.metadata.created_at)',
    ],
    [
      'availability, k.id FROM confluent.iam.api_keys k JOIN confluent.managed_kafka_clusters.clusters c ON k.resource = c.id WHERE availability IS NOT NULL ORDER BY availability, k.id',
      'c.spec.availability, k.id FROM confluent.iam.api_keys k JOIN confluent.managed_kafka_clusters.clusters c ON k.spec.resource.id = c.id WHERE c.spec.availability IS NOT NULL ORDER BY 1, k.id',
    ],
    [
      "owner.kind, k.owner.id, k.id FROM confluent.iam.api_keys k WHERE k.owner.id = 'sa-f5yb75' AND resource.id LIKE 'lkc%' ORDER BY owner.id, k.id",
      "spec.owner.kind, k.spec.owner.id, k.id FROM confluent.iam.api_keys k WHERE k.spec.owner.id = 'sa-f5yb75' AND spec.resource.id LIKE 'lkc%' ORDER BY spec.owner.id, k.id",
    ],
    [
      'u.email, count(k.id) FROM confluent.iam.users u JOIN confluent.iam.api_keys k ON owner.id = u.id GROUP BY u.email, k.Owner.Kind ORDER BY 2 DESC, 1 LIMIT 5',
      'u.email, count(k.id) FROM confluent.iam.users u JOIN confluent.iam.api_keys k ON k.spec.owner.id = u.id GROUP BY u.email, k.spec.owner.kind ORDER BY 2 DESC, 1 LIMIT 5',
    ],
    [
      'count(*) FROM confluent.iam.service_accounts s WHERE EXISTS (SELECT 1 FROM confluent.iam.api_keys k WHERE owner.id = s.id)',
      'count(*) FROM confluent.iam.service_accounts s WHERE EXISTS (SELECT 1 FROM confluent.iam.api_keys k WHERE k.spec.owner.id = s.id)',
    ],
  ])('SELECT %s', async (other, own) => {
    expect(await rowsOf(`SELECT ${other}`)).toEqual(await rowsOf(`SELECT ${own}`))
    const requests = async (sql: string): Promise<unknown[]> =>
      (await session.all(`EXPLAIN ${sql}`)).map(({ requests: sent, request }) => [sent, request])
    expect(await requests(`SELECT ${other}`)).toEqual(await requests(`SELECT ${own}`))
  })

  it.each([
    [
      "SELECT id FROM confluent.iam.api_keys_with_owners v WHERE id IN (SELECT k.id FROM confluent.iam.api_keys k WHERE created_at < '2024-01-01')",
      'write k.metadata.created_at or v.created_at',
    ],
    [
      "SELECT 1 FROM (SELECT 'env-1' AS environment_id) o WHERE EXISTS (SELECT 1 FROM confluent.kafka_topics t WHERE environment_id = 'env-p7r2k1')",
      'write t.environment or o.environment_id',
    ],
    [
      'SELECT id AS created_at FROM confluent.iam.users WHERE EXISTS (SELECT 1 FROM confluent.iam.api_keys k WHERE created_at IS NULL)',
      'write k.metadata.created_at',
    ],
    [
      'SELECT id FROM (SELECT owner FROM confluent.iam.api_keys) o JOIN confluent.iam.users u ON true WHERE EXISTS (SELECT 1 FROM confluent.iam.api_keys k WHERE owner.id = u.id)',
      'write k.spec.owner.id or o.owner.id',
    ],
  ])('is not taken from a query around: %s', async (sql, hint) => {
    const error: unknown = await rowsOf(sql).catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'UNKNOWN_NAME', hint })
  })

  it('is the name of the result column', async () => {
    const sql = 'SELECT created_at, u.created_at AS x, metadata.created_at FROM confluent.iam.users u LIMIT 1'
    expect(await namesOf(sql)).toEqual(['created_at', 'x', 'metadata.created_at'])
    expect(await namesOf("SELECT max(date_trunc('month', created_at)) FROM confluent.iam.users")).toEqual([
      "max(date_trunc('month', created_at))",
    ])
  })
})
