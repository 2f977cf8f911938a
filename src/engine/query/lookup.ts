import type { QueryPlan } from '../../plan/plan.ts'
import { queryRows } from './query.ts'
import type { Row } from '../result.ts'
import type { ScanContext } from '../scans/scan-calls.ts'
import type { KeptCalls } from '../scans/sharing.ts'

/** The rows of a query that a statement does not have, and does not show the notices of. Calls in `kept` are not sent again. */
export async function lookupRows(
  plan: QueryPlan,
  context: ScanContext,
  kept: KeptCalls,
): Promise<readonly Row[]> {
  const rows: Row[] = []
  const silent = { ...context, lookup: undefined, onNotice: undefined, kept }
  for await (const batch of queryRows(plan, silent)) rows.push(...batch)
  return rows
}
