import { beforeAll, describe, expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/sources/load.ts'
import { Session } from '../../src/engine/session.ts'
import { createClient } from '../../src/http/client.ts'
import { compiledProvider, oneHostProvider } from '../catalog/compiled.ts'
import { atEnd, listen } from '../support/cleanup.ts'

const PROVIDER = oneHostProvider('parents: { s.environments: { environment: id } }')
const SERVICE = `
service: s
resources:
  environments:
    summary: Environments
    columns: { id: string, display_name: string, zone: string }
    methods:
      list_environments: { sql: select, call: GET /environments, rows: $.data }
  clusters:
    summary: Clusters
    parents: { s.environments: { environment: id, zone: zone } }
    columns: { id: string, spec: { fields: { display_name: string } }, environment: { type: string, input: true }, zone: { type: string, input: true } }
    methods:
      list_clusters: { sql: select, call: GET /clusters, rows: $.data, params: { environment: required, zone: optional } }
      delete_cluster: { sql: delete, call: 'DELETE /clusters/{id}', params: { environment: required } }
  topics:
    summary: Topics
    parents: { s.clusters: { environment: environment, cluster: id } }
    columns: { name: string, environment: { type: string, input: true }, cluster: { type: string, input: true } }
    methods:
      list_topics: { sql: select, call: 'GET /environments/{environment}/clusters/{cluster}/topics', rows: $.data }
`
const ENVIRONMENTS = [
  { id: 'e1', display_name: 'prod', zone: 'z1' },
  { id: 'e2', display_name: 'twin' },
  { id: 'e3', display_name: 'twin' },
  { id: 'e4', display_name: 'e1' },
]
const asked: string[] = []
const notices: string[] = []
let session: Session
let isClosed = false
/** Characters that the answer with the environments has besides them. */
let padding = 0

beforeAll(async () => {
  const url = await listen((request, response) => {
    asked.push(`${request.method === 'GET' ? '' : `${request.method!} `}${request.url!}`)
    const { pathname, searchParams: q } = new URL(request.url!, 'http://127.0.0.1')
    const data =
      pathname === '/environments'
        ? isClosed
          ? undefined
          : ENVIRONMENTS
        : pathname === '/clusters'
          ? q.get('environment') === 'e1'
            ? [{ id: 'c1', spec: { display_name: 'orders' } }]
            : []
          : pathname === '/environments/e1/clusters/c1/topics'
            ? [{ name: 't' }]
            : undefined
    response
      .writeHead(data ? 200 : 404, { 'content-type': 'application/json' })
      .end(
        JSON.stringify(
          data
            ? { data, ...(pathname === '/environments' && { padding: 'x'.repeat(padding) }) }
            : { errors: [{ detail: 'no' }] },
        ),
      )
  })
  session = new Session({
    catalog: loadCatalog(compiledProvider(PROVIDER, SERVICE)),
    connect: async () => createClient({ env: { P_URL: url } }),
    onNotice: text => notices.push(text),
  })
  atEnd(() => session.close())
})

async function run(sql: string): Promise<unknown[][]> {
  asked.length = 0
  notices.length = 0
  const rows: unknown[][] = []
  for await (const result of session.run(sql)) for await (const row of result.rows) rows.push([...row])
  return rows
}

const C = 'p.s.clusters'

describe('a text for a key whose parent has a name', () => {
  test.each([
    ['a list of one call', `SELECT id FROM ${C} WHERE environment = 'prod'`],
    ['a query over all rows', `SELECT count(*) FROM ${C} WHERE environment = 'prod'`],
    ['a table of the session', `CREATE TEMP TABLE copy AS SELECT id FROM ${C} WHERE environment = 'prod'`],
    ['a subquery', `SELECT 1 WHERE EXISTS (SELECT 1 FROM ${C} WHERE environment = 'prod')`],
    [
      'the rows of a change',
      `DELETE FROM ${C} WHERE environment = 'prod' AND id IN (SELECT id FROM ${C} WHERE environment = 'prod')`,
    ],
  ])('is an error if it is the name of one: in %s', async (_, sql) => {
    await expect(run(sql)).rejects.toMatchObject({
      code: 'VALUE',
      message: "'prod' is the name of e1, and environment of p.s.clusters takes the id",
      hint: "write environment = 'e1'",
    })
    expect(asked.filter(a => a === '/environments')).toHaveLength(1)
    expect(asked.some(a => a.startsWith('DELETE'))).toBe(false)
  })

  test('is one too in a view, whose name of the column is to be written', async () => {
    await run(`CREATE TEMP VIEW v AS SELECT id, environment AS env FROM ${C}`)
    await expect(run(`SELECT id FROM v WHERE env = 'prod'`)).rejects.toMatchObject({
      message: "'prod' is the name of e1, and environment of p.s.clusters takes the id",
      hint: "write env = 'e1'",
    })
    await run('DROP VIEW v')
  })

  test('is one too where the API answers 404', async () => {
    await expect(
      run(`SELECT name FROM p.s.topics WHERE environment = 'e1' AND cluster = 'orders'`),
    ).rejects.toThrow("'orders' is the name of c1, and cluster of p.s.topics takes the id")
    await expect(
      run(`SELECT name FROM p.s.topics WHERE environment = 'prod' AND cluster = 'c1'`),
    ).rejects.toThrow("'prod' is the name of e1, and environment of p.s.topics takes the id")
  })

  test.each([
    `DELETE FROM ${C} WHERE environment = 'prod' AND id = 'c1'`,
    `DELETE FROM ${C} WHERE environment IN ('prod', 'nope') AND id = 'c1'`,
    `DELETE FROM ${C} WHERE (environment, id) IN (SELECT display_name, 'c1' FROM p.s.environments WHERE id = 'e1')`,
  ])('is one in a change of which the API finds nothing: %s', async sql => {
    await expect(run(sql)).rejects.toMatchObject({
      code: 'VALUE',
      message: "'prod' is the name of e1, and environment of p.s.clusters takes the id",
      hint: "write environment = 'e1'",
    })
    expect(asked).toContain('DELETE /clusters/c1?environment=prod')
  })

  test('is told in a change if several have the name, or none has the id', async () => {
    expect(await run(`DELETE FROM ${C} WHERE environment IN ('twin', 'nope') AND id = 'c1'`)).toEqual([])
    expect(notices).toEqual([
      "'twin' is the name of 2 environments, and environment takes one id: e2, e3",
      "no environment has the id 'nope' (environment of p.s.clusters)",
      expect.stringContaining('2 of 2 rows were not there (404)'),
    ])
    const gone = run(`DELETE FROM ${C} WHERE environment = 'e1' AND id = 'gone'`)
    await expect(gone).rejects.toMatchObject({ code: 'API', status: 404 })
    expect(notices).toEqual([])
  })

  test('is told if several have the name, or none has the id', async () => {
    expect(await run(`SELECT id FROM ${C} WHERE environment IN ('twin', 'nope')`)).toEqual([])
    expect(notices).toEqual([
      "'twin' is the name of 2 environments, and environment takes one id: e2, e3",
      "no environment has the id 'nope' (environment of p.s.clusters)",
    ])
  })

  test('is left alone if it is an id, even the name of another', async () => {
    expect(await run(`SELECT id FROM ${C} WHERE environment = 'e2'`)).toEqual([])
    expect(notices).toEqual([])
    expect(await run(`SELECT id FROM ${C} WHERE environment = 'e1'`)).toEqual([['c1']])
    expect(asked).toEqual(['/clusters?environment=e1'])
  })

  test.each([
    "(environment IN ('e2', 'prod') OR environment = 'prod') AND environment = 'e2'",
    "environment IN ('e2', 'prod') AND environment IN ('e2', 'nope')",
  ])('is left alone if other conditions exclude it: %s', async where => {
    expect(await run(`SELECT id FROM ${C} WHERE ${where}`)).toEqual([])
    expect(asked[0]).toBe('/clusters?environment=e2')
    expect(notices).toEqual([])
  })

  test('is left alone if it is no id', async () => {
    expect(await run(`SELECT id FROM ${C} WHERE environment = 'e2' AND zone = 'prod'`)).toEqual([])
    expect(notices).toEqual([])
  })

  test('is not looked up again if the statement has read a row with the id', async () => {
    await run(`SELECT name FROM p.s.topics WHERE cluster = 'c1' AND name = 'none'`)
    const once = [...asked]
    expect(await run(`SELECT name FROM p.s.topics WHERE cluster = 'c1' AND lower(cluster) IS NULL`)).toEqual(
      [],
    )
    expect(asked).toEqual(once.filter(a => !a.endsWith('/topics')))
  })

  const CLUSTERS = ['e1', 'e2', 'e3', 'e4'].map(id => `/clusters?environment=${id}`)
  const NO_CLUSTER = "no cluster has the id 'none' (cluster of p.s.topics)"

  test.each<readonly [what: string, sql: string, notice: string, ...further: string[]]>([
    ['a key that no parent has', `SELECT name FROM p.s.topics WHERE cluster IN ('none')`, NO_CLUSTER],
    ['with a row limit', `SELECT name FROM p.s.topics WHERE cluster = 'none' LIMIT 1`, NO_CLUSTER],
    [
      'of a table that the statement joins',
      `SELECT t.name FROM ${C} c JOIN p.s.topics t ON t.cluster = c.id WHERE t.cluster = 'none'`,
      NO_CLUSTER,
    ],
    [
      'of two tables that the statement joins',
      `SELECT t.name FROM p.s.environments e JOIN p.s.topics t ON t.environment = e.id WHERE t.cluster = 'none'`,
      NO_CLUSTER,
      ...['e1', 'e2', 'e3', 'e4'].map(id => `/environments/${id}/clusters/none/topics`),
    ],
    [
      'two keys, whose parents have one parent',
      `SELECT name FROM p.s.topics WHERE environment = 'nope' AND cluster = 'none'`,
      NO_CLUSTER,
      '/environments/nope/clusters/none/topics',
    ],
  ])('reads each list of parents once: %s', async (_, sql, notice, ...further) => {
    await run(sql).catch(() => undefined)
    expect(asked.sort()).toEqual([...CLUSTERS, '/environments', ...further].sort())
    expect(notices).toContain(notice)
  })

  test('reads long lists again, which are not kept', async () => {
    padding = 9e6
    await run(`SELECT name FROM p.s.topics WHERE cluster IN ('none')`).finally(() => (padding = 0))
    expect(asked.sort()).toEqual([...CLUSTERS, '/environments', '/environments'].sort())
    expect(notices).toContain(NO_CLUSTER)
  })

  test('is looked up in lists that the statement has not read to their end', async () => {
    const sql = `SELECT EXISTS (SELECT 1 FROM ${C} LIMIT 1), (SELECT count(*) FROM p.s.topics WHERE environment = 'e1' AND cluster = 'none')`
    await expect(run(sql)).rejects.toMatchObject({ code: 'API', status: 404 })
    expect(notices).toContain(NO_CLUSTER)
    expect(new Set(asked)).toEqual(
      new Set([...CLUSTERS, '/environments', '/environments/e1/clusters/none/topics']),
    )
  })

  test('costs nothing where rows come, or nothing is asked for', async () => {
    expect(await run(`SELECT id FROM ${C} WHERE environment IN ('e1', 'prod')`)).toEqual([['c1']])
    expect(asked.sort()).toEqual(['/clusters?environment=e1', '/clusters?environment=prod'])
    expect(await run(`SELECT id FROM ${C} WHERE environment = 'prod' LIMIT 0`)).toEqual([])
    expect(await run(`SELECT id FROM ${C} WHERE environment = 'prod' AND 1 = 0`)).toEqual([])
    expect(asked).toEqual([])
  })

  const E = 'p.s.environments'
  const ALL = `SELECT e.id AS env, e.display_name AS env_name, c.id AS cluster FROM ${E} e JOIN ${C} c ON c.environment = e.id`
  const NO_ENVIRONMENT = "no environment has the id 'nope' (environment of p.s.clusters)"
  test.each([
    ['a derived table', `SELECT * FROM (${ALL}) WHERE env = 'nope'`, NO_ENVIRONMENT],
    ['a CTE', `WITH a AS (${ALL}) SELECT count(*) FROM a WHERE env = 'nope'`, NO_ENVIRONMENT],
    [
      'a CTE that is read twice',
      `WITH a AS (SELECT id FROM ${E} WHERE id = 'nope') SELECT c.id FROM a JOIN ${C} c ON c.environment = a.id WHERE a.id IN (SELECT id FROM a)`,
      NO_ENVIRONMENT,
    ],
    ['a join', `${ALL} WHERE e.id = 'nope'`, NO_ENVIRONMENT],
    [
      'an outer join',
      `SELECT * FROM ${E} e LEFT JOIN ${C} c ON c.environment = e.id WHERE e.id IN ('nope')`,
      NO_ENVIRONMENT,
    ],
    [
      'a subquery',
      `SELECT id FROM ${C} WHERE environment IN (SELECT id FROM ${E} WHERE id = 'nope')`,
      NO_ENVIRONMENT,
    ],
    [
      'EXISTS',
      `SELECT id FROM ${E} e WHERE id = 'nope' AND EXISTS (SELECT 1 FROM ${C} WHERE environment = e.id)`,
      NO_ENVIRONMENT,
    ],
    [
      'views of views',
      `SELECT t.name FROM (SELECT env, cluster AS kafka FROM (${ALL})) k JOIN p.s.topics t ON t.environment = k.env AND t.cluster = k.kafka WHERE kafka = 'none'`,
      NO_CLUSTER,
    ],
  ])('is looked up where it reaches the key through other tables: %s', async (_, sql, notice) => {
    expect((await run(sql)).flat().filter(Boolean)).toEqual([])
    expect(notices).toEqual([notice])
    await run(`CREATE TEMP VIEW w AS ${sql}`)
    expect((await run('SELECT * FROM w')).flat().filter(Boolean)).toEqual([])
    expect(notices).toEqual([notice])
    await run('DROP VIEW w')
  })

  test.each([
    [`SELECT env FROM (${ALL}) WHERE env = 'e2'`, ['/clusters?environment=e2', '/environments']],
    [`${ALL} WHERE e.id IN ('e2', 'nope') AND e.id = 'e2'`, ['/clusters?environment=e2', '/environments']],
    [`${ALL} WHERE e.id IN ('e2', 'nope') AND c.environment = 'e2'`, undefined],
  ])('is not looked up through other tables if they have a row with the id: %s', async (sql, requests) => {
    expect(await run(sql)).toEqual([])
    expect(notices).toEqual([])
    if (requests) expect(asked.toSorted()).toEqual(requests)
  })

  test('does not fail the statement where the parents cannot be read', async () => {
    isClosed = true
    expect(await run(`SELECT id FROM ${C} WHERE environment = 'prod'`)).toEqual([])
    isClosed = false
  })
})
