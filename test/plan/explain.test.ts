import { beforeAll, describe, expect, test } from 'vitest'
import { rowsOf, startChain, type Chain } from './nested-provider.ts'

let chain: Chain
beforeAll(async () => {
  chain = await startChain()
})

const E = 'p.s.environments'
const C = 'p.s.clusters'
const withoutHost = (rows: unknown[][]): unknown[][] =>
  rows.map(r => r.map(v => (typeof v === 'string' ? v.replace(/http:\/\/127\.0\.0\.1:\d+/, '') : v)))

/** Statement, and for each step: table, method, requests, request, pushed, local. */
const CASES: readonly (readonly [string, readonly (readonly (string | null)[])[]])[] = [
  [
    `SELECT * FROM ${E} WHERE name = 'prod' AND size > 1`,
    [
      [
        'p.s.environments',
        'list_environments',
        '1, to its last page',
        'GET /environments?name=prod&page_size=3',
        "name = 'prod' (exact)",
        'size > 1',
      ],
    ],
  ],
  [
    `SELECT * FROM ${E} WHERE name = 'prod' LIMIT 2`,
    [
      [
        'p.s.environments',
        'list_environments',
        '1, until 2 rows',
        'GET /environments?name=prod&page_size=2',
        "name = 'prod' (exact)",
        null,
      ],
    ],
  ],
  [
    `SELECT c.id FROM ${E} e JOIN ${C} c ON c.environment = e.id WHERE c.kind = 'Basic'`,
    [
      [
        'p.s.environments',
        'list_environments',
        '1, to its last page',
        'GET /environments?page_size=3',
        null,
        null,
      ],
      [
        'p.s.clusters',
        'list_clusters',
        'one for each e.id, each to its last page',
        'GET /clusters?environment={e.id}&kind=Basic&page_size=3',
        "c.kind = 'Basic' (exact), c.environment = e.id (exact)",
        null,
      ],
    ],
  ],
  [
    `SELECT * FROM ${E} WHERE id IN (SELECT environment FROM ${C} WHERE environment = 'e1' AND kind = 'Basic')`,
    [
      [
        'p.s.clusters',
        'list_clusters',
        '1, to its last page',
        'GET /clusters?environment=e1&kind=Basic&page_size=3',
        "environment = 'e1' (exact), kind = 'Basic' (exact)",
        null,
      ],
      [
        'p.s.environments',
        'get_environment',
        `one for each (SELECT environment FROM ${C} WHERE environment = 'e1' AND kind = 'Basic'); if these are many, list_environments is begun, and whichever is ahead goes on`,
        `GET /environments/{(SELECT environment FROM ${C} WHERE environment = 'e1' AND kind = 'Basic')}`,
        `id IN (SELECT environment FROM ${C} WHERE environment = 'e1' AND kind = 'Basic') (exact)`,
        null,
      ],
    ],
  ],
  [
    `SELECT * FROM ${C} WHERE environment IN ('e1', 'e2')`,
    [
      [
        'p.s.clusters',
        'list_clusters',
        '2, each to its last page',
        'GET /clusters?environment=e1&page_size=3',
        "environment IN ('e1', 'e2') (exact)",
        null,
      ],
    ],
  ],
  [
    `SELECT * FROM (SELECT e.name AS n, e.size + 1 AS larger, c.kind AS k, c.id FROM ${E} e JOIN ${C} c ON c.environment = e.id)
     WHERE n = 'prod' AND larger > 2 AND k = 'Basic' AND id LIKE 'c%'`,
    [
      [
        'p.s.environments',
        'list_environments',
        '1, to its last page',
        'GET /environments?name=prod&page_size=3',
        "n = 'prod' (exact)",
        'larger > 2',
      ],
      [
        'p.s.clusters',
        'list_clusters',
        'one for each e.id, each to its last page',
        'GET /clusters?environment={e.id}&kind=Basic&page_size=3',
        "c.environment = e.id (exact), k = 'Basic' (exact)",
        "id LIKE 'c%'",
      ],
    ],
  ],
  [
    `WITH big AS (SELECT name AS n FROM ${E} WHERE size > 1) SELECT upper(x) FROM (SELECT n AS x FROM big) WHERE x = 'prod'`,
    [
      [
        'p.s.environments',
        'list_environments',
        '1, to its last page',
        'GET /environments?name=prod&page_size=3',
        "x = 'prod' (exact)",
        'size > 1',
      ],
    ],
  ],
  [`SELECT count(*) FROM ${E} WHERE 0`, [['p.s.environments', null, 'none', null, null, 'no row can match']]],
  ['SELECT 1', [[null, null, 'none', null, null, null]]],
]

