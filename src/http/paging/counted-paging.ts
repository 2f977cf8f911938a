import type { RowsAt } from '../../catalog/types.ts'
import { createLinks, nextLink } from './link-paging.ts'
import { bodyOf, type Counted, type CountedAnswer, rowsIn, type Steps } from './counted-answer.ts'
import { numberSteps } from './number-paging.ts'
import { offsetSteps } from './offset-paging.ts'
import { type NextPage, type PageTarget, stuck, type Walk } from './page-walk.ts'

/** After this number of empty pages in a row, an answer that says that there are more rows is not believed. */
const MAX_EMPTY = 1000

/**
 * The walk by page numbers or offsets. A server may send fewer or more rows a page than requested, and may leave rows out of
 * any page, so only an empty page is the last, and only if its answer does not say that there is more. If an answer links to
 * the next page in its header, the links decide instead.
 */
export function countedWalk(paging: Counted, rowsAt: RowsAt): Walk {
  const steps: Steps = paging.kind === 'page' ? numberSteps(paging) : offsetSteps(paging)
  const links = createLinks()
  let isLinked = false
  let isFirst = true
  let empty = 0
  const first = steps.next().value as PageTarget
  const advance = (answer: CountedAnswer): NextPage => steps.next(answer).value
  return {
    first,
    next(page) {
      const link = nextLink(page)
      isLinked ||= link !== undefined
      if (isLinked) return links.target(page, link)
      const body = bodyOf(page)
      const rows = rowsIn(page, body, rowsAt)
      if (rows === undefined) return undefined
      // some servers omit an empty list
      const failure = rows.length === 0 && !isFirst ? page.failure() : undefined
      if (failure) throw failure
      isFirst = false
      empty = rows.length === 0 ? empty + 1 : 0
      if (empty > MAX_EMPTY)
        throw stuck(page, `${MAX_EMPTY} pages in a row have no rows, but say that there are more`)
      return advance({ page, rows, body })
    },
    refused(status) {
      if (isLinked || (status !== 400 && status !== 404 && status !== 416)) return undefined
      const after = advance({ rows: [], status })
      return after === 'over' || (after && 'instead' in after) ? after : undefined
    },
  }
}
