import { now } from '../clock.ts'
import { PROFILE } from '../catalog/profiles.ts'
import type { Catalog, Host, Method, Value } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import type { Call, HttpClient } from '../http/types.ts'
import { fullName } from '../plan/names.ts'
import { FAN_OUT, type Scan, type ScanCalls } from '../plan/plan.ts'
import { MissingCalls } from './missing-calls.ts'
import { inputsOf, expandCalls, callNames, rowGuards, type Args, type Calls } from './calls.ts'
import { columnOf } from './columns.ts'
import { FanOut, LoadedRows } from './fan-out.ts'
import type { LeftOutCalls } from './left-out.ts'
import { Loader } from './load.ts'
import { createRepeats } from './repeats.ts'
import type { Activity, Waiting } from './result.ts'
import { callOf, pagesOf } from './scan-pages.ts'
import { finishReport, matchingRows, newReport, type ScanReport } from './scan-report.ts'
import { explainParent, tellParents } from './parents.ts'
import { Sharing, type OnMissing } from './sharing.ts'
import type { Confirm } from './confirm.ts'
import type { Store } from './store.ts'

export interface ScanContext {
  readonly store: Store
  readonly client: HttpClient
  readonly catalog: Catalog
  readonly signal: AbortSignal
  readonly onScan?: ((report: ScanReport) => void) | undefined
  /** Called with the progress of the scans. */
  readonly onActivity?: ((activity: Activity) => void) | undefined
  /** Called with information for the user that is not an error. */
  readonly onNotice?: ((text: string) => void) | undefined
  /** Rows are loaded with their secrets; otherwise those are masked. */
  readonly showSecrets?: boolean | undefined
  /** Nothing is read from a cache. */
  readonly fresh?: boolean | undefined
  readonly waiting?: Waiting | undefined
  /** Asked before a change of several rows is sent. */
  readonly confirm?: Confirm | undefined
  /** Collects calls that cannot be reached; without it they fail the statement. Only for statements that just read. */
  readonly leftOut?: LeftOutCalls | undefined
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

/** The calls of a scan: those of its first choice, or of its fallback if the first makes more than FAN_OUT and the fallback fewer. */
export function chooseCalls(scan: Scan, store: Store): Calls & { readonly chosen: ScanCalls } {
  const first = expandAll(scan, scan, store)
  if (!scan.fallback || first.calls.length <= FAN_OUT) return first
  const other = expandAll(scan.fallback, scan, store)
  return other.calls.length < first.calls.length ? other : first
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
  const { chosen, calls } = chooseCalls(scan, store)
  const host = hostOf(catalog, { resource: scan.resource, method: chosen.method })
  const all = calls.map(args => callOf(chosen, args, host))
  try {
    for (const call of new FanOut(scan, all, client, leftOut).calls) client.preview(call)
  } catch (error) {
    throw explainParent(error, scan)
  }
}

function expandAll(chosen: ScanCalls, scan: Scan, store: Store): Calls & { readonly chosen: ScanCalls } {
  return { chosen, ...store.busily(() => expandCalls(chosen, scan.resource, store)) }
}

/** Reports skipped calls: those without a base URL or without a valid key. */
function reportSkipped(
  scan: Scan,
  { chosen: { method }, unaddressed, invalidKeys }: ReturnType<typeof chooseCalls>,
  { onNotice }: ScanContext,
): void {
  const url = method.params.find(p => p.in === 'host')?.name
  const name = fullName(scan.resource)
  if (unaddressed.length > 0) {
    const named = callNames(method, unaddressed, url)
    onNotice?.(
      `${name} was not asked where ${url} is empty (a cluster that is still being provisioned has none)${named === '' ? '' : `: ${named}`}`,
    )
  }
  if (invalidKeys.length > 0)
    onNotice?.(
      `${name}: ${invalidKeys.length} ${invalidKeys.length === 1 ? 'key' : 'keys'} of other tables cannot stand in a path, so that nothing was asked for and nothing is found: ${callNames(method, invalidKeys, url)}`,
    )
}

/** The values of a call's input columns: its arguments, and the base URL if it is not among them. */
function inputsOfCall(call: Call, client: HttpClient): Record<string, Value> {
  const { urlParam } = call.host
  const guards =
    urlParam === undefined || call.args[urlParam] !== undefined ? {} : { [urlParam]: client.baseUrl(call) }
  return { ...guards, ...inputsOf(call.method, call.args) }
}

/** Creates the empty table of a scan. */
export function createTable(scan: Scan, store: Store): void {
  const columns = scan.columns.map(name => scan.resource.columns.find(c => c.name === name)!)
  store.create({ name: scan.into, columns: columns.map(c => ({ name: c.name, shape: c })) })
}

/** Loads every scan of a plan; each starts when the scans that it depends on are loaded. The first failure cancels the rest. */
export async function runScans(scans: readonly Scan[], context: ScanContext): Promise<void> {
  for (const scan of scans) createTable(scan, context.store)
  const onNotice = once(context.onNotice)
  for (const warning of scans.flatMap(s => s.warnings ?? [])) onNotice(warning)
  context.onActivity?.({ kind: 'scans', count: scans.length })
  const cancel = new AbortController()
  const signal = AbortSignal.any([context.signal, cancel.signal])
  const sharing = new Sharing(scans)
  const done = new Map<number, Promise<void>>()
  for (const scan of scans) {
    const after = [...scan.sets, ...(scan.fallback?.sets ?? [])]
      .flat()
      .flatMap(b => (b.kind === 'query' ? b.after : []))
    const run = Promise.all(after.map(id => done.get(id))).then(() =>
      runScan(scan, { ...context, signal, onNotice }, sharing).catch((error: unknown) => {
        throw explainParent(error, scan)
      }),
    )
    done.set(scan.id, run)
    run.catch(() => cancel.abort(new ConfluentqlError('ABORTED', 'another request of the statement failed')))
  }
  const results = await Promise.allSettled(done.values())
  const failures = results.flatMap(r => (r.status === 'rejected' ? [r.reason as unknown] : []))
  if (failures.length === 0) return
  throw failures.find(f => !(f instanceof ConfluentqlError && f.code === 'ABORTED')) ?? failures[0]
}

/** Tells each text once in a statement, whichever scans it comes from. */
function once(tell: ScanContext['onNotice']): (text: string) => void {
  const told = new Set<string>()
  return text => {
    if (!told.has(text)) tell?.(text)
    told.add(text)
  }
}

async function runScan(scan: Scan, context: ScanContext, sharing: Sharing): Promise<void> {
  context.signal.throwIfAborted()
  const found = chooseCalls(scan, context.store)
  const { chosen, calls } = found
  const { method } = chosen
  reportSkipped(scan, found, context)
  tellParents(scan, calls, context)
  const report = newReport(scan, calls.length)
  const started = now()
  const loader = loaderOf(scan, method, context)
  const host = hostOf(context.catalog, { resource: scan.resource, method })
  const inputs = new Set(
    scan.resource.columns
      .map(c => columnOf(chosen.method, scan.resource, c.name))
      .filter(c => c.isInput)
      .map(c => c.name),
  )
  let isComplete = scan.rowLimit === 0
  const absent = new MissingCalls(scan, chosen, calls)
  const fanOut = new FanOut(
    scan,
    calls.map(args => callOf(chosen, args, host)),
    context.client,
    context.leftOut,
  )
  const load = async (call: Call, loaded: LoadedRows): Promise<void> => {
    if (isComplete) return
    const { args } = call
    const guards = calls.length > 1 ? rowGuards(method, args, inputs) : []
    const { url, body = '' } = context.client.preview(call)
    const id = [method.name, ...(args[PROFILE] ?? []), url, body].join(' ')
    const repeats = createRepeats(context.store, scan.resource, method)
    const fetch = (onMissing: OnMissing) =>
      pagesOf(scan, call, loader, { ahead: () => scan.rowLimit === undefined, onMissing }, context)
    for await (const page of sharing.pages(
      scan,
      id,
      error => {
        absent.add(args, error)
      },
      fetch,
    )) {
      report.pages++
      report.bytes += page.bytes
      const rows = loaded.track(() => loader.load(page, inputsOfCall(call, context.client), guards, repeats))
      report.rows += rows
      context.onActivity?.({ kind: 'page', rows })
      isComplete ||= scan.rowLimit !== undefined && matchingRows(scan, context.store) >= scan.rowLimit
      if (isComplete) return
    }
  }
  const run = async (call: Call): Promise<void> => {
    const loaded = new LoadedRows(context.store, scan.into, context.leftOut !== undefined)
    try {
      await load(call, loaded)
    } catch (error) {
      // the rows so far suffice
      if (isComplete && fanOut.canLeaveOut(error)) return
      fanOut.leaveOut(call, error)
      report.rows -= loaded.remove()
    }
  }
  const results = await Promise.allSettled(fanOut.calls.map(run))
  const failure = results.find(r => r.status === 'rejected')
  if (failure) throw failure.reason
  context.onActivity?.({ kind: 'scanned' })
  fanOut.checkRest(absent.count)
  absent.report(context)
  loader.requestedKeys.report(context)
  finishReport(report, started, context)
}

/**
 * Loads the pages of a scan's only call one at a time; it yields while the table holds just one page's rows. `wanted`
 * returns how many rows the statement still needs; if that is more than a page, the next page is requested early.
 */
export async function* streamScan(
  scan: Scan,
  args: Args,
  wanted: () => number,
  context: ScanContext,
): AsyncGenerator<void, void, void> {
  const { method } = scan
  for (const warning of scan.warnings ?? []) context.onNotice?.(warning)
  const report = newReport(scan, 1)
  const started = now()
  const limited =
    scan.limit !== undefined && method.paging?.max !== undefined
      ? { ...method, paging: { ...method.paging, max: Math.max(1, Math.min(method.paging.max, scan.limit)) } }
      : method
  const loader = loaderOf(scan, limited, context)
  const call = callOf({ ...scan, method: limited }, args, hostOf(context.catalog, scan))
  const repeats = createRepeats(context.store, scan.resource, method)
  const most = limited.paging?.max ?? Number.MAX_VALUE
  const clear = context.store.db.prepare(`DELETE FROM temp."${scan.into}"`)
  context.onActivity?.({ kind: 'scans', count: 1 })
  try {
    for await (const page of pagesOf(scan, call, loader, { ahead: () => wanted() > most }, context)) {
      report.pages++
      report.bytes += page.bytes
      const rows = loader.load(page, inputsOfCall(call, context.client), [], repeats)
      report.rows += rows
      context.onActivity?.({ kind: 'page', rows })
      if (context.onScan) report.kept += matchingRows(scan, context.store)
      yield
      clear.run()
    }
  } finally {
    loader.requestedKeys.report(context)
    report.ms = now() - started
    context.onScan?.(report)
  }
}

function loaderOf(scan: Scan, method: Method, { store, showSecrets }: ScanContext): Loader {
  return new Loader(
    store,
    scan.resource,
    method,
    scan.into,
    scan.columns,
    showSecrets ? 'all' : [],
    scan.query?.groups,
  )
}
