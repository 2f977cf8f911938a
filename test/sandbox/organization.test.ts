import { beforeAll, describe, expect, test } from 'vitest'
import { allAt, at } from '../../src/sandbox/rows/json.ts'
import type { Json, JsonObject, SandboxData } from '../../src/sandbox/types.ts'
import { sandboxData } from '../catalog/compiled.ts'
import { seeded } from './support.ts'

let data: SandboxData
beforeAll(async () => {
  data = await sandboxData()
})

const rows = (name: string) => seeded(data, name)
const ids = (name: string, path = 'id') => new Set(rows(name).map(row => String(at(row, path))))
const texts = (value: Json | undefined): readonly string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(one => texts(one as Json))
      : []

/** Ids by their beginning, and the resource whose rows have them. */
const KINDS: Readonly<Record<string, string>> = {
  'env-': 'confluent.org.environments',
  'lkc-': 'confluent.managed_kafka_clusters.clusters',
  'lsrc-': 'confluent.schema_registry_clusters.v3_clusters',
  'lksqlc-': 'confluent.ksqldb_clusters.clusters',
  'lfcp-': 'confluent.flink_compute_pools.compute_pools',
  'cck-': 'confluent.encryption_keys.keys',
  'n-': 'confluent.networking.networks',
  'gw-': 'confluent.networking.gateways',
  'ap-': 'confluent.networking.access_points',
  'nls-': 'confluent.networking.network_link_services',
  'nle-': 'confluent.networking.network_link_endpoints',
  'platt-': 'confluent.networking.private_link_attachments',
  'cspi-': 'confluent.provider_integrations.integrations_v1',
  'tci-': 'confluent.tableflow.catalog_integrations',
  'NI-': 'confluent.notifications.integrations',
  'sr-': 'confluent.stream_sharing.provider_shared_resources',
  'plugin-': 'confluent.ccpm.custom_connect_plugins',
}

describe('ids', () => {
  test('refer to an existing row everywhere, except keys of a deleted cluster', () => {
    const known = Object.entries(KINDS).map(([prefix, name]) => [prefix, ids(name)] as const)
    const lost = new Set<string>()
    for (const [name, { rows: all }] of Object.entries(data.resources)) {
      for (const { doc, keys, site } of all) {
        const words = [...texts(doc), ...Object.values(keys ?? {}), site ?? ''].filter(
          text => !text.includes('example.com'),
        )
        const found = words.flatMap(text => text.match(/(?<![\w-])[A-Za-z]+-[0-9a-z]{6}(?![\w-])/g) ?? [])
        for (const id of found) {
          const set = known.find(([prefix]) => id.startsWith(prefix) && id.length === prefix.length + 6)?.[1]
          if (
            set !== undefined
            && !set.has(id)
            && !ids('confluent.provider_integrations.integrations_v2').has(id)
          )
            lost.add(`${name} ${id}`)
        }
      }
    }
    expect([...lost].sort()).toEqual(['confluent.iam.api_keys lkc-0gone1'])
  })

  test('of service accounts and users in rows of other services exist', () => {
    const accounts = new Set([...ids('confluent.iam.service_accounts'), ...ids('confluent.iam.users')])
    const named = [
      ...rows('kafka.kafka.acls').map(row => String(row._principal ?? '').replace(/^User:\*?/, '')),
      ...rows('confluent.sql.statements').map(row => String(at(row, 'spec.principal'))),
      ...rows('confluent.quotas.client_quotas').flatMap(row => allAt(row, 'spec.principals.id').map(String)),
    ].filter(id => id !== '' && id !== '<default>')
    expect(named.length).toBeGreaterThan(50)
    expect(named.filter(id => !accounts.has(id))).toEqual([])
  })

  test('of clusters in role bindings name the environment of the cluster', () => {
    const environments = new Map(
      rows(KINDS['lkc-'] ?? '').map(row => [row.id, at(row, 'spec.environment.id')]),
    )
    for (const { crn_pattern } of rows('confluent.iam.role_bindings')) {
      const [, environment, cluster] =
        /environment=([^/]+)\/cloud-cluster=([^/]+)/.exec(String(crn_pattern)) ?? []
      if (cluster !== undefined)
        expect([crn_pattern, environments.get(cluster)]).toEqual([crn_pattern, environment])
    }
  })
})

