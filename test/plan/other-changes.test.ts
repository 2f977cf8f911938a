import { expect, it } from 'vitest'
import type { ConfluentqlError } from '../../src/index.ts'
import { oneTable } from './one-table.ts'

/*
 * Forms of INSERT, UPDATE and DELETE that other databases have. Each hint is followed to the letter, and so is the next one, until the
 * statement runs: it sends what is meant.
 */

const SERVICE = `
service: s
resources:
  items:
    summary: Items
    columns: { id: string, name: string, note: string }
    methods:
      list_items: { sql: select, call: GET /items, rows: $.data }
      create_item: { sql: insert, call: 'POST /items', body: { id: required, name: optional, note: optional } }
      update_item: { sql: update, call: 'PATCH /items/{id}', body: { name: optional, note: optional } }
      delete_item: { sql: delete, call: 'DELETE /items/{id}' }
`
const { rowsOf, sentBy, requests } = await oneTable(SERVICE, [
  { id: 'a', name: 'one', note: 'x' },
  { id: 'b', name: 'two', note: 'y' },
])
const T = 'p.s.items'

async function refusalOf(sql: string): Promise<ConfluentqlError> {
  const error = await rowsOf(sql).catch((e: unknown) => e)
  expect(error, sql).toMatchObject({ name: 'ConfluentqlError' })
  expect(requests).toEqual([])
  return error as ConfluentqlError
}

