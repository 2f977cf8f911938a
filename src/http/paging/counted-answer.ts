import { valuesAt } from '../../catalog/json-path.ts'
import type { RowsAt } from '../../catalog/types.ts'
import { exactly } from '../json.ts'
import { malformed, type NextPage, type PageTarget, type PagingOf, stuck } from './page-walk.ts'
import type { Page } from '../types.ts'

/** Paging by positions. */
export type Counted = PagingOf<'page'> | PagingOf<'offset'>

/** What a server answers for a position: a page with its rows, or a status of 400, 404 or 416. */
export interface CountedAnswer {
  readonly page?: Page
  readonly body?: unknown
  readonly rows: readonly string[]
  readonly status?: number
}

/** Asks for positions, one at a time. Its results are those of `Walk.next`; after a refusal, undefined means that it is an error. */
export type Steps = Generator<NextPage, 'over' | undefined, CountedAnswer>

/** The data of a page. @throws ConfluentqlError RESPONSE if it is not JSON */
export function bodyOf(page: Page): unknown {
  try {
    return page.text.trim() === '' ? null : exactly(page.text)
  } catch (error) {
    throw malformed(page, error)
  }
}

/**
 * The rows of an answer, as texts; undefined if there is something else in their place.
 * @throws ConfluentqlError RESPONSE for rows that are nested too deep to be compared
 */
export function rowsIn(page: Page, body: unknown, { at, kind }: RowsAt): readonly string[] | undefined {
  const found = valuesAt(body, at).filter(value => value !== null)
  const isList = (value: unknown): boolean =>
    kind === 'map' ? typeof value === 'object' : Array.isArray(value)
  if (!found.every(isList)) return undefined
  try {
    return found.flatMap(list => Object.entries(list as object)).map(([key, row]) => rowText(kind, key, row))
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw stuck(page, 'the answer is nested too deep', 'The server does not answer as documented')
  }
}

function rowText(kind: RowsAt['kind'], key: string, row: unknown): string {
  return JSON.stringify(kind === 'map' ? [key, row] : row)
}

/** What asks for a position. */
export function targetOf(paging: Counted, position: number): PageTarget {
  const { max } = paging
  const [param, size] = paging.kind === 'offset' ? [paging.offset, paging.limit] : [paging.param, paging.size]
  return {
    query: {
      [param]: String(position),
      ...(size !== undefined && max !== undefined && { [size]: String(max) }),
    },
  }
}

/** The name of a position, for messages. */
export function nameOf(paging: Counted, position: number): string {
  return `${paging.kind === 'page' ? paging.param : paging.offset} ${position}`
}

/** The number at a path of an answer. */
export function numberAt(body: unknown, path: string | undefined): number | undefined {
  const [found] = path === undefined ? [] : valuesAt(body, path)
  const number = typeof found === 'string' && /^\d+$/.test(found) ? Number(found) : found
  return typeof number === 'number' ? number : undefined
}

/** Whether an answer says that rows follow those before `count`: by the number of all rows, or by a member for that. */
export function saysMore({ body }: CountedAnswer, { total, more }: Counted, count: number): boolean {
  const all = numberAt(body, total)
  return (all !== undefined && all > count) || (more !== undefined && valuesAt(body, more)[0] === true)
}

/** Whether an answer says if rows follow it. */
export function saysHowMany({ body }: CountedAnswer, { total, more }: Counted): boolean {
  return (
    numberAt(body, total) !== undefined
    || (more !== undefined && typeof valuesAt(body, more)[0] === 'boolean')
  )
}

/**
 * Whether a refused position is behind the last row. Status 416 says so. Status 400 and 404 can have other causes, but not after a page with
 * fewer rows than the first, which is probably the last.
 */
export function isBehind(status: number, before: readonly string[], first: number): boolean {
  return status === 416 || before.length < first
}

/** Whether two pages are equal. */
export function isEqual(rows: readonly string[], others: readonly string[]): boolean {
  return rows.length === others.length && rows.every((row, i) => row === others[i])
}

/** Whether two pages have the same rows, in any order. */
export function isSame(rows: readonly string[], others: readonly string[]): boolean {
  return rows.length === others.length && sortedText(rows) === sortedText(others)
}

/** Rows as one text, independent of their order. */
function sortedText(rows: readonly string[]): string {
  return [...rows].sort().join()
}
