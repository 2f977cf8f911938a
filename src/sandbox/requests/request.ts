import type { Method, Resource } from '../../catalog/types.ts'
import { at, nest } from '../rows/json.ts'
import { failure, type Reply } from '../reply.ts'
import { daysIn, pickRows, type Arguments } from './select.ts'
import type { Row, State } from '../rows/state.ts'
import { dotted } from '../rows/serialize.ts'
import { fill, fillString, withNames, type Scope } from '../rows/template.ts'
import type { Behaviour, Operation, Json, MethodBehaviour, Refused } from '../types.ts'

/** A request to a method. */
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
  /** Name of the server, if there are several of its kind. */
  readonly site?: string | undefined
}

/** A request with the behaviour of its resource. */
export interface Context extends Asked {
  readonly state: State
  /** Full name of the resource. */
  readonly name: string
  readonly behaviour: Behaviour
  /** Full name and behaviour of the resource whose rows the method reads or changes. */
  readonly baseName: string
  readonly base: Behaviour
  readonly own: MethodBehaviour
  readonly operation: Operation
}

export function fullName({ provider, service, name }: Resource): string {
  return `${provider}.${service}.${name}`
}

/** The key of a method in the data: `GET /path`, with its fixed query. */
export function signatureOf({ http, path, query }: Method): string {
  const sent = Object.entries(query ?? {}).map(([name, value]) => `${name}=${value}`)
  return `${http} ${path}${sent.length === 0 ? '' : `?${sent.join('&')}`}`
}

export function usualOperation({ http, rows }: Method): Operation {
  if (http === 'GET') return rows === undefined || rows.kind === 'one' ? 'get' : 'list'
  if (http === 'POST') return 'create'
  return http === 'DELETE' ? 'remove' : 'change'
}

/** The rows of the request's server that it selects. */
export function picked(context: Context, scope: Scope): readonly Row[] {
  const { state, baseName, base, own, site, args } = context
  const { where = {} } = own
  const here =
    base.window === undefined
      ? state.rowsAt(baseName, site)
      : state.partsOf(baseName, daysIn(base.window, args))
  const rows = pickRows(here, { ...context, behaviour: context.base, filters: state.data.filters ?? {} })
  return Object.keys(where).length === 0 ? rows : rows.filter(row => state.matches(row, where, scope))
}

/** The target rows of the request: the first of the selected rows, unless the behaviour says otherwise. */
export function about(context: Context, scope: Scope): readonly Row[] {
  const rows = picked(context, scope)
  if (context.own.every === true) return rows
  return context.own.last === true ? rows.slice(-1) : rows.slice(0, 1)
}

export function notFound({ resource, args, own, behaviour, state }: Context, scope: Scope): Reply {
  const asked = Object.entries(args.path).map(([key, value]) => `${key} ${value}`)
  const absent: Refused = { ...behaviour.absent, ...own.absent }
  const { without } = absent
  const { status, number, detail } =
    without !== undefined && state.find(without, scope)?.length === 0 ? without : absent
  const text =
    detail === undefined
      ? `No ${resource.name} with ${asked.join(', ') || 'these parameters'}`
      : fillString(detail, scope)
  return failure(status ?? 404, text, { number })
}

/** Rows at the method's place in the body. */
export function within(method: Method, rows: Json): Json {
  const path = dotted(method.rows?.at ?? '$')
  return path === '' ? rows : nest(path, rows)
}

/** The success answer with these rows. */
export function answered(context: Context, docs: readonly Json[], scope: Scope): Reply {
  const { own, method, operation, state } = context
  const usual = operation === 'create' ? 201 : method.rows === undefined ? 204 : 200
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