describe('content', () => {
  const values = (name: string, path: string) =>
    new Set(rows(name).flatMap(row => allAt(row, path).map(String)))

  test('clusters of every type, one not ready, one zone, own keys and networks', () => {
    const clusters = rows('confluent.managed_kafka_clusters.clusters')
    expect(values('confluent.managed_kafka_clusters.clusters', 'spec.config.kind')).toEqual(
      new Set(['Dedicated', 'Enterprise', 'Freight', 'Standard', 'Basic']),
    )
    const waiting = clusters.filter(row => at(row, 'status.phase') === 'PROVISIONING')
    expect(waiting.map(row => at(row, 'spec.http_endpoint'))).toEqual([''])
    expect(values('confluent.managed_kafka_clusters.clusters', 'spec.availability')).toEqual(
      new Set(['HIGH', 'LOW']),
    )
    const used = new Set(clusters.flatMap(row => allAt(row, 'spec.byok.id')))
    for (const key of rows('confluent.encryption_keys.keys'))
      expect([key.id, key.state]).toEqual([key.id, used.has(key.id ?? '') ? 'IN_USE' : 'AVAILABLE'])
  })

  test('connectors in every state, failed tasks with a trace', () => {
    const connectors = rows('confluent.connect.connectors')
    expect(values('confluent.connect.connectors', 'status.connector.state')).toEqual(
      new Set(['RUNNING', 'FAILED', 'PAUSED', 'DEGRADED', 'PROVISIONING']),
    )
    const failed = connectors.flatMap(row =>
      (at(row, 'status.tasks') as readonly JsonObject[]).filter(({ state }) => state === 'FAILED'),
    )
    expect(failed.length).toBeGreaterThan(3)
    expect(failed.every(({ msg }) => String(msg).length > 20)).toBe(true)
  })

  test('costs of each day of more than a year, which add up', () => {
    const costs = rows('confluent.billing.costs')
    expect(new Set(costs.map(({ start_date }) => start_date)).size).toBe(386)
    for (const cost of costs) {
      const amount = Number(cost.original_amount) - Number(cost.discount_amount)
      expect(Math.abs(Number(cost.amount) - amount)).toBeLessThan(0.001)
      expect(Date.parse(String(cost.end_date)) - Date.parse(String(cost.start_date))).toBe(86_400_000)
    }
  })

  test('lags that add up to the summary of their group, existing members', () => {
    for (const { site, doc } of data.resources['kafka.kafka.consumers_lag_summary']?.rows ?? []) {
      const lags = (data.resources['kafka.kafka.consumers_lags']?.rows ?? []).filter(
        row => row.site === site && row.doc.consumer_group_id === doc.consumer_group_id,
      )
      expect(lags.reduce((sum, row) => sum + Number(row.doc.lag), 0)).toBe(doc.total_lag)
      expect(Math.max(...lags.map(row => Number(row.doc.lag)))).toBe(doc.max_lag)
      const members = new Set(
        (data.resources['kafka.kafka.consumers']?.rows ?? [])
          .filter(row => row.site === site)
          .map(row => row.doc.consumer_id),
      )
      for (const row of lags)
        if (row.doc.consumer_id !== '') expect(members.has(row.doc.consumer_id ?? null)).toBe(true)
    }
  })

  test('as many partitions and settings as each topic says', () => {
    const count = (name: string, site: string | undefined, topic: Json | undefined) =>
      (data.resources[name]?.rows ?? []).filter(row => row.site === site && row.doc.topic_name === topic)
        .length
    const settings = (data.vars.topic_settings as readonly Json[]).length
    for (const { site, doc } of data.resources['kafka.kafka.topics']?.rows ?? []) {
      expect(count('kafka.kafka.topic_partitions', site, doc.topic_name)).toBe(doc.partitions_count)
      expect(count('kafka.kafka.topic_configs', site, doc.topic_name)).toBe(settings)
    }
  })

  test('versions of subjects count from 1, ids of schemas are one to a schema', () => {
    const versions = data.resources['confluent.schema_registry.versions']?.rows ?? []
    const next = new Map<string, number>()
    for (const { site, doc } of versions) {
      const key = `${site} ${String(doc.subject)}`
      expect(doc.version).toBe((next.get(key) ?? 0) + 1)
      next.set(key, Number(doc.version))
    }
    expect(new Set(versions.map(({ site, doc }) => `${site} ${String(doc.id)}`)).size).toBe(versions.length)
  })
})
