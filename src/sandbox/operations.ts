import type { Method } from '../catalog/types.ts'
import { mismatched, takeBody, takeWhole } from './requests/body.ts'
import { refusal } from './requests/effects.ts'
import { getOne, list } from './requests/reads.ts'
import { failure, type Reply } from './reply.ts'
import {
  about,
  answered,
  fullName,
  signatureOf,
  usualOperation,
  type Asked,
  type Context,
} from './requests/request.ts'
import { fits, lookUp, register } from './schemas/registry.ts'
import { labelValues, points } from './series/series.ts'
import { checkRequired, checkWindow, elementsOf } from './requests/select.ts'
import type { Row, State } from './rows/state.ts'
import { fillString, withNames, type Scope } from './rows/template.ts'
import type { Operation, Json, JsonObject } from './types.ts'
import { change, create } from './requests/writes.ts'

/** Answers one request, and changes the state if it is an accepted change. */
export function answer(state: State, asked: Asked): Reply {
  const elements = asked.method.body?.kind === 'array' ? elementsIn(asked.text) : []
  if (elements.length < 2) return answerOne(state, asked)
  const replies: Reply[] = []
  for (const element of elements) {
    const reply = answerOne(state, { ...asked, text: JSON.stringify([element]) })
    if (reply.problem !== undefined) return reply
    replies.push(reply)
  }
  const { body: _, ...rest } = replies.at(-1) as Reply
  const body = replies.flatMap(reply => reply.body ?? [])
  return { ...rest, ...(body.length > 0 && { body }) }
}

/** The elements of a body that is a list; none if it is no list. */
function elementsIn(text: string): readonly unknown[] {
  try {
    const value = JSON.parse(text) as unknown
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}

function answerOne(state: State, asked: Asked): Reply {
  const { resource, method, args } = asked
  const name = fullName(resource)
  const behaviour = state.behaviour(name)
  const own = behaviour.methods?.[signatureOf(method)] ?? {}
  const baseName = own.in ?? name
  const operation = own.does ?? usualOperation(method)
  const context = {
    ...asked,
    state,
    name,
    behaviour,
    baseName,
    base: state.behaviour(baseName),
    own,
    operation,
  }
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

const OPERATIONS: Readonly<Record<Operation, (context: Context, body: JsonObject, scope: Scope) => Reply>> = {
  get: getOne,
  list,
  create,
  change,
  remove: change,
  put: (context, body, scope) =>
    (about(context, withNames(scope, { body })).length > 0 ? change : create)(context, body, scope),
  series: points,
  labels: labelValues,
  register,
  lookup: lookUp,
  fits,
  nothing: (context, _, scope) => answered(context, [], scope),
}

/** Performs the operation, once or for each element of a list in the body. */
function perform(context: Context, body: JsonObject, scope: Scope): Reply {
  const { answer: _, ...inner } = context.own
  if (inner.of === undefined) return performOne(context, body, withNames(scope, { body }))
  const docs: Json[] = []
  for (const one of elementsOf(body, inner.of, inner.named ?? 'name')) {
    const reply = performOne({ ...context, own: inner }, one, withNames(scope, { body: one, whole: body }))
    if (reply.problem !== undefined) return reply
    docs.push(reply.body ?? null)
  }
  return answered(context, docs, withNames(scope, { body, whole: body }))
}

function performOne(context: Context, body: JsonObject, scope: Scope): Reply {
  const { state, name, method, args, operation } = context
  const row = changes(operation) || operation === 'put' ? about(context, scope)[0] : undefined
  const absent =
    checkRequired(method, args)
    ?? (operation === 'list' ? checkParents(context, scope) : undefined)
    ?? checkPath(context)
    ?? checkWindow(context.behaviour.window, args, String(scope.names.now))
  const refused =
    absent
    ?? (row === undefined && changes(operation) ? undefined : refusalOf(state, name, method, row, scope))
  return refused ?? OPERATIONS[operation](context, body, scope)
}

/** Refuses parameters of the path that do not match their patterns. */
function checkPath({ behaviour: { patterns = {} }, args }: Context): Reply | undefined {
  for (const [name, value] of Object.entries(args.path)) {
    const pattern = patterns[`param.${name}`]
    const refused = pattern === undefined ? undefined : mismatched(pattern, name, value)
    if (refused !== undefined) return refused
  }
  return undefined
}

/** Refuses a list below an unknown parent, instead of answering with an empty list. */
function checkParents({ state, method, args }: Context, scope: Scope): Reply | undefined {
  for (const { name } of method.params) {
    const known = state.data.known?.[name]
    const id = args.path[name] ?? args.query.get(name)
    if (known === undefined || !id || state.rows(known.in).some(({ doc }) => doc.id === id)) continue
    return failure(known.status ?? 403, fillString(known.detail ?? '', scope), { code: known.code })
  }
  return undefined
}

function changes(operation: Operation): boolean {
  return operation === 'change' || operation === 'remove'
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
