import { DAY } from './chance.mjs'

/** What is billed each day: product, kind of line, unit, price, quantity, the resource and its environment. */
const LINES = [
  ['KAFKA', 'KAFKA_NUM_CKUS', 'CKU-hour', 2.25, 48, 'lkc-7p2v9d', 'orders-prod', 'env-p7r2k1', 'PEERED_VPC'],
  ['KAFKA', 'KAFKA_STORAGE', 'GB-hour', 0.00013, 98_400, 'lkc-7p2v9d', 'orders-prod', 'env-p7r2k1'],
  ['KAFKA', 'KAFKA_NETWORK_WRITE', 'GB', 0.05, 410, 'lkc-7p2v9d', 'orders-prod', 'env-p7r2k1', 'PEERED_VPC'],
  ['KAFKA', 'KAFKA_NETWORK_READ', 'GB', 0.05, 1220, 'lkc-7p2v9d', 'orders-prod', 'env-p7r2k1', 'PEERED_VPC'],
  ['KAFKA', 'KAFKA_BASE', 'Hour', 2.0, 24, 'lkc-8q3w0f', 'payments-prod', 'env-p7r2k1', 'PRIVATE_LINK'],
  [
    'KAFKA',
    'KAFKA_NETWORK_WRITE',
    'GB',
    0.045,
    130,
    'lkc-8q3w0f',
    'payments-prod',
    'env-p7r2k1',
    'PRIVATE_LINK',
  ],
  ['KAFKA', 'KAFKA_STORAGE', 'GB-hour', 0.00013, 22_100, 'lkc-8q3w0f', 'payments-prod', 'env-p7r2k1'],
  [
    'KAFKA',
    'KAFKA_NETWORK_WRITE',
    'GB',
    0.02,
    3900,
    'lkc-9r4x1g',
    'telemetry-prod',
    'env-p7r2k1',
    'INTERNET',
  ],
  ['KAFKA', 'KAFKA_BASE', 'Hour', 1.5, 24, 'lkc-2k5y3h', 'orders-staging', 'env-s4t9q6', 'INTERNET'],
  ['KAFKA', 'KAFKA_BASE', 'Hour', 1.5, 24, 'lkc-3m6z4j', 'payments "staging"', 'env-s4t9q6', 'INTERNET'],
  ['KAFKA', 'KAFKA_STORAGE', 'GB-hour', 0.00011, 310, 'lkc-4n7a5k', 'sandbox-dev', 'env-d3v8n5'],
  ['CONNECT', 'CONNECT_NUM_TASKS', 'Task-hour', 0.1, 72, 'lkc-7p2v9d', 'orders-prod', 'env-p7r2k1'],
  ['CONNECT', 'CONNECT_THROUGHPUT', 'GB', 0.025, 55, 'lkc-8q3w0f', 'payments-prod', 'env-p7r2k1'],
  ['KSQL', 'KSQL_NUM_CSUS', 'CSU-hour', 0.23, 192, 'lksqlc-6t1q4z', 'orders-enrichment', 'env-p7r2k1'],
  [
    'STREAM_GOVERNANCE',
    'GOVERNANCE_BASE',
    'Hour',
    1.0,
    24,
    'lsrc-1v5d8k',
    'Stream Governance Package',
    'env-p7r2k1',
  ],
  ['FLINK', 'FLINK_NUM_CFUS', 'CFU-minute', 0.0035, 24_480, 'lfcp-1a2b3c', 'orders', 'env-p7r2k1'],
  ['FLINK', 'FLINK_NUM_CFUS', 'CFU-minute', 0.0035, 17_280, 'lfcp-4d5e6f', 'fraud detection', 'env-p7r2k1'],
  ['CLUSTER_LINK', 'CLUSTER_LINKING_PER_LINK', 'Hour', 0.5, 48, 'lkc-2k5y3h', 'orders-staging', 'env-s4t9q6'],
  ['TABLEFLOW', 'TABLEFLOW_NUM_TOPICS', 'Topic-hour', 0.08, 48, 'lkc-7p2v9d', 'orders-prod', 'env-p7r2k1'],
  ['AUDIT_LOG', 'AUDIT_LOG_READ', 'GB', 0.05, 3],
]

const round = (value, digits) => Number(value.toFixed(digits))
const day = ms => new Date(ms).toISOString().slice(0, 10)

/** The API returns costs of at most a year. Rows are shifted by whole weeks, so there is an additional week on both sides. */
const FIRST = -379
const LAST = 6

/** The costs of each day for more than a year before `now`, and a credit each Monday. */
export function costs({ random, now }) {
  const rows = []
  const put = (date, body) =>
    rows.push({
      let: { id: `ci-${(46_656 + rows.length).toString(36)}` },
      body: { start_date: day(date), end_date: day(date + DAY), ...body },
    })
  for (let offset = FIRST; offset <= LAST; offset++) {
    const date = now + offset * DAY
    const weekday = new Date(date).getUTCDay()
    for (const line of LINES) put(date, charge(line, [0.75, 1, 1.02, 1.05, 1.03, 1, 0.8][weekday], random))
    if (weekday === 1)
      put(date, {
        product: 'KAFKA',
        line_type: 'PROMO_CREDIT',
        description: 'Credit, "thanks"',
        unit: 'Dollar',
        amount: -25,
        original_amount: -25,
        discount_amount: 0,
      })
  }
  return { 'confluent.billing.costs': rows }
}

