import { beforeAll, describe, expect, it } from 'vitest'
import { Session } from '../../src/index.ts'
import { compiledDir } from '../catalog/compiled.ts'
import { PLANTED, server } from '../cli/support.ts'
import { rowsOf } from './support.ts'

const SIZE = 100
const world = {
  /** Rows of the list. */
  rows: 0,
  total: undefined as number | undefined,
  /** The table that gives keys. */
  wanted: [] as readonly string[],
  /** How calls by key are answered that have no row. */
  refused: 404,
  /** Pages of the list that are answered before the table with the keys is whole. */
  before: 0,
  pages: 0,
  gets: 0,
  deleted: [] as string[],
}
let url = ''
let release = (): void => {}
let whole = Promise.resolve()

const invitation = (n: number): object => ({ id: `i-${n}`, email: `${n}@example.com`, status: 'SENT' })

beforeAll(async () => {
  url = await server(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://h')
    const send = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    }
    const key = /\/invitations\/i-(\d+)$/.exec(pathname)?.[1]
    if (request.method === 'DELETE') {
      world.deleted.push(`i-${key}`)
      response.writeHead(204)
      return response.end()
    }
    if (key !== undefined) {
      world.gets++
      return Number(key) < world.rows
        ? send(200, invitation(Number(key)))
        : send(world.refused, { errors: [{ detail: 'no' }] })
    }
    const at = Number(searchParams.get('page_token') ?? 0)
    const next = (end: number, all: number): object =>
      end < all ? { next: `https://api.confluent.cloud${pathname}?page_token=${end}` } : {}
    if (pathname === '/iam/v2/ip-groups') {
      if (world.before > 0) await listed
      const rows = world.wanted.slice(at, at + SIZE)
      const data = rows.map((name, i) => ({ id: `g-${at + i}`, group_name: name }))
      send(200, { data, metadata: next(at + SIZE, world.wanted.length) })
      // the rows have to be loaded before the list goes on
      if (at + SIZE >= world.wanted.length) setTimeout(release, 50)
      return
    }
    world.pages++
    if (world.pages === world.before + 1) unlist()
    if (world.pages > world.before) await whole
    const end = Math.min(world.rows, at + SIZE)
    const data = Array.from({ length: end - at }, (_, i) => invitation(at + i))
    if (end === world.rows) unlist()
    send(200, {
      data,
      metadata: { ...next(end, world.rows), ...(world.total && { total_size: world.total }) },
    })
  })
})

let unlist = (): void => {}
let listed = Promise.resolve()

const T = 'confluent.iam.invitations'
const G = 'confluent.iam.ip_groups'

const FORMS = {
  join: `SELECT i.id FROM ${G} g JOIN ${T} i ON i.id = g.group_name`,
  'join, the list first': `SELECT i.id FROM ${T} i JOIN ${G} g ON i.id = g.group_name`,
  'left join': `SELECT i.id FROM ${G} g LEFT JOIN ${T} i ON i.id = g.group_name WHERE i.email IS NOT NULL`,
  subquery: `SELECT id FROM ${T} WHERE id IN (SELECT group_name FROM ${G})`,
  CTE: `WITH k AS (SELECT group_name AS n FROM ${G}) SELECT id FROM ${T} WHERE id IN (SELECT n FROM k)`,
  'CTE, joined': `WITH k AS (SELECT DISTINCT group_name AS n FROM ${G}) SELECT i.id FROM k JOIN ${T} i ON i.id = k.n`,
  change: `DELETE FROM ${T} WHERE id IN (SELECT group_name FROM ${G}) AND email LIKE '%@example.com'`,
} as const

/** Runs a statement whose keys are in a table of the API: those of `keys` that are odd are in the list. */
async function ran(
  sql: string,
  keys: number,
  of: Partial<typeof world>,
): Promise<{
  ids: readonly string[]
  pages: number
  gets: number
  reason: unknown
  notices: readonly string[]
}> {
  const wanted = Array.from({ length: keys }, (_, i) => `i-${i % 2 ? i : 200_000 + i}`)
  const reset = (): void => {
    const none = { total: undefined, refused: 404, before: 0, pages: 0, gets: 0, deleted: [] }
    Object.assign(world, none, of, { wanted })
    whole = new Promise(resolve => {
      release = resolve
    })
    listed = new Promise(resolve => {
      unlist = resolve
    })
  }
  const notices: string[] = []
  const session = new Session({
    env: PLANTED,
    builtIn: compiledDir(),
    endpoint: url,
    onNotice: text => notices.push(text),
  })
  reset()
  const found = (await rowsOf(session, sql)).map(r => String(r[0]))
  const ids = sql.startsWith('DELETE') ? [...world.deleted] : found
  const { pages, gets } = world
  reset()
  const isQuery = !sql.startsWith('DELETE')
  const reason = isQuery ? (await rowsOf(session, `EXPLAIN ANALYZE ${sql}`)).map(r => r.at(-1)) : []
  await session.close()
  return {
    notices,
    ids: ids.toSorted(),
    pages,
    gets,
    reason: reason.find(r => /^(?:list|keys): /.test(String(r))),
  }
}

