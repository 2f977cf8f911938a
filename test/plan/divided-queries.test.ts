import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/sources/load.ts'
import type { Value } from '../../src/catalog/types.ts'
import { Session } from '../../src/engine/session.ts'
import { createClient } from '../../src/http/client.ts'
import { compiledProvider, oneHostProvider } from '../catalog/compiled.ts'
import { atEnd, listen } from '../support/cleanup.ts'

const PROVIDER = oneHostProvider('paging: { pages: { kind: token, param: page_token, next: $.next } }\n')
const SERVICE = `
service: s
query_bodies:
  points:
    template: { metric: '{metric}', limit: 5 }
    groups: { into: group_by, limit: 5, after: GT }
    filter: filter
  values:
    template: { metric: '{metric}', group_by: ['{label}'], limit: 5 }
    groups: { into: group_by, limit: 5, after: GT }
    filter: filter
resources:
  points:
    summary: Values
    columns:
      value: number
      resource: { type: object, at: resource.* }
      labels: { type: object, at: metric.* }
      metric: { type: string, input: true }
    methods:
      query:
        sql: select
        call: POST /query
        query_body: points
        rows: $.data
        paging: pages
        params:
          metric: { required: true, filter: exact }
          resource.kafka.id: { required: true, column: resource.kafka.id, filter: exact, repeat: true }
  label_values:
    summary: Values of a label
    columns:
      value: { type: string, at: '#member' }
      metric: { type: string, input: true }
      label: { type: string, input: true }
      kafka_id: { type: string, input: true }
    methods:
      list:
        sql: select
        call: POST /attributes
        query_body: values
        rows: $.data
        paging: pages
        params:
          metric: { required: true, filter: exact }
          label: { required: true, filter: exact }
          resource.kafka.id: { required: true, column: kafka_id }
`

interface Filter {
  readonly op: string
  readonly field?: string
  readonly value?: string
  readonly filters?: readonly Filter[]
  readonly filter?: Filter
}
interface Body {
  readonly group_by: readonly string[]
  readonly filter: Filter
  readonly limit: number
}
type Labels = Readonly<Record<string, string>>

/** Awkward names of topics: quotes, dots, capitals, beyond ASCII, and one that is in two clusters. */
const TOPICS = [
  'both',
  'a.b',
  "it's",
  'say "no"',
  'B',
  'Z-1',
  'é',
  '日本',
  'x\\y',
  '_',
  '%',
  '{a}',
  'c',
  'c.1',
  'c-1',
  '0',
  '9',
]
const SERIES: readonly { readonly labels: Labels; readonly value: number }[] = [
  ...TOPICS.map((topic, i) => ({
    labels: { 'resource.kafka.id': 'k1', 'metric.topic': topic },
    value: (i * 7919) % 101,
  })),
  ...['both', 'one', 'two'].map((topic, i) => ({
    labels: { 'resource.kafka.id': 'k2', 'metric.topic': topic },
    value: i,
  })),
  ...Array.from({ length: 12 }, (_, i) => ({
    labels: { 'resource.kafka.id': 'k3', 'metric.topic': 'only', 'metric.partition': String(i) },
    value: 2 ** i,
  })),
  ...['a', 'b', 'c', 'd', 'e'].map(topic => ({
    labels: { 'resource.kafka.id': 'k4', 'metric.topic': topic },
    value: 1,
  })),
  { labels: { 'resource.kafka.id': 'k4' }, value: 9 },
]

let pagesOn: boolean
let hasGreater: boolean
let order: 'value' | 'label'
let refused: (body: Body) => boolean
const asked: Body[] = []
const notices: string[] = []
let session: Session
let skipping: Session

