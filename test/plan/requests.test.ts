import { beforeAll, describe, expect, test } from 'vitest'
import { rowsOf, startChain, type Chain } from './nested-provider.ts'

let chain: Chain
beforeAll(async () => {
  chain = await startChain()
})

const ALL_ENVIRONMENTS = ['/environments', '/environments?after=3']
const ALL_CLUSTERS = [
  '/clusters?environment=e1',
  '/clusters?environment=e2',
  '/clusters?environment=e3',
  '/clusters?environment=e4',
  '/clusters?environment=e5',
]
const E = 'p.s.environments'
const C = 'p.s.clusters'
const K = 'p.s.connectors'

/** Statement, requests (concurrent ones in any order), number of rows. */
const CASES: readonly (readonly [name: string, sql: string, requests: readonly string[], rows: number])[] = [
  [
    'ON',
    `SELECT * FROM ${E} e JOIN ${C} c ON c.environment = e.id`,
    [...ALL_ENVIRONMENTS, ...ALL_CLUSTERS],
    3,
  ],
  [
    'ON, the other way round',
    `SELECT * FROM ${C} c JOIN ${E} e ON e.id = c.environment`,
    [...ALL_ENVIRONMENTS, ...ALL_CLUSTERS],
    3,
  ],
  [
    'comma and WHERE',
    `SELECT * FROM ${C} c, ${E} e WHERE e.id = c.environment`,
    [...ALL_ENVIRONMENTS, ...ALL_CLUSTERS],
    3,
  ],
  [
    'USING of a derived table',
    `SELECT * FROM (SELECT id AS environment FROM ${E}) JOIN ${C} USING (environment)`,
    [...ALL_ENVIRONMENTS, ...ALL_CLUSTERS],
    3,
  ],
  [
    'NATURAL JOIN',
    `SELECT * FROM (SELECT id AS environment FROM ${E}) NATURAL JOIN ${C}`,
    [...ALL_ENVIRONMENTS, ...ALL_CLUSTERS],
    3,
  ],
  [
    'a condition on the source narrows the calls',
    `SELECT * FROM ${E} e JOIN ${C} c ON c.environment = e.id WHERE e.size < 2`,
    [...ALL_ENVIRONMENTS, '/clusters?environment=e1', '/clusters?environment=e2'],
    3,
  ],
  [
    'a pushed filter of the source',
    `SELECT * FROM ${E} e JOIN ${C} c ON c.environment = e.id WHERE e.name = 'prod'`,
    ['/environments?name=prod', '/clusters?environment=e1', '/clusters?environment=e2'],
    3,
  ],
  [
    'a filter of the target is pushed too',
    `SELECT * FROM ${E} e JOIN ${C} c ON c.environment = e.id WHERE e.id = 'e1' AND c.kind = 'Basic'`,
    ['/environments/e1', '/clusters?environment=e1&kind=Basic'],
    1,
  ],
  [
    'a parent that does not exist',
    `SELECT * FROM ${E} e JOIN ${C} c ON c.environment = e.id WHERE e.id = 'none'`,
    ['/environments/none'],
    0,
  ],
  [
    'LEFT JOIN depends on its left side',
    `SELECT e.id, c.id FROM ${E} e LEFT JOIN ${C} c ON c.environment = e.id AND e.size = 0`,
    [...ALL_ENVIRONMENTS, '/clusters?environment=e1'],
    6,
  ],
  [
    'RIGHT JOIN depends on its right side',
    `SELECT e.id, c.id FROM ${C} c RIGHT JOIN ${E} e ON c.environment = e.id AND e.size = 0`,
    [...ALL_ENVIRONMENTS, '/clusters?environment=e1'],
    6,
  ],
  [
    'a CTE',
    `WITH x AS (SELECT id FROM ${E} WHERE size = 1) SELECT * FROM x JOIN ${C} c ON c.environment = x.id`,
    [...ALL_ENVIRONMENTS, '/clusters?environment=e2'],
    1,
  ],
  [
    'the target in a CTE',
    `WITH x AS (SELECT * FROM ${C}) SELECT * FROM x JOIN ${E} e ON x.environment = e.id WHERE e.id = 'e2'`,
    ['/environments/e2', '/clusters?environment=e2'],
    1,
  ],
  [
    'the target in a derived table',
    `SELECT * FROM ${E} e JOIN (SELECT environment AS env, kind FROM ${C}) d ON d.env = e.id WHERE e.id = 'e2'`,
    ['/environments/e2', '/clusters?environment=e2'],
    1,
  ],
  [
    'the target in a UNION',
    `SELECT * FROM (SELECT environment FROM ${C} UNION ALL SELECT environment FROM ${C} WHERE kind = 'Basic') WHERE environment = 'e1'`,
    ['/clusters?environment=e1', '/clusters?environment=e1&kind=Basic'],
    3,
  ],
  [
    'IN (SELECT)',
    `SELECT * FROM ${C} WHERE environment IN (SELECT id FROM ${E} WHERE name = 'prod')`,
    ['/environments?name=prod', '/clusters?environment=e1', '/clusters?environment=e2'],
    3,
  ],
  [
    '= (SELECT)',
    `SELECT * FROM ${C} WHERE environment = (SELECT id FROM ${E} WHERE name = 'dev2')`,
    ['/environments?name=dev2', '/clusters?environment=e3'],
    0,
  ],
  [
    'a correlated EXISTS',
    `SELECT id FROM ${E} e WHERE EXISTS (SELECT 1 FROM ${C} c WHERE c.environment = e.id AND c.kind = 'Dedicated')`,
    [...ALL_ENVIRONMENTS, ...ALL_CLUSTERS.map(u => `${u}&kind=Dedicated`)],
    1,
  ],
  [
    'a correlated scalar subquery',
    `SELECT id, (SELECT count(*) FROM ${C} c WHERE c.environment = e.id) FROM ${E} e WHERE e.size < 2`,
    [...ALL_ENVIRONMENTS, '/clusters?environment=e1', '/clusters?environment=e2'],
    2,
  ],
  [
    'a list',
    `SELECT * FROM ${C} WHERE environment IN ('e1', 'e2', 'e1')`,
    ['/clusters?environment=e1', '/clusters?environment=e2'],
    3,
  ],
  [
    'an OR',
    `SELECT * FROM ${C} WHERE environment = 'e1' OR environment = 'e2'`,
    ['/clusters?environment=e1', '/clusters?environment=e2'],
    3,
  ],
  [
    'an OR with more conditions',
    `SELECT * FROM ${C} WHERE (environment = 'e1' AND kind = 'Basic') OR (environment = 'e2' AND kind = 'Basic')`,
    ['/clusters?environment=e1&kind=Basic', '/clusters?environment=e2&kind=Basic'],
    2,
  ],
  [
    'a condition on what a subquery groups by',
    `SELECT * FROM (SELECT environment AS e, count(*) FROM ${C} GROUP BY environment) WHERE e = 'e1'`,
    ['/clusters?environment=e1'],
    1,
  ],
  [
    'a condition on what a subquery groups by, as a number and an alias',
    `SELECT * FROM (SELECT environment AS e, kind AS k, count(*) FROM ${C} GROUP BY 1, k HAVING count(*) > 0) WHERE e IN ('e1', 'e2') AND k = 'Basic'`,
    ['/clusters?environment=e1&kind=Basic', '/clusters?environment=e2&kind=Basic'],
    2,
  ],
  [
    'a join with what a subquery groups by',
    `SELECT * FROM ${E} JOIN (SELECT x, count(*) FROM (SELECT environment AS x FROM ${C}) GROUP BY x) g ON g.x = id WHERE name = 'prod'`,
    ['/environments?name=prod', '/clusters?environment=e1', '/clusters?environment=e2'],
    2,
  ],
  [
    'a condition on what a subquery does not group by',
    `SELECT * FROM (SELECT environment AS e, max(kind) AS kind FROM ${C} GROUP BY e) WHERE e = 'e1' AND kind = 'Basic'`,
    ['/clusters?environment=e1'],
    0,
  ],
  [
    '(a, b) IN (SELECT)',
    `SELECT * FROM ${K} WHERE (environment, cluster) IN (SELECT environment, id FROM ${C} WHERE environment IN ('e1', 'e2'))`,
    [
      '/clusters?environment=e1',
      '/clusters?environment=e2',
      '/environments/e1/clusters/c1/connectors',
      '/environments/e1/clusters/c2/connectors',
      '/environments/e2/clusters/c3/connectors',
    ],
    3,
  ],
  [
    '(a, b) IN (VALUES)',
    `SELECT * FROM ${K} k WHERE (k.cluster, k.environment) IN (VALUES ('c1', 'e1'), ('c3', 'e2'))`,
    ['/environments/e1/clusters/c1/connectors', '/environments/e2/clusters/c3/connectors'],
    3,
  ],
  [
    '(a, b) = (x, y)',
    `SELECT * FROM ${C} c JOIN ${K} k ON (k.environment, k.cluster) = (c.environment, c.id) WHERE (c.environment) = 'e2'`,
    ['/clusters?environment=e2', '/environments/e2/clusters/c3/connectors'],
    1,
  ],
  [
    '(a, b) = (SELECT)',
    `SELECT * FROM ${K} WHERE (environment, cluster) = (SELECT environment, id FROM ${C} WHERE environment = 'e2')`,
    ['/clusters?environment=e2', '/environments/e2/clusters/c3/connectors'],
    1,
  ],
  [
    'VALUES',
    `SELECT * FROM (VALUES ('e1'), ('e2')) v JOIN ${C} c ON c.environment = v.column1`,
    ['/clusters?environment=e1', '/clusters?environment=e2'],
    3,
  ],
  [
    'a table-valued function',
    `SELECT * FROM json_each('["e1","e2"]') j JOIN ${C} c ON c.environment = j.value`,
    ['/clusters?environment=e1', '/clusters?environment=e2'],
    3,
  ],
  [
    'a table-valued function over a column',
    `SELECT * FROM ${E} e, json_each(json_array(e.id)) j JOIN ${C} c ON c.environment = j.value WHERE e.id = 'e1'`,
    ['/environments/e1', '/clusters?environment=e1'],
    2,
  ],
  ['NULL asks for nothing', `SELECT * FROM ${C} WHERE environment = NULL`, [], 0],
  ['an empty list asks for nothing', `SELECT * FROM ${C} WHERE environment IN ()`, [], 0],
  ['a false condition asks for nothing', `SELECT count(*) FROM ${E} WHERE 1 = 0`, [], 1],
  [
    'get by both keys',
    `SELECT * FROM ${C} WHERE environment = 'e1' AND id = 'c2'`,
    ['/clusters/c2?environment=e1'],
    1,
  ],
  [
    'a computed key',
    `SELECT who FROM ${E} e JOIN p.s.owners o ON o.key = 'k-' || e.id WHERE e.size = 0`,
    [...ALL_ENVIRONMENTS, '/owners?key=k-e1'],
    1,
  ],
  [
    'a chain of three',
    `SELECT k.name FROM ${E} e JOIN ${C} c ON c.environment = e.id JOIN ${K} k ON k.environment = e.id AND k.cluster = c.id WHERE e.name = 'prod'`,
    [
      '/environments?name=prod',
      '/clusters?environment=e1',
      '/clusters?environment=e2',
      '/environments/e1/clusters/c1/connectors',
      '/environments/e1/clusters/c2/connectors',
      '/environments/e2/clusters/c3/connectors',
    ],
    3,
  ],
  [
    'a chain of four',
    `SELECT t.id FROM ${E} e JOIN ${C} c ON c.environment = e.id JOIN ${K} k ON k.environment = e.id AND k.cluster = c.id
      JOIN p.s.tasks t ON t.environment = k.environment AND t.cluster = k.cluster AND t.connector = k.name
      WHERE e.name = 'prod' AND k.state = 'FAILED' AND t.state = 'FAILED'`,
    [
      '/environments?name=prod',
      '/clusters?environment=e1',
      '/clusters?environment=e2',
      '/environments/e1/clusters/c1/connectors',
      '/environments/e1/clusters/c2/connectors',
      '/environments/e2/clusters/c3/connectors',
      '/environments/e1/clusters/c1/connectors/k2/tasks',
      '/environments/e2/clusters/c3/connectors/k3/tasks',
    ],
    1,
  ],
  [
    'a value that a key has through another table',
    `SELECT c.id FROM ${C} c JOIN (VALUES ('e1'), ('e2')) v ON c.environment = v.column1 JOIN ${E} e ON v.column1 = e.id WHERE e.id = 'e1'`,
    ['/environments/e1', '/clusters?environment=e1'],
    2,
  ],
  [
    'a value that a key has through two others',
    `WITH v(x) AS (VALUES ('e1'), ('e2'), ('e3')) SELECT c.id FROM ${C} c JOIN v a ON c.environment = a.x, v b, v d WHERE a.x = b.x AND b.x = d.x AND d.x IN ('e1', 'e2')`,
    ['/clusters?environment=e1', '/clusters?environment=e2'],
    3,
  ],
  [
    'not through a row that may be missing',
    `WITH v(x) AS (VALUES ('e1'), ('e2')) SELECT c.id FROM ${C} c JOIN v a ON c.environment = a.x LEFT JOIN v b ON a.x = b.x AND b.x = 'e1'`,
    ['/clusters?environment=e1', '/clusters?environment=e2'],
    3,
  ],
  [
    'nor through one that OR says it of',
    `WITH v(x, y) AS (VALUES ('e1', 1), ('e2', 2), ('e3', 3)) SELECT c.id FROM ${C} c JOIN v a ON c.environment = a.x, v b WHERE a.x = b.x AND (b.x = 'e1' OR b.y = 2)`,
    ['/clusters?environment=e1', '/clusters?environment=e2', '/clusters?environment=e3'],
    3,
  ],
  [
    'tables that wait for each other, where one has its key through the other',
    `SELECT k.name FROM ${C} a JOIN ${C} b ON a.environment = b.spec.name AND b.environment = a.spec.name JOIN ${K} k ON k.name = a.id WHERE b.spec.name = 'e1' AND k.environment = 'e1' AND k.cluster = 'c1'`,
    [
      '/environments/e1/clusters/c1/connectors',
      '/clusters?environment=e1',
      '/clusters?environment=one',
      '/clusters?environment=two',
    ],
    0,
  ],
  [
    'keys that belong together are not mixed',
    `SELECT k.name FROM ${C} c JOIN ${K} k ON k.cluster = c.id AND k.environment = c.environment WHERE c.environment IN ('e1', 'e2') AND k.environment = 'e2'`,
    ['/clusters?environment=e1', '/clusters?environment=e2', '/environments/e2/clusters/c3/connectors'],
    1,
  ],
  [
    'an OR of keys that belong together',
    `SELECT k.name FROM ${C} c JOIN ${K} k ON k.cluster = c.id AND k.environment = c.environment WHERE c.environment IN ('e1', 'e2') AND (k.environment = 'e1' AND k.name = 'k2' OR k.environment = 'e2' AND k.name = 'k3')`,
    [
      '/clusters?environment=e1',
      '/clusters?environment=e2',
      '/environments/e1/clusters/c1/connectors',
      '/environments/e1/clusters/c2/connectors',
      '/environments/e2/clusters/c3/connectors',
    ],
    2,
  ],
  [
    'the same list for two places is asked for once',
    `SELECT a.id FROM ${E} a JOIN ${E} b ON a.name = b.name`,
    ALL_ENVIRONMENTS,
    7,
  ],
  [
    'get where id is given, once for two places',
    `SELECT a.id FROM ${E} a, ${E} b WHERE a.id = 'e1' AND b.id = 'e1'`,
    ['/environments/e1'],
    1,
  ],
  [
    'ids in a list: a get each',
    `SELECT * FROM ${E} WHERE id IN ('e1', 'e4')`,
    ['/environments/e1', '/environments/e4'],
    2,
  ],
  [
    'many ids: a list that is shorter than their calls',
    `SELECT id FROM ${E} WHERE id IN (${Array.from({ length: 60 }, (_, i) => `'${i}'`).join()}, 'e1')`,
    ALL_ENVIRONMENTS,
    1,
  ],
  [
    'ids from few rows: a get each',
    `SELECT e.name FROM ${C} c JOIN ${E} e ON e.id = c.environment WHERE c.environment = 'e1' AND c.kind = 'Basic'`,
    ['/clusters?environment=e1&kind=Basic', '/environments/e1'],
    1,
  ],
  ['LIMIT ends paging', `SELECT id FROM ${E} LIMIT 2`, ['/environments'], 2],
  [
    'LIMIT behind a local condition ends paging when it is reached',
    `SELECT id FROM ${E} WHERE size > 0 LIMIT 2`,
    ['/environments'],
    2,
  ],
  ['LIMIT under ORDER BY reads all', `SELECT id FROM ${E} ORDER BY name LIMIT 1`, ALL_ENVIRONMENTS, 1],
  ['LIMIT 0 asks for nothing', `SELECT id FROM ${E} LIMIT 0`, [], 0],
  ['EXISTS ends paging', `SELECT EXISTS (SELECT 1 FROM ${E} WHERE size = 1)`, ['/environments'], 1],
  [
    'LIMIT in a subquery ends paging',
    `SELECT id FROM (SELECT id FROM ${E} LIMIT 2) ORDER BY id`,
    ['/environments'],
    2,
  ],
  ['OFFSET', `SELECT id FROM ${E} LIMIT 2 OFFSET 2`, ALL_ENVIRONMENTS, 2],
  [
    'a view passes conditions on',
    `CREATE TEMP VIEW v AS SELECT c.environment AS env, c.kind FROM ${C} c; SELECT * FROM v WHERE env = 'e1' AND kind = 'Basic'`,
    ['/clusters?environment=e1&kind=Basic'],
    1,
  ],
  [
    'UPPER CASE AND "quotes"',
    `SELECT "C"."ID" FROM "p"."S".CLUSTERS AS "C" WHERE "c"."ENVIRONMENT" = 'e2'`,
    ['/clusters?environment=e2'],
    1,
  ],
]

