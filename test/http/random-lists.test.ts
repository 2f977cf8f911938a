import { expect, it } from 'vitest'
import type { Method, Paging } from '../../src/catalog/types.ts'
import { ConfluentqlError } from '../../src/errors.ts'
import { Random } from '../fuzz/random.ts'
import { call, client, collect, json, LIST, serve } from './support.ts'

const SEED = Number(process.env.FUZZ_SEED ?? 1)
const SERVERS = Number(process.env.FUZZ_SERVERS ?? 400)

/** How a server pages its rows. */
interface Server {
  readonly rows: readonly number[]
  /** Rows that it does not show, although positions count them. */
  readonly hidden: ReadonlySet<number>
  /** The limit that is asked for, if any, and the one it has. */
  readonly limit: number | undefined
  readonly cap: number
  /** The answer behind the last row: an empty page, null or a status. */
  readonly end: 'empty' | 'null' | 400 | 404 | 416
  readonly total: 'right' | 'low' | 'high' | 'more' | 'none'
  readonly kind: 'offset' | 'page'
  /** Inserts a row at this place, at this request. */
  readonly inserted: { readonly at: number; readonly request: number } | undefined
}

function serverOf(seed: number): Server {
  const from = new Random(seed)
  const random = (below: number): number => from.int(0, below - 1)
  const one = <const T extends readonly unknown[]>(...of: T): T[number] => from.pick(of)
  const count = one(0, 1, random(8), random(30), random(60))
  const isEqual = random(8) === 0
  const rows = Array.from({ length: count }, (_, i) => (isEqual ? Math.floor(i / 2) : i))
  const share = one(0, 0, 2, 5)
  const limit = one(undefined, 3, 7, 10)
  return {
    rows,
    hidden: new Set(isEqual ? [] : rows.filter(() => random(10) < share)),
    limit,
    // equal rows on pages of one row cannot be told from rows that come again
    cap: Math.max(isEqual ? 2 : 1, Math.min(limit ?? 20, one(1000, 1000, 1, 2, 5, 9))),
    end: one('empty', 'empty', 'null', 400, 404, 416),
    total: one('none', 'right', 'low', 'high', 'more'),
    kind: one('offset', 'offset', 'page'),
    inserted: random(6) === 0 ? { at: random(count + 1), request: random(6) } : undefined,
  }
}

/** The rows of a page from a position, and whether the position is behind the last row. */
function pageAt({ hidden, cap, kind }: Server, rows: readonly number[], position: number) {
  const from = kind === 'offset' ? position : (position - 1) * cap
  return {
    items: rows.slice(from, from + cap).filter(row => !hidden.has(row)),
    isBehind: from >= rows.length,
    from,
  }
}

/** Whether no page is empty before the last row that is shown. */
function hasNoGap(server: Server): boolean {
  const { rows, hidden, cap, kind } = server
  const shown = rows.flatMap((row, i) => (hidden.has(row) ? [] : [i]))
  return kind === 'page'
    ? shown.every((at, i) => Math.floor(at / cap) - (i === 0 ? -1 : Math.floor(shown[i - 1]! / cap)) <= 1)
    : shown.every((at, i) => at - (i === 0 ? -1 : shown[i - 1]!) <= cap)
}

interface Outcome {
  readonly rows?: readonly number[]
  readonly error?: ConfluentqlError
  readonly requests: number
}

async function outcomeOf(server: Server): Promise<Outcome> {
  let { rows } = server
  const served = await serve((request, response, index) => {
    if (index === server.inserted?.request)
      rows = [...rows.slice(0, server.inserted.at), -1, ...rows.slice(server.inserted.at)]
    const position = Number(request.query.get('at'))
    const { items, isBehind, from } = pageAt(server, rows, position)
    if (isBehind && index > 0 && typeof server.end === 'number')
      json(response, { error: 'no such page' }, server.end)
    else
      json(response, {
        items: isBehind && index > 0 && server.end === 'null' ? null : items,
        ...(server.total === 'right' && { total: rows.length }),
        ...(server.total === 'low' && { total: Math.floor(rows.length / 2) }),
        ...(server.total === 'high' && { total: rows.length + 50 }),
        ...(server.total === 'more' && { more: from + server.cap < rows.length }),
      })
  })
  const size = server.limit === undefined ? {} : { max: server.limit }
  const paging: Paging =
    server.kind === 'offset'
      ? { kind: 'offset', offset: 'at', limit: 'limit', total: '$.total', more: '$.more', ...size }
      : { kind: 'page', param: 'at', first: 1, size: 'limit', total: '$.total', more: '$.more', ...size }
  const method: Method = { ...LIST, rows: { at: '$.items', kind: 'array' }, paging }
  try {
    const pages = await collect(client({ retries: 0 }), call(served, method))
    return { rows: pages.flatMap(page => JSON.parse(page.text).items ?? []), requests: served.seen.length }
  } catch (error) {
    if (!(error instanceof ConfluentqlError)) throw error
    return { error, requests: served.seen.length }
  }
}

/** Whether the answers tell that rows follow an empty page, and one of them how many rows a page has at least. */
function tellsMore({ total, cap, limit, hidden, rows }: Server): boolean {
  const isSizeKnown = cap === limit || rows.slice(0, cap).some(row => !hidden.has(row))
  return (total === 'right' || total === 'high' || total === 'more') && isSizeKnown
}

/** What is wrong with the rows read. */
function faultOf(server: Server, { rows, error }: Outcome): string | undefined {
  const shown = server.rows.filter(row => !server.hidden.has(row))
  const isLossless = hasNoGap(server) || (server.hidden.size > 0 && tellsMore(server))
  // a listing that changes is not always found to have, where rows are equal or hidden
  if (server.inserted && server.rows.length > new Set(shown).size) return undefined
  if (error) {
    const isRefused = server.end === 400 || server.end === 404
    const isUnclear = server.inserted || isRefused || new Set(server.rows).size < server.rows.length
    return isUnclear ? undefined : `an error: ${error.message}`
  }
  const found = rows!.filter(row => row !== -1)
  if (server.inserted && rows!.length - found.length > 1) return 'the inserted row comes twice'
  // the size of pages is not known: rows may be skipped behind empty ones
  if (!isLossless && server.total !== 'none') return undefined
  const expected = isLossless ? shown : shown.slice(0, found.length)
  return JSON.stringify(found) === JSON.stringify(expected)
    ? undefined
    : `${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`
}

it('lists of random servers have each row once, or are an error', async () => {
  const faults: string[] = []
  let most = 0
  for (let seed = SEED; seed < SEED + SERVERS; seed++) {
    const server = serverOf(seed)
    const outcome = await outcomeOf(server)
    most = Math.max(most, outcome.requests)
    const fault = faultOf(server, outcome)
    if (fault !== undefined)
      faults.push(
        `FUZZ_SEED=${seed} FUZZ_SERVERS=1: ${fault} ${JSON.stringify({ ...server, hidden: [...server.hidden] })}`,
      )
  }
  // also the searches behind hidden rows are bounded
  expect(most).toBeLessThan(150)
  expect(faults).toEqual([])
})
