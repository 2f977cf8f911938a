import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { rowsOf } from './nested-provider.ts'
import { startWorld, type World } from './parents-world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterEach(() => {
  world.failing.clear()
  world.requests()
  world.notices()
})

const E = 'p.s.environments'
const C = 'p.s.clusters'
const K = 'p.s.connectors'
const T = 'p.s.tasks'
const ENVIRONMENTS = ['/environments', '/environments?after=3']
const clusters = (...ids: string[]): string[] => ids.map(id => `/clusters?environment=${id}`)
const CLUSTERS = clusters('e1', 'e2', 'e3', 'e4', 'e5')
const connectors = (...ids: string[]): string[] =>
  ids.map(id => `/environments/${id.replace('/', '/clusters/')}/connectors`)
const CONNECTORS = connectors('e1/c1', 'e1/c2', 'e2/c3')

/** What a statement gives, and the requests it costs in any order. */
const CASES: readonly (readonly [
  name: string,
  sql: string,
  rows: readonly unknown[][],
  requests: readonly string[],
])[] = [
  [
    'one parent',
    `SELECT id, environment FROM ${C}`,
    [
      ['c1', 'e1'],
      ['c2', 'e1'],
      ['c3', 'e2'],
    ],
    [...ENVIRONMENTS, ...CLUSTERS],
  ],
  [
    'pairs from the same row',
    `SELECT name FROM ${K} WHERE name IS NOT NULL`,
    [['k1'], ['k2'], ['k3']],
    [...ENVIRONMENTS, ...CLUSTERS, ...CONNECTORS],
  ],
  [
    'a chain of three, in which a NULL is no key',
    `SELECT count(*), count(DISTINCT connector) FROM ${T}`,
    [[4, 2]],
    [
      ...ENVIRONMENTS,
      ...CLUSTERS,
      ...CONNECTORS,
      ...['k1', 'k2'].map(k => `/environments/e1/clusters/c1/connectors/${k}/tasks`),
      '/environments/e2/clusters/c3/connectors/k3/tasks',
    ],
  ],
  [
    'a base URL of the parent',
    'SELECT name FROM p.s.topics',
    [['c1-a'], ['c1-b'], ['c3-a'], ['c3-b']],
    [...ENVIRONMENTS, ...CLUSTERS, '/topics?cluster=c1', '/topics?cluster=c3'],
  ],
  [
    'a list of values',
    'SELECT zone, cloud FROM p.s.zones',
    [
      ['AWS-1', 'AWS'],
      ['GCP-1', 'GCP'],
    ],
    ['/zones?cloud=AWS', '/zones?cloud=GCP'],
  ],
  [
    'a view with OR and NOT',
    'SELECT n FROM p.s.quotas',
    [[0], [1], [4]],
    [...ENVIRONMENTS, ...['e1', 'e2', 'e5'].map(e => `/quotas?environment=${e}`)],
  ],
  [
    'a pushed filter',
    `SELECT id FROM ${C} WHERE kind = 'Dedicated'`,
    [['c2']],
    [...ENVIRONMENTS, ...CLUSTERS.map(c => `${c}&kind=Dedicated`)],
  ],
  ['= gives the key', `SELECT id FROM ${C} WHERE environment = 'e2'`, [['c3']], clusters('e2')],
  [
    'IN gives the key',
    `SELECT id FROM ${C} WHERE environment IN ('e2', 'e3')`,
    [['c3']],
    clusters('e2', 'e3'),
  ],
  [
    '= of one key of two',
    `SELECT name FROM ${K} WHERE environment = 'e2'`,
    [['k3']],
    [...clusters('e2'), ...connectors('e2/c3')],
  ],
  [
    '= of the other',
    `SELECT name FROM ${K} WHERE cluster = 'c3'`,
    [['k3']],
    [...ENVIRONMENTS, ...CLUSTERS, ...connectors('e2/c3')],
  ],
  ['LIKE', `SELECT id FROM ${C} WHERE environment LIKE '%2'`, [['c3']], [...ENVIRONMENTS, ...clusters('e2')]],
  ['<>', `SELECT id FROM ${C} WHERE environment <> 'e1'`, [['c3']], [...ENVIRONMENTS, ...CLUSTERS.slice(1)]],
  [
    'NOT IN',
    `SELECT id FROM ${C} c WHERE c.environment NOT IN ('e1', 'e5')`,
    [['c3']],
    [...ENVIRONMENTS, ...clusters('e2', 'e3', 'e4')],
  ],
  [
    'OR of keys',
    `SELECT id FROM ${C} WHERE environment = 'e2' OR environment LIKE '%3'`,
    [['c3']],
    [...ENVIRONMENTS, ...clusters('e2', 'e3')],
  ],
  [
    'OR with another column',
    `SELECT id FROM ${C} WHERE environment = 'e1' OR kind = 'Basic'`,
    [['c1'], ['c2'], ['c3']],
    [...ENVIRONMENTS, ...CLUSTERS],
  ],
  [
    'a variable',
    `SELECT id FROM ${C} WHERE environment > :after`,
    [['c3']],
    [...ENVIRONMENTS, ...CLUSTERS.slice(1)],
  ],
  [
    'around a subquery',
    `SELECT id FROM (SELECT * FROM ${C}) WHERE environment = 'e2'`,
    [['c3']],
    clusters('e2'),
  ],
  [
    'around a view',
    "SELECT cluster FROM p.s.inner_clusters WHERE env = 'e2' AND kind = 'Basic'",
    [['c3']],
    ['/clusters?environment=e2&kind=Basic'],
  ],
  [
    'from a join',
    `SELECT c.id FROM ${E} e JOIN ${C} c ON c.environment = e.id WHERE e.name = 'prod'`,
    [['c1'], ['c2'], ['c3']],
    ['/environments?name=prod', ...clusters('e1', 'e2')],
  ],
  [
    'one key from a join, the other from the parent',
    `SELECT k.name FROM ${E} e JOIN ${K} k ON k.environment = e.id WHERE e.id = 'e2'`,
    [['k3']],
    ['/environments/e2', ...clusters('e2'), ...connectors('e2/c3')],
  ],
  [
    'one key from a subquery, the other from the parent',
    `SELECT name FROM ${K} WHERE environment IN (SELECT id FROM ${E} WHERE size = 1)`,
    [['k3']],
    [...ENVIRONMENTS, ...clusters('e2'), ...connectors('e2/c3')],
  ],
  [
    'LEFT JOIN',
    `SELECT c.id, e.name FROM ${C} c LEFT JOIN ${E} e ON e.id = c.environment AND e.size = 1`,
    [
      ['c1', null],
      ['c2', null],
      ['c3', 'prod'],
    ],
    [...ENVIRONMENTS, ...CLUSTERS],
  ],
  [
    'RIGHT JOIN',
    `SELECT e.name, c.id FROM ${E} e RIGHT JOIN ${C} c ON c.environment = e.id AND e.size > 0`,
    [
      ['prod', 'c3'],
      [null, 'c1'],
      [null, 'c2'],
    ],
    [...ENVIRONMENTS, ...CLUSTERS],
  ],
  [
    'FULL JOIN',
    `SELECT e.id, c.id FROM ${E} e FULL JOIN ${C} c ON c.environment = e.id AND c.kind = 'Basic' WHERE e.id IS NULL OR e.size < 2`,
    [
      ['e1', 'c1'],
      ['e2', 'c3'],
      [null, 'c2'],
    ],
    [...ENVIRONMENTS, ...CLUSTERS],
  ],
  [
    'NATURAL JOIN',
    `SELECT name FROM ${K} NATURAL JOIN (SELECT environment, id AS cluster FROM ${C}) WHERE state = 'FAILED'`,
    [['k2'], ['k3']],
    [...ENVIRONMENTS, ...CLUSTERS, ...CONNECTORS],
  ],
  [
    'USING',
    `SELECT count(*) FROM ${K} JOIN ${C} USING (environment)`,
    [[7]],
    [...ENVIRONMENTS, ...CLUSTERS, ...CONNECTORS],
  ],
  [
    'a self join',
    `SELECT count(*) FROM ${C} a JOIN ${C} b ON a.environment = b.environment`,
    [[5]],
    [...ENVIRONMENTS, ...CLUSTERS],
  ],
  ['a cross join', `SELECT count(*) FROM ${C}, ${E}`, [[15]], [...ENVIRONMENTS, ...CLUSTERS]],
  [
    'a correlated subquery',
    `SELECT id, (SELECT count(*) FROM ${C} c WHERE c.environment = e.id) FROM ${E} e WHERE size < 2`,
    [
      ['e1', 2],
      ['e2', 1],
    ],
    [...ENVIRONMENTS, ...clusters('e1', 'e2')],
  ],
  [
    'EXISTS',
    `SELECT id FROM ${E} e WHERE size < 3 AND EXISTS (SELECT 1 FROM ${C} c WHERE c.environment = e.id)`,
    [['e1'], ['e2']],
    [...ENVIRONMENTS, ...clusters('e1', 'e2', 'e3')],
  ],
  [
    'NOT IN a subquery',
    `SELECT id FROM ${E} WHERE id NOT IN (SELECT environment FROM ${C})`,
    [['e3'], ['e4'], ['e5']],
    [...ENVIRONMENTS, ...CLUSTERS],
  ],
  [
    'a CTE that is read twice',
    `WITH c AS (SELECT * FROM ${C}) SELECT count(*) FROM c a JOIN c b ON a.id = b.id`,
    [[3]],
    [...ENVIRONMENTS, ...CLUSTERS],
  ],
  [
    'UNION',
    `SELECT id FROM ${C} UNION SELECT id FROM ${E} WHERE size = 4`,
    [['c1'], ['c2'], ['c3'], ['e5']],
    [...ENVIRONMENTS, ...CLUSTERS],
  ],
  [
    'GROUP BY the key',
    `SELECT environment, count(*) FROM ${C} GROUP BY 1 HAVING environment > 'e1'`,
    [['e2', 1]],
    [...ENVIRONMENTS, ...CLUSTERS],
  ],
  [
    'a thing by its id is looked for in the lists',
    `SELECT id, environment FROM ${C} WHERE id = 'c3'`,
    [['c3', 'e2']],
    [...ENVIRONMENTS, ...CLUSTERS],
  ],
  [
    'a key of text beside numbers',
    `SELECT id FROM ${C} WHERE environment IN (SELECT size FROM ${E})`,
    [],
    [...ENVIRONMENTS, ...CLUSTERS],
  ],
  [
    'no parent that meets the conditions',
    `SELECT id FROM ${C} WHERE environment LIKE 'x%'`,
    [],
    ENVIRONMENTS,
  ],
  ['a false condition', `SELECT id FROM ${C} WHERE 1 = 2 AND kind = 'x'`, [], []],
  [
    'two tables that depend on each other',
    'SELECT l.environment, r.environment FROM p.s.lefts l JOIN p.s.rights r ON r.environment = l.pair AND l.environment = r.other',
    [
      ['e1', 'e2'],
      ['e2', 'e1'],
    ],
    [
      ...ENVIRONMENTS,
      ...['e1', 'e2', 'e3', 'e4', 'e5'].map(e => `/lefts?environment=${e}`),
      '/rights?environment=e2',
      '/rights?environment=e1',
    ],
  ],
]

