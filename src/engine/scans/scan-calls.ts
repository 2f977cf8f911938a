import type { Catalog, Host } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { HttpClient } from '../../http/types.ts'
import { fullName } from '../../plan/names.ts'
import type { CallSet, Scan, ScanCalls } from '../../plan/plan.ts'
import { callId, callNames, expandCalls, queryValues, type Args, type Calls } from '../calls/calls.ts'
import type { Approve, Confirm } from '../writes/pending.ts'
import { FanOut } from '../calls/fan-out.ts'
import type { LeftOutCalls } from '../calls/left-out.ts'
import { areFew } from '../calls/list-or-keys.ts'
import { explainParent } from '../calls/parents.ts'
import { callOf } from '../calls/query-body.ts'
import type { Activity, Row, Waiting } from '../result.ts'
import type { ScanReport } from './scan-report.ts'
import type { KeptCalls } from './sharing.ts'
import type { Store } from '../store/store.ts'

export interface ScanContext {
  readonly store: Store
  readonly client: HttpClient
  readonly catalog: Catalog
  readonly signal: AbortSignal
  readonly onScan?: ((report: ScanReport) => void) | undefined
  /** Called with the progress of the scans. */
  readonly onActivity?: ((activity: Activity) => void) | undefined
  /** Called when a scan has added rows to its table. */
  readonly onRows?: ((rows: number) => void) | undefined
  /** Called with information for the user that is not an error. */
  readonly onNotice?: ((text: string) => void) | undefined
  /** Rows are loaded with their secrets; otherwise those are masked. */
  readonly showSecrets?: boolean | undefined
  /** Nothing is read from a cache. */
  readonly fresh?: boolean | undefined
  /** The rows of json_each in statements were read from other tables: a key from them that the API answers with 404 has no rows. */
  readonly rowsInJson?: boolean | undefined
  readonly waiting?: Waiting | undefined
  /** Asked before a change of several rows is sent. */
  readonly confirm?: Confirm | undefined
  /** Asked before the requests of any change are sent. */
  readonly approve?: Approve | undefined
  /** Collects calls that cannot be reached; without it they fail the statement. Only for statements that just read. */
  readonly leftOut?: LeftOutCalls | undefined
  /** The rows of a further query, which the statement does not have; it sends none of the calls in `kept` again. */
  readonly lookup?: ((sql: string, kept: KeptCalls) => Promise<readonly Row[]>) | undefined
  /** The answers that such queries have in common with the statement. */
  readonly kept?: KeptCalls | undefined
}

/** The host that a method's calls go to. */
export function hostOf(
  catalog: Catalog,
  scan: { resource: { provider: string }; method: { host: string } },
): Host {
  const host = catalog.provider(scan.resource.provider)?.hosts[scan.method.host]
  if (!host)
    throw new ConfluentqlError('PROVIDER', `${scan.resource.provider} has no host "${scan.method.host}"`)
  return host
}

/** The calls of one way to load a scan. */
export type ChosenCalls = Calls & { readonly chosen: ScanCalls }

/** The ways to load a scan: calls by key, and a list if it may be faster. Both give the same rows. */
export interface Ways {
  readonly keys: ChosenCalls
  readonly list?: ChosenCalls
}

/** The ways to load a scan: a list only if the calls by key are many, and those of the list fewer. */
export function waysOf(scan: Scan, store: Store, { concurrency }: Pick<HttpClient, 'concurrency'>): Ways {
  if (!scan.fallback) return { keys: expandAll(scan, scan, store) }
  const isFew = areFew(literalCalls(scan), concurrency)
  let keys: ChosenCalls
  try {
    keys = expandAll(scan, scan, store)
  } catch (error) {
    // no row of the list has a key that cannot be part of a path, so the list gives the same rows
    if (isFew || !(error instanceof ConfluentqlError && error.code === 'VALUE')) throw error
    return { keys: expandAll(scan.fallback, scan, store) }
  }
  if (areFew(keys.calls.length, concurrency)) return { keys }
  const list = expandAll(scan.fallback, scan, store)
  return list.calls.length < keys.calls.length ? { keys, list } : { keys }
}

/** With more keys from rows, a list that was begun beside these rows is read to its end. */
export const MOST_KEYS = 10_000

/** The calls by keys in place of a list that was begun; undefined if they are too many. */
export function laterKeys(keyed: ScanCalls, scan: Scan, store: Store): ChosenCalls | undefined {
  const isMany = keyed.sets.flat().some(bind => {
    const sql = bind.kind === 'query' && `SELECT count(*) FROM (${bind.sql} LIMIT ${MOST_KEYS + 1})`
    return sql && store.busily(() => Number(queryValues(sql, store)[0]![0])) > MOST_KEYS
  })
  return isMany ? undefined : expandAll(keyed, scan, store)
}

