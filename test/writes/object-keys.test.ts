import { expect, it } from 'vitest'
import { objects, startServer } from './support.ts'

const server = await startServer()
const { open, requests, serve } = server

const environment = { id: 'e1', related: 'https://example.org/e1' }
const ROWS = [
  { id: 'l1', environment, level: 'INFO' },
  { id: 'l2', environment, level: 'WARN' },
]
const ROUTES = {
  'GET /loggings': () => ({ data: ROWS }),
  'PATCH /loggings/l1': () => ({}),
  'PATCH /loggings/l2': () => ({}),
  'DELETE /loggings/l1': () => ({}),
  'DELETE /loggings/l2': () => ({}),
}
const OF = "FROM p.s.loggings WHERE environment = 'e1'"

const KEYS: readonly (readonly [string, string, string?])[] = [
  ['row values of a subquery', `(id, environment) IN (SELECT id, environment ${OF})`],
  [
    'an alias',
    `(id, environment) IN (SELECT l.id AS x, l.environment AS y FROM p.s.loggings AS l WHERE environment = 'e1')`,
  ],
  ['the path', `(id, environment) IN (SELECT id, environment.id ${OF})`],
  ['the key named by its path', `(id, environment.id) IN (SELECT id, environment ${OF})`],
  ['*', `(id, environment) IN (SELECT * FROM (SELECT id, environment ${OF}))`],
  ['* of an alias', `(id, environment) IN (SELECT x.* FROM (SELECT id, environment ${OF}) AS x)`],
  ['a derived table', `(id, environment) IN (SELECT id, e FROM (SELECT environment AS e, id ${OF}) AS x)`],
  ['a CTE', `(id, environment) IN (WITH x AS (SELECT environment AS e, id ${OF}) SELECT id, e FROM x)`],
  [
    'a view',
    `(id, environment) IN (SELECT id, e FROM v)`,
    `CREATE VIEW v AS SELECT environment AS e, id ${OF}`,
  ],
  ['* of a view', `(id, environment) IN (SELECT * FROM v)`, `CREATE VIEW v AS SELECT id, environment ${OF}`],
  ['the name of a view', `(id, environment) IN v`, `CREATE VIEW v AS SELECT id, environment ${OF}`],
  [
    'a table of the session',
    `(id, environment) IN (SELECT id, environment FROM t)`,
    `CREATE TABLE t AS SELECT id, environment ${OF}`,
  ],
  [
    'a table made from a table of the session',
    `(id, environment) IN t`,
    `CREATE TABLE a AS SELECT id, environment ${OF}; CREATE TABLE t AS SELECT id, environment FROM a`,
  ],
  [
    'a materialized view',
    `(id, environment) IN (SELECT id, m.environment FROM m WHERE environment = 'e1')`,
    `CREATE MATERIALIZED VIEW m AS SELECT id, environment ${OF}`,
  ],
  [
    'both parts of a compound query',
    `(id, environment) IN (SELECT id, environment ${OF} AND id = 'l1' UNION ALL SELECT id, environment ${OF} AND id = 'l2')`,
  ],
  [
    'a join',
    `(id, environment) IN (SELECT a.id, b.environment FROM p.s.loggings AS a JOIN p.s.loggings AS b ON b.id = a.id AND b.environment = a.environment WHERE a.environment = 'e1')`,
  ],
  ['two subqueries', `id IN (SELECT id ${OF}) AND environment IN (SELECT environment ${OF})`],
  ['a scalar subquery', `id IN ('l1', 'l2') AND environment = (SELECT environment ${OF} LIMIT 1)`],
  [
    'a scalar subquery of *',
    `id IN ('l1', 'l2') AND environment = (SELECT * FROM (SELECT environment ${OF} LIMIT 1))`,
  ],
]

it.each(KEYS)('an object that %s gives as a key is sent as its field', async (_name, where, view) => {
  const session = open()
  serve(ROUTES)
  if (view !== undefined) await objects(session, view)
  serve(ROUTES)
  await objects(session, `UPDATE p.s.loggings SET level = 'x' WHERE ${where}`)
  const changes = (): string[] => requests().filter(r => !r.startsWith('GET'))
  expect(changes().sort()).toEqual([
    'PATCH /loggings/l1?environment=e1 {"environment":{"id":"e1"},"level":"x"}',
    'PATCH /loggings/l2?environment=e1 {"environment":{"id":"e1"},"level":"x"}',
  ])
  serve(ROUTES)
  await objects(session, `DELETE FROM p.s.loggings WHERE ${where}`)
  expect(changes().sort()).toEqual([
    'DELETE /loggings/l1?environment=e1',
    'DELETE /loggings/l2?environment=e1',
  ])
  serve(ROUTES)
  expect(await objects(session, `SELECT id FROM p.s.loggings WHERE ${where} ORDER BY 1`)).toEqual([
    { id: 'l1' },
    { id: 'l2' },
  ])
})
