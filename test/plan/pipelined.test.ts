import Database from 'better-sqlite3'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Random } from '../fuzz/random.ts'
import { rowsOf } from './nested-provider.ts'
import { type Data, PAGE, randomData, startWorld, type World } from './pipelined-world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
beforeEach(() => {
  world.delay = () => 0
  world.refused = new Set()
  world.requests()
  world.busiest()
})

const E = 'p.s.environments'
const C = 'p.s.clusters'
const K = 'p.s.connectors'

const environments = (count: number): Data['environments'] =>
  Array.from({ length: count }, (_, i) => ({ id: `e${i}`, size: i, twin: null }))

describe('calls of the first keys are made while more keys are read', () => {
  test.each([
    ['a join', `SELECT c.id FROM ${E} e JOIN ${C} c ON c.environment = e.id`],
    ['an outer join', `SELECT c.id FROM ${E} e LEFT JOIN ${C} c ON c.environment = e.id`],
    ['a parent', `SELECT count(*) FROM ${C}`],
    ['the parent of a parent', `SELECT count(*) FROM ${K}`],
    ['a parent that is a view with a condition', 'SELECT count(*) FROM p.s.of_sized'],
  ])('%s', async (_, sql) => {
    world.data = { ...randomData(new Random(1)), environments: environments(7) }
    const seen: string[] = []
    let begin = (): void => {}
    const begun = new Promise<void>(resolve => {
      begin = resolve
    })
    world.delay = path => {
      seen.push(path)
      if (path === '/clusters?environment=e0') begin()
      if (path !== '/environments?page_token=3') return 0
      // without a call it is answered in the end, and the order is wrong
      const timer = setTimeout(begin, 2000)
      return begun.then(() => clearTimeout(timer))
    }
    await rowsOf(world.session(), sql)
    const third = seen.indexOf('/environments?page_token=6')
    expect(third).toBeGreaterThan(0)
    expect(seen.slice(0, third)).toContain('/clusters?environment=e0')
  })
})

describe('calls wait for the whole table where more of its rows may take keys away', () => {
  test.each<readonly [string, string, readonly string[]]>([
    [
      'the greatest',
      `SELECT c.id FROM (SELECT max(id) AS id FROM ${E}) x JOIN ${C} c ON c.environment = x.id`,
      ['e6'],
    ],
    [
      'the last by order',
      `SELECT c.id FROM (SELECT id FROM ${E} ORDER BY size DESC LIMIT 2) x JOIN ${C} c ON c.environment = x.id`,
      ['e5', 'e6'],
    ],
    [
      'a window',
      `SELECT c.id FROM (SELECT id, row_number() OVER (ORDER BY size DESC) AS n FROM ${E}) x JOIN ${C} c ON c.environment = x.id WHERE x.n = 1`,
      ['e6'],
    ],
    [
      'a subquery over the same table',
      `SELECT c.id FROM ${E} e JOIN ${C} c ON c.environment = e.id WHERE e.id NOT IN (SELECT twin FROM ${E} WHERE twin IS NOT NULL)`,
      ['e0', 'e1', 'e2'],
    ],
    [
      'GROUP BY with HAVING',
      `SELECT c.id FROM (SELECT twin, count(*) AS n FROM ${E} GROUP BY twin HAVING n = 1) x JOIN ${C} c ON c.environment = x.twin`,
      ['e5'],
    ],
    ['a parent that is a view with LIMIT', 'SELECT id FROM p.s.of_largest', ['e5', 'e6']],
    ['a parent that is a view with HAVING', 'SELECT id FROM p.s.of_twins', ['e5']],
  ])('%s', async (_, sql, keys) => {
    world.data = {
      ...randomData(new Random(1)),
      environments: environments(7).map((e, i) => ({
        ...e,
        twin: ['e3', 'e4', 'e5', 'e6', 'e3', 'e4', 'e6'][i]!,
      })),
    }
    await rowsOf(world.session(), sql)
    const asked = world.requests().flatMap(path => /environment=(\w+)$/.exec(path)?.[1] ?? [])
    expect([...new Set(asked)].sort()).toEqual(keys)
  })
})

/** A statement, and SQL for the keys that it asks for. */
interface Form {
  readonly sql: string
  /** Environments whose clusters are listed. */
  readonly clusters: string
  /** Pairs of environment and cluster whose connectors are listed. */
  readonly connectors?: string
}

const FORMS: readonly ((n: number) => Form)[] = [
  n => ({
    sql: `SELECT e.id, c.id FROM ${E} e JOIN ${C} c ON c.environment = e.id WHERE e.size < ${n}`,
    clusters: `SELECT id FROM environments WHERE size < ${n}`,
  }),
  n => ({
    sql: `SELECT e.id, c.id FROM ${E} e LEFT JOIN ${C} c ON c.environment = e.id AND e.size >= ${n}`,
    clusters: `SELECT id FROM environments WHERE size >= ${n}`,
  }),
  n => ({
    sql: `SELECT e.id, c.id FROM ${E} e JOIN ${C} c ON c.environment = e.twin WHERE e.size <> ${n} ORDER BY 2, 1`,
    clusters: `SELECT twin FROM environments WHERE size <> ${n} AND twin IS NOT NULL`,
  }),
  () => ({
    sql: `SELECT name, cluster FROM ${K}`,
    clusters: 'SELECT id FROM environments',
    connectors: 'SELECT environment, id FROM clusters',
  }),
  n => ({
    sql: `SELECT k.name, c.id, e.size FROM ${E} e JOIN ${C} c ON c.environment = e.id JOIN ${K} k ON k.environment = c.environment AND k.cluster = c.id WHERE e.size < ${n} AND c.id LIKE '%2'`,
    clusters: `SELECT id FROM environments WHERE size < ${n}`,
    connectors: `SELECT environment, id FROM clusters WHERE id LIKE '%2' AND environment IN (SELECT id FROM environments WHERE size < ${n})`,
  }),
  n => ({
    sql: `SELECT count(*), max(c.id) FROM ${E} e, ${C} c WHERE c.environment = e.id AND e.size NOT IN (${n}, 1)`,
    clusters: `SELECT id FROM environments WHERE size NOT IN (${n}, 1)`,
  }),
]

