import { beforeAll, describe, expect, it } from 'vitest'
import { Session } from '../../src/index.ts'
import { compiledDir } from '../catalog/compiled.ts'
import { PLANTED, server } from '../cli/support.ts'
import { rowsOf } from './support.ts'

const SIZE = 100
const world = {
  rows: 0,
  total: undefined as number | undefined,
  pages: 0,
  gets: 0,
  refused: 404,
  /** No call by key has an answer. */
  isRefusingAll: false,
  /** An answer by this key has another one. */
  alias: undefined as string | undefined,
  /** So many rows of a hundred are left out of the pages. */
  hidden: 0,
  /** Its clusters may not be read. */
  denied: undefined as string | undefined,
}
let url = ''

const isHidden = (n: number): boolean => n % 100 >= 100 - world.hidden

const invitation = (n: number): object => ({ id: `i-${n}`, email: `${n}@example.com`, status: 'SENT' })

const cluster = (environment: string, id: string): object => ({
  id,
  spec: { display_name: id, environment: { id: environment } },
  status: { phase: 'PROVISIONED' },
})

beforeAll(async () => {
  url = await server((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://h')
    const key = /\/invitations\/i-(\d+)$/.exec(pathname)?.[1]
    response.setHeader('content-type', 'application/json')
    if (key !== undefined) {
      world.gets++
      const isThere = Number(key) < world.rows && !isHidden(Number(key)) && !world.isRefusingAll
      response.statusCode = isThere ? 200 : world.refused
      const answered = world.alias === `i-${key}` ? 0 : Number(key)
      return response.end(JSON.stringify(isThere ? invitation(answered) : { errors: [{ detail: 'no' }] }))
    }
    const environment = searchParams.get('environment') ?? ''
    const isCluster = pathname.startsWith('/cmk/v2/clusters')
    if (environment === world.denied) {
      response.statusCode = 403
      return response.end(JSON.stringify({ errors: [{ detail: 'no' }] }))
    }
    if (isCluster && pathname !== '/cmk/v2/clusters') {
      world.gets++
      return response.end(JSON.stringify(cluster(environment, pathname.split('/').at(-1)!)))
    }
    world.pages++
    const at = Number(searchParams.get('page_token') ?? 0)
    const end = Math.min(world.rows, at + SIZE)
    const row = isCluster ? (n: number) => cluster(environment, `lkc-${n}`) : invitation
    const numbers = Array.from({ length: end - at }, (_, i) => at + i)
    const data = numbers.filter(n => !isHidden(n)).map(row)
    const next = `https://api.confluent.cloud${pathname}?page_token=${end}`
    const metadata = { ...(end < world.rows && { next }), ...(world.total && { total_size: world.total }) }
    response.end(JSON.stringify({ data, metadata }))
  })
})

const TABLE = 'confluent.iam.invitations'

/** The ways to give keys; `ids` are SQL texts. */
const FORMS = {
  literals: (ids: readonly string[]) => `SELECT id FROM ${TABLE} WHERE id IN (${ids.join()})`,
  join: () => `SELECT i.id FROM main.wanted w JOIN ${TABLE} i ON i.id = w.id`,
  subquery: () => `SELECT id FROM ${TABLE} WHERE id IN (SELECT id FROM main.wanted)`,
} as const

const ALL_FORMS = Object.keys(FORMS) as (keyof typeof FORMS)[]

interface Case {
  readonly keys: number
  readonly rows: number
  readonly total?: number
  readonly refused?: number
  readonly isRefusingAll?: boolean
  readonly alias?: string
  readonly hidden?: number
  readonly form?: keyof typeof FORMS
  readonly limit?: number
  readonly sql?: string
  /** Whether EXPLAIN ANALYZE tells the reason. */
  readonly isAnalyzed?: boolean
  readonly options?: ConstructorParameters<typeof Session>[0]
}

