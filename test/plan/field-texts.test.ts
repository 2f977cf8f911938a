import { expect, it } from 'vitest'
import { oneTable } from './one-table.ts'

const SERVICE = `
service: s
resources:
  items:
    summary: Items
    columns: { id: string, name: string, any: { type: object }, known: { fields: { id: string, n: integer } }, tags: { type: array } }
    methods:
      list_items: { sql: select, call: GET /items, rows: $.data }
      delete_item: { sql: delete, call: 'DELETE /items/{id}' }
`
const { rowsOf, sentBy, told } = await oneTable(SERVICE, [
  {
    id: 'number',
    name: '1',
    any: { x: 1, r: 1.5, s: 't', 'tasks.max': 3, 'ms-left': 0, on: true, list: [1, 'true'], e: 12.5 },
    known: { id: '1', n: 1 },
    tags: [1, true],
  },
  {
    id: 'other',
    name: '2',
    any: { x: 2, r: 2.5, s: '1', 'tasks.max': '3', on: false },
    known: { id: '2', n: 2 },
    tags: ['a'],
  },
  {
    id: 'text',
    name: '1',
    any: { x: '1', r: '1.5', s: '007', on: 'true', list: ['1', true] },
    known: { id: '1', n: 1 },
    tags: ['1', 'true'],
  },
  { id: 'none', name: '1', any: { x: null }, known: null },
])
await rowsOf('CREATE TABLE kept AS SELECT * FROM p.s.items')
await rowsOf("CREATE TABLE fields AS SELECT id, any ->> 'x' AS x FROM p.s.items")
await rowsOf('CREATE TABLE listed (v)')
await rowsOf('INSERT INTO listed VALUES (1)')
await rowsOf('CREATE TABLE bytes (v)')
await rowsOf('CREATE TABLE cases (v COLLATE NOCASE)')
await rowsOf("INSERT INTO cases VALUES ('TEXT'), (1)")
await rowsOf("INSERT INTO bytes VALUES (x'31'), (2), ('a')")
await rowsOf('CREATE TABLE switches (id TEXT, ok BOOLEAN, u)')
await rowsOf(
  "INSERT INTO switches VALUES ('a', true, 'true'), ('b', 'true', 1), ('c', 'false', false), ('d', 0, 'x'), ('e', NULL, NULL)",
)
await rowsOf("CREATE VIEW v AS SELECT id, any ->> 'x' AS x FROM p.s.items")

