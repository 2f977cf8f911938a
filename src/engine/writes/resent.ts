import type { Page } from '../../http/types.ts'
import { fullName } from '../../plan/names.ts'
import type { CallsPlan } from '../../plan/plan.ts'

/** Whether the answer to a DELETE lists the deleted rows. */
export function listsDeleted({ verb, method: { rows } }: CallsPlan): boolean {
  return verb === 'DELETE' && rows !== undefined && rows.kind !== 'one'
}

/**
 * Reports that a DELETE that lists the deleted rows was sent again: rows deleted by an earlier attempt are in no answer,
 * so they may be missing in the count and in RETURNING.
 */
export function reportResent(
  plan: CallsPlan,
  pages: readonly Page[],
  onNotice: ((text: string) => void) | undefined,
): void {
  const resent = listsDeleted(plan) ? pages.filter(p => p.isResent) : []
  if (resent.length === 0) return
  const which = resent.length === 1 ? 'a request was' : `${resent.length} requests were`
  onNotice?.(
    `${fullName(plan.resource)}: ${which} sent again after an attempt that may have been carried out; what that deleted is not in the count or the rows: ${resent[0]!.request}`,
  )
}
