import { failure, type Reply } from '../reply.ts'
import type { Context } from '../requests/request.ts'
import { groupsOf, matchesFilter, resourcesIn, type Filter, type Series } from './series-query.ts'
import { cutSeries } from './series-pages.ts'
import type { Json, JsonObject } from '../types.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** Days before the day of the sandbox on which series begin, unless the behaviour has a number. */
const FIRST = 35

interface Query {
  readonly metric: string
  readonly series: readonly Series[]
  readonly groupBy: readonly string[]
  readonly limit: number
}

/** The points of a query: series that its filter selects, summed or averaged by group, newest first. A page has whole groups. */
export function points(context: Context): Reply {
  const query = queryOf(context)
  if ('status' in query) return query
  const { granularity, intervals } = bodyOf(context)
  const sizes = context.base.series?.granularities ?? {}
  if (typeof granularity !== 'string' || !Object.hasOwn(sizes, granularity))
    return failure(400, `granularity must be one of ${Object.keys(sizes).join(', ')}`)
  const interval =
    Array.isArray(intervals) && intervals.length === 1 ? intervalOf(String(intervals[0])) : undefined
  if (interval === undefined) return failure(400, 'intervals must have one interval, start/end')
  const { minutes, hours } = sizes[granularity]!
  if (hours !== undefined && interval.end - interval.start > hours * HOUR)
    return failure(400, `interval is too long for granularity ${granularity}: at most ${hours} hours`)
  const now = Math.max(Date.now(), Date.parse(context.state.clock.now(false)))
  const end = Math.min(interval.end, now)
  const size = minutes === undefined ? undefined : minutes * 60_000
  const first = size === undefined ? interval.start : interval.start - (interval.start % size)
  const pointsOf = ({ series, labels }: ReturnType<typeof groupsOf>[number]): JsonObject[] => {
    const found: JsonObject[] = []
    for (let at = first; at < end; at += size ?? Infinity) {
      const [from, to] = [Math.max(at, interval.start), Math.min(size === undefined ? end : at + size, end)]
      if (to > from)
        found.unshift({ timestamp: timeText(at), value: valueOf(series, from, to, context), ...labels })
    }
    return found
  }
  return cutSeries(groupsOf(query.series, query.groupBy), query.limit, pointsOf, context)
}

/** The values of one label among the series that a query selects. */
export function labelValues(context: Context): Reply {
  const query = queryOf(context)
  if ('status' in query) return query
  if (query.groupBy.length !== 1) return failure(400, 'group_by must have one label')
  return cutSeries(groupsOf(query.series, query.groupBy), query.limit, g => [g.labels], context)
}

function bodyOf({ text }: Context): JsonObject {
  try {
    return JSON.parse(text) as JsonObject
  } catch {
    return {}
  }
}

/** What is asked for, or why it is refused. */
function queryOf(context: Context): Query | Reply {
  const { state, baseName, base } = context
  const { aggregations, metric: named, filter, group_by: groupBy = [], limit = 100 } = bodyOf(context)
  const [aggregation] = Array.isArray(aggregations) ? (aggregations as readonly JsonObject[]) : []
  const metric = String(named ?? aggregation?.metric ?? '')
  const descriptor = state.rows(base.series?.metrics ?? '').find(row => row.doc.name === metric)?.doc
  if (descriptor === undefined) return failure(400, `Unknown metric: ${metric}`)
  if (!Array.isArray(groupBy)) return failure(400, 'group_by must be a list')
  const own = new Set((descriptor.labels as readonly JsonObject[]).map(l => `metric.${String(l.key)}`))
  const types = descriptor.resources as readonly string[]
  const isKnown = (label: string): boolean =>
    own.has(label) || types.some(type => label.startsWith(`resource.${type}.`))
  const labels = [...(groupBy as readonly string[]), ...fieldsOf((filter ?? {}) as Filter)]
  const unknown = labels.find(label => !isKnown(label))
  if (unknown !== undefined) return failure(400, `Unknown label for ${metric}: ${unknown}`)
  if (typeof limit !== 'number' || limit < 1 || limit > 1000)
    return failure(400, 'limit must be from 1 to 1000')
  const resources = resourcesIn((filter ?? {}) as Filter)
  if (resources.length === 0) return failure(400, 'A filter on a resource is required')
  const ids = [...new Set(resources.map(([, id]) => id))]
  const all = state.partsOf(baseName, ids).map(row => row.doc._series as unknown as Series)
  const isRow = (id: string): boolean =>
    (base.series?.resources ?? []).some(name => state.rows(name).some(row => row.doc.id === id))
  const stranger = resources.find(([field, id]) => !all.some(s => s.labels[field] === id) && !isRow(id))
  if (stranger) return failure(403, `Not authorized to read what was measured of ${stranger[1]}`)
  const series = all.filter(s => s.metric === metric && matchesFilter(filter as Filter, s.labels))
  return { metric, series, groupBy: groupBy as readonly string[], limit }
}

