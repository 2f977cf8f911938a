import type { Host, Json, Resource, Value } from '../../catalog/types.ts'
import type { Call } from '../../http/types.ts'
import type { ScanCalls } from '../../plan/plan.ts'
import type { Args } from './calls.ts'

/** One call of a scan; of a query with its body. */
export function callOf(chosen: ScanCalls, args: Args, host: Host, resource: Resource): Call {
  const body = queryBody(chosen, args)
  return { host, method: chosen.method, args, resource, ...(body !== undefined && { body }) }
}

/** The body of a query's call; undefined for a method that has none. */
export function queryBody({ method, query }: ScanCalls, args: Args): Json | undefined {
  const { queryBody: body, params } = method
  if (!body) return undefined
  const used = new Set<string>()
  const filled = fill(body.template, args, used) as Readonly<Record<string, Json>>
  const tests = params.flatMap(p =>
    p.in === 'body' && p.range === undefined && !used.has(p.name) && args[p.name]
      ? [anyOf(args[p.name]!.map(value => equal(p.name, value)))]
      : [],
  )
  const filters = [...tests, ...(query?.filter === undefined ? [] : [query.filter])]
  return {
    ...filled,
    ...(body.filter !== undefined && filters.length > 0 && { [body.filter]: allOf(filters) }),
    ...(body.groups && query && query.groups.length > 0 && { [body.groups.into]: query.groups }),
  }
}

function fill(template: Json, args: Args, used: Set<string>): Json {
  if (typeof template === 'string')
    return template.replace(/\{([^{}]+)\}/g, (_, name: string) => {
      used.add(name)
      return String(args[name]?.[0] ?? '')
    })
  if (template === null || typeof template !== 'object') return template
  if (Array.isArray(template)) return (template as readonly Json[]).map(item => fill(item, args, used))
  return Object.fromEntries(
    Object.entries(template).map(([name, item]: [string, Json]) => [name, fill(item, args, used)]),
  )
}

const equal = (field: string, value: Value): Json => ({ field, op: 'EQ', value: String(value) })
const anyOf = (filters: readonly Json[]): Json => (filters.length === 1 ? filters[0]! : { op: 'OR', filters })
/** All of some filters, those of an AND among them taken apart. */
export function allOf(filters: readonly Json[]): Json {
  const flat = filters.flatMap(filter => {
    const { op, filters: inner } = filter as { readonly op?: Json; readonly filters?: readonly Json[] }
    return op === 'AND' && inner ? inner : [filter]
  })
  return flat.length === 1 ? flat[0]! : { op: 'AND', filters: flat }
}
