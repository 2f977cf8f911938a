import { beforeAll, describe, expect, test } from 'vitest'
import { rowsOf, startChain, type Chain } from './nested-provider.ts'

let chain: Chain
beforeAll(async () => {
  chain = await startChain()
})

const E = 'p.s.environments'
const C = 'p.s.clusters'
const K = 'p.s.connectors'
/** Clusters of all environments, and the connectors on them, as views that wrap one another. */
const VIEWS = `CREATE TEMP VIEW all_clusters AS
    SELECT e.name AS env_name, e.size, c.id, c.environment, c.kind, c.spec, c.spec.name AS title
    FROM ${E} e JOIN ${C} c ON c.environment = e.id;
  CREATE TEMP VIEW all_connectors AS
    SELECT c.env_name, c.title, c.id AS cluster, c.kind, k.name, k.state,
           (SELECT min(j.value) FROM json_each(json_array(k.state)) j) AS least
    FROM all_clusters c JOIN ${K} k ON k.environment = c.environment AND k.cluster = c.id;`
const LISTS = ['/environments', '/environments?after=3']
const clusters = (...ids: string[]): string[] => ids.map(id => `/clusters?environment=${id}`)
const connectors = (...keys: string[]): string[] =>
  keys.map(key => `/environments/${key.replace('/', '/clusters/')}/connectors`)

