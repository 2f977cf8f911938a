import type { Method, Param, Resource, Value } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { fitValue, keyType } from '../plan/fit.ts'
import type { Bind, ScanCalls } from '../plan/plan.ts'
import type { OwnValue } from './load.ts'
import type { Store } from './store.ts'

/** Arguments of one call, by parameter. */
export type Args = Readonly<Record<string, readonly Value[]>>

/** Most values of a parameter that repeats in one request: keeps URLs below common limits. */
const REPEATS = 50

/**
 * All calls of a scan: the combinations of its binds, each once, values that cannot be called with left out.
 * Those whose base URL is empty or NULL, as that of a cluster is that is still being made, go into `nowhere`.
 */
export function expandCalls(
  { method, sets }: ScanCalls,
  resource: Resource,
  store: Store,
  nowhere: Args[] = [],
): Args[] {
  const url = method.params.find(p => p.in === 'host')?.name
  const found = new Map<string, Record<string, readonly Value[]>>()
  for (const set of sets) {
    let combined: Record<string, Value>[] = [{}]
    for (const bind of set) {
      const rows = rowsOf(bind, method, resource, store)
      combined = combined.flatMap(c =>
        rows.map(row => ({ ...c, ...Object.fromEntries(bind.params.map((p, i) => [p, row[i]!])) })),
      )
    }
    for (const args of combined) {
      if (!isCallable(method, args)) continue
      const id = Object.entries(args)
        .map(([k, v]) => `${k}=${String(v)}`)
        .sort()
        .join('\u0000')
      if (url !== undefined && args[url] === '')
        nowhere.push(Object.fromEntries(Object.entries(args).map(([k, v]) => [k, [v]])))
      else if (!found.has(id))
        found.set(id, Object.fromEntries(Object.entries(args).map(([k, v]) => [k, [v]])))
    }
  }
  return joinRepeats(method, [...found.values()])
}

function rowsOf(bind: Bind, method: Method, resource: Resource, store: Store): readonly (readonly Value[])[] {
  if (bind.kind === 'values') return bind.rows
  const params = bind.params.map(name => method.params.find(p => p.name === name)!)
  const fit = (value: Value, param: Param): Value | undefined =>
    value === null && param.in === 'host' ? '' : fitValue(value, keyType(resource, param) ?? 'string')
  return query(bind.sql, store)
    .map(row => row.map((v, i) => fit(v, params[i]!)))
    .filter((r): r is Value[] => !r.includes(undefined))
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

/** An empty text, `.` or `..` names nothing in a path, so nothing can be found there. */
function isCallable(method: Method, args: Readonly<Record<string, Value>>): boolean {
  return method.params.every(p => p.in !== 'path' || !['', '.', '..'].includes(String(args[p.name])))
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
export function ownValues(method: Method, args: Args, echoes: ReadonlySet<string>): OwnValue[] {
  return Object.entries(args)
    .filter(([name]) =>
      method.params.some(
        p => p.name === name && p.in !== 'path' && p.column !== undefined && !echoes.has(p.column),
      ),
    )
    .map(([param, values]) => ({ param, values }))
}

/** Values for the echo columns of a call's rows. */
export function echoesOf(method: Method, args: Args): Record<string, Value> {
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
        p.name === without || !args[p.name] ? [] : [`${p.name} ${args[p.name]!.map(String).join(' ')}`],
      )
      .join(' ')
  const all = [...new Set(calls.map(name).filter(t => t !== ''))]
  return `${all.slice(0, 5).join(', ')}${all.length > 5 ? ` and ${all.length - 5} more` : ''}`
}
