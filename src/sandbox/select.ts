import type { Method, Param } from '../catalog/types.ts'
import { allAt } from './json.ts'
import { failure, type Reply } from './reply.ts'
import type { Row } from './state.ts'
import type { Behaviour, Matcher, MethodBehaviour } from './types.ts'

/** The values a request gives to a method: path parameters decoded, the query as sent. */
export interface Arguments {
  readonly path: Readonly<Record<string, string>>
  readonly query: URLSearchParams
}

/** A refusal if a required query parameter is not there or empty. */
export function checkRequired(method: Method, args: Arguments): Reply | undefined {
  const absent = method.params.find(({ name, in: place, required }) => place === 'query' && required && !args.query.get(name))
  return absent && failure(400, `${absent.name} is required`, { code: 'invalid_filter', parameter: absent.name })
}

/** The query's parameters that a method knows, as sent. All others are ignored, as the API ignores them. */
export function knownQuery(method: Method, query: URLSearchParams): URLSearchParams {
  const known = new Set(method.params.filter((param) => param.in === 'query').map(({ name }) => name))
  return new URLSearchParams([...query].filter(([name, value]) => known.has(name) && value !== ''))
}

/** Rows of `rows` that the request's path and filters pick. */
export function pickRows(
  rows: readonly Row[],
  method: Method,
  behaviour: Behaviour,
  own: MethodBehaviour,
  args: Arguments,
): readonly Row[] {
  const tests = method.params.map((param) => test(param, behaviour, own, args)).filter((one) => one !== undefined)
  return rows.filter((row) => tests.every((one) => one(row)))
}

type Test = (row: Row) => boolean

function test(param: Param, behaviour: Behaviour, own: MethodBehaviour, args: Arguments): Test | undefined {
  const values = param.in === 'path' ? [args.path[param.name] ?? ''] : args.query.getAll(param.name).filter((value) => value !== '')
  if (param.in === 'header' || values.length === 0) return undefined
  const wanted = param.repeat === true ? values : values.slice(0, 1)
  const matcher = behaviour.filters?.[param.name]
  if (matcher !== undefined && param.in === 'query') {
    const accepts = acceptor(matcher, wanted, args.query)
    return ({ doc }) => allAt(doc, matcher.column).some((value) => accepts(String(value)))
  }
  if (Object.values(behaviour.filters ?? {}).some((other) => other.match === 'ancestors' && other.with === param.name)) return undefined
  const column = own.params?.[param.name] ?? param.column ?? (param.in === 'path' ? param.name : undefined)
  if (column === undefined) return undefined
  return ({ doc, keys }) => {
    const key = keys[param.name]
    return key === undefined ? allAt(doc, column).some((value) => wanted.includes(String(value))) : wanted.includes(key)
  }
}

function acceptor(matcher: Matcher, wanted: readonly string[], query: URLSearchParams): (value: string) => boolean {
  if (matcher.match === 'scope') return (value) => wanted.some((scope) => value === withoutStar(scope) || isBelow(value, scope))
  if (matcher.match === 'ancestors' && query.get(matcher.with) === 'true') {
    return (value) => wanted.some((scope) => value === scope || scope.startsWith(`${value}/`))
  }
  return (value) => wanted.includes(value)
}

function withoutStar(scope: string): string {
  return scope.endsWith('/*') ? scope.slice(0, -2) : scope
}

function isBelow(value: string, scope: string): boolean {
  return scope.endsWith('/*') && value.startsWith(scope.slice(0, -1))
}
