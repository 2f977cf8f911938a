import { DAY, stamp } from './chance.mjs'

/** Notifications: id, category, severity, name, kinds of resources. */
const TYPES = [
  ['cluster-provisioned', 'SERVICE', 'INFO', 'Cluster is ready', ['CLUSTER']],
  ['connector-failed', 'SERVICE', 'CRITICAL', 'Connector failed', ['CONNECTOR']],
  ['statement-failed', 'SERVICE', 'WARN', 'Statement failed', ['FLINK_STATEMENT', 'FLINK_COMPUTE_POOL']],
  ['invoice-due', 'BILLING_LICENSING', 'WARN', 'Invoice is due', []],
  ['sign-in-blocked', 'SECURITY', 'CRITICAL', 'Sign-in was blocked', ['ENVIRONMENT']],
]

/** Rows for sharing with the outside: stream shares, notifications, provider integrations, Tableflow topics, clusters of Confluent Platform. */
export function sharing({ random, now, org_crn, org, caller }) {
  const at = days => stamp(now - days * DAY, random)
  const cluster = `${org_crn}/environment=env-p7r2k1/cloud-cluster=lkc-7p2v9d`
  const topic = `${cluster}/kafka=lkc-7p2v9d/topic=orders.events`
  const prod = { id: 'env-p7r2k1' }
  const given = { at, cluster, topic, prod, org, caller }
  return {
    ...optInsRows(given),
    ...providerSharesRows(given),
    ...consumerSharesRows(given),
    ...topicsRows(given),
    ...kafkaClustersRows(given),
  }
}

function optInsRows({ at, topic }) {
  return {
    'confluent.stream_sharing.opt_ins': [{ body: { stream_share_enabled: true } }],
    'confluent.stream_sharing.provider_shared_resources': [
      {
        at: at(200),
        let: { id: 'sr-2k7d4x' },
        body: {
          display_name: 'Orders',
          description: 'Orders as they come',
          crn: topic,
          resources: [topic],
          cluster_name: 'orders-prod',
          environment_name: 'production',
          organization_name: 'Sandbox & Sons, Inc.',
          organization_description: 'Wholesale',
          organization_contact: 'shares@example.com',
          cloud_cluster: { id: 'lkc-7p2v9d' },
          tags: ['PII'],
          schemas: [],
          logo_url: '',
        },
        over: { _shares: ['ss-5h1m8w', 'ss-9c3q6y'] },
      },
    ],
  }
}

function providerSharesRows({ at, topic }) {
  return {
    'confluent.stream_sharing.provider_shares': [
      {
        at: at(199),
        let: { id: 'ss-5h1m8w' },
        body: {
          consumer_restriction: { kind: 'Email', email: 'partner@example.org' },
          delivery_method: 'EMAIL',
          resources: [topic],
          cloud_cluster: { id: 'lkc-7p2v9d' },
        },
        over: {
          status: { phase: 'ACTIVE' },
          redeemed_at: at(197),
          consumer_user_name: 'Partner',
          consumer_organization_name: 'Partner, Ltd.',
          _resources: ['sr-2k7d4x'],
        },
        omit: ['resources'],
      },
      {
        at: at(3),
        let: { id: 'ss-9c3q6y' },
        body: {
          consumer_restriction: { kind: 'Email', email: 'new@example.org' },
          delivery_method: 'EMAIL',
          resources: [topic],
          cloud_cluster: { id: 'lkc-7p2v9d' },
        },
        over: { _resources: ['sr-2k7d4x'] },
        omit: ['resources'],
      },
    ],
    'confluent.stream_sharing.consumer_shared_resources': [
      {
        at: at(150),
        let: { id: 'csr-8x4t1n' },
        body: {
          display_name: 'Catalogue',
          description: 'Products of a supplier',
          cloud: 'AWS',
          network_connection_types: ['PRIVATELINK'],
          organization_name: 'Supplier, Inc.',
          organization_description: '',
          organization_contact: 'share@example.net',
          tags: [],
          schemas: [
            {
              subject: 'catalogue.products-value',
              version: 1,
              id: 100_001,
              schema_type: 'AVRO',
              schema: '"string"',
            },
          ],
          logo_url: '',
        },
        over: { _shares: ['cs-6v2j9k'] },
      },
    ],
  }
}

