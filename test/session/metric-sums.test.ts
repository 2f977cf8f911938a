import { beforeEach, describe, expect, test } from 'vitest'
import { Session, type Trace } from '../../src/index.ts'
import { compiledDir } from '../catalog/compiled.ts'
import { atEnd, listen } from '../support/cleanup.ts'
import { openSandbox } from './sandbox.ts'

const notices: string[] = []
const traces: Trace[] = []
const options = {
  onNotice: (text: string) => notices.push(text),
  onTrace: (trace: Trace) => traces.push(trace),
}
// one for each part, since a session sends 60 requests a minute
const sessions = await Promise.all([1, 2, 3].map(async () => (await openSandbox(options)).session))

beforeEach(() => {
  notices.length = traces.length = 0
})

const SERVER = 'io.confluent.kafka.server/'
const DAYS = "timestamp >= '2026-10-26' AND timestamp < '2026-10-29'"
const from = (metric: string, where = DAYS): string =>
  `FROM confluent.metrics.points p WHERE metric = '${SERVER}${metric}' AND resource.kafka.id = 'lkc-7p2v9d' AND ${where}`
const rows = (sql: string, session = sessions[0]!): Promise<Record<string, unknown>[]> => session.all(sql)
const granularities = (): string[] =>
  traces.flatMap(t => /"granularity":"(\w+)"/.exec(String(t.body ?? ''))?.[1] ?? [])

describe('sums of a counter over all of the time take one point', () => {
  test.each([
    [`SELECT labels.topic, sum(value) AS s ${from('received_bytes')} GROUP BY 1`, 'PT15M'],
    [`SELECT sum(p.value) / 1e6 AS s ${from('received_bytes')} HAVING sum(value) > 0`, 'PT15M'],
    [`SELECT sum(value * 8) AS s, count(DISTINCT labels.topic) AS n ${from('sent_bytes')}`, 'PT15M'],
    [
      `SELECT labels.topic AS t, total(value) AS s ${from('sent_bytes', "timestamp > '2026-10-28T03:17:00Z' AND timestamp <= '2026-10-28T05:00:00Z'")} GROUP BY t ORDER BY sum(value) DESC, 1 LIMIT 3`,
      'PT1M',
    ],
    [
      `SELECT c.display_name, sum(p.value) AS s FROM confluent.clusters c JOIN confluent.metrics.points p ON p.resource.kafka.id = c.id AND ${DAYS} WHERE p.metric = '${SERVER}received_bytes' AND c.id IN ('lkc-7p2v9d', 'lkc-2k5y3h') GROUP BY c.id`,
      'PT15M',
    ],
  ])('%s', async (sql, usual) => {
    const found = await rows(sql)
    expect(new Set(granularities())).toEqual(new Set(['ALL']))
    expect(notices.filter(n => n.includes('granularity'))).toEqual([
      'confluent.metrics.points: granularity not given: ALL, since only sums over all of the time are asked for',
    ])
    // the points of a shorter granularity add up to the same
    expect(
      await rows(sql.replace(/(?:p\.)?metric =/, metric => `granularity = '${usual}' AND ${metric}`)),
    ).toEqual(found)
    expect(granularities()).toContain(usual)
  })

  test.each([
    `SELECT labels.topic, sum(value), max(value) ${from('received_bytes')} GROUP BY 1`,
    `SELECT sum(value), count(*) ${from('received_bytes')}`,
    `SELECT avg(value) ${from('received_bytes')}`,
    `SELECT sum(round(value)) ${from('received_bytes')}`,
    `SELECT timestamp, sum(value) ${from('received_bytes')} GROUP BY 1`,
    `SELECT sum(value) ${from('received_bytes')} AND strftime('%H', timestamp) = '05'`,
    `SELECT sum(value) ${from('received_bytes')} AND value > 10`,
    `SELECT sum(value) ${from('received_bytes')} AND (labels.topic = 'orders.events' OR timestamp >= '2026-10-28')`,
    `SELECT sum(value) FILTER (WHERE timestamp >= '2026-10-28') ${from('received_bytes')}`,
    `SELECT sum(value) OVER (PARTITION BY labels.topic) ${from('received_bytes')}`,
    `SELECT sum(value), max(timestamp) ${from('received_bytes')}`,
    `SELECT sum(value), granularity ${from('received_bytes')} GROUP BY 2`,
    `SELECT sum(value) ${from('received_bytes', "timestamp = '2026-10-28T03:00:00Z'")}`,
    `SELECT sum(value) ${from('retained_bytes')}`,
    `SELECT sum(value) ${from('unknown').replace("metric = 'io.confluent.kafka.server/unknown'", `metric IN ('${SERVER}received_bytes', '${SERVER}retained_bytes')`)}`,
  ])('not if the points matter: %s', async sql => {
    await rows(sql)
    expect(granularities().length).toBeGreaterThan(0)
    expect(granularities()).not.toContain('ALL')
  })
})

