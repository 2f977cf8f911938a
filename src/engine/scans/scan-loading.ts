import { now } from '../../clock.ts'
import { PROFILE } from '../../catalog/profiles.ts'
import type { Method } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Call } from '../../http/types.ts'
import { nextTurn } from '../../http/signal.ts'
import type { Scan, ScanCalls } from '../../plan/plan.ts'
import { callId, rowGuards, type Args } from '../calls/calls.ts'
import { columnOf } from '../pages/columns.ts'
import { FanOut, LoadedRows } from '../calls/fan-out.ts'
import type { ListOrKeys } from '../calls/list-or-keys.ts'
import type { Loader } from '../pages/load.ts'
import { MissingCalls } from '../calls/missing-calls.ts'
import { hasResources, isDivisible, partsOf, TooManyGroups, type Parts } from '../calls/divided-calls.ts'
import { callOf } from '../calls/query-body.ts'
import { createRepeats } from '../pages/repeats.ts'
import { inQueues } from './queues.ts'
import { hostOf, type ChosenCalls, type ScanContext } from './scan-calls.ts'
import { idOfRequests, inputsOfCall, limitedMethod, loaderOf, pagesOf } from './scan-pages.ts'
import { sizeOf } from './list-totals.ts'
import { FoundRows } from './found-rows.ts'
import { finishReport, newReport, type ScanReport } from './scan-report.ts'
import type { Sharing } from './sharing.ts'

/** How many calls may be answered with 403, and none otherwise, before calls about several resources are left out undivided. */
const MOST_REFUSED = 30

/** What the calls of a scan have in common. */
interface Setup {
  readonly chosen: ScanCalls
  readonly method: Method
  readonly loader: Loader
  readonly missing: MissingCalls
  readonly inputs: ReadonlySet<string>
}

/** Loads calls of one method into the table of a scan. `drop` starts over with another method. */
export class ScanLoading {
  readonly report: ScanReport
  /** Set while lists are read: ends them when calls by key are expected to be faster. */
  race: ListOrKeys | undefined
  /** Pages are kept: after `drop`, the same calls may be made again. */
  keepsPages = false
  readonly #scan: Scan
  readonly #context: ScanContext
  readonly #sharing: Sharing
  readonly #readsAhead: boolean
  readonly #started = now()
  /** The calls that `prepare` has returned. */
  readonly #known = new Set<string>()
  readonly #sent = new Map<string, Args>()
  #setup: Setup | undefined
  #fanOut: FanOut | undefined
  #isOnlyCall = false
  #found: FoundRows
  #isComplete: boolean
  /** A call that was not dropped was answered otherwise than with 404. */
  #hasPages = false
  /** Calls that were answered with 403 before any had rows. */
  #refused = 0
  /** All calls, including those whose rows were dropped. */
  readonly #calls = new Set<string>()

  constructor(scan: Scan, context: ScanContext, sharing: Sharing, readsAhead: boolean) {
    this.#scan = scan
    this.#context = context
    this.#sharing = sharing
    this.#readsAhead = readsAhead
    this.report = newReport(scan, 0)
    this.#found = new FoundRows(scan, context.store)
    this.#isComplete = scan.rowLimit === 0
  }