function holds(filter: Filter, labels: Labels): boolean {
  const own = labels[filter.field!] ?? ''
  switch (filter.op) {
    case 'AND':
      return filter.filters!.every(f => holds(f, labels))
    case 'OR':
      return filter.filters!.some(f => holds(f, labels))
    case 'NOT':
      return !holds(filter.filter!, labels)
    case 'GT':
      return !hasGreater || own > filter.value!
    default:
      return own === filter.value
  }
}

function answer({ filter, group_by, limit }: Body, from: number): unknown {
  const groups = new Map<string, { readonly labels: object; value: number }>()
  for (const { labels, value } of SERIES) {
    if (!holds(filter, labels)) continue
    const own = Object.fromEntries(group_by.map(name => [name, labels[name] ?? null]))
    const id = JSON.stringify(own)
    const group = groups.get(id) ?? { labels: own, value: 0 }
    group.value += value
    groups.set(id, group)
  }
  const all = [...groups].sort(([a, x], [b, y]) => (order === 'value' ? y.value - x.value : a < b ? -1 : 1))
  const data = all.slice(from, from + limit).map(([, { labels, value }]) => ({ ...labels, value }))
  return { data, ...(pagesOn && from + limit < all.length && { next: String(from + limit) }) }
}

beforeAll(async () => {
  const url = await listen(async (request, response) => {
    let text = ''
    for await (const chunk of request as AsyncIterable<Buffer>) text += chunk.toString()
    const body = JSON.parse(text) as Body
    asked.push(body)
    const at = new URL(request.url!, 'http://127.0.0.1')
    const status = refused(body) ? 403 : 200
    const found = answer(body, Number(at.searchParams.get('page_token') ?? 0)) as {
      data: { value?: number }[]
    }
    if (at.pathname === '/attributes') for (const row of found.data) delete row.value
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify(status === 200 ? found : { errors: [{ detail: 'no' }] }))
  })
  const open = (isSkipping: boolean): Session => {
    const opened = new Session({
      catalog: loadCatalog(compiledProvider(PROVIDER, SERVICE)),
      connect: async () => createClient({ env: { P_URL: url } }, { backoff: 1 }),
      onNotice: text => notices.push(text),
      ...(isSkipping && { skipUnreachable: async () => true }),
    })
    atEnd(() => opened.close())
    return opened
  }
  session = open(false)
  skipping = open(true)
})

beforeEach(() => {
  pagesOn = false
  hasGreater = true
  order = 'value'
  refused = () => false
  asked.length = notices.length = 0
})

async function run(sql: string, by = session): Promise<Value[][]> {
  const rows: Value[][] = []
  for await (const result of by.run(sql)) for await (const row of result.rows) rows.push([...row])
  return rows
}

const sql = (ids: string, label = 'topic', more = ''): string =>
  `SELECT resource.kafka.id, labels.${label}, value FROM p.s.points WHERE metric = 'm' AND resource.kafka.id IN (${ids}) ${more} ORDER BY 1, 2`
const expected = (ids: readonly string[]): Value[][] =>
  SERIES.filter(s => ids.includes(s.labels['resource.kafka.id']!))
    .map(({ labels, value }) => [labels['resource.kafka.id']!, labels['metric.topic']!, value])
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
const sorted = (rows: Value[][]): Value[][] =>
  rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))

