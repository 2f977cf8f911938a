import { type CountedAnswer, isEqual, isSame, nameOf, targetOf } from './counted-answer.ts'
import { moved, type PageInstead, type PagingOf, repeated } from './page-walk.ts'

/** This far behind a page, one with the same rows shows that the server ignores the offset, where no limit is sent. */
const FAR = 10_000

/** The most requests for the offset behind the rows of a page. */
const MAX_PROBES = 64

/** The page that is used, with rows. */
export interface KnownPage {
  readonly at: number
  readonly rows: readonly string[]
}

/** A page behind it. */
export interface FoundPage {
  readonly at: number
  readonly answer: CountedAnswer
}

/** What a listing has shown so far. */
export interface HiddenRows {
  /** The server leaves rows out after it has applied the limit. */
  areFound: boolean
}

type Probes<T> = Generator<PageInstead, T, CountedAnswer>

/**
 * The page that begins behind all rows of `known`, for a page after it that begins with some of these. `over` if the server ignores offsets, and has
 * sent all rows. The pages tell what is the case: a list that has changed is an error, equal rows that follow each other are rows,
 * and otherwise the server leaves rows out, so that an offset is less than the number of rows before it.
 */
export function* behindKnown(
  paging: PagingOf<'offset'>,
  known: KnownPage,
  found: FoundPage,
  hidden: HiddenRows,
): Probes<FoundPage | 'over'> {
  const { rows, page } = found.answer
  const most = paging.max ?? Number.POSITIVE_INFINITY
  const name = nameOf(paging, found.at)
  if (isSame(rows, known.rows)) {
    // as many rows as were asked for: there may be more, which this server does not give
    if (rows.length === most) throw repeated(page!, name)
    if (rows.length > most) return 'over'
    const far = yield probe(paging, known.at + (paging.max ?? FAR))
    if (isSame(far.rows, known.rows)) return 'over'
  }
  const unknown = unknownRows(known.rows, rows)
  if (!unknown) throw rows[0] === known.rows[0] ? repeated(page!, name) : moved(page!)
  if (!hidden.areFound) {
    const again = yield probe(paging, known.at)
    if (!isEqual(again.rows, known.rows)) throw moved(page!)
    const before = found.at - 1 === known.at ? again : yield probe(paging, found.at - 1)
    const isAdjacent = agree(before.rows, [known.rows.at(-1)!, ...rows])
    const shown = known.rows.at(unknown.length - rows.length - 1)
    const isShifted =
      agree(before.rows, rows) || (shown !== undefined && agree(before.rows, [shown, ...rows]))
    // a single row is the known one, rather than an equal one of a server that sends one row a page
    const isSingle = before.rows.length === 1
    if (isAdjacent === isShifted && !isSingle) throw moved(page!)
    if (!isShifted) {
      const answer = yield probe(paging, found.at)
      if (!isEqual(answer.rows, rows)) throw moved(page!)
      return { at: found.at, answer }
    }
    hidden.areFound = true
  }
  return yield* search(paging, known, found)
}

/**
 * Finds the page behind all known rows. The next is expected behind the limit. If that page does not begin with the rows that follow
 * the known ones in others, or none are seen, a binary search finds the offset from which no known row is left.
 */
function* search(paging: PagingOf<'offset'>, known: KnownPage, { at, answer }: FoundPage): Probes<FoundPage> {
  const page = answer.page!
  let unknown = unknownRows(known.rows, answer.rows)
  if (!unknown) throw moved(page)
  // the page at `low` has known rows, so many that their last is at `free` - 1 or behind
  let low = at
  let free = low + answer.rows.length - unknown.length
  let high = Number.POSITIVE_INFINITY
  let step = free - low
  let next = paging.max !== undefined && unknown.length > 0 ? Math.max(known.at + paging.max, free) : free
  for (let i = 0; i < MAX_PROBES; i++) {
    const got = yield probe(paging, next)
    if (got.rows.length > 0 && known.rows.includes(got.rows[0]!)) {
      const rest = unknownRows(known.rows, got.rows)
      if (!rest) throw moved(page)
      low = next
      unknown = rest
      free = low + got.rows.length - rest.length
      step *= 2
    } else if ((unknown.length > 0 && agree(got.rows, unknown)) || next <= free) {
      const isNext = unknown.length === 0 || agree(got.rows, unknown)
      if (!isNext || got.rows.some(row => known.rows.includes(row))) throw moved(page)
      return { at: next, answer: got }
    } else high = next
    next = Math.max(free, Math.min(low + step, low + Math.floor((high - low) / 2)))
  }
  throw moved(page)
}

function probe(paging: PagingOf<'offset'>, position: number): PageInstead {
  return { instead: targetOf(paging, position) }
}

/** The rows of a page after those that it begins with and the page before ends with; undefined if there are none such. */
function unknownRows(before: readonly string[], rows: readonly string[]): readonly string[] | undefined {
  for (let from = before.indexOf(rows[0]!); from >= 0; from = before.indexOf(rows[0]!, from + 1)) {
    const known = before.slice(from)
    if (rows.length >= known.length && agree(rows, known)) return rows.slice(known.length)
  }
  return undefined
}

/** Whether two pages have rows, and one begins with the rows of the other. */
function agree(rows: readonly string[], others: readonly string[]): boolean {
  return (
    rows.length > 0 && others.length > 0 && rows.every((row, i) => i >= others.length || row === others[i])
  )
}
