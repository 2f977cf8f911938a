import type Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Session } from '../../src/index.ts'
import { BOUND, FILTERS, FUNCTIONS, JOINS, PATHS, QUERIES, QUESTIONS, VARIABLES, type Case } from './cases.ts'
import { harness, run } from './support.ts'
import { forPlainTables, fullTables } from './tables.ts'

const { ask, catalog, open } = harness()
let plain: Database.Database
let session: Session
beforeAll(async () => {
  plain = await fullTables(ask, catalog())
  session = open({ variables: VARIABLES })
})
afterAll(() => plain.close())

const GROUPS: Readonly<Record<string, readonly Case[]>> = {
  filters: FILTERS,
  paths: PATHS,
  joins: JOINS,
  queries: QUERIES,
  functions: FUNCTIONS,
  'bound variables': BOUND,
  questions: QUESTIONS,
}

describe.each(Object.entries(GROUPS))(
  '%s: the rows are those that SQLite gives on the complete tables',
  (_name, cases) => {
    it.each(
      cases.map(c => (typeof c === 'string' ? [c, forPlainTables(c)] : c) as readonly [string, string]),
    )('%s', async (sql, reference) => {
      const expected = plain.prepare(reference).raw()
      const named = [...reference.matchAll(/[:@$]([a-z]+)\b/g)]
        .map(([, name]) => name!)
        .filter(n => Object.hasOwn(VARIABLES, n))
      const bind = Object.fromEntries(named.map(n => [n, VARIABLES[n as keyof typeof VARIABLES]]))
      const rows = (named.length > 0 ? expected.all(bind) : expected.all()) as unknown[][]
      const got = await run(session, sql)
      expect(got.columns).toHaveLength(expected.columns().length)
      const isOrdered = /\bORDER BY\b[^)]*$/i.test(sql) || /\bLIMIT\b/.test(sql)
      const ordered = (all: readonly (readonly unknown[])[]): readonly unknown[] =>
        isOrdered ? all : all.map(r => JSON.stringify(r)).sort()
      expect(ordered(got.rows)).toEqual(ordered(rows))
    })
  },
)

it('the tables hold enough rows for several pages, and most statements give some', () => {
  const all = Object.values(GROUPS).flat()
  expect(all.length).toBeGreaterThanOrEqual(150)
  const count = (table: string): number =>
    plain.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number
  expect(Math.min(count('users'), count('invitations'), count('api_keys'))).toBeGreaterThan(100)
  const empty = all.filter(
    c =>
      (typeof c === 'string' ? !/[:@$](status|who|like|text|none|n)\b/.test(c) : true)
      && plain.prepare(typeof c === 'string' ? forPlainTables(c) : c[1]).all().length === 0,
  )
  expect(empty.length).toBeLessThan(all.length / 8)
})
