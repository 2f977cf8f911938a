import { ConfluentqlError } from '../../errors.ts'
import type { PackedColumns } from '../pages/page-packer.ts'
import type { Scan } from '../../plan/plan.ts'
import { addLookupIndexes } from './lookup-indexes.ts'
import { runScans, streamScan } from './scan.ts'
import type { ScanContext } from './scan-calls.ts'
import { keptCalls, type KeptCalls } from './sharing.ts'
import type { Store } from '../store/store.ts'
import { checkWholeSpans } from './whole-spans.ts'

/** Loads the scans of a query, and checks the keys that the statement gives to those without rows. */
export async function loadScans(scans: readonly Scan[], context: ScanContext): Promise<void> {
  const kept =
    context.kept
    ?? keptCalls(
      scans.flatMap(scan => scan.given ?? []),
      context.catalog,
    )
  const check = (): Promise<void> => checkKeys(scans, scan => hasRows(scan, context.store), context, kept)
  try {
    await runScans(scans, { ...context, kept })
    for (const scan of scans) checkWholeSpans(scan, context.store)
    addLookupIndexes(scans, context.store)
  } catch (error) {
    if (isNotFound(error)) await check()
    throw error
  } finally {
    context.store.loading.end()
  }
  await check()
}

/** The pages of a scan, as streamScan loads them; then the same check. */
export async function* streamPages(
  scan: Scan,
  args: Parameters<typeof streamScan>[1],
  wanted: () => number,
  context: ScanContext,
  packed?: PackedColumns,
): ReturnType<typeof streamScan> {
  const kept = keptCalls(scan.given ?? [], context.catalog)
  let found = false
  try {
    for await (const rows of streamScan(scan, args, wanted, context, packed)) {
      found ||= rows ? rows.length > 0 : hasRows(scan, context.store)
      yield rows
    }
  } catch (error) {
    if (isNotFound(error)) await checkKeys([scan], () => found, context, kept)
    throw error
  }
  await checkKeys([scan], () => found, context, kept)
}

async function checkKeys(
  scans: readonly Scan[],
  isFound: (scan: Scan) => boolean,
  context: ScanContext,
  kept: KeptCalls | undefined,
): Promise<void> {
  if (!context.lookup || !kept) return
  const { checkGivenNames } = await import('./given-names.ts')
  await checkGivenNames(scans, isFound, context, kept)
}

/** Whether the API says that there is no such thing, or that it may not be read. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ConfluentqlError && (error.status === 403 || error.status === 404)
}

function hasRows({ into }: Scan, { db }: Store): boolean {
  return Number(db.prepare(`SELECT EXISTS (SELECT 1 FROM temp."${into}")`).pluck().get()) === 1
}