describe('a query about one resource with more groups than an answer may have', () => {
  test.each(['value', 'label'] as const)('is divided by a label, if groups come by %s', async by => {
    order = by
    expect(sorted(await run(sql("'k1'")))).toEqual(expected(['k1']))
    expect(asked.length).toBeLessThan(20)
    expect(asked[1]!.filter).toMatchObject({
      op: 'AND',
      filters: [{ field: 'resource.kafka.id' }, { op: 'NOT', filter: { field: 'metric.topic', op: 'GT' } }],
    })
  })

  test('is divided by the label that has more values', async () => {
    const rows = await run(
      "SELECT labels.topic, labels.partition, value FROM p.s.points WHERE metric = 'm' AND resource.kafka.id = 'k3'",
    )
    expect(sorted(rows)).toEqual(sorted(Array.from({ length: 12 }, (_, i) => ['only', String(i), 2 ** i])))
  })

  test('is divided by resources first', async () => {
    expect(sorted(await run(sql("'k1', 'k2'")))).toEqual(expected(['k1', 'k2']))
    expect(
      await run(
        "SELECT labels.topic, sum(value) FROM p.s.points WHERE metric = 'm' AND resource.kafka.id IN ('k1', 'k2') AND labels.topic = 'both' GROUP BY 1",
      ),
    ).toEqual([['both', 0]])
  })

  test('is not divided if it goes on with the next page', async () => {
    pagesOn = true
    expect(sorted(await run(sql("'k1'")))).toEqual(expected(['k1']))
    expect(asked).toHaveLength(4)
  })

  test('is an error if the API ignores the filter by which it is divided', async () => {
    hasGreater = false
    await expect(run(sql("'k1'"))).rejects.toMatchObject({
      code: 'LIMIT',
      message: expect.stringContaining('do not have the same, so that others may be missing') as string,
    })
  })

  test('is an error if a group has no such label', async () => {
    await expect(run(sql("'k4'"))).rejects.toMatchObject({
      code: 'LIMIT',
      hint: 'add a condition on a label',
    })
  })

  test('ends with the rows that LIMIT needs', async () => {
    const rows = await run(
      `SELECT labels.topic FROM p.s.points WHERE metric = 'm' AND resource.kafka.id = 'k1' LIMIT 3`,
    )
    expect(rows).toHaveLength(3)
    expect(asked).toHaveLength(1)
  })

  test('of the values of a label is divided as well', async () => {
    const rows = await run(
      "SELECT value FROM p.s.label_values WHERE metric = 'm' AND kafka_id = 'k1' AND label = 'metric.topic'",
    )
    expect(rows.map(row => row[0]).sort()).toEqual([...TOPICS].sort())
  })
})

describe('with --skip-unreachable', () => {
  const isAbout = ({ filter }: Body, id: string): boolean =>
    holds({ ...filter }, { 'resource.kafka.id': id, 'metric.topic': 'both' })

  test('parts of a single call are left out', async () => {
    refused = body => isAbout(body, 'k2') && !isAbout(body, 'k1')
    expect(sorted(await run(sql("'k1', 'k2'"), skipping))).toEqual(expected(['k1']))
    expect(notices[0]).toMatch(/^left out: 1 call of p\.s\.points .* resource\.kafka\.id k2\)$/)
  })

  test('only the resources that may not be read are left out', async () => {
    refused = body => isAbout(body, 'k2')
    expect(sorted(await run(sql("'k1', 'k2', 'k3'"), skipping))).toEqual(
      sorted([...expected(['k1']), ['k3', 'only', 4095]]),
    )
    expect(notices[0]).toMatch(/^left out: 1 call of p\.s\.points .* resource\.kafka\.id k2\)$/)
  })

  test('resources that may all not be read are an error after some requests', async () => {
    refused = () => true
    const ids = Array.from({ length: 200 }, (_, i) => `'x${i}'`).join()
    await expect(run(sql(ids), skipping)).rejects.toThrow('no call of p.s.points succeeded')
    expect(asked.length).toBeLessThan(150)
  })

  test('a resource is left out whole if a part of it by labels is refused', async () => {
    refused = ({ filter }) =>
      JSON.stringify(filter).includes('GT')
      && holds(filter, { 'resource.kafka.id': 'k1', 'metric.topic': '日本' })
    expect(sorted(await run(sql("'k1', 'k2'"), skipping))).toEqual(expected(['k2']))
    expect(notices[0]).toMatch(/^left out: 1 call of p\.s\.points .* resource\.kafka\.id k1\)$/)
    await expect(run(sql("'k1'"), skipping)).rejects.toMatchObject({ status: 403 })
  })
})
