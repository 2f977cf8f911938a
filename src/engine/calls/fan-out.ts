import { ConfluentqlError } from '../../errors.ts'
import type { Call, HttpClient } from '../../http/types.ts'
import { fullName } from '../../plan/names.ts'
import type { Scan } from '../../plan/plan.ts'
import type { LeftOutCalls } from './left-out.ts'
import type { Store } from '../store/store.ts'

/** The calls of one scan. Those that cannot be reached are left out if the statement allows it and others remain. */
export class FanOut {
  /** The calls to send at first. */
  readonly calls: readonly Call[]
  readonly #scan: Scan
  readonly #all: readonly Call[]
  readonly #client: HttpClient
  readonly #leftOut: LeftOutCalls | undefined
  /** How many calls there are, with the parts of those that were divided. */
  #count: number
  readonly #failed: { readonly call: Call; readonly error: ConfluentqlError }[] = []

  /** @throws ConfluentqlError if calls lack a base URL or a credential and cannot be left out */
  constructor(scan: Scan, calls: readonly Call[], client: HttpClient, leftOut: LeftOutCalls | undefined) {
    this.#scan = scan
    this.#all = calls
    this.#count = calls.length
    this.#client = client
    this.#leftOut = leftOut
    this.calls = this.#canLack ? this.#withoutObstacles() : calls
    if (!this.#canLack) client.check(calls)
  }

  /** Whether the statement allows that calls are left out. */
  get isLenient(): boolean {
    return this.#leftOut !== undefined
  }

  /** Calls may be left out. A single one is what the statement is about. */
  get #canLack(): boolean {
    return this.#leftOut !== undefined && this.#count > 1
  }

  #withoutObstacles(): readonly Call[] {
    const obstacles = this.#client.obstacles(this.#all)
    if (obstacles.every(e => e !== undefined)) {
      // its error names all places
      this.#client.check(this.#all)
      throw obstacles[0]!
    }
    for (const [i, error] of obstacles.entries()) if (error) this.#failed.push({ call: this.#all[i]!, error })
    return this.#all.filter((_, i) => obstacles[i] === undefined)
  }

  /** Counts the parts of a call, which replace it. */
  divide(parts: readonly Call[]): void {
    this.#count += parts.length - 1
  }

  /** Leaves a call out. @throws the error, unless it means that the call cannot be reached and the statement allows it */
  leaveOut(call: Call, error: unknown): void {
    if (!this.canLeaveOut(error)) throw error
    this.#failed.push({ call, error })
  }

  canLeaveOut(error: unknown): error is ConfluentqlError {
    return this.#canLack && error instanceof ConfluentqlError && error.unreachable !== undefined
  }

  /**
   * Records the calls that were left out. `missing`: how many had no rows since the API answered 404.
   * @throws ConfluentqlError if no call succeeded
   */
  report(missing: number): void {
    const [first] = this.#failed
    if (!first) return
    if (this.#failed.length + missing < this.#count) {
      for (const { call, error } of this.#failed) this.#leftOut!.add(this.#scan, call, error, this.#client)
      return
    }
    const { code, message, hint, status } = first.error
    const table = fullName(this.#scan.resource)
    throw new ConfluentqlError(code, `${message}; no call of ${table} succeeded, so none is left out`, {
      ...(hint !== undefined && { hint }),
      ...(status !== undefined && { status }),
      cause: first.error,
    })
  }
}

/** The rows of one call in the table of a scan, so that they can be removed when it fails. */
export class LoadedRows {
  readonly #store: Store
  readonly #table: string
  readonly #isTracking: boolean
  readonly #ranges: [first: number, last: number][] = []
  #count = 0

  /** @param isTracking whether `remove` may be called */
  constructor(store: Store, table: string, isTracking: boolean) {
    this.#store = store
    this.#table = table
    this.#isTracking = isTracking
  }

  /** Runs `load`, and remembers the rows that it adds. */
  track(load: () => number): number {
    if (!this.#isTracking) return load()
    const before = this.#last()
    const rows = load()
    this.#ranges.push([before + 1, this.#last()])
    this.#count += rows
    return rows
  }

  /** Removes the rows; returns their number. */
  remove(): number {
    const statement = this.#store.db.prepare(
      `DELETE FROM temp."${this.#table}" WHERE _rowid_ BETWEEN ? AND ?`,
    )
    for (const range of this.#ranges.splice(0)) statement.run(...range)
    const removed = this.#count
    this.#count = 0
    return removed
  }

  /** Takes over the rows of a part of the call. */
  take(part: LoadedRows): void {
    this.#ranges.push(...part.#ranges.splice(0))
    this.#count += part.#count
    part.#count = 0
  }

  #last(): number {
    return Number(
      this.#store.db.prepare(`SELECT coalesce(max(_rowid_), 0) FROM temp."${this.#table}"`).pluck().get(),
    )
  }
}
