import type { Call } from '../../http/types.ts'
import type { Scan } from '../../plan/plan.ts'
import { throwIfAborted } from '../../http/signal.ts'
import { explainParent, tellParents } from '../calls/parents.ts'
import { atOwnUrls, skippedCalls, waysOf, type ScanContext } from './scan-calls.ts'
import { ScanLoading } from './scan-loading.ts'
import type { Sharing } from './sharing.ts'

/** The rows of a table while it is loaded, for the scans that take their keys from it. */
export class Growth {
  #rows = 0
  #isWhole = false
  #waiting: (() => void)[] = []

  get rows(): number {
    return this.#rows
  }

  add(rows: number): void {
    this.#rows += rows
    this.#wake()
  }

  /** No more rows come. */
  end(): void {
    this.#isWhole = true
    this.#wake()
  }

  /** Waits for so many rows, or for the last one; returns whether the table is whole. */
  async until(rows: number): Promise<boolean> {
    while (this.#rows < rows && !this.#isWhole)
      await new Promise<void>(resolve => {
        this.#waiting.push(resolve)
      })
    return this.#isWhole
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0)) resume()
  }
}

/**
 * The only table that gives keys to a scan, if the calls of the first keys can be made before all are known: further rows
 * of the table only add calls, and neither the rows of the one nor the calls of the other are taken back or cut short.
 */
export function pipelineSource(scan: Scan, scans: readonly Scan[]): Scan | undefined {
  const queries = scan.sets.flat().flatMap(b => (b.kind === 'query' ? [b] : []))
  const ids = new Set(queries.flatMap(b => b.after))
  const source = scans.find(s => ids.has(s.id))
  const isCombined = scan.method.params.some(p => p.repeat || p.join !== undefined)
  const isFixed = (s: Scan): boolean => s.rowLimit === undefined && !s.fallback && !s.keyed
  if (!source || ids.size > 1 || isCombined || !queries.every(b => b.isGrowing)) return undefined
  return isFixed(scan) && isFixed(source) ? source : undefined
}

/** Loads a scan while the table that gives its keys is loaded: makes the calls of new keys each time that it has doubled. */
export async function loadPipelined(
  scan: Scan,
  source: Growth,
  context: ScanContext,
  sharing: Sharing,
): Promise<void> {
  const loading = new ScanLoading(scan, context, sharing, true)
  const batches: Promise<void>[] = []
  let failure: PromiseRejectedResult | undefined
  let stop!: (isLast: boolean) => void
  const failed = new Promise<boolean>(resolve => {
    stop = resolve
  })
  const load = async (calls: readonly Call[]): Promise<void> => {
    const result = await loading.loadAll(calls)
    failure ??= result
    if (result) stop(true)
  }
  try {
    for (let [isLast, wanted] = [false, 1]; !isLast;) {
      isLast = await Promise.race([source.until(wanted), failed])
      if (failure) break
      throwIfAborted(context.signal)
      wanted = source.rows * 2
      const found = atOwnUrls(waysOf(scan, context.store, context.client).keys, scan, context)
      // a single call is not treated as one of several
      if (!isLast && found.calls.length < 2) continue
      let calls
      try {
        calls = loading.prepare(found, isLast, undefined)
      } catch (error) {
        if (isLast) throw error
        // the error names all calls that cannot be made
        wanted = Infinity
        continue
      }
      batches.push(load(calls))
      if (!isLast) continue
      for (const text of skippedCalls(scan, found, context)) context.onNotice?.(text)
      tellParents(scan, found.calls, context)
    }
  } catch (error) {
    throw explainParent(error, scan)
  } finally {
    await Promise.all(batches)
  }
  if (failure) throw explainParent(failure.reason, scan)
  context.onActivity?.({ kind: 'scanned' })
  loading.finish()
}
