import { now } from '../../clock.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { PackedRows } from '../../packed.ts'
import type { PackedColumns } from '../pages/page-packer.ts'
import { keyedOf, sourcesOf } from '../../plan/access/row-limits.ts'
import { fullName } from '../../plan/names.ts'
import type { Scan } from '../../plan/plan.ts'
import type { Args } from '../calls/calls.ts'
import { Growth, loadPipelined, pipelineSource } from './pipelined.ts'
import { callOf } from '../calls/query-body.ts'
import { createRepeats } from '../pages/repeats.ts'
import { hostOf, type ScanContext } from './scan-calls.ts'
import { inputsOfCall, limitedMethod, loaderOf, pagesOf } from './scan-pages.ts'
import { matchingRows, newReport } from './scan-report.ts'
import { ScanRun } from './scan-run.ts'
import { Sharing } from './sharing.ts'
import type { Store } from '../store/store.ts'

/** Creates the empty table of a scan. */
export function createTable(scan: Scan, store: Store): void {
  const columns = scan.columns.map(name => scan.resource.columns.find(c => c.name === name)!)
  store.create({ name: scan.into, columns: columns.map(c => ({ name: c.name, shape: c })) })
}

/**
 * Loads every scan of a plan; each starts when the scans that it depends on are loaded, or with their first rows if those
 * give keys. The first failure cancels the rest.
 */
export async function runScans(planned: readonly Scan[], context: ScanContext): Promise<void> {
  // which calls may be left out is decided over all calls at once
  const scans = context.leftOut ? planned.map(withoutCountQuery) : planned
  for (const scan of scans) createTable(scan, context.store)
  const onNotice = once(context.onNotice)
  for (const warning of scans.flatMap(s => s.warnings ?? [])) onNotice(warning)
  context.onActivity?.({ kind: 'scans', count: scans.length })
  const cancel = new AbortController()
  const signal = AbortSignal.any([context.signal, cancel.signal])
  const sharing = new Sharing(scans, context.kept)
  const lazy = context.leftOut ? new Map<Scan, Scan>() : lazyParents(scans)
  const growths = new Map(scans.map(scan => [scan, new Growth()]))
  const contextOf = (scan: Scan): ScanContext => ({
    ...context,
    signal,
    onNotice,
    onRows: rows => growths.get(scan)!.add(rows),
  })
  const start = (scan: Scan): ScanRun => {
    const parent = lazy.get(scan)
    const isStepwise = scan.rowLimit !== undefined || [...lazy.values()].includes(scan)
    const keyed = context.leftOut ? undefined : keyedOf(scan, scans)
    const later = keyed && { keyed, loaded: Promise.all(sourcesOf(keyed).map(id => done.get(id))) }
    return new ScanRun(scan, contextOf(scan), sharing, { parent: parent && start(parent), isStepwise, later })
  }
  const done = new Map<number, Promise<void>>()
  const stepwise = new Map([...lazy.values()].map(parent => [parent.id, parent]))
  const loaded = (scan: Scan): Promise<void>[] =>
    [...sourcesOf(scan), ...(scan.countQuery?.after ?? [])].flatMap(id =>
      stepwise.has(id) ? loaded(stepwise.get(id)!) : done.get(id)!,
    )
  // a count query reads tables that are loaded: those of the queries in it come first
  const waitsFor = (scan: Scan): number => scan.countQuery?.after.length ?? 0
  const inOrder = scans.toSorted((a, b) => waitsFor(a) - waitsFor(b))
  for (const scan of inOrder) {
    if (stepwise.has(scan.id)) continue
    const source = context.leftOut ? undefined : pipelineSource(scan, scans)
    const run =
      source && !stepwise.has(source.id)
        ? loadPipelined(scan, growths.get(source)!, contextOf(scan), sharing)
        : Promise.all(loaded(scan)).then(() => load(start(scan)))
    done.set(scan.id, run)
    const stop = (): void =>
      cancel.abort(new ConfluentqlError('ABORTED', 'another request of the statement failed'))
    void run.catch(stop).then(() => growths.get(scan)!.end())
  }
  const results = await Promise.allSettled(done.values())
  sharing.close()
  const failures = results.flatMap(r => (r.status === 'rejected' ? [r.reason as unknown] : []))
  if (failures.length === 0) return
  throw failures.find(f => !(f instanceof ConfluentqlError && f.code === 'ABORTED')) ?? failures[0]
}

