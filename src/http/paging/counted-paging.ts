import { valuesAt } from '../../catalog/json-path.ts'
import type { RowsAt } from '../../catalog/types.ts'
import { exactly } from '../json.ts'
import { createLinks, nextLink } from './link-paging.ts'
import { malformed, type PageTarget, type PagingOf, repeated, type Walk } from './page-walk.ts'
import type { Page } from '../types.ts'

type Counted = PagingOf<'page'> | PagingOf<'offset'>

/**
 * The walk by page numbers or offsets. A server may send fewer or more rows a page than requested, so only an empty page, or
 * one with fewer rows than the first, is the last; where the answer has the number of the last page, that decides. A page that
 * is equal to the one before has no new rows: the server ignores the position, and has sent all. If an answer links to the
 * next page in its header, the links decide instead.
 */
export function countedWalk(paging: Counted, rowsAt: RowsAt): Walk {
  let position = paging.kind === 'page' ? paging.first : 0
  let first: number | undefined
  let before: readonly string[] = []
  const links = createLinks()
  let isLinked = false
  const most = paging.max ?? Number.POSITIVE_INFINITY
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
      const isLast = last === undefined ? rows.length === 0 || rows.length < (first ?? 0) : position >= last
      if (rows.length === 0 && isLast && first !== undefined) {
        // some servers omit an empty list
        const failure = page.failure()
        if (failure) throw failure
        return 'over'
      }
      if (rows.length > 0 && before.includes(rows[0]!)) {
        const isSame = rows.length === before.length && sortedText(rows) === sortedText(before)
        // as many rows as were asked for: there may be more, which this server does not give
        if (isSame && rows.length !== most) return 'over'
        if (isSame || rows[0] === before[0]) throw repeated(page, nameOf(paging, position))
      }
      if (isLast) return undefined
      first ??= rows.length
      before = rows
      position += paging.kind === 'page' ? 1 : rows.length
      return target()
    },
  }
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
