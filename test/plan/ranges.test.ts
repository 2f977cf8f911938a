import { beforeAll, describe, expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/sources/load.ts'
import type { Value } from '../../src/catalog/types.ts'
import { Session } from '../../src/engine/session.ts'
import type { ConfluentqlError } from '../../src/errors.ts'
import { createClient } from '../../src/http/client.ts'
import { compiledProvider, oneHostProvider } from '../catalog/compiled.ts'
import { atEnd, listen } from '../support/cleanup.ts'

const PROVIDER = oneHostProvider(`views:
  spending:
    summary: Costs by day
    sql: SELECT start_date AS day, region, amount FROM p.s.costs
  totals:
    summary: The sum of each day
    sql: SELECT start_date AS day, sum(amount) AS amount FROM p.s.costs GROUP BY 1
`)
const SERVICE = `
service: s
resources:
  costs:
    summary: Costs of days
    columns: { start_date: string, end_date: string, region: string, amount: integer }
    methods:
      list_costs:
        sql: select
        call: GET /costs
        rows: $.data
        params:
          region: exact
          start_date: { required: true, column: start_date, range: from }
          end_date: { required: true, column: start_date, range: before, longest: P1M, open: tomorrow }
  events:
    summary: What happened to a thing, and when
    columns: { at: timestamp, what: string, thing: { type: string, input: true } }
    methods:
      list_events:
        sql: select
        call: GET /things/{thing}/events
        rows: $.data
        params:
          from: { required: true, column: at, range: from }
          before: { required: true, column: at, range: before, longest: PT6H }
  things:
    summary: Things
    columns: { id: string, size: integer }
    methods:
      list_things: { sql: select, call: GET /things, rows: $.data }
`

const DAY = 86_400_000
const days = (from: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => new Date(Date.parse(from) + i * DAY).toISOString().slice(0, 10))

/** A row for each day of the last quarter of 2026, by turns of two regions. */
const COSTS = days('2026-10-01', 92).map((start_date, i) => ({
  start_date,
  end_date: days(start_date, 2)[1],
  region: i % 2 === 0 ? 'eu' : 'us',
  amount: i,
}))
/** An event every 50 minutes of two days. */
const EVENTS = Array.from({ length: 58 }, (_, i) => ({
  at: new Date(Date.parse('2026-10-01') + i * 3_000_000).toISOString().replace('.000Z', 'Z'),
  what: `event ${i}`,
}))

const asked: string[] = []
let session: Session
const notices: string[] = []

function reply(url: URL): unknown {
  const q = url.searchParams
  if (url.pathname === '/things')
    return {
      data: [
        { id: 'a', size: 1 },
        { id: 'b', size: 2 },
      ],
    }
  const [from, before] = [q.get('start_date') ?? q.get('from')!, q.get('end_date') ?? q.get('before')!]
  const isIn = (time: string): boolean =>
    Date.parse(time) >= Date.parse(from) && Date.parse(time) < Date.parse(before)
  if (url.pathname === '/costs')
    return {
      data: COSTS.filter(c => isIn(c.start_date) && (!q.has('region') || c.region === q.get('region'))),
    }
  return { data: EVENTS.filter(e => isIn(e.at)) }
}

beforeAll(async () => {
  const catalog = loadCatalog(compiledProvider(PROVIDER, SERVICE))
  const url = await listen((request, response) => {
    const at = new URL(request.url!, 'http://127.0.0.1')
    asked.push(request.url!)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reply(at)))
  })
  session = new Session({
    catalog,
    connect: async onTrace => createClient({ env: { P_URL: url }, onTrace }),
    variables: { from: '2026-10-05', before: '2026-10-07', nothing: null },
    onNotice: text => notices.push(text),
  })
  atEnd(() => session.close())
})

async function run(sql: string): Promise<{ rows: Value[][]; requests: string[] }> {
  asked.length = 0
  let rows: Value[][] = []
  for await (const result of session.run(sql)) {
    rows = []
    for await (const row of result.rows) rows.push([...row])
  }
  return { rows, requests: [...asked].sort() }
}

const costs = (from: string, before: string, region?: string): string =>
  `/costs?${region === undefined ? '' : `region=${region}&`}start_date=${from}&end_date=${before}`
