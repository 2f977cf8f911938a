import { ConfluentqlError } from '../../errors.ts'
import type { Call } from '../../http/types.ts'
import type { Scan, ScanCalls } from '../../plan/plan.ts'
import { throwIfAborted } from '../../http/signal.ts'
import { areFew, fewCalls, ListOrKeys } from '../calls/list-or-keys.ts'
import { explainParent, tellParents } from '../calls/parents.ts'
import {
  atOwnUrls,
  laterKeys,
  skippedCalls,
  waysOf,
  type ChosenCalls,
  type ScanContext,
  type Ways,
} from './scan-calls.ts'
import { ScanLoading } from './scan-loading.ts'
import type { Sharing } from './sharing.ts'

/** Ways to load a scan whose list may have been begun before the keys are known. */
type ListAndKeys = Required<Pick<Ways, 'list'>> & Partial<Pick<Ways, 'keys'>>

/** Calls by keys in place of a list, and the tables that have them, which are read at the same time. */
export interface LaterKeys {
  readonly keyed: ScanCalls
  readonly loaded: Promise<unknown>
}

/**
 * One scan while it is loaded, in steps after which it may stop. A scan without a row limit sends all its calls in one step.
 * With one, it starts with a single call and doubles the number of calls from step to step, and so does the parent that gives
 * its keys: it is read only as far as keys are needed.
 */
export class ScanRun {
  readonly #scan: Scan
  readonly #context: ScanContext
  readonly #parent: ScanRun | undefined
  /** The scan ends early, by its own limit or that of the scan whose keys it gives. */
  readonly #isStepwise: boolean
  readonly #later: LaterKeys | undefined
  readonly #loading: ScanLoading
  #pending: Call[] = []
  /** Set while it may still change from calls by key to lists, or back. */
  #ways: ListAndKeys | undefined
  /** Some calls by key are made first, since they may already give the rows that are needed. */
  #isTrial = false
  #openPages: AsyncGenerator<void, void, void> | undefined
  #width: number
  #isLast = false
  /** What to tell of skipped calls if the scan is read to its end. */
  #skipped: readonly string[] = []

  /** @param parent the scan that gives the keys, if it is to be read no further than needed */
  constructor(
    scan: Scan,
    context: ScanContext,
    sharing: Sharing,
    {
      parent,
      isStepwise,
      later,
    }: { parent: ScanRun | undefined; isStepwise: boolean; later: LaterKeys | undefined },
  ) {
    this.#scan = scan
    this.#context = context
    this.#parent = parent
    this.#isStepwise = isStepwise
    this.#later = later
    this.#loading = new ScanLoading(scan, context, sharing, !isStepwise)
    this.#width = isStepwise ? 1 : Infinity
  }