it.each<[from: string, ids: string[]]>([
  ["p.s.items WHERE any ->> 'x' = '1'", ['number', 'text']],
  ["p.s.items WHERE any ->> '$.x' <> '1'", ['other']],
  ["p.s.items WHERE any ->> 'x' NOT IN ('1', 'a')", ['other']],
  ["p.s.items WHERE '1' IS any ->> 'x'", ['number', 'text']],
  ["p.s.items WHERE any ->> 'x' IS NOT '1'", ['none', 'other']],
  ["p.s.items WHERE any ->> 'r' IN ('1.5', '9')", ['number', 'text']],
  ["p.s.items WHERE any.x = '2'", ['other']],
  ["p.s.items WHERE json_extract(any, '$.x') = '2'", ['other']],
  ["p.s.items i WHERE CASE i.any ->> 'x' WHEN '2' THEN 1 END", ['other']],
  ["p.s.items WHERE (any ->> 'x', id) IN (VALUES ('1', 'number'), ('2', 'text'))", ['number']],
  ["(SELECT id, any ->> 'x' AS x FROM p.s.items) WHERE x = '1'", ['number', 'text']],
  ["v WHERE x NOT IN ('1')", ['other']],
  ["kept WHERE any ->> 'x' = '1'", ['number', 'text']],
  // names that are no words
  ["p.s.items WHERE any ->> 'tasks.max' = '3'", ['number', 'other']],
  ["p.s.items WHERE any ->> 'tasks.max' <> '3'", []],
  ["p.s.items WHERE any ->> 'ms-left' IN ('0', '1')", ['number']],
  ["p.s.items WHERE json_extract(any, '$.ms-left') = '0'", ['number']],
  ["p.s.items WHERE any -> 'x' ->> 'tasks.max' = '3'", []],
  // values of functions, CASE, subqueries and parts of a compound query
  ["p.s.items WHERE coalesce(any ->> 'x', '') = '1'", ['number', 'text']],
  ["p.s.items WHERE coalesce(any ->> 'x', any ->> 'r', '1') NOT IN ('1', '3')", ['other']],
  ["p.s.items WHERE nullif(any ->> 'x', '2') = '1'", ['number', 'text']],
  ["p.s.items WHERE CASE WHEN id <> 'text' THEN any ->> 'x' END = '1'", ['number']],
  ["p.s.items WHERE (any ->> 'x') COLLATE NOCASE = '1'", ['number', 'text']],
  ["p.s.items WHERE any ->> 'x' = '1' COLLATE NOCASE", ['number', 'text']],
  ["p.s.items WHERE any ->> 'x' <> (SELECT '1')", ['other']],
  ["p.s.items WHERE any ->> 'x' NOT IN (SELECT '1')", ['other']],
  ["p.s.items i WHERE (SELECT any ->> 'x' FROM p.s.items j WHERE j.id = i.id) = '1'", ['number', 'text']],
  [
    "(SELECT id, any ->> 'x' AS x FROM p.s.items UNION ALL SELECT 'more', any ->> 's' FROM p.s.items) WHERE x = '2'",
    ['other'],
  ],
  ["fields WHERE x = '1'", ['number', 'text']],
  ["fields WHERE x <> '1'", ['other']],
  ["p.s.items WHERE coalesce(any ->> 'x', 0) = 1", ['number']],
  ["p.s.items WHERE any ->> 'x' IN (SELECT * FROM (SELECT '1'))", ['text']],
  // booleans
  ["p.s.items WHERE any ->> 'on' = 'true'", ['number', 'text']],
  ["p.s.items WHERE any.on <> 'true'", ['other']],
  ["p.s.items WHERE any ->> '$.on' NOT IN ('true', '1')", ['other']],
  ["p.s.items WHERE json_extract(any, '$.on') = 'false'", ['other']],
  ["p.s.items WHERE any ->> 'on' = '1'", []],
  ["p.s.items WHERE coalesce(any ->> 'on', 'false') = 'false'", ['none', 'other']],
  ["p.s.items i WHERE CASE WHEN id <> 'none' THEN i.any.on END = 'true'", ['number', 'text']],
  ["(SELECT id, any FROM p.s.items) WHERE any ->> 'on' = 'true'", ['number', 'text']],
  ["p.s.items WHERE any ->> 'on' = true", ['number', 'text']],
  // as conditions
  ["p.s.items WHERE any ->> 'on'", ['number', 'text']],
  ['p.s.items WHERE NOT any.on', ['other']],
  ['p.s.items WHERE NOT coalesce(any.on, false)', ['none', 'other']],
  ['p.s.items WHERE any.on IS NOT TRUE', ['none', 'other']],
  ['p.s.items WHERE any.on <> true', ['other']],
  ['p.s.items WHERE any.on IN (false)', ['other']],
  ["p.s.items WHERE iif(any.on, id, '') <> ''", ['number', 'text']],
  ["p.s.items WHERE any.on AND id > 'o'", ['text']],
  ['p.s.items i GROUP BY id HAVING count(*) FILTER (WHERE i.any.on) = 1', ['number', 'text']],
  ['(SELECT id, any.on AS k FROM p.s.items) WHERE NOT k', ['other']],
  ['p.s.items i JOIN (SELECT 1) ON i.any.on', ['number', 'text']],
  ['kept WHERE any.on', ['number', 'text']],
  ['switches WHERE ok', ['a', 'b']],
  ['switches WHERE NOT ok', ['c', 'd']],
  ['switches WHERE ok = true', ['a', 'b']],
  ['switches WHERE u', ['a', 'b']],
  ['switches WHERE u = false', ['c']],
  ['switches WHERE u = (SELECT true)', ['a', 'b']],
  ["switches WHERE u = (id < 'c')", ['a', 'b', 'c']],
  ['switches WHERE ok = (SELECT true)', ['a', 'b']],
  ['switches WHERE ok = (1 = 1)', ['a', 'b']],
  ['switches WHERE ok = u', ['a', 'b', 'c']],
  ['switches WHERE u IS NOT ok', ['d']],
  ['(SELECT s.id FROM switches s JOIN switches t ON t.ok = s.u AND t.id = s.id)', ['a', 'b', 'c']],
  ['p.s.items WHERE any.on = (SELECT true)', ['number', 'text']],
  ["p.s.items WHERE any.on <> (id = 'other')", ['number', 'other', 'text']],
  [
    '(SELECT i.id FROM p.s.items i JOIN switches s ON s.ok = i.any.on)',
    ['number', 'number', 'other', 'other', 'text', 'text'],
  ],
  ["kept WHERE any ->> 'on' = 'false'", ['other']],
  // in lists with other values
  ["p.s.items WHERE any ->> 'x' IN ('1', 2)", ['number', 'other', 'text']],
  ["p.s.items WHERE any.on NOT IN ('true', 7)", ['other']],
  ["p.s.items WHERE any.on IN ('true', 0)", ['number', 'other', 'text']],
  ["p.s.items WHERE any.on IN ('x', true)", ['number', 'text']],
  ["fields WHERE x NOT IN ('1', 7)", ['other']],
  ["(SELECT id, any.x AS k FROM p.s.items) WHERE k IN ('1', 2)", ['number', 'other', 'text']],
  ["(SELECT id, any.on AS k FROM p.s.items) WHERE k NOT IN ('x', false)", ['number', 'text']],
  ["p.s.items WHERE nullif(any.on, 'x') = 'true'", ['number', 'text']],
  ["p.s.items WHERE nullif(any.x, '2') <> '1'", []],
  ["p.s.items WHERE lower(nullif(any.on, '')) = 'false'", ['other']],
  ["p.s.items WHERE any.on NOT IN ('x', false, 7)", ['number', 'text']],
  ["p.s.items WHERE CASE any.on WHEN 'true' THEN 1 WHEN 7 THEN 0 END", ['number', 'text']],
  [
    "p.s.items i WHERE EXISTS (SELECT 1 FROM json_each(i.tags) WHERE value IN ('true', 7))",
    ['number', 'text'],
  ],
  // elements of arrays
  ["p.s.items WHERE any ->> '$.list[0]' = '1'", ['number', 'text']],
  ["p.s.items WHERE any -> 'list' ->> 1 = 'true'", ['number', 'text']],
  ["p.s.items i WHERE EXISTS (SELECT 1 FROM json_each(i.tags) WHERE value = '1')", ['number', 'text']],
  ["p.s.items i WHERE EXISTS (SELECT 1 FROM json_each(i.tags) t WHERE t.value = 'true')", ['number', 'text']],
  ["p.s.items i WHERE 'true' IN (SELECT value FROM json_each(i.tags))", ['number', 'text']],
  [
    "p.s.items i WHERE EXISTS (SELECT 1 FROM json_each(i.tags) t WHERE t.atom <> '1' AND t.key = '1')",
    ['number', 'text'],
  ],
  ['p.s.items WHERE name IN (SELECT value FROM json_each(\'[2, "x"]\'))', ['other']],
  [`p.s.items i WHERE name IN (SELECT e.value ->> 'x' FROM json_each('[{"x": 2}]') e)`, ['other']],
  // numbers with the digits of the answer
  ["p.s.items WHERE any ->> 'e' = '12.5'", ['number']],
  // texts that are no constants
  ["p.s.items WHERE any ->> 'x' = lower(name)", ['number', 'other', 'text']],
  ["p.s.items WHERE any ->> 'on' = known.id || ''", []],
  ['p.s.items i WHERE NOT EXISTS (SELECT 1 FROM p.s.items j WHERE j.any.x = i.known.id)', ['none']],
  ["p.s.items i WHERE known.n = any ->> 'x'", ['number', 'other', 'text']],
  ['p.s.items WHERE name IN (SELECT j.any.x FROM p.s.items j)', ['none', 'number', 'other', 'text']],
  // less and greater, as texts
  ["p.s.items WHERE any ->> 'x' > '1'", ['other']],
  ["p.s.items WHERE any ->> 'x' < '2'", ['number', 'text']],
  ["p.s.items WHERE any.r <= '2'", ['number', 'text']],
  ["p.s.items WHERE '2' <= any ->> '$.x'", ['other']],
  ["p.s.items WHERE any ->> 'x' BETWEEN '1' AND '15'", ['number', 'text']],
  ["p.s.items WHERE any ->> 'x' NOT BETWEEN '2' AND '9'", ['number', 'text']],
  ["p.s.items WHERE any ->> 'x' < 'a'", ['number', 'other', 'text']],
  ["p.s.items WHERE any ->> 'on' > 'b'", ['number', 'other', 'text']],
  ["p.s.items WHERE coalesce(any ->> 'x', '0') >= '1'", ['number', 'other', 'text']],
  ["p.s.items WHERE (any ->> 'x', id) > ('1', 'o')", ['other', 'text']],
  ['p.s.items i WHERE any.r > known.id', ['number', 'other', 'text']],
  ['p.s.items i WHERE any.r > known.n', ['number', 'other', 'text']],
  ["p.s.items i WHERE EXISTS (SELECT 1 FROM json_each(i.tags) WHERE value > 'b')", ['number', 'text']],
  ["fields WHERE x < '2'", ['number', 'text']],
  ["p.s.items WHERE any ->> 'x' BETWEEN 1 AND '15'", ['number', 'other', 'text']],
  ["p.s.items WHERE any ->> 'x' < '2026-10-01T08:00:00Z'", ['number', 'other', 'text']],
  // LIKE, and functions of texts
  ["p.s.items WHERE any ->> 'on' LIKE 'T%'", ['number', 'text']],
  ["p.s.items WHERE any.on NOT LIKE '%e'", []],
  ["p.s.items WHERE any.on GLOB '[01]'", []],
  ["p.s.items WHERE any ->> 'x' LIKE '1%'", ['number', 'text']],
  ["p.s.items WHERE lower(any ->> 'on') = 'true'", ['number', 'text']],
  ["p.s.items WHERE upper(trim(any.on)) <> 'TRUE'", ['other']],
  ["p.s.items WHERE lower(coalesce(any ->> 'on', 'false')) IN ('false', 'no')", ['none', 'other']],
  ["p.s.items i WHERE EXISTS (SELECT 1 FROM json_each(i.tags) WHERE value LIKE 'tr%')", ['number', 'text']],
  ["p.s.items WHERE any ->> 'on' || '' = 'true'", ['number', 'text']],
  ["p.s.items WHERE CAST(any.on AS TEXT) = 'true'", ['number', 'text']],
  ["p.s.items WHERE replace(any.on, 'x', '') = 'true'", ['number', 'text']],
  ["p.s.items WHERE concat(any.on, '!') = 'false!'", ['other']],
  ["p.s.items WHERE substr(any ->> 'on', 1, 1) = 't'", ['number', 'text']],
  ["p.s.items WHERE regexp_like(any.on, '^true$')", ['number', 'text']],
  ["p.s.items WHERE instr(any.on, 'ru') > 0", ['number', 'text']],
  ['p.s.items WHERE length(any.on) = 5', ['other']],
  [
    'p.s.items i WHERE EXISTS (SELECT 1 FROM p.s.items j WHERE lower(i.any.on) = lower(j.any.on) AND i.id <> j.id)',
    ['number', 'text'],
  ],
  // columns of the session without a type
  ['p.s.items WHERE name IN (SELECT v FROM listed)', ['none', 'number', 'text']],
  ['p.s.items WHERE name NOT IN listed', ['other']],
  ['p.s.items i JOIN listed l ON i.name = l.v', ['none', 'number', 'text']],
  ['p.s.items WHERE name NOT IN (SELECT * FROM listed)', ['other']],
  ['p.s.items WHERE lower(name) NOT IN (SELECT l.* FROM listed l)', ['other']],
  ['p.s.items WHERE known.n IN listed', ['number', 'text']],
  ['p.s.items i LEFT JOIN listed l ON l.v = i.known.id WHERE l.v IS NULL', ['none', 'other']],
  ['p.s.items i JOIN listed l ON l.v = i.known.n', ['number', 'text']],
  // a column of numbers
  ["p.s.items i JOIN (VALUES (1), (2.5)) k ON k.column1 = i.any ->> 'x'", ['number', 'text']],
  // what is no digits of a number, and other comparisons, are evaluated as they are
  ["p.s.items WHERE any ->> 's' = '007'", ['text']],
  ["p.s.items WHERE any ->> 's' <> 't'", ['other', 'text']],
  ["p.s.items WHERE any ->> 'x' = 1", ['number']],
  ["p.s.items WHERE any ->> 'x' IN (1, '1')", ['number', 'text']],
  ["p.s.items WHERE any ->> 'x' = name", ['number', 'other', 'text']],
  ["p.s.items WHERE any ->> 'x' > 1", ['other', 'text']],
  ["p.s.items WHERE known ->> 'id' = '2' AND known.n = 2", ['other']],
])('a number in a field of unknown type is compared as its digits: %s', async (from, ids) => {
  expect((await rowsOf(`SELECT id FROM ${from} ORDER BY id`)).flat()).toEqual(ids)
})

