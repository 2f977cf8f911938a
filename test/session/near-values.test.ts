import { beforeAll, expect, test } from 'vitest'
import { Session } from '../../src/index.ts'
import { compiledProvider, oneHostProvider } from '../catalog/compiled.ts'
import { atEnd, listen } from '../support/cleanup.ts'

const PROVIDER = oneHostProvider(`paging:
  pages: { kind: token, param: page, next: $.next }
views:
  owned:
    summary: Items with their owners
    sql: SELECT i.id, i.name AS item, o.name AS owner FROM p.s.items i JOIN p.s.owners o ON o.id = i.owner
  orders:
    summary: Orders
    sql: SELECT id FROM p.s.items WHERE name = 'ORDERS'
`)
const SERVICE = `
service: s
resources:
  items:
    summary: Items
    columns: { id: string, name: string, owner: string, doc: { fields: { kind: string } }, state: { type: string, values: [ON, OFF] } }
    methods:
      list_items: { sql: select, call: GET /items, rows: $.data, paging: pages }
      delete_item: { sql: delete, call: 'DELETE /items/{id}' }
  owners:
    summary: Owners
    columns: { id: string, name: string }
    methods:
      list_owners: { sql: select, call: GET /owners, rows: $.data, params: { name: exact } }
`
const item = (id: number, name: string, kind: string) => ({
  id: `i${id}`,
  name,
  owner: 'o1',
  doc: { kind },
  state: 'ON',
})
const PAGES = [
  [item(1, 'orders', 'Big'), item(2, 'Orders', 'Big'), item(3, ' orders', 'Big')],
  [item(4, 'orders', 'Big'), item(5, 'Events', 'small')],
]

let session: Session
const notices: string[] = []
beforeAll(async () => {
  const url = await listen((request, response) => {
    const at = new URL(request.url!, 'http://127.0.0.1')
    const page = Number(at.searchParams.get('page') ?? 0)
    const name = at.searchParams.get('name')
    const owners = [{ id: 'o1', name: 'Ann' }].filter(o => name === null || o.name === name)
    const reply =
      at.pathname === '/owners' ? { data: owners } : { data: PAGES[page], next: page === 0 ? '1' : null }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reply))
  })
  session = new Session({
    env: { P_URL: url },
    builtIn: compiledProvider(PROVIDER, SERVICE),
    onNotice: text => notices.push(text),
    variables: { name: 'ORDERS' },
  })
  atEnd(() => session.close())
})

async function told(sql: string): Promise<readonly string[]> {
  notices.length = 0
  for await (const result of session.run(sql)) for await (const _ of result.rows);
  return [...notices]
}

const BIG = "no row meets doc.kind = 'big': 4 rows have 'Big', which differs only by case"
const ANN = 'no row meets'

