/**
 * A large organization: the small one, and copies of its parts under other ids. Ids and servers are there from the start;
 * rows are made when they are first asked for, those of a cluster, of a registry and of a day each by themselves. They are
 * the same in each run.
 */
import { chooser } from './chance.mjs'
import { copied, groups, once, tail } from './copies.mjs'
import { clusterRows, CLUSTER_TABLES } from './large-clusters.mjs'
import { dailyCosts, seriesParts } from './large-values.mjs'
import { TEAMS } from './names.mjs'

const ENVIRONMENTS = 50
const CLUSTERS = 400
const ACCOUNTS = 460
/** Days before today on which the metrics begin. */
const DAYS = 380

const STAGES = ['prod', 'staging', 'dev', 'test', 'training']
const JOBS = ['loader', 'enricher', 'sink', 'exporter', 'monitor', 'connect', 'archiver', 'replayer']

/** Objects of the small organization that are copied. */
const ENVIRONMENT = 'env-s4t9q6'
const REGISTRY = 'lsrc-2w6f9m'
const MODELS = [
  { cluster: 'lkc-9r4x1g', environment: 'env-p7r2k1' },
  { cluster: 'lkc-2k5y3h', environment: 'env-s4t9q6' },
  { cluster: 'lkc-3m6z4j', environment: 'env-s4t9q6' },
  { cluster: 'lkc-4n7a5k', environment: 'env-d3v8n5' },
]

/** The data of the large organization. @param small that of the small one, whose rows are read when they are needed */
export function largeData(small) {
  const plan = planned(small.vars.environment_of)
  const resources = { ...small.resources }
  const rowsOf = name => small.resources[name].rows
  for (const [name, more] of Object.entries(furtherRows(plan)))
    put(resources, name, {
      rows: { enumerable: true, get: once(() => [...rowsOf(name), ...more(rowsOf(name))]) },
    })
  for (const [name, rows] of Object.entries(parts(plan, small.resources, rowsOf)))
    put(resources, name, { parts: { value: { rows } } })
  const { series } = small.resources['confluent.metrics.points']
  put(resources, 'confluent.metrics.points', { series: { value: { ...series, days: DAYS } } })
  return { ...small, planes: withSites(small.planes, plan), vars: withIds(small.vars, plan), resources }
}

/** Replaces members of a resource. Its rows are not read for that. */
function put(resources, name, members) {
  resources[name] = Object.create(null, { ...Object.getOwnPropertyDescriptors(resources[name]), ...members })
}

/** The ids and names of what the large organization has besides the small one. */
function planned(environmentOf) {
  const random = chooser(20261103)
  const small = prefix =>
    Object.keys(environmentOf).filter(id => id.startsWith(prefix) && !id.includes('gone')).length
  const environments = Array.from({ length: ENVIRONMENTS - small('lsrc-') }, (_, index) => ({
    id: random.id('env-', 6),
    registry: random.id('lsrc-', 6),
    name: `${TEAMS[index % TEAMS.length]}-${STAGES[Math.floor(index / TEAMS.length)]}`,
  }))
  const clusters = Array.from({ length: CLUSTERS - small('lkc-') }, (_, index) => {
    const { id: environment, name } = environments[index % environments.length]
    return {
      id: random.id('lkc-', 6),
      index,
      environment,
      name: `${name}-${Math.floor(index / environments.length) + 1}`,
      model: MODELS[index % MODELS.length],
    }
  })
  return {
    environments,
    clusters,
    accounts: once(furtherAccounts),
    clusterOf: new Map(clusters.map(one => [one.id, one])),
  }
}

function furtherAccounts() {
  const random = chooser(20261104)
  return Array.from({ length: ACCOUNTS }, (_, index) => ({
    id: random.id('sa-', 6),
    name: `${TEAMS[index % TEAMS.length]}-${JOBS[Math.floor(index / TEAMS.length) % JOBS.length]}-${index}`,
  }))
}

function withSites({ kafka, registry, ...planes }, { clusters, environments }) {
  return {
    ...planes,
    kafka: { ...kafka, sites: [...kafka.sites, ...clusters.map(({ id }) => id)] },
    registry: { ...registry, sites: [...registry.sites, ...environments.map(one => one.registry)] },
  }
}

