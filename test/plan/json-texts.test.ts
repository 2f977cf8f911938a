import { describe, expect, it } from 'vitest'
import { oneTable } from './one-table.ts'

const SERVICE = `
service: s
resources:
  items:
    summary: Items
    columns: { id: string, name: string, meta: { fields: { id: string, n: integer, on: boolean } }, any: { type: object } }
    methods:
      list_items: { sql: select, call: GET /items, rows: $.data }
      delete_item: { sql: delete, call: 'DELETE /items/{id}' }
`
const { rowsOf, told, requests } = await oneTable(SERVICE, [
  { id: 'a', name: 'm', meta: { id: 'm', n: 1, on: true }, any: { x: 1, s: 't' } },
  { id: 'b', name: '1', meta: { id: 'o', n: 2, on: false }, any: { x: '1', s: null } },
])
const WHERE = 'SELECT id FROM p.s.items i WHERE'

describe('the text of JSON compared with what it cannot be', () => {
  it.each([
    [`${WHERE} meta -> '$.id' = «'m'»`, "meta ->> '$.id'"],
    [`${WHERE} «'m'» <> meta -> 'id'`, "meta ->> 'id'"],
    [`${WHERE} i.any -> 's' NOT IN ('"t"', «'t'»)`, "i.any ->> 's'"],
    [`${WHERE} any -> 's' IS NOT «'t'»`, "any ->> 's'"],
    [`${WHERE} any -> 'x' = «1»`, "any ->> 'x'"],
    [`${WHERE} any -> 'x' > «0»`, "any ->> 'x'"],
    [`${WHERE} any -> 's' BETWEEN «'a'» AND 'z'`, "any ->> 's'"],
    [`${WHERE} meta -> 'on' = «true»`, "meta ->> 'on'"],
    [`${WHERE} any -> 's' IN (SELECT «'t'»)`, "any ->> 's'"],
    [`${WHERE} any -> 's' NOT IN (VALUES («'t'»))`, "any ->> 's'"],
    [`${WHERE} CASE any -> 's' WHEN «'t'» THEN 1 END`, "any ->> 's'"],
    [`${WHERE} any -> 'x' = «'007'»`, "any ->> 'x'"],
    [`${WHERE} lower(any -> 's') = «'t'»`, "any ->> 's'"],
    [`${WHERE} coalesce(any -> 's', 'none') = «'t'»`, "any ->> 's'"],
    [`SELECT id, any -> 's' AS v FROM p.s.items WHERE v = «'t'»`, "any ->> 's'"],
    [`SELECT v FROM (SELECT any -> 's' AS v FROM p.s.items) WHERE v <> «'t'»`, "any ->> 's'"],
    [`WITH c(v) AS (SELECT any -> 's' FROM p.s.items) SELECT v FROM c WHERE v = «'t'»`, "any ->> 's'"],
    [`${WHERE} meta -> 'id' = «name»`, "meta ->> 'id'"],
    [`${WHERE} name NOT IN (SELECT «meta -> 'id'» FROM p.s.items)`, "meta ->> 'id'"],
    [`${WHERE} meta -> 'id' NOT IN (SELECT «name» FROM p.s.items)`, "meta ->> 'id'"],
    [`SELECT a.id FROM p.s.items a JOIN p.s.items b ON a.meta -> 'id' = «b.name»`, "a.meta ->> 'id'"],
    [`DELETE FROM p.s.items WHERE id IN (SELECT id FROM p.s.items WHERE any -> 's' <> «'t'»)`, "any ->> 's'"],
  ])('is an error before any request: %s', async (marked, write) => {
    const other = /«(.*)»/.exec(marked)![1]!
    const isJson = other.includes('->')
    const json = write.replace('->>', '->')
    await expect(rowsOf(marked.replace(/[«»]/g, ''))).rejects.toMatchObject({
      code: 'VALUE',
      message: `${json} is the text of JSON, which cannot be compared with ${isJson ? 'name' : other}`,
      hint: `in JSON a text has quotes, and a number is a text: write ${write}`,
    })
    expect(requests).toEqual([])
  })

  it.each<[condition: string, ids: string[]]>([
    [`any -> 's' = '"t"'`, ['a']],
    [`any -> 's' = 'null'`, ['b']],
    [`any -> 'x' IN ('1', '2')`, ['a']],
    [`any -> 'x' = any -> 'x'`, ['a', 'b']],
    [`any -> 'x' >= '"'`, ['a', 'b']],
    [`meta -> 'on' = 'true'`, ['a']],
    [`upper(meta -> 'on') = 'TRUE'`, ['a']],
    [`any -> 's' <> ''`, ['a', 'b']],
    [`any -> 'none' IS NULL`, ['a', 'b']],
    [`coalesce(any -> 'none', 'no') = 'no'`, ['a', 'b']],
    [`(any -> 'x') + 0 = 1`, ['a']],
    [`CAST(any -> 'x' AS INTEGER) = 1`, ['a']],
    [`(SELECT sum(any -> 'x') FROM p.s.items j WHERE j.id = i.id) = 1`, ['a']],
    [`any -> 's' LIKE '%t%'`, ['a']],
    [`any -> 's' LIKE '"t%'`, ['a']],
    [`meta -> 'on' LIKE 'tr%'`, ['a']],
    [`any -> 's' ->> '$' = 't'`, ['a']],
    [`EXISTS (SELECT 1 FROM json_each(i.any) e WHERE e.value = 't')`, ['a']],
  ])('other comparisons are evaluated: %s', async (condition, ids) => {
    const { rows, notices } = await told(`${WHERE} ${condition} ORDER BY id`)
    expect({ ids: rows.flat(), notices }).toEqual({ ids, notices: [] })
  })

  it.each<[condition: string, ids: string[], notice: string]>([
    [
      "any -> 'x' = name",
      [],
      "any -> 'x' = name compares name with JSON, in which a text has quotes: write any ->> 'x'",
    ],
    [
      "meta -> 'id' LIKE 'm%'",
      [],
      "no JSON is LIKE 'm%', since a text in it has quotes: write meta ->> 'id'",
    ],
    [
      "meta -> 'id' NOT GLOB 'm*'",
      ['a', 'b'],
      "no JSON is GLOB 'm*', since a text in it has quotes: write meta ->> 'id'",
    ],
    [
      "meta -> 'on'",
      [],
      "meta -> 'on' is a text, of which only a number other than 0 is true: write meta -> 'on' = 'true', or meta -> 'on' <> ''",
    ],
  ])('some have a notice: %s', async (condition, ids, notice) => {
    const { rows, notices } = await told(`${WHERE} ${condition} ORDER BY id`)
    expect({ ids: rows.flat(), notices }).toEqual({ ids, notices: [notice] })
  })
})