describe('sums of a counter whose conditions say more of times than bounds', () => {
  const hours = "timestamp >= '2026-10-28T00:00:00Z' AND timestamp < '2026-10-28T04:00:00Z'"
  const sum = (where: string): string => `SELECT sum(value) AS s ${from('received_bytes', where)}`
  const second = `SELECT timestamp ${from('sent_bytes', "timestamp >= '2026-10-28T01:00:00Z' AND timestamp < '2026-10-28T02:00:00Z' AND granularity = 'PT1M'")}`
  const joined = (join: string): string =>
    `SELECT c.id, sum(p.value) AS s ${from('received_bytes', hours).replace('WHERE', `${join} WHERE`)} GROUP BY 1 ORDER BY 1`

  test.each([
    sum(
      `${hours} AND (timestamp < '2026-10-28T01:00:00Z' OR (timestamp >= '2026-10-28T02:00:00Z' AND strftime('%M', timestamp) = '07'))`,
    ),
    sum(`${hours} AND NOT (timestamp < '2026-10-28T01:00:00Z' OR strftime('%M', timestamp) = '07')`),
    sum(
      `${hours} AND timestamp BETWEEN '2026-10-28T01:00:00Z' AND strftime('%Y-%m-%dT%H:30:00Z', timestamp)`,
    ),
    sum(
      `${hours} AND (timestamp < '2026-10-28T01:00:00Z' OR (timestamp >= '2026-10-28T02:00:00Z' AND timestamp <> '2026-10-28T03:00:00Z'))`,
    ),
    joined(
      "LEFT JOIN confluent.clusters c ON c.id = p.resource.kafka.id AND p.timestamp >= '2026-10-28T02:00:00Z'",
    ),
    joined(
      "FULL JOIN confluent.clusters c ON c.id = p.resource.kafka.id AND p.timestamp >= '2026-10-28T02:00:00Z'",
    ),
    sum(hours).replace('WHERE', `NATURAL JOIN (${second}) WHERE`),
    sum(hours).replace('WHERE', `JOIN (${second}) USING (timestamp) WHERE`),
  ])('%s', async sql => {
    const found = await rows(sql, sessions[2])
    expect(granularities()).not.toContain('ALL')
    const finest = sql.replace(/ metric = (?='\S+received)/, ` p.granularity = 'PT1M' AND p.metric = `)
    expect(found).toEqual(await rows(finest, sessions[2]))
    expect(JSON.stringify(found)).toMatch(/"s":\d/)
  })

  test('a fraction of a second is between two times', async () => {
    const where = "timestamp >= '2026-10-28T00:00:00.5Z' AND timestamp <= '2026-10-28T04:00:00.25Z'"
    const found = await rows(sum(where), sessions[2])
    expect(granularities()).toEqual(['ALL'])
    expect(await rows(sum(`granularity = 'PT1M' AND ${where}`), sessions[2])).toEqual(found)
    expect(found).toEqual([{ s: expect.any(Number) as number }])
  })
})

describe('sums of a counter for parts of the time', () => {
  test.each([
    [`SELECT date(timestamp) AS d, sum(value) AS s ${from('received_bytes')} GROUP BY d`, 'P1D'],
    [
      `SELECT date_trunc('hour', timestamp) AS h, sum(value) AS s ${from('received_bytes')} GROUP BY 1`,
      'PT1H',
    ],
    [
      `SELECT labels.topic, substr(timestamp, 1, 7) AS m, sum(value) AS s ${from('received_bytes')} GROUP BY 1, substr(timestamp, 1, 7)`,
      'P1D',
    ],
  ])('%s', async (sql, coarser) => {
    const found = await rows(sql)
    expect(notices).toContain(
      `confluent.metrics.points: granularity = '${coarser}' gives the same result from fewer values`,
    )
    expect(await rows(sql.replace('metric =', `granularity = '${coarser}' AND metric =`))).toEqual(found)
    notices.length = 0
    await rows(`EXPLAIN ${sql}`)
    expect(notices.some(n => n.includes(`granularity = '${coarser}'`))).toBe(true)
  })

  test.each([
    `SELECT date(timestamp), sum(value) ${from('received_bytes', "timestamp >= '2026-10-26T00:10:00Z' AND timestamp < '2026-10-29'")} GROUP BY 1`,
    `SELECT date(timestamp), sum(value), max(timestamp) ${from('received_bytes')} GROUP BY 1`,
    `SELECT strftime('%H:%M', timestamp), sum(value) ${from('received_bytes')} GROUP BY 1`,
  ])('that need the points: %s', async sql => {
    await rows(sql)
    expect(notices.filter(n => n.includes('from fewer values'))).toEqual([])
  })
})

describe('sums of sizes', () => {
  const note = (call: string, metric = 'retained_bytes'): string =>
    `${call} adds up averages of ${SERVER}${metric} at several times, which is no amount: write ${call} / count(DISTINCT timestamp) for the average, or GROUP BY timestamp`
  const HOURS = `${DAYS} AND granularity = 'PT1H'`

  test.each<readonly [sql: string, notice: string]>([
    [`SELECT labels.topic, sum(value) ${from('retained_bytes', HOURS)} GROUP BY 1`, note('sum(value)')],
    [`SELECT round(sum(p.value) / 1e9, 1) ${from('retained_bytes', HOURS)}`, note('sum(p.value)')],
    [
      `SELECT date(timestamp), total(value) ${from('consumer_lag_offsets', HOURS)} GROUP BY 1`,
      note('total(value)', 'consumer_lag_offsets'),
    ],
    [
      `SELECT labels.topic ${from('retained_bytes', HOURS)} GROUP BY 1 ORDER BY sum(value)`,
      note('sum(value)'),
    ],
    [
      `WITH x AS (SELECT value AS v, timestamp AS t ${from('retained_bytes', HOURS)}) SELECT sum(v) FROM x`,
      note('sum(v)'),
    ],
    [
      `SELECT sum(value) FILTER (WHERE metric = '${SERVER}retained_bytes') ${from('x', HOURS).replace(`metric = '${SERVER}x'`, `metric IN ('${SERVER}sent_bytes', '${SERVER}retained_bytes')`)}`,
      note(`sum(value) FILTER (WHERE metric = '${SERVER}retained_bytes')`),
    ],
  ])('over time: %s', async (sql, notice) => {
    await rows(sql, sessions[1])
    expect(notices.filter(n => n.includes('adds up'))).toEqual([notice])
    // what it says is a statement, and gives the average
    const [, call, average] = /^(.*) adds up .*: write (.*) for the average/.exec(notice)!
    if (!sql.startsWith('WITH')) await rows(sql.replace(call!, average!), sessions[1])
  })

  test.each([
    `SELECT timestamp, sum(value) ${from('retained_bytes', HOURS)} GROUP BY 1`,
    `SELECT timestamp AS t, sum(value) ${from('retained_bytes', HOURS)} GROUP BY t`,
    `SELECT date_trunc('hour', timestamp), sum(value) ${from('retained_bytes', HOURS)} GROUP BY 1`,
    `SELECT date(timestamp), sum(value) ${from('retained_bytes', `${DAYS} AND granularity = 'P1D'`)} GROUP BY 1`,
    `SELECT sum(value) ${from('retained_bytes', `${DAYS} AND granularity = 'ALL'`)}`,
    `SELECT sum(value) ${from('retained_bytes', "timestamp = '2026-10-28T03:00:00Z' AND granularity = 'PT1H'")}`,
    `SELECT sum(value) / count(DISTINCT timestamp) ${from('retained_bytes', HOURS)}`,
    `SELECT sum(value) / 72 ${from('retained_bytes', HOURS)}`,
    `SELECT avg(s) FROM (SELECT timestamp, sum(value) AS s ${from('retained_bytes', HOURS)} GROUP BY 1)`,
    `SELECT avg(value), max(value) ${from('retained_bytes', HOURS)}`,
    `SELECT sum(value) ${from('received_bytes', HOURS)}`,
    `SELECT sum(value) FILTER (WHERE metric = '${SERVER}sent_bytes') ${from('x', HOURS).replace(`metric = '${SERVER}x'`, `metric IN ('${SERVER}sent_bytes', '${SERVER}retained_bytes')`)}`,
    `SELECT sum(value) ${from('retained_bytes', HOURS)} AND timestamp = (SELECT max(timestamp) ${from('retained_bytes', HOURS)})`,
    'SELECT * FROM confluent.topic_throughput',
  ])('at one time, or of amounts: %s', async sql => {
    await rows(sql, sessions[1])
    expect(notices.filter(n => n.includes('adds up'))).toEqual([])
  })
})

describe('a value for all of the time whose own time is not in it', () => {
  test.each(['2026-10-27T00:00:00Z', '2026-10-29T00:00:00Z', null])(
    'is an error, not left out: %s',
    async time => {
      const url = await listen((_, response) => {
        const data = [{ timestamp: time, value: 5, 'metric.topic': 'orders' }]
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ data, meta: {} }))
      })
      const session = new Session({
        env: { CONFLUENT_CLOUD_API_KEY: 'k', CONFLUENT_CLOUD_API_SECRET: 's' },
        builtIn: compiledDir(),
        endpoint: url,
      })
      atEnd(() => session.close())
      const where = "timestamp >= '2026-10-27T05:00:00Z' AND timestamp < '2026-10-29'"
      await expect(session.all(`SELECT sum(value) ${from('received_bytes', where)}`)).rejects.toMatchObject({
        code: 'RESPONSE',
        message: expect.stringContaining(`has the time ${time ?? 'NULL'}, which is not in it`),
        hint: expect.stringContaining('granularity'),
      })
    },
  )
})
