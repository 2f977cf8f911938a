import { TEAMS } from './names.mjs'

/** By cluster: its teams, and the number of partitions of their topics. */
const CONTENT = {
  'lkc-7p2v9d': { teams: TEAMS.slice(0, 5), partitions: 12 },
  'lkc-8q3w0f': { teams: ['payments', 'fraud', 'billing', 'ledger'], partitions: 6 },
  'lkc-9r4x1g': { teams: ['telemetry', 'search'], partitions: 24 },
  'lkc-2k5y3h': { teams: ['orders', 'inventory', 'shipping'], partitions: 3 },
  'lkc-3m6z4j': { teams: ['payments', 'fraud'], partitions: 3 },
  'lkc-4n7a5k': { teams: ['orders', 'loyalty'], partitions: 1 },
}

/** Rows of Kafka clusters: topics with settings and partitions, ACLs, consumer groups with their lag, cluster links. */
export function kafka({ random, topic_settings, cluster_settings, link_settings }, { accounts }) {
  const all = {}
  const put = (resource, row) => {
    ;(all[`kafka.${resource}`] ??= []).push(row)
  }
  for (const [site, { teams, partitions }] of Object.entries(CONTENT)) {
    const add = (resource, body, more = {}) => put(resource, { site, body, ...more })
    add('kafka.clusters', {})
    for (const { name, value } of cluster_settings) add('kafka.cluster_configs', { name, value })
    const topics = teams.flatMap(team => topicsOf(team, partitions))
    for (const topic of topics) addTopic(add, topic, topic_settings)
    for (const [index, team] of teams.entries()) addGroups(add, { random, team, partitions, index })
    for (const acl of aclsOf({ random, teams, accounts })) addAcl(add, acl)
  }
  addLink(put, link_settings, topic_settings)
  addShareGroups(put)
  addStreamsGroup(put)
  return all
}

function topicsOf(team, partitions) {
  const days = 86_400_000
  return [
    {
      name: `${team}.events`,
      partitions,
      set: { 'retention.ms': String(7 * days), 'min.insync.replicas': '2' },
    },
    {
      name: `${team}.state`,
      partitions: Math.ceil(partitions / 2),
      set: { 'cleanup.policy': 'compact', 'retention.ms': '-1' },
    },
    { name: `${team}.dlq`, partitions: 1, set: { 'min.insync.replicas': '1' } },
  ]
}

function addTopic(add, { name: topic_name, partitions, set }, settings) {
  add('kafka.topics', { topic_name, partitions_count: partitions })
  for (const { name, value } of settings) {
    const own = set[name]
    const changed =
      own === undefined || own === value
        ? {}
        : { value: own, is_default: false, source: 'DYNAMIC_TOPIC_CONFIG', _default: value }
    add('kafka.topic_configs', { topic_name, name, value, ...changed })
  }
  for (let partition_id = 0; partition_id < partitions; partition_id++)
    add('kafka.topic_partitions', { topic_name, partition_id })
}

const STATES = ['STABLE', 'STABLE', 'EMPTY', 'PREPARING_REBALANCE', 'STABLE']

