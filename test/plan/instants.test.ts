import { expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/sources/load.ts'
import { Session } from '../../src/engine/session.ts'
import { createClient } from '../../src/http/client.ts'
import { compiledProvider, oneHostProvider } from '../catalog/compiled.ts'
import { atEnd, listen } from '../support/cleanup.ts'

const SERVICE = `
service: s
resources:
  events:
    summary: Events
    columns: { id: string, at: timestamp, until: timestamp, kind: string, o: { fields: { at: timestamp, until: timestamp } } }
    methods:
      list_events: { sql: select, call: GET /events, rows: $.data }
  logs:
    summary: Events between two times
    columns: { id: string, at: timestamp, since: { type: timestamp, input: true } }
    methods:
      list_logs:
        sql: select
        call: GET /logs
        rows: $.data
        params: { from: { required: true, column: at, range: from }, before: { required: true, column: at, range: before }, since: { column: since } }
`

const ROWS = [
  { id: 'late', at: '2026-10-01T08:00:01Z', until: '2026-10-01T10:00:01.0+02:00', kind: 'x' },
  { id: 'half', at: '2026-10-01T08:00:00.5Z', until: '2026-10-02T08:00:00Z', kind: 'y' },
  { id: 'whole', at: '2026-10-01T08:00:00Z', until: '2026-10-01T08:00:00Z', kind: 'x' },
  { id: 'zone', at: '2026-10-01T09:00:00.2+02:00', until: '2026-10-01T07:00:00.3Z', kind: 'z' },
  { id: 'none', at: null, until: null, kind: 'z' },
]

const EVENTS = ROWS.map(({ at, until, ...row }) => ({ ...row, at, until, o: { at, until } }))

const asked: string[] = []
const url = await listen((request, response) => {
  asked.push(request.url!)
  const { searchParams } = new URL(request.url!, 'http://127.0.0.1')
  const [from, before] = ['from', 'before'].map(name => Date.parse(searchParams.get(name) ?? ''))
  const data = EVENTS.filter(
    ({ at }) =>
      !searchParams.has('from') || (Date.parse(at ?? '') >= from! && Date.parse(at ?? '') < before!),
  )
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }))
})
const session = new Session({
  catalog: loadCatalog(compiledProvider(oneHostProvider(''), SERVICE)),
  connect: async onTrace => createClient({ env: { P_URL: url }, onTrace }),
})
atEnd(() => session.close())

async function run(sql: string): Promise<unknown[]> {
  asked.length = 0
  const found: unknown[] = []
  for await (const { rows } of session.run(sql))
    for await (const row of rows) found.push(row.length === 1 ? row[0] : [...row])
  return found
}

await run('CREATE TABLE kept AS SELECT id, at, until, kind FROM p.s.events')
await run('CREATE TABLE objects AS SELECT id, o FROM p.s.events')

