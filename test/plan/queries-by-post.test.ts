import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/sources/load.ts'
import type { Value } from '../../src/catalog/types.ts'
import { Session, type SessionOptions } from '../../src/engine/session.ts'
import type { ConfluentqlError } from '../../src/errors.ts'
import { createClient } from '../../src/http/client.ts'
import type { Trace } from '../../src/http/types.ts'
import { compiledProvider, oneHostProvider } from '../catalog/compiled.ts'
import { atEnd, listen } from '../support/cleanup.ts'

const PROVIDER = oneHostProvider(`paging: { pages: { kind: token, param: page_token, next: $.next } }
views:
  traffic:
    summary: Traffic of topics
    sql: SELECT p.resource.kafka.id AS cluster, p.labels.topic AS topic, p.timestamp AS at, p.value FROM p.s.points p WHERE p.metric = 'bytes' AND p.granularity = 'PT1H'
`)
const SERVICE = `
service: s
query_bodies:
  points:
    template: { metric: '{metric}', granularity: '{granularity}', intervals: ['{from}/{before}'] }
    groups: { into: group_by, limit: 5 }
    filter: filter
resources:
  points:
    summary: Values over time
    parents: { s.clusters: { resource.kafka.id: id } }
    columns:
      timestamp: timestamp
      value: number
      resource: { type: object, at: resource.* }
      labels: { type: object, at: metric.* }
      metric: { type: string, input: true }
      granularity: { type: string, input: true }
      dataset: { type: string, input: true }
    methods:
      query_kafka:
        sql: select
        call: POST /{dataset}/query
        query_body: points
        parents_if: { metric: kafka/ }
        rows: $.data
        paging: pages
        params: &params
          dataset: { default: cloud }
          metric: { required: true, filter: exact }
          resource.kafka.id: { required: true, column: resource.kafka.id, filter: exact, repeat: true }
          granularity: exact
          from: { required: true, column: timestamp, range: from }
          before:
            required: true
            column: timestamp
            range: before
            open: now
            lag: PT5M
            longest: { by: granularity, spans: { PT1M: PT6H, PT5M: P1D, PT1H: any } }
  clusters:
    summary: Clusters
    columns: { id: string, size: integer }
    methods:
      list_clusters: { sql: select, call: GET /clusters, rows: $.data }
`.replace('&params', '')

interface Body {
  readonly metric: string
  readonly granularity: string
  readonly intervals: readonly [string]
  readonly filter?: Filter
  readonly group_by?: readonly string[]
}
interface Filter {
  readonly op: string
  readonly field?: string
  readonly value?: string
  readonly filters?: readonly Filter[]
  readonly filter?: Filter
}
type Labels = Readonly<Record<string, string>>

const SERIES: readonly Labels[] = ['a', 'b'].flatMap(id =>
  ['x', 'y', 'z'].map(topic => ({ 'resource.kafka.id': id, 'metric.topic': topic })),
)
const LARGE: readonly Labels[] = [1, 2, 3, 4, 5].map(n => ({
  'resource.kafka.id': 'c',
  'metric.topic': `t${n}`,
}))
const HOUR = 3_600_000
const SIZES: Readonly<Record<string, number>> = { PT1M: HOUR / 60, PT5M: HOUR / 12, PT1H: HOUR }

function holds(filter: Filter, labels: Labels): boolean {
  if (filter.op === 'AND') return filter.filters!.every(f => holds(f, labels))
  if (filter.op === 'OR') return filter.filters!.some(f => holds(f, labels))
  if (filter.op === 'NOT') return !holds(filter.filter!, labels)
  return labels[filter.field!] === filter.value
}

/** Each series has 1 a minute; the pages have 200 points. */
function points(body: Body, page: number): unknown {
  const [from, before] = body.intervals[0].split('/').map(t => Date.parse(t)) as [number, number]
  const size = SIZES[body.granularity] ?? before - from
  const groups = new Map<string, number>()
  for (const labels of [...SERIES, ...LARGE]) {
    if (body.filter && !holds(body.filter, labels)) continue
    const id = JSON.stringify(Object.fromEntries((body.group_by ?? []).map(g => [g, labels[g]])))
    groups.set(id, (groups.get(id) ?? 0) + size / (HOUR / 60))
  }
  const data = [...groups].flatMap(([id, value]) => {
    const found: unknown[] = []
    for (let at = from; at < before; at += size)
      found.push({ timestamp: new Date(at).toISOString().replace('.000Z', 'Z'), value, ...JSON.parse(id) })
    return found
  })
  const to = (page + 1) * 200
  return { data: data.slice(page * 200, to), ...(to < data.length && { next: String(page + 1) }) }
}