/** What keys, of which half exist, ask for; the rows must be those that exist, each once. */
async function asked({
  keys,
  rows,
  form = 'join',
  limit,
  sql,
  isAnalyzed = true,
  options,
  ...of
}: Case): Promise<{ pages: number; gets: number; reason: unknown }> {
  Object.assign(world, {
    total: undefined,
    refused: 404,
    isRefusingAll: false,
    alias: undefined,
    hidden: 0,
    denied: undefined,
    ...of,
    rows,
    pages: 0,
    gets: 0,
  })
  const session = new Session({ env: PLANTED, builtIn: compiledDir(), endpoint: url, ...options })
  // every second key is beyond the list
  const ids = Array.from({ length: keys }, (_, i) => `'i-${i % 2 ? i : 200_000 + i}'`)
  const wanted = `SELECT column1 AS id FROM (VALUES ${ids.map(id => `(${id})`).join()})`
  await rowsOf(session, `CREATE TABLE wanted AS ${wanted}`)
  const query = sql ?? FORMS[form](ids) + (limit === undefined ? '' : ` LIMIT ${limit}`)
  const found = (await rowsOf(session, query)).map(r => String(r[0]))
  const existing = new Set(
    ids.map(id => id.slice(1, -1)).filter(id => Number(id.slice(2)) < rows && !isHidden(Number(id.slice(2)))),
  )
  expect(new Set(found).size).toBe(found.length)
  expect(found.filter(id => !existing.has(id))).toEqual([])
  expect(found.length).toBe(Math.min(limit ?? Infinity, existing.size))
  const { pages, gets } = world
  const report = isAnalyzed ? await rowsOf(session, `EXPLAIN ANALYZE ${query}`) : []
  const reason = report.at(-2)?.at(-1)
  await session.close()
  return { pages, gets, reason }
}

const COUNTS = [
  // few keys: no page of a list
  { keys: 5, rows: 10, pages: 0, gets: 5 },
  { keys: 12, rows: 100_000, total: 100_000, pages: 0, gets: 12 },
  // 50 calls take 3 round trips: without a total the list is left after 2
  { keys: 50, rows: 10, pages: 1, gets: 0 },
  { keys: 50, rows: 10, total: 10, pages: 1, gets: 0 },
  // a list that is complete by then is not dropped
  { keys: 50, rows: 200, pages: 2, gets: 0 },
  { keys: 50, rows: 201, pages: 2, gets: 50 },
  { keys: 50, rows: 1000, total: 1000, pages: 1, gets: 50 },
  { keys: 50, rows: 500, total: 500, pages: 5, gets: 0 },
  { keys: 50, rows: 100_000, pages: 2, gets: 50 },
  { keys: 50, rows: 100_000, total: 100_000, pages: 1, gets: 50 },
  // 200 calls take 8, and 7 if a few pages were answered before
  { keys: 200, rows: 600, pages: 6, gets: 0 },
  { keys: 200, rows: 900, total: 900, pages: 9, gets: 0 },
  { keys: 200, rows: 100_000, pages: 6, gets: 200 },
  // 5,000 calls take 159
  { keys: 5000, rows: 1000, pages: 10, gets: 0 },
  { keys: 5000, rows: 1000, total: 1000, pages: 10, gets: 0 },
  { keys: 1000, rows: 100_000, total: 100_000, pages: 1, gets: 1000 },
  // a wrong total only costs time
  { keys: 50, rows: 100_000, total: 150, pages: 2, gets: 50 },
  { keys: 14, rows: 1000, total: 100, pages: 1, gets: 14 },
  { keys: 50, rows: 10, total: 1_000_000, pages: 1, gets: 0 },
  // pages with few rows may be short, or hide some: 80 calls take 4 round trips
  { keys: 80, rows: 300, total: 300, hidden: 95, pages: 3, gets: 0 },
  { keys: 80, rows: 600, total: 600, hidden: 95, pages: 3, gets: 80 },
  { keys: 80, rows: 1000, total: 1000, hidden: 95, pages: 1, gets: 80 },
]

