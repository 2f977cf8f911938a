import { expect, it } from 'vitest'
import { oneTable } from './one-table.ts'

const SERVICE = `
service: s
resources:
  items:
    summary: Items
    columns: { id: string, name: string, ok: boolean, any: { type: object }, tags: { type: array }, data: { type: object } }
    methods:
      list_items: { sql: select, call: GET /items, rows: $.data }
      create_item: { sql: insert, call: POST /items, body: { name: optional, ok: optional, data: optional } }
      update_item: { sql: update, call: 'PATCH /items/{id}', body: { name: optional, ok: optional, data: optional } }
      delete_item: { sql: delete, call: 'DELETE /items/{id}' }
`
const { rowsOf, sentBy, told } = await oneTable(SERVICE, [
  { id: 'true', name: '1', any: { on: true, n: 3, o: { p: 1 } }, tags: ['x', true] },
  { id: 'false', name: '2', any: { on: false, n: 4 } },
  { id: 'text', name: '3', any: { on: 'true', n: '5' }, tags: ['true'] },
  { id: 'one', name: '4', any: { on: 1, n: 6 } },
])
await rowsOf('CREATE VIEW v AS SELECT id, any.on AS k FROM p.s.items')
await rowsOf('CREATE VIEW k AS SELECT k FROM v')
await rowsOf('CREATE VIEW n AS SELECT id, any.n AS k FROM p.s.items')
await rowsOf('CREATE TABLE texts (t TEXT)')

const told1 = (of: string): string =>
  `${of} is a boolean in a row: outside of the query that names it, it is 1 or 0 instead of the text true or false. Write CAST(${of} AS TEXT) there`

it.each<[sql: string, of?: string]>([
  ["SELECT id FROM (SELECT id, any.on AS k FROM p.s.items) WHERE k = 'true'", 'any.on'],
  [
    "WITH c(i, q) AS (SELECT id, any ->> 'on' FROM p.s.items) SELECT i FROM c WHERE q IN ('true', 'x')",
    "any ->> 'on'",
  ],
  ["SELECT id FROM v WHERE k < 'z'", 'any.on'],
  ["SELECT id FROM v WHERE k = '1'", 'any.on'],
  ['SELECT lower(k) FROM v', 'any.on'],
  ["SELECT k || '' FROM v", 'any.on'],
  ["SELECT id FROM v WHERE k LIKE 't%'", 'any.on'],
  [
    'SELECT lower(k) FROM (SELECT * FROM (SELECT id, any.on AS k FROM p.s.items UNION ALL SELECT id, name FROM p.s.items))',
    'any.on',
  ],
  ["SELECT id FROM (SELECT id, coalesce(any.on, 'none') AS k FROM p.s.items) WHERE k = 'true'", 'any.on'],
  ['SELECT lower(v) FROM (SELECT value AS v FROM p.s.items i, json_each(i.tags))', 'value'],
  [
    "SELECT k FROM (SELECT any.on AS k, count(*) AS n FROM p.s.items GROUP BY any.on ORDER BY any.on) WHERE k = 'true'",
    'any.on',
  ],
  ["SELECT id FROM p.s.items WHERE 'true' IN (SELECT k FROM v)", 'any.on'],
  ["SELECT id FROM p.s.items WHERE 'true' IN (SELECT * FROM k)", 'any.on'],
  ["SELECT id FROM p.s.items WHERE 'true' IN k", 'any.on'],
  ['SELECT id FROM p.s.items WHERE name IN (SELECT k FROM v)', 'any.on'],
  ['CREATE TABLE lowered AS SELECT lower(k) AS k FROM v', 'any.on'],
  ["INSERT INTO texts SELECT k FROM v WHERE id = 'true'", 'any.on'],
  // what is right
  ['SELECT id, k FROM v'],
  ['SELECT id FROM v WHERE k = true'],
  ['SELECT id FROM v WHERE k'],
  ["SELECT id FROM v WHERE k = 'yes'"],
  ["SELECT id FROM v WHERE id = 'one' AND k = 'true'"],
  ["SELECT id FROM n WHERE k = '3'"],
  ['SELECT lower(k) FROM n'],
  ["SELECT id FROM (SELECT id, CAST(any.on AS TEXT) AS k FROM p.s.items) WHERE k = 'true'"],
  ['SELECT lower(any.on) FROM (SELECT any FROM p.s.items)'],
])('%s: %s', async (sql, of) => {
  expect((await told(sql)).notices).toEqual(of === undefined ? [] : [told1(of)])
})