function consumerSharesRows({ at, cluster, prod, caller }) {
  return {
    'confluent.stream_sharing.consumer_shares': [
      {
        at: at(150),
        let: { id: 'cs-6v2j9k' },
        body: {
          consumer_user: { id: caller },
          consumer_user_name: 'Sandbox',
          consumer_organization_name: 'Sandbox & Sons, Inc.',
          provider_user_name: 'Supplier',
          provider_organization_name: 'Supplier, Inc.',
          invite_expires_at: at(143),
          status: { phase: 'ACTIVE' },
        },
        over: { _resources: ['csr-8x4t1n'] },
      },
    ],
    ...notifications(at, cluster, caller),
    'confluent.provider_integrations.integrations_v1': [
      {
        let: { id: 'cspi-4t8r2d' },
        body: {
          display_name: 'warehouse bucket',
          provider: 'AWS',
          config: {
            kind: 'AwsIntegrationConfig',
            customer_iam_role_arn: 'arn:aws:iam::000000000004:role/warehouse',
          },
          environment: prod,
        },
        over: { usages: [`${cluster}/connector=orders-to-s3`] },
      },
    ],
    'confluent.provider_integrations.integrations_v2': [
      {
        let: { id: 'cspi-7m3k9w' },
        body: {
          display_name: 'lake',
          provider: 'AZURE',
          config: {
            kind: 'AzureIntegrationConfig',
            customer_azure_tenant_id: '00000000-0000-0000-0000-000000000003',
            confluent_multi_tenant_app_id: '00000000-0000-0000-0000-000000000009',
          },
          environment: prod,
        },
        over: { status: 'ACTIVE' },
      },
      { let: { id: 'cspi-1x6n5q' }, body: { display_name: 'draft', provider: 'GCP', environment: prod } },
    ],
    'confluent.tableflow.regions': ['eu-central-1', 'us-east-1'].map(region => ({
      at: at(400),
      let: { id: `aws.${region}` },
      body: { cloud: 'AWS', region },
    })),
  }
}

function topicsRows({ at, prod }) {
  return {
    'confluent.tableflow.topics': [
      ['orders.events', 'RUNNING', ''],
      ['payments.events', 'FAILED', 'The bucket denies access'],
    ].map(([name, phase, error_message], index) => ({
      at: at(140 - index * 9),
      body: {
        spec: {
          display_name: name,
          environment: prod,
          kafka_cluster: { id: 'lkc-7p2v9d' },
          table_formats: index === 0 ? ['ICEBERG', 'DELTA'] : ['ICEBERG'],
          storage: {
            kind: 'ByobAws',
            bucket_name: 'lake-example',
            bucket_region: 'eu-central-1',
            provider_integration_id: 'cspi-4t8r2d',
            table_path: `s3://lake-example/${name}`,
          },
        },
      },
      over: {
        status: {
          phase,
          error_message,
          catalog_sync_statuses: [
            {
              catalog_integration_id: 'tci-5p8d2s',
              catalog_type: 'AWS_GLUE',
              sync_status: index === 0 ? 'SYNCED' : 'PENDING',
            },
          ],
        },
      },
    })),
    'confluent.tableflow.catalog_integrations': [
      {
        at: at(139),
        let: { id: 'tci-5p8d2s' },
        body: {
          spec: {
            display_name: 'glue',
            config: { kind: 'AwsGlue', provider_integration_id: 'cspi-4t8r2d' },
            environment: prod,
            kafka_cluster: { id: 'lkc-7p2v9d' },
          },
        },
        over: { status: { phase: 'CONNECTED', last_sync_at: at(0.1) } },
      },
    ],
  }
}

