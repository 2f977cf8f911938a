import type { Host, Json, Method, Resource, Value } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Call, Page } from '../../http/types.ts'
import type { ScanCalls } from '../../plan/plan.ts'
import { literal } from '../../plan/splice.ts'
import type { Args } from './calls.ts'
import type { Store } from '../store/store.ts'

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
function allOf(filters: readonly Json[]): Json {
  const flat = filters.flatMap(filter => {
    const { op, filters: inner } = filter as { readonly op?: Json; readonly filters?: readonly Json[] }
    return op === 'AND' && inner ? inner : [filter]
  })
  return flat.length === 1 ? flat[0]! : { op: 'AND', filters: flat }
}

/** The answer to a query has as many groups as are allowed. */
export class TooManyGroups extends ConfluentqlError {}

/** How many parts a call is cut into if its answer has too many groups. */
const PARTS = 4

/** Whether a call is a query about several resources, so that its rows are not final before its last page: `partsOf` may replace it. */
export function isDivisible({ method, query }: ScanCalls, args: Args): boolean {
  return query !== undefined && query.groups.length > 0 && resourcesOf(method, args).values.length > 1
}

/** Calls with a part each of the resources that a divisible call is about. */
export function partsOf(call: Call, chosen: ScanCalls): readonly Call[] {
  const { name, values } = resourcesOf(call.method, call.args)
  const size = Math.ceil(values.length / PARTS)
  return Array.from({ length: Math.ceil(values.length / size) }, (_, i) => {
    const args = { ...call.args, [name!]: values.slice(i * size, (i + 1) * size) }
    return callOf({ ...chosen, method: call.method }, args, call.host, call.resource!)
  })
}

function resourcesOf({ params }: Method, args: Args): { name?: string; values: readonly Value[] } {
  const name = params.find(p => p.repeat && args[p.name])?.name
  return name === undefined ? { values: [] } : { name, values: args[name]! }
}

/** Counts the groups in the answer to a query: an answer with as many as are allowed may lack others. */
export class GroupCount {
  readonly #found = new Set<string>()
  readonly #limit: number
  readonly #select: ((text: string) => readonly string[]) | undefined

  constructor(method: Method, groups: readonly string[], store: Store) {
    this.#limit = method.queryBody?.groups?.limit ?? Infinity
    if (this.#limit === Infinity || groups.length === 0) return
    const labels = groups.map(g => `r.value ->> ${literal(`$."${g}"`)}`)
    const statement = store.db
      .prepare(
        `SELECT DISTINCT json_array(${labels.join(', ')}) FROM jsonb_each(?, ${literal(method.rows!.at)}) AS r`,
      )
      .pluck()
    this.#select = text => statement.all(text) as string[]
  }

  add(page: Page): void {
    for (const group of this.#select?.(page.text) ?? []) this.#found.add(group)
  }

  /** @throws TooManyGroups once all pages are read, if there may be groups that they do not have */
  check(name: string): void {
    if (this.#found.size !== this.#limit) return
    throw new TooManyGroups(
      'LIMIT',
      `${name}: the answer has ${this.#limit} groups, the most that the API gives, so that others may be missing`,
      { hint: 'add a condition on a label' },
    )
  }
}
