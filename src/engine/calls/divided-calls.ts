import type { Json, Method, Value } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Call, Page } from '../../http/types.ts'
import type { ScanCalls } from '../../plan/plan.ts'
import { literal } from '../../plan/splice.ts'
import type { Store } from '../store/store.ts'
import type { Args } from './calls.ts'
import { allOf, callOf, queryBody } from './query-body.ts'

/** The labels of a group, as JSON text. */
type Group = string

/** The answer to a query has as many groups as are allowed, so that others may be missing. */
export class TooManyGroups extends ConfluentqlError {
  readonly groups: readonly Group[]

  constructor(name: string, groups: readonly Group[]) {
    super(
      'LIMIT',
      `${name}: the answer has ${groups.length} groups, the most that the API gives, so that others may be missing`,
      { hint: 'add a condition on a label' },
    )
    this.groups = groups
  }
}

/** Calls that replace another one. */
export interface Parts {
  /** resources: each is about some of the resources, and may be left out. labels: only together are they about one of them. */
  readonly by: 'resources' | 'labels'
  readonly calls: readonly Call[]
}

/** How many parts the resources of a call are cut into. */
const PARTS = 4

/** Of a part by labels: the groups that it must have, and those that its filter excludes, as far as they are known. */
const known = new WeakMap<Call, { readonly own: ReadonlySet<Group>; readonly others: ReadonlySet<Group> }>()

/** Whether parts may replace a call, so that its rows are not final before its last page. */
export function isDivisible(chosen: ScanCalls, args: Args): boolean {
  const { groups } = chosen.method.queryBody ?? {}
  if (!groups) return false
  const labels = labelsOf(chosen.method, queryBody(chosen, args))
  const isGiven = (label: string): boolean => args[label]?.length === 1
  return (
    labels.length > 0
    && (hasResources(chosen.method, args) || (groups.after !== undefined && !labels.every(isGiven)))
  )
}

/** Whether a call is a query about several resources. */
export function hasResources(method: Method, args: Args): boolean {
  return method.queryBody !== undefined && resourcesOf(method, args).values.length > 1
}

/** The calls that replace one: for parts of its resources, or for values of a label if its answer has too many groups. */
export function partsOf(call: Call, chosen: ScanCalls, error: unknown): Parts | undefined {
  const parts = partsByResources(call, chosen)
  return parts ?? (error instanceof TooManyGroups ? partsByLabels(call, error) : undefined)
}

/** A call for each part of the resources that a call is about. */
function partsByResources(call: Call, chosen: ScanCalls): Parts | undefined {
  const { name, values } = resourcesOf(call.method, call.args)
  if (name === undefined || !hasResources(call.method, call.args)) return undefined
  const size = Math.ceil(values.length / PARTS)
  const calls = Array.from({ length: Math.ceil(values.length / size) }, (_, i) => {
    const args = { ...call.args, [name]: values.slice(i * size, (i + 1) * size) }
    return callOf({ ...chosen, method: call.method }, args, call.host, call.resource!)
  })
  return { by: 'resources', calls }
}

/** Two calls: for the values of a label up to one in the middle of those in the answer, and for the others. */
function partsByLabels(call: Call, { groups: found }: TooManyGroups): Parts | undefined {
  const { groups, filter: member } = call.method.queryBody ?? {}
  if (groups?.after === undefined || member === undefined) return undefined
  const all = [...new Set([...found, ...(known.get(call)?.own ?? [])])]
  const rows = all.map(group => JSON.parse(group) as readonly Json[])
  const [label] = labelsOf(call.method, call.body)
    .map((name, i) => ({ name, i, values: [...new Set(rows.map(row => row[i]!))] }))
    // a group without the label meets neither a filter nor its opposite
    .filter(
      ({ values }) => values.length > 1 && values.every(value => typeof value === 'string' && value !== ''),
    )
    .sort((a, b) => b.values.length - a.values.length)
  if (!label) return undefined
  const values = (label.values as string[]).sort()
  const last = values[Math.ceil(values.length / 2) - 1]!
  const after = { field: label.name, op: groups.after, value: last }
  const isAfter = (group: Group): boolean => ((JSON.parse(group) as readonly string[])[label.i] ?? '') > last
  const [above, below] = [new Set(all.filter(isAfter)), new Set(all.filter(g => !isAfter(g)))]
  const body = call.body as Readonly<Record<string, Json>>
  const part = (filter: Json, own: ReadonlySet<Group>, others: ReadonlySet<Group>): Call => {
    const filters = [...(body[member] === undefined ? [] : [body[member]]), filter]
    const made = { ...call, body: { ...body, [member]: allOf(filters) } }
    known.set(made, { own, others })
    return made
  }
  return {
    by: 'labels',
    calls: [part({ op: 'NOT', filter: after }, below, above), part(after, above, below)],
  }
}

/** The labels that a query groups by. */
function labelsOf({ queryBody: query }: Method, body: unknown): readonly string[] {
  const labels = query?.groups && (body as Readonly<Record<string, unknown>>)[query.groups.into]
  return (labels as readonly string[] | undefined) ?? []
}

function resourcesOf({ params }: Method, args: Args): { name?: string; values: readonly Value[] } {
  const name = params.find(p => p.repeat && args[p.name])?.name
  return name === undefined ? { values: [] } : { name, values: args[name]! }
}

/** Counts the groups in the answer to a query: an answer with as many as are allowed may lack others. */
export class GroupCount {
  readonly #found = new Set<Group>()
  readonly #limit: number
  readonly #call: Call
  readonly #select: ((text: string) => readonly Group[]) | undefined

  constructor(call: Call, store: Store) {
    const { method, body } = call
    this.#call = call
    this.#limit = method.queryBody?.groups?.limit ?? Infinity
    const groups = labelsOf(method, body)
    if (this.#limit === Infinity || groups.length === 0) return
    const labels = groups.map(g => `r.value ->> ${literal(`$."${g}"`)}`)
    const statement = store.db
      .prepare(
        `SELECT DISTINCT json_array(${labels.join(', ')}) FROM jsonb_each(?, ${literal(method.rows!.at)}) AS r`,
      )
      .pluck()
    this.#select = text => statement.all(text) as Group[]
  }

  add(page: Page): void {
    for (const group of this.#select?.(page.text) ?? []) this.#found.add(group)
  }

  /**
   * Called once all pages are read.
   * @throws TooManyGroups if there may be groups that they do not have
   * @throws ConfluentqlError if a part by labels does not have the groups that it must have
   */
  check(name: string): void {
    const { own, others } = known.get(this.#call) ?? {}
    const has = (group: Group): boolean => this.#found.has(group)
    const isWhole = this.#found.size !== this.#limit
    if ((others && [...others].some(has)) || (isWhole && own && ![...own].every(has)))
      throw new ConfluentqlError(
        'LIMIT',
        `${name}: the answer had ${this.#limit} groups, the most that the API gives, and the answers for parts of them do not have the same, so that others may be missing`,
        { hint: 'add a condition on a label' },
      )
    if (!isWhole) throw new TooManyGroups(name, [...this.#found])
  }
}