function addGroups(add, { random, team, partitions, index }) {
  const consumer_group_id = `${team}-loader`
  const topic_name = `${team}.events`
  const state = STATES[index % STATES.length]
  const members =
    state === 'EMPTY'
      ? []
      : ['a', 'b'].map(letter => ({
          consumer_id: `${team}-${letter}-${random.text('0123456789abcdef', 8)}`,
          client_id: `${team}-${letter}`,
        }))
  add('kafka.consumer_groups', {
    consumer_group_id,
    state,
    is_simple: false,
    is_mixed_consumer_group: false,
    partition_assignor: state === 'EMPTY' ? '' : 'range',
    type: index === 1 ? 'CONSUMER' : 'CLASSIC',
  })
  for (const member of members) add('kafka.consumers', { consumer_group_id, ...member, instance_id: null })
  // The third group of a cluster has stopped, so its lag grows; the lag of the others is small.
  const lags = Array.from({ length: partitions }, (_, partition_id) => {
    const lag = state === 'EMPTY' ? 40_000 + random.below(90_000) : random.below(index === 1 ? 2500 : 60)
    const log_end_offset = 500_000 + random.below(4_000_000)
    const owner =
      members.length === 0 ? { consumer_id: '', client_id: '' } : members[partition_id % members.length]
    return {
      consumer_group_id,
      topic_name,
      partition_id,
      current_offset: log_end_offset - lag,
      log_end_offset,
      lag,
      ...owner,
      instance_id: null,
    }
  })
  for (const lag of lags) add('kafka.consumers_lags', lag)
  const worst = lags.reduce((most, one) => (one.lag > most.lag ? one : most))
  add('kafka.consumers_lag_summary', {
    consumer_group_id,
    max_lag: worst.lag,
    max_lag_client_id: worst.client_id,
    max_lag_consumer_id: worst.consumer_id,
    max_lag_instance_id: null,
    max_lag_topic_name: topic_name,
    max_lag_partition_id: worst.partition_id,
    total_lag: lags.reduce((sum, { lag }) => sum + lag, 0),
  })
  for (const [name, value] of [
    ['consumer.heartbeat.interval.ms', '5000'],
    ['consumer.session.timeout.ms', '45000'],
  ])
    add('kafka.group_configs', { group_id: consumer_group_id, name, value })
}

/** The number of an account, which remains after its deletion, unlike the id. */
function addAcl(add, { principal, _principal, ...acl }) {
  const omit = _principal === undefined ? ['_principal'] : []
  add('kafka.acls', { ...acl, principal: _principal ?? principal }, { over: { principal }, omit })
}

/** ACLs: principals by number, with the ids of those that still exist. */
function aclsOf({ random, teams, accounts }) {
  const acls = []
  const allow = (owner, resource_type, resource_name, pattern_type, operation, permission = 'ALLOW') =>
    acls.push({ ...owner, host: '*', resource_type, resource_name, pattern_type, operation, permission })
  const account = n => ({
    principal: `User:${n + 210_000}`,
    _principal: `User:${accounts[n % accounts.length]}`,
  })
  for (const [index, team] of teams.entries()) {
    const owner = account(index * 7 + random.below(5))
    allow(owner, 'TOPIC', `${team}.`, 'PREFIXED', 'WRITE')
    allow(owner, 'TOPIC', `${team}.`, 'PREFIXED', 'READ')
    allow(owner, 'GROUP', `${team}-loader`, 'LITERAL', 'READ')
  }
  allow({ principal: 'User:*', _principal: 'User:*' }, 'TOPIC', `${teams[0]}.state`, 'LITERAL', 'READ')
  allow(account(3), 'TOPIC', '*', 'LITERAL', 'ALL')
  allow(account(11), 'CLUSTER', 'kafka-cluster', 'LITERAL', 'DESCRIBE')
  allow(account(4), 'TOPIC', `${teams[0]}.dlq`, 'LITERAL', 'DELETE', 'DENY')
  allow({ principal: 'User:209871' }, 'TOPIC', `${teams[0]}.`, 'PREFIXED', 'READ')
  return acls
}