it.each<[from: string, values: unknown[]]>([
  ['p.s.items i JOIN bytes b ON b.v = i.name', ['2']],
  ['p.s.items i JOIN bytes b ON i.known.id = lower(b.v)', ['1', '1', '2']],
  ['p.s.items i JOIN bytes b ON b.v = lower(i.name)', ['2']],
  ['p.s.items i LEFT JOIN bytes b ON b.v = lower(i.name) WHERE b.v IS NULL', ['1', '1', '1']],
  ["bytes b JOIN (SELECT '1' AS name) i ON b.v <> i.name AND b.v NOT IN ('1', '3')", ['1', '1', '1']],
  ['p.s.items i WHERE name IN (SELECT v FROM bytes)', ['2']],
  ['p.s.items i WHERE name IN (SELECT * FROM bytes)', ['2']],
  ['p.s.items i WHERE name IN bytes', ['2']],
  ['p.s.items i JOIN cases c ON c.v = i.id', ['1']],
  ['p.s.items i LEFT JOIN (SELECT v FROM cases) c ON c.v = lower(i.id) WHERE c.v IS NOT NULL', ['1']],
  ["p.s.items i JOIN cases c ON CAST(c.v AS TEXT) = 'text' AND i.id = 'none'", ['1']],
])('a blob of the session equals no text: %s', async (from, values) => {
  expect((await rowsOf(`SELECT i.name FROM ${from} ORDER BY 1`)).flat()).toEqual(values)
})