const sorted = (rows: readonly unknown[]): string[] => rows.map(r => JSON.stringify(r)).toSorted()

describe('keys that a SELECT does not give come from parents', () => {
  it.each(CASES)('%s', async (_, sql, rows, requests) => {
    const session = world.session({ variables: { after: 'e1' } })
    expect(sorted(await rowsOf(session, sql))).toEqual(sorted(rows))
    expect(world.requests().toSorted()).toEqual([...requests].toSorted())
  })

  it('of CREATE TABLE AS SELECT and of INSERT into a table of the session', async () => {
    const session = world.session()
    await rowsOf(session, `CREATE TEMP TABLE a AS SELECT id FROM ${C}`)
    await rowsOf(session, `INSERT INTO a SELECT id FROM ${C}`)
    expect(await rowsOf(session, 'SELECT count(*) FROM a')).toEqual([[6]])
  })
})

describe('LIMIT ends the parent as well', () => {
  it.each<readonly [name: string, sql: string, rows: number, requests: readonly string[]]>([
    ['the first call has enough', `SELECT id FROM ${C} LIMIT 1`, 1, ['/environments', ...clusters('e1')]],
    [
      'the second has',
      `SELECT id FROM ${C} LIMIT 1 OFFSET 2`,
      1,
      ['/environments', ...clusters('e1', 'e2', 'e3')],
    ],
    [
      'a chain',
      `SELECT id FROM ${T} LIMIT 2`,
      2,
      [
        '/environments',
        ...clusters('e1'),
        ...connectors('e1/c1'),
        '/environments/e1/clusters/c1/connectors/k1/tasks',
      ],
    ],
    [
      'with a condition',
      `SELECT name FROM ${K} WHERE state = 'FAILED' LIMIT 1`,
      1,
      ['/environments', ...clusters('e1'), ...connectors('e1/c1')],
    ],
    ['too few rows', `SELECT id FROM ${C} LIMIT 9`, 3, [...ENVIRONMENTS, ...CLUSTERS]],
    [
      'in a subquery',
      `SELECT count(*) FROM (SELECT 1 FROM ${C} LIMIT 2)`,
      1,
      ['/environments', ...clusters('e1')],
    ],
    ['EXISTS', `SELECT 1 WHERE EXISTS (SELECT 1 FROM ${C})`, 1, ['/environments', ...clusters('e1')]],
    [
      'a view is read whole',
      'SELECT n FROM p.s.quotas LIMIT 1',
      1,
      [...ENVIRONMENTS, '/quotas?environment=e1'],
    ],
    [
      'ORDER BY needs all rows',
      `SELECT id FROM ${C} ORDER BY id DESC LIMIT 1`,
      1,
      [...ENVIRONMENTS, ...CLUSTERS],
    ],
    ['LIMIT 0', `SELECT id FROM ${C} LIMIT 0`, 0, []],
  ])('%s', async (_, sql, rows, requests) => {
    expect(await rowsOf(world.session(), sql)).toHaveLength(rows)
    expect(world.requests().toSorted()).toEqual([...requests].toSorted())
  })
})

