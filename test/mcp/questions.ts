import type { Plain, Row } from '../sandbox/plain.ts'

/** A question of an administrator, and how an assistant answers it. */
export interface Asked {
  /** The words that are searched for. */
  readonly question: string
  readonly table: string
  readonly sql: string
  /** The right rows, recounted without our own client. */
  readonly answer: (api: Plain) => Promise<unknown[][]>
}

const one = (rows: readonly Row[], of: (row: Row) => unknown): unknown[][] => rows.map(row => [of(row)])
const counted = (rows: readonly Row[], of: (row: Row) => string | null): unknown[][] => {
  const counts = new Map<string | null, number>()
  for (const row of rows) counts.set(of(row), (counts.get(of(row)) ?? 0) + 1)
  return [...counts]
}

export const QUESTIONS: readonly Asked[] = [
  {
    question: 'How many people are members of the organization?',
    table: 'confluent.iam.users',
    sql: 'SELECT count(*) FROM confluent.iam.users',
    answer: async api => [[(await api.listed('/iam/v2/users')).length]],
  },
  {
    question: 'Which people log in with a password (AUTH_TYPE_LOCAL)?',
    table: 'confluent.iam.users',
    sql: "SELECT email FROM confluent.iam.users WHERE auth_type = 'AUTH_TYPE_LOCAL'",
    answer: async api =>
      one(
        (await api.listed('/iam/v2/users')).filter(u => u.auth_type === 'AUTH_TYPE_LOCAL'),
        u => u.email,
      ),
  },
  {
    question: 'Which invitations are still pending?',
    table: 'confluent.iam.pending_invitations',
    sql: 'SELECT email FROM confluent.iam.pending_invitations',
    answer: async api =>
      one(
        (await api.listed('/iam/v2/invitations')).filter(i => /_(SENT|STAGED)$/.test(i.status)),
        i => i.email,
      ),
  },
  {
    question: 'Which API keys belong to people who left?',
    table: 'confluent.iam.api_keys_with_owners',
    sql: 'SELECT id FROM confluent.iam.api_keys_with_owners WHERE owner_name IS NULL',
    answer: async api => {
      const owners = new Set(
        [...(await api.listed('/iam/v2/users')), ...(await api.listed('/iam/v2/service-accounts'))].map(
          o => o.id,
        ),
      )
      return one(
        (await api.listed('/iam/v2/api-keys')).filter(k => !owners.has(k.spec.owner?.id)),
        k => k.id,
      )
    },
  },
  {
    question: 'Which API keys were created before 2024?',
    table: 'confluent.iam.api_keys',
    sql: "SELECT id FROM confluent.iam.api_keys WHERE metadata.created_at < '2024-01-01'",
    answer: async api =>
      one(
        (await api.listed('/iam/v2/api-keys')).filter(k => k.metadata.created_at < '2024-01-01'),
        k => k.id,
      ),
  },
  {
    question: 'How many API keys has each kind of owner?',
    table: 'confluent.iam.api_keys_with_owners',
    sql: 'SELECT owner_kind, count(*) FROM confluent.iam.api_keys_with_owners GROUP BY owner_kind',
    answer: async api => counted(await api.listed('/iam/v2/api-keys'), k => k.spec.owner?.kind ?? null),
  },
  {
    question: 'Which service accounts have no description?',
    table: 'confluent.iam.service_accounts',
    sql: "SELECT id FROM confluent.iam.service_accounts WHERE coalesce(description, '') = ''",
    answer: async api =>
      one(
        (await api.listed('/iam/v2/service-accounts')).filter(s => !s.description),
        s => s.id,
      ),
  },
  {
    question: 'Who has the role OrganizationAdmin?',
    table: 'confluent.iam.role_bindings_with_names',
    sql: "SELECT id FROM confluent.iam.role_bindings_with_names WHERE role_name = 'OrganizationAdmin'",
    answer: async api =>
      one(
        (await api.bindings()).filter(b => b.role_name === 'OrganizationAdmin'),
        b => b.id,
      ),
  },
  {
    question: 'How often is each role held?',
    table: 'confluent.iam.all_role_bindings',
    sql: 'SELECT role_name, count(*) FROM confluent.iam.all_role_bindings GROUP BY role_name',
    answer: async api => counted(await api.bindings(), b => b.role_name),
  },
  {
    question: 'Which group mappings of the SSO provider are there?',
    table: 'confluent.iam.group_mappings',
    sql: 'SELECT display_name FROM confluent.iam.group_mappings',
    answer: async api => one(await api.listed('/iam/v2/sso/group-mappings'), g => g.display_name),
  },
  {
    question: 'Which address ranges may log in?',
    table: 'confluent.iam.ip_groups',
    sql: 'SELECT b.value FROM confluent.iam.ip_groups g, json_each(g.cidr_blocks) b',
    answer: async api => (await api.listed('/iam/v2/ip-groups')).flatMap(g => one(g.cidr_blocks, c => c)),
  },
  {
    question: 'Which OAuth issuers do we trust?',
    table: 'confluent.iam.identity_providers',
    sql: 'SELECT issuer FROM confluent.iam.identity_providers',
    answer: async api => one(await api.listed('/iam/v2/identity-providers'), p => p.issuer),
  },
  {
    question: 'Which certificate authorities expire next?',
    table: 'confluent.iam.certificate_authorities',
    sql: "SELECT c.id FROM confluent.iam.certificate_authorities c, json_each(c.expiration_dates) e WHERE e.value < '2027-01-01'",
    answer: async api =>
      (await api.listed('/iam/v2/certificate-authorities')).flatMap(c =>
        c.expiration_dates.filter((e: string) => e < '2027-01-01').map(() => [c.id]),
      ),
  },
  {
    question: 'Which Kafka clusters do we have, and in which cloud and region?',
    table: 'confluent.clusters',
    sql: 'SELECT id, cloud, region FROM confluent.clusters',
    answer: async api => (await api.clusters()).map(c => [c.id, c.spec.cloud, c.spec.region]),
  },
  {
    question: 'Which environments exist?',
    table: 'confluent.org.environments',
    sql: 'SELECT display_name FROM confluent.org.environments',
    answer: async api => one(await api.environments(), e => e.display_name),
  },
  {
    question: 'Which topics have more than 6 partitions?',
    table: 'confluent.kafka_topics',
    sql: 'SELECT cluster, topic FROM confluent.kafka_topics WHERE partitions > 6',
    answer: async api =>
      (await api.onClusters('/topics'))
        .filter(t => t.partitions_count > 6)
        .map(t => [t.cluster_id, t.topic_name]),
  },
  {
    question: 'How many topics has each Kafka cluster?',
    table: 'confluent.kafka_topics',
    sql: 'SELECT cluster, count(*) FROM confluent.kafka_topics GROUP BY cluster',
    answer: async api => counted(await api.onClusters('/topics'), t => t.cluster_id),
  },
  {
    question: 'Which topics never delete records (retention.ms is -1)?',
    table: 'kafka.kafka.topic_configs',
    sql: "SELECT cluster_id, topic_name FROM kafka.kafka.topic_configs WHERE name = 'retention.ms' AND value = '-1'",
    answer: async api =>
      (await api.onClusters('/topics/-/configs'))
        .filter(c => c.name === 'retention.ms' && c.value === '-1')
        .map(c => [c.cluster_id, c.topic_name]),
  },
  {
    question: 'Which consumer groups are EMPTY?',
    table: 'kafka.kafka.consumer_groups',
    sql: "SELECT cluster_id, consumer_group_id FROM kafka.kafka.consumer_groups WHERE state = 'EMPTY'",
    answer: async api =>
      (await api.onClusters('/consumer-groups'))
        .filter(g => g.state === 'EMPTY')
        .map(g => [g.cluster_id, g.consumer_group_id]),
  },
  {
    question: 'Which ACLs are for everybody (User:*)?',
    table: 'confluent.kafka_acls',
    sql: "SELECT cluster, operation, resource_name FROM confluent.kafka_acls WHERE principal = 'User:*'",
    answer: async api =>
      (await api.onClusters('/acls?principal=UserV2:*'))
        .filter(a => a.principal === 'User:*')
        .map(a => [a.cluster_id, a.operation, a.resource_name]),
  },
  {
    question: 'Which cluster links are there?',
    table: 'kafka.kafka.cluster_links',
    sql: 'SELECT link_name FROM kafka.kafka.cluster_links',
    answer: async api => one(await api.onClusters('/links'), l => l.link_name),
  },
  {
    question: 'What did each kind of line cost in October?',
    table: 'confluent.costs',
    sql: "SELECT line_type, round(sum(amount), 2) FROM confluent.costs WHERE day >= '2026-10-01' AND day < '2026-11-01' GROUP BY line_type",
    answer: async api => {
      const totals = new Map<string, number>()
      for (const { line_type: type, amount } of await api.listed(
        '/billing/v1/costs?start_date=2026-10-01&end_date=2026-11-01',
      ))
        totals.set(type, (totals.get(type) ?? 0) + amount)
      return [...totals].map(([type, total]) => [type, Math.round(total * 100) / 100])
    },
  },
  {
    question: 'Which quotas are more than 80 % used?',
    table: 'confluent.quotas.applied_quotas',
    sql: "SELECT id FROM confluent.quotas.applied_quotas WHERE scope = 'ORGANIZATION' AND usage > 0.8 * applied_limit",
    answer: async api =>
      one(
        (await api.listed('/service-quota/v1/applied-quotas?scope=ORGANIZATION')).filter(
          q => q.usage > 0.8 * q.applied_limit,
        ),
        q => q.id,
      ),
  },
  {
    question: 'Which Flink compute pools are there, and how many CFUs may they use?',
    table: 'confluent.flink_pools',
    sql: 'SELECT id, max_cfu FROM confluent.flink_pools',
    answer: async api =>
      (await api.inEnvironments('/fcpm/v2/compute-pools?environment={id}')).map(p => [p.id, p.spec.max_cfu]),
  },
  {
    question: 'Which private networks are not READY?',
    table: 'confluent.networking.networks',
    sql: "SELECT id FROM confluent.networking.networks WHERE status.phase <> 'READY'",
    answer: async api =>
      one(
        (await api.inEnvironments('/networking/v1/networks?environment={id}')).filter(
          n => n.status.phase !== 'READY',
        ),
        n => n.id,
      ),
  },
  {
    question: 'Which private link attachments are there?',
    table: 'confluent.networking.private_link_attachments',
    sql: 'SELECT id FROM confluent.networking.private_link_attachments',
    answer: async api =>
      one(await api.inEnvironments('/networking/v1/private-link-attachments?environment={id}'), a => a.id),
  },
  {
    question: 'Which clusters are encrypted with our own keys, and are the keys valid?',
    table: 'confluent.encryption_keys.keys',
    sql: 'SELECT id, validation.phase FROM confluent.encryption_keys.keys',
    answer: async api => (await api.listed('/byok/v1/keys')).map(k => [k.id, k.validation.phase]),
  },
  {
    question: 'Where do notifications go?',
    table: 'confluent.notifications.integrations',
    sql: 'SELECT display_name, target.kind FROM confluent.notifications.integrations',
    answer: async api =>
      (await api.listed('/notifications/v1/integrations')).map(i => [i.display_name, i.target.kind]),
  },
  {
    question: 'Which ksqlDB clusters are there, and how big are they (csu)?',
    table: 'confluent.ksqldb_clusters.clusters',
    sql: 'SELECT id, spec.csu FROM confluent.ksqldb_clusters.clusters',
    answer: async api =>
      (await api.inEnvironments('/ksqldbcm/v2/clusters?environment={id}')).map(k => [k.id, k.spec.csu]),
  },
  {
    question: 'Which Schema Registry clusters are there?',
    table: 'confluent.schema_registries',
    sql: 'SELECT id, region FROM confluent.schema_registries',
    answer: async api =>
      (await api.inEnvironments('/srcm/v3/clusters?environment={id}')).map(s => [s.id, s.spec.region]),
  },
]
