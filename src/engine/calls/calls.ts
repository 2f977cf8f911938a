import { keyParts } from '../../catalog/keys.ts'
import type { Column, Method, Param, Resource, Shape, Value } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import { scalarText } from '../../http/requests/scalar.ts'
import { separatorOf, unsendable } from '../../http/requests/sendable.ts'
import { coerceValue } from '../../plan/coerce.ts'
import { fullName } from '../../plan/names.ts'
import type { Bind, ScanCalls } from '../../plan/plan.ts'
import { columnOf, fieldType } from '../pages/columns.ts'
import type { RowGuard } from '../pages/row-sql.ts'
import type { Store } from '../store/store.ts'
import { sqliteError } from '../store/temporary.ts'

/** Arguments of one call, by parameter. */
export type Args = Readonly<Record<string, readonly Value[]>>

/** Most values of a repeatable parameter in one request, so that URLs stay below common limits. */
const MAX_REPEATS = 50

/** The calls of a scan, and the ones that are skipped. */
export interface Calls {
  readonly calls: readonly Args[]
  /** Skipped: their base URL is empty or NULL, as for a cluster that is still being provisioned. */
  readonly unaddressed: readonly Args[]
  /** Skipped: a key from rows is not a valid path segment. */
  readonly invalidKeys: readonly Args[]
}

/**
 * All calls of a scan: the combinations of its binds, without duplicates.
 * @throws ConfluentqlError VALUE for a key in the statement that is not a valid path segment, and for an empty text that rows cannot verify
 */
export function expandCalls({ method, sets }: ScanCalls, resource: Resource, store: Store): Calls {
  const url = method.params.find(p => p.in === 'host')?.name
  const found = { calls: newSet(), unaddressed: newSet(), invalidKeys: newSet() }
  const unverified = method.params.filter(p => isUnverified(p, method, resource))
  for (const set of sets) {
    const fromRows = new Set(set.flatMap(b => (b.kind === 'query' && b.after.length > 0 ? b.params : [])))
    const nonEmpty = unverified.filter(p => p.required || fromRows.has(p.name))
    let combined: Record<string, Value>[] = [{}]
    for (const bind of set) {
      const rows = bindRows(bind, method, resource, store)
      combined = combined.flatMap(c =>
        rows.map(row => ({ ...c, ...Object.fromEntries(bind.params.map((p, i) => [p, row[i]!])) })),
      )
    }
    for (const values of combined) {
      const empty = nonEmpty.find(p => values[p.name] === '')
      if (empty) throw emptyKeyError(resource, empty, fromRows.has(empty.name))
      const isValid = method.params.every(p => !isInvalidSegment(p, values[p.name]))
      const into = !isValid
        ? 'invalidKeys'
        : url !== undefined && values[url] === ''
          ? 'unaddressed'
          : 'calls'
      const args = Object.fromEntries(Object.entries(values).map(([k, v]) => [k, [v]]))
      const id = callId(args)
      if (!found[into].has(id)) found[into].set(id, args)
    }
  }
  return {
    calls: joinRepeats(method, sendable(method, resource, [...found.calls.values()])),
    unaddressed: [...found.unaddressed.values()],
    invalidKeys: [...found.invalidKeys.values()],
  }
}

/** Identifies a call by its arguments. */
export function callId(args: Args): string {
  const texts = Object.entries(args).map(([name, values]) => `${name}=${values.map(String).join(' ')}`)
  return texts.sort().join('\u0000')
}

const newSet = (): Map<string, Record<string, readonly Value[]>> => new Map()

function bindRows(
  bind: Bind,
  method: Method,
  resource: Resource,
  store: Store,
): readonly (readonly Value[])[] {
  if (bind.kind === 'values') {
    bind.params.forEach((name, i) => {
      const param = method.params.find(p => p.name === name)!
      const wrong = bind.rows.find(row => isInvalidSegment(param, row[i]))
      if (wrong) throw invalidKeyError(resource, param, wrong[i]!)
    })
    return bind.rows
  }
  const params = bind.params.map(name => method.params.find(p => p.name === name)!)
  const coerced = (value: Value, param: Param): Value | undefined =>
    value === null && param.in === 'host' ? '' : coerceValue(value, parameterType(param, method, resource))
  return queryValues(bind.sql, store)
    .map(row => row.map((v, i) => coerced(v, params[i]!)))
    .filter((r): r is Value[] => !r.includes(undefined))
}

/** The type of the column or field that a parameter selects by. */
function parameterType({ column }: Param, method: Method, resource: Resource): Shape['type'] {
  const [name, ...path] = keyParts(column ?? '')
  const found: Column | undefined = columnOf(method, resource, name!)
  return found ? fieldType(found, path) : 'string'
}

/** The rows of a query over loaded tables that gives values of parameters. @throws ConfluentqlError VALUE */
export function queryValues(sql: string, store: Store): Value[][] {
  try {
    const statement = store.db.prepare(sql).raw()
    return (
      Object.keys(store.params).length > 0 && /[:@$]/.test(sql)
        ? statement.all(store.params)
        : statement.all()
    ) as Value[][]
  } catch (cause) {
    throw sqliteError(cause, 'SQLite, for the values of parameters')
  }
}

/** Values that are not valid as a path segment. */
const INVALID_SEGMENTS: ReadonlySet<string> = new Set(['', '.', '..'])

/** Whether a value is for the path and not a valid segment. */
function isInvalidSegment(param: Param, value: Value | undefined): boolean {
  return param.in === 'path' && value !== undefined && INVALID_SEGMENTS.has(String(value))
}