const asked: string[] = []
const notices: string[] = []
const traces: Trace[] = []
let fail: number[] = []
/** Queries that are answered with 403, and with 404. */
let isRefused: (body: Body) => boolean
let isMissing: (body: Body) => boolean
let session: Session
let skipping: Session

beforeAll(async () => {
  const catalog = loadCatalog(compiledProvider(PROVIDER, SERVICE))
  const url = await listen(async (request, response) => {
    let text = ''
    for await (const chunk of request as AsyncIterable<Buffer>) text += chunk.toString()
    const at = new URL(request.url!, 'http://127.0.0.1')
    asked.push(request.method === 'GET' ? request.url! : `${request.url} ${text}`)
    const query = text === '' ? undefined : (JSON.parse(text) as Body)
    const status = fail.shift() ?? (query && isRefused(query) ? 403 : query && isMissing(query) ? 404 : 200)
    const body =
      at.pathname === '/clusters'
        ? {
            data: [
              { id: 'a', size: 1 },
              { id: 'b', size: 2 },
            ],
          }
        : points(JSON.parse(text) as Body, Number(at.searchParams.get('page_token') ?? 0))
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify(status === 200 ? body : { errors: [{ detail: 'no' }] }))
  })
  const open = (options: Partial<SessionOptions>): Session => {
    const opened = new Session({
      catalog,
      connect: async () =>
        createClient({ env: { P_URL: url }, cache: () => 60, onTrace: t => traces.push(t) }, { backoff: 1 }),
      onNotice: text => notices.push(text),
      ...options,
    })
    atEnd(() => opened.close())
    return opened
  }
  session = open({})
  skipping = open({ skipUnreachable: async () => true })
})

beforeEach(() => {
  fail = []
  isRefused = isMissing = () => false
  asked.length = 0
  notices.length = 0
  traces.length = 0
})

async function run(sql: string, by = session): Promise<Value[][]> {
  let rows: Value[][] = []
  for await (const result of by.run(sql)) {
    rows = []
    for await (const row of result.rows) rows.push([...row])
  }
  return rows
}

/** An hour of a day, so that no two statements ask for the same. */
let hour = 0
const eq = (field: string, value: string): Filter => ({ field, op: 'EQ', value }) as Filter
const A = eq('resource.kafka.id', 'a')
const topic = (name: string): Filter => eq('metric.topic', name)

interface Case {
  readonly name: string
  readonly select: string
  readonly where: string
  readonly requests: readonly Partial<Body>[]
  readonly rows: number
}

const CASES: readonly Case[] = [
  {
    name: 'only a resource is named',
    select: 'timestamp, value',
    where: "resource.kafka.id = 'a'",
    requests: [{ filter: A, group_by: ['resource.kafka.id'] }],
    rows: 1,
  },
  {
    name: 'a label in the list of results',
    select: 'labels.topic, value',
    where: "resource.kafka.id = 'a'",
    requests: [{ filter: A, group_by: ['metric.topic', 'resource.kafka.id'] }],
    rows: 3,
  },
  {
    name: 'a label in a condition',
    select: 'value',
    where: "resource.kafka.id = 'a' AND labels.topic = 'x'",
    requests: [
      { filter: { op: 'AND', filters: [A, topic('x')] }, group_by: ['metric.topic', 'resource.kafka.id'] },
    ],
    rows: 1,
  },
  {
    name: 'IN',
    select: 'value',
    where: "resource.kafka.id = 'a' AND labels.topic IN ('x', 'y')",
    requests: [{ filter: { op: 'AND', filters: [A, { op: 'OR', filters: [topic('x'), topic('y')] }] } }],
    rows: 2,
  },
  {
    name: 'OR',
    select: 'value',
    where: "resource.kafka.id = 'a' AND (labels.topic = 'x' OR labels.topic = 'z')",
    requests: [{ filter: { op: 'AND', filters: [A, { op: 'OR', filters: [topic('x'), topic('z')] }] } }],
    rows: 2,
  },
  {
    name: 'NOT',
    select: 'value',
    where: "resource.kafka.id = 'a' AND NOT (labels.topic = 'x')",
    requests: [{ filter: { op: 'AND', filters: [A, { op: 'NOT', filter: topic('x') }] } }],
    rows: 2,
  },
  {
    name: '<> and NOT IN',
    select: 'value',
    where: "resource.kafka.id = 'a' AND labels.topic <> 'x' AND labels.topic NOT IN ('y')",
    requests: [
      {
        filter: {
          op: 'AND',
          filters: [A, { op: 'NOT', filter: topic('x') }, { op: 'NOT', filter: topic('y') }],
        },
      },
    ],
    rows: 1,
  },
  {
    name: 'a condition that no filter can say',
    select: 'value',
    where: "resource.kafka.id = 'a' AND labels.topic LIKE 'x%'",
    requests: [{ filter: A, group_by: ['metric.topic', 'resource.kafka.id'] }],
    rows: 1,
  },
  {
    name: 'a list of resources is one request',
    select: 'resource.kafka.id, value',
    where: "resource.kafka.id IN ('a', 'b')",
    requests: [{ filter: { op: 'OR', filters: [A, eq('resource.kafka.id', 'b')] } }],
    rows: 2,
  },
]

