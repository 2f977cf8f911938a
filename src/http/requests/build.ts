import { isFreeHeader } from '../../catalog/headers.ts'
import type { Method, Param, Value } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Base } from './base.ts'
import { encodeBody } from './body.ts'
import { bodyMembers } from './body-params.ts'
import type { Request } from '../exchange.ts'
import type { PageTarget } from '../paging/page-walk.ts'
import { scalarText } from './scalar.ts'
import { separatorOf, unsendable } from './sendable.ts'
import type { Call } from '../types.ts'
import { wireBody } from './wire-body.ts'

/**
 * A function that gives the request of each page of a call, without credentials. What is the same for all pages is made once.
 * Throws VALUE for a value that cannot be sent, MISSING_PARAMETER for a path parameter without a value.
 */
export function requestsOf(call: Call, base: Base): (target: PageTarget) => Request {
  const { method } = call
  checkNames(call)
  const texts = new Map(method.params.map(param => [param, paramTexts(call, param)]))
  const given = method.params
    .filter(param => param.in === 'query')
    .flatMap(param =>
      sentTexts(param, texts).map(text => `${encode(wireName(param), param)}=${encode(text, param)}`),
    )
  const segments = method.path.replace(/\{([^{}]*)\}/g, (_, name: string) => pathSegment(call, name, texts))
  const path = `${base.prefix}${segments}`
  const further = { ...constantHeaders(method), ...paramHeaders(texts) }
  const bodyFor = (paging: PageTarget['query'] = {}): ReturnType<typeof encodeBody> | undefined => {
    const whole = wireBody(method, withMembers(call.body, bodyMembers(method, texts, paging)))
    return whole === undefined ? undefined : encodeBody(method, whole)
  }
  const isInBody = method.paging?.in === 'body'
  const only = isInBody ? undefined : bodyFor()
  const common = {
    method: method.http,
    isRead: isRead(method),
    ...(call.host.quota && { quota: call.host.quota }),
    origin: base.origin,
    call,
  }
  return ({ query: paging, linked = [], path: next }) => {
    const query = [...given]
    for (const [name, text] of Object.entries({ ...method.query, ...(!isInBody && paging) }))
      query.push(`${encodeURIComponent(name)}=${encodeURIComponent(text)}`)
    query.push(...linked)
    const body = isInBody ? bodyFor(paging) : only
    return {
      ...common,
      path: next ?? `${path}${query.length > 0 ? `?${query.join('&')}` : ''}`,
      headers: { ...standardHeaders(body?.media), ...further },
      ...(body && { body: body.text }),
    }
  }
}

/** Whether a method changes nothing. */
function isRead({ http, verb }: Method): boolean {
  return http === 'GET' || verb === 'select'
}

/** A body with the members that parameters give. */
function withMembers(body: unknown, members: Readonly<Record<string, unknown>> | undefined): unknown {
  return members === undefined ? body : { ...members, ...(body as object | undefined) }
}

function standardHeaders(media: string | undefined): Record<string, string> {
  return {
    accept: 'application/json, */*;q=0.1',
    'accept-encoding': 'gzip, br, deflate',
    'user-agent': 'confluentql',
    ...(media !== undefined && { 'content-type': media }),
  }
}

/** The name of a parameter in the request. */
function wireName({ name, wire = name }: Param): string {
  return wire
}

/** The values of a parameter as they are sent: each alone, or all as one. */
function sentTexts(param: Param, texts: ReadonlyMap<Param, readonly string[]>): readonly string[] {
  const values = texts.get(param) ?? []
  for (const value of values) {
    const why = unsendable(param, value)
    if (why !== undefined) throw new ConfluentqlError('VALUE', `parameter ${param.name} ${why}`)
  }
  const separator = separatorOf(param)
  return separator === undefined || values.length < 2 ? values : [values.join(separator)]
}

function constantHeaders({ headers = {} }: Method): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, text]) => [name.toLowerCase(), text]))
}

function checkNames(call: Call): void {
  for (const name of Object.keys(call.args)) {
    if (!call.method.params.some(param => param.name === name)) {
      throw new ConfluentqlError('UNKNOWN_NAME', `method ${call.method.name} has no parameter ${name}`)
    }
  }
}

/** The values given for a parameter, or its default, as texts. NULL means that the parameter is left out. */
function paramTexts(call: Call, param: Param): readonly string[] {
  const values = argument(call, param.name).filter(value => value !== null)
  if (values.length > 1 && !param.repeat) {
    throw new ConfluentqlError(
      'VALUE',
      `parameter ${param.name} of method ${call.method.name} takes one value, not ${values.length}`,
    )
  }
  if (values.length === 0 && param.default !== undefined) return [param.default]
  return values.map(value => scalarText(value, param.type, `parameter ${param.name}`))
}

function argument(call: Call, name: string): readonly Value[] {
  return Object.hasOwn(call.args, name) ? (call.args[name] ?? []) : []
}

function pathSegment(call: Call, name: string, texts: ReadonlyMap<Param, readonly string[]>): string {
  const param = call.method.params.find(each => each.in === 'path' && wireName(each) === name)
  if (param === undefined) {
    throw new ConfluentqlError(
      'PROVIDER',
      `the path of method ${call.method.name} names {${name}}, which is not one of its path parameters`,
    )
  }
  const [text] = texts.get(param) ?? []
  if (text === undefined) {
    throw new ConfluentqlError(
      'MISSING_PARAMETER',
      `method ${call.method.name} needs a value for ${param.name}`,
    )
  }
  // servers and proxies resolve these, so the path would name another resource
  if (text === '' || text === '.' || text === '..') {
    throw new ConfluentqlError(
      'VALUE',
      `parameter ${param.name} cannot be '${text}': it is a part of the URL's path`,
    )
  }
  return encode(text, param)
}

function encode(text: string, param: Param): string {
  try {
    return encodeURIComponent(text)
  } catch {
    throw new ConfluentqlError(
      'VALUE',
      `parameter ${param.name} holds half of a surrogate pair, which cannot be sent`,
    )
  }
}

function paramHeaders(texts: ReadonlyMap<Param, readonly string[]>): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [param, values] of texts) {
    if (param.in !== 'header' || values.length === 0) continue
    if (!isFreeHeader(wireName(param))) {
      throw new ConfluentqlError(
        'PROVIDER',
        `a parameter cannot be the header ${JSON.stringify(wireName(param))}`,
      )
    }
    const [text] = sentTexts(param, texts)
    headers[wireName(param).toLowerCase()] = text!
  }
  return headers
}
