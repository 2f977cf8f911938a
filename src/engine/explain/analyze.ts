import { now } from '../../clock.ts'
import type { Value } from '../../catalog/types.ts'
import { fullName } from '../../plan/names.ts'
import type { QueryPlan, RowsPlan } from '../../plan/plan.ts'
import { queryRows } from '../query/query.ts'
import { completeRows, type Result } from '../result.ts'
import type { ScanContext } from '../scans/scan-calls.ts'
import type { ScanReport } from '../scans/scan-report.ts'

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

/** What each scan did, then the whole; retries, and bytes of loaded rows that went to a temporary file, are counted for the statement. */
function analyzeRows(
  reports: readonly ScanReport[],
  whole: { ms: number; rows: number; retries: number; spilled: number },
): RowsPlan {
  const names = [
    'table',
    'method',
    'calls',
    'pages',
    'fetched',
    'kept',
    'bytes',
    'spilled',
    'retries',
    'ms',
    'reason',
  ]
  const columns = names.map(name => ({
    name,
    type: ['table', 'method', 'reason'].includes(name) ? ('string' as const) : ('integer' as const),
  }))
  const lines: Value[][] = reports.map(r => [
    fullName(r.scan.resource),
    r.method,
    r.calls,
    r.pages,
    r.rows,
    r.kept,
    r.bytes,
    null,
    null,
    Math.round(r.ms),
    r.reason ?? null,
  ])
  const sum = (of: (r: ScanReport) => number): number => reports.reduce((n, r) => n + of(r), 0)
  lines.push([
    'result',
    null,
    sum(r => r.calls),
    sum(r => r.pages),
    sum(r => r.rows),
    whole.rows,
    sum(r => r.bytes),
    whole.spilled,
    whole.retries,
    Math.round(whole.ms),
    null,
  ])
  return { kind: 'rows', columns, rows: lines }
}
