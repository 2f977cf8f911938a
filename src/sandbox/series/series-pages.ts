import { createHash } from 'node:crypto'
import { failure, type Reply } from '../reply.ts'
import type { Context } from '../requests/request.ts'
import type { Json, JsonObject } from '../types.ts'

/** The page of a query that its token names: groups up to the limit, as long as their rows fit in a page. A token belongs to one body. */
export function cutSeries<T>(
  groups: readonly T[],
  limit: number,
  rowsOf: (group: T) => readonly JsonObject[],
  { args, text, base, method }: Context,
): Reply {
  const body = createHash('sha256').update(text).digest('hex').slice(0, 12)
  const name = method.paging?.kind === 'token' ? method.paging.param : 'page_token'
  const [from = '0', of = body] = args.query.get(name)?.split('.') ?? []
  if (of !== body || !/^\d+$/.test(from)) return failure(400, 'invalid page token', { parameter: name })
  const rows: JsonObject[] = []
  let end = Number(from)
  while (end < Math.min(groups.length, Number(from) + limit)) {
    const more = rowsOf(groups[end]!)
    if (rows.length > 0 && rows.length + more.length > (base.series?.page ?? Infinity)) break
    rows.push(...more)
    end++
  }
  const pagination: Record<string, Json> = { page_size: limit }
  if (end < groups.length) pagination.next_page_token = `${end}.${body}`
  return { status: 200, body: { data: rows, meta: { pagination } } }
}
