import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts'
import { askAt, realSandbox, type Answer } from './support.ts'

const { catalog, data } = realSandbox()
let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ catalog, data: data() })
})
afterAll(() => sandbox.close())

const query = (body: object, token?: string): Promise<Answer> =>
  askAt(sandbox.url, `POST /v2/metrics/cloud/query${token === undefined ? '' : `?page_token=${token}`}`, body)

const CLUSTER = { field: 'resource.kafka.id', op: 'EQ', value: 'lkc-7p2v9d' }
const DAY = '2026-10-30T00:00:00Z/2026-10-31T00:00:00Z'
const BYTES = {
  aggregations: [{ metric: 'io.confluent.kafka.server/received_bytes' }],
  granularity: 'PT1H',
  intervals: [DAY],
  filter: CLUSTER,
}

const sum = ({ body }: Answer): number =>
  (body.data as readonly { value: number }[]).reduce((n, { value }) => n + value, 0)

describe('points', () => {
  test('add up to the same whatever the granularity and the groups', async () => {
    const hours = await query(BYTES)
    expect(hours.body.data).toHaveLength(24)
    expect(sum(hours)).toBeGreaterThan(1e9)
    for (const other of [
      { granularity: 'ALL' },
      { granularity: 'P1D' },
      { granularity: 'PT15M' },
      { group_by: ['metric.topic'] },
    ])
      expect(sum(await query({ ...BYTES, ...other }))).toBe(sum(hours))
  })

  test('come newest first, busier by day than by night', async () => {
    const { body } = await query(BYTES)
    const times = (body.data as readonly { timestamp: string }[]).map(p => p.timestamp)
    expect(times).toEqual([...times].sort().reverse())
    const at = (hour: string): number =>
      (body.data as readonly { timestamp: string; value: number }[]).find(p =>
        p.timestamp.includes(`T${hour}:`),
      )!.value
    expect(at('14')).toBeGreaterThan(1.5 * at('02'))
  })

  test('have the topics of the cluster, but those without traffic', async () => {
    const { body } = await query({ ...BYTES, granularity: 'ALL', group_by: ['metric.topic'] })
    const topics = (body.data as readonly { 'metric.topic': string }[]).map(p => p['metric.topic'])
    expect(topics).toContain('orders.events')
    expect(topics.filter(t => t.endsWith('.dlq'))).toEqual([])
  })

  test('of a group that falls behind grow', async () => {
    const lag = {
      ...BYTES,
      aggregations: [{ metric: 'io.confluent.kafka.server/consumer_lag_offsets' }],
      group_by: ['metric.consumer_group_id'],
      granularity: 'P1D',
      intervals: ['2026-10-20T00:00:00Z/2026-10-30T00:00:00Z'],
    }
    const { body } = await query({
      ...lag,
      filter: {
        op: 'AND',
        filters: [CLUSTER, { field: 'metric.consumer_group_id', op: 'EQ', value: 'inventory-loader' }],
      },
    })
    expect(body.data).toHaveLength(10)
    expect(body.data[0].value).toBeGreaterThan(1.2 * body.data[9].value)
  })

  test('come in pages of as many groups as limit says, whose tokens belong to their body', async () => {
    const many = {
      ...BYTES,
      granularity: 'PT15M',
      group_by: ['metric.topic'],
      intervals: ['2026-10-27T00:00:00Z/2026-10-30T00:00:00Z'],
      limit: 7,
    }
    const first = await query(many)
    expect(first.body.data).toHaveLength(7 * 288)
    const token = first.body.meta.pagination.next_page_token as string
    const second = await query(many, token)
    expect(second.body.data).toHaveLength(3 * 288)
    expect(second.body.meta.pagination.next_page_token).toBeUndefined()
    expect((await query(BYTES, token)).status).toBe(400)
  })

  test('are filtered by labels that come after a value', async () => {
    const topics = async (filter: object): Promise<string[]> => {
      const by = { granularity: 'ALL', group_by: ['metric.topic'] }
      const { body } = await query({ ...BYTES, ...by, filter: { op: 'AND', filters: [CLUSTER, filter] } })
      return (body.data as readonly { 'metric.topic': string }[]).map(p => p['metric.topic'])
    }
    const after = { field: 'metric.topic', op: 'GT', value: 'orders.events' }
    const all = await topics({ op: 'NOT', filter: { field: 'metric.topic', op: 'EQ', value: '' } })
    expect(await topics(after)).toEqual(all.filter(t => t > 'orders.events'))
    expect(await topics({ ...after, op: 'GTE' })).toEqual(all.filter(t => t >= 'orders.events'))
    expect(await topics({ op: 'NOT', filter: after })).toEqual(all.filter(t => t <= 'orders.events'))
  })
})

const REFUSED: readonly (readonly [change: object, status: number, detail: string])[] = [
  [{ aggregations: [{ metric: 'x' }] }, 400, 'Unknown metric: x'],
  [{ filter: undefined }, 400, 'A filter on a resource is required'],
  [{ filter: { field: 'metric.topic', op: 'EQ', value: 'x' } }, 400, 'A filter on a resource is required'],
  [
    { filter: { ...CLUSTER, value: 'lkc-none' } },
    403,
    'Not authorized to read what was measured of lkc-none',
  ],
  [
    { group_by: ['metric.nope'] },
    400,
    'Unknown label for io.confluent.kafka.server/received_bytes: metric.nope',
  ],
  [{ granularity: 'PT1M' }, 400, 'interval is too long for granularity PT1M: at most 6 hours'],
  [
    { granularity: 'PT5M', intervals: ['2026-10-28T00:00:00Z/2026-10-30T00:00:00Z'] },
    400,
    'interval is too long for granularity PT5M: at most 24 hours',
  ],
  [
    { granularity: 'PT2M' },
    400,
    'granularity must be one of PT1M, PT5M, PT15M, PT30M, PT1H, PT4H, PT6H, PT12H, P1D, ALL',
  ],
  [{ intervals: [] }, 400, 'intervals must have one interval, start/end'],
  [{ limit: 1001 }, 400, 'limit must be from 1 to 1000'],
]

test.each(REFUSED)('%j is refused', async (change, status, detail) => {
  const answer = await query({ ...BYTES, ...change })
  expect([answer.status, answer.body.errors[0].detail]).toEqual([status, detail])
})

test('values of a label', async () => {
  const { body } = await askAt(sandbox.url, 'POST /v2/metrics/cloud/attributes', {
    metric: 'io.confluent.kafka.server/received_bytes',
    group_by: ['metric.topic'],
    filter: { ...CLUSTER, value: 'lkc-4n7a5k' },
  })
  expect(body.data).toEqual(
    ['orders.events', 'orders.state', 'loyalty.events', 'loyalty.state'].map(topic => ({
      'metric.topic': topic,
    })),
  )
})
