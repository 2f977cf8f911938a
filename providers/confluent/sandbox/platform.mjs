import { DAY, stamp } from './chance.mjs'

/** Kafka clusters: id, environment, name, cloud, region, availability, type, further members of spec. */
const CLUSTERS = [
  [
    'lkc-7p2v9d',
    'env-p7r2k1',
    'orders-prod',
    'AWS',
    'eu-central-1',
    'HIGH',
    { kind: 'Dedicated', cku: 2, zones: ['euc1-az1', 'euc1-az2', 'euc1-az3'] },
    { network: { id: 'n-6kq3mz' }, byok: { id: 'cck-4d9x1q' }, deletion_protection: true },
  ],
  [
    'lkc-8q3w0f',
    'env-p7r2k1',
    'payments-prod',
    'AWS',
    'us-east-1',
    'HIGH',
    { kind: 'Enterprise', max_ecku: 10 },
    { byok: { id: 'cck-8s2v7w' }, deletion_protection: true },
  ],
  [
    'lkc-9r4x1g',
    'env-p7r2k1',
    'telemetry-prod',
    'AWS',
    'eu-central-1',
    'HIGH',
    { kind: 'Freight', max_ecku: 20 },
    { deletion_protection: false },
  ],
  [
    'lkc-2k5y3h',
    'env-s4t9q6',
    'orders-staging',
    'GCP',
    'europe-west1',
    'LOW',
    { kind: 'Standard', max_ecku: 10 },
    { deletion_protection: true },
  ],
  [
    'lkc-3m6z4j',
    'env-s4t9q6',
    'payments "staging"',
    'AZURE',
    'westeurope',
    'HIGH',
    { kind: 'Standard', max_ecku: 10 },
    { deletion_protection: false },
  ],
  [
    'lkc-4n7a5k',
    'env-d3v8n5',
    'sandbox-dev',
    'AWS',
    'eu-central-1',
    'LOW',
    { kind: 'Basic', max_ecku: 50 },
    { deletion_protection: false },
  ],
  [
    'lkc-5p8b6m',
    'env-d3v8n5',
    'load-test',
    'AWS',
    'eu-central-1',
    'LOW',
    { kind: 'Dedicated', cku: 1, zones: ['euc1-az2'] },
    { network: { id: 'n-2hd8wp' }, deletion_protection: false },
  ],
]

const REGISTRIES = [
  ['lsrc-1v5d8k', 'env-p7r2k1', 'ADVANCED', 'AWS', 'eu-central-1', 'sgreg-2'],
  ['lsrc-2w6f9m', 'env-s4t9q6', 'ESSENTIALS', 'GCP', 'europe-west1', 'sgreg-5'],
  ['lsrc-3x7g0n', 'env-d3v8n5', 'ESSENTIALS', 'AWS', 'eu-central-1', 'sgreg-2'],
]

const REGIONS = [
  ['AWS', 'eu-central-1', 'Frankfurt (eu-central-1)', 'sgreg-2'],
  ['AWS', 'us-east-1', 'N. Virginia (us-east-1)', 'sgreg-1'],
  ['AZURE', 'westeurope', 'Netherlands (westeurope)', 'sgreg-8'],
  ['GCP', 'europe-west1', 'Belgium (europe-west1)', 'sgreg-5'],
]

/** Compute pools: id, environment, name, cloud, region, maximum CFUs, CFUs in use. */
const POOLS = [
  ['lfcp-1a2b3c', 'env-p7r2k1', 'orders', 'AWS', 'eu-central-1', 20, 17],
  ['lfcp-4d5e6f', 'env-p7r2k1', 'fraud detection', 'AWS', 'us-east-1', 50, 12],
  ['lfcp-7g8h9i', 'env-s4t9q6', 'staging', 'GCP', 'europe-west1', 10, 0],
  ['lfcp-0j1k2l', 'env-d3v8n5', 'playground', 'AWS', 'eu-central-1', 5, 0],
]