/** The statement that a refusal says to write. */
function mended(sql: string, { hint = '', span }: ConfluentqlError): string {
  const [, whole] = /(?:^write |: )((?:INSERT|UPDATE|DELETE) .*)$/s.exec(hint) ?? []
  if (whole !== undefined) return whole
  if (/^leave (?:ONLY|OUTPUT) out$/.test(hint)) return sql.slice(0, span!.start) + sql.slice(span!.end)
  const [, set] = /^write (\w+ = .*)$/s.exec(hint) ?? []
  expect(set, hint).toBeDefined()
  return sql.replace(/\(name.*(?= WHERE id)/s, () => set!)
}

it.each<[sql: string, sent: string[]]>([
  [
    `UPDATE ${T} SET (name, note) = ('n', lower('M')) WHERE id = 'a'`,
    ['PATCH /items/a {"name":"n","note":"m"}'],
  ],
  [`UPDATE ${T} SET (name) = ('n') WHERE id = 'a'`, ['PATCH /items/a {"name":"n"}']],
  [
    `UPDATE ${T} SET (name, note) = (SELECT j.note, max(j.id, 'c')\n FROM ${T} j WHERE j.id = 'b') WHERE id = 'a'`,
    ['PATCH /items/a {"name":"y","note":"c"}'],
  ],
  [`INSERT INTO ${T} (id, name, note) VALUES ('c', DEFAULT, 'n')`, ['POST /items {"id":"c","note":"n"}']],
  [
    `INSERT INTO ${T} (note, id) VALUES (DEFAULT, 'c'), (DEFAULT, upper('d'))`,
    ['POST /items {"id":"c"}', 'POST /items {"id":"D"}'],
  ],
  [`INSERT INTO ${T} SET id = 'c', name = 'n'`, ['POST /items {"id":"c","name":"n"}']],
  [
    `INSERT INTO ${T} (id, name) VALUES ('c', 'n') ON CONFLICT (id) DO NOTHING`,
    ['POST /items {"id":"c","name":"n"}'],
  ],
  [`INSERT INTO ${T} (id, name) VALUES ('a', 'n') ON CONFLICT (id) DO NOTHING`, []],
  [`INSERT OR IGNORE INTO ${T} (id) VALUES ('c')`, ['POST /items {"id":"c"}']],
  [
    `UPDATE ${T} SET name = j.name, note = 'z' FROM ${T} j WHERE j.id = 'b' AND items.id = 'a'`,
    ['PATCH /items/a {"name":"two","note":"z"}'],
  ],
  [
    `UPDATE ${T} AS i SET name = j.note FROM ${T} AS j WHERE j.id = i.id AND j.name = 'two'`,
    ['PATCH /items/b {"name":"y"}'],
  ],
  [`DELETE FROM ${T} USING ${T} j WHERE j.id = items.id AND j.name = 'two'`, ['DELETE /items/b']],
  [`DELETE FROM ${T} i USING ${T} j WHERE j.id = i.id AND j.note = 'x'`, ['DELETE /items/a']],
  [`DELETE i FROM ${T} i WHERE i.id = 'a'`, ['DELETE /items/a']],
  [`UPDATE ONLY ${T} SET name = 'n' WHERE id = 'a'`, ['PATCH /items/a {"name":"n"}']],
])(
  'the hint for a form of another database gives a statement that does what is meant: %s',
  async (sql, sent) => {
    let next = sql
    for (let steps = 0; steps < 3; steps++) {
      next = mended(next, await refusalOf(next))
      const changes = await sentBy(next).catch(() => undefined)
      if (changes) return expect(changes).toEqual(sent)
    }
    expect.unreachable(next)
  },
)

it.each([
  [
    `UPDATE ${T} SET name = DEFAULT WHERE id = 'a'`,
    /^DEFAULT .*: write the value: a column that SET leaves out/,
  ],
  [`UPDATE ${T} SET (name, note) = ('n') WHERE id = 'a'`, /: set the columns one by one/],
  [`UPDATE ${T} SET (name, note) = (SELECT 1, 2 UNION SELECT 3, 4) WHERE id = 'a'`, /one by one/],
  [`INSERT INTO ${T} VALUES ('c', DEFAULT, 'n')`, /: leave the column out: the API gives it its default$/],
  [
    `INSERT INTO ${T} (id, name) VALUES ('c', DEFAULT), ('d', 'n')`,
    /; rows with other columns need an INSERT/,
  ],
  [`INSERT INTO ${T} DEFAULT VALUES`, /: write INSERT INTO p.s.items \(column\) VALUES \(value\)$/],
  [`INSERT INTO ${T} (id) VALUES ('c') ON CONFLICT DO NOTHING`, /SELECT … WHERE NOT EXISTS/],
  [`INSERT INTO ${T} (id) SELECT 'c' ON CONFLICT (id) DO NOTHING`, /SELECT … WHERE NOT EXISTS/],
  [`INSERT INTO ${T} (id) VALUES ('c') ON DUPLICATE KEY UPDATE name = 'n'`, /^ON DUPLICATE is not supported/],
  [
    `INSERT INTO ${T} (id, name) VALUES ('a', 'n') ON CONFLICT (id) DO UPDATE SET name = excluded.name`,
    /: write UPDATE p.s.items SET … WHERE id = 'a', and then INSERT INTO p.s.items \(id, name\) SELECT 'a', 'n' WHERE/,
  ],
  [`INSERT OR REPLACE INTO ${T} (id) VALUES ('c')`, /; UPDATE … SET … WHERE … changes a row that exists$/],
  [`INSERT INTO ${T} (id) VALUES ('c') RETURNING id INTO k`, /: leave INTO and the names behind it out/],
  [
    `UPDATE ${T} SET name = 'n' OUTPUT inserted.name WHERE id = 'a'`,
    /: leave OUTPUT out, and write RETURNING/,
  ],
  [
    `UPDATE ${T} i JOIN ${T} j ON i.id = j.id SET i.name = j.name`,
    /^UPDATE of several tables is not supported/,
  ],
  [`UPDATE ${T} i, ${T} j SET i.name = j.name`, /SET column = \(SELECT …\) WHERE key IN/],
  [
    `DELETE i FROM ${T} i JOIN ${T} j ON i.id = j.id`,
    /pick the rows in a subquery: DELETE FROM … WHERE key IN \(SELECT i.key FROM p.s.items i JOIN/,
  ],
  [`UPDATE TOP (1) ${T} SET name = 'n'`, /^TOP is not supported: pick the rows in a subquery/],
  [`TRUNCATE TABLE ${T}`, /write DELETE FROM the table, with the keys/],
  [`MERGE INTO ${T} i USING ${T} j ON i.id = j.id WHEN MATCHED THEN DELETE`, /WHERE NOT EXISTS \(SELECT …\)/],
])('sends nothing, and says what there is instead: %s', async (sql, text) => {
  const { message, hint } = await refusalOf(sql)
  expect(`${message}: ${hint}`).toMatch(text)
})

it('names that are such words are names', async () => {
  await rowsOf('CREATE TABLE only (top TEXT, "default" TEXT)')
  await rowsOf("INSERT INTO only (top, \"default\") VALUES ('a', 'b')")
  await rowsOf("UPDATE only SET top = \"default\" WHERE top IN ('a', 'DEFAULT')")
  expect(await rowsOf('SELECT top FROM only')).toEqual([['b']])
  await rowsOf("DELETE FROM only WHERE top = 'b'")
  expect(await rowsOf('SELECT top FROM only')).toEqual([])
})