describe('keys that a list may have', () => {
  it.each(COUNTS)(
    '$keys of a list of $rows rows, total_size $total: $pages pages, $gets gets',
    async ({ pages, gets, ...of }) => {
      for (const form of of.keys === 50 ? ALL_FORMS : (['literals'] as const))
        expect({ form, ...(await asked({ ...of, form, isAnalyzed: false })) }).toMatchObject({
          form,
          pages,
          gets,
        })
    },
  )

  it.each([400, 403])('are looked for in the list if a call by key is answered with %s', async refused => {
    for (const form of ['literals', 'join'] as const) {
      const { gets, ...found } = await asked({ keys: 50, rows: 1000, total: 1000, refused, form })
      expect(found).toEqual({ pages: 10, reason: `list: a call by key was answered with ${refused}` })
      // no further call is begun after it
      expect(gets).toBeLessThanOrEqual(50)
    }
  })

  it('are looked for in the list if a call is answered with another key, which the list has under its own', async () => {
    const of = { keys: 50, rows: 1000, total: 1000, alias: 'i-7' }
    for (const form of ['literals', 'join'] as const)
      expect(await asked({ ...of, form })).toMatchObject({
        pages: 10,
        reason: 'list: a call by key was answered with another key',
      })
  })

  it('are looked for in the list if all calls by key are answered with 404, as there may be no such calls', async () => {
    const of = { keys: 50, rows: 1000, total: 1000, isRefusingAll: true }
    for (const form of ['literals', 'join'] as const)
      expect(await asked({ ...of, form })).toEqual({
        pages: 10,
        gets: 50,
        reason: 'list: all calls by key were answered with 404',
      })
  })

  it('are looked for in the list if the rows that suffice have another key than their calls asked for', async () => {
    const of = { keys: 50, rows: 1000, alias: 'i-1', limit: 1, isAnalyzed: false }
    for (const form of ['literals', 'join'] as const)
      expect(await asked({ ...of, form })).toMatchObject({ pages: 1 })
  })

  it('say in EXPLAIN ANALYZE which way was taken, and why', async () => {
    const reason = async (of: Case): Promise<unknown> => (await asked(of)).reason
    expect(await reason({ keys: 5, rows: 10 })).toBe(null)
    expect(await reason({ keys: 50, rows: 10, form: 'literals' })).toBe(
      'list: it has 1 page; 50 calls by key take 3 round trips',
    )
    expect(await reason({ keys: 50, rows: 1000 })).toBe(
      'keys: after 2 pages the list had more; 50 calls by key take 3 round trips',
    )
    expect(await reason({ keys: 50, rows: 1000, total: 1000, form: 'literals' })).toBe(
      'keys: the list has 10 pages, as it says; 50 calls by key take 3 round trips',
    )
  })

  it.each([
    // each key may have a row: as many calls as rows are missing, until they are a dozen
    { of: { keys: 160, rows: 4000, limit: 5 }, pages: 0, gets: 12 },
    { of: { keys: 160, rows: 4000, limit: 1 }, pages: 0, gets: 3 },
    // too few rows by a dozen calls: the list is begun
    { of: { keys: 160, rows: 4, limit: 5 }, pages: 1, gets: 12 },
    { of: { keys: 160, rows: 4, limit: 5, total: 4000 }, pages: 1, gets: 12 },
    // a list of 40 pages is left, and no call is made twice
    { of: { keys: 160, rows: 10, limit: 6 }, pages: 1, gets: 12 },
    { of: { keys: 160, rows: 4000, limit: 100, total: 4000 }, pages: 6, gets: 160 },
    // more rows than a dozen calls can give, and the first page has them
    { of: { keys: 160, rows: 4000, limit: 40 }, pages: 1, gets: 0 },
  ])('a row limit ends calls by key: $of', async ({ of, pages, gets }) => {
    for (const form of ALL_FORMS)
      expect({ form, ...(await asked({ ...of, form })) }).toMatchObject({ form, pages, gets })
  })

  /** What a statement asks for, with 60 keys in a table `wanted`, and its rows. */
  async function ran(
    sql: string,
    of: Partial<typeof world>,
    options: Case['options'] = {},
  ): Promise<{ rows: readonly (readonly unknown[])[]; pages: number; gets: number }> {
    const none = {
      total: undefined,
      refused: 404,
      isRefusingAll: false,
      alias: undefined,
      hidden: 0,
      denied: undefined,
    }
    const session = new Session({ env: PLANTED, builtIn: compiledDir(), endpoint: url, ...options })
    await rowsOf(
      session,
      `CREATE TABLE wanted AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 59) SELECT 'i-' || i AS id FROM n`,
    )
    Object.assign(world, { ...none, ...of, pages: 0, gets: 0 })
    const rows = await rowsOf(session, sql)
    await session.close()
    return { rows, pages: world.pages, gets: world.gets }
  }

  it('are asked for as far as EXISTS, and LIMIT in a subquery, need rows', async () => {
    const joined = `FROM main.wanted w JOIN ${TABLE} i ON i.id = w.id`
    for (const sql of [
      `SELECT EXISTS (SELECT 1 ${joined})`,
      `SELECT EXISTS (SELECT 1 FROM ${TABLE} WHERE id IN (SELECT id FROM main.wanted))`,
      `SELECT count(*) FROM (SELECT 1 ${joined} LIMIT 1)`,
      `WITH x AS (SELECT i.id ${joined}) SELECT 1 FROM x LIMIT 1`,
    ])
      expect({ sql, ...(await ran(sql, { rows: 100_000 })) }).toEqual({ sql, rows: [[1]], pages: 0, gets: 1 })
  })

  it('are all asked for where further rows may change the result', async () => {
    const from = `FROM main.wanted w JOIN ${TABLE} i ON i.id = w.id`
    for (const [sql, rows] of [
      [`SELECT i.id ${from} ORDER BY length(i.id), i.id DESC LIMIT 1`, [['i-9']]],
      [`SELECT count(*) ${from} LIMIT 1`, [[60]]],
      [`SELECT w.id FROM main.wanted w LEFT JOIN ${TABLE} i ON i.id = w.id WHERE i.id IS NULL LIMIT 1`, []],
      [`SELECT w.id FROM main.wanted w WHERE w.id NOT IN (SELECT i.id ${from}) LIMIT 1`, []],
    ] as const)
      expect({ sql, ...(await ran(sql, { rows: 100_000 })) }).toMatchObject({ sql, rows, gets: 60 })
  })

  it('of a self-join are looked up in the list that the other side has read, or that both begin', async () => {
    const own = `SELECT count(*) FROM ${TABLE} a JOIN ${TABLE} b ON b.id = a.id WHERE a.email LIKE '1%'`
    expect(await ran(own, { rows: 1000 })).toEqual({ rows: [[111]], pages: 10, gets: 0 })
    const both = `SELECT count(*) FROM main.wanted w JOIN ${TABLE} a ON a.id = w.id JOIN ${TABLE} b ON b.id = w.id`
    expect(await ran(both, { rows: 100_000 })).toEqual({ rows: [[60]], pages: 2, gets: 60 })
  })

  it('may be left out of several lists, of which none is left for calls by key if those may not be read', async () => {
    const ids = Array.from({ length: 20 }, (_, i) => `'lkc-${i}'`).join()
    const sql = `SELECT count(*), count(DISTINCT environment) FROM confluent.managed_kafka_clusters.clusters WHERE environment IN ('env-1', 'env-2', 'env-3') AND id IN (${ids})`
    expect(await ran(sql, { rows: 3000 })).toEqual({ rows: [[60, 3]], pages: 6, gets: 60 })
    expect(await ran(sql, { rows: 100 })).toEqual({ rows: [[60, 3]], pages: 3, gets: 0 })
    await expect(ran(sql, { rows: 3000, denied: 'env-2' })).rejects.toMatchObject({ status: 403 })
    const left = await ran(sql, { rows: 3000, denied: 'env-2' }, { skipUnreachable: true })
    expect(left.rows).toEqual([[40, 2]])
  })

  it('give the same whether they are left out or not', async () => {
    const sql = `SELECT count(*) FROM main.wanted w JOIN ${TABLE} i ON i.id = w.id`
    expect(await ran(sql, { rows: 100_000 }, { skipUnreachable: true })).toEqual({
      rows: [[60]],
      pages: 2,
      gets: 60,
    })
  })
})
