import { describe, expect, it } from 'vitest'
import { oneTable } from './one-table.ts'

const SERVICE = `
service: s
resources:
  items:
    summary: Items
    columns: { id: string, name: string, n: integer, at: timestamp, known: { fields: { id: string, n: integer } } }
    methods:
      list_items: { sql: select, call: GET /items, rows: $.data }
      delete_item: { sql: delete, call: 'DELETE /items/{id}' }
`
const { rowsOf, told, sentBy, requests } = await oneTable(SERVICE, [
  { id: 'a', name: '1', n: 1, at: '2026-10-01T08:00:00Z', known: { id: '1', n: 1 } },
  { id: 'b', name: '007', n: 7, at: '2025-10-01T08:00:00Z', known: { id: '7', n: 7 } },
  { id: '1', name: '1.5', n: 0, at: null, known: null },
])

const ITEMS = 'SELECT i.id FROM p.s.items i'

describe('rows of VALUES have the types of their literals', () => {
  it.each([
    [`WITH k(v) AS (VALUES (1), (2)) ${ITEMS} JOIN k ON lower(i.name) = k.v`, 'CAST(k.v AS TEXT)'],
    [
      `WITH k(v) AS (VALUES (1), ('b')) ${ITEMS} JOIN k ON i.known.id = k.v`,
      "CASE typeof(k.v) WHEN 'real' THEN format('%.15g', k.v) ELSE CAST(k.v AS TEXT) END",
    ],
    [`WITH k(v) AS (VALUES ('1'), (NULL)) ${ITEMS} JOIN k ON k.v = i.known.n`, 'CAST(i.known.n AS TEXT)'],
    [`${ITEMS} JOIN (VALUES (1)) k ON i.known.id <> k.column1`, 'CAST(k.column1 AS TEXT)'],
    [`WITH k(v) AS (VALUES (-1)) ${ITEMS} WHERE i.known.id NOT IN (SELECT v FROM k)`, 'CAST(v AS TEXT)'],
    [`WITH k(v) AS (VALUES (1)) ${ITEMS} WHERE i.known.id NOT IN k`, 'CAST(v AS TEXT)'],
    [
      `WITH k(v) AS (VALUES (true)) ${ITEMS} JOIN k ON i.name = k.v`,
      "CASE k.v WHEN 1 THEN 'true' WHEN 0 THEN 'false' END",
    ],
  ])('a text beside a number is an error: %s', async (sql, write) => {
    await expect(rowsOf(sql)).rejects.toMatchObject({
      code: 'VALUE',
      message: expect.stringMatching(/^\S+ is a text, which cannot be compared with the /) as string,
      hint: `write ${write}`,
    })
    expect(requests).toEqual([])
  })

  it('so is a constant of another type', async () => {
    await expect(rowsOf(`WITH k(v) AS (VALUES (1), (2)) ${ITEMS}, k WHERE k.v <> '1'`)).rejects.toMatchObject(
      {
        message: "k.v is an integer, which cannot be compared with the text '1'",
        hint: 'write 1 without quotes',
      },
    )
  })

  it.each<[sql: string, ids: string[]]>([
    [`WITH k(v) AS (VALUES (1), (2)) ${ITEMS} JOIN k ON i.name = k.v`, ['a']],
    [`WITH k(v) AS (VALUES (1.5), (NULL)) ${ITEMS} JOIN k ON i.name = k.v`, ['1']],
    [`WITH k(v) AS (SELECT 1.5) ${ITEMS} JOIN k ON i.name = k.v`, ['1']],
    [`WITH k(v) AS (VALUES ('1'), (7)) ${ITEMS} JOIN k ON i.n = k.v`, ['a', 'b']],
    [`WITH k(v) AS (VALUES ('1'), (lower('7'))) ${ITEMS} JOIN k ON i.known.id = k.v`, ['a', 'b']],
    [`WITH k(id, n) AS (VALUES ('b', 7), ('a', 2)) ${ITEMS} JOIN k USING (id, n)`, ['b']],
  ])('others are compared: %s', async (sql, ids) => {
    expect((await rowsOf(sql)).flat()).toEqual(ids)
  })
})

