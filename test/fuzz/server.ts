import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Method, Param, Range } from '../../src/catalog/types.ts'
import { behaviours, TABLES, rowsOfView, type Data, type Dataset, type Json, type Table } from './schema.ts'

interface Route {
  readonly table: Table
  readonly method: Method
  readonly pattern: RegExp
  readonly names: readonly string[]
}

const ROUTES: readonly Route[] = TABLES.flatMap(table =>
  table.resource.methods.map(method => {
    const names = [...method.path.matchAll(/\{(\w+)\}/g)].map(m => m[1]!)
    return { table, method, names, pattern: new RegExp(`^${method.path.replace(/\{\w+\}/g, '([^/]+)')}$`) }
  }),
)

/** An HTTP server on the loopback interface. It answers as schema.ts describes its methods, and records the requests. */
export class ProviderServer {
  data: Dataset = new Map()
  /** Path and query of each request since the list was last cleared. */
  readonly requests: string[] = []
  readonly #server = http.createServer((request, response) => this.#answer(request, response))
  url = ''

  async start(): Promise<void> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    this.#server.unref()
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>(resolve => this.#server.close(() => resolve()))
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    this.requests.push(request.url!)
    const url = new URL(request.url!, this.url)
    const { status, body } = this.#reply(url)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  #reply(url: URL): { status: number; body: unknown } {
    for (const { table, method, pattern, names } of ROUTES) {
      const found = pattern.exec(url.pathname)
      if (!found) continue
      const given = new Map<string, string[]>(names.map((n, i) => [n, [decodeURIComponent(found[i + 1]!)]]))
      for (const p of method.params)
        if (p.in === 'query' && url.searchParams.has(p.name))
          given.set(p.name, url.searchParams.getAll(p.name))
      const missing = method.params.find(p => p.required && !given.has(p.name))
      const outside = method.range && wrongBounds(method.range, given)
      if (outside !== undefined) return { status: 400, body: { errors: [{ detail: outside }] } }
      if (missing) return { status: 400, body: { errors: [{ detail: `${missing.name} is missing` }] } }
      return page(table, method, select(table, method, this.data.get(table)!, given), url)
    }
    return { status: 404, body: { errors: [{ detail: 'no such path' }] } }
  }
}

function at(row: Data, path: string): Json {
  return path
    .split('.')
    .reduce<Json>(
      (value, name) => (typeof value === 'object' && value !== null ? (value[name] ?? null) : null),
      row,
    )
}

function matches(value: Json, given: string, param: Param): boolean {
  if (value === null) return false
  const text = String(value)
  switch (behaviours.get(param)) {
    case 'exact':
      return text === given
    case 'any case':
      return text.toLowerCase() === given.toLowerCase()
    case 'prefix':
      return text.startsWith(given)
    default:
      return true
  }
}

const DAYS: Readonly<Record<string, number>> = { P1M: 31, P90D: 90 }

/** Why the bounds of a request are invalid: missing, malformed, or too far apart. */
function wrongBounds(
  { from, before, longest, unit }: Range,
  given: ReadonlyMap<string, readonly string[]>,
): string | undefined {
  const [first = '', end = ''] = [from, before].map(name => given.get(name)?.[0])
  const form = unit === 'day' ? /^\d{4}-\d\d-\d\d$/ : /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
  const days = (Date.parse(end) - Date.parse(first)) / 86_400_000
  if (!form.test(first) || !form.test(end) || !(days > 0)) return `no range: ${first} to ${end}`
  return days > DAYS[longest!]! ? `too long: ${first} to ${end}` : undefined
}

function isWithin(value: string, range: 'from' | 'before', bound: string): boolean {
  const after = Date.parse(value) - Date.parse(bound)
  return range === 'from' ? after >= 0 : after < 0
}

/** The rows that the server returns for the parameters of a call. */
export function select(
  table: Table,
  method: Method,
  rows: readonly Data[],
  given: ReadonlyMap<string, readonly string[]>,
): readonly Data[] {
  const view = table.view === undefined ? undefined : given.get(table.view)?.[0]
  return rowsOfView(rows, view).filter(row =>
    method.params.every(p => {
      const values = given.get(p.name)
      if (p.range) return isWithin(String(at(row, method.range!.column)), p.range, values![0]!)
      return (
        values === undefined || p.name === table.view || values.some(v => matches(at(row, p.column!), v, p))
      )
    }),
  )
}

function page(
  table: Table,
  method: Method,
  rows: readonly Data[],
  url: URL,
): { status: number; body: unknown } {
  const shown = rows.map(row => shape(table, row))
  if (method.single)
    return shown[0]
      ? { status: 200, body: shown[0] }
      : { status: 404, body: { errors: [{ detail: 'not found' }] } }
  if (method.rows!.kind === 'map')
    return {
      status: 200,
      body: { labels: Object.fromEntries(rows.map((r, i) => [String(r.name), shown[i]])) },
    }
  const { paging } = method
  if (!paging) return { status: 200, body: { data: shown } }
  const numberParam = (name: string, fallback: number): number =>
    Number(url.searchParams.get(name) ?? fallback)
  if (paging.kind === 'offset') {
    const offset = numberParam(paging.offset, 0)
    return {
      status: 200,
      body: {
        data: shown.slice(offset, offset + Math.min(paging.max!, numberParam(paging.limit!, paging.max!))),
      },
    }
  }
  const size = Math.min(paging.max!, numberParam('page_size', 2))
  const from = numberParam('page_token', 0)
  const more = from + size < shown.length
  // every other listing begins with an empty page; the next page is given as a link or as a token
  const empty = shown.length % 2 === 1 && url.searchParams.get('page_token') === null
  const token = empty ? '0' : String(from + size)
  const link = shown.length % 3 === 0 ? token : `https://elsewhere.invalid${url.pathname}?page_token=${token}`
  return {
    status: 200,
    body: {
      data: empty ? [] : shown.slice(from, from + size),
      metadata: { next: empty || more ? link : null },
    },
  }
}

/** Number of requests for a list of this many rows, with the largest page size. */
export function pagesOf({ paging }: Method, rows: number): number {
  // only an empty page is the last; after a full one, all rows of the first empty page may be left out
  if (paging?.kind === 'offset') {
    const rest = rows % paging.max!
    return Math.ceil(rows / paging.max!) + (rows > 0 && rest === 0 ? 2 : 1)
  }
  return paging === undefined ? 1 : Math.max(1, Math.ceil(rows / paging.max!)) + (rows % 2)
}

/** A row as the API returns it: without input columns, with values at the paths of their columns. */
function shape(table: Table, row: Data): Data {
  const out: Record<string, Json> = {}
  for (const column of table.resource.columns) {
    if (column.isInput || column.at === '#key') continue
    if (column.at === '$.metadata.created_at') out.metadata = { created_at: row[column.name]! }
    else if (row[column.name] !== null || column.name.length % 2 === 0) out[column.name] = row[column.name]!
  }
  return out
}
