import { FIRST_WIDTH } from '../../http/limits/control.ts'

/** The round trips of calls that run side by side. Each answer admits one more call, up to `concurrency`. `answered`: calls answered before. */
function roundsOf(calls: number, concurrency: number, answered = 0): number {
  let [left, width, rounds] = [calls, Math.min(FIRST_WIDTH + answered, concurrency), 0]
  for (; left > 0; rounds++) {
    left -= width
    width = Math.min(concurrency, width * 2)
  }
  return rounds
}

/** More calls by key than this are many requests where one page of a list may do. */
const FEW = 12

/** The most calls for which no list is begun. They take at most two round trips, so that a list is not faster by more than half. */
export function fewCalls(concurrency: number): number {
  return Math.min(FEW, 2 * concurrency)
}

/** Whether calls are sent without reading a part of a list first. */
export function areFew(calls: number, concurrency: number): boolean {
  return calls <= fewCalls(concurrency)
}

/** The pages of one list so far. */
interface ListState {
  pages: number
  /** The number of rows in the list, as its pages say. */
  total: number | undefined
  /** The most rows that a page had. */
  size: number
  isComplete: boolean
}

/** A page of a list. */
interface PageOfList {
  /** The number of rows in it, which hidden rows do not count towards. */
  readonly rows: number
  /** The number of rows in the list, as the page says, which may be wrong. */
  readonly total: number | undefined
  readonly isLast: boolean
  /** Another scan of the statement had asked for it. */
  readonly isKnown: boolean
}

/**
 * Decides, while lists are read page by page, between the rest of them and calls by key. The pages of a list are read one
 * after the other; calls, and several lists, run side by side. If the lists say how many rows they have, that decides, as far
 * as the number of pages follows from it: a page with fewer rows than were asked for may have hidden ones. Otherwise the lists
 * are left one round trip before they have taken as long as the calls would; if only some rows are needed, as soon as the rows
 * found so far suggest that the rest takes longer. Both together take at most twice as long as the faster one.
 */
export class ListOrKeys {
  /** Undefined while the keys are not known. */
  #calls: number | undefined
  readonly #concurrency: number
  readonly #needed: number
  /** Calls by key that were answered before. */
  readonly #tried: number
  readonly #asksFor: number
  readonly #lists: ListState[]
  /** Pages that were asked for by this scan. */
  #asked = 0
  #found = 0

