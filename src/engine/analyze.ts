import { now } from '../clock.ts'
import type { QueryPlan } from '../plan/plan.ts'
import { analyzeRows } from './explain.ts'
import { queryRows } from './query.ts'
import { completeRows, type Result } from './result.ts'
import type { ScanContext } from './scan-calls.ts'
import type { ScanReport } from './scan-report.ts'

/** EXPLAIN ANALYZE: runs a query, and returns what each of its scans did. `retries` counts those of the session. */
export async function analyze(plan: QueryPlan, context: ScanContext, retries: () => number): Promise<Result> {
  const reports: ScanReport[] = []
  const started = now()
  const before = retries()
  let count = 0
  let spilled = 0
  const watching: ScanContext = {
    ...context,
    onScan: r => reports.push(r),
    onActivity(activity) {
      if (activity.kind === 'page') spilled = Math.max(spilled, activity.spilled)
      context.onActivity?.(activity)
    },
  }
  for await (const batch of queryRows(plan, watching)) count += batch.length
  const whole = { ms: now() - started, rows: count, retries: retries() - before, spilled }
  const { columns, rows } = analyzeRows(reports, whole)
  return { columns, rows: completeRows(rows), leftOut: () => context.leftOut?.list() ?? [], finish: () => {} }
}
