/** What can be measured, and what came to the API last: contexts, programs for connectors, policies. */

const LABELS = {
  kafka: ['kafka.id'],
  connector: ['connector.id'],
  ksql: ['ksql.id'],
  schema_registry: ['schema_registry.id'],
  compute_pool: ['compute_pool.id'],
}

/** Name, what it tells, unit, type, resource and label of each. */
const METRICS = [
  [
    'io.confluent.kafka.server/received_bytes',
    'Bytes received from clients',
    'By',
    'COUNTER_INT64',
    'kafka',
    'topic',
  ],
  ['io.confluent.kafka.server/sent_bytes', 'Bytes sent to clients', 'By', 'COUNTER_INT64', 'kafka', 'topic'],
  ['io.confluent.kafka.server/retained_bytes', 'Bytes kept', 'By', 'GAUGE_INT64', 'kafka', 'topic'],
  [
    'io.confluent.kafka.server/active_connection_count',
    'Open connections',
    '{connections}',
    'GAUGE_INT64',
    'kafka',
    'principal_id',
  ],
  [
    'io.confluent.kafka.server/consumer_lag_offsets',
    'How far consumers are behind',
    '{offsets}',
    'GAUGE_INT64',
    'kafka',
    'consumer_group_id',
  ],
  [
    'io.confluent.kafka.server/cluster_load_percent',
    'Load of the cluster',
    '%',
    'GAUGE_DOUBLE',
    'kafka',
    undefined,
  ],
  [
    'io.confluent.kafka.connect/sent_records',
    'Records that connectors sent',
    '{records}',
    'COUNTER_INT64',
    'connector',
    undefined,
  ],
  [
    'io.confluent.kafka.connect/dead_letter_queue_records',
    'Records set aside',
    '{records}',
    'COUNTER_INT64',
    'connector',
    undefined,
  ],
  [
    'io.confluent.kafka.ksql/streaming_unit_count',
    'Streaming units in use',
    '{units}',
    'GAUGE_INT64',
    'ksql',
    undefined,
  ],
  [
    'io.confluent.kafka.schema_registry/schema_count',
    'Schemas',
    '{schemas}',
    'GAUGE_INT64',
    'schema_registry',
    undefined,
  ],
  [
    'io.confluent.flink/compute_pool_utilization/current_cfus',
    'CFUs in use',
    '{cfus}',
    'GAUGE_INT64',
    'compute_pool',
    undefined,
  ],
]

const label = key => ({ key, description: `The ${key.replaceAll(/[._]/g, ' ')}`, exportable: true })

export function measures({ home, home_cluster, org_crn }) {
  return {
    'confluent.metrics.metrics': METRICS.map(([name, description, unit, type, resource, key]) => ({
      keys: { dataset: 'cloud' },
      body: {
        name,
        description,
        unit,
        type,
        lifecycle_stage: 'GENERAL_AVAILABILITY',
        exportable: true,
        resources: [resource],
        labels: key === undefined ? [] : [label(key)],
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