  /**
   * @param calls by key; undefined if the keys are not known yet
   * @param options `needed`: how many rows suffice; `tried`: calls by key that were answered before, without enough rows;
   *   `asksFor`: the rows that are asked for in a page
   */
  constructor(
    calls: number | undefined,
    lists: number,
    options: {
      readonly concurrency: number
      readonly needed?: number | undefined
      readonly tried?: number | undefined
      readonly asksFor?: number | undefined
    },
  ) {
    this.#calls = calls
    this.#concurrency = options.concurrency
    this.#needed = options.needed ?? Infinity
    this.#tried = options.tried ?? 0
    this.#asksFor = options.asksFor ?? 0
    this.#lists = Array.from({ length: lists }, () => ({
      pages: 0,
      total: undefined,
      size: 0,
      isComplete: false,
    }))
  }

  /** The keys are known now, and make so many calls. */
  expect(calls: number): void {
    this.#calls = calls
  }

  /** A page of list `i` was read. `found`: of all rows so far, how many count towards the needed ones. */
  page(i: number, { rows, total, isLast, isKnown }: PageOfList, found = 0): void {
    const list = this.#lists[i]!
    list.pages++
    list.isComplete = isLast
    list.size = Math.max(list.size, rows)
    list.total ??= total
    if (!isKnown) this.#asked++
    this.#found = found
  }

  /** Whether the pages after the next one are known to need less time than the calls. */
  get isListSure(): boolean {
    if (this.#calls === undefined) return true
    const most = this.#mostRoundsLeft
    // the first page may say how many rows there are
    if (most === undefined)
      return this.#needed === Infinity && this.#pages > 0 && this.#spent < this.#rounds - 4
    return most > 1 && most <= this.#rounds + 1
  }

  get isListBehind(): boolean {
    if (this.#calls === undefined || this.#pages === 0 || this.#lists.every(list => list.isComplete))
      return false
    const rounds = this.#rounds
    const most = this.#mostRoundsLeft
    // a page is one request, and a round trip of calls up to 32
    if (most !== undefined && most <= rounds + 1) return false
    const guess = this.#roundsToFind
    if (guess !== undefined) return guess > rounds || this.#spent >= rounds
    return this.#fewestRoundsLeft > rounds + 1 || this.#spent >= Math.max(1, rounds - 1)
  }

  /** The round trips that the calls take now. */
  get #rounds(): number {
    return roundsOf(this.#calls ?? 0, this.#concurrency, this.#asked + this.#tried)
  }

  /** Round trips so far. */
  get #spent(): number {
    const deepest = Math.max(...this.#lists.map(list => list.pages))
    const ofLists = Math.max(roundsOf(this.#asked, this.#concurrency), Math.min(deepest, this.#asked))
    return ofLists + roundsOf(this.#tried, this.#concurrency)
  }

  /** The round trips for the rest of the lists, if they say how many rows they have, and as many are hidden in each page. */
  get #mostRoundsLeft(): number | undefined {
    const left: number[] = []
    for (const list of this.#lists) {
      if (list.isComplete) continue
      const expected = pagesIn(list, list.size)
      // a list that is longer than it says
      if (expected === undefined || list.pages >= expected) return undefined
      left.push(expected - list.pages)
    }
    return this.#roundsFor(left)
  }

  /** The same if all pages are as long as those that are asked for. */
  get #fewestRoundsLeft(): number {
    const rest = this.#lists.filter(list => !list.isComplete)
    const left = rest.map(list => (pagesIn(list, Math.max(list.size, this.#asksFor)) ?? 0) - list.pages)
    return this.#roundsFor(left.map(n => Math.max(1, n)))
  }

  /** The round trips of so many further pages of each list. */
  #roundsFor(left: readonly number[]): number {
    const sum = left.reduce((a, b) => a + b, 0)
    return Math.max(Math.ceil(sum / this.#concurrency), ...left)
  }

  /** The round trips until the lists have given as many rows as are needed, if rows are found as often as before. */
  get #roundsToFind(): number | undefined {
    if (this.#needed === Infinity || this.#found === 0) return undefined
    const perRow = this.#pages / this.#found / Math.min(this.#lists.length, this.#concurrency)
    return Math.ceil(perRow * (this.#needed - this.#found))
  }

  get #pages(): number {
    return this.#lists.reduce((n, list) => n + list.pages, 0)
  }

  /** For EXPLAIN ANALYZE. `isList`: the lists were read as far as needed. */
  reason(isList: boolean): string {
    const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`
    if (this.#calls === undefined)
      return `list: its end came first, after ${count(this.#pages, 'page')}; the keys were not known, or too many`
    const calls = `${this.#calls} calls by key take ${count(roundsOf(this.#calls, this.#concurrency), 'round trip')}`
    const several = this.#lists.length > 1 ? `the ${this.#lists.length} lists` : undefined
    const have = several === undefined ? 'has' : 'have'
    const isWhole = this.#lists.every(list => list.isComplete)
    if (isList && !isWhole)
      return `list: ${count(this.#pages, 'page')} had the rows that are needed; ${calls}`
    if (isList) return `list: ${several ?? 'it'} ${have} ${count(this.#pages, 'page')}; ${calls}`
    const pages = this.#lists.map(list => {
      const expected = pagesIn(list, list.size)
      const isLonger = !list.isComplete && list.pages >= (expected ?? 0)
      return list.pages > 1 || isLonger ? undefined : expected
    })
    if (pages.includes(undefined))
      return `keys: after ${count(this.#pages, 'page')} ${several ?? 'the list'} had more; ${calls}`
    const expected = pages.reduce((n, p) => n! + p!, 0)!
    return `keys: ${several ?? 'the list'} ${have} ${count(expected, 'page')}, as ${several === undefined ? 'it says' : 'they say'}; ${calls}`
  }
}

/** How many pages of `size` rows a list has, if it says how many rows it has. */
function pagesIn({ total }: ListState, size: number): number | undefined {
  return total === undefined || size === 0 ? undefined : Math.ceil(total / size)
}