const CASES: readonly (readonly [sql: string, rows: readonly unknown[]])[] = [
  // a term of a compound query is written as its result column
  [
    'SELECT max(at) FROM p.s.events UNION SELECT min(at) FROM p.s.events ORDER BY max(at) DESC',
    ['2026-10-01T09:00:00.2+02:00', '2026-10-01T08:00:01Z'],
  ],
  [
    "SELECT kind, MAX(at) FROM p.s.events GROUP BY 1 UNION SELECT id, min(until) FROM p.s.events WHERE id = 'half' GROUP BY 1 ORDER BY min(until), kind",
    [
      ['y', '2026-10-01T08:00:00.5Z'],
      ['x', '2026-10-01T08:00:01Z'],
      ['z', '2026-10-01T09:00:00.2+02:00'],
      ['half', '2026-10-02T08:00:00Z'],
    ],
  ],
  // the value of a subquery
  [
    'SELECT (SELECT i.at FROM p.s.events i WHERE i.id = e.id) AS t FROM p.s.events e WHERE at IS NOT NULL ORDER BY t LIMIT 2',
    ['2026-10-01T09:00:00.2+02:00', '2026-10-01T08:00:00Z'],
  ],
  [
    'SELECT id, (SELECT i.at FROM p.s.events i WHERE i.id = e.id) FROM p.s.events e WHERE at IS NOT NULL ORDER BY 2 LIMIT 2',
    [
      ['zone', '2026-10-01T09:00:00.2+02:00'],
      ['whole', '2026-10-01T08:00:00Z'],
    ],
  ],
  // times of a table of the session
  ["SELECT id FROM kept ORDER BY coalesce(at, until, '2026-10-01') LIMIT 3", ['none', 'zone', 'whole']],
  // two times of a row are equal where neither is less
  ...[
    'p.s.events WHERE at = until',
    'p.s.events WHERE at <= until AND at >= until',
    'kept k WHERE k.until IS k.at AND at IS NOT NULL',
    'p.s.events e WHERE e.at IN (e.until)',
    'p.s.events WHERE CASE at WHEN until THEN 1 END',
    'p.s.events WHERE coalesce(at, until) = max(until, at) AND at >= until AND at <= until',
    '(SELECT id, at AS a, until AS b FROM p.s.events) WHERE a = b',
  ].map((from): [string, string[]] => [`SELECT id FROM ${from}`, ['late', 'whole']]),
  ['SELECT id FROM p.s.events WHERE at <> until', ['half', 'zone']],
  ['SELECT id FROM p.s.events GROUP BY id HAVING min(at) = max(until) ORDER BY id', ['late', 'whole']],
  ['SELECT count(*) FROM p.s.events WHERE at IS until', [3]],
  // those of two tables are looked up by their texts
  ['SELECT a.id FROM p.s.events a JOIN p.s.events b ON a.at = b.until', ['whole']],
  // those of a list that a query gives are compared as times
  ['SELECT id FROM p.s.events WHERE at IN (SELECT until FROM p.s.events)', ['late', 'whole']],
  [
    'SELECT id FROM p.s.events WHERE at NOT IN (SELECT until FROM p.s.events WHERE until IS NOT NULL)',
    ['half', 'zone'],
  ],
  [
    "SELECT id FROM p.s.events WHERE (at, id) IN (SELECT until, id FROM kept UNION SELECT '2026-10-01T07:00:00.2Z', 'zone')",
    ['late', 'whole', 'zone'],
  ],
  ["SELECT id FROM p.s.events WHERE at IN (SELECT '2026-10-01T10:00:00+02:00')", ['whole']],
  ["SELECT id FROM p.s.events WHERE at <> (SELECT '2026-10-01T10:00:00+02:00')", ['late', 'half', 'zone']],
  [
    'SELECT id FROM p.s.events WHERE at IN (SELECT max(until) AS u FROM p.s.events GROUP BY id ORDER BY u)',
    ['late', 'whole'],
  ],
  [
    'SELECT id FROM p.s.events WHERE at IN (SELECT at FROM kept WHERE at IS NOT NULL ORDER BY at LIMIT 1)',
    ['zone'],
  ],
  // fields in a snapshot
  ['SELECT id FROM objects WHERE o.at = o.until', ['late', 'whole']],
  ["SELECT id FROM objects WHERE o.at IS '2026-10-01T10:00:00+02:00'", ['whole']],
  // a column beside a constant
  ["SELECT id FROM p.s.events WHERE at IN ('2026-10-01 07:00:00.20', until)", ['late', 'whole', 'zone']],
  ["SELECT id FROM p.s.events WHERE at NOT IN ('2026-10-01 07:00:00.20', until)", ['half']],
  [
    "SELECT id FROM p.s.events WHERE CASE at WHEN until THEN 1 WHEN '2026-10-01T07:00:00.2Z' THEN 1 END",
    ['late', 'whole', 'zone'],
  ],
  [
    "SELECT id FROM p.s.events WHERE '2026-10-01T10:00:00+02:00' BETWEEN '2026' AND at",
    ['late', 'half', 'whole'],
  ],
]

test.each(CASES)('%s', async (sql, rows) => {
  expect(await run(sql)).toEqual(rows)
})

test('a list for a parameter keeps its texts', async () => {
  const time = '2026-10-01T10:00:00+02:00'
  const sql = `SELECT id FROM p.s.logs WHERE at >= '2026-10-01' AND at < '2026-10-02' AND since IN (SELECT '${time}')`
  expect(await run(sql)).toEqual(['late', 'half', 'whole', 'zone'])
  expect(new URL(asked[0]!, 'http://127.0.0.1').searchParams.get('since')).toBe(time)
})

test('an excluded bound leaves the fractions of its second', async () => {
  const sql = "SELECT id FROM p.s.logs WHERE at > '2026-10-01T08:00:00Z' AND at <= '2026-10-01T08:00:01Z'"
  expect(await run(sql)).toEqual(['late', 'half'])
  expect(asked).toEqual(['/logs?from=2026-10-01T08%3A00%3A00Z&before=2026-10-01T08%3A00%3A02Z'])
})
