import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { Random } from '../fuzz/random.ts'
import { oneTable } from './one-table.ts'

const SERVICE = `
service: s
resources:
  items:
    summary: Items
    columns: { id: string, name: string, any: { type: object } }
    methods:
      list_items: { sql: select, call: GET /items, rows: $.data }
      delete_item: { sql: delete, call: 'DELETE /items/{id}' }
`
/** `n` and `m` are numbers, or texts beside which a number in a condition is an error. */
const ROWS = [
  { id: 'a', name: '1', any: { n: 1, m: 5 } },
  { id: 'b', name: '2', any: { n: 2, m: '5' } },
  { id: 'c', name: '1', any: { n: '3', m: 2 } },
  { id: 'd', name: null, any: { n: 4 } },
  { id: 'e', name: '3', any: { n: '9', m: 'x' } },
  { id: 'f', name: '2', any: { n: 6, m: 1 } },
]
const { sentBy } = await oneTable(SERVICE, ROWS)
const T = 'p.s.items'

it.each<[from: string, sent: string]>([
  ["any.n > 1 AND name = '2'", 'bf'],
  ["name = '2' AND any.n > 1", 'bf'],
  ["any.n > 1 AND id IN ('b')", 'b'],
  ["any.n + 1 > 2 AND name = '2'", 'bf'],
  ["any.n > 1 AND any.n < 5 AND name IN (SELECT '2')", 'b'],
  ["any.n > 1 AND typeof(any.n) <> 'text'", 'bdf'],
  ["(any.n > 1 OR id = 'c') AND id <> 'e'", 'bcdf'],
  ["NOT (any.n < 5 OR id IN ('c', 'e'))", 'f'],
  ["NOT (any.n < 5 AND id NOT IN ('c', 'e'))", 'cef'],
  ["any.n IN (2, 4) AND id NOT IN ('c', 'e')", 'bd'],
  ["any.n > 1 AND (SELECT max(j.name) FROM p.s.items j WHERE j.id = items.id) = '2'", 'bf'],
  ["iif(any.n > 1 AND name = '2', 1, 0)", 'bf'],
])('a row that another condition excludes is no error: %s', async (where, ids) => {
  const sent = [...ids].map(id => `DELETE /items/${id}`)
  expect(await sentBy(`DELETE FROM ${T} WHERE id IN (SELECT id FROM ${T} WHERE ${where})`)).toEqual(sent)
  expect(await sentBy(`DELETE FROM ${T} WHERE id IN (SELECT id FROM ${T}) AND ${where}`)).toEqual(sent)
})

it.each<[query: string, sent: string]>([
  [`SELECT i.id FROM ${T} i JOIN ${T} j ON i.id = j.id AND i.any.n > 1 WHERE j.name = '2'`, 'bf'],
  [`SELECT j.id FROM ${T} i, ${T} j WHERE i.any.n > 1 AND i.id = j.id AND j.name = '2'`, 'bf'],
  [`SELECT j.id FROM ${T} i LEFT JOIN ${T} j ON i.any.n > 1 AND j.id = i.id AND i.name = '2'`, 'bf'],
  [`SELECT id FROM ${T} GROUP BY id HAVING max(any.n) > 1 AND max(name) = '2'`, 'bf'],
])('nor is one that a join excludes: %s', async (query, ids) => {
  expect(await sentBy(`DELETE FROM ${T} WHERE id IN (${query})`)).toEqual(
    [...ids].map(id => `DELETE /items/${id}`),
  )
})

it.each([
  'any.n > 1',
  "any.n > 1 AND name = '1'",
  "any.n > 1 OR name = '2'",
  'any.n < 0 AND any.m < 0',
  'NOT (any.n < 0 AND any.m < 0)',
  "NOT (any.n < 0 AND any.m < 0 AND name = '3')",
])('a row that no other condition decides is one: %s', async where => {
  const sql = `DELETE FROM ${T} WHERE id IN (SELECT id FROM ${T} WHERE ${where})`
  await expect(sentBy(sql)).rejects.toMatchObject({ message: /is the text ".*" in a row/ })
})

/** Plain SQLite over the same rows. */
const db = new Database(':memory:')
db.exec('CREATE TABLE items (id, name, n, m)')
for (const { id, name, any } of ROWS)
  db.prepare('INSERT INTO items VALUES (?, ?, ?, ?)').run(id, name, any.n, any.m ?? null)

const ATOMS = [
  "name = '2'",
  "name <> '2'",
  "id > 'b'",
  "id IN ('a', 'b', 'f')",
  'name IS NULL',
  'any.n > 2',
  'any.n < 5',
  'any.m > 1',
  'any.m BETWEEN 1 AND 5',
]

function condition(r: Random, depth: number): string {
  if (depth === 0 || r.chance(0.2)) return r.pick(ATOMS)
  if (r.chance(0.25)) return `NOT (${condition(r, depth - 1)})`
  const operands = Array.from({ length: r.int(2, 3) }, () => condition(r, depth - 1))
  return `(${operands.join(r.chance(0.65) ? ' AND ' : ' OR ')})`
}

/** The ids of the rows that are selected if each comparison with a text has a value; a list for each value. */
function selectedBy(where: string): string[][] {
  return ['1', '0', 'NULL'].map(value => {
    const plain = where.replaceAll(
      /any\.(\w) ((?:>|<|BETWEEN) \d(?: AND \d)?)/g,
      (_, c: string, rest: string) => `CASE WHEN typeof(${c}) = 'text' THEN ${value} ELSE ${c} ${rest} END`,
    )
    return db.prepare(`SELECT id FROM items WHERE ${plain} ORDER BY id`).pluck().all() as string[]
  })
}

describe('changes by random conditions', () => {
  it('take the rows of plain SQLite, or are errors of rows with texts', async () => {
    const r = new Random(20_261_201)
    const counts = { taken: 0, empty: 0, refused: 0, decided: 0 }
    for (let i = 0; i < 200; i++) {
      const where = condition(r, r.int(1, 3))
      const lists = selectedBy(where)
      const isDecided = new Set(lists.map(ids => ids.join())).size === 1
      const sql = `DELETE FROM ${T} WHERE id IN (SELECT id FROM ${T} WHERE ${where})`
      const sent = await sentBy(sql).catch((error: unknown) => error as Error)
      if (sent instanceof Error) {
        if (/hardly|every row|no value|every value|no row|out; if|AND comes/.test(sent.message)) continue
        expect(sent.message, where).toMatch(/is the text ".*" in a row/)
        counts.refused++
        continue
      }
      // what is taken does not depend on a comparison with a text
      expect(isDecided, where).toBe(true)
      expect(sent, where).toEqual(lists[0]!.map(id => `DELETE /items/${id}`))
      if (sent.length > 0) counts.taken++
      else counts.empty++
      if (/any/.test(where)) counts.decided++
    }
    expect(counts.taken).toBeGreaterThan(counts.empty)
    expect(counts.decided).toBeGreaterThan(20)
    expect(counts.refused).toBeGreaterThan(20)
  })
})
