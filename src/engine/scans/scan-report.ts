import { now } from '../../clock.ts'
import type { Scan } from '../../plan/plan.ts'
import type { Store } from '../store/store.ts'

/** What a scan did, reported when it is over. */
export interface ScanReport {
  readonly scan: Scan
  /** The name of the method that gave the rows. */
  method: string
  /** Why a list or calls by key gave the rows, if both could. */
  reason?: string
  calls: number
  pages: number
  rows: number
  bytes: number
  /** Rows that meet the conditions on this table alone. */
  kept: number
  /** From its first request to its last row, in milliseconds. */
  ms: number
}

/** A report without rows yet. */
export function newReport(scan: Scan, calls: number): ScanReport {
  return { scan, method: scan.method.name, calls, pages: 0, rows: 0, bytes: 0, kept: 0, ms: 0 }
}

/** Completes the report of a loaded scan and hands it to `onScan`. */
export function finishReport(
  report: ScanReport,
  started: number,
  { store, onScan }: { readonly store: Store; readonly onScan?: ((report: ScanReport) => void) | undefined },
): void {
  if (!onScan) return
  report.ms = now() - started
  report.kept = matchingRows(report.scan, store)
  onScan(report)
}

/** The number of loaded rows that meet the conditions on this table alone. */
export function matchingRows(scan: Scan, store: Store): number {
  return countOf(scan.matching ?? `SELECT count(*) FROM temp."${scan.into}"`, store)
}

/** The number that a query over the loaded tables counts. */
export function countOf(sql: string, store: Store): number {
  const statement = store.db.prepare(sql).pluck()
  const hasParameters = /[:@$]/.test(sql) && Object.keys(store.params).length > 0
  return Number(hasParameters ? statement.get(store.params) : statement.get())
}
