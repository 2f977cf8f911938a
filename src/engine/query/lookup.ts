import type { QueryPlan } from '../../plan/plan.ts'
import { queryRows } from './query.ts'
import type { Row } from '../result.ts'
import type { ScanContext } from '../scans/scan-calls.ts'

/** The rows of a query that a statement does not have; what it has to tell is not told. */
export async function lookupRows(plan: QueryPlan, context: ScanContext): Promise<readonly Row[]> {
  const rows: Row[] = []
  const silent = { ...context, lookup: undefined, onNotice: undefined }
  for await (const batch of queryRows(plan, silent)) rows.push(...batch)
  return rows
}
