import { expect, it } from 'vitest'
import { oneTable } from './one-table.ts'

const SERVICE = `
service: s
resources:
  items:
    summary: Items
    columns: { id: string, meta: { fields: { phase: string } }, settings: object, tags: 'string[]' }
    methods:
      list_items: { sql: select, call: GET /items, rows: $.data }
      delete_item: { sql: delete, call: 'DELETE /items/{id}' }
`
const { rowsOf, requests } = await oneTable(SERVICE, [
  { id: 'a', meta: { phase: 'READY' }, settings: { x: 1 }, tags: ['t'] },
  { id: 'b', meta: { phase: 'FAILED' }, settings: {}, tags: [] },
])
await rowsOf('CREATE TABLE kept AS SELECT *, meta AS copy FROM p.s.items')
await rowsOf(
  "CREATE TABLE computed AS SELECT id, meta -> 'phase' AS phase, json_array(id) AS list FROM p.s.items",
)
await rowsOf('CREATE TABLE own (id TEXT, meta JSON)')
await rowsOf("INSERT INTO own VALUES ('a', 'READY')")

it.each([
  ["SELECT id FROM kept WHERE meta = «'READY'»", 'meta is an object', 'a field of it: meta.phase'],
  ["SELECT id FROM kept WHERE copy <> «'READY'»", 'copy is an object', 'a field of it: copy.phase'],
  [
    "SELECT id FROM kept WHERE settings NOT IN («'x'»)",
    'settings is an object',
    "a field of it: settings ->> '$.…'",
  ],
  [
    "SELECT id FROM kept k WHERE k.tags = «'t'»",
    'k.tags is an array',
    'its elements: EXISTS (SELECT 1 FROM json_each(k.tags) WHERE value = …)',
  ],
  ['SELECT id FROM kept WHERE meta > «5»', 'meta is an object', 'a field of it: meta.phase'],
  [
    "SELECT id FROM (SELECT * FROM kept) WHERE meta = «'READY'»",
    'meta is an object',
    'a field of it: meta.phase',
  ],
  [
    'SELECT i.id FROM p.s.items i JOIN kept k ON «i.id» = k.meta',
    'k.meta is an object',
    'a field of it: k.meta.phase',
  ],
  [
    "DELETE FROM p.s.items WHERE id IN (SELECT id FROM kept WHERE meta <> «'READY'»)",
    'meta is an object',
    'a field of it: meta.phase',
  ],
  ["DELETE FROM kept WHERE meta <> «'READY'»", 'meta is an object', 'a field of it: meta.phase'],
])(
  'an object that is kept in the session compared with what it cannot be is an error: %s',
  async (marked, what, hint) => {
    await expect(rowsOf(marked.replace(/[«»]/g, ''))).rejects.toMatchObject({
      code: 'VALUE',
      message: `${what}, which cannot be compared with ${/«(.*)»/.exec(marked)![1]}`,
      hint: `compare ${hint}`,
    })
    expect(requests).toEqual([])
  },
)

it.each<[sql: string, ids: string[]]>([
  ["SELECT id FROM kept WHERE meta.phase = 'READY'", ['a']],
  [`SELECT id FROM kept WHERE meta = '{"phase":"READY"}'`, ['a']],
  ["SELECT id FROM kept WHERE settings <> '{}' AND meta <> '' AND tags <> '[]'", ['a']],
  ['SELECT k.id FROM kept k JOIN p.s.items i ON i.meta = k.copy ORDER BY 1', ['a', 'b']],
  [`SELECT id FROM computed WHERE phase = '"READY"'`, ['a']],
  ['SELECT id FROM computed WHERE list = \'["b"]\'', ['b']],
  ["SELECT id FROM own WHERE meta = 'READY'", ['a']],
])('what it can be is compared: %s', async (sql, ids) => {
  expect((await rowsOf(sql)).flat()).toEqual(ids)
})
