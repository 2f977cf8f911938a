/** Rows of the Kafka clusters of the large organization. Each cluster is made from parts of one small cluster. */
import { copier, groups, once, part, tail } from './copies.mjs'
import { TEAMS } from './names.mjs'

const TOPICS = 20_000
const ACLS = 100_000

/** The cluster that is copied, with one of its topics and one of its consumer groups. */
const MODEL = 'lkc-3m6z4j'
const TOPIC = 'payments.events'
const GROUP = 'payments-loader'

const KINDS = ['events', 'state', 'dlq', 'audit.events', 'commands.events', 'snapshots.state']
const GRANTS = [
  ['TOPIC', 'PREFIXED', 'WRITE'],
  ['TOPIC', 'PREFIXED', 'READ'],
  ['TOPIC', 'LITERAL', 'DESCRIBE'],
  ['GROUP', 'PREFIXED', 'READ'],
]

/** Tables of a cluster whose rows are made for each cluster; by table: which of the model's rows are copied for what. */
const COPIED = {
  clusters: { of: 'cluster' },
  cluster_configs: { of: 'cluster' },
  topics: { of: 'topic', name: 'topic_name' },
  topic_configs: { of: 'topic', name: 'topic_name' },
  topic_partitions: { of: 'topic', name: 'topic_name' },
  consumer_groups: { of: 'group', name: 'consumer_group_id' },
  consumers: { of: 'group', name: 'consumer_group_id' },
  consumers_lags: { of: 'group', name: 'consumer_group_id' },
  consumers_lag_summary: { of: 'group', name: 'consumer_group_id' },
  group_configs: { of: 'group', name: 'group_id' },
}
const ACL_TABLE = 'kafka.kafka.acls'

export const CLUSTER_TABLES = [...Object.keys(COPIED).map(name => `kafka.kafka.${name}`), ACL_TABLE]

/** What makes the rows of a table of a cluster: those of the small organization, or copies. */
export function clusterRows({ clusters, clusterOf, accounts }, rowsOf) {
  const known = Object.fromEntries(
    CLUSTER_TABLES.map(table => [table, once(() => groups(rowsOf(table), row => row.site))]),
  )
  const models = Object.fromEntries(
    CLUSTER_TABLES.map(table => [table, once(() => modelsOf(table, known[table]().get(MODEL)))]),
  )
  /** How many of a number that all further clusters have together one of them has. */
  const share = (table, all, { index }) => {
    const left = all - rowsOf(table).length
    return Math.floor(left / clusters.length) + (index < left % clusters.length ? 1 : 0)
  }
  return (site, table) => {
    const cluster = clusterOf.get(site)
    if (cluster === undefined) return known[table]().get(site) ?? []
    if (table === ACL_TABLE) {
      const [model] = known[table]().get(MODEL)
      return Array.from({ length: share(table, ACLS, cluster) }, (_, index) =>
        acl(model, cluster, accounts(), index),
      )
    }
    const { of } = COPIED[table.split('.').at(-1)]
    const copies = models[table]()
    const here = [tail(MODEL), tail(site)]
    if (of === 'cluster') return copies.map(copy => copy([here]))
    if (of === 'group')
      return TEAMS.flatMap(team => copies.map(copy => late(copy(groupNames(here, team)), site, team)))
    return Array.from({ length: share('kafka.kafka.topics', TOPICS, cluster) }, (_, index) => index).flatMap(
      index => copies.map(copy => copy([here, [TOPIC, topicName(index)]])),
    )
  }
}

const topicName = index => `${TEAMS[index % TEAMS.length]}.${KINDS[Math.floor(index / TEAMS.length)]}`

const groupNames = (here, team) => [
  here,
  [TOPIC, `${team}.events`],
  [GROUP, `${team}-loader`],
  ['payments-', `${team}-`],
]

/** What copies the model's rows of a table: all, or those of its one topic or group. */
function modelsOf(table, rows) {
  const { of, name } = COPIED[table.split('.').at(-1)] ?? {}
  const wanted = of === 'topic' ? TOPIC : GROUP
  return rows.filter(({ doc }) => name === undefined || doc[name] === wanted).map(copier)
}

/** An ACL of a cluster; no two are for the same account. The account of the first of some clusters is deleted. */
function acl(model, { id, index: place }, accounts, index) {
  const number = (place * 37 + index) % accounts.length
  const [resource_type, pattern_type, operation] = GRANTS[index % GRANTS.length]
  const team = TEAMS[(place + index) % TEAMS.length]
  const _principal = `User:${accounts[number].id}`
  const self = `site:${id}/kafka/v3/clusters/${id}/acls?principal=${_principal}`
  const doc = {
    ...model.doc,
    principal: `User:${310_000 + number}`,
    metadata: { ...model.doc.metadata, self },
    cluster_id: id,
    resource_type,
    pattern_type,
    operation,
    resource_name:
      resource_type === 'GROUP' ? `${team}-` : pattern_type === 'LITERAL' ? `${team}.events` : `${team}.`,
  }
  return {
    ...model,
    site: id,
    doc: place % 40 === 0 && index === 0 ? { ...doc, _principal: undefined } : { ...doc, _principal },
  }
}

const PARTITIONS = 3

/** The row with the lag of its group: one group in twelve is far behind. */
function late({ doc, ...row }, site, team) {
  const chance = part(site + team)
  const lagOf = partition => Math.floor(part(`${site}${team}${partition}`) * (chance < 1 / 12 ? 90_000 : 60))
  const lags = Array.from({ length: PARTITIONS }, (_, partition) => lagOf(partition))
  if (doc.total_lag !== undefined) {
    const max_lag = Math.max(...lags)
    const max_lag_partition_id = lags.indexOf(max_lag)
    const total_lag = lags.reduce((sum, lag) => sum + lag, 0)
    return { ...row, doc: { ...doc, max_lag, max_lag_partition_id, total_lag } }
  }
  if (doc.lag === undefined) return { ...row, doc }
  const lag = lags[doc.partition_id]
  return { ...row, doc: { ...doc, lag, current_offset: doc.log_end_offset - lag } }
}
