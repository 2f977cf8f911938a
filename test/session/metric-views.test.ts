import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createRequire } from 'node:module'
import type * as Library from '../../src/index.ts'
import { profileOf } from '../../src/sandbox-profile.ts'
import { atEnd, listen } from '../support/cleanup.ts'

const { Session } = createRequire(import.meta.url)('../../dist/index.js') as typeof Library

const MINUTE = 60_000
const DAY = 1440 * MINUTE
const SIZES: Readonly<Record<string, number>> = { PT5M: 5 * MINUTE, PT1H: 60 * MINUTE, P1D: DAY }
const COUNTERS = ['received_bytes', 'sent_bytes']

/** A series: its value at a minute, or undefined where nothing was measured. */
interface Series {
  readonly metric: string
  readonly cluster: string
  readonly topic?: string
  readonly at: (minute: number) => number | undefined
}

const START = Math.floor(Date.now() / MINUTE)
const TOPICS = ['orders', 'say "no"', "it's", 'a.b.c', 'é', 'seldom', 'zero', 'kept', 'silent']
const SERIES: readonly Series[] = ['lkc-1', 'lkc-2'].flatMap((cluster, c): Series[] => {
  const of = (metric: string, topic: string, at: Series['at']): Series => ({ metric, cluster, topic, at })
  return [
    of('received_bytes', 'orders', minute => (minute % 97) * (c + 1)),
    of('sent_bytes', 'orders', minute => (minute % 89) * 1e9),
    of('received_bytes', 'say "no"', minute => (minute % 3 === c ? 5 : undefined)),
    of('sent_bytes', "it's", () => 2 ** 40 + c),
    of('received_bytes', 'a.b.c', minute => (minute === START - 20 ? 1 : 0)),
    of('received_bytes', 'é', minute => (minute > START - 3000 ? undefined : 7)),
    of('received_bytes', 'seldom', minute =>
      Math.floor((START - minute) / 1440) === 12 + c ? 1 : undefined,
    ),
    of('received_bytes', 'zero', () => 0),
    of('retained_bytes', 'kept', minute => 1e15 + (minute % 7)),
    of('retained_bytes', 'orders', () => 0),
    {
      metric: 'cluster_load_percent',
      cluster,
      at: minute =>
        Math.floor(minute / 60) % 5 === 0 ? undefined : (minute % 60) + (Math.floor(minute / 60) % 24),
    },
  ]
})

interface Filter {
  readonly op: string
  readonly field?: string
  readonly value?: string
  readonly filters?: readonly Filter[]
}
interface Query {
  readonly aggregations: readonly [{ readonly metric: string }]
  readonly granularity: string
  readonly intervals: readonly [string]
  readonly filter: Filter
  readonly group_by: readonly string[]
}

const holds = (f: Filter, labels: Readonly<Record<string, unknown>>): boolean =>
  f.op === 'AND'
    ? f.filters!.every(x => holds(x, labels))
    : f.op === 'OR'
      ? f.filters!.some(x => holds(x, labels))
      : labels[f.field!] === f.value

/** The value of series between two times, as the API gives it; undefined where none has a point. */
function valueOf(series: readonly Series[], from: number, before: number): number | undefined {
  const sums = series.flatMap(one => {
    const values: number[] = []
    for (
      let minute = Math.ceil(from / MINUTE);
      minute * MINUTE < Math.min(before, START * MINUTE);
      minute++
    ) {
      const value = one.at(minute)
      if (value !== undefined) values.push(value)
    }
    if (values.length === 0) return []
    const sum = values.reduce((a, b) => a + b, 0)
    return [COUNTERS.includes(one.metric) ? sum : sum / values.length]
  })
  return sums.length === 0 ? undefined : sums.reduce((a, b) => a + b, 0)
}

const text = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z')

