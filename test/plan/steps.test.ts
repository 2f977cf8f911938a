import { beforeAll, expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/sources/load.ts'
import type { Value } from '../../src/catalog/types.ts'
import { Session } from '../../src/engine/session.ts'
import { createClient } from '../../src/http/client.ts'
import { compiledProvider, oneHostProvider } from '../catalog/compiled.ts'
import { atEnd, listen } from '../support/cleanup.ts'

const PROVIDER = oneHostProvider()
const SERVICE = `
service: s
query_bodies:
  points:
    template: { metric: '{metric}', granularity: '{granularity}', intervals: ['{from}/{before}'] }
    filter: filter
resources:
  points:
    summary: Values over time
    columns: { timestamp: timestamp, value: number, metric: { type: string, input: true }, granularity: { type: string, input: true } }
    methods:
      query:
        sql: select
        call: POST /query
        query_body: points
        rows: $.data
        params:
          metric: { required: true, filter: exact }
          granularity: exact
          from: { required: true, column: timestamp, range: from }
          before: { required: true, column: timestamp, range: before, longest: { by: granularity, spans: { PT1M: PT6H, PT5M: P1D, PT1H: any } } }
  wanted:
    summary: Metrics and granularities
    columns: { metric: string, granularity: string }
    methods:
      list: { sql: select, call: GET /wanted, rows: $.data }
`
const BASE = `timestamp >= '2026-03-01' AND timestamp < '2026-03-02'`
const asked: string[] = []
let session: Session

beforeAll(async () => {
  const catalog = loadCatalog(compiledProvider(PROVIDER, SERVICE))
  const url = await listen(async (request, response) => {
    let text = ''
    for await (const chunk of request as AsyncIterable<Buffer>) text += chunk.toString()
    asked.push(`${request.method} ${request.url}`)
    const data =
      request.url === '/wanted'
        ? [{ metric: 'm', granularity: 'PT1H' }]
        : [{ timestamp: '2026-03-01T00:00:00Z', value: 1 }]
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ data }))
  })
  session = new Session({ catalog, connect: async () => createClient({ env: { P_URL: url }, retries: 0 }) })
  atEnd(() => session.close())
})

async function rows(sql: string): Promise<(readonly Value[])[]> {
  asked.length = 0
  const found: (readonly Value[])[] = []
  for await (const result of session.run(sql)) for await (const row of result.rows) found.push([...row])
  return found
}

test.each([
  `granularity <> 'PT5M' AND metric = 'm'`,
  `granularity LIKE 'PT1H' AND metric = 'm'`,
  `granularity IN (SELECT granularity FROM p.s.wanted) AND metric = 'm'`,
  `(granularity, metric) IN (VALUES ('PT1H', 'm'), ('PT5M', 'n'))`,
  `(granularity, metric) IN (SELECT granularity, metric FROM p.s.wanted)`,
])('steps that are not constants are an error before any request: %s', async condition => {
  await expect(rows(`SELECT value FROM p.s.points WHERE ${condition} AND ${BASE}`)).rejects.toMatchObject({
    code: 'MISSING_PARAMETER',
    message: 'p.s.points takes granularity as a constant: it decides how the range of timestamp is requested',
    hint: `write granularity = 'PT1M', or granularity IN ('PT1M', 'PT5M')`,
  })
  expect(asked).toEqual([])
})

test('a join that gives the steps, and a condition around a view of them, are the same error', async () => {
  const join = `SELECT p.value FROM p.s.wanted w JOIN p.s.points p ON p.granularity = w.granularity AND p.metric = w.metric WHERE ${BASE}`
  await expect(rows(join)).rejects.toThrow('takes granularity as a constant')
  const around = `SELECT v FROM (SELECT value AS v, granularity AS g FROM p.s.points WHERE metric = 'm' AND ${BASE}) WHERE g > 'PT1H'`
  await expect(rows(around)).rejects.toThrow('takes granularity as a constant')
})

test('steps are constants, also by OR and around a subquery, or chosen', async () => {
  expect(
    await rows(
      `SELECT metric, granularity FROM p.s.points WHERE (granularity = 'PT1H' AND metric = 'm' OR granularity = 'PT5M' AND metric = 'n') AND ${BASE} ORDER BY 1`,
    ),
  ).toEqual([
    ['m', 'PT1H'],
    ['n', 'PT5M'],
  ])
  const around = `SELECT g FROM (SELECT granularity AS g FROM p.s.points WHERE metric = 'm' AND ${BASE}) WHERE g = 'PT1H' AND g <> 'PT5M'`
  expect(await rows(around)).toEqual([['PT1H']])
  expect(await rows(`SELECT granularity FROM p.s.points WHERE metric = 'm' AND ${BASE}`)).toEqual([['PT5M']])
})