const OCTOBER = costs('2026-10-01', '2026-11-01')

/** A statement over costs, its requests, and how many rows it has. */
const COST_CASES: readonly (readonly [where: string, requests: readonly string[], rows: number])[] = [
  ["start_date >= '2026-10-01' AND start_date < '2026-11-01'", [OCTOBER], 31],
  ["start_date >= '2026-10-01' AND start_date <= '2026-10-31'", [OCTOBER], 31],
  ["start_date > '2026-10-01' AND start_date < '2026-11-01'", [OCTOBER], 30],
  ["start_date BETWEEN '2026-10-01' AND '2026-10-31'", [OCTOBER], 31],
  ["'2026-10-01' <= start_date AND '2026-11-01' > start_date", [OCTOBER], 31],
  ["start_date = '2026-10-05'", [costs('2026-10-05', '2026-10-06')], 1],
  [
    "start_date IN ('2026-10-05', '2026-10-06', '2026-12-24')",
    [costs('2026-10-05', '2026-10-07'), costs('2026-12-24', '2026-12-25')],
    3,
  ],
  ['start_date >= :from AND start_date < :before', [costs('2026-10-05', '2026-10-07')], 2],
  [
    "start_date >= date('2026-11-01', '-2 days') AND start_date < date('2026-11-01')",
    [costs('2026-10-30', '2026-11-01')],
    2,
  ],
  [
    "start_date >= '2026-10-01' AND start_date < '2027-01-01'",
    [OCTOBER, costs('2026-11-01', '2026-12-01'), costs('2026-12-01', '2027-01-01')],
    92,
  ],
  [
    "start_date >= '2026-10-31' AND start_date < '2026-12-15'",
    [costs('2026-10-31', '2026-11-30'), costs('2026-11-30', '2026-12-15')],
    45,
  ],
  // disjoint ranges stay apart, ranges that overlap are one
  [
    "start_date BETWEEN '2026-10-01' AND '2026-10-03' OR start_date BETWEEN '2026-12-01' AND '2026-12-03'",
    [costs('2026-10-01', '2026-10-04'), costs('2026-12-01', '2026-12-04')],
    6,
  ],
  [
    "start_date BETWEEN '2026-10-01' AND '2026-10-05' OR start_date BETWEEN '2026-10-03' AND '2026-10-09'",
    [costs('2026-10-01', '2026-10-10')],
    9,
  ],
  [
    "start_date >= '2026-10-01' AND start_date < '2026-10-11' AND region = 'eu'",
    [costs('2026-10-01', '2026-10-11', 'eu')],
    5,
  ],
  [
    "region = 'eu' AND start_date BETWEEN '2026-10-01' AND '2026-10-04' OR region = 'us' AND start_date BETWEEN '2026-10-03' AND '2026-10-08'",
    [costs('2026-10-01', '2026-10-09', 'eu'), costs('2026-10-01', '2026-10-09', 'us')],
    5,
  ],
  ["NOT (start_date < '2026-10-01' OR start_date >= '2026-10-04')", [costs('2026-10-01', '2026-10-04')], 3],
  ["start_date >= '2026-10' AND start_date < '2026-11'", [OCTOBER], 31],
  [
    "start_date >= '2026-10-05T10:00' AND start_date < '2026-10-07T10:00'",
    [costs('2026-10-05', '2026-10-08')],
    2,
  ],
  ["start_date >= '2026-11-01' AND start_date < '2026-10-01'", [], 0],
  ["start_date >= :nothing AND start_date < '2026-10-05'", [], 0],
  [
    "start_date >= '2026-10-01' AND start_date < '2026-10-03' AND end_date = '2026-10-03'",
    [costs('2026-10-01', '2026-10-03')],
    1,
  ],
]

test.each(COST_CASES)('costs WHERE %s', async (where, requests, rows) => {
  const found = await run(`SELECT * FROM p.s.costs WHERE ${where}`)
  expect(found.requests).toEqual([...requests].sort())
  expect(found.rows).toHaveLength(rows)
})