describe('requests of a statement', () => {
  test.each(CASES)('%s', async (_, sql, requests, count) => {
    const rows = await rowsOf(chain.session(), sql)
    const sent = chain.requests()
    expect([...sent].sort()).toEqual([...requests].sort())
    expect(rows).toHaveLength(count)
  })

  test('a numeric :name is compared as a text with a text field of an object', async () => {
    const session = chain.session({ variables: { n: 3n, name: 'two' } })
    expect(
      await rowsOf(
        session,
        `SELECT id, :n + 1 FROM ${C} WHERE environment = 'e1' AND spec.name = :name AND spec.name <> :n`,
      ),
    ).toEqual([['c2', 4]])
    expect(
      await rowsOf(
        session,
        `SELECT '3' = (SELECT x.spec.name FROM (SELECT spec FROM ${C} WHERE environment = 'e1') x WHERE :n <> x.spec.name LIMIT 1)`,
      ),
    ).toEqual([[0]])
    chain.requests()
  })

  test.each([
    'spec.name = :n',
    ':n = spec.name',
    'spec.name IS :n',
    ':n IS spec.name',
    "spec.name IN ('x', :n)",
    'spec.name BETWEEN :n AND :n',
    'CASE spec.name WHEN :n THEN 1 END',
  ])('a numeric :name finds the text of its digits in an object: %s', async condition => {
    const session = chain.session({ variables: { n: 3n } })
    await rowsOf(
      session,
      `CREATE TABLE t AS SELECT id, spec FROM ${C} WHERE environment = 'e1'; UPDATE t SET spec = '{"name":"3"}' WHERE id = 'c2'`,
    )
    expect(await rowsOf(session, `SELECT id FROM t WHERE ${condition}`)).toEqual([['c2']])
    chain.requests()
  })

  test('a table is loaded after the tables that give its keys', async () => {
    await rowsOf(
      chain.session(),
      `SELECT * FROM ${C} c JOIN ${E} e ON e.id = c.environment WHERE e.name = 'prod'`,
    )
    expect(chain.requests()[0]).toBe('/environments?name=prod')
  })

  test('nothing is sent if a table has no usable method', async () => {
    await expect(
      rowsOf(chain.session(), `SELECT * FROM ${E} e LEFT JOIN p.s.owners o ON o.who = e.id`),
    ).rejects.toMatchObject({ code: 'MISSING_PARAMETER' })
    await expect(
      rowsOf(chain.session(), `SELECT * FROM ${C} c LEFT JOIN ${E} e ON e.id = c.environment`),
    ).rejects.toMatchObject({ code: 'MISSING_PARAMETER' })
    expect(chain.requests()).toEqual([])
  })
})