it.each<[sql: string, of: string]>([
  ["UPDATE p.s.items SET name = (SELECT k FROM v WHERE id = 'true') WHERE id = 'one'", 'any.on'],
  [
    "UPDATE p.s.items SET name = (SELECT k FROM (SELECT id, any.on AS k FROM p.s.items) WHERE id = 'false') WHERE id = 'one'",
    'any.on',
  ],
  ['INSERT INTO p.s.items (name) SELECT k FROM v', 'any.on'],
  ['INSERT INTO p.s.items (name) SELECT * FROM k', 'any.on'],
  ["INSERT INTO p.s.items (name) SELECT CASE id WHEN 'x' THEN 'y' ELSE k END FROM v", 'any.on'],
  [
    'INSERT INTO p.s.items (name) WITH c AS (SELECT i.any.on FROM p.s.items i) SELECT "any.on" FROM c',
    'i.any.on',
  ],
  ["DELETE FROM p.s.items WHERE id IN (SELECT id FROM v WHERE k = 'true')", 'any.on'],
  ["DELETE FROM p.s.items WHERE id IN (SELECT id FROM v WHERE k <> 'true')", 'any.on'],
])('%s is an error for a boolean', async (sql, of) => {
  await expect(rowsOf(sql)).rejects.toMatchObject({
    code: 'VALUE',
    message: `${of} is a boolean in a row: outside of the query that names it, it is 1 or 0 instead of the text true or false`,
    hint: `write CAST(${of} AS TEXT) there`,
  })
})

it.each<[sql: string, of: string]>([
  [
    "UPDATE p.s.items SET data = (SELECT json_object('x', k) FROM v WHERE id = 'true') WHERE id = 'one'",
    'any.on',
  ],
  [
    "UPDATE p.s.items SET data = (SELECT json_object('x', o) FROM (SELECT id, any.o AS o FROM p.s.items) WHERE id = 'true') WHERE id = 'one'",
    'any.o',
  ],
])('%s is an error for what JSON has another form of', async (sql, of) => {
  await expect(rowsOf(sql)).rejects.toMatchObject({
    code: 'VALUE',
    hint: `make the JSON in that query: json_object('name', ${of})`,
  })
})

it.each<[sql: string, sent: string[]]>([
  [
    "UPDATE p.s.items SET name = (SELECT k FROM v WHERE id = 'text') WHERE id = 'one'",
    ['PATCH /items/one {"name":"true"}'],
  ],
  [
    "UPDATE p.s.items SET ok = (SELECT k FROM v WHERE id = 'true') WHERE id = 'one'",
    ['PATCH /items/one {"ok":true}'],
  ],
  [
    "UPDATE p.s.items SET data = (SELECT json_object('x', k) FROM n WHERE id = 'true') WHERE id = 'one'",
    ['PATCH /items/one {"data":{"x":3}}'],
  ],
  [
    "UPDATE p.s.items SET name = (SELECT k FROM (SELECT id, CAST(any.on AS TEXT) AS k FROM p.s.items) WHERE id = 'true') WHERE id = 'one'",
    ['PATCH /items/one {"name":"true"}'],
  ],
  [
    'DELETE FROM p.s.items WHERE id IN (SELECT id FROM v WHERE k = true)',
    ['true', 'text', 'one'].map(id => `DELETE /items/${id}`),
  ],
  [
    "DELETE FROM p.s.items WHERE id IN (SELECT id FROM (SELECT id, CAST(any.on AS TEXT) AS k FROM p.s.items) WHERE k <> 'true')",
    ['DELETE /items/false', 'DELETE /items/one'],
  ],
])('%s is sent', async (sql, sent) => {
  expect(await sentBy(sql)).toEqual(sent)
})