it.each([
  ["any ->> 'x' > '5'", "exact_number(any ->> 'x')"],
  ["any.x BETWEEN '5' AND '10'", 'exact_number(any.x)'],
])('a field that is compared with digits has a notice: %s', async (condition, write) => {
  const { notices } = await told(`SELECT id FROM p.s.items WHERE ${condition}`)
  expect(notices).toEqual([
    `${condition} compares texts, in which '9' is greater than '10': compare ${write} with a number without quotes`,
  ])
  expect((await rowsOf(`SELECT id FROM p.s.items WHERE ${write} > 1 ORDER BY id`)).flat()).toEqual(['other'])
})

it('a boolean is stored as true or false in a column of texts of the session', async () => {
  await rowsOf('CREATE TABLE stored (id TEXT, x TEXT, y)')
  await rowsOf('INSERT INTO stored SELECT id, any.on, any.on FROM p.s.items')
  await rowsOf("INSERT INTO stored (x, id) SELECT coalesce(i.any.on, 'none'), i.id || '2' FROM p.s.items i")
  const stored = 'SELECT id, x, y FROM stored ORDER BY id'
  const rows = [
    ['none', null, null],
    ['none2', 'none', null],
    ['number', 'true', 1],
    ['number2', 'true', null],
    ['other', 'false', 0],
    ['other2', 'false', null],
    ['text', 'true', 'true'],
    ['text2', 'true', null],
  ]
  expect(await rowsOf(stored)).toEqual(rows)
  await rowsOf('CREATE TABLE of (id TEXT, doc JSON, x TEXT)')
  await rowsOf("INSERT INTO of VALUES ('a', json('{\"on\":false}'), 'x')")
  await rowsOf('UPDATE of SET x = doc.on')
  expect(await rowsOf("SELECT id FROM of WHERE x = 'false'")).toEqual([['a']])
})