  /** Loads some more rows; false if there are no more, or no more are needed. */
  async advance(): Promise<boolean> {
    throwIfAborted(this.#context.signal)
    if (this.#loading.isComplete) return false
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
    if (this.#ways) return this.#loading.race ? this.#readLists() : this.#callKeys(this.#ways)
    const calls = this.#pending.splice(0, this.#width)
    this.#width *= 2
    const isAlone = calls.length === 1 && !this.#loading.isDivisible(calls[0]!)
    if (this.#isStepwise && isAlone && !this.#context.leftOut) {
      this.#openPages = this.#loading.pages(calls[0]!)
      return this.#step()
    }
    const failure = await this.#loading.loadAll(calls)
    if (failure) throw failure.reason
    return true
  }

  /** Reports what was done. @throws ConfluentqlError if the address of the table is wrong */
  finish(): void {
    this.#parent?.finish()
    // what was not read does not matter if the rows before it suffice
    const isCutShort = this.#loading.isComplete || this.#openPages !== undefined || this.#pending.length > 0
    if (!isCutShort) for (const text of this.#skipped) this.#context.onNotice?.(text)
    void this.#openPages?.return()
    this.#context.onActivity?.({ kind: 'scanned' })
    if (this.#isStepwise) tellParents(this.#scan, this.#loading.sent, this.#context)
    this.#loading.finish()
  }

  /** Finds the calls that can be made now and were not made before. */
  #expand(): void {
    const { store, client } = this.#context
    const ways = waysOf(this.#scan, store, client)
    const keys = atOwnUrls(ways.keys, this.#scan, this.#context)
    if (this.#later) return this.#beginBeside(keys, this.#later)
    if (!ways.list) return this.#choose(keys)
    const list = atOwnUrls(ways.list, this.#scan, this.#context)
    const { rowLimit } = this.#scan
    // the parent of a scan with a row limit is read page by page
    if (this.#isStepwise && rowLimit === undefined) return this.#choose(list)
    this.#ways = { keys, list }
    const needed = Math.min(keys.calls.length, rowLimit ?? Infinity)
    this.#isTrial = areFew(needed, client.concurrency) && this.#queueKeys(keys)
    this.#loading.keepsPages = this.#isTrial
    if (!this.#isTrial) this.#beginLists(list, keys.calls.length)
  }

  #choose(found: ChosenCalls): void {
    this.#pending = this.#loading.prepare(found, this.#isLast, this.#context.leftOut)
    this.#tell(found)
  }

  /** Tells what is asked for. */
  #tell(found: ChosenCalls): void {
    if (this.#isLast) this.#skipped = skippedCalls(this.#scan, found, this.#context)
    if (!this.#isStepwise) tellParents(this.#scan, found.calls, this.#context)
  }

  /** Begins the lists before it is known which keys may take their place. */
  #beginBeside(list: ChosenCalls, { keyed, loaded }: LaterKeys): void {
    const ways: ListAndKeys = (this.#ways = { list })
    this.#beginLists(list, undefined)
    const race = this.#loading.race!
    const know = (): void => {
      if (this.#ways !== ways || this.#loading.race !== race) return
      const found = laterKeys(keyed, this.#scan, this.#context.store)
      if (!found) return
      const keys = atOwnUrls(found, this.#scan, this.#context)
      race.expect(keys.calls.length)
      this.#ways = { list, keys }
    }
    // without keys the list is read to its end, and the statement has the failures of the tables that have them
    loaded.then(know).catch(() => {})
  }

  /** Begins the lists; `calls` by key are expected to give the same rows, and `tried` of them did not suffice. */
  #beginLists(list: ChosenCalls, calls: number | undefined, tried = 0): void {
    const { client, leftOut } = this.#context
    this.#pending = this.#loading.prepare(list, this.#isLast, leftOut)
    this.#loading.race = new ListOrKeys(calls, this.#pending.length, {
      concurrency: client.concurrency,
      needed: this.#scan.rowLimit,
      tried,
      asksFor: list.chosen.method.paging?.max,
    })
  }

  /** Reads lists until calls by key are faster than the rest of them. */
  async #readLists(): Promise<boolean> {
    const failure = await this.#loading.loadAll(this.#pending.splice(0))
    if (failure) throw failure.reason
    const race = this.#loading.race!
    const { list, keys } = this.#ways!
    this.#loading.race = undefined
    const isList = !keys || this.#loading.isComplete || !race.isListBehind
    this.#loading.report.reason = race.reason(isList)
    if (isList) {
      this.#ways = undefined
      this.#tell(list)
      return !this.#isLast
    }
    this.#loading.drop()
    if (!this.#queueKeys(keys)) this.#returnToList(list, 'a call by key cannot be sent')
    else if (keys.calls.length === 0) this.#endKeys(keys)
    return true
  }

  /** Queues the calls by key. None may be left out, since the list would have its rows. False if one cannot be sent. */
  #queueKeys(keys: ChosenCalls): boolean {
    try {
      this.#pending = this.#loading.prepare(keys, this.#isLast, undefined)
      return true
    } catch (error) {
      if (!(error instanceof ConfluentqlError)) throw error
      this.#loading.drop()
      return false
    }
  }

  /** Makes some more calls by key: all, or with a row limit at least as many as rows are missing. */
  async #callKeys({ list, keys }: ListAndKeys): Promise<boolean> {
    const { client } = this.#context
    const { rowLimit = Infinity } = this.#scan
    const most = this.#isTrial ? fewCalls(client.concurrency) - this.#loading.sent.length : Infinity
    const width = Math.max(this.#width, rowLimit - this.#loading.found)
    this.#width *= 2
    const failure = await this.#loading.loadAll(this.#pending.splice(0, Math.min(width, most)))
    const isLast = this.#loading.isComplete || this.#pending.length === 0
    const why = this.#refusal(failure, isLast)
    if (why !== undefined) this.#returnToList(list, why)
    else if (isLast) this.#endKeys(keys!)
    else if (this.#isTrial && this.#loading.sent.length >= fewCalls(client.concurrency))
      this.#endTrial(list, keys!)
    return true
  }

  /** Why the rows of calls by key may differ from those of the list; undefined if they do not. @throws any other failure */
  #refusal(failure: PromiseRejectedResult | undefined, isLast: boolean): string | undefined {
    const error: unknown = failure?.reason
    if (error instanceof ConfluentqlError && isOfCall(error, this.#context))
      return `a call by key was answered with ${error.status ?? error.unreachable ?? error.message}`
    if (failure) throw error
    if (this.#loading.hasOtherKeys) return 'a call by key was answered with another key'
    return isLast && this.#loading.areAllMissing ? 'all calls by key were answered with 404' : undefined
  }

  /** All calls by key were made, or as many as were needed. */
  #endKeys(keys: ChosenCalls): void {
    const made = this.#loading.sent.length
    if (this.#isTrial)
      this.#loading.report.reason = `keys: ${made} of ${keys.calls.length} calls by key gave the rows that are needed`
    this.#tell(keys)
    this.#ways = undefined
  }

  /** The calls by key so far have not given enough rows: a list may do so sooner. */
  #endTrial(list: ChosenCalls, keys: ChosenCalls): void {
    const { found, sent } = this.#loading
    const expected = found === 0 ? Infinity : Math.ceil((this.#scan.rowLimit! * sent.length) / found)
    this.#isTrial = this.#loading.keepsPages = false
    this.#loading.drop()
    this.#beginLists(list, Math.min(keys.calls.length, expected), sent.length)
  }

  /** Reads the list to its end, even if calls by key were faster. */
  #returnToList(list: ChosenCalls, why: string): void {
    this.#ways = undefined
    this.#loading.drop()
    this.#loading.report.reason = `list: ${why}`
    this.#choose(list)
  }
}

/**
 * Whether an error says that one call cannot be answered, as APIs do for keys of another kind, for what was deleted, and for
 * what may not be read; or that it cannot be reached, if the statement leaves such calls out.
 */
function isOfCall({ status = 0, code, unreachable }: ConfluentqlError, { leftOut }: ScanContext): boolean {
  const isRefused = [400, 403, 404, 422].includes(status) || code === 'VALUE'
  return isRefused || (leftOut !== undefined && unreachable !== undefined)
}
