import type { Page } from '../../http/types.ts'
import { fullName } from '../../plan/names.ts'
import type { CallsPlan } from '../../plan/plan.ts'

/** Whether the answer to a DELETE lists the deleted rows. */
export function listsDeleted({ verb, method: { rows } }: CallsPlan): boolean {
  return verb === 'DELETE' && rows !== undefined && rows.kind !== 'one'
}

/**
 * Reports where the count of a DELETE that was sent again may be wrong. If the answer lists the deleted rows, those deleted
 * by an earlier attempt are in none, so they may be missing in the count and in RETURNING.
 */
export function reportResent(
  plan: CallsPlan,
  pages: readonly Page[],
  onNotice: ((text: string) => void) | undefined,
): void {
  reportMaybeMissing(plan, pages, onNotice)
  const resent = listsDeleted(plan) ? pages.filter(p => p.isResent) : []
  if (resent.length === 0) return
  const which = resent.length === 1 ? 'a request was' : `${resent.length} requests were`
  onNotice?.(
    `${fullName(plan.resource)}: ${which} sent again after an attempt that may have been carried out; what that deleted is not in the count or the rows: ${resent[0]!.request}`,
  )
}

/** Reports rows that need not exist, and are counted because the repeated request for them was answered 404. */
function reportMaybeMissing(
  plan: CallsPlan,
  pages: readonly Page[],
  onNotice: ((text: string) => void) | undefined,
): void {
  const missing = plan.skipsMissing ? pages.filter(p => p.wasMissing) : []
  const [first] = missing
  if (!first) return
  const which = missing.length === 1 ? 'a request was' : `${missing.length} requests were`
  onNotice?.(
    `${fullName(plan.resource)}: ${which} answered 404 when sent again: the first attempt deleted the row, which is counted, or it was not there before: ${first.request}`,
  )
}