/** The organization, its environments, and their clusters and compute pools. */
export function platform({ random, now, org, isReady }) {
  const ago = days => stamp(now - days * DAY, random)
  const environments = [
    ['env-p7r2k1', 'production', 'ADVANCED'],
    ['env-s4t9q6', 'staging', 'ESSENTIALS'],
    ['env-d3v8n5', 'development', 'ESSENTIALS'],
  ].map(([id, display_name, pack], index) => ({
    at: ago(1390 - index * 40),
    let: { id },
    body: { display_name, stream_governance_config: { package: pack } },
  }))
  return {
    'confluent.org.organizations': [
      { at: ago(1400), let: { id: org }, body: { display_name: 'Sandbox & Sons, Inc.', jit_enabled: true } },
    ],
    'confluent.org.environments': environments,
    'confluent.managed_kafka_clusters.clusters': clusters(ago, isReady),
    'confluent.schema_registry_clusters.v2_clusters': registries(ago, 2),
    'confluent.schema_registry_clusters.v3_clusters': registries(ago, 3),
    ...regions(ago),
    ...pools(ago),
    ...others(ago),
    'confluent.endpoints.endpoints': endpoints(),
  }
}

function clusters(ago, isReady) {
  return CLUSTERS.map(([id, environment, display_name, cloud, region, availability, config, more], index) => {
    const ready = isReady(id)
    const host = `pkc-${id.slice(4)}.${region}.${cloud.toLowerCase()}.example.com`
    const url = `site:${id}`
    return {
      at: ready ? ago(1200 - index * 90) : ago(0.01),
      let: { id },
      body: {
        spec: {
          display_name,
          cloud,
          region,
          availability,
          config,
          environment: { id: environment },
          ...more,
        },
      },
      over: ready
        ? {
            spec: {
              http_endpoint: url,
              api_endpoint: url,
              kafka_bootstrap_endpoint: `SASL_SSL://${host}:9092`,
              endpoints: {
                PUBLIC: {
                  kafka_bootstrap_endpoint: `${host}:9092`,
                  http_endpoint: url,
                  connection_type: 'PUBLIC',
                },
              },
            },
            status: { phase: 'PROVISIONED', ...(config.cku === undefined ? {} : { cku: config.cku }) },
          }
        : {},
    }
  })
}

function registries(ago, version) {
  return REGISTRIES.map(([id, environment, pack, cloud, region, place], index) => ({
    at: ago(1300 - index * 35),
    let: { id },
    body: {
      spec: {
        package: pack,
        environment: { id: environment },
        ...(version === 2 ? { region: { id: place } } : { cloud, region }),
      },
    },
    over: {
      spec: {
        http_endpoint: `site:${id}`,
        ...(version === 3
          ? {
              catalog_http_endpoint: `site:${id}`,
              private_http_endpoint: `https://${id}.${region}.${cloud.toLowerCase()}.private.example.com`,
              private_networking_config: {
                regional_endpoints: { [region]: `https://${id}-${region}.private.example.com` },
              },
            }
          : {}),
      },
      status: { phase: 'PROVISIONED' },
    },
  }))
}

function regions(ago) {
  return {
    'confluent.schema_registry_clusters.regions': REGIONS.map(([cloud, region_name, display_name, id]) => ({
      at: ago(1500),
      let: { id },
      body: { spec: { display_name, cloud, region_name, packages: ['ESSENTIALS', 'ADVANCED'] } },
    })),
    'confluent.flink_compute_pools.regions': REGIONS.map(([cloud, region_name, display_name]) => {
      const id = `${cloud.toLowerCase()}.${region_name}`
      return {
        at: ago(1000),
        let: { id },
        body: {
          display_name,
          cloud,
          region_name,
          http_endpoint: `site:${id}`,
          private_http_endpoint: `https://flink.${region_name}.${cloud.toLowerCase()}.private.example.com`,
        },
      }
    }),
  }
}

function pools(ago) {
  return {
    'confluent.flink_compute_pools.compute_pools': POOLS.map(
      ([id, environment, display_name, cloud, region, max_cfu, current_cfu], index) => ({
        at: ago(500 - index * 50),
        let: { id },
        body: { spec: { display_name, cloud, region, max_cfu, environment: { id: environment } } },
        over: { status: { phase: index === 3 ? 'FAILED' : 'PROVISIONED', current_cfu } },
      }),
    ),
    'confluent.flink_compute_pools.org_compute_pool_configs': [
      { body: { spec: { default_pool_enabled: true, default_pool_max_cfu: 50 } } },
    ],
  }
}

