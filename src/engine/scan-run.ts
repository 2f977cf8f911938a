import { now } from '../clock.ts'
import { PROFILE } from '../catalog/profiles.ts'
import type { Method } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import type { Call, Page } from '../http/types.ts'
import type { Scan, ScanCalls } from '../plan/plan.ts'
import { callId, rowGuards, type Args } from './calls.ts'
import { FanOut, LoadedRows } from './fan-out.ts'
import { callOf } from './query-body.ts'
import { columnOf } from './columns.ts'
import type { Loader } from './load.ts'
import { ListOrKeys } from './list-or-keys.ts'
import { MissingCalls } from './missing-calls.ts'
import { explainParent, tellParents } from './parents.ts'
import { createRepeats } from './repeats.ts'
import {
  atOwnUrls,
  chooseCalls,
  hostOf,
  reportSkipped,
  type ChosenCalls,
  type ScanContext,
} from './scan-calls.ts'
import { inputsOfCall, limitedMethod, loaderOf, pagesOf } from './scan-pages.ts'
import { finishReport, matchingRows, newReport, type ScanReport } from './scan-report.ts'
import type { Sharing } from './sharing.ts'

/** What the calls of a scan have in common. */
interface Setup {
  readonly chosen: ScanCalls
  readonly method: Method
  readonly loader: Loader
  readonly missing: MissingCalls
  readonly inputs: ReadonlySet<string>
}

/** A list, and calls by key that give the same rows. */
interface OpenChoice {
  readonly race: ListOrKeys
  readonly list: ChosenCalls
  readonly keys: ChosenCalls
}

/**
 * One scan while it is loaded, in steps after which it may stop. A scan without a row limit sends all its calls in one step.
 * With one, it starts with a single call and doubles the number of calls from step to step, and so does the parent that gives
 * its keys: it is read only as far as keys are needed.
 */
export class ScanRun {
  readonly #scan: Scan
  readonly #context: ScanContext
  readonly #sharing: Sharing
  readonly #parent: ScanRun | undefined
  /** The scan ends early, by its own limit or that of the scan whose keys it gives. */
  readonly #isStepwise: boolean
  readonly #report: ScanReport
  readonly #started = now()
  readonly #sent = new Map<string, Args>()
  #setup: Setup | undefined
  #fanOut: FanOut | undefined
  #pending: Call[] = []
  /** Set while it is open whether a list or calls by key give the rows. */
  #open: OpenChoice | undefined
  /** The list that was left for calls by key. */
  #left: ChosenCalls | undefined
  /** Calls whose rows were dropped. */
  #droppedCalls = 0
  #openPages: AsyncGenerator<void, void, void> | undefined
  #width: number
  #isComplete: boolean
  #isLast = false
  #isOnlyCall = false

  /** @param parent the scan that gives the keys, if it is to be read no further than needed */
  constructor(
    scan: Scan,
    context: ScanContext,
    sharing: Sharing,
    { parent, isStepwise }: { parent: ScanRun | undefined; isStepwise: boolean },
  ) {
    this.#scan = scan
    this.#context = context
    this.#sharing = sharing
    this.#parent = parent
    this.#isStepwise = isStepwise
    this.#report = newReport(scan, 0)
    this.#width = isStepwise ? 1 : Infinity
    this.#isComplete = scan.rowLimit === 0
  }