it('also where a condition selects the rows of a change', async () => {
  expect(
    await sentBy("DELETE FROM p.s.items WHERE id IN (SELECT id FROM p.s.items WHERE any ->> 'x' <> '1')"),
  ).toEqual(['DELETE /items/other'])
})

it('a compound query is sorted by what a function makes of such a field', async () => {
  const part = "SELECT lower(any ->> 'on') FROM p.s.items WHERE id IN ('number', 'other')"
  expect(await rowsOf(`${part} UNION ${part} ORDER BY lower(any ->> 'on') DESC`)).toEqual([
    ['true'],
    ['false'],
  ])
  expect(
    await rowsOf(
      'SELECT upper(any.on), count(*) FROM p.s.items GROUP BY upper(any.on) ORDER BY upper(any.on)',
    ),
  ).toEqual([
    [null, 1],
    ['FALSE', 1],
    ['TRUE', 2],
  ])
})

it('a compound query is sorted by such a comparison', async () => {
  const part = "SELECT any ->> 'x' = '1' FROM p.s.items WHERE id IN ('number', 'other')"
  expect(await rowsOf(`${part} UNION ${part} ORDER BY any ->> 'x' = '1' DESC`)).toEqual([[1], [0]])
})

it.each<[where: string, ids: string[]]>([
  ["any.on = 'true' AND any.on = true", ['number', 'text']],
  ["any.on = 'true' AND any.on IS TRUE", ['number', 'text']],
  ["any.on = 'true' AND any.on = 1", ['number']],
  ["any.on = 'false' AND any.on IN (0, 7)", ['other']],
  ['known.n = 2 AND known.n IS TRUE', ['other']],
])('%s can be met, so that there is no notice', async (where, ids) => {
  const { rows, notices } = await told(`SELECT id FROM p.s.items WHERE ${where} ORDER BY id`)
  expect(rows.flat()).toEqual(ids)
  expect(notices).toEqual([])
})

it.each([
  ['other', "any.on <> 'true' OR any.on <> true"],
  ['number', 'known.n <> 2 OR known.n IS NOT TRUE'],
])('a change of %s by %s, which not every value meets, is sent', async (id, where) => {
  expect(await sentBy(`DELETE FROM p.s.items WHERE id = '${id}' AND (${where})`)).toEqual([
    `DELETE /items/${id}`,
  ])
})

it('texts and numbers are not proposed for one list', async () => {
  await expect(
    rowsOf("DELETE FROM p.s.items WHERE id = 'other' AND (any.x <> '5' OR any.x <> 1)"),
  ).rejects.toMatchObject({
    message: "every value of any.x meets any.x <> '5' OR any.x <> 1",
    hint: "write (any.x <> '5' AND any.x <> 1)",
  })
})

it.each(['any.on OR NOT any.on', 'known.n BETWEEN 1 AND 2 OR known.n NOT BETWEEN 1 AND 2'])(
  'a change by %s is refused',
  async where => {
    await expect(rowsOf(`DELETE FROM p.s.items WHERE id = 'other' AND (${where})`)).rejects.toThrow(
      `${where} is true for every row with a value`,
    )
  },
)
