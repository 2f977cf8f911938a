import type { Method, Resource } from '../catalog/types.ts'
import { takeBody } from './body.ts'
import { filledObject, make, type Made } from './document.ts'
import { follow, refusal } from './effects.ts'
import { at, mergeObjects, nest, without } from './json.ts'
import { cutPage } from './pages.ts'
import { failure, type Reply } from './reply.ts'
import { checkRequired, knownQuery, pickRows, type Arguments } from './select.ts'
import type { Row, State } from './state.ts'
import { fill, withNames, type Scope } from './template.ts'
import type { Behaviour, Json, JsonObject, MethodBehaviour } from './types.ts'

/** What a request asks for. */
export interface Asked {
  readonly resource: Resource
  readonly method: Method
  readonly args: Arguments
  /** Path as sent, for page tokens and links. */
  readonly path: string
  readonly text: string
  readonly media: string | undefined
  /** Where the server listens, for links. */
  readonly origin: string
}

interface Context extends Asked {
  readonly state: State
  /** Full name of the resource. */
  readonly name: string
  readonly behaviour: Behaviour
  readonly own: MethodBehaviour
}

/** Answers one request, changing the state if it asks for that and is granted. */
export function answer(state: State, asked: Asked): Reply {
  const { resource, method, args } = asked
  const name = fullName(resource)
  const behaviour = state.behaviour(name)
  const context = { ...asked, state, name, behaviour, own: behaviour.methods?.[`${method.http} ${method.path}`] ?? {} }
  const taken = takeBody(method.body, behaviour.patterns ?? {}, asked)
  if ('refused' in taken) return taken.refused
  const query = Object.fromEntries([...args.query].toReversed())
  const scope = state.scope(method.http !== 'GET', { body: taken.body, param: { ...query, ...args.path } })
  if (method.http === 'GET') return method.rows === undefined || method.rows.kind === 'one' ? getOne(context, scope) : list(context, scope)
  if (method.http === 'POST') return create(context, taken.body, scope)
  return change(context, taken.body, scope)
}

export function fullName({ provider, service, name }: Resource): string {
  return `${provider}.${service}.${name}`
}

function picked({ state, name, method, behaviour, own, args }: Context): readonly Row[] {
  return pickRows(state.rows(name), method, behaviour, own, args)
}

function notFound({ resource, args }: Context): Reply {
  const asked = Object.entries(args.path).map(([key, value]) => `${key} ${value}`)
  return failure(404, `No ${resource.name} with ${asked.join(', ') || 'these parameters'}`)
}

function getOne(context: Context, scope: Scope): Reply {
  const refused = checkRequired(context.method, context.args) ?? refusal(context.state, context.name, 'GET', undefined, scope)
  if (refused !== undefined) return refused
  const row = picked(context)[0]
  if (row === undefined) return notFound(context)
  return { status: context.own.status ?? 200, body: within(context.method, row.doc) }
}

function list(context: Context, scope: Scope): Reply {
  const { method, args, behaviour, state, name, path, origin } = context
  const refused = checkRequired(method, args) ?? refusal(state, name, 'GET', undefined, scope)
  if (refused !== undefined) return refused
  const all = picked(context)
  const filters = knownQuery(method, args.query)
  const page = cutPage(all, method.paging, { query: args.query, filters, path, pageSize: behaviour.pageSize })
  if ('status' in page) return page
  const docs = page.rows.map(({ doc }) => doc)
  const body = within(method, method.rows?.kind === 'map' ? byKey(context.resource, docs) : docs)
  if (method.paging?.kind !== 'token') return { status: 200, body }
  const query = filters.size === 0 ? '' : `?${filters.toString()}`
  const envelope = mergeObjects(behaviour.list ?? {}, nest('metadata', { first: `${origin}${path}${query}`, total_size: all.length }))
  const next = page.next === undefined ? {} : nest(members(method.paging.next), `${origin}${path}?${page.next}`)
  return { status: 200, body: [next, body].reduce<JsonObject>(mergeObjects, envelope) }
}

/** A map of rows by the column that is the map's key. */
function byKey(resource: Resource, docs: readonly JsonObject[]): JsonObject {
  const key = resource.columns.find((column) => column.at === '#key')?.name ?? 'id'
  return Object.fromEntries(docs.map((doc) => [String(doc[key]), doc]))
}

/** Rows at the place in the body where the method says they are. */
function within(method: Method, rows: Json): Json {
  const path = members(method.rows?.at ?? '$')
  return path === '' ? rows : nest(path, rows)
}

/** The dotted path of a SQLite JSON path that steps through objects. */
function members(path: string): string {
  return path.replace(/^\$\.?/, '')
}

const TRIES = 100

function create(context: Context, body: JsonObject, scope: Scope): Reply {
  const { state, name, behaviour, resource, method, args, own } = context
  const refused = checkRequired(method, args) ?? refusal(state, name, 'POST', undefined, scope)
  if (refused !== undefined) return refused
  const taken = new Set(state.rows(name).map(({ doc }) => doc.id))
  let made: Made = make(behaviour, body, scope)
  for (let tries = 1; taken.has(made.doc.id) && tries < TRIES; tries++) made = make(behaviour, body, scope)
  const doc = shown(resource, made.doc)
  state.add(name, args.path, doc)
  const inner = withNames(made.scope, { doc })
  follow(state, name, 'POST', inner)
  const self = at(doc, 'metadata.self')
  return {
    status: own.status ?? 201,
    body: within(method, mergeObjects(doc, filledObject(behaviour.once, inner))),
    ...(typeof self === 'string' ? { location: self } : {}),
  }
}

/** PATCH, PUT and DELETE: of the one row that the path means. */
function change(context: Context, body: JsonObject, scope: Scope): Reply {
  const { state, name, method, args, own } = context
  const { http } = method
  const required = checkRequired(method, args)
  if (required !== undefined) return required
  const row = picked(context)[0]
  if (row === undefined) return notFound(context)
  const inner = withNames(scope, { doc: row.doc })
  const refused = refusal(state, name, http, row, inner)
  if (refused !== undefined) return refused
  const doc = http === 'DELETE' ? row.doc : changed(context, row.doc, body, inner)
  if (http === 'DELETE') state.remove(name, row)
  else state.replace(name, row, doc)
  const after = withNames(inner, { doc })
  follow(state, name, http, after)
  if (own.answer !== undefined) return { status: own.status ?? 200, body: fill(own.answer, after) ?? null }
  return method.rows === undefined ? { status: own.status ?? 204 } : { status: own.status ?? 200, body: within(method, doc) }
}

/** A row with the body merged into it; a PUT first takes out all that a body can set. */
function changed({ resource, behaviour, method, own }: Context, doc: JsonObject, body: JsonObject, scope: Scope): JsonObject {
  const settable = method.http === 'PUT' ? (method.body?.fields.map(({ path }) => path) ?? []) : []
  const kept = mergeObjects(filledObject(behaviour.defaults, scope), settable.reduce(without, doc))
  const merged = [body, filledObject(own.set, scope)].reduce(mergeObjects, method.http === 'PUT' ? kept : doc)
  return shown(resource, mergeObjects(merged, filledObject(behaviour.touch, withNames(scope, { doc: merged }))))
}

/** The members of a row that the resource has columns for. */
function shown(resource: Resource, doc: JsonObject): JsonObject {
  const names = new Set(resource.columns.filter(({ echo }) => echo !== true).map((column) => column.name))
  return Object.fromEntries(Object.entries(doc).filter(([key]) => names.has(key)))
}