/** Statement over the views, requests in any order, rows. */
const CASES: readonly (readonly [
  name: string,
  sql: string,
  requests: readonly string[],
  rows: readonly (readonly unknown[])[],
])[] = [
  [
    '= on a column that is no parameter',
    `SELECT name FROM all_connectors WHERE title = 'two'`,
    [...LISTS, ...clusters('e1', 'e2', 'e3', 'e4', 'e5'), ...connectors('e1/c2')],
    [],
  ],
  [
    'a condition two views out, on a table of the innermost',
    `SELECT name FROM all_connectors WHERE env_name = 'prod' ORDER BY 1`,
    ['/environments?name=prod', ...clusters('e1', 'e2'), ...connectors('e1/c1', 'e1/c2', 'e2/c3')],
    [['k1'], ['k2'], ['k3']],
  ],
  [
    'LIKE',
    `SELECT name FROM all_connectors WHERE env_name LIKE 'PR%' AND title LIKE 'th%'`,
    [...LISTS, ...clusters('e1', 'e2'), ...connectors('e2/c3')],
    [['k3']],
  ],
  [
    '<>',
    `SELECT name FROM all_connectors WHERE title <> 'one' ORDER BY 1`,
    [...LISTS, ...clusters('e1', 'e2', 'e3', 'e4', 'e5'), ...connectors('e1/c2', 'e2/c3')],
    [['k3']],
  ],
  [
    'NOT IN',
    `SELECT name FROM all_connectors WHERE title NOT IN ('two', 'three') ORDER BY 1`,
    [...LISTS, ...clusters('e1', 'e2', 'e3', 'e4', 'e5'), ...connectors('e1/c1')],
    [['k1'], ['k2']],
  ],
  [
    'BETWEEN and an expression',
    `SELECT id FROM all_clusters WHERE size BETWEEN 1 AND 2 AND size + 1 > 1`,
    [...LISTS, ...clusters('e2', 'e3')],
    [['c3']],
  ],
  ['IS NULL', `SELECT id FROM all_clusters WHERE env_name IS NULL`, LISTS, []],
  [
    'OR over columns of two tables, one of which is to be loaded, is evaluated at the end',
    `SELECT id FROM all_clusters WHERE env_name = 'dev2' OR title = 'two'`,
    [...LISTS, ...clusters('e1', 'e2', 'e3', 'e4', 'e5')],
    [['c2']],
  ],
  [
    'OR over columns of loaded tables',
    `SELECT id FROM all_clusters WHERE env_name = 'dev2' OR size = 0 ORDER BY 1`,
    [...LISTS, ...clusters('e1', 'e3')],
    [['c1'], ['c2']],
  ],
  [
    'IN (SELECT …) of another table',
    `SELECT name FROM all_connectors WHERE title IN (SELECT column1 FROM (VALUES ('three')))`,
    [...LISTS, ...clusters('e1', 'e2', 'e3', 'e4', 'e5'), ...connectors('e2/c3')],
    [['k3']],
  ],
  [
    'a correlated subquery is evaluated at the end',
    `SELECT name FROM all_connectors v WHERE EXISTS (SELECT 1 FROM (VALUES ('three')) WHERE column1 = v.title)`,
    [...LISTS, ...clusters('e1', 'e2', 'e3', 'e4', 'e5'), ...connectors('e1/c1', 'e1/c2', 'e2/c3')],
    [['k3']],
  ],
  [
    'through a derived table, a CTE and other names',
    `WITH x(a, b) AS (SELECT env_name, name FROM (SELECT * FROM all_connectors)) SELECT b FROM x WHERE a LIKE 'pro%' ORDER BY 1`,
    [...LISTS, ...clusters('e1', 'e2'), ...connectors('e1/c1', 'e1/c2', 'e2/c3')],
    [['k1'], ['k2'], ['k3']],
  ],
  [
    'through DISTINCT and the parts of a UNION',
    `SELECT id FROM (SELECT DISTINCT id, size FROM all_clusters UNION SELECT id, size + 0 FROM all_clusters WHERE size = 0) WHERE size > 0`,
    [...LISTS, ...clusters('e1', 'e2', 'e3', 'e4', 'e5')],
    [['c3']],
  ],
  [
    'on what is grouped by',
    `SELECT n FROM (SELECT env_name, count(*) AS n FROM all_connectors GROUP BY env_name) WHERE env_name LIKE 'pr%'`,
    [...LISTS, ...clusters('e1', 'e2'), ...connectors('e1/c1', 'e1/c2', 'e2/c3')],
    [[3]],
  ],
  [
    'not on what is computed from a group',
    `SELECT g FROM (SELECT max(env_name) AS g FROM all_clusters) WHERE g LIKE 'dev%'`,
    [...LISTS, ...clusters('e1', 'e2', 'e3', 'e4', 'e5')],
    [],
  ],
  [
    'not past a LIMIT',
    `SELECT id FROM (SELECT id, size FROM all_clusters ORDER BY id LIMIT 2) WHERE size > 0`,
    [...LISTS, ...clusters('e1', 'e2', 'e3', 'e4', 'e5')],
    [],
  ],
  [
    'not past a window',
    `SELECT id FROM (SELECT id, size, count(*) OVER () AS n FROM all_clusters) WHERE size > 0 AND n = 3`,
    [...LISTS, ...clusters('e1', 'e2', 'e3', 'e4', 'e5')],
    [['c3']],
  ],
  [
    'of a view on the nullable side: a condition that NULL meets is evaluated at the end',
    `SELECT v.column1, a.id FROM (VALUES (0), (9)) v LEFT JOIN all_clusters a ON a.size = v.column1 WHERE a.env_name IS NULL OR a.env_name = 'prod' ORDER BY 1, 2`,
    [...LISTS, ...clusters('e1', 'e2', 'e3', 'e4', 'e5')],
    [
      [0, 'c1'],
      [0, 'c2'],
      [9, null],
    ],
  ],
  [
    'inside a view with LEFT JOIN: a condition on its left side',
    `SELECT e, c FROM (SELECT e.id AS e, e.size, c.id AS c FROM ${E} e LEFT JOIN ${C} c ON c.environment = e.id) WHERE size IN (1, 2) ORDER BY 1`,
    [...LISTS, ...clusters('e2', 'e3')],
    [
      ['e2', 'c3'],
      ['e3', null],
    ],
  ],
  [
    'two places of a view, each with its own condition',
    `SELECT a.id, b.id FROM all_clusters a, all_clusters b WHERE a.size = 0 AND b.size = 1 ORDER BY 1`,
    [...LISTS, ...clusters('e1', 'e2')],
    [
      ['c1', 'c3'],
      ['c2', 'c3'],
    ],
  ],
  [
    'a field of an object column that the view passes on',
    `SELECT name FROM ${K} k JOIN all_clusters a ON k.environment = a.environment AND k.cluster = a.id WHERE a.spec ->> '$.name' = 'three'`,
    [...LISTS, ...clusters('e1', 'e2', 'e3', 'e4', 'e5'), ...connectors('e2/c3')],
    [['k3']],
  ],
]

describe('conditions around views', () => {
  test.each(CASES)('%s', async (_, sql, requests, rows) => {
    expect(await rowsOf(chain.session(), `${VIEWS} ${sql}`)).toEqual(rows)
    expect(chain.requests().sort()).toEqual([...requests].sort())
  })
})
