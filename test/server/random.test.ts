import { beforeAll, expect, it } from 'vitest'
import type { Client } from 'pg'
import { Random } from '../fuzz/random.ts'
import { folder, listen } from '../support/cleanup.ts'
import { literalOf } from './random/expressions.ts'
import { answerAs, makeTables, SCHEMA, writeProvider, type Column, type Table } from './random/world.ts'
import { lines, serve } from './support.ts'

const tables = makeTables()

let client: Client
beforeAll(async () => {
  const url = await listen(answerAs(tables))
  const provider = writeProvider(tables, folder(), url)
  client = await (await serve(['--provider-path', provider, '--cache', '0'], { LAB_URL: url })).client()
})

/** A condition of a plain scan, or one that is nearly so. */
function condition(random: Random, { name, type, domain }: Column): string {
  const constant = (): string => literalOf(random, type, domain)
  const text = (): string => literalOf(random, 'text', 'person')
  const forms = [
    () => `a.${name} = ${constant()}`,
    () => `a.${name} IN (${constant()}, ${constant()}, ${constant()})`,
    () => `(a.${name} = ${constant()} OR a.${name} = ${constant()})`,
    () => `a.${name} = ANY (ARRAY[${constant()}, ${constant()}, NULL])`,
    () => `a.${name} IS NULL`,
    () => `a.${name} IS NOT NULL`,
  ]
  if (type === 'bool')
    forms.push(
      () => `a.${name}`,
      () => `NOT a.${name}`,
    )
  if (type === 'text')
    forms.push(
      () => `a.${name}::varchar = ${constant()}`,
      () => `a.${name}::char(3) = ${constant()}`,
    )
  if (domain === 'doc')
    forms.push(
      () => `a.${name} ->> 'id' = ${text()}`,
      () => `a.${name} ->> 'id' IN (${text()}, ${text()})`,
    )
  return random.pick(forms)()
}

function scan(random: Random, { name, columns }: Table): { plain: string; evaluated: string } {
  const shown = random.sample(columns, random.int(1, columns.length)).map(c => `a.${c.name}`)
  const conditions = Array.from({ length: random.int(0, 2) }, () => condition(random, random.pick(columns)))
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''
  const table = `${SCHEMA}.${name}`
  return {
    plain: `SELECT ${shown.join(', ')} FROM ${table} a${where}`,
    // all rows, and each condition evaluated by Postgres
    evaluated: `SELECT ${shown.join(', ')} FROM (SELECT * FROM ${table} OFFSET 0) a${where}`,
  }
}

it('plain scans at random have the rows that Postgres finds in all of the table', async () => {
  const random = new Random(7)
  let filled = 0
  for (let i = 0; i < 60; i++) {
    const { plain, evaluated } = scan(random, random.pick(tables))
    const found = await lines(client, plain)
    expect(found.toSorted(), plain).toEqual((await lines(client, evaluated)).toSorted())
    if (found.length > 0) filled++
  }
  expect(filled).toBeGreaterThan(30)
})

/** Joins by a column that has values from several tables. */
const COMPOUND = [
  "SELECT thing FROM marks WHERE place = 1 UNION ALL SELECT doc -> 'deep' ->> 'id' FROM people",
  "SELECT thing FROM marks WHERE place = 1 UNION SELECT doc -> 'deep' ->> 'id' FROM people",
  "SELECT thing FROM marks WHERE place = 1 EXCEPT SELECT doc -> 'deep' ->> 'id' FROM people",
  "SELECT thing FROM (SELECT thing FROM marks WHERE place = 1 UNION ALL SELECT doc -> 'deep' ->> 'id' FROM people) z GROUP BY 1",
  "WITH RECURSIVE r(by) AS (SELECT thing FROM marks WHERE place = 1 UNION SELECT doc -> 'deep' ->> 'id' FROM people, r) SELECT by FROM r",
]
const JOINS = COMPOUND.flatMap(query => [
  `SELECT * FROM (${query}) s(by) JOIN things p ON p.id = s.by`,
  `SELECT * FROM things p WHERE p.id IN (${query})`,
  `WITH s(by) AS MATERIALIZED (${query}) SELECT * FROM s LEFT JOIN things p ON p.id = s.by`,
  `SELECT * FROM (SELECT by, count(*) FROM (${query}) x(by) GROUP BY 1) s JOIN things p ON p.id = s.by`,
])

it('joins by a compound query lack no row, however Postgres joins', async () => {
  const settings = ['RESET ALL', 'SET enable_hashjoin = off', 'SET enable_mergejoin = off']
  for (const setting of settings) {
    await client.query(`${setting}; SET search_path = ${SCHEMA}`)
    for (const sql of JOINS) {
      const complete = sql.replace('things p', '(SELECT * FROM things OFFSET 0) p')
      const found = (await lines(client, sql)).toSorted()
      expect(found.length, sql).toBeGreaterThan(0)
      expect(found, sql).toEqual((await lines(client, complete)).toSorted())
    }
  }
})