test.each([
  [
    "SELECT id FROM p.s.items WHERE name = 'ORDERS'",
    "name = 'ORDERS': 2 rows have 'orders', which differs only by case",
  ],
  [
    'SELECT * FROM p.s.items WHERE :name = name',
    ":name = name: 2 rows have 'orders', which differs only by case",
  ],
  [
    "SELECT id FROM p.s.items WHERE name IN ('EVENTS', 'x')",
    "name IN ('EVENTS', 'x'): 1 row has 'Events', which differs only by case",
  ],
  [
    "SELECT id FROM p.s.items WHERE name = 'events '",
    "name = 'events ': 1 row has 'Events', which differs only by blanks or case",
  ],
  ["SELECT id, count(*) FROM p.s.items WHERE doc.kind = 'big' GROUP BY 1 ORDER BY 1", BIG],
  [
    "WITH c AS (SELECT id FROM p.s.items WHERE doc.kind = 'big') SELECT * FROM c CROSS JOIN p.s.owners o",
    BIG,
  ],
  ["SELECT id FROM p.s.owners WHERE id IN (SELECT owner FROM p.s.items WHERE doc.kind = 'big')", BIG],
  [
    "SELECT id FROM p.s.owners WHERE EXISTS (SELECT 1 FROM p.s.items WHERE owner = owners.id AND doc.kind = 'big')",
    BIG,
  ],
  ["DELETE FROM p.s.items WHERE id IN (SELECT id FROM p.s.items WHERE doc.kind = 'big')", BIG],
  [
    "SELECT id FROM p.owned WHERE item = 'EVENTS'",
    "item = 'EVENTS': 1 row has 'Events', which differs only by case",
  ],
  // there are rows, but those that are counted or looked for are missing
  ...[
    "SELECT count(*) FROM p.s.items WHERE doc.kind = 'big'",
    "SELECT max(id), sum(1) FROM p.s.items WHERE doc.kind = 'big' HAVING count(*) = 0 LIMIT 1",
    "SELECT count(*) FROM p.s.owners o JOIN p.s.items i ON i.owner = o.id AND doc.kind = 'big'",
    "SELECT (SELECT count(*) FROM p.s.items WHERE doc.kind = 'big') AS n",
    "SELECT o.id, n FROM p.s.owners o, (SELECT count(*) AS n FROM p.s.items WHERE doc.kind = 'big') WHERE o.id = 'x'",
    "WITH c AS (SELECT count(*) AS n FROM p.s.items WHERE doc.kind = 'big') SELECT a.n + b.n FROM c a, c b",
    "SELECT id FROM p.s.owners WHERE id NOT IN (SELECT owner FROM p.s.items WHERE doc.kind = 'big')",
    "SELECT id FROM p.s.owners WHERE NOT EXISTS (SELECT 1 FROM p.s.items WHERE owner = owners.id AND doc.kind = 'big')",
    "SELECT EXISTS (SELECT 1 FROM p.s.items WHERE doc.kind = 'big')",
    "SELECT o.id, count(i.id) FROM p.s.owners o LEFT JOIN p.s.items i ON i.owner = o.id AND doc.kind = 'big' GROUP BY 1",
    "SELECT o.id FROM p.s.owners o LEFT JOIN p.s.items i ON i.owner = o.id WHERE doc.kind = 'big'",
    "SELECT id FROM p.s.owners UNION ALL SELECT id FROM p.s.items WHERE doc.kind = 'big'",
    "CREATE TEMP TABLE none AS SELECT count(*) AS n FROM p.s.items WHERE doc.kind = 'big'",
  ].map(sql => [sql, BIG]),
  [
    "SELECT count(*) FROM p.owned WHERE item = 'EVENTS'",
    "item = 'EVENTS': 1 row has 'Events', which differs only by case",
  ],
] as [string, string][])('says which value may be meant where there are no rows: %s', async (sql, notice) => {
  expect(await told(sql)).toEqual([notice.startsWith(ANN) ? notice : `${ANN} ${notice}`])
})

test.each([
  // there are rows, or another condition leaves them out
  "SELECT id FROM p.s.items WHERE name = 'Orders'",
  "SELECT id FROM p.s.items WHERE name = 'Events' AND id = 'i1'",
  "SELECT id FROM p.s.items WHERE name = 'Events' AND doc.kind = 'none'",
  "SELECT count(*) FROM p.s.items WHERE name = 'Events'",
  "SELECT count(*) FROM p.s.items WHERE name = 'Events' AND id = 'i1'",
  "SELECT id FROM p.s.owners WHERE NOT EXISTS (SELECT 1 FROM p.s.items WHERE name = 'Events')",
  "SELECT id FROM p.s.items WHERE name = 'nothing'",
  "SELECT count(*) FROM p.s.items WHERE name = 'nothing'",
  "SELECT id FROM p.s.items WHERE name = 'ORDERS' OR id = 'x'",
  "SELECT id FROM p.s.items WHERE name <> 'ORDERS' AND id = 'x'",
  "SELECT id FROM p.s.items WHERE name NOT IN ('ORDERS') AND id = 'x'",
  // a row that the join preserves need not meet it, nor does a user write what is in a view
  "SELECT i.id FROM p.s.items i LEFT JOIN p.s.owners o ON o.id = i.owner AND i.name = 'ORDERS' WHERE i.id = 'i1'",
  'SELECT count(*) FROM p.orders',
  // not all rows are there
  "SELECT id FROM p.s.items WHERE name = 'EVENTS' LIMIT 0",
  "SELECT id FROM (SELECT * FROM p.s.items LIMIT 1) WHERE name = 'ORDERS'",
  "SELECT count(*) FROM (SELECT * FROM p.s.items LIMIT 1) WHERE name = 'ORDERS'",
  "SELECT id FROM p.s.items UNION ALL SELECT id FROM p.s.items WHERE name = 'EVENTS' LIMIT 0",
  "SELECT id FROM p.s.owners WHERE name = 'ann'",
])('says nothing else: %s', async sql => {
  expect((await told(sql)).filter(n => n.startsWith(ANN))).toEqual([])
})