/** ksqlDB clusters, and self-managed encryption keys. */
function others(ago) {
  return {
    'confluent.ksqldb_clusters.clusters': [
      {
        at: ago(640),
        let: { id: 'lksqlc-6t1q4z' },
        body: {
          spec: {
            display_name: 'orders-enrichment',
            csu: 8,
            kafka_cluster: { id: 'lkc-7p2v9d' },
            environment: { id: 'env-p7r2k1' },
          },
        },
        over: {
          status: {
            phase: 'PROVISIONED',
            http_endpoint: 'https://pksqlc-6t1q4z.eu-central-1.aws.example.com:443',
          },
        },
      },
    ],
    'confluent.encryption_keys.keys': [
      [
        'cck-4d9x1q',
        'orders key',
        {
          kind: 'AwsKey',
          key_arn: 'arn:aws:kms:eu-central-1:000000000000:key/0a1b2c3d',
          roles: ['arn:aws:iam::000000000001:role/kafka'],
        },
        'IN_USE',
        'VALID',
      ],
      [
        'cck-8s2v7w',
        'payments key',
        {
          kind: 'AwsKey',
          key_arn: 'arn:aws:kms:us-east-1:000000000000:key/4e5f6071',
          roles: ['arn:aws:iam::000000000001:role/kafka'],
        },
        'IN_USE',
        'VALID',
      ],
      [
        'cck-1z0y9x',
        'unused, "old"',
        {
          kind: 'AzureKey',
          key_id: 'https://vault.example.com/keys/old/1',
          key_vault_id: '/subscriptions/0/vaults/old',
          tenant_id: '00000000-0000-0000-0000-000000000000',
        },
        'AVAILABLE',
        'INVALID',
      ],
    ].map(([id, display_name, key, state, phase], index) => ({
      at: ago(900 - index * 60),
      let: { id },
      body: { display_name, key },
      over: { state, validation: { phase, message: phase === 'INVALID' ? 'The key is disabled' : '' } },
    })),
  }
}

function endpoints() {
  const row = (id, service, { environment, cloud, region }, endpoint, more = {}) => ({
    let: { id },
    body: {
      service,
      cloud,
      region,
      environment: { id: environment },
      endpoint,
      endpoint_type: 'REST',
      is_private: false,
      connection_type: 'PUBLIC',
      ...more,
    },
  })
  const kafka = CLUSTERS.slice(0, 6).flatMap(([id, environment, , cloud, region]) => {
    const bootstrap = `pkc-${id.slice(4)}.${region}.${cloud.toLowerCase()}.example.com:9092`
    const place = { environment, cloud, region }
    return [
      row(`ep-${id.slice(4)}r`, 'KAFKA', place, `site:${id}`, { resource: { id } }),
      row(`ep-${id.slice(4)}b`, 'KAFKA', place, bootstrap, { resource: { id }, endpoint_type: 'BOOTSTRAP' }),
    ]
  })
  const registriesOf = REGISTRIES.map(([id, environment, , cloud, region]) =>
    row(`ep-${id.slice(5)}s`, 'SCHEMA_REGISTRY', { environment, cloud, region }, `site:${id}`, {
      resource: { id },
    }),
  )
  const flink = ['env-p7r2k1', 'env-s4t9q6', 'env-d3v8n5'].flatMap(environment =>
    REGIONS.map(([cloud, region], index) =>
      row(
        `ep-${environment.slice(4)}f${index}`,
        'FLINK',
        { environment, cloud, region },
        `site:${cloud.toLowerCase()}.${region}`,
      ),
    ),
  )
  const payments = { environment: 'env-p7r2k1', cloud: 'AWS', region: 'us-east-1' }
  const hidden = row(
    'ep-8q3w0fp',
    'KAFKA',
    payments,
    'https://lkc-8q3w0f-ap5q2.us-east-1.aws.accesspoint.example.com',
    {
      resource: { id: 'lkc-8q3w0f' },
      is_private: true,
      connection_type: 'PRIVATE_LINK',
      gateway: { id: 'gw-3c7n5t' },
      access_point: { id: 'ap-5q2k8d' },
    },
  )
  return [...kafka, ...registriesOf, ...flink, hidden]
}
