import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { run, startWorld, urlOf, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
beforeEach(() => {
  world.heard.length = 0
  world.requests()
})

const C = 'p.s.clusters'
const T = 'p.s.topics'
const JOINED = `${C} c JOIN ${T} t ON t.cluster = c.id AND t.url = c.url`
const given = (...ids: string[]): string => `(${ids.map(id => `'${id}'`).join(', ')})`
const LAST =
  'the result is incomplete: it lacks the rows of 1 call; aggregates, NOT IN, NOT EXISTS and outer joins are evaluated without them'
const A = ['lkc-a-0', 'lkc-a-1', 'lkc-a-2'].map(name => [name])

describe('a call of a fan-out is left out, and told', () => {
  test.each<readonly [id: string, reason: RegExp, requests: number]>([
    ['lkc-nokey', /: no credentials$/, 0],
    ['lkc-401', /: 401 Unauthorized, 401: no \(cluster lkc-401\)$/, 1],
    ['lkc-403', /: 403 Forbidden, 403: no \(cluster lkc-403\)$/, 1],
    ['lkc-refused', /: 127\.0\.0\.1:1 refused the connection$/, 0],
    [
      'lkc-nohost',
      /: (?:there is no host nothing\.invalid|the name nothing\.invalid could not be looked up)$/,
      0,
    ],
    ['lkc-half', /: 403 Forbidden, no longer \(cluster lkc-half\)$/, 2],
  ])('%s', async (id, reason, requests) => {
    const ran = await run(
      world.session(),
      `SELECT t.name FROM ${JOINED} WHERE c.id IN ${given('lkc-a', id)} ORDER BY 1`,
    )
    expect(ran.rows).toEqual(A)
    expect(ran.leftOut).toMatchObject([{ tables: [T], place: `${urlOf(world.url, id)} (${id})`, calls: 1 }])
    expect(world.heard).toHaveLength(2)
    expect(world.heard[0]).toMatch(/^left out: 1 call of p\.s\.topics at /)
    expect(world.heard[0]).toMatch(reason)
    expect(world.heard[1]).toBe(LAST)
    expect(world.requests().filter(r => r.includes(id))).toHaveLength(requests)
  })

  test('404 of a key that the statement gives', async () => {
    const ran = await run(
      world.session(),
      `SELECT name FROM ${T} WHERE url = '${world.url}' AND cluster IN ${given('lkc-a', 'lkc-404')} ORDER BY 1`,
    )
    expect(ran.rows).toEqual(A)
    expect(ran.leftOut).toMatchObject([{ reason: '404 Not Found, 404: no', keys: 'cluster lkc-404' }])
  })

  test('404 of a key from another table is no row of that table, as without the option', async () => {
    const ran = await run(
      world.session(),
      `SELECT t.name FROM ${JOINED} WHERE c.id IN ${given('lkc-a', 'lkc-404')} ORDER BY 1`,
    )
    expect(ran).toEqual({ rows: A, leftOut: [] })
    expect(world.heard).toEqual([
      'p.s.topics: 1 of 2 calls answered 404 and has no rows here: cluster lkc-404 url ' + world.url,
    ])
  })

  test('at an address of everyone, where the keys tell them apart', async () => {
    const { rows } = await run(
      world.session(),
      `SELECT DISTINCT q.id FROM ${C} c JOIN p.s.quotas q ON q.env = c.env`,
    )
    expect(rows).toEqual([['q1']])
    expect(world.heard[0]).toBe(
      `left out: 1 call of p.s.quotas at ${world.url}: 403 Forbidden, not yours (env e2)`,
    )
  })
})

describe('what is left out of a statement', () => {
  const GOOD = given('lkc-a', 'lkc-nokey', 'lkc-403')
  test.each<readonly [sql: string, rows: unknown[][], calls: number]>([
    [`SELECT count(*) FROM ${JOINED} WHERE c.id IN ${GOOD}`, [[3]], 2],
    [
      `SELECT c.id FROM ${C} c LEFT JOIN ${T} t ON t.cluster = c.id AND t.url = c.url WHERE c.id IN ${GOOD} AND t.name IS NULL ORDER BY 1`,
      [['lkc-403'], ['lkc-nokey']],
      2,
    ],
    [
      `SELECT id FROM ${C} WHERE id IN ${GOOD} AND id NOT IN (SELECT t.cluster FROM ${JOINED} WHERE c.id IN ${GOOD}) ORDER BY 1`,
      [['lkc-403'], ['lkc-nokey']],
      2,
    ],
    [
      `SELECT t.name FROM ${JOINED} WHERE c.id IN ${given('lkc-a', 'lkc-nokey')} UNION SELECT t.cluster FROM ${JOINED} WHERE c.id IN ${given('lkc-a', 'lkc-nokey')} ORDER BY 1`,
      [['lkc-a'], ...A],
      1,
    ],
    [
      `SELECT count(*) FROM (SELECT t.name FROM ${JOINED} WHERE c.id IN ${GOOD}) x JOIN (SELECT t.name FROM ${JOINED} WHERE c.id IN ${GOOD}) y ON x.name = y.name`,
      [[3]],
      2,
    ],
    [
      `WITH t AS (SELECT t.name AS n FROM ${JOINED} WHERE c.id IN ${GOOD}) SELECT max(n) FROM t`,
      [['lkc-a-2']],
      2,
    ],
  ])('%s', async (sql, rows, calls) => {
    const ran = await run(world.session(), sql)
    expect(ran.rows).toEqual(rows)
    expect(ran.leftOut.reduce((n, l) => n + l.calls, 0)).toBe(calls)
    expect(world.heard.at(-1)).toContain('the result is incomplete')
  })

  test('a call that two parts of a statement have is sent once and told once', async () => {
    const sql = `SELECT a.name, b.size FROM ${T} a JOIN ${T} b ON b.name = a.name AND b.cluster IN ${given('lkc-a', 'lkc-403')} AND b.url = '${world.url}' WHERE a.url = '${world.url}' AND a.cluster IN ${given('lkc-a', 'lkc-403')}`
    expect((await run(world.session(), sql)).rows).toHaveLength(3)
    expect(world.requests()).toEqual(['/lkc-403/topics', '/lkc-a/topics', '/lkc-a/topics?after=2'])
    expect(world.heard).toHaveLength(2)
  })

  test('LIMIT and EXISTS count whole calls only', async () => {
    const from = `${JOINED} WHERE c.id IN ${given('lkc-half', 'lkc-b')}`
    const limited = await run(world.session(), `SELECT count(*) FROM (SELECT t.name FROM ${from} LIMIT 5)`)
    expect([limited.rows, limited.leftOut.length]).toEqual([[[3]], 1])
    const exists = await run(world.session(), `SELECT 1 WHERE EXISTS (SELECT 1 FROM ${from} AND t.size = 0)`)
    expect(exists.rows).toEqual([[1]])
    const enough = `SELECT count(*) FROM (SELECT name FROM ${T} WHERE url = '${world.url}' AND cluster IN ${given('lkc-a', 'lkc-nokey')} LIMIT 2)`
    expect(await run(world.session(), enough)).toEqual({ rows: [[2]], leftOut: [] })
  })
})

describe('a statement fails, although unreachable calls may be left out', () => {
  const half = (id: string): string => `SELECT t.name FROM ${JOINED} WHERE c.id IN ${given('lkc-a', id)}`
  test.each<readonly [name: string, sql: string, error: object]>([
    [
      'a single call of the statement',
      `SELECT name FROM ${T} WHERE cluster = 'lkc-nokey' AND url = 'URL'`,
      { code: 'CREDENTIALS' },
    ],
    ['the same with 403', `SELECT name FROM ${T} WHERE cluster = 'lkc-403' AND url = 'URL'`, { status: 403 }],
    [
      'every call',
      `SELECT t.name FROM ${JOINED} WHERE c.id IN ${given('lkc-403', 'lkc-refused')}`,
      { message: expect.stringContaining('no call of p.s.topics succeeded') },
    ],
    [
      'every call, one of them 404',
      `SELECT t.name FROM ${JOINED} WHERE c.id IN ${given('lkc-403', 'lkc-404')}`,
      { status: 403 },
    ],
    ['no call with a key', `SELECT t.name FROM ${JOINED} WHERE c.id = 'lkc-nokey'`, { code: 'CREDENTIALS' }],
    ['500', half('lkc-500'), { status: 500 }],
    ['an answer that was cut', half('lkc-cut'), { code: 'NETWORK' }],
    [
      'a change',
      `DELETE FROM ${T} WHERE url = 'URL' AND cluster = 'lkc-a' AND name IN (${half('lkc-403')})`,
      { status: 403 },
    ],
    ['a table of the session', `CREATE TABLE x AS ${half('lkc-403')}`, { status: 403 }],
  ])('%s', async (_, sql, error) => {
    await expect(run(world.session(), sql.replaceAll('URL', world.url))).rejects.toMatchObject(error)
    expect(world.heard).toEqual([])
  })

  test.each(['lkc-nokey', 'lkc-401', 'lkc-403', 'lkc-refused', 'lkc-nohost'])(
    'without the option: %s',
    async id => {
      await expect(run(world.session({ skipUnreachable: async () => false }), half(id))).rejects.toThrow()
      expect(world.heard).toEqual([])
    },
  )
})

describe('the error for missing keys', () => {
  test('names every cluster, and how to leave them out', async () => {
    const session = world.session({
      skipUnreachable: async () => false,
      without: ['lkc-nokey', 'lkc-401', 'lkc-half'],
    })
    await expect(run(session, `SELECT t.name FROM ${JOINED}`)).rejects.toMatchObject({
      code: 'CREDENTIALS',
      message: `no credentials for plane at ${world.url} (lkc-nokey), ${world.url} (lkc-401), ${world.url} (lkc-half): P_KEY and P_SECRET are not set; profile default has none that fits`,
      hint: 'Set P_KEY and P_SECRET (and P_PLANE_URL), or add { for: lkc-nokey, key: …, secret: … } to profiles.default.credentials in config.yaml, and one for each of the others, or --skip-unreachable leaves them out of a SELECT',
    })
    expect(world.requests()).toEqual(['/clusters'])
  })
})

describe('EXPLAIN marks calls without a credential', () => {
  test.each<readonly [sql: string, requests: (string | null)[]]>([
    [
      `SELECT name FROM ${T} WHERE url = 'URL' AND cluster IN ${given('lkc-a', 'lkc-nokey')}`,
      ['2, each to its last page; no credentials for 1 of 2: URL (lkc-nokey)'],
    ],
    [
      `SELECT name FROM ${T} WHERE url = 'URL' AND cluster = 'lkc-nokey'`,
      ['1, to its last page; no credentials: URL (lkc-nokey)'],
    ],
    [`SELECT name FROM ${T} WHERE url = 'URL' AND cluster = 'lkc-a'`, ['1, to its last page']],
    [`SELECT t.name FROM ${JOINED}`, ['1', 'one for each c.id, c.url, each to its last page']],
  ])('%s', async (sql, requests) => {
    const { rows } = await run(world.session(), `EXPLAIN ${sql.replaceAll('URL', world.url)}`)
    expect(rows.map(r => r[3])).toEqual(requests.map(r => r?.replaceAll('URL', world.url)))
    expect(world.requests()).toEqual([])
  })
})