/** A cost line for a day with `busy` times the usual traffic. */
function charge(
  [product, line_type, unit, price, usual, id, display_name, environment, network_access_type],
  busy,
  random,
) {
  const isTraffic = !unit.includes('our') && id !== undefined
  const quantity = round(usual * (isTraffic ? busy * (0.9 + random.below(200) / 1000) : 1), 3)
  const original_amount = round(price * quantity, 4)
  const discount_amount = product === 'KAFKA' ? round(original_amount * 0.1, 4) : 0
  return {
    product,
    line_type,
    unit,
    price,
    quantity,
    original_amount,
    discount_amount,
    amount: round(original_amount - discount_amount, 4),
    ...(network_access_type === undefined ? {} : { network_access_type }),
    ...(id === undefined ? {} : { resource: { id, display_name, environment: { id: environment } } }),
  }
}

/** Limits of the organization: scope, code, name, limit, default, usage, ids of the resource. */
const LIMITS = [
  ['ORGANIZATION', 'iam.max_pending_invitations.per_organization', 'Pending invitations', 150, 150, 40],
  ['ORGANIZATION', 'iam.max_users.per_org', 'Users', 1000, 1000, 140],
  ['ORGANIZATION', 'iam.max_service_accounts.per_org', 'Service accounts', 70, 1000, 60],
  ['ORGANIZATION', 'iam.max_environments.per_org', 'Environments', 25, 25, 3],
  ['ORGANIZATION', 'iam.max_cloud_api_keys.per_org', 'Cloud API keys', 1000, 1000, 90],
  ['ORGANIZATION', 'iam.max_kafka_clusters.per_org', 'Kafka clusters', 400, 400, 7],
  ['ORGANIZATION', 'iam.max_identity_providers.per_organization', 'Identity providers', 5, 5, 2],
  ['ORGANIZATION', 'byok.max_keys.per_org', 'Keys of your own', 3, 20, 3],
  ['ORGANIZATION', 'notifications.max_integrations.per_organization', 'Integrations', 1000, 1000, undefined],
  ...['env-p7r2k1', 'env-s4t9q6', 'env-d3v8n5'].flatMap((id, index) => [
    [
      'ENVIRONMENT',
      'kafka.max_kafka_clusters.per_env',
      'Kafka clusters',
      20,
      20,
      [3, 2, 2][index],
      { environment: { id } },
    ],
    [
      'ENVIRONMENT',
      'kafka.max_pending_kafka_clusters.per_env',
      'Pending Kafka clusters',
      3,
      3,
      [0, 0, 1][index],
      { environment: { id } },
    ],
    [
      'ENVIRONMENT',
      'networking.max_network.per_environment',
      'Networks',
      3,
      3,
      [2, 1, 2][index],
      { environment: { id } },
    ],
    [
      'ENVIRONMENT',
      'flink.max_compute_pools.per_env',
      'Compute pools',
      10,
      10,
      [2, 1, 1][index],
      { environment: { id } },
    ],
  ]),
  [
    'NETWORK',
    'networking.max_peering.per_network',
    'Peerings',
    25,
    25,
    2,
    { network: { id: 'n-6kq3mz' }, environment: { id: 'env-p7r2k1' } },
  ],
  [
    'NETWORK',
    'networking.max_transit_gateway.per_network',
    'Transit gateways',
    1,
    1,
    1,
    { network: { id: 'n-6kq3mz' }, environment: { id: 'env-p7r2k1' } },
  ],
  ...['lkc-7p2v9d', 'lkc-8q3w0f'].map(id => [
    'KAFKA_CLUSTER',
    'kafka.max_api_keys.per_cluster',
    'API keys',
    2000,
    2000,
    30,
    { kafka_cluster: { id }, environment: { id: 'env-p7r2k1' } },
  ]),
  ['IDENTITY_PROVIDER', 'iam.max_jwks.per_identity_provider', 'Keys of a provider', 15, 15, 1],
  [
    'CERTIFICATE_AUTHORITY',
    'iam.max_identity_pools.per_certificate_authority',
    'Pools of an authority',
    100,
    100,
    3,
  ],
]

/** Limits and quotas with their usage. */
export function quotas({ caller, accounts }) {
  const limits = [
    ...LIMITS,
    [
      'USER_ACCOUNT',
      'iam.max_cloud_api_keys.per_user',
      'Cloud API keys',
      10,
      10,
      2,
      { user: { id: caller } },
    ],
    [
      'SERVICE_ACCOUNT',
      'iam.max_cloud_api_keys.per_service_account',
      'Cloud API keys',
      100,
      100,
      1,
      { user: { id: accounts[0] } },
    ],
  ]
  const scopes = [...new Set(limits.map(([scope]) => scope))]
  const client = (id, display_name, cluster, ingress, egress, principals) => ({
    let: { id },
    body: {
      spec: {
        display_name,
        description: '',
        throughput: { ingress_byte_rate: ingress, egress_byte_rate: egress },
        cluster: { id: cluster },
        principals,
        environment: { id: 'env-p7r2k1' },
      },
    },
  })
  return {
    'confluent.quotas.applied_quotas': limits.map(
      ([scope, id, display_name, applied_limit, default_limit, usage, more = {}]) => ({
        body: {
          id,
          scope,
          display_name,
          applied_limit,
          default_limit,
          ...(usage === undefined ? {} : { usage }),
          ...more,
        },
      }),
    ),
    'confluent.quotas.scopes': scopes.map(id => ({
      body: { id, description: `Limits of scope ${id.toLowerCase().replace('_', ' ')}` },
    })),
    'confluent.quotas.client_quotas': [
      client(
        'cq-4m8x2p',
        'loaders',
        'lkc-7p2v9d',
        '5242880',
        '10485760',
        accounts.slice(0, 3).map(id => ({ id })),
      ),
      client('cq-9z1k6t', 'everyone else', 'lkc-7p2v9d', '1048576', '1048576', [{ id: '<default>' }]),
    ],
  }
}
