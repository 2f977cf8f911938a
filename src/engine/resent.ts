import type { Page } from '../http/types.ts'
import { fullName } from '../plan/names.ts'
import type { CallsPlan } from '../plan/plan.ts'

/** Whether the answer to a DELETE lists what it deleted, so that it tells the count. */
export function listsDeleted({ verb, method: { rows } }: CallsPlan): boolean {
  return verb === 'DELETE' && rows !== undefined && rows.kind !== 'one'
}

/**
 * Tells where a DELETE that lists what it deleted was sent again: what an earlier attempt deleted is in no answer, so that
 * the count and RETURNING may be short of it.
 */
export function tellResent(
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