function points({ aggregations, granularity, intervals, filter, group_by }: Query): unknown {
  const metric = aggregations[0].metric.split('/')[1]!
  const [from, before] = intervals[0].split('/').map(t => Date.parse(t)) as [number, number]
  const size = SIZES[granularity] ?? before - from
  const groups = new Map<string, Series[]>()
  for (const one of SERIES) {
    const labels = { 'resource.kafka.id': one.cluster, 'metric.topic': one.topic ?? null }
    if (one.metric !== metric || !holds(filter, labels)) continue
    const own = Object.fromEntries(Object.entries(labels).filter(([name]) => group_by.includes(name)))
    const id = JSON.stringify(own)
    groups.set(id, [...(groups.get(id) ?? []), one])
  }
  const data = [...groups].flatMap(([id, series]) => {
    const found: unknown[] = []
    for (let at = from; at < before; at += size) {
      const value = valueOf(series, at, Math.min(at + size, before))
      if (value !== undefined) found.unshift({ timestamp: text(at), value, ...(JSON.parse(id) as object) })
    }
    return found
  })
  return { data, meta: { pagination: { page_size: 1000 } } }
}

const queries: Query[] = []
const notices: string[] = []
let session: Library.Session

beforeAll(async () => {
  const url: string = await listen(async (request, response) => {
    let body = ''
    for await (const chunk of request as AsyncIterable<Buffer>) body += chunk.toString()
    const path = new URL(request.url!, 'http://127.0.0.1').pathname
    const cluster = /\/clusters\/(lkc-\d)\/topics/.exec(path)?.[1]
    let answer: unknown
    if (path === '/org/v2/environments')
      answer = { data: [{ id: 'env-1', display_name: 'prod' }], metadata: {} }
    else if (path === '/cmk/v2/clusters')
      answer = {
        data: ['lkc-1', 'lkc-2'].map(id => ({
          id,
          spec: { display_name: `of ${id}`, http_endpoint: url, environment: { id: 'env-1' } },
          status: { phase: 'PROVISIONED' },
        })),
        metadata: {},
      }
    else if (cluster)
      answer = {
        kind: 'KafkaTopicList',
        metadata: {},
        data: TOPICS.map(topic_name => ({
          cluster_id: cluster,
          topic_name,
          is_internal: false,
          partitions_count: 1,
        })),
      }
    else {
      const query = JSON.parse(body) as Query
      queries.push(query)
      answer = points(query)
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  session = new Session({
    env: { CONFLUENT_CLOUD_ENDPOINT: url, CONFLUENT_TELEMETRY_ENDPOINT: url },
    profile: profileOf(() => ({ all: url })),
    onNotice: notice => notices.push(notice),
  })
  atEnd(() => session.close())
})

beforeEach(() => {
  queries.length = notices.length = 0
})

const interval = (): [number, number] => {
  const all = new Set(queries.map(q => q.intervals[0]))
  expect(all.size).toBe(1)
  return [...all][0]!.split('/').map(t => Date.parse(t)) as [number, number]
}
const seriesOf = (metric: string, cluster: string, topic?: string): Series[] =>
  SERIES.filter(s => s.metric === metric && s.cluster === cluster && s.topic === topic)

describe('views of metrics, recounted', () => {
  test('topic_throughput', async () => {
    const rows = await session.all(
      'SELECT cluster, topic, bytes_in, bytes_out, bytes_retained FROM confluent.topic_throughput ORDER BY cluster, topic',
    )
    const [from, before] = interval()
    expect(Math.abs(before - from - DAY + 5 * MINUTE)).toBeLessThan(MINUTE)
    const expected = ['lkc-1', 'lkc-2'].flatMap(cluster =>
      [...TOPICS].sort().flatMap(topic => {
        const [bytes_in, bytes_out, kept] = ['received_bytes', 'sent_bytes', 'retained_bytes'].map(metric =>
          valueOf(seriesOf(metric, cluster, topic), from, before),
        )
        return bytes_in === undefined && bytes_out === undefined && kept === undefined
          ? []
          : [
              {
                cluster,
                topic,
                bytes_in: bytes_in ?? 0,
                bytes_out: bytes_out ?? 0,
                bytes_retained: kept === undefined ? null : Math.trunc(kept),
              },
            ]
      }),
    )
    expect(rows).toEqual(expected)
    expect(rows.map(row => row['topic'])).not.toContain('silent')
    expect(notices).toEqual([])
  })

  test('cluster_load has whole hours only', async () => {
    const rows = await session.all(
      'SELECT cluster, average, highest, highest_at FROM confluent.cluster_load ORDER BY cluster',
    )
    const [from, before] = interval()
    expect([from % (60 * MINUTE), before % (60 * MINUTE), before - from]).toEqual([0, 0, DAY])
    expect(before).toBeLessThanOrEqual(Date.now() - 5 * MINUTE)
    const expected = ['lkc-1', 'lkc-2'].map(cluster => {
      const hours = Array.from({ length: 24 }, (_, i) => from + i * 60 * MINUTE).flatMap(at => {
        const value = valueOf(seriesOf('cluster_load_percent', cluster), at, at + 60 * MINUTE)
        return value === undefined ? [] : [{ at, value }]
      })
      const top = hours.reduce((a, b) => (b.value > a.value ? b : a))
      const average = hours.reduce((sum, hour) => sum + hour.value, 0) / hours.length
      return {
        cluster,
        average: expect.closeTo(average, 0) as number,
        highest: top.value,
        highest_at: text(top.at),
      }
    })
    expect(rows).toEqual(expected)
    expect(notices).toEqual([])
  })

  test('unused_topics', async () => {
    const rows = await session.all(
      'SELECT cluster, topic, idle_days FROM confluent.unused_topics ORDER BY cluster, topic',
    )
    const [from, before] = interval()
    // a query for each metric has all clusters
    expect(queries).toHaveLength(2)
    const expected = ['lkc-1', 'lkc-2'].flatMap(cluster =>
      [...TOPICS].sort().flatMap(topic => {
        const used = []
        for (let at = from; at < before; at += DAY)
          if (COUNTERS.some(metric => (valueOf(seriesOf(metric, cluster, topic), at, at + DAY) ?? 0) > 0))
            used.push(at)
        const last = used.at(-1)
        const idle = last === undefined ? 28 : (Date.now() - last) / DAY - 1
        return idle >= 7 ? [{ cluster, topic, idle_days: Math.floor(idle) }] : []
      }),
    )
    expect(rows).toEqual(expected)
    expect(new Set(rows.map(row => row['topic']))).toEqual(new Set(['kept', 'seldom', 'silent', 'zero']))
    expect(notices).toEqual([])
  })
})

describe('the newest point', () => {
  const at = (back: number): string => text(Math.floor((Date.now() - back) / MINUTE) * MINUTE)
  const sql = (granularity: string, bounds: string): string =>
    `SELECT timestamp, value FROM confluent.metrics.points WHERE metric = 'io.confluent.kafka.server/received_bytes'
     AND resource.kafka.id = 'lkc-1' AND granularity = '${granularity}' AND ${bounds}`

  test('of a day that is not over is told, and what leaves it out does', async () => {
    const today = `${at(0).slice(0, 10)}T00:00:00Z`
    const bounds = `timestamp >= '${at(3 * DAY)}'`
    await session.all(sql('P1D', bounds))
    const told = notices.find(notice => notice.includes('is not over'))!
    expect(told).toMatch(
      `confluent.metrics.points: the P1D that begins at ${today} is not over: its values are of the time until ${at(0).slice(0, 10)}T`,
    )
    const [, more] = /; (timestamp < .*) leaves it out$/.exec(told)!
    notices.length = 0
    const rows = await session.all(sql('P1D', `${bounds} AND ${more!}`))
    expect(rows.some(row => String(row['timestamp']) >= today)).toBe(false)
    expect(notices).toEqual([])
  })

  test.each([10, 40])('is told if the upper bound is before now: %i minutes', async minutes => {
    await session.all(sql('P1D', `timestamp >= '${at(3 * DAY)}' AND timestamp < '${at(minutes * MINUTE)}'`))
    const isToday = at(minutes * MINUTE).slice(0, 10) === at(0).slice(0, 10)
    expect(notices.some(notice => notice.includes('is not over'))).toBe(isToday)
  })

  test('after a bound that it equals is left out, and ALL begins a minute later', async () => {
    const from = `${at(2 * DAY).slice(0, 10)}T00:00:00Z`
    const bounds = `timestamp > '${from}' AND timestamp < '${at(DAY).slice(0, 10)}T00:00:00Z'`
    const [all] = await session.all(sql('ALL', bounds))
    expect(all).toEqual({ timestamp: from.replace('00:00Z', '01:00Z'), value: expect.any(Number) as number })
    expect(await session.all(sql('P1D', bounds))).toEqual([])
  })
})
