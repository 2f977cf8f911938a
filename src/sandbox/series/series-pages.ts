import { createHash } from 'node:crypto'
import { failure, type Reply } from '../reply.ts'
import type { Context } from '../requests/request.ts'
import type { Json, JsonObject } from '../types.ts'

/** The page of a query's rows that its token names; a token belongs to one body. */
export function cutSeries(
  rows: readonly JsonObject[],
  pageSize: number,
  { args, text, base, method }: Context,
): Reply {
  const body = createHash('sha256').update(text).digest('hex').slice(0, 12)
  const name = method.paging?.kind === 'token' ? method.paging.param : 'page_token'
  const [from = '0', of = body] = args.query.get(name)?.split('.') ?? []
  if (of !== body || !/^\d+$/.test(from)) return failure(400, 'invalid page token', { parameter: name })
  const end = Number(from) + (base.series?.page ?? rows.length)
  const pagination: Record<string, Json> = { page_size: pageSize }
  if (end < rows.length) pagination.next_page_token = `${end}.${body}`
  return { status: 200, body: { data: rows.slice(Number(from), end), meta: { pagination } } }
}