describe('a notice says what was not given', () => {
  it.each<readonly [sql: string, notices: readonly string[]]>([
    [`SELECT id FROM ${C}`, ['environment not given: asked for each of 5 environments (p.s.clusters)']],
    [
      `SELECT a.id FROM ${C} a CROSS JOIN ${C} b`,
      ['environment not given: asked for each of 5 environments (p.s.clusters)'],
    ],
    [
      `SELECT name FROM ${K}`,
      ['environment and cluster not given: asked for each of 3 clusters (p.s.connectors)'],
    ],
    [
      `SELECT name FROM ${K} WHERE environment = 'e2'`,
      ['cluster not given: asked for 1 cluster (p.s.connectors)'],
    ],
    ['SELECT zone FROM p.s.zones', ['cloud not given: asked for each of 2 values of cloud (p.s.zones)']],
    [
      `SELECT id FROM ${C} WHERE environment LIKE 'x'`,
      ['environment not given: asked for no environments (p.s.clusters)'],
    ],
    [`SELECT id FROM ${C} LIMIT 1`, ['environment not given: asked for 1 environment (p.s.clusters)']],
    [`SELECT id FROM ${C} WHERE environment = 'e1'`, []],
  ])('%s', async (sql, notices) => {
    await rowsOf(world.session(), sql)
    expect(world.notices()).toEqual(notices)
  })
})