/** The keys that the list has. */
const existing = (keys: number, rows: number): string[] =>
  Array.from({ length: keys }, (_, i) => i)
    .filter(i => i % 2 === 1 && i < rows)
    .map(i => `i-${i}`)
    .toSorted()

describe('keys in rows of another table of the API', () => {
  it.each([
    { keys: 5, rows: 10, pages: 1, gets: 0 },
    { keys: 5, rows: 20_000, pages: 1, gets: 5 },
    { keys: 5, rows: 20_000, total: 20_000, pages: 1, gets: 5 },
    { keys: 50, rows: 200, pages: 2, gets: 0 },
    { keys: 50, rows: 20_000, pages: 2, gets: 50 },
    { keys: 50, rows: 500, total: 500, pages: 5, gets: 0 },
    { keys: 500, rows: 1000, total: 1000, pages: 10, gets: 0 },
    { keys: 500, rows: 100_000, total: 100_000, pages: 1, gets: 500 },
    // no key: no row of the list is needed
    { keys: 0, rows: 20_000, pages: 1, gets: 0 },
  ])('$keys of a list of $rows rows, total_size $total: $pages pages, $gets gets', async of => {
    const { keys, rows, pages, gets, ...rest } = of
    for (const [form, sql] of Object.entries(FORMS)) {
      const { ids, notices, ...sent } = await ran(sql, keys, { rows, ...rest })
      // as with the list, keys without a row are no news
      expect({ form, ids, notices }).toEqual({ form, ids: existing(keys, rows), notices: [] })
      expect({ form, gets: sent.gets }).toEqual({ form, gets })
      // a page more if it is asked for early
      expect(sent.pages).toBeGreaterThanOrEqual(pages)
      expect(sent.pages).toBeLessThanOrEqual(pages + 1)
    }
  })

  it('are not called if the list ends before they are known', async () => {
    const found = await ran(FORMS.join, 50, { rows: 400, before: 4 })
    expect(found).toMatchObject({
      ids: existing(50, 400),
      pages: 4,
      gets: 0,
      reason: 'list: its end came first, after 4 pages; the keys were not known, or too many',
    })
  })

  it('are looked for in the list if a call by key is refused', async () => {
    const { gets, ...found } = await ran(FORMS.subquery, 50, { rows: 1500, refused: 403 })
    expect(found).toMatchObject({
      ids: existing(50, 1500),
      pages: 15,
      reason: 'list: a call by key was answered with 403',
    })
    expect(gets).toBeLessThanOrEqual(50)
  })

  it('say in EXPLAIN that they may take the place of the list, and in ANALYZE that they did', async () => {
    const { reason } = await ran(FORMS.join, 50, { rows: 20_000, total: 20_000 })
    expect(reason).toBe('keys: the list has 200 pages, as it says; 50 calls by key take 3 round trips')
    const session = new Session({ env: PLANTED, builtIn: compiledDir(), endpoint: url })
    const requests = async (sql: string): Promise<unknown> =>
      (await rowsOf(session, `EXPLAIN ${sql}`)).find(r => r[1] === T)![3]
    expect(await requests(FORMS.join)).toBe(
      '1, to its last page; or get_iam_v2invitation, one for each g.group_name, if that is ahead when these are known',
    )
    expect(await requests(`SELECT i.id FROM ${T} i JOIN ${T} o ON o.id = i.user.id`)).toBe(
      '1, to its last page',
    )
    await session.close()
  })

  it('of which there are too many are not looked at', async () => {
    const { ids, gets, pages } = await ran(FORMS.join, 10_400, { rows: 20_000 })
    expect({ ids: ids.length, gets, pages }).toEqual({ ids: 5200, gets: 0, pages: 200 })
  })
})
