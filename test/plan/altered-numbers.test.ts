import { describe, expect, it } from 'vitest'
import { losesDigits } from '../../src/plan/coerce.ts'
import { oneTable } from './one-table.ts'

const SERVICE = `
service: s
resources:
  items:
    summary: Items
    columns: { id: string, name: string, n: integer, ratio: number, meta: { fields: { id: string, ratio: number } }, tags: 'string[]' }
    methods:
      list_items: { sql: select, call: GET /items, rows: $.data }
      create_item: { sql: insert, call: POST /items, body: { name: optional, n: optional, ratio: optional, meta: optional } }
      update_item: { sql: update, call: 'PATCH /items/{id}', body: { name: optional, n: optional, ratio: optional, meta: optional, tags: optional } }
      delete_item: { sql: delete, call: 'DELETE /items/{id}' }
      weigh_item: { sql: exec, call: 'POST /items/{id}/weigh', rows: none, body: { ratio: { type: number } } }
`
const ITEMS = [
  { id: '007', name: '1.10', n: 7, ratio: 7.5 },
  { id: '7', name: '1.1', n: 8, ratio: 1.1 },
]

const { rowsOf, sentBy, requests } = await oneTable(SERVICE, ITEMS)
await rowsOf('CREATE TABLE texts (v TEXT)')
await rowsOf('CREATE TABLE numbers (v)')
await rowsOf("INSERT INTO texts VALUES ('007')")

const WHERE = 'SELECT id FROM p.s.items i WHERE'

describe('a text that SQLite would make of a number with other digits', () => {
  it.each([
    `${WHERE} id = (SELECT «007»)`,
    `${WHERE} id <> (SELECT «007»)`,
    `${WHERE} id = «007» || ''`,
    `${WHERE} id = 'x' || «1.50»`,
    `${WHERE} id NOT IN ('a', CAST(«007» AS TEXT))`,
    `${WHERE} id IN (SELECT «007» UNION SELECT '8')`,
    `${WHERE} id NOT IN (SELECT «007»)`,
    `${WHERE} (id, n) IN (SELECT «1e3», 7)`,
    `${WHERE} «007» IN (SELECT id FROM p.s.items)`,
    `${WHERE} CASE WHEN n = 7 THEN «007» END = id`,
    `${WHERE} CASE id WHEN (SELECT «007») THEN 1 END`,
    `${WHERE} id = coalesce(NULL, «007», name)`,
    `${WHERE} id = iif(n = 7, «007», name)`,
    `${WHERE} id IS concat(«007», '')`,
    `${WHERE} id = printf('%s', «007»)`,
    `${WHERE} id LIKE «1.10»`,
    `${WHERE} meta.id = trim(«007»)`,
    `WITH k(v) AS (VALUES ('a'), («007»)) SELECT i.id FROM p.s.items i JOIN k ON k.v = i.id`,
    `WITH k(id) AS (SELECT «007») SELECT id FROM p.s.items JOIN k USING (id)`,
    `SELECT i.id FROM p.s.items i JOIN (SELECT «12345678901234567890» AS v) k ON i.name = k.v`,
    `SELECT id, «007» AS v FROM p.s.items WHERE v = name`,
    `SELECT * FROM texts WHERE v = «007»`,
    `DELETE FROM p.s.items WHERE id = (SELECT «007»)`,
    `INSERT INTO texts VALUES ('a'), («007»)`,
    `INSERT INTO texts (v) SELECT «007» FROM p.s.items`,
    `UPDATE texts SET v = «1.10»`,
    `INSERT INTO numbers VALUES (1), («007»)`,
    `UPDATE numbers SET v = coalesce(v, «007»)`,
    `INSERT INTO p.s.items (meta) VALUES (json_object('id', «007»))`,
    `UPDATE p.s.items SET meta = json_set(meta, '$.id', «-00.5») WHERE id = '7'`,
    `INSERT INTO p.s.items (name) VALUES ('' || «007»)`,
    `INSERT INTO p.s.items (n, name) SELECT 1, (SELECT «007»)`,
    `INSERT INTO p.s.items (name) WITH k(v) AS (VALUES («007»)) SELECT v FROM k`,
    `UPDATE p.s.items SET name = CAST(«007» AS TEXT) WHERE id = '7'`,
  ])('is an error before any request: %s', async marked => {
    const number = /«(.*)»/.exec(marked)![1]!
    const [from, to] = [marked.indexOf('«'), marked.indexOf('»') - 1]
    await expect(rowsOf(marked.replace(/[«»]/g, ''))).rejects.toMatchObject({
      code: 'VALUE',
      // of a subquery that is a constant the column is named
      message: expect.stringMatching(
        /^\S+ is a (?:number, which has other digits as a text|string, which cannot be compared with the number \S+)$/,
      ) as string,
      hint: expect.stringMatching(new RegExp(`^write '${number}'(?:, or|$)`)) as string,
      span: { start: from, end: to },
    })
    expect(requests).toEqual([])
  })

  it.each([
    [`${WHERE} lower(id) = «007»`, '007'],
    [`${WHERE} lower(id) = «99999999999999999999»`, '99999999999999999999'],
    [`${WHERE} lower(id) = «coalesce(NULL, 1.10)»`, '1.10'],
  ])('the error has its digits: %s', async (marked, number) => {
    await expect(rowsOf(marked.replace(/[«»]/g, ''))).rejects.toMatchObject({
      message: `lower(id) is a string, which cannot be compared with the number ${number}`,
      hint: `write '${number}', or compare it as a number: CAST(lower(id) AS NUMERIC)`,
    })
  })

  it.each<[condition: string, ids: string[]]>([
    ["id = (SELECT '007')", ['007']],
    ['id = (SELECT 7)', ['7']],
    ['n = 007', ['007']],
    ['n = (SELECT 007)', ['007']],
    ['ratio IN (SELECT 7.50)', ['007']],
    ['ratio = CAST(7.50 AS REAL)', ['007']],
    ['CAST(id AS INTEGER) = 007', ['007', '7']],
    ['CAST(name AS NUMERIC) = (SELECT 1.10)', ['007', '7']],
    ['CAST(ratio AS TEXT) = 1.10', ['7']],
    ["n || '' = CAST(7 AS TEXT)", ['007']],
    ["id = printf('%03d', 007)", ['007']],
    ["id = '00' || 7", ['007']],
    ['n = -9223372036854775808 OR n = 8', ['7']],
    ['id = -9223372036854775808 OR n = 8', ['7']],
    ['n < 99999999999999999999', ['007', '7']],
    ['length(id) = 003', ['007']],
    ['EXISTS (SELECT 1 FROM texts t WHERE t.v = i.id)', ['007']],
    ['id IN (WITH k(v, w) AS (VALUES (007, 7)) SELECT w FROM k)', ['7']],
  ])('other comparisons keep their meaning: %s', async (condition, ids) => {
    expect(await rowsOf(`${WHERE} ${condition} ORDER BY id`)).toEqual(ids.map(id => [id]))
  })

  it('numbers without texts are stored and sent as before', async () => {
    await rowsOf('INSERT INTO numbers VALUES (7), (1.10)')
    await rowsOf('UPDATE numbers SET v = 1.50 WHERE v = 1.10')
    expect(await rowsOf('SELECT v FROM numbers ORDER BY v')).toEqual([[1.5], [7]])
    expect(
      await sentBy('INSERT INTO p.s.items (n, ratio, name) VALUES (007, 1.10, -9223372036854775808)'),
    ).toEqual(['POST /items {"n":7,"ratio":1.1,"name":"-9223372036854775808"}'])
  })
})