const pages = (path: string, rows: number): string[] =>
  Array.from({ length: Math.max(1, Math.ceil(rows / PAGE)) }, (_, i) =>
    i === 0 ? path : `${path}${path.includes('?') ? '&' : '?'}page_token=${i * PAGE}`,
  )

const sorted = (rows: readonly unknown[]): string[] => rows.map(row => JSON.stringify(row)).sort()

/** The rows and the requests of a statement, from all data. */
function expected({ sql, clusters, connectors }: Form, data: Data): { rows: string[]; requests: string[] } {
  const db = new Database(':memory:')
  db.exec(
    'CREATE TABLE environments(id, size, twin); CREATE TABLE clusters(id, environment); CREATE TABLE connectors(name, environment, cluster)',
  )
  for (const [table, rows] of Object.entries(data) as [string, object[]][])
    for (const row of rows)
      db.prepare(
        `INSERT INTO ${table} VALUES (${Object.keys(row)
          .map(() => '?')
          .join()})`,
      ).run(...Object.values(row))
  const read = (text: string): unknown[][] => db.prepare(text).raw().all() as unknown[][]
  const listed = new Set(read(clusters).map(([id]) => String(id)))
  const asked = new Set(
    (connectors ? read(connectors) : []).map(([e, c]) => `/environments/${e}/clusters/${c}/connectors`),
  )
  const lists = [...listed].flatMap(id =>
    pages(`/clusters?environment=${id}`, data.clusters.filter(c => c.environment === id).length),
  )
  const rows = sorted(read(sql.replaceAll('p.s.', '')))
  return { rows, requests: [...pages('/environments', data.environments.length), ...lists, ...asked].sort() }
}

test('random statements give the rows and make the calls that all data give, with no more at once than allowed', async () => {
  const random = new Random(7)
  for (let i = 0; i < 100; i++) {
    world.data = randomData(random)
    world.delay = () => random.pick([0, 0, 1, 3])
    const form = random.pick(FORMS)(random.int(0, 3))
    const concurrency = random.pick([1, 2, 5, 32])
    const { rows, requests } = expected(form, world.data)
    const found = await rowsOf(world.session(concurrency), form.sql)
    const what = `${form.sql} over ${JSON.stringify(world.data)}`
    expect(sorted(found), what).toEqual(rows)
    expect(world.requests().sort(), what).toEqual(requests)
    expect(world.busiest(), what).toBeLessThanOrEqual(concurrency)
  }
})

test('a refused call fails the statement, whenever it is answered, without a call that all data would not give', async () => {
  const random = new Random(3)
  for (let i = 0; i < 60; i++) {
    world.data = randomData(random)
    world.delay = () => random.pick([0, 0, 1, 3])
    const form = random.pick(FORMS)(random.int(0, 3))
    const { requests } = expected(form, world.data)
    const refused = random.pick(requests)
    world.refused = new Set([refused])
    const session = world.session(random.pick([1, 5, 32]))
    await expect(rowsOf(session, form.sql), form.sql).rejects.toMatchObject({ status: 403 })
    const made = world.requests()
    expect(made).toContain(refused)
    expect(requests).toEqual(expect.arrayContaining(made))
    expect(new Set(made).size).toBe(made.length)
    // nothing of it is left: the session goes on
    world.refused = new Set()
    expect(sorted(await rowsOf(session, form.sql)), form.sql).toEqual(expected(form, world.data).rows)
    world.requests()
  }
})

test('the error for missing keys names all clusters, also those of later pages', async () => {
  const clusters = Array.from({ length: 8 }, (_, i) => ({ id: `c${i}`, environment: 'e0' }))
  world.data = { environments: environments(1), clusters, connectors: [] }
  const sql = `SELECT t.name FROM ${C} c JOIN p.s.topics t ON t.cluster = c.id AND t.url = c.url WHERE c.environment = 'e0'`
  await expect(rowsOf(world.session(32, ['c0', 'c1', 'c2', 'c6']), sql)).rejects.toMatchObject({
    code: 'CREDENTIALS',
    message: expect.stringMatching(/\(c3\).*\(c4\).*\(c5\).*\(c7\)/),
  })
  const all = clusters.map(c => c.id)
  expect(await rowsOf(world.session(32, all), sql)).toHaveLength(8)
})

test('after a call that fails, no further call of the table is begun', async () => {
  const keys = Array.from({ length: 200 }, (_, i) => `e${i}`)
  world.refused = new Set([`/clusters?environment=${keys[0]!}`])
  const sql = `SELECT id FROM ${C} WHERE environment IN (${keys.map(key => `'${key}'`).join()})`
  await expect(rowsOf(world.session(4), sql)).rejects.toMatchObject({ status: 403 })
  const made = world.requests()
  expect(made[0]).toBe([...world.refused][0])
  expect(made.length).toBeLessThan(20)
  expect(world.busiest()).toBeLessThanOrEqual(4)
})
