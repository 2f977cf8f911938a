import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts'
import type { SandboxData } from '../../src/sandbox/types.ts'
import { compiledCatalog, sandboxData } from '../catalog/compiled.ts'
import { cli } from '../cli/support.ts'
import { plainApi, type Row } from './plain.ts'
import { askAt, keyOf } from './support.ts'

const LARGE = fileURLToPath(new URL('../../providers/confluent/sandbox/large.mjs', import.meta.url))
const { largeData } = (await import(LARGE)) as { largeData: (small: SandboxData) => SandboxData }

const KAFKA = 'kafka.kafka'
let data: SandboxData
let sandbox: Sandbox
beforeAll(async () => {
  data = largeData(await sandboxData())
  sandbox = await startSandbox({ catalog: compiledCatalog(), data, isLazy: true })
})
afterAll(() => sandbox.close())

const { listed, environments, clusters } = plainApi({
  ask: (request, body) => askAt(sandbox.url, request, body),
  data: () => data,
})

/** Rows of a part, as they are made. */
const made = (resource: string, part: string): readonly Row[] => data.resources[resource]!.parts!.rows(part)

/** All rows of a list of a Kafka cluster, by plain HTTP. */
async function onCluster({ id, spec }: Row, path: string): Promise<Row[]> {
  const { body } = await askAt(spec.http_endpoint, `GET /kafka/v3/clusters/${id}${path}`, undefined, {
    Authorization: keyOf(data, 'kafka.cluster', id),
  })
  return body.data
}

describe('the large sandbox', () => {
  test('starts its servers with the first request', async () => {
    const other = await startSandbox({ catalog: compiledCatalog(), data, isLazy: true })
    expect(Object.keys(other.sites).length).toBe(3)
    expect((await askAt(other.url, 'GET /org/v2/organizations')).status).toBe(200)
    expect(Object.keys(other.sites).length).toBe(399 + 50 + 4)
    await other.close()
  })

  test('has 50 environments with 400 clusters, each at its own address', async () => {
    const found = await clusters()
    expect((await environments()).length).toBe(50)
    expect(new Set(found.map(({ id }) => id)).size).toBe(400)
    expect(new Set(found.map(({ spec }) => spec.http_endpoint)).size).toBe(400)
    expect(found.filter(({ spec }) => spec.environment.id === 'env-p7r2k1').length).toBe(3)
  })

  test('has 20,000 topics and 100,000 ACLs', () => {
    const { sites = [] } = data.planes!['kafka']!
    const counted = (resource: string): number =>
      sites.reduce((sum, site) => sum + made(`${KAFKA}.${resource}`, site).length, 0)
    expect([sites.length, counted('topics'), counted('acls')]).toEqual([399, 20_000, 100_000])
  })

  test('has clusters that agree with themselves', async () => {
    const cluster = (await clusters()).at(-1)!
    const [topics, partitions, settings, groups, acls] = await Promise.all([
      onCluster(cluster, '/topics'),
      onCluster(cluster, '/topics/orders.events/partitions'),
      onCluster(cluster, '/topics/-/configs'),
      onCluster(cluster, '/consumer-groups'),
      onCluster(cluster, '/acls?principal=UserV2:*'),
    ])
    const names = new Set(topics.map(({ topic_name }) => topic_name))
    expect([topics.length, names.size, settings.length]).toEqual([50, 50, 500])
    const events = topics.find(({ topic_name }) => topic_name === 'orders.events')
    expect(partitions.length).toBe(events.partitions_count)
    expect(topics.every(({ cluster_id }) => cluster_id === cluster.id)).toBe(true)
    const accounts = new Set((await listed('/iam/v2/service-accounts')).map(({ id }) => `User:${id}`))
    expect(acls.filter(({ principal }) => accounts.has(principal)).length).toBeGreaterThan(250)
    for (const { consumer_group_id: group } of groups.slice(0, 2)) {
      const lags = await onCluster(cluster, `/consumer-groups/${group}/lags`)
      const { total_lag } = made(`${KAFKA}.consumers_lag_summary`, cluster.id).find(
        ({ doc }) => doc.consumer_group_id === group,
      ).doc
      expect(lags.reduce((sum, { lag }) => sum + lag, 0)).toBe(total_lag)
      expect(lags.every(({ topic_name }) => names.has(topic_name))).toBe(true)
    }
  })

  test('has costs of every cluster, in pages', async () => {
    const path = '/billing/v1/costs?start_date=2026-10-05&end_date=2026-10-07&page_size=1000'
    const rows: Row[] = []
    for (let next = path; next !== '';) {
      const { body } = await askAt(sandbox.url, `GET ${next}`)
      rows.push(...body.data)
      const token = body.metadata.next && new URL(body.metadata.next).searchParams.get('page_token')
      next = token ? `${path}&page_token=${token}` : ''
    }
    expect(new Set(rows.map(({ start_date }) => start_date))).toEqual(new Set(['2026-10-05', '2026-10-06']))
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
    expect(rows.length).toBeGreaterThan(2 * 393 * 3)
  })

  test('has a year of metrics of each cluster', async () => {
    const { id } = (await clusters()).at(-1)!
    const { body } = await askAt(sandbox.url, 'POST /v2/metrics/cloud/query', {
      aggregations: [{ metric: 'io.confluent.kafka.server/received_bytes' }],
      granularity: 'P1D',
      intervals: ['2025-11-01T00:00:00Z/2026-11-01T00:00:00Z'],
      filter: { field: 'resource.kafka.id', op: 'EQ', value: id },
    })
    expect(body.data.length).toBe(365)
    expect(body.data.every(({ value }: Row) => value > 0)).toBe(true)
  })

  test('is the same each time', async () => {
    const again = largeData(await sandboxData())
    const site = data.planes!['kafka']!.sites!.at(-1)!
    for (const resource of ['topics', 'acls', 'consumers_lags'])
      expect(again.resources[`${KAFKA}.${resource}`]!.parts!.rows(site)).toEqual(
        made(`${KAFKA}.${resource}`, site),
      )
  })

  test('changes what is asked to be changed, and nothing else', async () => {
    const [one, other] = (await clusters()).slice(-2)
    const remove = await askAt(
      one.spec.http_endpoint,
      `DELETE /kafka/v3/clusters/${one.id}/topics/orders.events`,
      undefined,
      { Authorization: keyOf(data, 'kafka.cluster', one.id) },
    )
    expect(remove.status).toBe(204)
    expect((await onCluster(one, '/topics')).length).toBe(49)
    expect((await onCluster(other, '/topics')).length).toBe(50)
  })

  test('is what --sandbox=large queries', async () => {
    const { status, stdout } = await cli([
      '--sandbox=large',
      '-o',
      'csv',
      '--no-header',
      'SELECT count(*) FROM confluent.clusters',
    ])
    expect([status, stdout]).toEqual([0, '400\n'])
  })
})

describe('lists of what belongs to an unknown id', () => {
  test.each([
    ['/cmk/v2/clusters?environment=env-000000', 403],
    ['/networking/v1/networks?environment=lkc-7p2v9d', 403],
    ['/kafka-quotas/v1/client-quotas?environment=env-p7r2k1&spec.cluster=lkc-000000', 403],
    ['/connect/v1/environments/env-p7r2k1/clusters/lkc-000000/connectors', 404],
    ['/connect/v1/environments/env-p7r2k1/clusters/lkc-000000/connector-plugins', 404],
    ['/org/v2/environments/env-000000', 404],
  ])('%s is refused', async (path, status) => {
    expect((await askAt(sandbox.url, `GET ${path}`)).status).toBe(status)
  })
})
