import { createHash } from 'node:crypto'
import type { Paging } from '../../catalog/types.ts'
import { failure, type Reply } from '../reply.ts'

/** An element of a list with its position for paging. */
export interface Numbered {
  readonly seq: number
}

export interface PageOfRows<T> {
  readonly rows: readonly T[]
  /** Query of the next page, without the question mark; absent on the last page. */
  readonly next?: string
}

const DEFAULT_SIZE = 10

/**
 * The requested page of all rows that the filters select.
 * @param query  query of the request, as sent
 * @param filters  the filters in the query; a page token is valid only for the same ones
 * @param path  path of the request; a page token is valid only for the same one
 * @param trails  a full page always has a next page, which may be empty
 */
export function cutPage<T extends Numbered>(
  rows: readonly T[],
  paging: Paging | undefined,
  {
    query,
    filters,
    path,
    pageSize,
    trails = false,
  }: {
    query: URLSearchParams
    filters: URLSearchParams
    path: string
    pageSize: number | undefined
    trails?: boolean | undefined
  },
): PageOfRows<T> | Reply {
  if (paging === undefined) return { rows }
  if (paging.kind === 'offset') return cutByOffset(rows, paging, query)
  if (paging.kind === 'page') return cutByNumber(rows, paging, query, pageSize ?? DEFAULT_SIZE)
  const param = tokenParam(paging)
  const scope = digest(`${path}?${sorted(filters)}`)
  const token = query.get(param)
  const from = token === null || token === '' ? { after: 0, size: undefined } : readToken(token, scope)
  if (from === undefined)
    return failure(400, 'invalid page token', { code: 'invalid_filter', parameter: param })
  const max = paging.max ?? Number.POSITIVE_INFINITY
  const asked = paging.size === undefined ? null : query.get(paging.size)
  const size = asked === null ? (from.size ?? Math.min(pageSize ?? DEFAULT_SIZE, max)) : Number(asked)
  if (asked !== null && (!/^\d{1,9}$/.test(asked) || size < 1 || size > max)) {
    return failure(400, `${paging.size} must be a number from 1 to ${max}`, {
      code: 'invalid_filter',
      parameter: paging.size ?? '',
    })
  }
  const rest = rows.filter(({ seq }) => seq > from.after)
  const page = rest.slice(0, size)
  const last = page.at(-1)
  const isLast = rest.length === page.length && !(trails && page.length === size)
  if (last === undefined || isLast) return { rows: page }
  const next = new URLSearchParams([[param, writeToken(last.seq, size, scope)], ...filters])
  return { rows: page, next: next.toString() }
}

function cutByOffset<T>(
  rows: readonly T[],
  paging: Paging & { kind: 'offset' },
  query: URLSearchParams,
): PageOfRows<T> | Reply {
  const offset = Number(query.get(paging.offset) ?? 0)
  const limit = Number((paging.limit === undefined ? null : query.get(paging.limit)) ?? -1)
  if (!Number.isInteger(offset) || offset < 0)
    return failure(422, `${paging.offset} must be a number from 0`, { parameter: paging.offset })
  if (!Number.isInteger(limit))
    return failure(422, `${paging.limit} must be a whole number`, { parameter: paging.limit ?? '' })
  return { rows: limit < 0 ? rows.slice(offset) : rows.slice(offset, offset + limit) }
}

/** The parameter with the position. A client takes it from a link where paging has links. */
function tokenParam(paging: Paging): string {
  return paging.kind === 'token' ? paging.param : 'page_token'
}

function cutByNumber<T>(
  rows: readonly T[],
  { param, first, size, max = Number.POSITIVE_INFINITY }: Paging & { kind: 'page' },
  query: URLSearchParams,
  pageSize: number,
): PageOfRows<T> | Reply {
  const number = Number(query.get(param) ?? first)
  const length = Number((size === undefined ? null : query.get(size)) ?? Math.min(pageSize, max))
  if (!Number.isInteger(number) || number < first)
    return failure(422, `${param} must be a number from ${first}`, { parameter: param })
  if (!Number.isInteger(length) || length < 1 || length > max)
    return failure(422, `${size} must be a number from 1 to ${max}`, { parameter: size ?? '' })
  return { rows: rows.slice((number - first) * length, (number - first + 1) * length) }
}

function writeToken(after: number, size: number, scope: string): string {
  const content = `${after}.${size}.${scope}`
  return Buffer.from(`${content}.${digest(content)}`).toString('base64url')
}

function readToken(token: string, scope: string): { after: number; size: number } | undefined {
  const [after = '', size = '', query = '', check = ''] = Buffer.from(token, 'base64url')
    .toString()
    .split('.')
  if (check !== digest(`${after}.${size}.${query}`) || query !== scope) return undefined
  return { after: Number(after), size: Number(size) }
}

function digest(text: string): string {
  return createHash('sha256').update(`page token: ${text}`).digest('base64url').slice(0, 16)
}

function sorted(query: URLSearchParams): string {
  const copy = new URLSearchParams(query)
  copy.sort()
  return copy.toString()
}