/** The number of calls by the values that the statement gives. */
function literalCalls({ sets }: ScanCalls): number {
  const callsOf = (set: CallSet): number =>
    set.reduce((n, bind) => (bind.kind === 'values' ? n * bind.rows.length : n), 1)
  return sets.reduce((n, set) => n + callsOf(set), 0)
}

/**
 * The calls without the base URL of a parent's row where the user has one for the resource: it is the one that such a
 * call is sent to.
 */
export function atOwnUrls(
  found: ChosenCalls,
  { resource, impliedUrl }: Scan,
  { client, catalog }: Pick<ScanContext, 'client' | 'catalog'>,
): ChosenCalls {
  if (impliedUrl === undefined) return found
  const host = hostOf(catalog, { resource, method: found.chosen.method })
  const own = new Map<string, Args>()
  const others = (calls: readonly Args[]): readonly Args[] =>
    calls.filter(all => {
      const { [impliedUrl]: _, ...args } = all
      const isOwn = client.hasOwnUrl(callOf(found.chosen, args, host, resource))
      if (isOwn) own.set(callId(args), args)
      return !isOwn
    })
  const [calls, unaddressed] = [others(found.calls), others(found.unaddressed)]
  return { ...found, calls: [...calls, ...own.values()], unaddressed }
}

/**
 * Checks the keys, base URLs and credentials of a scan's calls without sending any. Calls whose values come from rows
 * are not known yet, and not checked.
 * @throws ConfluentqlError
 */
export function checkScan(
  scan: Scan,
  { store, client, catalog, leftOut }: Pick<ScanContext, 'store' | 'client' | 'catalog' | 'leftOut'>,
): void {
  if (scan.sets.flat().some(b => b.kind === 'query')) return
  const { keys, list } = waysOf(scan, store, client)
  const { chosen, calls } = list ?? keys
  const host = hostOf(catalog, { resource: scan.resource, method: chosen.method })
  const all = calls.map(args => callOf(chosen, args, host, scan.resource))
  try {
    for (const call of new FanOut(scan, all, client, leftOut).calls) client.preview(call)
  } catch (error) {
    throw explainParent(error, scan)
  }
}

function expandAll(chosen: ScanCalls, scan: Scan, store: Store): ChosenCalls {
  return { chosen, ...store.busily(() => expandCalls(chosen, scan.resource, store)) }
}

/** Notices of skipped calls: those without a base URL, without a valid key, or with a key that no row of the parent has. */
export function skippedCalls(
  scan: Scan,
  { chosen: { method, sets }, calls, unaddressed, invalidKeys }: ChosenCalls,
  { store }: ScanContext,
): readonly string[] {
  const url = method.params.find(p => p.in === 'host')?.name
  const name = fullName(scan.resource)
  const notices: string[] = []
  if (unaddressed.length > 0) {
    const named = callNames(method, ownKeys(unaddressed, sets), url)
    notices.push(
      `${name} was not read ${named === '' ? 'where' : `for ${named}, where`} ${url} is empty (a cluster that is still being provisioned has none)`,
    )
  }
  if (invalidKeys.length > 0)
    notices.push(
      `${name}: ${invalidKeys.length} ${invalidKeys.length === 1 ? 'key' : 'keys'} of other tables cannot stand in a path, so that nothing was asked for and nothing is found: ${callNames(method, invalidKeys, url)}`,
    )
  for (const bind of sets.flat()) {
    if (bind.kind !== 'query' || (calls.length === 0 && scan.given)) continue
    for (const { param, sql } of bind.unmatched ?? []) {
      const keys = queryValues(sql, store).map(([value]) => ({ [param]: [value!] }))
      if (keys.length > 0)
        notices.push(`${name} was not read for ${callNames(method, keys)}: ${bind.parent} has no such row`)
    }
  }
  return notices
}

/** The arguments of each call that come from rows. Those that the statement gives are the same for all, and distinguish nothing. */
function ownKeys(calls: readonly Args[], sets: readonly CallSet[]): readonly Args[] {
  const names = new Set(sets.flat().flatMap(bind => (bind.kind === 'query' ? bind.params : [])))
  return names.size === 0
    ? calls
    : calls.map(args => Object.fromEntries(Object.entries(args).filter(([name]) => names.has(name))))
}