describe('numbers with more digits than SQLite keeps', () => {
  const [LONG, FRACTION] = ['99999999999999999999', '0.12345678901234567890']

  it.each([
    [
      `INSERT INTO p.s.items (ratio) VALUES (${LONG}), (-${LONG}), ((${FRACTION}))`,
      [LONG, `-${LONG}`, FRACTION],
    ],
    [
      `INSERT INTO p.s.items (ratio) SELECT CASE WHEN n = 7 THEN ${LONG} ELSE ratio END FROM p.s.items`,
      [LONG, '1.1'],
    ],
    [`INSERT INTO p.s.items (ratio) VALUES (coalesce(NULL, ${LONG}) )`, [LONG]],
    [`UPDATE p.s.items SET ratio = ${LONG} WHERE id = '7'`, [LONG]],
    [`UPDATE p.s.items SET ratio = coalesce(NULL, (${LONG})) WHERE id = '7'`, [LONG]],
    [`EXEC p.s.items.weigh_item @id = '7', @ratio = ${FRACTION}`, [FRACTION]],
    [
      'INSERT INTO p.s.items (ratio) VALUES (1e20), (1.10), (100000000000000000000), (0.1)',
      ['100000000000000000000', '1.1', '100000000000000000000', '0.1'],
    ],
  ])('are sent as they are written: %s', async (sql, sent) => {
    expect((await sentBy(sql)).map(request => / (\{.*)/.exec(request)![1])).toEqual(
      sent.map(number => `{"ratio":${number}}`),
    )
  })

  it('also in functions of JSON', async () => {
    expect(
      await sentBy(
        `UPDATE p.s.items SET meta = json_object('id', 'a', 'ratio', ${LONG}), tags = json_array() WHERE id = '7'`,
      ),
    ).toEqual([`PATCH /items/7 {"meta":{"id":"a","ratio":${LONG}},"tags":[]}`])
    expect(
      await sentBy(`INSERT INTO p.s.items (meta) VALUES (json_set('{}', '$.ratio', -${FRACTION}))`),
    ).toEqual([`POST /items {"meta":{"ratio":-${FRACTION}}}`])
  })

  it.each<[number: string, loses: boolean]>([
    ['0', false],
    ['0.0', false],
    ['007', false],
    ['1.10', false],
    ['1e3', false],
    ['.5', false],
    ['5.', false],
    ['9007199254740993', false],
    ['9007199254740993.0', false],
    ['9223372036854775807', false],
    ['-9223372036854775807', false],
    ['9223372036854775808', true],
    ['9007199254740993.5', true],
    ['100000000000000000000', false],
    ['0.1', false],
    ['0.30000000000000004', false],
    ['0.12345678901234567890', true],
    ['0x10', false],
  ])('%s: %s', (number, loses) => {
    expect(losesDigits(number)).toBe(loses)
  })
})
