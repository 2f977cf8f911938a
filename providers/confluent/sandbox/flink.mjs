import { DAY, stamp } from './chance.mjs'

/** Statements: name, environment, compute pool, its region, text, phase, detail. */
const STATEMENTS = [
  [
    'orders-per-minute',
    'env-p7r2k1',
    'lfcp-1a2b3c',
    'aws.eu-central-1',
    "SELECT COUNT(*) FROM `orders.events` GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE)",
    'RUNNING',
    '',
  ],
  [
    'enrich-orders',
    'env-p7r2k1',
    'lfcp-1a2b3c',
    'aws.eu-central-1',
    'INSERT INTO `orders.state` SELECT * FROM `orders.events`',
    'DEGRADED',
    'Two restarts in the last hour',
  ],
  [
    'late-shipments',
    'env-p7r2k1',
    'lfcp-1a2b3c',
    'aws.eu-central-1',
    'SELECT * FROM `shipping.events` WHERE late',
    'FAILED',
    "Column 'late' not found in any table",
  ],
  [
    'fraud-scores',
    'env-p7r2k1',
    'lfcp-4d5e6f',
    'aws.us-east-1',
    "INSERT INTO scores SELECT id, ML_PREDICT('fraud', amount) FROM `payments.events`",
    'RUNNING',
    '',
  ],
  ['one-off', 'env-p7r2k1', 'lfcp-4d5e6f', 'aws.us-east-1', 'SHOW TABLES', 'COMPLETED', ''],
  [
    'staging-copy',
    'env-s4t9q6',
    'lfcp-7g8h9i',
    'gcp.europe-west1',
    'INSERT INTO copy SELECT * FROM `orders.events`',
    'STOPPED',
    'Stopped by its owner',
  ],
  [
    'try-things',
    'env-d3v8n5',
    'lfcp-0j1k2l',
    'aws.eu-central-1',
    'SELECT 1',
    'FAILED',
    'The compute pool is not available',
  ],
]

/** Flink statements and connections by region, and Flink artifacts. */
export function flink({ random, now, org }, { accounts }) {
  const all = {}
  const put = (resource, row) => {
    ;(all[`confluent.${resource}`] ??= []).push(row)
  }
  const at = days => stamp(now - days * DAY, random)
  for (const [index, statement] of STATEMENTS.entries())
    addStatement(put, { at, org, accounts, index }, statement)
  addConnections(put, { at, org })
  addTables(put, { at, org, accounts })
  put('flink_artifacts.flink_artifacts', {
    at: at(75),
    let: { id: 'cfa-3k9d1m' },
    body: {
      display_name: 'text functions',
      description: 'Functions for text',
      cloud: 'AWS',
      region: 'eu-central-1',
      environment: 'env-p7r2k1',
      class: 'com.example.Text',
    },
  })
  put('flink_artifacts.flink_artifacts', {
    at: at(65),
    let: { id: 'cfa-7w2x5q' },
    body: {
      display_name: 'geo functions',
      description: '',
      cloud: 'AWS',
      region: 'us-east-1',
      environment: 'env-p7r2k1',
      runtime_language: 'PYTHON',
      content_format: 'ZIP',
    },
  })
  return all
}

function addConnections(put, { at, org }) {
  const site = 'aws.eu-central-1'
  const keys = { organization_id: org, environment_id: 'env-p7r2k1' }
  put('sql.connections', {
    at: at(80),
    site,
    keys,
    body: {
      name: 'model-server',
      spec: {
        connection_type: 'OPENAI',
        endpoint: 'https://models.example.com/v1',
        auth_data: { kind: 'PlaintextProvider', data: '****************' },
      },
    },
  })
  put('sql.connections', {
    at: at(70),
    site,
    keys,
    body: {
      name: 'documents',
      spec: { connection_type: 'MONGODB', endpoint: 'https://documents.example.com' },
    },
    over: { status: { phase: 'UNREACHABLE', detail: 'No answer' } },
  })
}

