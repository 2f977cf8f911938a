import { DAY, stamp } from './chance.mjs'

const TRACES = {
  FAILED:
    'org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler\n\tat org.apache.kafka.connect.runtime.RetryWithToleranceOperator.execAndHandleError(RetryWithToleranceOperator.java:237)\nCaused by: password authentication failed for user "connect"',
  DEGRADED: 'com.amazonaws.services.s3.model.AmazonS3Exception: Access Denied (Status Code: 403)',
}

/** Connectors: name, cluster, class, state of the connector, states of its tasks. */
const CONNECTORS = [
  ['orders-to-s3', 'lkc-7p2v9d', 'S3_SINK', 'RUNNING', ['RUNNING', 'RUNNING']],
  ['orders-cdc', 'lkc-7p2v9d', 'PostgresCdcSourceV2', 'FAILED', ['FAILED']],
  ['inventory datagen', 'lkc-7p2v9d', 'DatagenSource', 'PAUSED', ['PAUSED']],
  ['payments-to-snowflake', 'lkc-8q3w0f', 'SnowflakeSink', 'DEGRADED', ['RUNNING', 'FAILED', 'RUNNING']],
  ['payments-cdc', 'lkc-8q3w0f', 'MySqlCdcSourceV2', 'RUNNING', ['RUNNING']],
  ['telemetry-to-s3', 'lkc-9r4x1g', 'S3_SINK', 'RUNNING', ['RUNNING', 'RUNNING', 'RUNNING', 'RUNNING']],
  ['staging-orders', 'lkc-2k5y3h', 'DatagenSource', 'PROVISIONING', []],
  ['staging/payments', 'lkc-3m6z4j', 'SnowflakeSink', 'FAILED', ['FAILED', 'FAILED']],
  ['dev-datagen', 'lkc-4n7a5k', 'DatagenSource', 'RUNNING', ['RUNNING']],
]

/** Connectors in all states, and plugins for them. */
export function connect({ random, now, environment_of }) {
  const at = days => stamp(now - days * DAY, random)
  return {
    'confluent.connect.connectors': connectors(at, random, environment_of),
    ...plugins(at),
    ...versions(at),
  }
}

function connectors(at, random, environment_of) {
  return CONNECTORS.map(([name, cluster, type, state, tasks], index) => ({
    at: at(400 - index * 20),
    keys: { environment_id: environment_of[cluster], kafka_cluster_id: cluster },
    body: {
      name,
      config: {
        'connector.class': type,
        name,
        'kafka.auth.mode': 'KAFKA_API_KEY',
        'kafka.api.key': '****************',
        'kafka.api.secret': '****************',
        'tasks.max': String(Math.max(1, tasks.length)),
        ...(type.includes('Sink') || type === 'S3_SINK'
          ? { topics: `${name.split(/\W/)[0]}.events` }
          : { 'kafka.topic': `${name.split(/\W/)[0]}.events` }),
      },
      offsets: [
        {
          partition: { kafka_partition: 0, kafka_topic: `${name.split(/\W/)[0]}.events` },
          offset: { kafka_offset: 1200 + index * 37 },
        },
      ],
    },
    over: {
      id: { id: random.id('lcc-', 6) },
      info: { tasks: tasks.map((_, task) => ({ connector: name, task })) },
      status: {
        connector: { state, trace: TRACES[state] ?? '' },
        tasks: tasks.map((status, id) => ({
          id,
          state: status,
          worker_id: name,
          msg: status === 'FAILED' ? (TRACES[state] ?? TRACES.FAILED) : '',
        })),
      },
      ...(index === 0
        ? {
            _request: {
              request: { id: 'lcc-none', name, type: 'PATCH', offsets: [], requested_at: at(20) },
              status: { phase: 'APPLIED', message: 'The offsets were changed' },
              previous_offsets: [],
              applied_at: at(20),
            },
          }
        : {}),
    },
    omit: ['config', 'offsets'],
  }))
}

function plugins(at) {
  const managed = [
    ['S3_SINK', 'sink'],
    ['SnowflakeSink', 'sink'],
    ['ElasticsearchSink', 'sink'],
    ['DatagenSource', 'source'],
    ['PostgresCdcSourceV2', 'source'],
    ['MySqlCdcSourceV2', 'source'],
  ].map(([name, type]) => ({ body: { class: name, type, version: '0.1.0' } }))
  return {
    'confluent.connect.managed_connector_plugins': managed,
    'confluent.connect.custom_connector_plugins': [
      ['ccp-4k8m2x', 'Legacy queue source', 'SOURCE', 'com.example.queue.QueueSource'],
      ['ccp-9w1t6z', 'Mail "sink"', 'SINK', 'com.example.mail.MailSink'],
    ].map(([id, display_name, connector_type, connector_class], index) => ({
      at: at(220 - index * 30),
      let: { id },
      body: {
        display_name,
        description: 'Made in house',
        connector_type,
        connector_class,
        cloud: 'AWS',
        documentation_link: 'https://docs.example.com/plugins',
        sensitive_config_properties: ['password'],
      },
    })),
    'confluent.connect.custom_connector_runtimes': [
      ['3.9.0', 'GA', ['11', '17'], '2027-06-30T00:00:00.000000Z'],
      ['4.0.0', 'GA', ['17'], '2028-06-30T00:00:00.000000Z'],
      ['4.1.0', 'PREVIEW', ['17', '21'], '2029-06-30T00:00:00.000000Z'],
    ].map(([version, product_maturity, supported_java_versions, end_of_life_at]) => ({
      body: {
        id: `ccr-${version}`,
        custom_connect_plugin_runtime_name: version,
        description: `Connect ${version}`,
        runtime_ak_version: version,
        product_maturity,
        supported_java_versions,
        end_of_life_at,
      },
    })),
  }
}

/** Plugins by environment, with their versions and log destinations. */
function versions(at) {
  return {
    'confluent.ccpm.custom_connect_plugins': [
      {
        at: at(120),
        let: { id: 'plugin-2r7c5y' },
        body: {
          spec: {
            cloud: 'AWS',
            display_name: 'Queue source',
            description: 'By environment',
            environment: { id: 'env-p7r2k1' },
          },
        },
      },
    ],
    'confluent.ccpm.custom_connect_plugin_versions': ['1.0.0', '1.1.0'].map((version, index) => ({
      at: at(119 - index * 40),
      keys: { plugin_id: 'plugin-2r7c5y' },
      let: { id: `ver-${index}a${index}b${index}c` },
      body: {
        spec: {
          version,
          documentation_link: 'https://docs.example.com/plugins',
          sensitive_config_properties: ['password'],
          connector_classes: [{ class_name: 'com.example.queue.QueueSource', type: 'SOURCE' }],
          environment: { id: 'env-p7r2k1' },
        },
      },
      over: {
        status: {
          phase: index === 0 ? 'READY' : 'FAILED',
          error_message: index === 0 ? '' : 'The archive has no manifest',
        },
      },
    })),
    'confluent.ccl.custom_code_loggings': [
      {
        at: at(100),
        let: { id: 'ccl-8d3w1k' },
        body: {
          cloud: 'AWS',
          region: 'eu-central-1',
          environment: { id: 'env-p7r2k1' },
          destination_settings: {
            kind: 'Kafka',
            cluster_id: 'lkc-7p2v9d',
            topic: 'telemetry.events',
            log_level: 'INFO',
          },
        },
      },
    ],
  }
}