function fieldsOf(filter: Filter): string[] {
  return [
    ...(filter.field === undefined ? [] : [filter.field]),
    ...(filter.filters ?? []).flatMap(fieldsOf),
    ...(filter.filter ? fieldsOf(filter.filter) : []),
  ]
}

function intervalOf(text: string): { readonly start: number; readonly end: number } | undefined {
  const [start = Number.NaN, end = Number.NaN] = text.split('/').map(part => Date.parse(part))
  return end > start ? { start, end } : undefined
}

function timeText(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z')
}

/** The value of series between two times: a counter's sum; a gauge's average, of several series their sum or average. */
function valueOf(series: readonly Series[], from: number, to: number, { state, base }: Context): Json {
  const start = Date.parse(`${state.clock.day}T00:00:00Z`) - (base.series?.days ?? FIRST) * DAY
  const values = series.map(one => {
    const grown = (at: number): number => one.level * total(one, start, Math.max(at, start))
    if (one.kind === 'counter') return Math.round(grown(to)) - Math.round(grown(from))
    return (grown(to) - grown(from)) / ((to - from) / HOUR)
  })
  const sum = values.reduce((a, b) => a + b, 0)
  const value = series[0]?.across === 'average' ? sum / values.length : sum
  return Number(value.toFixed(series[0]?.digits ?? 0))
}

/** By series: its weights of whole days since the start, added up. */
const sums = new WeakMap<Series, { readonly start: number; readonly days: number[] }>()

/** The weight of a series from the start, a midnight, to a time, in hours of its level. */
function total(series: Series, start: number, at: number): number {
  const known = sums.get(series)
  const { days } = known?.start === start ? known : { days: [0] }
  sums.set(series, { start, days })
  const whole = Math.floor((at - start) / HOUR)
  const day = Math.floor(whole / 24)
  for (let next = days.length; next <= day; next++)
    days.push(weights(series, (next - 1) * 24, next * 24, days[next - 1]))
  const past = weights(series, day * 24, whole, days[day])
  return past + weights(series, whole, whole + 1) * ((at - start) / HOUR - whole)
}

/** How busy each hour of the day is, from -1 to 1. */
const RHYTHM = Array.from({ length: 24 }, (_, hour) => Math.cos(((hour - 14) / 24) * 2 * Math.PI))

/**
 * How busy the hours from one to another are together, added to a sum: most in the early afternoon, growing with the days, and a
 * little by chance.
 */
function weights(series: Series, from: number, to: number, sum = 0): number {
  // an organization has tens of thousands of series, each with a thousand hours: their fields are read once
  const { swing, growth = 0, seed, steady } = series
  let all = sum
  for (let hour = from; hour < to; hour++) {
    const rhythm = 1 + swing * RHYTHM[hour % 24]!
    all += rhythm * (1 + (growth * hour) / 24) * (steady ? 1 : 0.9 + 0.2 * chance(seed + hour))
  }
  return all
}

/** A number from 0 to 1 that a seed gives each time. */
function chance(seed: number): number {
  const mixed = Math.imul((seed ^ (seed >>> 15)) + 0x6d2b79f5, 0x2c1b3c6d)
  return ((mixed ^ (mixed >>> 13)) >>> 0) / 2 ** 32
}
