import type { Resource } from '../../catalog/types.ts'
import { filledObject } from '../rows/document.ts'
import { isObject, mergeObjects, nest, without } from '../rows/json.ts'
import { cutPage } from './pages.ts'
import type { Reply } from '../reply.ts'
import { about, answered, notFound, picked, within, type Context } from './request.ts'
import { knownQuery } from './select.ts'
import type { Row } from '../rows/state.ts'
import { dotted, isUnchanged, serialize, type Serialized } from '../rows/serialize.ts'
import { withNames, type Scope } from '../rows/template.ts'
import type { Json, JsonObject } from '../types.ts'

/** Answers a request for one row. */
export function getOne(context: Context, _: JsonObject, scope: Scope): Reply {
  const row = about(context, scope)[0] ?? fallbackRow(context)
  if (row === undefined) return notFound(context, scope)
  const serialized = serialize(context, [context.state.read(context.baseName, row) ?? row], scope)[0]
  return answered(
    context,
    serialized === undefined ? [] : [serialized.value],
    withNames(scope, { doc: row.doc }),
  )
}

/** The row to answer with when the requested one does not exist, if the request asks for a fallback. */
function fallbackRow({ state, own, args, site }: Context): Row | undefined {
  const { fallback } = own
  if (fallback === undefined || args.query.get(fallback.param) !== 'true') return undefined
  return state.rowsAt(fallback.in, site)[0]
}

/** Answers a request for a page of rows. */
export function list(context: Context, _: JsonObject, scope: Scope): Reply {
  const { method, args, behaviour, base, own, state, baseName, path, origin } = context
  const rows = picked(context, scope)
  if (rows.length === 0 && own.absent !== undefined) return notFound(context, scope)
  const filters = knownQuery(method, args.query)
  // rows that are answered unchanged are serialized after the page is cut: each page would serialize the whole list
  const shown = (some: readonly Row[]): readonly Serialized[] => serialize(context, some, scope)
  const isCutFirst = isUnchanged(context) && base.phases === undefined
  const all = isCutFirst ? rows : shown(rows.map(row => state.read(baseName, row) ?? row))
  const { pageSize, end } = behaviour
  const page = cutPage<Row | Serialized>(all, method.paging, {
    query: args.query,
    filters,
    path,
    pageSize,
    trails: end?.trails,
  })
  if ('status' in page) return page
  const values = (isCutFirst ? shown(page.rows as Row[]) : (page.rows as Serialized[])).map(
    ({ value }) => value,
  )
  const isTrail = end?.trails === true && values.length === 0 && all.length > 0
  const body = within(
    method,
    method.rows?.kind === 'map' ? byKey(context.resource, values) : isTrail ? null : values,
  )
  const template = own.list ?? behaviour.list
  if (!isObject(body) || method.rows?.kind === 'map') return { status: 200, body }
  const envelope = filledObject(template, scope)
  const { paging } = method
  if (paging?.kind !== 'token' && paging?.kind !== 'url') {
    const link =
      page.next === undefined ? {} : { headers: { Link: `<${origin}${path}?${page.next}>; rel="next"` } }
    return { status: 200, body: mergeObjects(envelope, body), ...link }
  }
  const query = filters.size === 0 ? '' : `?${filters.toString()}`
  const address = `${origin}${path}${query}`
  const links = end?.links === 'self' ? { self: address } : { first: address, total_size: all.length }
  const first = dotted(paging.next).startsWith('metadata.') ? { metadata: links } : {}
  const link = page.next === undefined ? end?.next : `${origin}${path}?${page.next}`
  const next = link === undefined ? {} : nest(dotted(paging.next), link)
  return { status: 200, body: [first, next, body].reduce<JsonObject>(mergeObjects, envelope) }
}

/** A map of rows by their key column, which is removed from the rows. */
function byKey(resource: Resource, values: readonly Json[]): JsonObject {
  const key = resource.columns.find(column => column.at === '#key')?.name ?? 'id'
  return Object.fromEntries(values.filter(isObject).map(doc => [String(doc[key]), without(doc, key)]))
}