function addLink(put, settings, topicSettings) {
  const site = 'lkc-2k5y3h'
  const keys = { cluster_id: site }
  const link = (link_name, more) =>
    put('kafka.cluster_links', {
      site,
      keys,
      body: {
        link_name,
        source_cluster_id: 'lkc-7p2v9d',
        destination_cluster_id: null,
        remote_cluster_id: 'lkc-7p2v9d',
        ...more,
      },
    })
  link('from-production', { topic_names: ['orders.events.mirror', 'orders.state.mirror'] })
  link('broken', {
    link_state: 'FAILED',
    link_error: 'AUTHENTICATION_ERROR',
    link_error_message: 'The API key of the link was deleted',
  })
  for (const link_name of ['from-production', 'broken'])
    for (const { name, value } of settings)
      put('kafka.cluster_link_configs', { site, body: { link_name, name, value } })
  for (const [name, lag, mirror_status] of [
    ['orders.events', 120, 'ACTIVE'],
    ['orders.state', 0, 'PAUSED'],
  ]) {
    const add = (resource, body) => put(resource, { site, body })
    addTopic(add, { name: `${name}.mirror`, partitions: 1, set: {} }, topicSettings)
    put('kafka.mirror_topics', {
      site,
      keys,
      body: { link_name: 'from-production', source_topic_name: name, mirror_topic_name: `${name}.mirror` },
      over: {
        mirror_status,
        num_partitions: 1,
        mirror_lags: [{ partition: 0, lag, last_source_fetch_offset: 88_410 }],
      },
    })
  }
}

/** Share groups of the first cluster. */
function addShareGroups(put) {
  const site = 'lkc-7p2v9d'
  const add = (resource, body) => put(resource, { site, body })
  const base = `site:${site}/kafka/v3/clusters/${site}`
  const share_group_id = 'orders-workers'
  const consumer_id = 'orders-worker-1'
  add('share_group.share_groups', {
    share_group_id,
    state: 'STABLE',
    consumer_count: 1,
    partition_count: 2,
    assigned_topic_partitions: [0, 1].map(partition_id => ({
      kind: 'KafkaShareGroupTopicPartition',
      metadata: { self: `${base}/share-groups/${share_group_id}`, resource_name: null },
      topic_name: 'orders.events',
      partition_id,
      partition: { related: `${base}/topics/orders.events/partitions/${partition_id}` },
    })),
  })
  add('share_group.share_groups', {
    share_group_id: 'idle-workers',
    state: 'EMPTY',
    consumer_count: 0,
    partition_count: 0,
    assigned_topic_partitions: [],
  })
  add('share_group.consumers', { group_id: share_group_id, consumer_id, client_id: 'orders-worker' })
  for (const partition_id of [0, 1])
    add('share_group.consumer_assignments', {
      group_id: share_group_id,
      consumer_id,
      topic_name: 'orders.events',
      partition_id,
    })
}

/** A streams group with one member. */
function addStreamsGroup(put) {
  const site = 'lkc-7p2v9d'
  const add = (resource, body) => put(resource, { site, body })
  const group_id = 'orders-enricher'
  const member_id = 'orders-enricher-1'
  const member = { group_id, member_id }
  add('streams_group.streams_groups', {
    group_id,
    state: 'STABLE',
    member_count: 1,
    subtopology_count: 2,
    group_epoch: 7,
    target_assignment_epoch: 7,
    topology_epoch: 1,
  })
  for (const [subtopology_id, source] of [
    ['0', 'orders.events'],
    ['1', 'orders.state'],
  ])
    add('streams_group.subtopologies', { group_id, subtopology_id, source_topics: [source] })
  add('streams_group.members', {
    ...member,
    client_id: 'orders-enricher',
    process_id: 'p-1',
    instance_id: '',
    is_classic: false,
    member_epoch: 7,
    topology_epoch: 1,
  })
  add('streams_group.member_assignments', member)
  add('streams_group.member_target_assignments', member)
  for (const [type, partition_ids] of [
    ['ACTIVE', [0, 1, 2]],
    ['STANDBY', [3]],
    ['WARMUP', [4]],
  ])
    for (const resource of ['member_assignment_tasks', 'member_target_assignment_tasks'])
      for (const subtopology_id of ['0', '1'])
        put(`streams_group.${resource}`, {
          site,
          keys: { group_id, member_id, cluster_id: site, assignments_type: type },
          body: { ...member, _type: type, subtopology_id, partition_ids },
          omit: ['group_id', 'member_id'],
        })
}