describe('bodies', () => {
  test.each(CASES)('$name', async ({ select, where, requests, rows }) => {
    const from = `2026-10-01T${String(hour++).padStart(2, '0')}:00:00Z`
    const before = from.replace(/T(\d\d)/, (_, h: string) => `T${String(Number(h) + 1).padStart(2, '0')}`)
    const found = await run(
      `SELECT ${select} FROM p.s.points WHERE ${where} AND metric = 'bytes' AND granularity = 'PT1H' AND timestamp >= '${from}' AND timestamp < '${before}'`,
    )
    expect(found).toHaveLength(rows)
    expect(asked.map(a => JSON.parse(a.slice(a.indexOf('{'))) as unknown)).toEqual(
      requests.map(
        r =>
          expect.objectContaining({
            metric: 'bytes',
            granularity: 'PT1H',
            intervals: [`${from}/${before}`],
            ...r,
          }) as unknown,
      ),
    )
    expect(asked.every(a => a.startsWith('/cloud/query '))).toBe(true)
  })

  test('a metric for each call, keys from another table, labels of a view', async () => {
    const sql = `SELECT c.size, v.topic, v.value FROM p.s.clusters c JOIN p.traffic v ON v.cluster = c.id
      WHERE v.topic = 'x' AND v.at >= '2026-10-02T00:00:00Z' AND v.at < '2026-10-02T01:00:00Z' ORDER BY 1`
    expect(await run(sql)).toEqual([
      [1, 'x', 60],
      [2, 'x', 60],
    ])
    expect(asked).toEqual([
      '/clusters',
      `/cloud/query ${JSON.stringify({
        metric: 'bytes',
        granularity: 'PT1H',
        intervals: ['2026-10-02T00:00:00Z/2026-10-02T01:00:00Z'],
        filter: {
          op: 'AND',
          filters: [{ op: 'OR', filters: [A, eq('resource.kafka.id', 'b')] }, topic('x')],
        },
        group_by: ['metric.topic', 'resource.kafka.id'],
      })}`,
    ])
    asked.length = 0
    await run(
      "SELECT value FROM p.s.points WHERE metric IN ('m', 'n') AND resource.kafka.id = 'a' AND granularity = 'PT1H' AND timestamp = '2026-10-02T05:00:00Z' AND dataset = 'other'",
    )
    expect(
      asked.map(a => [a.split(' ')[0], (JSON.parse(a.slice(a.indexOf('{'))) as Body).metric]).sort(),
    ).toEqual([
      ['/other/query', 'm'],
      ['/other/query', 'n'],
    ])
  })
})

test('a resource that the statement does not give comes from its table, if the metric is of that kind', async () => {
  const sql = (metric: string): string =>
    `SELECT value FROM p.s.points WHERE metric = '${metric}' AND granularity = 'PT1H' AND timestamp = '2026-10-08T01:00:00Z'`
  expect(await run(sql('kafka/bytes'))).toHaveLength(2)
  expect(notices).toEqual(['resource.kafka.id not given: asked for each of 2 clusters (p.s.points)'])
  expect(asked.at(-1)).toContain(
    '"filter":{"op":"OR","filters":[{"field":"resource.kafka.id","op":"EQ","value":"a"},{"field":"resource.kafka.id","op":"EQ","value":"b"}]},"group_by":["resource.kafka.id"]',
  )
  await expect(run(sql('bytes'))).rejects.toThrow('p.s.points needs "resource.kafka.id"')
})