/** Whole statements: their requests and their first row. */
const CASES: readonly (readonly [sql: string, requests: readonly string[], first: readonly Value[]])[] = [
  ["SELECT count(*) FROM p.spending WHERE day >= '2026-10-01' AND day < '2026-11-01'", [OCTOBER], [31]],
  ["SELECT amount FROM p.totals WHERE day = '2026-10-03'", [costs('2026-10-03', '2026-10-04')], [2]],
  [
    "WITH c AS (SELECT * FROM p.s.costs) SELECT count(*) FROM c WHERE start_date BETWEEN '2026-10-01' AND '2026-10-02'",
    [costs('2026-10-01', '2026-10-03')],
    [2],
  ],
  [
    "SELECT count(c.amount) FROM p.s.things t LEFT JOIN p.s.costs c ON c.amount = t.size AND c.start_date = '2026-10-02'",
    ['/things', costs('2026-10-02', '2026-10-03')],
    [1],
  ],
  // LIMIT stays here: a bound keeps rows that the condition does not
  [
    "SELECT start_date FROM p.s.costs WHERE start_date > '2026-10-01' AND start_date < '2026-10-09' ORDER BY 1 LIMIT 1",
    [costs('2026-10-01', '2026-10-09')],
    ['2026-10-02'],
  ],
  [
    "SELECT start_date FROM p.s.costs WHERE start_date > '2026-10-01' AND start_date < '2026-10-09' LIMIT 1",
    [costs('2026-10-01', '2026-10-09')],
    ['2026-10-02'],
  ],
  [
    "SELECT count(*) FROM p.s.events WHERE thing = 'a' AND at >= '2026-10-01T00:00:00Z' AND at < '2026-10-01T10:00:00Z'",
    [
      '/things/a/events?from=2026-10-01T00%3A00%3A00Z&before=2026-10-01T06%3A00%3A00Z',
      '/things/a/events?from=2026-10-01T06%3A00%3A00Z&before=2026-10-01T10%3A00%3A00Z',
    ],
    [12],
  ],
  // midnight equals its day, and times have zones
  [
    "SELECT count(*) FROM p.s.events WHERE thing = 'a' AND at >= '2026-10-01T22:00:00+02:00' AND at <= '2026-10-02'",
    ['/things/a/events?from=2026-10-01T20%3A00%3A00Z&before=2026-10-02T00%3A00%3A01Z'],
    [5],
  ],
  [
    "SELECT count(*) FROM p.s.events WHERE thing = 'a' AND at IN ('2026-10-01', '2026-10-01 02:30', '2026-10-01T02:00:00+02:00')",
    [
      '/things/a/events?from=2026-10-01T00%3A00%3A00Z&before=2026-10-01T00%3A00%3A01Z',
      '/things/a/events?from=2026-10-01T02%3A30%3A00Z&before=2026-10-01T02%3A30%3A01Z',
    ],
    [2],
  ],
  [
    "SELECT count(*) FROM p.s.events WHERE thing = 'a' AND at > '2026-10-01' AND at < '2026-10-01T02:30:00.5-01:00'",
    ['/things/a/events?from=2026-10-01T00%3A00%3A00Z&before=2026-10-01T03%3A30%3A01Z'],
    [4],
  ],
  [
    "SELECT count(*) FROM p.s.costs WHERE start_date >= '2026-10-02 00:00' AND start_date < '2026-10-04T02:00:00+02:00'",
    [costs('2026-10-02', '2026-10-05')],
    [2],
  ],
  // calls of hours are cut at whole hours
  [
    "SELECT count(*) FROM p.s.events WHERE thing = 'a' AND at > '2026-10-01T00:20:00Z' AND at <= '2026-10-01T06:40:00Z'",
    [
      '/things/a/events?from=2026-10-01T00%3A20%3A00Z&before=2026-10-01T06%3A00%3A00Z',
      '/things/a/events?from=2026-10-01T06%3A00%3A00Z&before=2026-10-01T06%3A40%3A01Z',
    ],
    [8],
  ],
  [
    "SELECT count(*) FROM p.s.things t JOIN p.s.events e ON e.thing = t.id WHERE e.at BETWEEN '2026-10-01T01:00:00Z' AND '2026-10-01T02:00:00Z'",
    [
      '/things',
      '/things/a/events?from=2026-10-01T01%3A00%3A00Z&before=2026-10-01T02%3A00%3A01Z',
      '/things/b/events?from=2026-10-01T01%3A00%3A00Z&before=2026-10-01T02%3A00%3A01Z',
    ],
    [2],
  ],
]