describe('EXPLAIN', () => {
  test.each(CASES)('%s', async (sql, steps) => {
    const rows = withoutHost(await rowsOf(chain.session(), `EXPLAIN ${sql}`))
    expect(rows).toEqual(steps.map((s, i) => [i + 1, ...s]))
    expect(chain.requests()).toEqual([])
  })

  test('shows the reads of a change of a session table', async () => {
    expect(
      withoutHost(await rowsOf(chain.session(), `EXPLAIN CREATE TABLE t AS SELECT id FROM ${E}`))[0]![4],
    ).toBe('GET /environments?page_size=3')
    expect(chain.requests()).toEqual([])
  })

  test('ANALYZE counts calls, pages, rows fetched and kept', async () => {
    const rows = await rowsOf(
      chain.session(),
      `EXPLAIN ANALYZE SELECT c.id FROM ${E} e JOIN ${C} c ON c.environment = e.id WHERE e.size < 3 AND c.spec.name <> 'two'`,
    )
    const counts = rows.map(r => r.slice(0, 6))
    expect(counts).toEqual([
      ['p.s.environments', 'list_environments', 1, 2, 5, 3],
      ['p.s.clusters', 'list_clusters', 3, 3, 3, 2],
      ['result', null, 4, 5, 8, 2],
    ])
    expect(rows.every(r => typeof r[6] === 'number' && r[6] > 0)).toBe(true)
    expect(chain.requests()).toHaveLength(5)
  })
})

describe('EXEC in FROM', () => {
  test('calls the method that it names', async () => {
    expect(
      await rowsOf(
        chain.session(),
        `SELECT x.id FROM (EXEC ${C}.LIST_clusters @environment = 'e' || 1, @kind = 'Basic') x JOIN ${E} e ON e.size = 0`,
      ),
    ).toEqual([['c1']])
    expect(chain.requests().sort()).toEqual([
      '/clusters?environment=e1&kind=Basic',
      '/environments',
      '/environments?after=3',
    ])
  })

  test.each([
    [`SELECT * FROM (EXEC ${C}.list_clusters) x`, 'list_clusters needs @environment'],
    [`SELECT * FROM (EXEC ${C}.list_clusters @environment = nope) x`, '@environment needs a constant'],
    [
      `SELECT * FROM (EXEC ${C}.list_clusters @environment = 'e1', @size = 1) x`,
      'list_clusters takes no "size"',
    ],
    [`SELECT nope FROM (EXEC ${C}.list_clusters @environment = 'e1') x`, 'no column "nope" in p.s.clusters'],
  ])('%s', async (sql, message) => {
    await expect(rowsOf(chain.session(), sql)).rejects.toThrow(message)
    expect(chain.requests()).toEqual([])
  })
})

describe('concurrency', () => {
  test('independent scans run at the same time, and so do the calls of a scan', async () => {
    chain.busiest()
    // long enough for all calls to arrive, also on a busy machine
    chain.delay = 150
    await rowsOf(chain.session(), `SELECT * FROM ${E} e JOIN ${C} c ON c.environment = e.id`)
    // eight at first; the answers to the parent have admitted more
    expect(chain.busiest()).toBeGreaterThanOrEqual(4)
    await rowsOf(chain.session(), `SELECT * FROM ${E} a, p.s.owners o WHERE o.key = 'x'`)
    expect(chain.busiest()).toBe(2)
  })
})
