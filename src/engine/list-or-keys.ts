/** Requests in flight at first, as the gate admits them (src/http/control.ts). */
const FIRST = 4

/** Calls of at most this many round trips are sent without a list. No list takes less than half their time. */
const FEW_ROUNDS = 2

/** The round trips of calls that run side by side. Each answer admits one more call, up to `concurrency`. */
export function roundsOf(calls: number, concurrency: number): number {
  let [left, width, rounds] = [calls, Math.min(FIRST, concurrency), 0]
  for (; left > 0; rounds++) {
    left -= width
    width = Math.min(concurrency, width * 2)
  }
  return rounds
}

/** Whether calls are sent without reading a part of a list first. */
export function areFew(calls: number, concurrency: number): boolean {
  return roundsOf(calls, concurrency) <= FEW_ROUNDS
}

/**
 * Decides, while a list is read page by page, between the rest of it and calls by key. Pages are read one after the
 * other, while calls run side by side. If the list says how many rows it has, that decides after its first page. Otherwise the
 * list is left after as many pages as the calls need round trips. Either way takes at most twice as long as the faster one.
 */
export class ListOrKeys {
  readonly #calls: number
  readonly #rounds: number
  #pages = 0
  #expected: number | undefined
  #isComplete = false

  constructor(calls: number, concurrency: number) {
    this.#calls = calls
    this.#rounds = roundsOf(calls, concurrency)
  }

  /** A page was read. `total`: the number of rows in the list as its first page says, which may be wrong. */
  page(rows: number, total: number | undefined, isLast: boolean): void {
    this.#pages++
    this.#isComplete = isLast
    if (this.#pages === 1 && total !== undefined && rows > 0) this.#expected = Math.ceil(total / rows)
  }

  /** Whether the rest of the list is known to need less time than the calls. */
  get isListSure(): boolean {
    return this.#expected !== undefined && this.#pages <= this.#expected && !this.isListBehind
  }

  get isListBehind(): boolean {
    if (this.#isComplete) return false
    return this.#expected !== undefined && this.#pages <= this.#expected
      ? this.#expected - this.#pages > this.#rounds
      : this.#pages >= this.#rounds
  }

  /** For EXPLAIN ANALYZE. `isList`: the list was read to its end. */
  reason(isList: boolean): string {
    const pages = (n: number): string => `${n} ${n === 1 ? 'page' : 'pages'}`
    const calls = `${this.#calls} calls by key take ${this.#rounds} round trips`
    if (isList) return `list: it has ${pages(this.#pages)}; ${calls}`
    return this.#expected === undefined || this.#pages > 1
      ? `keys: after ${pages(this.#pages)} the list had more; ${calls}`
      : `keys: the list has ${pages(this.#expected)}, as it says; ${calls}`
  }
}
