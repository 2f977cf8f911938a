/** Costs and measured values of the large organization. */
import { DAY } from './chance.mjs'
import { copied, groups, once, part, tail } from './copies.mjs'
import { seriesOf } from './measures.mjs'

/** What a cluster is billed each day: kind of line, unit, price, and the quantity of a cluster of usual size. */
const LINES = [
  ['KAFKA_BASE', 'Hour', 1.5, 24],
  ['KAFKA_STORAGE', 'GB-hour', 0.00013, 9000],
  ['KAFKA_NETWORK_WRITE', 'GB', 0.05, 60],
]
const BUSY = [0.75, 1, 1.02, 1.05, 1.03, 1, 0.8]
const round = (value, digits) => Number(value.toFixed(digits))

/** The costs of clusters on a day. */
export function dailyCosts(clusters, start_date) {
  const time = Date.parse(start_date)
  const end_date = new Date(time + DAY).toISOString().slice(0, 10)
  const busy = BUSY[new Date(time).getUTCDay()]
  const day = Math.floor(time / DAY)
  return clusters.flatMap(({ id, name, environment, index }) => {
    const resource = { id, display_name: name, environment: { id: environment } }
    const size = 0.3 + 2 * part(id)
    return LINES.map(([line_type, unit, price, usual], line) => {
      const quantity = round(line === 0 ? usual : usual * size * (line === 2 ? busy : 1), 3)
      const original_amount = round(price * quantity, 4)
      const discount_amount = round(original_amount * 0.1, 4)
      const doc = {
        api_version: 'billing/v1',
        kind: 'Cost',
        id: `ci-${(day * 10_000 + index * LINES.length + line).toString(36)}`,
        granularity: 'DAILY',
        start_date,
        end_date,
        product: 'KAFKA',
        line_type,
        unit,
        price,
        quantity,
        original_amount,
        discount_amount,
        amount: round(original_amount - discount_amount, 4),
        resource,
      }
      return { doc }
    })
  })
}

/** What makes the series of a resource, by its id. */
export function seriesParts({ environments, clusters, clusterOf }, rowsOf, onCluster) {
  const idOf = ({ doc }) =>
    Object.entries(doc._series.labels).find(([label]) => label.startsWith('resource.'))[1]
  const known = once(() => groups(rowsOf('confluent.metrics.points'), idOf))
  /** By the id of a copy: that of the row it is a copy of. */
  const models = once(() => {
    const connectors = rowsOf('confluent.connect.connectors')
    return new Map([
      ...clusters.map(({ id, index }) => [
        `lcc-${tail(id)}`,
        connectors[index % connectors.length].doc.id.id,
      ]),
      ...environments.map(({ registry }) => [registry, 'lsrc-2w6f9m']),
    ])
  })
  return id => {
    if (clusterOf.has(id)) {
      const size = 0.05 + 2 * part(id) ** 3
      const rows = table =>
        onCluster(id, `kafka.kafka.${table}`).map(({ site, doc }) => ({ site, body: doc }))
      const measured = {
        'kafka.kafka.topics': rows('topics'),
        'kafka.kafka.consumers_lag_summary': rows('consumers_lag_summary'),
      }
      return seriesOf(measured, { [id]: size }, { [id]: Math.round(90 * part(`load ${id}`)) }).map(
        ({ over }) => ({ doc: over }),
      )
    }
    const model = models().get(id)
    return known().get(id) ?? (known().get(model) ?? []).map(row => copied(row, [[model, id]]))
  }
}