function addTables(put, { at, org, accounts }) {
  const site = 'aws.eu-central-1'
  const keys = { organization_id: org, environment_id: 'env-p7r2k1' }
  const inDatabase = { ...keys, kafka_cluster_id: 'lkc-7p2v9d' }
  put('sql.materialized_tables', {
    at: at(60),
    site,
    keys: inDatabase,
    body: {
      name: 'daily_orders',
      spec: {
        compute_pool_id: 'lfcp-1a2b3c',
        principal: accounts[0],
        query: 'SELECT day, COUNT(*) FROM `orders.events` GROUP BY day',
        columns: [
          { kind: 'Physical', name: 'day', type: { type: 'DATE', nullable: false } },
          {
            kind: 'Computed',
            name: 'orders',
            type: { type: 'BIGINT', nullable: false },
            expression: 'COUNT(*)',
          },
        ],
      },
    },
    over: { status: { phase: 'RUNNING', version: 2, latest_version: 2 } },
  })
  for (const version of [1, 2])
    put('sql.materialized_table_versions', {
      at: at(60 - version),
      site,
      keys: inDatabase,
      body: {
        name: 'daily_orders',
        organization_id: org,
        environment_id: 'env-p7r2k1',
        metadata: { self: `site:${site}/sql/v1/versions/${version}`, created_at: at(60 - version) },
        spec: { version, statement: 'CREATE MATERIALIZED TABLE daily_orders AS SELECT …', changes: [] },
      },
    })
  put('sql.agents', {
    at: at(50),
    site,
    keys: inDatabase,
    body: {
      name: 'order-helper',
      spec: {
        description: 'Answers questions on orders',
        model: 'helper',
        prompt: 'Be brief.',
        tools: ['find-order'],
        properties: {},
      },
    },
  })
  put('sql.tools', {
    at: at(50),
    site,
    keys: { ...keys, database_name: 'lkc-7p2v9d' },
    body: {
      name: 'find-order',
      spec: { connection: 'model-server', function: 'find_order', comment: 'Finds an order', options: {} },
    },
  })
}

function addStatement(
  put,
  { at, org, accounts, index },
  [name, environment_id, pool, site, statement, phase, detail],
) {
  const keys = { organization_id: org, environment_id }
  put('sql.statements', {
    at: at(90 - index * 10),
    site,
    keys,
    body: {
      name,
      spec: {
        statement,
        compute_pool_id: pool,
        principal: accounts[index],
        stopped: phase === 'STOPPED',
        properties: { 'sql.current-catalog': environment_id, 'sql.current-database': 'lkc-7p2v9d' },
      },
    },
    over: {
      metadata: { labels: index === 0 ? { 'user.confluent.io/team': 'orders' } : {} },
      ...(index === 0 ? { _labels: ['user.confluent.io/team=orders'] } : {}),
      status: {
        phase,
        detail,
        network_kind: 'PUBLIC',
        scaling_status: { scaling_state: index === 1 ? 'POOL_EXHAUSTED' : 'OK', last_updated: at(1) },
        traits: { sql_kind: statement.split(' ')[0], is_bounded: index === 4, is_append_only: index !== 0 },
        ...(index === 1
          ? {
              warnings: [
                {
                  severity: 'MODERATE',
                  created_at: at(1),
                  reason: 'STATE_GROWS',
                  message: 'The state has no limit',
                },
              ],
            }
          : {}),
      },
    },
  })
  if (phase === 'FAILED' || phase === 'DEGRADED')
    put('sql.statement_exceptions', {
      site,
      keys: { ...keys, statement_name: name },
      body: { name: 'org.apache.flink.table.api.ValidationException', message: detail, timestamp: at(2) },
    })
  if (index === 0 || index === 4)
    for (let n = 0; n < 11; n++)
      put('sql.statement_results', {
        site,
        keys: { ...keys, name },
        body: {
          ...(index === 0 ? { op: 0 } : {}),
          row: index === 0 ? [String(n), `minute ${n}`] : [`table_${n}`],
        },
      })
}
