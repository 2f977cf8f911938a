import { beforeAll, describe, expect, it } from 'vitest'
import { Session } from '../../src/index.ts'
import { compiledDir } from '../catalog/compiled.ts'
import { PLANTED, server } from '../cli/support.ts'
import { rowsOf } from './support.ts'

const SIZE = 100
const world = { rows: 0, total: undefined as number | undefined, pages: 0, gets: 0, refused: 404 }
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
      return response.end(JSON.stringify(isThere ? invitation(Number(key)) : { errors: [{ detail: 'no' }] }))
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

/** What a join by keys, half of which exist, asks for; its rows must be those that exist, each once. */
async function asked(
  keys: number,
  rows: number,
  total?: number,
  refused = 404,
): Promise<{ pages: number; gets: number; reason: unknown }> {
  Object.assign(world, { rows, total, pages: 0, gets: 0, refused })
  const session = new Session({ env: PLANTED, builtIn: compiledDir(), endpoint: url })
  // every second key is beyond the list
  const wanted = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${keys - 1}) SELECT 'i-' || iif(i % 2, i, 200000 + i) AS id FROM n`
  await rowsOf(session, `CREATE TABLE wanted AS ${wanted}`)
  const sql = 'SELECT i.id FROM wanted w JOIN confluent.iam.invitations i ON i.id = w.id ORDER BY i.id'
  const found = (await rowsOf(session, sql)).map(r => r[0])
  const expected = Array.from({ length: keys }, (_, i) => i).filter(i => i % 2 === 1 && i < rows)
  expect(found).toEqual(expected.map(i => `i-${i}`).sort())
  const { pages, gets } = world
  const reason = (await rowsOf(session, `EXPLAIN ANALYZE ${sql}`))[0]?.at(-1)
  await session.close()
  return { pages, gets, reason }
}

describe('keys of other rows', () => {
  it.each([
    // few keys: no page of a list
    { keys: 5, rows: 10, pages: 0, gets: 5 },
    { keys: 5, rows: 100_000, total: 100_000, pages: 0, gets: 5 },
    // 50 calls take 4 round trips
    { keys: 50, rows: 10, pages: 1, gets: 0 },
    { keys: 50, rows: 10, total: 10, pages: 1, gets: 0 },
    // a list that is complete by then is not dropped
    { keys: 50, rows: 400, pages: 4, gets: 0 },
    { keys: 50, rows: 401, pages: 4, gets: 50 },
    { keys: 50, rows: 1000, pages: 4, gets: 50 },
    { keys: 50, rows: 1000, total: 1000, pages: 1, gets: 50 },
    { keys: 50, rows: 500, total: 500, pages: 5, gets: 0 },
    { keys: 50, rows: 100_000, pages: 4, gets: 50 },
    { keys: 50, rows: 100_000, total: 100_000, pages: 1, gets: 50 },
    // 200 calls take 9
    { keys: 200, rows: 1000, total: 1000, pages: 10, gets: 0 },
    { keys: 200, rows: 100_000, pages: 9, gets: 200 },
    // 5,000 calls take 159
    { keys: 5000, rows: 1000, pages: 10, gets: 0 },
    { keys: 5000, rows: 1000, total: 1000, pages: 10, gets: 0 },
    { keys: 1000, rows: 100_000, total: 100_000, pages: 1, gets: 1000 },
    // a wrong total only costs time
    { keys: 50, rows: 100_000, total: 150, pages: 4, gets: 50 },
    { keys: 50, rows: 10, total: 1_000_000, pages: 1, gets: 0 },
  ])(
    '$keys of a list of $rows rows, total_size $total: $pages pages, $gets gets',
    async ({ keys, rows, total, ...expected }) => {
      const { pages, gets } = await asked(keys, rows, total)
      expect({ pages, gets }).toEqual(expected)
    },
  )

  it.each([400, 403])('are looked for in the list if a call by key is answered with %s', async status => {
    expect(await asked(50, 1000, 1000, status)).toEqual({
      pages: 11,
      gets: 50,
      reason: `list: a call by key was answered with ${status}`,
    })
  })

  it('say in EXPLAIN ANALYZE which way was taken, and why', async () => {
    expect((await asked(5, 10)).reason).toBe(null)
    expect((await asked(50, 10)).reason).toBe('list: it has 1 page; 50 calls by key take 4 round trips')
    expect((await asked(50, 1000)).reason).toBe(
      'keys: after 4 pages the list had more; 50 calls by key take 4 round trips',
    )
    expect((await asked(50, 1000, 1000)).reason).toBe(
      'keys: the list has 10 pages, as it says; 50 calls by key take 4 round trips',
    )
  })
})