describe('columns of the session have the types of their texts and snapshots', () => {
  it.each([
    [
      'SELECT id FROM kept WHERE name <> id || 1 AND length(id) = lower(name)',
      'lower(name)',
      'number length(id)',
    ],
    ['SELECT id FROM kept WHERE size = lower(name)', 'lower(name)', 'number size'],
    ['SELECT id FROM kept WHERE lower(name) = known.n', 'lower(name)', 'number known.n'],
    ['SELECT k.id FROM kept k JOIN p.s.items i ON k.known.id = i.known.n', 'k.known.id', 'number i.known.n'],
  ])('a text beside a number is an error: %s', async (sql, text, number) => {
    await rowsOf('DROP TABLE IF EXISTS kept')
    await rowsOf('CREATE TABLE kept AS SELECT id, name, known, length(name) AS size FROM p.s.items')
    await expect(rowsOf(sql)).rejects.toMatchObject({
      code: 'VALUE',
      message: `${text} is a text, which cannot be compared with the ${number}`,
    })
  })

  it.each([
    ["size = '1'", "size is an integer, which cannot be compared with the text '1'"],
    ['name > 1', 'name is a string, which cannot be compared with the number 1'],
    ['name = true', 'name is a string, which cannot be compared with the boolean true'],
    ["at > '1/2/2026'", "at is a timestamp, which cannot be compared with the text '1/2/2026'"],
    ['v < 5', 'v is a string, which cannot be compared with the number 5'],
  ])('so is a constant: %s', async (condition, message) => {
    await rowsOf('DROP TABLE IF EXISTS kept')
    await rowsOf(
      "CREATE TABLE kept AS SELECT id, name, at, length(name) AS size, CAST('5' AS TEXT) AS v FROM p.s.items",
    )
    await expect(rowsOf(`SELECT id FROM kept WHERE ${condition}`)).rejects.toMatchObject({ message })
  })

  it.each<[condition: string, ids: string[]]>([
    ["b = 'true'", ['a', 'b', 'text']],
    ["b <> 'true'", ['1']],
    ["b IN ('false', 'true')", ['1', 'a', 'b', 'text']],
    ["b = '1'", ['a', 'b']],
    ['b', ['a', 'b', 'text']],
    ['NOT b', ['1']],
  ])('a boolean is true or false beside a text: %s', async (condition, ids) => {
    await rowsOf('DROP TABLE IF EXISTS booleans')
    await rowsOf('CREATE TABLE booleans (id TEXT, b BOOLEAN)')
    await rowsOf('INSERT INTO booleans SELECT id, n > 0 FROM p.s.items')
    await rowsOf("INSERT INTO booleans VALUES ('text', 'true'), ('none', NULL)")
    expect((await rowsOf(`SELECT id FROM booleans WHERE ${condition} ORDER BY id`)).flat()).toEqual(ids)
  })

  it('a column of texts makes a text of a number beside it', async () => {
    await rowsOf('CREATE TABLE typed (v TEXT, w)')
    await rowsOf("INSERT INTO typed VALUES (1, 1), ('007', 'x')")
    expect(await rowsOf('SELECT v FROM typed WHERE v = w')).toEqual([['1']])
    expect(await rowsOf('SELECT v FROM typed WHERE v = 1')).toEqual([['1']])
  })
})

describe('a comparison before IN, BETWEEN or LIKE', () => {
  it.each([
    ['n = 1 IN (0, 1)', 'n = 1', '1 IN (0, 1)'],
    ['n <> 1 NOT IN (SELECT n FROM p.s.items)', 'n <> 1', '1 NOT IN (SELECT n FROM p.s.items)'],
    ['NOT n > 7 BETWEEN 0 AND 1', 'n > 7', '7 BETWEEN 0 AND 1'],
    ["name = id LIKE '1%'", 'name = id', "id LIKE '1%'"],
  ])('is an error: %s', async (condition, first, rest) => {
    await expect(rowsOf(`${ITEMS} WHERE ${condition}`)).rejects.toMatchObject({
      code: 'SYNTAX',
      message: `${condition.replace(/^NOT /, '')} compares the 1 or 0 of ${first}`,
      hint: `write brackets around ${rest}, or around ${first} if its 1 or 0 is meant`,
    })
    expect(requests).toEqual([])
  })

  it.each<[condition: string, ids: string[]]>([
    ['(n = 1) IN (0, 1)', ['1', 'a', 'b']],
    ['n = (1 IN (0, 1))', ['a']],
    ['n = 1 IN (true)', ['a']],
    ['n > 0 AND n IN (0, 1)', ['a']],
  ])('is evaluated where it is meant: %s', async (condition, ids) => {
    expect((await rowsOf(`${ITEMS} WHERE ${condition} ORDER BY id`)).flat()).toEqual(ids)
  })
})

it.each([
  ['2026 - at', "2026 - strftime('%Y', at)"],
  ['at - 2026', "strftime('%Y', at) - 2026"],
])('years between a year and a time: %s', async (expression, write) => {
  await expect(rowsOf(`SELECT ${expression} FROM p.s.items`)).rejects.toMatchObject({
    hint: `write ${write}, which are years`,
  })
  expect(
    (await rowsOf(`SELECT ${write} FROM p.s.items WHERE id = 'b'`)).flat().map(n => Math.abs(n as number)),
  ).toEqual([1])
})

describe('BETWEEN of texts', () => {
  it('of digits has a notice', async () => {
    const { notices } = await told(`${ITEMS} WHERE name BETWEEN '10' AND '9'`)
    expect(notices).toMatchObject([expect.stringContaining('compare exact_number(name)')])
  })

  it('has none if only one bound is a number', async () => {
    const { rows, notices } = await told(`${ITEMS} WHERE name BETWEEN '1' AND 'abc' ORDER BY id`)
    expect({ rows, notices }).toEqual({ rows: [['1'], ['a']], notices: [] })
    expect(await sentBy("DELETE FROM p.s.items WHERE id = 'a' AND name BETWEEN '1' AND 'abc'")).toEqual([
      'DELETE /items/a',
    ])
  })
})