function kafkaClustersRows({ at, prod, org }) {
  return {
    'confluent.usm.kafka_clusters': [
      {
        let: { id: 'usmkc-8k2m4t' },
        body: {
          display_name: 'plant floor',
          confluent_platform_kafka_cluster_id: 'A1b2C3d4E5f6G7h8I9j0Kw',
          cloud: 'AWS',
          region: 'eu-central-1',
          environment: prod,
        },
      },
    ],
    'confluent.usm.connect_clusters': [
      {
        let: { id: 'usmcc-3w7x1z' },
        body: {
          confluent_platform_connect_cluster_id: 'plant-connect',
          kafka_cluster_id: 'usmkc-8k2m4t',
          cloud: 'AWS',
          region: 'eu-central-1',
          environment: prod,
        },
      },
    ],
    'confluent.partner.organizations': [
      {
        at: at(300),
        let: { id: org },
        body: {
          name: 'Sandbox & Sons, Inc.',
          sso_config: { kind: 'Google' },
          sso_url: `https://login.example.com/${org}`,
        },
      },
    ],
    'confluent.partner.entitlements': [
      {
        at: at(300),
        let: { id: 'ent-4q8z2c' },
        body: {
          external_id: 'market-0001',
          name: 'Pay as you go',
          plan_id: 'confluent-cloud-payg-prod',
          product_id: 'confluent-cloud-for-apache-kafka',
          resource_id: 'r-1',
          usage_reporting_id: 'u-1',
        },
      },
    ],
  }
}

function notifications(at, cluster, caller) {
  return { ...notificationTypesRows(at, cluster, caller), ...resourceSubscriptionsRows(at, cluster) }
}

function notificationTypesRows(at, cluster, caller) {
  return {
    'confluent.notifications.notification_types': TYPES.map(
      ([id, category, severity, display_name, kinds]) => ({
        at: at(900),
        let: { id },
        body: {
          display_name,
          description: `${display_name}.`,
          category,
          severity,
          is_included_in_plan: true,
          subscription_priority: severity === 'CRITICAL' ? 'RECOMMENDED' : 'OPTIONAL',
        },
        over: { _resource_types: kinds },
      }),
    ),
    'confluent.notifications.integrations': [
      {
        at: at(500),
        let: { id: 'NI-100001' },
        body: {
          display_name: 'on call',
          description: 'Wakes people up',
          target: { kind: 'Webhook', url: 'https://hooks.example.com/on-call' },
        },
      },
      {
        at: at(480),
        let: { id: 'NI-100002' },
        body: {
          display_name: 'chat',
          target: { kind: 'Slack', webhook_url: 'https://hooks.example.com/chat' },
        },
      },
      {
        at: at(470),
        let: { id: 'NI-100003' },
        body: { display_name: 'unused mail', target: { kind: 'UserEmail', user: { id: caller } } },
      },
    ],
    'confluent.notifications.subscriptions': [
      {
        at: at(450),
        let: { id: 'S-200001' },
        body: {
          notification_type: { id: 'connector-failed' },
          integrations: [{ id: 'NI-100001' }, { id: 'NI-100002' }],
        },
      },
      {
        at: at(440),
        let: { id: 'S-200002' },
        body: {
          notification_type: { id: 'invoice-due' },
          integrations: [{ id: 'NI-100002' }],
          current_state: 'DISABLED',
        },
      },
    ],
    'confluent.notifications.resource_preferences': [
      {
        at: at(430),
        let: { id: 'rp-5d9x1m' },
        body: { resource: cluster, resource_type: 'CLUSTER', current_state: 'ENABLED' },
      },
    ],
  }
}

function resourceSubscriptionsRows(at, cluster) {
  return {
    'confluent.notifications.resource_subscriptions': [
      {
        at: at(430),
        let: { id: 'rs-2w8k4t' },
        body: {
          resource: cluster,
          resource_type: 'CLUSTER',
          notification_type: { id: 'cluster-provisioned' },
          integrations: [{ id: 'NI-100002' }],
        },
      },
    ],
  }
}