/** A scan without the row limit of a count query. */
function withoutCountQuery(scan: Scan): Scan {
  const { countQuery, rowLimit: _, ...whole } = scan
  return countQuery ? whole : scan
}

async function load(run: ScanRun): Promise<void> {
  while (await run.advance());
  run.finish()
}

/**
 * By scan that may end early, the table that is read no further than it needs keys: its parent, or one of the statement, of
 * which each row gives its keys whichever rows come after it. (A view may combine them.)
 */
function lazyParents(scans: readonly Scan[]): ReadonlyMap<Scan, Scan> {
  const found = new Map<Scan, Scan>()
  const add = (scan: Scan, early: readonly number[]): void => {
    const tables = new Set(scan.parents?.map(p => p.table))
    const sources = new Set(sourcesOf(scan))
    const parents = scans.filter(s =>
      s.feeds ? s.feeds.id === scan.id && tables.has(fullName(s.resource)) : sources.has(s.id),
    )
    const [parent] = parents
    const isRepeated = scan.method.params.some(p => p.repeat)
    if (!parent || parents.length > 1 || scan.fallback || isRepeated) return
    if (!parent.feeds && !(early.includes(parent.id) && isOnlyReader(scan, parent, scans))) return
    found.set(scan, parent)
    add(parent, early)
  }
  for (const scan of scans) if (scan.rowLimit !== undefined) add(scan, scan.countQuery?.early ?? [])
  return found
}

/** Whether a scan is the only one that takes keys from a table, and that table has no fallback. */
function isOnlyReader(scan: Scan, parent: Scan, scans: readonly Scan[]): boolean {
  const others = scans.filter(s => s !== scan && sourcesOf(s).includes(parent.id))
  return others.length === 0 && !parent.fallback
}

/** Tells each text once in a statement, whichever scans it comes from. */
function once(tell: ScanContext['onNotice']): (text: string) => void {
  const told = new Set<string>()
  return text => {
    if (!told.has(text)) tell?.(text)
    told.add(text)
  }
}

/**
 * Loads the pages of a scan's only call one at a time; it yields while the table holds just one page's rows, or the rows
 * themselves, packed. `wanted` returns how many rows the statement still needs; if that is more than a page, the next page is
 * requested early. `packed`: columns, if the statement returns just them of each row.
 */
export async function* streamScan(
  scan: Scan,
  args: Args,
  wanted: () => number,
  context: ScanContext,
  packed?: PackedColumns,
): AsyncGenerator<PackedRows | undefined, void, void> {
  const { method } = scan
  for (const warning of scan.warnings ?? []) context.onNotice?.(warning)
  const report = newReport(scan, 1)
  const started = now()
  const limited = limitedMethod(method, scan)
  const loader = loaderOf(scan, limited, context)
  const call = callOf({ ...scan, method: limited }, args, hostOf(context.catalog, scan), scan.resource)
  const repeats = createRepeats(context.store, scan.resource, method)
  const most = limited.paging?.max ?? Number.MAX_VALUE
  // the report counts rows of the table
  const packer = packed && !context.onScan ? loader.packer(packed) : undefined
  const clear = context.store.db.prepare(`DELETE FROM temp."${scan.into}"`)
  context.onActivity?.({ kind: 'scans', count: 1 })
  try {
    for await (const page of pagesOf(scan, call, loader, { ahead: () => wanted() > most }, context)) {
      report.pages++
      report.bytes += page.bytes
      const inputs = inputsOfCall(call, context.client)
      const found = packer
        ? loader.packOrLoad(page, inputs, repeats, packer)
        : loader.load(page, inputs, [], repeats)
      loader.requestedKeys.check()
      const rows = typeof found === 'number' ? found : found.length
      report.rows += rows
      context.onActivity?.({ kind: 'page', rows, spilled: 0 })
      if (context.onScan) report.kept += matchingRows(scan, context.store)
      if (typeof found !== 'number') {
        yield found
        continue
      }
      yield undefined
      clear.run()
    }
  } finally {
    loader.requestedKeys.report(context)
    loader.mismatches.report(context)
    report.ms = now() - started
    context.onScan?.(report)
  }
}