describe('a parent whose rows cannot be read', () => {
  it('fails the statement with 403', async () => {
    world.failing.set('e2', 403)
    await expect(rowsOf(world.session(), `SELECT name FROM ${K}`)).rejects.toMatchObject({
      code: 'API',
      status: 403,
      hint: expect.stringContaining(
        'p.s.clusters is read because the statement does not give environment and cluster of p.s.connectors',
      ),
    })
  })

  it('has no children with 404, which is told', async () => {
    world.failing.set('e1', 404)
    expect(await rowsOf(world.session(), `SELECT name FROM ${K}`)).toEqual([['k3']])
    expect(world.notices()[0]).toBe(
      'p.s.clusters: 1 of 5 calls answered 404 and has no rows here: environment e1',
    )
  })

  it('has no children where every one answers 404', async () => {
    for (const e of ['e1', 'e2', 'e3', 'e4', 'e5']) world.failing.set(e, 404)
    expect(await rowsOf(world.session(), `SELECT count(*) FROM ${C}`)).toEqual([[0]])
  })
})

describe('an error names what is missing', () => {
  it.each<readonly [name: string, sql: string, message: string, hint: string]>([
    [
      'of a table without parents',
      'SELECT * FROM p.s.owners',
      'p.s.owners needs "key"',
      "add WHERE key = '…', or join a table that has it",
    ],
    [
      'of a DELETE',
      `DELETE FROM ${C} WHERE id = 'c1'`,
      'DELETE of p.s.clusters needs "environment": nothing is sent without the keys of the rows',
      'p.s.environments.id',
    ],
    [
      'of a subquery in a DELETE',
      `DELETE FROM ${C} WHERE environment = 'e1' AND id IN (SELECT cluster FROM ${K})`,
      'p.s.connectors needs "environment" and "cluster"',
      'p.s.clusters',
    ],
    [
      'of the SELECT of an INSERT',
      `INSERT INTO ${C} (environment, kind) SELECT environment, kind FROM ${C}`,
      'p.s.clusters needs "environment"',
      'p.s.environments.id',
    ],
  ])('%s', async (_, sql, message, hint) => {
    await expect(rowsOf(world.session(), sql)).rejects.toMatchObject({
      code: 'MISSING_PARAMETER',
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    })
    expect(world.requests()).toEqual([])
  })

  it('of a SELECT with requireKeys', async () => {
    const session = world.session({ requireKeys: async () => true })
    await expect(rowsOf(session, `SELECT name FROM ${K} WHERE cluster = 'c1'`)).rejects.toMatchObject({
      code: 'MISSING_PARAMETER',
      message: 'p.s.connectors needs "environment"',
    })
    expect(await rowsOf(session, `SELECT count(*) FROM ${C} WHERE environment = 'e1'`)).toEqual([[2]])
  })
})
