import { beforeAll, describe, expect, it } from 'vitest'
import { rowsOf } from './nested-provider.ts'
import { startWorld, type World } from './parents-world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})

const E = 'p.s.environments'
const C = 'p.s.clusters'
const K = 'p.s.connectors'
const BY_SIZE = "c.id = 'c' || (e.size + 1)"

describe('conditions on keys that come from parents', () => {
  it.each([
    [
      'LEFT JOIN',
      `SELECT e.id, c.id FROM ${E} e LEFT JOIN ${C} c ON ${BY_SIZE} WHERE c.environment IS NOT 'e1' ORDER BY 1`,
    ],
    [
      'RIGHT JOIN',
      `SELECT e.id, c.id FROM ${C} c RIGHT JOIN ${E} e ON ${BY_SIZE} WHERE coalesce(c.environment, 'e2') = 'e2' ORDER BY 1`,
    ],
    [
      'FULL JOIN',
      `SELECT e.id, c.id FROM ${E} e FULL JOIN ${C} c ON ${BY_SIZE} WHERE coalesce(c.environment, 'e9') <> 'e1' ORDER BY 1`,
    ],
    [
      'ON of a join after the outer join',
      `SELECT e.id, c.id FROM ${E} e LEFT JOIN ${C} c ON ${BY_SIZE} JOIN (SELECT 1) ON c.environment IS NOT 'e1' ORDER BY 1`,
    ],
  ])('do not turn rows of a %s into rows without a match', async (_, sql) => {
    expect(await rowsOf(world.session(), sql)).toEqual([
      ['e3', 'c3'],
      ['e4', null],
      ['e5', null],
    ])
  })
})

describe('conditions on a view that read a CTE of the statement', () => {
  const where = `WITH q AS (SELECT max(name) AS m FROM ${E}) SELECT name FROM v WHERE kind > (SELECT m FROM q) OR kind = 'Basic' ORDER BY 1`
  it.each([
    [
      'no CTE',
      `SELECT c.kind, k.name FROM ${C} c JOIN ${K} k ON k.environment = c.environment AND k.cluster = c.id`,
    ],
    [
      'a CTE of the same name',
      `WITH q AS (SELECT id, kind, environment FROM ${C}) SELECT q.kind, k.name FROM q JOIN ${K} k ON k.environment = q.environment AND k.cluster = q.id`,
    ],
  ])('are evaluated if the view has %s', async (_, view) => {
    expect(await rowsOf(world.session(), `CREATE TEMP VIEW v AS ${view}; ${where}`)).toEqual([
      [null],
      ['k1'],
      ['k2'],
      ['k3'],
    ])
  })
})

describe('a key that a subquery gives', () => {
  it.each([
    "IN (SELECT id FROM p.s.clusters WHERE environment = 'e2')",
    "= (SELECT max(id) FROM p.s.clusters WHERE environment = 'e2')",
  ])('narrows the rows of the parent: cluster %s', async condition => {
    const session = world.session()
    world.requests()
    expect(await rowsOf(session, `SELECT name FROM ${K} WHERE cluster ${condition}`)).toEqual([['k3']])
    expect(world.requests().filter(r => r.includes('/connectors'))).toEqual([
      '/environments/e2/clusters/c3/connectors',
    ])
  })
})
