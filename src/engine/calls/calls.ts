import { keyParts } from '../../catalog/keys.ts'
import type { Column, Method, Param, Resource, Shape, Value } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
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
 * @throws ConfluentqlError VALUE for a key in the statement that is not a valid path segment
 */
export function expandCalls({ method, sets }: ScanCalls, resource: Resource, store: Store): Calls {
  const url = method.params.find(p => p.in === 'host')?.name
  const found = { calls: newSet(), unaddressed: newSet(), invalidKeys: newSet() }
  for (const set of sets) {
    let combined: Record<string, Value>[] = [{}]
    for (const bind of set) {
      const rows = bindRows(bind, method, resource, store)
      combined = combined.flatMap(c =>
        rows.map(row => ({ ...c, ...Object.fromEntries(bind.params.map((p, i) => [p, row[i]!])) })),
      )
    }
    for (const values of combined) {
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
    calls: joinRepeats(method, joinable(method, [...found.calls.values()])),
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

/**
 * Calls whose joined values can be told apart. If one has the text between them in it, the parameter is left out, and the
 * condition selects the rows.
 */
function joinable(
  { params }: Method,
  calls: Record<string, readonly Value[]>[],
): Record<string, readonly Value[]>[] {
  const joined = params.find(({ name, join, required }) => {
    const isIn = (value: Value): boolean => join !== undefined && String(value).includes(join)
    return !required && calls.some(call => call[name]?.some(isIn))
  })
  if (joined === undefined) return calls
  const rest = calls.map(call => Object.fromEntries(Object.entries(call).filter(([k]) => k !== joined.name)))
  return [...new Map(rest.map(call => [callId(call), call])).values()]
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
    for (let i = 0; i < group.length; i += MAX_REPEATS) {
      chunks.push({
        ...group[i],
        [repeat.name]: group.slice(i, i + MAX_REPEATS).map(c => c[repeat.name]![0]!),
      })
    }
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
