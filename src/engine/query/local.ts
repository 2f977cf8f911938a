import { aborted } from '../../http/signal.ts'
import type { LocalPlan } from '../../plan/plan.ts'
import { completeRows, type Result } from '../result.ts'
import { loadScans } from '../scans/loading.ts'
import type { ScanContext } from '../scans/scan-calls.ts'
import type { Store } from '../store/store.ts'
import { sqliteError } from '../store/temporary.ts'
import { reportNearValues } from './near-values.ts'
import { reportNullLists } from './null-lists.ts'

/**
 * Runs a statement on tables and views of the session: loads its scans, then runs all steps in one transaction.
 *
 * @param connect the context of the scans, which needs a client
 */
export async function runLocal(
  plan: LocalPlan,
  store: Store,
  connect: () => Promise<ScanContext>,
  { signal, onNotice }: Pick<ScanContext, 'signal' | 'onNotice'>,
): Promise<Result> {
  try {
    if (plan.scans.length > 0) await loadScans(plan.scans, await connect())
    // signals are not handled from here on: check for one that arrived before
    if (signal.aborted) throw aborted(signal)
    reportNullLists(plan, store, onNotice)
    const count = store.apply(plan.steps.concat(plan.rows ?? []), plan.params)
    store.seenTexts.report(plan.textUses, onNotice)
    reportNearValues(plan, store, count === 0, onNotice)
    return {
      columns: [],
      rows: completeRows([]),
      affected: { verb: plan.verb, ...(plan.rows !== undefined && { count }) },
      finish: () => {},
    }
  } catch (error) {
    throw sqliteError(error)
  } finally {
    for (const { into } of plan.scans) store.drop(into)
  }
}
