/** Rows of the metrics service, and of the newest resources: contexts, connector artifacts, policies. */
import { part } from './copies.mjs'

const LABELS = {
  kafka: ['kafka.id'],
  connector: ['connector.id'],
  ksql: ['ksql.id'],
  schema_registry: ['schema_registry.id'],
  compute_pool: ['compute_pool.id'],
}

/** Metrics: name, description, unit, type, resource and labels. */
const METRICS = [
  ['kafka.server/received_bytes', 'Bytes received from clients', 'By', 'COUNTER_INT64', 'kafka', ['topic']],
  ['kafka.server/sent_bytes', 'Bytes sent to clients', 'By', 'COUNTER_INT64', 'kafka', ['topic']],
  ['kafka.server/received_records', 'Records received', '{records}', 'COUNTER_INT64', 'kafka', ['topic']],
  ['kafka.server/sent_records', 'Records sent', '{records}', 'COUNTER_INT64', 'kafka', ['topic']],
  ['kafka.server/retained_bytes', 'Bytes kept', 'By', 'GAUGE_INT64', 'kafka', ['topic']],
  [
    'kafka.server/active_connection_count',
    'Open connections',
    '{connections}',
    'GAUGE_INT64',
    'kafka',
    ['principal_id'],
  ],
  [
    'kafka.server/consumer_lag_offsets',
    'How far consumers are behind',
    '{offsets}',
    'GAUGE_INT64',
    'kafka',
    ['consumer_group_id', 'topic'],
  ],
  ['kafka.server/partition_count', 'Partitions', '{partitions}', 'GAUGE_INT64', 'kafka', []],
  ['kafka.server/cluster_load_percent', 'Load of the cluster', '%', 'GAUGE_DOUBLE', 'kafka', []],
  [
    'kafka.connect/sent_records',
    'Records that connectors sent',
    '{records}',
    'COUNTER_INT64',
    'connector',
    [],
  ],
  [
    'kafka.connect/dead_letter_queue_records',
    'Records set aside',
    '{records}',
    'COUNTER_INT64',
    'connector',
    [],
  ],
  ['kafka.ksql/streaming_unit_count', 'Streaming units in use', '{units}', 'GAUGE_INT64', 'ksql', []],
  ['kafka.schema_registry/schema_count', 'Schemas', '{schemas}', 'GAUGE_INT64', 'schema_registry', []],
  ['flink/compute_pool_utilization/current_cfus', 'CFUs in use', '{cfus}', 'GAUGE_INT64', 'compute_pool', []],
].map(([name, ...rest]) => [`io.confluent.${name}`, ...rest])

/** Bytes per hour that topics receive, by the last part of their name; other topics have no traffic. */
const BYTES = { events: 180e6, state: 24e6, mirror: 6e6 }
const SIZES = {
  'lkc-7p2v9d': 3,
  'lkc-8q3w0f': 1.2,
  'lkc-9r4x1g': 20,
  'lkc-2k5y3h': 0.05,
  'lkc-3m6z4j': 0.04,
  'lkc-4n7a5k': 0.01,
}
const LOADS = {
  'lkc-7p2v9d': 48,
  'lkc-8q3w0f': 31,
  'lkc-9r4x1g': 60,
  'lkc-2k5y3h': 4,
  'lkc-3m6z4j': 3,
  'lkc-4n7a5k': 1,
}

/**
 * The time series of clusters, topics, consumer groups, connectors and compute pools.
 * @param sizes by cluster: how much more than usual its topics receive
 * @param loads by cluster: its load in percent
 */