test.each(CASES)('%s', async (sql, requests, first) => {
  const found = await run(sql)
  expect(found.requests).toEqual([...requests].sort())
  expect(found.rows[0]).toEqual(first)
})

test('a range without an end ends where the provider file says, which is told', async () => {
  notices.length = 0
  const { rows } = await run("SELECT date('now', '+1 day'), date('now')")
  const [[tomorrow, today]] = rows as [[string, string]]
  const { requests } = await run("SELECT * FROM p.s.costs WHERE start_date >= date('now')")
  expect(requests).toEqual([costs(today, tomorrow)])
  expect(notices).toEqual([`p.s.costs: start_date has no upper bound: the range ends before ${tomorrow}`])
})

describe('errors, before any request', () => {
  const ERRORS: readonly (readonly [sql: string, message: string, hint: string])[] = [
    [
      'SELECT * FROM p.s.costs',
      'p.s.costs needs a lower bound of "start_date"',
      "add WHERE start_date >= '…'; a day is written as '2026-10-01'",
    ],
    [
      "SELECT * FROM p.spending WHERE day < '2026-11-01'",
      'p.s.costs needs a lower bound of "start_date"',
      "add WHERE day >= '…'; a day is written as '2026-10-01'",
    ],
    [
      "SELECT * FROM p.s.costs WHERE start_date >= '2026-10-01' OR amount > 3",
      'p.s.costs needs a lower bound of "start_date"',
      "add WHERE start_date >= '…'; a day is written as '2026-10-01'",
    ],
    [
      "SELECT * FROM p.s.costs WHERE start_date COLLATE NOCASE >= '2026-10-01'",
      'p.s.costs needs a lower bound of "start_date"',
      "add WHERE start_date >= '…'; a day is written as '2026-10-01'",
    ],
    [
      "SELECT * FROM p.s.events WHERE at >= '2026-10-01'",
      'p.s.events needs "thing" and bounds of "at"',
      "add WHERE thing = '…' AND at >= '…' AND at < '…', or join a table that has it; a time is written as '2026-10-01T08:00:00Z'",
    ],
    [
      "SELECT * FROM p.s.costs WHERE start_date >= '2026-13-45'",
      "start_date is a date, and '2026-13-45' is none",
      "write it as YYYY-MM-DD, such as '2026-10-01', or date('now', '-30 days')",
    ],
    [
      'SELECT * FROM p.s.costs WHERE start_date >= 20261001',
      'start_date is a date, which cannot be compared with the number 20261001',
      "write it as YYYY-MM-DD, such as '2026-01-31', or date('now', '-7 days')",
    ],
    [
      "SELECT * FROM p.s.costs WHERE start_date >= '2026-02-30'",
      "start_date is a date, and '2026-02-30' is none",
      "write it as YYYY-MM-DD, such as '2026-10-01', or date('now', '-30 days')",
    ],
    [
      "SELECT * FROM p.s.events WHERE thing = 'a' AND at >= '2020' AND at < '2030'",
      'the range of at of p.s.events would take more than 2000 requests',
      'give bounds that are closer: at >= … AND at < …',
    ],
  ]

  test.each(ERRORS)('%s', async (sql, message, hint) => {
    const error = await run(sql).catch((e: unknown) => e as ConfluentqlError)
    expect(error).toMatchObject({ message, hint: expect.stringContaining(hint) as string })
    expect(asked).toEqual([])
  })
})

test('EXPLAIN shows the range and what is checked again', async () => {
  const { rows } = await run(
    "EXPLAIN SELECT * FROM p.s.costs WHERE start_date >= '2026-10-01' AND start_date < '2026-12-01' AND amount > 1",
  )
  expect(rows[0]!.slice(3)).toEqual([
    '2',
    expect.stringMatching(/\/costs\?start_date=2026-10-01&end_date=2026-11-01$/),
    "start_date >= '2026-10-01' (inexact), start_date < '2026-12-01' (inexact)",
    'amount > 1',
  ])
})
