import {
  type CountedAnswer,
  isBehind,
  isEqual,
  isSame,
  nameOf,
  numberAt,
  saysMore,
  type Steps,
  targetOf,
} from './counted-answer.ts'
import { moved, type PageInstead, type PagingOf, repeated } from './page-walk.ts'

/** This number of pages behind one, a page with the same rows shows that the server ignores the number. */
const FAR = 1000

/**
 * The pages by number. Where an answer has the number of the last page, that decides, unless the page is behind it, or full. A page
 * that is equal to the one before has no new rows if the server ignores the number, and has sent all.
 */
export function* numberSteps(paging: PagingOf<'page'>): Steps {
  const { first, max = Number.POSITIVE_INFINITY, pages } = paging
  const probe = (position: number): PageInstead => ({ instead: targetOf(paging, position) })
  let position = first
  let [length, longest] = [0, 0]
  let before: { readonly position: number; readonly rows: readonly string[] } = { position, rows: [] }
  let last: number | undefined
  let answer: CountedAnswer = yield targetOf(paging, position)
  for (;;) {
    const { page, rows, body, status } = answer
    if (status !== undefined) {
      // pages that begin with 0 may be counted instead
      const isKnown = position > before.position + 1 || (last !== undefined && position >= first + last)
      return isKnown || isBehind(status, before.rows, length) ? 'over' : undefined
    }
    last = numberAt(body, pages)
    if (rows.length === 0) {
      const size = longest === 0 ? max : longest
      const isMore =
        last === undefined ? saysMore(answer, paging, (position + 1 - first) * size) : position < last
      if (!isMore) return before.rows.length > 0 ? 'over' : undefined
    } else {
      if (isSame(rows, before.rows)) {
        if (rows.length > max) return 'over'
        // as many rows as were asked for: there may be more, which this server does not give
        const far = rows.length < max ? yield probe(position + FAR) : undefined
        if (far && isSame(far.rows, rows)) return 'over'
        throw repeated(page!, nameOf(paging, position))
      }
      if (rows[0] === before.rows[0]) throw repeated(page!, nameOf(paging, position))
      if (before.rows.includes(rows[0]!)) {
        // equal rows, unless the list has changed
        const again = yield probe(before.position)
        answer = yield probe(position)
        if (!isEqual(again.rows, before.rows) || !isEqual(answer.rows, rows)) throw moved(page!)
      }
      if (position === last && rows.length !== max) return undefined
      length ||= rows.length
      longest = Math.max(longest, rows.length)
      before = { position, rows }
    }
    position++
    answer = yield targetOf(paging, position)
  }
}