export function seriesOf(rows, sizes = SIZES, loads = LOADS) {
  const all = []
  const put = (name, type, id, labels, level, more = {}) => {
    const metric = `io.confluent.${name}`
    const of = { [`resource.${type}.id`]: id, ...labels }
    all.push({
      body: {},
      over: {
        _series: {
          metric,
          kind: METRICS.find(([one]) => one === metric)[3].startsWith('COUNTER') ? 'counter' : 'gauge',
          labels: of,
          level: Number(level.toPrecision(4)),
          swing: 0.45,
          seed: Math.floor(part(metric + Object.values(of).join()) * 1e6),
          ...more,
        },
      },
      omit: ['id'],
    })
  }
  for (const { site, body } of rows['kafka.kafka.topics']) {
    const topic = body.topic_name
    const usual = BYTES[topic.split('.').at(-1)]
    // a dead letter queue keeps its records, but has received none for weeks
    const kept = { 'metric.topic': topic }
    if (usual === undefined) {
      put('kafka.server/retained_bytes', 'kafka', site, kept, 4e5, { swing: 0 })
      continue
    }
    const bytes = usual * sizes[site] * (0.4 + part(site + topic))
    const readers = topic.endsWith('.state') ? 1 : 2.6
    put('kafka.server/received_bytes', 'kafka', site, kept, bytes)
    put('kafka.server/sent_bytes', 'kafka', site, kept, bytes * readers)
    put('kafka.server/received_records', 'kafka', site, kept, bytes / 900)
    put('kafka.server/sent_records', 'kafka', site, kept, (bytes * readers) / 900)
    put('kafka.server/retained_bytes', 'kafka', site, kept, bytes * 168, { swing: 0.02, growth: 0.004 })
  }
  for (const { site, body } of rows['kafka.kafka.consumers_lag_summary']) {
    const { consumer_group_id, max_lag_topic_name, total_lag } = body
    const labels = { 'metric.consumer_group_id': consumer_group_id, 'metric.topic': max_lag_topic_name }
    const isBehind = total_lag > 100_000
    put('kafka.server/consumer_lag_offsets', 'kafka', site, labels, isBehind ? total_lag / 4 : total_lag, {
      swing: isBehind ? 0 : 0.6,
      growth: isBehind ? 0.1 : 0,
    })
  }
  for (const [id, load] of Object.entries(loads)) {
    const partitions = rows['kafka.kafka.topics']
      .filter(row => row.site === id)
      .reduce((n, { body }) => n + body.partitions_count, 0)
    put('kafka.server/partition_count', 'kafka', id, {}, partitions, { swing: 0, steady: true })
    put('kafka.server/cluster_load_percent', 'kafka', id, {}, load, {
      across: 'average',
      digits: 1,
      swing: 0.35,
    })
    put(
      'kafka.server/active_connection_count',
      'kafka',
      id,
      { 'metric.principal_id': 'sa-example' },
      load * 9,
    )
  }
  for (const { over, body } of rows['confluent.connect.connectors'] ?? []) {
    const state = over.status.connector.state
    if (state === 'PAUSED' || state === 'PROVISIONING') continue
    const records = state === 'FAILED' ? 0 : 40_000 * (0.5 + part(body.name))
    put('kafka.connect/sent_records', 'connector', over.id.id, {}, records)
    put('kafka.connect/dead_letter_queue_records', 'connector', over.id.id, {}, state === 'RUNNING' ? 0 : 120)
  }
  const idsOf = resource => (rows[resource] ?? []).map(row => row.let?.id ?? row.body?.id).filter(Boolean)
  for (const id of idsOf('confluent.ksqldb_clusters.clusters'))
    put('kafka.ksql/streaming_unit_count', 'ksql', id, {}, 4, { swing: 0.2 })
  for (const id of idsOf('confluent.schema_registry_clusters.v3_clusters'))
    put('kafka.schema_registry/schema_count', 'schema_registry', id, {}, 40, { swing: 0, steady: true })
  for (const id of idsOf('confluent.flink_compute_pools.compute_pools'))
    put('flink/compute_pool_utilization/current_cfus', 'compute_pool', id, {}, 8, { swing: 0.3 })
  return all
}

const label = key => ({ key, description: `The ${key.replaceAll(/[._]/g, ' ')}`, exportable: true })

export function measures({ home, home_cluster, org_crn }, rows) {
  return {
    'confluent.metrics.points': seriesOf(rows),
    'confluent.metrics.metrics': METRICS.map(([name, description, unit, type, resource, keys]) => ({
      keys: { dataset: 'cloud' },
      body: {
        name,
        description,
        unit,
        type,
        lifecycle_stage: 'GENERAL_AVAILABILITY',
        exportable: true,
        resources: [resource],
        labels: keys.map(label),
      },
    })),
    'confluent.metrics.resources': Object.entries(LABELS).map(([type, labels]) => ({
      keys: { dataset: 'cloud' },
      body: { type, description: `A ${type.replaceAll('_', ' ')}`, labels: labels.map(label) },
    })),
    'confluent.ai.org_preferences': [{ body: { ai_assistant_enabled: true } }],
    'confluent.ai.availability': [{ over: { ai_assistant_enabled: true } }],
    'confluent.rtce.regions': [
      ['AWS', 'eu-central-1', 'Frankfurt'],
      ['AWS', 'us-east-1', 'N. Virginia'],
    ].map(([cloud, region, display_name]) => ({
      let: { id: `${cloud.toLowerCase()}.${region}` },
      body: { cloud, region, display_name },
    })),
    'confluent.rtce.topics': ['orders.events', 'orders.customers'].map(topic_name => ({
      body: {
        spec: {
          topic_name,
          description: `What happens to ${topic_name.split('.')[1]}`,
          cloud: 'AWS',
          region: 'eu-central-1',
          environment: { id: home },
          kafka_cluster: { id: home_cluster },
        },
      },
      over: { status: { phase: 'ACTIVE' } },
    })),
    'confluent.connect_artifacts.connect_artifacts': [
      {
        let: { id: 'cart-4m2x7q' },
        body: {
          spec: {
            cloud: 'AWS',
            environment: home,
            display_name: 'mask-fields',
            description: 'Masks names and addresses',
          },
        },
        over: { spec: { plugins: [{ class: 'com.example.MaskFields' }] }, status: { phase: 'READY' } },
      },
    ],
    'confluent.configuration_control.policies': [
      {
        body: {
          metadata: { name: 'replicated-topics' },
          spec: {
            type: 'kafka.topic',
            scope: { resource_name: org_crn },
            mode: 'AUDIT',
            action: 'DENY',
            rules: [{ name: 'three replicas', match: 'topic.replication_factor >= 3' }],
          },
        },
      },
    ],
  }
}
