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
  /** An answer by this key has another one. */
  alias: undefined as string | undefined,
}
let url = ''

const invitation = (n: number): object => ({ id: `i-${n}`, email: `${n}@example.com`, status: 'SENT' })

beforeAll(async () => {
  url = await server((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://h')
    const key = /\/invitations\/i-(\d+)$/.exec(pathname)?.[1]
    response.setHeader('content-type', 'application/json')
    if (key !== undefined) {
      world.gets++
      const isThere = Number(key) < world.rows
      response.statusCode = isThere ? 200 : world.refused
      const answered = world.alias === `i-${key}` ? 0 : Number(key)
      return response.end(JSON.stringify(isThere ? invitation(answered) : { errors: [{ detail: 'no' }] }))
    }
    world.pages++
    const at = Number(searchParams.get('page_token') ?? 0)
    const end = Math.min(world.rows, at + SIZE)
    const data = Array.from({ length: end - at }, (_, i) => invitation(at + i))
    const next = `https://api.confluent.cloud/iam/v2/invitations?page_token=${end}`
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
  readonly alias?: string
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
  Object.assign(world, { total: undefined, refused: 404, alias: undefined, ...of, rows, pages: 0, gets: 0 })
  const session = new Session({ env: PLANTED, builtIn: compiledDir(), endpoint: url, ...options })
  // every second key is beyond the list
  const ids = Array.from({ length: keys }, (_, i) => `'i-${i % 2 ? i : 200_000 + i}'`)
  const wanted = `SELECT column1 AS id FROM (VALUES ${ids.map(id => `(${id})`).join()})`
  await rowsOf(session, `CREATE TABLE wanted AS ${wanted}`)
  const query = sql ?? FORMS[form](ids) + (limit === undefined ? '' : ` LIMIT ${limit}`)
  const found = (await rowsOf(session, query)).map(r => String(r[0]))
  const existing = new Set(ids.map(id => id.slice(1, -1)).filter(id => Number(id.slice(2)) < rows))
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
  // 50 calls take 4 round trips: without a total the list is left after 2
  { keys: 50, rows: 10, pages: 1, gets: 0 },
  { keys: 50, rows: 10, total: 10, pages: 1, gets: 0 },
  // a list that is complete by then is not dropped
  { keys: 50, rows: 200, pages: 2, gets: 0 },
  { keys: 50, rows: 201, pages: 2, gets: 50 },
  { keys: 50, rows: 1000, total: 1000, pages: 1, gets: 50 },
  { keys: 50, rows: 500, total: 500, pages: 5, gets: 0 },
  { keys: 50, rows: 100_000, pages: 2, gets: 50 },
  { keys: 50, rows: 100_000, total: 100_000, pages: 1, gets: 50 },
  // 200 calls take 9, and 8 if a few pages were answered before
  { keys: 200, rows: 600, pages: 6, gets: 0 },
  { keys: 200, rows: 900, total: 900, pages: 9, gets: 0 },
  { keys: 200, rows: 100_000, pages: 6, gets: 200 },
  // 5,000 calls take 159
  { keys: 5000, rows: 1000, pages: 10, gets: 0 },
  { keys: 5000, rows: 1000, total: 1000, pages: 10, gets: 0 },
  { keys: 1000, rows: 100_000, total: 100_000, pages: 1, gets: 1000 },
  // a wrong total only costs time
  { keys: 50, rows: 100_000, total: 150, pages: 4, gets: 50 },
  { keys: 50, rows: 10, total: 1_000_000, pages: 1, gets: 0 },
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
    for (const form of ['literals', 'join'] as const)
      expect(await asked({ keys: 50, rows: 1000, total: 1000, refused, form })).toEqual({
        pages: 11,
        gets: 50,
        reason: `list: a call by key was answered with ${refused}`,
      })
  })

  it('are looked for in the list if a call is answered with another key, which the list has under its own', async () => {
    const of = { keys: 50, rows: 1000, total: 1000, alias: 'i-7' }
    for (const form of ['literals', 'join'] as const)
      expect(await asked({ ...of, form })).toMatchObject({
        pages: 11,
        reason: 'list: a call by key was answered with another key',
      })
  })

  it('say in EXPLAIN ANALYZE which way was taken, and why', async () => {
    const reason = async (of: Case): Promise<unknown> => (await asked(of)).reason
    expect(await reason({ keys: 5, rows: 10 })).toBe(null)
    expect(await reason({ keys: 50, rows: 10, form: 'literals' })).toBe(
      'list: it has 1 page; 50 calls by key take 4 round trips',
    )
    expect(await reason({ keys: 50, rows: 1000 })).toBe(
      'keys: after 2 pages the list had more; 50 calls by key take 4 round trips',
    )
    expect(await reason({ keys: 50, rows: 1000, total: 1000, form: 'literals' })).toBe(
      'keys: the list has 10 pages, as it says; 50 calls by key take 4 round trips',
    )
  })
})