describe('the range', () => {
  const intervals = (): string[] =>
    asked.map(a => {
      const body = JSON.parse(a.slice(a.indexOf('{'))) as Body
      return `${body.granularity} ${body.intervals[0]}`
    })
  const count = async (where: string): Promise<unknown> =>
    (
      await run(
        `SELECT count(*) FROM p.s.points WHERE metric = 'bytes' AND resource.kafka.id = 'a' AND ${where}`,
      )
    )[0]![0]

  test('is cut where the granularity allows no longer one', async () => {
    const where =
      "granularity = 'PT1M' AND timestamp >= '2026-10-03T00:00:00Z' AND timestamp < '2026-10-03T09:00:00Z'"
    expect(await count(where)).toBe(540)
    expect([...new Set(intervals())].sort()).toEqual([
      'PT1M 2026-10-03T00:00:00Z/2026-10-03T06:00:00Z',
      'PT1M 2026-10-03T06:00:00Z/2026-10-03T09:00:00Z',
    ])
    // two pages each
    expect(asked).toHaveLength(3)
    expect(asked.filter(a => a.includes('page_token=1'))).toHaveLength(1)
  })

  test('chooses the finest granularity that one call can have, which is told', async () => {
    expect(await count("timestamp >= '2026-10-04' AND timestamp < '2026-10-05'")).toBe(288)
    expect(intervals()[0]).toBe('PT5M 2026-10-04T00:00:00Z/2026-10-05T00:00:00Z')
    expect(notices).toEqual(['p.s.points: granularity not given: PT5M'])
  })

  test('has whole points only, whatever the bounds', async () => {
    const where =
      "granularity = 'PT1H' AND timestamp > '2026-10-05T00:10:00Z' AND timestamp < '2026-10-05T03:10:00Z'"
    expect(await count(where)).toBe(3)
    expect(intervals()).toEqual(['PT1H 2026-10-05T01:00:00Z/2026-10-05T04:00:00Z'])
  })

  test('ends now, with points that may be partial, which is told', async () => {
    const where = "granularity = 'ALL' AND timestamp >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1 hour')"
    expect(await count(where)).toBe(1)
    expect(notices).toEqual([
      expect.stringMatching(/^p\.s\.points: timestamp has no upper bound: the range ends now, at /),
      'p.s.points: values of the last 5 minutes may still be partial',
    ])
  })
})