  /** The calls that were sent, and not dropped. */
  get sent(): readonly Args[] {
    return [...this.#sent.values()]
  }

  /** Rows that count towards the row limit. */
  get found(): number {
    return this.#found.count
  }

  /** The table has as many rows as the statement needs. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  /** Whether rows have another key than their calls asked for. */
  get hasOtherKeys(): boolean {
    return this.#setup?.loader.requestedKeys.areOther === true
  }

  /** Whether the API answered every call with 404. */
  get areAllMissing(): boolean {
    return this.#sent.size > 0 && !this.#hasPages
  }

  /**
   * The calls that are new since it was last called.
   * @param isAll `found` has all calls of the scan
   * @throws ConfluentqlError if calls lack a base URL or a credential and cannot be left out
   */
  prepare(found: ChosenCalls, isAll: boolean, leftOut: ScanContext['leftOut']): Call[] {
    const { method } = (this.#setup ??= this.#setUp(found.chosen))
    this.#isOnlyCall = isAll && found.calls.length === 1
    const { client, catalog } = this.#context
    const host = hostOf(catalog, { resource: this.#scan.resource, method })
    const calls = found.calls.filter(args => !this.#known.has(callId(args)))
    const all = calls.map(args => callOf({ ...found.chosen, method }, args, host, this.#scan.resource))
    this.#fanOut = new FanOut(this.#scan, all, client, leftOut)
    for (const args of calls) this.#known.add(callId(args))
    return [...this.#fanOut.calls]
  }

  #setUp(chosen: ScanCalls): Setup {
    const { resource } = this.#scan
    // a fallback does not evaluate every condition
    const method =
      chosen.method === this.#scan.method ? limitedMethod(chosen.method, this.#scan) : chosen.method
    const inputs = resource.columns.map(c => columnOf(method, resource, c.name)).filter(c => c.isInput)
    return {
      chosen,
      method,
      loader: loaderOf(this.#scan, method, this.#context),
      missing: new MissingCalls(this.#scan, chosen, this.#context.rowsInJson),
      inputs: new Set(inputs.map(c => c.name)),
    }
  }

  /** Loads calls side by side, each whole or as far as needed; returns the first failure, after which no call is begun. */
  loadAll(calls: readonly Call[]): Promise<PromiseRejectedResult | undefined> {
    const { client } = this.#context
    return inQueues(
      calls,
      call => [...(call.args[PROFILE] ?? []), client.baseUrl(call)].join(' '),
      client.concurrency,
      (call, i) => this.#load(call, i),
    )
  }

  /** Loads a call, the `i`th of those side by side, or leaves it out if it cannot be reached and the statement allows that. */
  async #load(call: Call, i: number): Promise<void> {
    const loaded = this.#newRows(call)
    try {
      await this.#loadWhole(call, i, loaded)
    } catch (error) {
      this.#fanOut!.leaveOut(call, error)
      this.report.rows -= loaded.remove()
    }
  }

  /** Loads a call whole, or as far as needed; if it must be divided, its parts. */
  async #loadWhole(call: Call, i: number, loaded: LoadedRows): Promise<void> {
    try {
      for await (const _ of this.pages(call, { loaded, i })) if (this.#isComplete) return
    } catch (error) {
      // the rows so far suffice
      if (this.#isComplete && this.#fanOut!.canLeaveOut(error)) return
      const parts = this.#partsOf(call, error)
      if (!parts) throw error
      this.#removeRows(call, loaded)
      await this.#loadParts(parts, i, loaded)
    }
  }

  async #loadParts({ by, calls }: Parts, i: number, loaded: LoadedRows): Promise<void> {
    if (by === 'resources') {
      this.#fanOut!.divide(calls)
      const failure = await this.loadAll(calls)
      if (failure) throw failure.reason
      return
    }
    const results = await Promise.allSettled(
      calls.map(async part => {
        const rows = this.#newRows(part)
        await this.#loadWhole(part, i, rows).finally(() => loaded.take(rows))
      }),
    )
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  #newRows(call: Call): LoadedRows {
    const { store, leftOut } = this.#context
    return new LoadedRows(store, this.#scan.into, leftOut !== undefined || this.isDivisible(call))
  }

  /** The calls that replace one, whose answer has too many groups, or which asks for a resource that is missing or may not be read. */
  #partsOf(call: Call, error: unknown): Parts | undefined {
    const isTooMany = error instanceof TooManyGroups
    const status = error instanceof ConfluentqlError ? error.status : undefined
    const isRefused = status === 403 && this.#fanOut!.isLenient
    if (!isTooMany && !isRefused && status !== 404) return undefined
    // if none may be read, it is not found out for each
    if (isRefused && !this.#hasPages && ++this.#refused > MOST_REFUSED) return undefined
    return partsOf(call, this.#setup!.chosen, error)
  }

  /** Whether a call may be replaced by its parts. */
  isDivisible({ method, args }: Call): boolean {
    return isDivisible({ ...this.#setup!.chosen, method }, args)
  }

  /** Removes the rows of a call that its parts replace. */
  #removeRows(call: Call, loaded: LoadedRows): void {
    this.report.rows -= loaded.remove()
    this.#found.forget()
    this.#sent.delete(callId(call.args))
    this.#isOnlyCall = false
  }

  /** Loads the pages of one call; each is in the table when it yields. */
  async *pages(
    call: Call,
    { loaded, i = 0 }: { loaded?: LoadedRows; i?: number } = {},
  ): AsyncGenerator<void, void, void> {
    if (this.#isOver()) return
    const { args } = call
    this.#sent.set(callId(args), args)
    const { method, loader, inputs, missing } = this.#setup!
    const { store, client } = this.#context
    const { resource } = this.#scan
    const guards = this.#isOnlyCall ? [] : rowGuards(method, args, inputs)
    const repeats = createRepeats(store, resource, method)
    const id = idOfRequests(call, client)
    this.#calls.add(id)
    const ahead = (): boolean => this.#readsAhead && (this.race === undefined || this.race.isListSure)
    const pages = this.#sharing.pages(
      this.#scan,
      id,
      {
        // after calls by key in its place, the list may be read after all
        isKept: this.keepsPages || this.race !== undefined,
        onMissing: error => {
          // one of several resources may be missing
          if (hasResources(method, args)) throw error
          missing.add(args, error)
        },
      },
      onMissing => pagesOf(this.#scan, call, loader, { ahead, onMissing }, this.#context),
    )
    let read = 0
    let isKnown = this.#sharing.known(id) > 0
    for await (const page of pages) {
      this.#hasPages = true
      // loading blocks the thread: requests that the answer made room for are sent first
      if (!this.#isOnlyCall) await nextTurn()
      this.report.pages++
      this.report.bytes += page.bytes
      const load = (): number => loader.load(page, inputsOfCall(call, client), guards, repeats)
      const add = (): number => store.loading.add(load)
      const rows = loaded ? loaded.track(add) : add()
      this.report.rows += rows
      this.#context.onActivity?.({ kind: 'page', rows, spilled: store.spilled() })
      this.#found.update(this.report.rows)
      this.#isComplete ||= this.#found.areEnough
      if (rows > 0) this.#context.onRows?.(rows)
      this.race?.page(
        i,
        { ...sizeOf(page, loader, method), isLast: page.isLast === true, isKnown },
        this.#found.count,
      )
      yield
      if (this.#isOver()) return
      isKnown = this.#sharing.known(id) > ++read
    }
  }

  /** Whether no further page is needed. */
  #isOver(): boolean {
    return this.#isComplete || this.race?.isListBehind === true
  }

  /** Drops the rows so far, before those of another method are loaded. */
  drop(): void {
    this.#context.store.db.exec(`DELETE FROM temp."${this.#scan.into}"`)
    this.report.rows = 0
    this.#found = new FoundRows(this.#scan, this.#context.store)
    this.#isComplete = this.#scan.rowLimit === 0
    this.#hasPages = false
    this.#known.clear()
    this.#sent.clear()
    this.#setup = undefined
  }

  /** Reports what was done. @throws ConfluentqlError if the address of the table is wrong */
  finish(): void {
    const { missing, loader, chosen } = this.#setup ?? this.#setUp(this.#scan)
    // with enough rows, the result lacks nothing
    if (!this.#isComplete) this.#fanOut?.report(missing.count)
    loader.requestedKeys.check()
    // the list in whose place the calls were made has no row of such keys either, and says nothing
    if (chosen !== this.#scan.keyed) missing.report(this.sent, this.#context)
    loader.requestedKeys.report(this.#context)
    loader.mismatches.report(this.#context)
    this.report.calls = this.#calls.size
    this.report.method = chosen.method.name
    finishReport(this.report, this.#started, this.#context)
  }
}
