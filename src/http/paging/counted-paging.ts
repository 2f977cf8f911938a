import { valuesAt } from '../../catalog/json-path.ts'
import type { RowsAt } from '../../catalog/types.ts'
import type { ConfluentqlError } from '../../errors.ts'
import { exactly } from '../json.ts'
import { createLinks, nextLink } from './link-paging.ts'
import { malformed, type PageTarget, type PagingOf, repeated, stuck, type Walk } from './page-walk.ts'
import type { Page } from '../types.ts'

type Counted = PagingOf<'page'> | PagingOf<'offset'>

/**
 * The walk by page numbers or offsets. A server may send fewer or more rows a page than requested, and may leave rows out of
 * any page, so only an empty page is the last; where the answer has the number of the last page, that decides. A page that
 * is equal to the one before has no new rows: the server ignores the position, and has sent all. If an answer links to the
 * next page in its header, the links decide instead.
 *
 * Some servers refuse a position behind the last row. After a page with fewer rows than the first, which is probably the last, that
 * ends the listing too.
 *
 * An offset advances by the rows received, which skips none. If the server leaves rows out after it has applied the limit, the
 * next page then begins with rows that are known. It is not used: the page behind the limit is, if it has the same new rows.
 */
export function countedWalk(paging: Counted, rowsAt: RowsAt): Walk {
  let position = paging.kind === 'page' ? paging.first : 0
  let isFirst = true
  let first = 0
  let before: readonly string[] = []
  let overlap: Overlap | undefined
  const links = createLinks()
  let isLinked = false
  const most = paging.max ?? Number.POSITIVE_INFINITY
  const isLimited = paging.kind === 'offset' && paging.limit !== undefined && paging.max !== undefined
  const target = (): PageTarget => ({ query: queryOf(paging, position) })
  return {
    first: target(),
    next(page) {
      const link = nextLink(page)
      isLinked ||= link !== undefined
      if (isLinked) return links.target(page, link)
      const body = parsed(page)
      const rows = rowsIn(body, rowsAt)
      if (rows === undefined) return undefined
      const last = paging.kind === 'page' ? lastPage(paging, body) : undefined
      const isLast = last === undefined ? rows.length === 0 : position >= last
      // some servers omit an empty list
      const failure = rows.length === 0 && isLast && !isFirst ? page.failure() : undefined
      if (failure) throw failure
      if (overlap) {
        if (isSame(rows, before)) return 'over'
        if (!beginsWith(rows, overlap.unknown) || before.includes(rows[0]!)) throw moved(overlap.page)
        overlap = undefined
      } else if (rows.length > 0 && before.includes(rows[0]!)) {
        const unknown = isLimited && before.length < most ? unknownRows(before, rows) : undefined
        if (unknown) {
          overlap = { page, unknown }
          position += most - before.length
          return { instead: target() }
        }
        const isRepeated = isSame(rows, before)
        // as many rows as were asked for: there may be more, which this server does not give
        if (isRepeated && rows.length !== most) return 'over'
        if (isRepeated || rows[0] === before[0]) throw repeated(page, nameOf(paging, position))
      }
      if (isLast) return rows.length === 0 && !isFirst ? 'over' : undefined
      if (isFirst) first = rows.length
      isFirst = false
      before = rows
      position += paging.kind === 'page' ? 1 : rows.length
      return target()
    },
    isEnd: status =>
      !overlap
      && !isLinked
      && (status === 416 || ((status === 400 || status === 404) && before.length < first)),
  }
}

/** The error for an overlap that rows left out do not explain. */
function moved(page: Page): ConfluentqlError {
  return stuck(
    page,
    'the page begins with rows of the page before',
    'The list changed while it was read, so that something else may be missing: run the statement again',
  )
}

/** A page that begins with the last rows of the page before. */
interface Overlap {
  readonly page: Page
  /** Its rows after those. */
  readonly unknown: readonly string[]
}

/** The rows of a page after those that it begins with and the page before ends with; undefined if there are none such. */
function unknownRows(before: readonly string[], rows: readonly string[]): readonly string[] | undefined {
  for (let from = before.indexOf(rows[0]!); from >= 0; from = before.indexOf(rows[0]!, from + 1)) {
    const known = before.slice(from)
    if (beginsWith(rows, known) && rows.length >= known.length) return rows.slice(known.length)
  }
  return undefined
}

/** Whether the shorter of two lists begins the other, and the list is not empty unless `start` is. */
function beginsWith(rows: readonly string[], start: readonly string[]): boolean {
  return (
    (rows.length > 0 || start.length === 0) && rows.every((row, i) => i >= start.length || row === start[i])
  )
}

/** Whether two pages have the same rows, in any order. */
function isSame(rows: readonly string[], others: readonly string[]): boolean {
  return rows.length === others.length && sortedText(rows) === sortedText(others)
}

function queryOf(paging: Counted, position: number): Readonly<Record<string, string>> {
  const { max } = paging
  const [param, size] = paging.kind === 'offset' ? [paging.offset, paging.limit] : [paging.param, paging.size]
  return {
    [param]: String(position),
    ...(size !== undefined && max !== undefined && { [size]: String(max) }),
  }
}

function nameOf(paging: Counted, position: number): string {
  return `${paging.kind === 'page' ? paging.param : paging.offset} ${position}`
}

/** The number of the last page, if the answer has it. */
function lastPage({ pages }: PagingOf<'page'>, body: unknown): number | undefined {
  const [last] = pages === undefined ? [] : valuesAt(body, pages)
  const number = typeof last === 'string' && /^\d+$/.test(last) ? Number(last) : last
  return typeof number === 'number' ? number : undefined
}

/** Rows as one text, independent of their order. */
function sortedText(rows: readonly string[]): string {
  return [...rows].sort().join()
}

function parsed(page: Page): unknown {
  try {
    return page.text.trim() === '' ? null : exactly(page.text)
  } catch (error) {
    throw malformed(page, error)
  }
}

/** The rows of an answer, as texts; undefined if there is something else in their place. */
function rowsIn(body: unknown, { at, kind }: RowsAt): readonly string[] | undefined {
  const found = valuesAt(body, at).filter(value => value !== null)
  const isList = (value: unknown): boolean =>
    kind === 'map' ? typeof value === 'object' : Array.isArray(value)
  if (!found.every(isList)) return undefined
  return found.flatMap(list => Object.entries(list as object)).map(([key, row]) => rowText(kind, key, row))
}

function rowText(kind: RowsAt['kind'], key: string, row: unknown): string {
  return JSON.stringify(kind === 'map' ? [key, row] : row)
}