function invalidKeyError(resource: Resource, { name, column = name }: Param, value: Value): ConfluentqlError {
  return new ConfluentqlError(
    'VALUE',
    `${column} cannot be '${String(value)}' in ${fullName(resource)}: it is a part of the URL's path`,
    {
      hint: resource.columns.some(c => c.name === column && c.isInput)
        ? 'leave it out'
        : `leave it out, or look for it among all rows with ${column} || '' = '${String(value)}'`,
    },
  )
}

function emptyKeyError(
  resource: Resource,
  { name, column = name }: Param,
  isFromRows: boolean,
): ConfluentqlError {
  return new ConfluentqlError(
    'VALUE',
    `${column} cannot be '' in ${fullName(resource)}: servers may ignore an empty parameter`,
    {
      hint: isFromRows
        ? `the value comes from rows of another table; leave those out with a condition there, such as ${column} <> ''`
        : `give a value of ${column}`,
    },
  )
}

/**
 * Calls whose values a server reads as they are meant. If a value contains the separator of joined values, or cannot be in a header, its
 * optional parameter is left out of all calls, and the condition selects the rows.
 */
function sendable(
  method: Method,
  resource: Resource,
  calls: Record<string, readonly Value[]>[],
): Record<string, readonly Value[]>[] {
  const left = method.params.find(param => {
    const { name, required, type } = param
    if (required || (param.in !== 'header' && separatorOf(param) === undefined)) return false
    const isBad = (value: Value): boolean =>
      value !== null && unsendable(param, scalarText(value, type, `parameter ${name}`)) !== undefined
    return !isInput(param, method, resource) && calls.some(call => call[name]?.some(isBad))
  })
  if (left === undefined) return calls
  const rest = calls.map(call => Object.fromEntries(Object.entries(call).filter(([k]) => k !== left.name)))
  return sendable(method, resource, [...new Map(rest.map(call => [callId(call), call])).values()])
}

/** Whether a server can ignore an empty value of a parameter unnoticed: rows do not have the value. */
function isUnverified(param: Param, method: Method, resource: Resource): boolean {
  return (param.in === 'query' || param.in === 'header') && isInput(param, method, resource)
}

/** Whether the rows of an answer do not have the value that a parameter selects by. */
function isInput({ column }: Param, method: Method, resource: Resource): boolean {
  return column !== undefined && columnOf(method, resource, keyParts(column)[0]!)?.isInput === true
}

function joinRepeats(method: Method, calls: Record<string, readonly Value[]>[]): Args[] {
  const repeat = method.params.find(p => p.repeat && calls[0]?.[p.name] !== undefined)
  if (!repeat) return calls
  const groups = new Map<string, Record<string, readonly Value[]>[]>()
  for (const call of calls) {
    const id = Object.entries(call)
      .filter(([k]) => k !== repeat.name)
      .map(([k, v]) => `${k}=${String(v[0])}`)
      .join('\u0000')
    groups.set(id, [...(groups.get(id) ?? []), call])
  }
  return [...groups.values()].flatMap(group => {
    const chunks: Args[] = []
    const values = group.map(c => c[repeat.name]![0]!)
    // servers skip an empty text among others
    const [empty, others] = [values.filter(v => v === ''), values.filter(v => v !== '')]
    if (empty.length > 0) chunks.push({ ...group[0], [repeat.name]: empty })
    for (let i = 0; i < others.length; i += MAX_REPEATS)
      chunks.push({ ...group[0], [repeat.name]: others.slice(i, i + MAX_REPEATS) })
    return chunks
  })
}

/**
 * The values that a row must have to belong to a call, for parameters that select by a column of the answer. Parameters of
 * the path are left out, since no server ignores those. Only needed when there are several calls.
 */
export function rowGuards(method: Method, args: Args, inputs: ReadonlySet<string>): RowGuard[] {
  const { range } = method
  const bounds: RowGuard[] = range
    ? [
        { param: range.from, values: args[range.from]!, operator: '>=' as const },
        { param: range.before, values: args[range.before]!, operator: '<' as const },
      ]
    : []
  const equal = Object.entries(args)
    .filter(([name]) =>
      method.params.some(
        p => p.name === name && p.in !== 'path' && p.column !== undefined && !inputs.has(p.column),
      ),
    )
    .map(([param, values]) => ({ param, values }))
  return [...equal, ...bounds]
}

/** Values for the input columns of a call's rows. */
export function inputsOf(method: Method, args: Args): Record<string, Value> {
  return Object.fromEntries(
    method.params.flatMap(({ name, column, in: place, default: usual }) => {
      const value = args[name] ? (args[name][0] ?? null) : place === 'path' ? usual : undefined
      return column === undefined || value === undefined ? [] : [[column, value]]
    }),
  )
}

/** Names calls by the values of their parameters, without the parameter `without`: at most five, and the number of others. */
export function callNames({ params }: Method, calls: readonly Args[], without?: string): string {
  const name = (args: Args): string =>
    params
      .flatMap(p =>
        p.name === without || !args[p.name] ? [] : [`${p.name} ${args[p.name]!.map(shown).join(' ')}`],
      )
      .join(' ')
  const all = [...new Set(calls.map(name).filter(t => t !== ''))]
  return `${all.slice(0, 5).join(', ')}${all.length > 5 ? ` and ${all.length - 5} more` : ''}`
}

function shown(value: Value): string {
  return INVALID_SEGMENTS.has(String(value)) ? `'${String(value)}'` : String(value)
}
