import type { Method, Resource } from '../catalog/types.ts'
import { takeBody, takeWhole } from './body.ts'
import { filledObject, make, type Made } from './document.ts'
import { follow, refusal } from './effects.ts'
import { at, isObject, mergeObjects, nest, without } from './json.ts'
import { cutPage } from './pages.ts'
import { failure, type Reply } from './reply.ts'
import { checkRequired, checkWindow, elementsOf, knownQuery, pickRows, type Arguments } from './select.ts'
import type { Row, State } from './state.ts'
import { dotted, membersOf, tell } from './tell.ts'
import { fill, fillString, withNames, type Scope } from './template.ts'
import type { Behaviour, Deed, Json, JsonObject, MethodBehaviour, Refused } from './types.ts'

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
  /** Name of the server, if it is one of several alike. */
  readonly site?: string | undefined
}

interface Context extends Asked {
  readonly state: State
  /** Full name of the resource. */
  readonly name: string
  readonly behaviour: Behaviour
  /** Full name and behaviour of the resource whose rows the method is about. */
  readonly base: string
  readonly ground: Behaviour
  readonly own: MethodBehaviour
  readonly deed: Deed
}

/** Answers one request, changing the state if it asks for that and is granted. */
export function answer(state: State, asked: Asked): Reply {
  const { resource, method, args } = asked
  const name = fullName(resource)
  const behaviour = state.behaviour(name)
  const own = behaviour.methods?.[signatureOf(method)] ?? {}
  const base = own.in ?? name
  const deed = own.does ?? usualDeed(method)
  const context = { ...asked, state, name, behaviour, base, ground: state.behaviour(base), own, deed }
  const taken =
    own.into === undefined
      ? takeBody(method.body, behaviour.patterns ?? {}, asked)
      : takeWhole(asked, own.into)
  const query = Object.fromEntries([...args.query].toReversed())
  const names = {
    param: { ...query, ...args.path },
    url: `${asked.origin}${asked.path}`,
    origin: asked.origin,
  }
  const scope = state.scope(method.http !== 'GET', names, asked.site)
  const reply = 'refused' in taken ? taken.refused : perform(context, taken.body, scope)
  if (reply.problem === undefined) return reply
  return { ...reply, family: behaviour.errors?.[String(reply.status)] ?? behaviour.errors?.default }
}

export function fullName({ provider, service, name }: Resource): string {
  return `${provider}.${service}.${name}`
}

/** How data names a method: `GET /path`, with the query that is always sent. */
export function signatureOf({ http, path, query }: Method): string {
  const sent = Object.entries(query ?? {}).map(([name, value]) => `${name}=${value}`)
  return `${http} ${path}${sent.length === 0 ? '' : `?${sent.join('&')}`}`
}

function usualDeed({ http, rows }: Method): Deed {
  if (http === 'GET') return rows === undefined || rows.kind === 'one' ? 'get' : 'list'
  if (http === 'POST') return 'create'
  return http === 'DELETE' ? 'remove' : 'change'
}

const DEEDS: Readonly<Record<Deed, (context: Context, body: JsonObject, scope: Scope) => Reply>> = {
  get: getOne,
  list,
  create,
  change,
  remove: change,
  put: (context, body, scope) =>
    (about(context, withNames(scope, { body })).length > 0 ? change : create)(context, body, scope),
  nothing: (context, _, scope) => answered(context, [], scope),
}

/** Does what is asked for, once or for each element of a list in the body. */
function perform(context: Context, body: JsonObject, scope: Scope): Reply {
  const { answer: _, ...inner } = context.own
  if (inner.of === undefined) return performOne(context, body, withNames(scope, { body }))
  const docs: Json[] = []
  for (const one of elementsOf(body, inner.of, inner.named ?? 'name')) {
    const reply = performOne({ ...context, own: inner }, one, withNames(scope, { body: one }))
    if (reply.problem !== undefined) return reply
    docs.push(reply.body ?? null)
  }
  return answered(context, docs, withNames(scope, { body }))
}

function performOne(context: Context, body: JsonObject, scope: Scope): Reply {
  const { state, name, method, args, deed } = context
  const row = changes(deed) || deed === 'put' ? about(context, scope)[0] : undefined
  const absent =
    checkRequired(method, args) ?? checkWindow(context.behaviour.window, args, String(scope.names.now))
  const refused =
    absent ?? (row === undefined && changes(deed) ? undefined : refusalOf(state, name, method, row, scope))
  return refused ?? DEEDS[deed](context, body, scope)
}

function changes(deed: Deed): boolean {
  return deed === 'change' || deed === 'remove'
}

function refusalOf(
  state: State,
  name: string,
  method: Method,
  row: Row | undefined,
  scope: Scope,
): Reply | undefined {
  return refusal(
    state,
    name,
    method.http,
    row,
    row === undefined ? scope : withNames(scope, { doc: row.doc }),
  )
}