/** The variables of templates with the environment of each cluster and registry. */
function withIds(vars, { clusters, environments }) {
  const all = once(() => ({
    ...vars.environment_of,
    ...Object.fromEntries(clusters.map(({ id, environment }) => [id, environment])),
    ...Object.fromEntries(environments.map(({ id, registry }) => [registry, id])),
  }))
  return Object.defineProperty({ ...vars }, 'environment_of', { enumerable: true, get: all })
}

/** By resource: what makes its further rows from those of the small organization. */
function furtherRows({ environments, clusters, accounts }) {
  const withId = (rows, id) => rows.find(({ doc }) => doc.id === id)
  const renamed = ({ id, environment, model }) => [
    [tail(model.cluster), tail(id)],
    [tail(model.environment), tail(environment)],
  ]
  const registries = rows =>
    environments.map(({ id, registry }) =>
      copied(withId(rows, REGISTRY), [
        [tail(ENVIRONMENT), tail(id)],
        [tail(REGISTRY), tail(registry)],
      ]),
    )
  return {
    'confluent.org.environments': rows =>
      environments.map(({ id, name }) => {
        const row = copied(withId(rows, ENVIRONMENT), [[tail(ENVIRONMENT), tail(id)]])
        return { ...row, doc: { ...row.doc, display_name: name } }
      }),
    'confluent.managed_kafka_clusters.clusters': rows =>
      clusters.map(cluster => {
        const row = copied(withId(rows, cluster.model.cluster), renamed(cluster))
        return { ...row, doc: { ...row.doc, spec: { ...row.doc.spec, display_name: cluster.name } } }
      }),
    'confluent.schema_registry_clusters.v2_clusters': registries,
    'confluent.schema_registry_clusters.v3_clusters': registries,
    'confluent.endpoints.endpoints': rows => {
      const models = groups(
        rows.filter(({ doc }) => !doc.is_private),
        ({ doc }) => doc.resource?.id,
      )
      return clusters.flatMap(cluster =>
        models.get(cluster.model.cluster).map(row => copied(row, renamed(cluster))),
      )
    },
    'confluent.iam.service_accounts': ([model]) =>
      accounts().map(({ id, name }) => {
        const row = copied(model, [[tail(model.doc.id), tail(id)]])
        return { ...row, doc: { ...row.doc, display_name: name, description: '' } }
      }),
    'confluent.connect.connectors': rows =>
      clusters.map(({ id, environment, index }) => {
        const model = rows[index % rows.length]
        const { kafka_cluster_id, environment_id } = model.keys
        return copied(model, [
          [kafka_cluster_id, id],
          [environment_id, environment],
          [model.doc.id.id, `lcc-${tail(id)}`],
        ])
      }),
  }
}

/** By resource: what makes the rows of a server, of a day, or the series of a resource. */
function parts(plan, resources, rowsOf) {
  const registries = new Set(plan.environments.map(({ registry }) => registry))
  const onRegistries = name => {
    const known = once(() => groups(rowsOf(name), row => row.site))
    return site =>
      known().get(site)
      ?? (registries.has(site)
        ? (known().get(REGISTRY) ?? []).map(row => copied(row, [[tail(REGISTRY), tail(site)]]))
        : [])
  }
  const ofRegistries = Object.keys(resources).filter(
    name =>
      /^confluent\.(schema_registry|catalog|encryption_keys)\./.test(name)
      && name !== 'confluent.encryption_keys.keys',
  )
  const onCluster = clusterRows(plan, rowsOf)
  const costs = once(() => groups(rowsOf('confluent.billing.costs'), ({ doc }) => doc.start_date))
  return {
    ...Object.fromEntries(ofRegistries.map(name => [name, onRegistries(name)])),
    ...Object.fromEntries(CLUSTER_TABLES.map(name => [name, site => onCluster(site, name)])),
    'confluent.billing.costs': day => [...(costs().get(day) ?? []), ...dailyCosts(plan.clusters, day)],
    'confluent.metrics.points': seriesParts(plan, rowsOf, onCluster),
  }
}