  /** Loads some more rows; false if there are no more, or no more are needed. */
  async advance(): Promise<boolean> {
    this.#context.signal.throwIfAborted()
    if (this.#isComplete) return false
    const isExpanding = !this.#openPages && this.#pending.length === 0
    if (isExpanding && this.#isLast) return false
    if (isExpanding) this.#isLast = this.#parent === undefined || !(await this.#parent.advance())
    try {
      if (isExpanding) this.#expand()
      return await this.#step()
    } catch (error) {
      throw explainParent(error, this.#scan)
    }
  }

  async #step(): Promise<boolean> {
    if (this.#openPages) {
      const { done } = await this.#openPages.next()
      if (!done) return true
      this.#openPages = undefined
    }
    if (this.#pending.length === 0) return !this.#isLast
    if (this.#open) return this.#decide(this.#open)
    const calls = this.#pending.splice(0, this.#width)
    this.#width *= 2
    if (this.#isStepwise && calls.length === 1 && !this.#context.leftOut) {
      this.#openPages = this.#load(calls[0]!)
      return this.#step()
    }
    const results = await Promise.allSettled(calls.map(call => this.#loadAll(call)))
    const failure = results.find(r => r.status === 'rejected')
    if (!failure) return true
    const { reason } = failure as { readonly reason: unknown }
    if (!this.#left || !isOfKey(reason)) throw reason
    this.#beginAgain(this.#left, `list: a call by key was answered with ${reason.status}`)
    this.#left = undefined
    return true
  }

  /** Reports what was done. @throws ConfluentqlError if the address of the table is wrong */
  finish(): void {
    this.#parent?.finish()
    void this.#openPages?.return()
    this.#context.onActivity?.({ kind: 'scanned' })
    const { missing, loader, chosen } = this.#setup ?? this.#prepare(this.#scan)
    if (this.#isStepwise) tellParents(this.#scan, [...this.#sent.values()], this.#context)
    // with enough rows, the result lacks nothing
    if (!this.#isComplete) this.#fanOut?.report(missing.count)
    missing.report(this.#sent.size, this.#context)
    loader.requestedKeys.report(this.#context)
    this.#report.calls = this.#sent.size + this.#droppedCalls
    this.#report.method = chosen.method.name
    finishReport(this.#report, this.#started, this.#context)
  }

  /** Finds the calls that can be made now and were not made before. */
  #expand(): void {
    const { store, client, leftOut } = this.#context
    const { instead, ...chosen } = chooseCalls(this.#scan, store, client)
    const found = atOwnUrls(chosen, this.#scan, this.#context)
    const isOpen = !this.#isStepwise && !leftOut && !this.#sharing.isShared(this.#scan)
    if (instead && isOpen && found.calls.length === 1) {
      this.#open = {
        race: new ListOrKeys(instead.calls.length, client.concurrency),
        list: found,
        keys: instead,
      }
      this.#queue(found)
    } else this.#choose(found)
  }

  #choose(found: ChosenCalls): void {
    this.#queue(found)
    this.#tell(found)
  }

  /** Tells what is asked for. */
  #tell(found: ChosenCalls): void {
    if (this.#isLast) reportSkipped(this.#scan, found, this.#context)
    if (!this.#isStepwise) tellParents(this.#scan, found.calls, this.#context)
  }

  #queue(found: ChosenCalls): void {
    const { method } = (this.#setup ??= this.#prepare(found.chosen))
    this.#isOnlyCall = this.#isLast && found.calls.length === 1
    const { client, catalog, leftOut } = this.#context
    const host = hostOf(catalog, { resource: this.#scan.resource, method })
    const calls = found.calls.filter(args => !this.#sent.has(callId(args)))
    const all = calls.map(args => callOf({ ...found.chosen, method }, args, host, this.#scan.resource))
    this.#fanOut = new FanOut(this.#scan, all, client, leftOut)
    this.#pending = [...this.#fanOut.calls]
  }

  /** Reads the list until calls by key are faster than the rest of it, and then begins again with those. */
  async #decide({ race, list, keys }: OpenChoice): Promise<boolean> {
    const [call] = this.#pending.splice(0)
    for await (const _ of this.#load(call!)) {
      if (!race.isListBehind) continue
      this.#left = list
      this.#beginAgain(atOwnUrls(keys, this.#scan, this.#context), race.reason(false))
      return true
    }
    this.#report.reason = race.reason(true)
    this.#tell(list)
    return !this.#isLast
  }

  /** Drops the rows so far, and loads others. */
  #beginAgain(chosen: ChosenCalls, reason: string): void {
    this.#context.store.db.exec(`DELETE FROM temp."${this.#scan.into}"`)
    this.#report.rows = 0
    this.#report.reason = reason
    this.#droppedCalls += this.#sent.size
    this.#sent.clear()
    this.#open = this.#setup = undefined
    this.#choose(chosen)
  }

  #prepare(chosen: ScanCalls): Setup {
    const { resource } = this.#scan
    const method = limitedMethod(chosen.method, this.#scan)
    const inputs = resource.columns.map(c => columnOf(method, resource, c.name)).filter(c => c.isInput)
    return {
      chosen,
      method,
      loader: loaderOf(this.#scan, method, this.#context),
      missing: new MissingCalls(this.#scan, chosen),
      inputs: new Set(inputs.map(c => c.name)),
    }
  }

  /** Loads a call whole, or leaves it out if it cannot be reached and the statement allows that. */
  async #loadAll(call: Call): Promise<void> {
    const { store, leftOut } = this.#context
    const loaded = new LoadedRows(store, this.#scan.into, leftOut !== undefined)
    try {
      for await (const _ of this.#load(call, loaded)) if (this.#isComplete) return
    } catch (error) {
      // the rows so far suffice
      if (this.#isComplete && this.#fanOut!.canLeaveOut(error)) return
      this.#fanOut!.leaveOut(call, error)
      this.#report.rows -= loaded.remove()
    }
  }

  /** The pages of one call; each is in the table when it yields. */
  async *#load(call: Call, loaded?: LoadedRows): AsyncGenerator<void, void, void> {
    if (this.#isComplete) return
    const { args } = call
    this.#sent.set(callId(args), args)
    const { method, loader, inputs, missing } = this.#setup!
    const { store, client } = this.#context
    const { rowLimit, resource } = this.#scan
    const guards = this.#isOnlyCall ? [] : rowGuards(method, args, inputs)
    const repeats = createRepeats(store, resource, method)
    const { url, body = '' } = client.preview(call)
    const pages: AsyncGenerator<Page> = this.#sharing.pages(
      this.#scan,
      [method.name, ...(args[PROFILE] ?? []), url, body].join(' '),
      error => {
        missing.add(args, error)
      },
      onMissing =>
        pagesOf(this.#scan, call, loader, { ahead: () => this.#readsAhead(), onMissing }, this.#context),
    )
    for await (const page of pages) {
      this.#report.pages++
      this.#report.bytes += page.bytes
      const add = (): number => loader.load(page, inputsOfCall(call, client), guards, repeats)
      const total = this.#open && totalOf(page, loader)
      const rows = loaded ? loaded.track(add) : add()
      this.#open?.race.page(rows, total, page.isLast === true)
      this.#report.rows += rows
      this.#context.onActivity?.({ kind: 'page', rows, spilled: store.spilled() })
      this.#isComplete ||= rowLimit !== undefined && matchingRows(this.#scan, store) >= rowLimit
      yield
      if (this.#isComplete) return
    }
  }

  #readsAhead(): boolean {
    return !this.#isStepwise && (this.#open === undefined || this.#open.race.isListSure)
  }
}

/** Whether an error says that one call cannot be answered, as APIs do for keys of another kind or of what was deleted. */
function isOfKey(error: unknown): error is ConfluentqlError {
  return error instanceof ConfluentqlError && [400, 403, 404, 422].includes(error.status ?? 0)
}

/** The number of rows in a list as a page says, if it does. */
function totalOf(page: Page, { extract }: Loader): number | undefined {
  try {
    const total = Number(extract(page.text, '$.metadata.total_size') ?? NaN)
    return total > 0 ? total : undefined
  } catch {
    // whatever it is, it is no number
    return undefined
  }
}
