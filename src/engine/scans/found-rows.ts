import { now } from '../../clock.ts'
import type { Scan } from '../../plan/plan.ts'
import type { Store } from '../store/store.ts'
import { sqliteError } from '../store/temporary.ts'
import { countOf, matchingRows } from './scan-report.ts'

/** A count of the rows that takes longer, in milliseconds, is repeated only after pages have been read for as long. */
const QUICK = 100

/** How many loaded rows count towards the row limit of a scan: those of its count query, or of its table. */
export class FoundRows {
  readonly #scan: Scan
  readonly #store: Store
  #count = 0
  /** Rows in the table at the last count. */
  #counted = 0
  #ended = 0
  #ms = 0

  constructor(scan: Scan, store: Store) {
    this.#scan = scan
    this.#store = store
  }

  get count(): number {
    return this.#count
  }

  get areEnough(): boolean {
    const { rowLimit } = this.#scan
    return rowLimit !== undefined && this.#count >= rowLimit
  }

  /** Counts again after a page, if that is worth it. @param loaded rows in the table */
  update(loaded: number): void {
    const { rowLimit, countQuery } = this.#scan
    if (rowLimit === undefined || (countQuery && loaded <= this.#counted * 1.1)) return
    const started = now()
    if (this.#ms > QUICK && started - this.#ended < this.#ms) return
    this.#count = this.#countNow()
    this.#counted = loaded
    this.#ended = now()
    this.#ms = this.#ended - started
  }

  /** Rows were removed: the next page counts again. */
  forget(): void {
    this.#counted = 0
  }

  #countNow(): number {
    const { countQuery } = this.#scan
    if (!countQuery) return matchingRows(this.#scan, this.#store)
    try {
      return this.#store.busily(() => countOf(countQuery.sql, this.#store))
    } catch (error) {
      throw sqliteError(error)
    }
  }
}
