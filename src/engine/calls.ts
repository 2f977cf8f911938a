import type { Column, Method, Param, Resource, Shape, Value } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { fitValue } from '../plan/coerce.ts'
import { fullName } from '../plan/names.ts'
import type { Bind, ScanCalls } from '../plan/plan.ts'
import { columnOf, fieldType } from './columns.ts'
import type { OwnValue } from './load.ts'
import type { Store } from './store.ts'

/** Arguments of one call, by parameter. */
export type Args = Readonly<Record<string, readonly Value[]>>

/** Most values of a parameter that repeats in one request: keeps URLs below common limits. */
const REPEATS = 50

/** The calls of a scan, and those that cannot be made. */
export interface Calls {
  readonly calls: readonly Args[]
  /** Their base URL is empty or NULL: a cluster has none until it is provisioned. */
  readonly unaddressed: readonly Args[]
  /** A key that rows gave cannot stand in a path. */
  readonly unnamed: readonly Args[]
}

/**
 * All calls of a scan: the combinations of its binds, each once.
 * @throws ConfluentqlError VALUE for a key of the statement's own that cannot stand in a path
 */
export function expandCalls({ method, sets }: ScanCalls, resource: Resource, store: Store): Calls {
  const url = method.params.find(p => p.in === 'host')?.name
  const found = { calls: newSet(), unaddressed: newSet(), unnamed: newSet() }
  for (const set of sets) {
    let combined: Record<string, Value>[] = [{}]
    for (const bind of set) {
      const rows = rowsOf(bind, method, resource, store)
      combined = combined.flatMap(c =>
        rows.map(row => ({ ...c, ...Object.fromEntries(bind.params.map((p, i) => [p, row[i]!])) })),
      )
    }
    for (const values of combined) {
      const isNamed = method.params.every(p => !isUnnamed(p, values[p.name]))
      const into = !isNamed ? 'unnamed' : url !== undefined && values[url] === '' ? 'unaddressed' : 'calls'
      const args = Object.fromEntries(Object.entries(values).map(([k, v]) => [k, [v]]))
      const id = Object.entries(values)
        .map(([k, v]) => `${k}=${String(v)}`)
        .sort()
        .join('\u0000')
      if (!found[into].has(id)) found[into].set(id, args)
    }
  }
  return {
    calls: joinRepeats(method, [...found.calls.values()]),
    unaddressed: [...found.unaddressed.values()],
    unnamed: [...found.unnamed.values()],
  }
}

const newSet = (): Map<string, Record<string, readonly Value[]>> => new Map()

function rowsOf(bind: Bind, method: Method, resource: Resource, store: Store): readonly (readonly Value[])[] {
  if (bind.kind === 'values') {
    bind.params.forEach((name, i) => {
      const param = method.params.find(p => p.name === name)!
      const wrong = bind.rows.find(row => isUnnamed(param, row[i]))
      if (wrong) throw unnamedKey(resource, param, wrong[i]!)
    })
    return bind.rows
  }
  const params = bind.params.map(name => method.params.find(p => p.name === name)!)
  const coerced = (value: Value, param: Param): Value | undefined =>
    value === null && param.in === 'host' ? '' : fitValue(value, typeOf(param, method, resource))
  return query(bind.sql, store)
    .map(row => row.map((v, i) => coerced(v, params[i]!)))
    .filter((r): r is Value[] => !r.includes(undefined))
}

/** The type of what a parameter selects by: a field of an object has its own. */
function typeOf({ column }: Param, method: Method, resource: Resource): Shape['type'] {
  const [name, ...path] = (column ?? '').split('.')
  const found: Column | undefined = columnOf(method, resource, name!)
  return found ? fieldType(found, path) : 'string'
}

function query(sql: string, store: Store): Value[][] {
  try {
    const statement = store.db.prepare(sql).raw()
    return (
      Object.keys(store.params).length > 0 && /[:@$]/.test(sql)
        ? statement.all(store.params)
        : statement.all()
    ) as Value[][]
  } catch (cause) {
    throw new ConfluentqlError('VALUE', `SQLite, for the values of parameters: ${(cause as Error).message}`, {
      cause,
    })
  }
}

/** What names nothing in a path. */
const UNNAMED: ReadonlySet<string> = new Set(['', '.', '..'])

/** Whether a value cannot stand in a path. */
function isUnnamed(param: Param, value: Value | undefined): boolean {
  return param.in === 'path' && value !== undefined && UNNAMED.has(String(value))
}

function unnamedKey(resource: Resource, { name, column = name }: Param, value: Value): ConfluentqlError {
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
    for (let i = 0; i < group.length; i += REPEATS) {
      chunks.push({ ...group[i], [repeat.name]: group.slice(i, i + REPEATS).map(c => c[repeat.name]![0]!) })
    }
    return chunks
  })
}

/**
 * What a row must have to belong to a call, for parameters that the answer shows, but for those of the path, which nothing
 * ignores; only needed when there are several calls.
 */
export function rowGuards(method: Method, args: Args, inputs: ReadonlySet<string>): OwnValue[] {
  return Object.entries(args)
    .filter(([name]) =>
      method.params.some(
        p => p.name === name && p.in !== 'path' && p.column !== undefined && !inputs.has(p.column),
      ),
    )
    .map(([param, values]) => ({ param, values }))
}

/** Values for the input columns of a call's rows. */
export function inputsOf(method: Method, args: Args): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(args).flatMap(([name, values]) => {
      const column = method.params.find(p => p.name === name)?.column
      return column === undefined ? [] : [[column, values[0] ?? null]]
    }),
  )
}

/** Calls in words, by the values of their parameters: at most five, and how many more there are. `without` is a parameter that is left out. */
export function namesOf({ params }: Method, calls: readonly Args[], without?: string): string {
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
  return UNNAMED.has(String(value)) ? `'${String(value)}'` : String(value)
}