describe('a POST that reads', () => {
  const SQL =
    "SELECT value FROM p.s.points WHERE metric = 'bytes' AND resource.kafka.id = 'a' AND granularity = 'PT1H' AND timestamp = '2026-10-06T01:00:00Z'"

  test('is sent again, and answered from the cache by its body', async () => {
    fail = [503, 500]
    expect(await run(SQL)).toEqual([[180]])
    expect(asked).toHaveLength(3)
    expect(await run(SQL)).toEqual([[180]])
    expect(asked).toHaveLength(3)
    await run(SQL.replace('T01', 'T02'))
    expect(asked).toHaveLength(4)
    expect(traces.at(-1)).toMatchObject({
      method: 'POST',
      body: expect.stringContaining('T02:00:00Z') as string,
    })
  })

  test('is shown by EXPLAIN, with what is not known yet', async () => {
    const [, row] = await run(
      "EXPLAIN SELECT p.value FROM p.s.clusters c JOIN p.s.points p ON p.resource.kafka.id = c.id WHERE p.metric = 'bytes' AND p.granularity = 'PT1H' AND p.timestamp = '2026-10-06T01:00:00Z' AND p.labels.topic <> 'x'",
    )
    expect(row!.slice(3)).toEqual([
      'one for each c.id, each to its last page',
      expect.stringMatching(
        /\/cloud\/query \{"metric":"bytes".*"filters":\[\{"field":"resource.kafka.id","op":"EQ","value":"\{c\.id\}"\},\{"op":"NOT",.*"group_by":\["metric.topic","resource.kafka.id"\]\}$/,
      ),
      expect.stringContaining("p.labels.topic <> 'x' (inexact)"),
      null,
    ])
    expect(asked).toEqual([])
  })

  test('that has as many groups as are allowed is asked again for parts of the resources', async () => {
    const sql = (where: string): string =>
      `SELECT resource.kafka.id, labels.topic FROM p.s.points WHERE metric = 'bytes' AND resource.kafka.id IN ('a', 'b') AND ${where} AND granularity = 'PT1H' AND timestamp = '2026-10-07T01:00:00Z'`
    expect(await run(sql("labels.topic <> 'x'"))).toHaveLength(4)
    expect(asked).toHaveLength(1)
    // the filter leaves five of six
    const five = "NOT (labels.topic = 'x' AND resource.kafka.id = 'a')"
    const rows = await run(`${sql(five)} ORDER BY 1, 2`)
    expect(rows.map(row => row.join(''))).toEqual(['ay', 'az', 'bx', 'by', 'bz'])
    expect(asked).toHaveLength(4)
    const some = await run(`${sql(five)} AND labels.topic <> 'q' LIMIT 4`)
    expect(new Set(some.map(row => row.join('')))).toHaveLength(4)
  })

  test('is divided if its rows would be given page by page, too', async () => {
    const rows = await run(
      "SELECT resource.kafka.id, labels.topic FROM p.s.points WHERE metric = 'bytes' AND resource.kafka.id IN ('a', 'b') AND NOT (labels.topic = 'x' AND resource.kafka.id = 'b') AND granularity = 'PT1H' AND timestamp = '2026-10-07T02:00:00Z'",
    )
    expect(rows.map(row => row.join('')).sort()).toEqual(['ax', 'ay', 'az', 'by', 'bz'])
  })

  test('that is divided is left out in parts, if others succeed', async () => {
    const sql =
      "SELECT metric, resource.kafka.id, labels.topic FROM p.s.points WHERE metric IN ('bytes', 'records') AND resource.kafka.id IN ('a', 'b') AND NOT (labels.topic = 'x' AND resource.kafka.id = 'a') AND granularity = 'PT1H' AND timestamp = '2026-10-07T03:00:00Z' ORDER BY 1, 3"
    const isAbout = (body: Body, id: string): boolean =>
      holds(body.filter!, { 'resource.kafka.id': id, 'metric.topic': 'y' })
    isRefused = body => !isAbout(body, 'a')
    const rows = await run(sql, skipping)
    expect(rows.map(row => row.join(' '))).toEqual(['bytes a y', 'bytes a z', 'records a y', 'records a z'])
    expect(notices[0]).toMatch(
      /^left out: 2 calls of p.s.points .* resource.kafka.id b .* resource.kafka.id b /,
    )
    isRefused = body => isAbout(body, 'a') !== isAbout(body, 'b')
    await expect(run(sql.replaceAll('03:00', '04:00'), skipping)).rejects.toThrow(
      /no call of p.s.points succeeded/,
    )
  })

  test('that is answered with 404 is asked again without the missing resource', async () => {
    const sql = (at: number): string =>
      `SELECT resource.kafka.id, labels.topic FROM p.s.points WHERE metric = 'kafka/bytes' AND granularity = 'PT1H' AND timestamp = '2026-10-07T0${at}:00:00Z'`
    isMissing = body => holds(body.filter!, { 'resource.kafka.id': 'b', 'metric.topic': 'y' })
    expect((await run(sql(5))).map(row => row.join('')).sort()).toEqual(['ax', 'ay', 'az'])
    expect(notices.filter(text => text.includes('404'))).toEqual([
      expect.stringMatching(/^p\.s\.points: 1 of 2 calls answered 404 .* resource\.kafka\.id b /),
    ])
    await expect(run(`${sql(6)} AND resource.kafka.id IN ('a', 'b')`)).rejects.toMatchObject({ status: 404 })
  })

  test('about one resource that has as many groups as are allowed is an error, since others may be missing', async () => {
    const sql =
      "SELECT labels.topic FROM p.s.points WHERE metric = 'bytes' AND resource.kafka.id IN ('c', 'd') AND granularity = 'PT1H' AND timestamp = '2026-10-07T01:00:00Z'"
    const error = await run(sql).catch((e: unknown) => e as ConfluentqlError)
    expect(error).toMatchObject({
      code: 'LIMIT',
      message:
        'p.s.points: the answer has 5 groups, the most that the API gives, so that others may be missing',
      hint: 'add a condition on a label',
    })
  })

  test('is no call of EXEC', async () => {
    await expect(
      run(
        `SELECT labels."a.b" FROM p.s.points WHERE metric = 'bytes' AND resource.kafka.id = 'a' AND granularity = 'PT1H' AND timestamp = '2026-10-07T01:00:00Z'`,
      ),
    ).rejects.toMatchObject({ code: 'UNKNOWN_NAME', hint: 'write labels.a.b' })
    await expect(run("EXEC p.s.points.query_kafka @metric = 'bytes'")).rejects.toThrow(/is a query/)
  })
})