/** The rows that the request picks, on its server. */
function picked(context: Context, scope: Scope): readonly Row[] {
  const { state, base, own, site } = context
  const { where = {} } = own
  const here = state.rows(base).filter(row => row.site === site)
  const rows = pickRows(here, { ...context, behaviour: context.ground, filters: state.data.filters ?? {} })
  return Object.keys(where).length === 0 ? rows : rows.filter(row => state.matches(row, where, scope))
}

/** Of the rows that the request picks, those it is about: one unless it says otherwise. */
function about(context: Context, scope: Scope): readonly Row[] {
  const rows = picked(context, scope)
  if (context.own.every === true) return rows
  return context.own.last === true ? rows.slice(-1) : rows.slice(0, 1)
}

function notFound({ resource, args, own, behaviour }: Context, scope: Scope): Reply {
  const asked = Object.entries(args.path).map(([key, value]) => `${key} ${value}`)
  const { status, number, detail } = { ...behaviour.absent, ...own.absent }
  const text =
    detail === undefined
      ? `No ${resource.name} with ${asked.join(', ') || 'these parameters'}`
      : fillString(detail, scope)
  return failure(status ?? 404, text, { number })
}

function getOne(context: Context, _: JsonObject, scope: Scope): Reply {
  const row = about(context, scope)[0] ?? instead(context)
  if (row === undefined) return notFound(context, scope)
  const told = tell(context, [context.state.read(context.base, row) ?? row], scope)[0]
  return answered(context, told === undefined ? [] : [told.value], withNames(scope, { doc: row.doc }))
}

/** The row that stands in for one that is not there, where the request asks for that. */
function instead({ state, own, args, site }: Context): Row | undefined {
  const { otherwise } = own
  if (otherwise === undefined || args.query.get(otherwise.param) !== 'true') return undefined
  return state.rows(otherwise.in).find(row => row.site === site)
}

function list(context: Context, _: JsonObject, scope: Scope): Reply {
  const { method, args, behaviour, own, state, base, path, origin } = context
  const rows = picked(context, scope)
  if (rows.length === 0 && own.absent !== undefined) return notFound(context, scope)
  const filters = knownQuery(method, args.query)
  const all = tell(
    context,
    rows.map(row => state.read(base, row) ?? row),
    scope,
  )
  const { pageSize, end } = behaviour
  const page = cutPage(all, method.paging, {
    query: args.query,
    filters,
    path,
    pageSize,
    trails: end?.trails,
  })
  if ('status' in page) return page
  const values = page.rows.map(({ value }) => value)
  const isTrail = end?.trails === true && values.length === 0 && all.length > 0
  const body = within(
    method,
    method.rows?.kind === 'map' ? byKey(context.resource, values) : isTrail ? null : values,
  )
  const template = own.list ?? behaviour.list
  if (!isObject(body) || method.rows?.kind === 'map') return { status: 200, body }
  const envelope = filledObject(template, scope)
  if (method.paging?.kind !== 'token') return { status: 200, body: mergeObjects(envelope, body) }
  const query = filters.size === 0 ? '' : `?${filters.toString()}`
  const first = nest('metadata', { first: `${origin}${path}${query}`, total_size: all.length })
  const link = page.next === undefined ? end?.next : `${origin}${path}?${page.next}`
  const next = link === undefined ? {} : nest(dotted(method.paging.next), link)
  return { status: 200, body: [first, next, body].reduce<JsonObject>(mergeObjects, envelope) }
}

/** A map of rows by the column that is the map's key, which the rows then do not have. */
function byKey(resource: Resource, values: readonly Json[]): JsonObject {
  const key = resource.columns.find(column => column.at === '#key')?.name ?? 'id'
  return Object.fromEntries(values.filter(isObject).map(doc => [String(doc[key]), without(doc, key)]))
}

/** Rows at the place in the body where the method says they are. */
function within(method: Method, rows: Json): Json {
  const path = dotted(method.rows?.at ?? '$')
  return path === '' ? rows : nest(path, rows)
}

/** The answer to a success with these rows. */
function answered(context: Context, docs: readonly Json[], scope: Scope): Reply {
  const { own, method, deed, state } = context
  const usual = deed === 'create' ? 201 : method.rows === undefined ? 204 : 200
  if (own.answer !== undefined) {
    const body = fill(own.answer, withNames(scope, { docs })) ?? null
    const token = own.grants === undefined ? undefined : at(body, own.grants)
    if (typeof token === 'string') state.tokens.add(token)
    return { status: own.status ?? (usual === 204 ? 200 : usual), body }
  }
  if (method.rows === undefined) return { status: own.status ?? usual }
  const rows = method.rows.kind === 'array' ? docs : (docs[0] ?? {})
  return { status: own.status ?? usual, body: within(method, rows) }
}

const TRIES = 100

