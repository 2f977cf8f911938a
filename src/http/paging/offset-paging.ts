import {
  type CountedAnswer,
  isBehind,
  numberAt,
  saysHowMany,
  saysMore,
  type Steps,
  targetOf,
} from './counted-answer.ts'
import { behindKnown, type HiddenRows } from './hidden-rows.ts'
import type { PagingOf } from './page-walk.ts'

/**
 * The pages by offset. An offset advances by the rows received, which skips none. If the server leaves rows out after it has
 * applied the limit, the next page begins with rows that are known; then the page behind these is used in its place.
 */
export function* offsetSteps(paging: PagingOf<'offset'>): Steps {
  const hidden: HiddenRows = { areFound: false }
  let at = 0
  let used: CountedAnswer = yield targetOf(paging, 0)
  let first = used.rows.length
  let longest = first
  let pages = 1
  for (;;) {
    const isFirst = at === 0 && used.rows.length === 0
    let next = at + used.rows.length
    let isAfterEmpty = false
    let answer = isFirst ? used : yield targetOf(paging, next)
    while (answer.rows.length === 0 || used.rows.includes(answer.rows[0]!)) {
      if (answer.rows.length > 0) {
        const found = yield* behindKnown(paging, { at, rows: used.rows }, { at: next, answer }, hidden)
        if (found === 'over') return 'over'
        next = found.at
        answer = found.answer
        if (answer.rows.length > 0) break
      }
      const all = numberAt(used.body, paging.total)
      const isKnown = all !== undefined && all <= next
      if (answer.status !== undefined)
        return isKnown || isAfterEmpty || isBehind(answer.status, used.rows, first) ? 'over' : undefined
      // the server may have a lower limit than the one that is asked for
      const step = longest === 0 ? (paging.max ?? 0) : longest
      const isFull = used.rows.length >= (pages > 1 ? longest : (paging.max ?? Number.POSITIVE_INFINITY))
      // all rows of a page may be left out; without a number of rows, the next one tells
      const mayHide = !isFirst && !isAfterEmpty && (isFull || hidden.areFound) && !saysHowMany(answer, paging)
      if (step === 0 || !(mayHide || saysMore(answer, paging, next))) return isFirst ? undefined : 'over'
      next += step
      isAfterEmpty = true
      answer = yield { instead: targetOf(paging, next) }
    }
    hidden.areFound ||= isAfterEmpty
    pages++
    at = next
    used = answer
    first ||= used.rows.length
    longest = Math.max(longest, used.rows.length)
  }
}
