import { expect, it } from 'vitest'
import type { DatabaseError } from 'pg'
import { Random } from '../fuzz/random.ts'
import { folder, listen } from '../support/cleanup.ts'
import { Expressions, literalOf } from './random/expressions.ts'
import { answerAs, makeTables, SCHEMA, writeProvider, type Column, type Table } from './random/world.ts'
import { lines, serve } from './support.ts'

const SEED = Number(process.env.SEED ?? 1)
const COUNT = Number(process.env.COUNT ?? 40)

const tables = makeTables()
const changeable = tables.filter(t => t.columns.some(c => c.name === 'id'))

/** A condition on a row of a table, whose alias is `a`. */
function conditionOn(random: Random, { columns, keys }: Table): string {
  const subquery = (_: unknown, type: Column['type'] | undefined, domain?: string): string => {
    const places = tables.flatMap(t => t.columns.map(c => ({ t, c })))
    const fits = places.filter(({ c }) => c.type === (type ?? 'text') && (!domain || c.domain === domain))
    const { t, c } = random.pick(fits.length > 0 ? fits : places.filter(p => p.c.type === (type ?? 'text')))
    // a change gives required keys itself, also in its subqueries
    const given = t.keys.map(k => ` WHERE b.${k} IN ('t1', 't2', 't7')`).join('')
    return `SELECT b.${c.name} FROM ${SCHEMA}.${t.name} b${given}`
  }
  const expressions = new Expressions(random, { subquery })
  const each = [expressions.predicate([{ alias: 'a', columns }], random.int(0, 2))]
  if (random.chance(0.4)) {
    const time = columns.find(c => c.type === 'timestamptz')
    const literal = literalOf(random, 'timestamptz')
    if (time) each.push(`a.${time.name} ${random.pick(['<', '<=', '>', '>=', '=', '<>'])} ${literal}`)
  }
  for (const key of keys) each.push(`a.${key} IN ('t1', 't2', '05', 't 3')`)
  return each.map(text => `(${text})`).join(' AND ')
}

it('a change sends requests for exactly the rows that a SELECT with its WHERE returns', async () => {
  let changed: string[] = []
  const url = await listen(
    answerAs(tables, (method, table, keys) => changed.push([method, table, ...keys].join(' '))),
  )
  const provider = writeProvider(tables, folder(), url)
  const server = await serve(['--provider-path', provider, '--allow-changes'], { LAB_URL: url })
  const client = await server.client()
  const random = new Random(SEED)
  const counts = { rows: 0, none: 0, errors: 0, refused: [] as string[] }
  for (let i = 0; i < COUNT; i++) {
    const table = random.pick(changeable)
    const where = conditionOn(random, table)
    const from = `${SCHEMA}.${table.name} AS a`
    const keys = [...table.keys, 'id']
    const isDelete = random.chance(0.5)
    const select = `SELECT ${keys.map(k => `a.${k}`).join(', ')} FROM ${from} WHERE ${where}`
    const expected = await lines(client, select).catch((error: DatabaseError) => error)
    changed = []
    const found = await client
      .query(
        isDelete ? `DELETE FROM ${from} WHERE ${where}` : `UPDATE ${from} SET remark = 'x' WHERE ${where}`,
      )
      .catch((error: DatabaseError) => error)
    if (found instanceof Error) {
      expect(changed, select).toEqual([])
      if (expected instanceof Error) counts.errors++
      else counts.refused.push(`${found.message} ${select}`)
      continue
    }
    expect(expected, select).not.toBeInstanceOf(Error)
    const rows = (expected as string[]).map(row =>
      [isDelete ? 'DELETE' : 'PATCH', table.name, ...row.split('|')].join(' '),
    )
    expect(changed.toSorted(), select).toEqual(rows.toSorted())
    expect(found.rowCount).toBe(rows.length)
    if (rows.length > 0) counts.rows++
    else counts.none++
  }
  expect(counts.refused, JSON.stringify(counts)).toEqual([])
  expect(counts.rows).toBeGreaterThan(COUNT / 3)
})