function create(context: Context, body: JsonObject, scope: Scope): Reply {
  const { state, name, base, ground, resource, args, own, site } = context
  const taken = new Set(ground.numbers === undefined ? state.rows(base).map(({ doc }) => doc.id) : [])
  const making =
    own.set === undefined
      ? ground
      : { ...ground, set: mergeObjects((ground.set ?? {}) as JsonObject, own.set) }
  let made: Made = make(making, body, scope)
  for (let tries = 1; made.doc.id !== undefined && taken.has(made.doc.id) && tries < TRIES; tries++)
    made = make(making, body, scope)
  const doc = numbered(context, base === name ? shown(resource, made.doc) : made.doc)
  const id = String(doc.id)
  if (ground.opens !== undefined) state.sites.open(ground.opens, id)
  const row = state.add(base, { keys: args.path, site, reads: 0, doc })
  const inner = withNames(made.scope, { doc, sites: state.sites.urls() })
  follow(state, name, 'POST', inner)
  const whole = mergeObjects(doc, filledObject(ground.once, inner))
  state.keep(base, withNames(inner, { doc: whole }))
  const self = at(doc, 'metadata.self')
  const docs = tell(context, [{ ...row, doc: whole }], inner).map(({ value }) => value)
  return { ...answered(context, docs, inner), ...(typeof self === 'string' ? { location: self } : {}) }
}

/** A row with the members that are numbered. */
function numbered({ state, base, ground, site }: Context, doc: JsonObject): JsonObject {
  const numbers = Object.entries(ground.numbers ?? {}).map(([member, paths]) => {
    const alike = state
      .rows(base)
      .filter(row => row.site === site && paths.every(path => at(row.doc, path) === at(doc, path)))
    return [member, Math.max(0, ...alike.map(row => Number(row.doc[member] ?? 0))) + 1] as const
  })
  return { ...doc, ...Object.fromEntries(numbers) }
}

/** PATCH, PUT and DELETE, and what does the same. */
function change(context: Context, body: JsonObject, scope: Scope): Reply {
  const { state, name, base, ground, method, deed, site } = context
  const rows = about(context, scope)
  const [head] = rows
  if (head === undefined)
    return context.own.every === true && context.own.absent === undefined
      ? answered(context, [], scope)
      : notFound(context, scope)
  const after: Row[] = []
  for (const row of rows) {
    const inner = withNames(scope, { doc: row.doc })
    if (deed === 'remove') {
      const refused = removed(context, row, inner)
      if (refused !== undefined) return refused
      after.push(row)
      if (ground.opens !== undefined && site === undefined) state.sites.drop(String(row.doc.id))
    } else after.push(state.replace(base, row, changed(context, row.doc, body, inner)))
    follow(state, name, method.http, withNames(inner, { doc: after.at(-1)?.doc ?? {} }))
  }
  const inner = withNames(scope, { doc: after[0]?.doc ?? {} })
  return answered(
    context,
    tell(context, after, inner).map(({ value }) => value),
    inner,
  )
}

/** Takes a row away, or marks it where the API only does that at first. */
function removed({ state, base, own: { mark }, args }: Context, row: Row, scope: Scope): Reply | undefined {
  const marked = mark !== undefined && row.doc[mark.member] === true
  const forGood = mark === undefined || args.query.get(mark.param) === 'true'
  if (mark !== undefined && marked !== forGood) return refusedFor(forGood ? mark.early : mark.again, scope)
  if (mark === undefined || forGood) state.remove(base, row)
  else state.replace(base, row, { ...row.doc, [mark.member]: true })
  return undefined
}

function refusedFor({ status, number, detail }: Refused, scope: Scope): Reply {
  return failure(status ?? 404, fillString(detail ?? '', scope), { number })
}

/** A row with the body merged into it; a PUT first takes out all that a body can set. */
function changed(
  { base, name, resource, ground, method, own }: Context,
  doc: JsonObject,
  body: JsonObject,
  scope: Scope,
): JsonObject {
  if (method.body?.media === 'application/json-patch+json') return patched(doc, body)
  const settable = own.into === undefined ? (method.body?.fields.map(({ path }) => path) ?? []) : [own.into]
  const replaces = method.http === 'PUT' && own.merges !== true
  const kept = replaces
    ? mergeObjects(filledObject(ground.defaults, scope), settable.reduce(without, doc))
    : doc
  const given = own.of === undefined ? body : {}
  const merged = [given, filledObject(own.set, scope)].reduce(mergeObjects, kept)
  const touched = mergeObjects(merged, filledObject(ground.touch, withNames(scope, { doc: merged })))
  return base === name ? shown(resource, touched) : touched
}

/** One step of a JSON patch. */
function patched(doc: JsonObject, { op, path, value }: JsonObject): JsonObject {
  const place = String(path).split('/').slice(1).join('.')
  return op === 'remove' ? without(doc, place) : mergeObjects(doc, nest(place, value ?? null))
}

/** The members of a row that the resource has columns for, and those that are never told. */
function shown(resource: Resource, doc: JsonObject): JsonObject {
  const names = membersOf(resource.columns)
  return Object.fromEntries(Object.entries(doc).filter(([key]) => names.has(key) || key.startsWith('_')))
}
