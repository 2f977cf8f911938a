import type { Resource } from '../../catalog/types.ts'
import { filledObject, make, masked, type Made } from '../rows/document.ts'
import { follow } from './effects.ts'
import { at, mergeObjects, nest, without } from '../rows/json.ts'
import { failure, type Reply } from '../reply.ts'
import { about, answered, notFound, type Context } from './request.ts'
import type { Row } from '../rows/state.ts'
import { membersOf, serialize } from '../rows/serialize.ts'
import { fillString, withNames, type Scope } from '../rows/template.ts'
import type { JsonObject, Refused } from '../types.ts'

const TRIES = 100

/** Creates a row, and applies the effects. */
export function create(context: Context, body: JsonObject, scope: Scope): Reply {
  const { state, name, baseName, base, resource, args, own, site } = context
  const usedIds = new Set(
    base.numbers === undefined ? state.rowsAt(baseName, site).map(({ doc }) => doc.id) : [],
  )
  const making =
    own.set === undefined ? base : { ...base, set: mergeObjects((base.set ?? {}) as JsonObject, own.set) }
  let made: Made = make(making, body, scope)
  for (let tries = 1; made.doc.id !== undefined && usedIds.has(made.doc.id) && tries < TRIES; tries++)
    made = make(making, body, scope)
  const doc = numbered(context, baseName === name ? shown(resource, made.doc) : made.doc)
  const id = String(doc.id)
  if (base.opens !== undefined) state.sites.open(base.opens, id)
  const row = state.add(baseName, { keys: args.path, site, reads: 0, doc })
  const inner = withNames(made.scope, { doc, sites: state.sites.urls() })
  follow(state, name, 'POST', inner)
  const whole = mergeObjects(doc, filledObject(base.once, inner))
  state.registerKey(baseName, withNames(inner, { doc: whole }))
  const self = at(doc, 'metadata.self')
  const docs = serialize(context, [{ ...row, doc: whole }], inner).map(({ value }) => value)
  return { ...answered(context, docs, inner), ...(typeof self === 'string' ? { location: self } : {}) }
}

/** A row with its numbered members. */
function numbered({ state, baseName, base, site }: Context, doc: JsonObject): JsonObject {
  const numbers = Object.entries(base.numbers ?? {}).map(([member, paths]) => {
    const alike = state
      .rowsAt(baseName, site)
      .filter(row => paths.every(path => at(row.doc, path) === at(doc, path)))
    return [member, Math.max(0, ...alike.map(row => Number(row.doc[member] ?? 0))) + 1] as const
  })
  return { ...doc, ...Object.fromEntries(numbers) }
}

/** Changes or removes the target rows (PATCH, PUT, DELETE). */
export function change(context: Context, body: JsonObject, scope: Scope): Reply {
  const { state, name, baseName, base, method, operation, site } = context
  const rows = unmarked(
    context,
    about(context, scope).filter(({ doc }) => isMeant(method, body, doc)),
  )
  const [head] = rows
  if (head === undefined)
    return context.own.every === true && context.own.absent === undefined
      ? answered(context, [], scope)
      : notFound(context, scope)
  const refused = operation === 'remove' ? removalRefused(context, rows, scope) : undefined
  if (refused !== undefined) return refused
  const after: Row[] = []
  for (const row of rows) {
    const inner = withNames(scope, { doc: row.doc })
    if (operation === 'remove') {
      remove(context, row)
      after.push(row)
      if (base.opens !== undefined && site === undefined) state.sites.drop(String(row.doc.id))
    } else after.push(state.replace(baseName, row, changed(context, row.doc, body, inner)))
    follow(state, name, method.http, withNames(inner, { doc: after.at(-1)?.doc ?? {} }))
  }
  const inner = withNames(scope, { doc: after[0]?.doc ?? {}, before: head.doc })
  return answered(
    context,
    serialize(context, after, inner).map(({ value }) => value),
    inner,
  )
}

/** Whether the row has the references that the body of a PATCH must have, such as its environment. */
function isMeant({ http, body: declared }: Context['method'], body: JsonObject, doc: JsonObject): boolean {
  if (http !== 'PATCH') return true
  const references = declared?.fields.filter(({ required, path }) => required && path.endsWith('.id')) ?? []
  return references.every(({ path }) => at(doc, path) === at(body, path))
}

/** Of rows to be marked, those that are not, unless all are. */
function unmarked({ own: { mark }, args }: Context, rows: readonly Row[]): readonly Row[] {
  if (mark === undefined || args.query.get(mark.param) === 'true') return rows
  const left = rows.filter(({ doc }) => doc[mark.member] !== true)
  return left.length === 0 ? rows : left
}

/** Refuses to mark rows that are marked, and to remove rows that are not. */
function removalRefused(
  { own: { mark }, args }: Context,
  rows: readonly Row[],
  scope: Scope,
): Reply | undefined {
  if (mark === undefined) return undefined
  const forGood = args.query.get(mark.param) === 'true'
  const wrong = rows.find(({ doc }) => (doc[mark.member] === true) !== forGood)
  return wrong && refusedFor(forGood ? mark.early : mark.again, withNames(scope, { doc: wrong.doc }))
}

/** Removes a row, or marks it if the API has soft deletion. */
function remove({ state, baseName, own: { mark }, args }: Context, row: Row): void {
  if (mark === undefined || args.query.get(mark.param) === 'true') state.remove(baseName, row)
  else state.replace(baseName, row, { ...row.doc, [mark.member]: true })
}

function refusedFor({ status, number, detail }: Refused, scope: Scope): Reply {
  return failure(status ?? 404, fillString(detail ?? '', scope), { number })
}

/** A row with the body merged into it; a PUT first removes all fields that a body can set. */
function changed(
  { baseName, name, resource, base, method, own }: Context,
  doc: JsonObject,
  body: JsonObject,
  scope: Scope,
): JsonObject {
  if (method.body?.media === 'application/json-patch+json') return patched(doc, body)
  const settable = own.into === undefined ? (method.body?.fields.map(({ path }) => path) ?? []) : [own.into]
  const replaces = method.http === 'PUT' && own.merges !== true
  const remaining = replaces
    ? mergeObjects(filledObject(base.defaults, scope), settable.reduce(without, doc))
    : doc
  const given = own.of === undefined ? body : {}
  const merged = [given, filledObject(own.set, scope)].reduce(mergeObjects, remaining)
  const touched = masked(
    base,
    mergeObjects(merged, filledObject(base.touch, withNames(scope, { doc: merged }))),
  )
  return baseName === name ? shown(resource, touched) : touched
}

/** One step of a JSON patch. */
function patched(doc: JsonObject, { op, path, value }: JsonObject): JsonObject {
  const place = String(path).split('/').slice(1).join('.')
  return String(op).toLowerCase() === 'remove'
    ? without(doc, place)
    : mergeObjects(doc, nest(place, value ?? null))
}

/** The members of a row that are columns of the resource, and hidden members. */
function shown(resource: Resource, doc: JsonObject): JsonObject {
  const names = membersOf(resource.columns)
  return Object.fromEntries(Object.entries(doc).filter(([key]) => names.has(key) || key.startsWith('_')))
}
