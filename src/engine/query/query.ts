import { now } from '../../clock.ts'
import type { Value } from '../../catalog/types.ts'
import type { QueryPlan } from '../../plan/plan.ts'
import { nextTurn, throwIfAborted } from '../../http/signal.ts'
import type { Packing } from '../../packed.ts'
import { NearValueSearch, reportNearValues } from './near-values.ts'
import { reportNullLists } from './null-lists.ts'
import { packer } from './pack.ts'
import { bound } from './params.ts'
import type { PackedColumns } from '../pages/page-packer.ts'
import type { Batch, Row } from '../result.ts'
import { loadScans, streamPages } from '../scans/loading.ts'
import { isDivisible } from '../calls/divided-calls.ts'
import { createTable, type streamScan } from '../scans/scan.ts'
import { waysOf, type ScanContext } from '../scans/scan-calls.ts'
import type { Store } from '../store/store.ts'
import { sqliteError } from '../store/temporary.ts'

/**
 * The rows of a query plan; its requests are sent while the rows are read. Its tables are dropped at the end.
 * `packing`: the reader prefers packed rows of this kind, where possible. `exact`: every INTEGER is a bigint, which
 * distinguishes it from a REAL.
 */
export async function* queryRows(
  plan: QueryPlan,
  context: ScanContext,
  packing?: Packing,
  exact = false,
): AsyncGenerator<Batch, void, void> {
  const { store } = context
  try {
    const [scan] = plan.scans
    if (plan.stream && scan) {
      createTable(scan, store)
      const { keys, list } = waysOf(scan, store, context.client)
      const { calls, chosen, unaddressed, invalidKeys } = keys
      if (plan.stream.limit === 0) return
      const isOne = calls.length === 1 && unaddressed.length + invalidKeys.length === 0
      // the rows of a divisible call may be taken back
      if (isOne && !list && chosen === scan && !isDivisible(chosen, calls[0]!)) {
        yield* streamRows(plan, scan, calls[0]!, context, packing, exact)
        store.seenTexts.report(plan.textUses, context.onNotice)
        return
      }
    }
    await loadScans(plan.scans, context)
    context.leftOut?.report(context.onNotice)
    reportNullLists(plan, store, context.onNotice)
    let isEmpty = true
    for await (const rows of evaluateChunks(plan.sql, plan.params, context, exact)) {
      isEmpty &&= rows.length === 0
      yield rows
    }
    store.seenTexts.report(plan.textUses, context.onNotice)
    reportNearValues(plan, store, isEmpty, context.onNotice)
  } finally {
    for (const scan of plan.scans) store.drop(scan.into)
  }
}

/** All rows of a query plan, in which every INTEGER is a bigint. */
export async function exactRows(plan: QueryPlan, context: ScanContext): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of queryRows(plan, context, undefined, true)) for (const row of batch) rows.push(row)
  return rows
}

/** The rows of a query that reads no table of a provider. It needs no client. */
export async function* localRows(
  plan: QueryPlan,
  store: Store,
  signal: AbortSignal,
  onNotice: ScanContext['onNotice'],
): AsyncGenerator<Batch, void, void> {
  reportNullLists(plan, store, onNotice)
  yield* evaluateChunks(plan.sql, plan.params, { store, signal }, false)
  store.seenTexts.report(plan.textUses, onNotice)
}

async function* streamRows(
  plan: QueryPlan,
  scan: QueryPlan['scans'][number],
  args: Parameters<typeof streamScan>[1],
  context: ScanContext,
  packing: Packing | undefined,
  exact: boolean,
): AsyncGenerator<Batch, void, void> {
  const { store } = context
  const { sql, limit = Infinity, offset, isWhole } = plan.stream!
  const read = evaluator(store, sql, plan.params, exact)
  const pack = packing ? packer(store, sql, plan.columns, bound(store, plan.params)) : undefined
  // without a subquery or a regular expression, evaluating a page is fast
  const text = sql.toLowerCase()
  const isBusy = text.includes('regexp') || text.indexOf('select') !== text.lastIndexOf('select')
  const busily = isBusy ? <T>(work: () => T): T => store.busily(work) : <T>(work: () => T): T => work()
  let skip = offset
  let left = limit
  let isEmpty = true
  const search = new NearValueSearch(plan, store, true)
  const asIs =
    pack && isWhole && limit === Infinity && offset === 0 ? packedColumns(store, sql, packing!) : undefined
  for await (const packedPage of streamPages(scan, args, () => skip + left, context, asIs)) {
    // the next answer may exceed the socket's receive buffer: read some of it before this page blocks the thread
    await nextTurn()
    if (packedPage) {
      if (packedPage.length > 0) yield packedPage
      continue
    }
    const whole = pack && left === Infinity && skip === 0 ? busily(pack) : undefined
    if (whole) {
      isEmpty = false
      yield whole
      continue
    }
    const all = busily(read)
    const rows = skip === 0 && all.length <= left ? all : all.slice(skip, skip + left)
    skip = Math.max(0, skip - all.length)
    left -= rows.length
    isEmpty &&= all.length === 0
    if (isEmpty) search.look()
    if (rows.length > 0) yield rows
    if (left <= 0) return
  }
  if (isEmpty) for (const notice of search.notices()) context.onNotice?.(notice)
}

/** The columns of a table that a statement returns, to be packed; undefined if it returns anything else. */
function packedColumns({ db }: Store, sql: string, packing: Packing): PackedColumns | undefined {
  const columns = db.prepare(sql).columns()
  const names = columns.flatMap(({ column }) => column ?? [])
  return names.length === columns.length ? { names, packing } : undefined
}

/** A chunk ends after this many rows or milliseconds. */
const CHUNK_ROWS = 500
const CHUNK_MS = 20
/** The first batch has this many rows, so that a table of fewer is measured as a whole; fewer after some time. */
const FIRST_ROWS = 1000
const FIRST_MS = 1000

/**
 * The rows of a SQL text over the store, in chunks: SQLite blocks the thread during a chunk; between chunks the process
 * handles signals and answers.
 */
async function* evaluateChunks(
  sql: string,
  params: readonly string[],
  { store, signal }: Pick<ScanContext, 'store' | 'signal'>,
  exact: boolean,
): AsyncGenerator<Row[], void, void> {
  const rows = evaluate(store, sql, params, exact)
  let started: number | undefined
  let first: Row[] | undefined = []
  try {
    for (;;) {
      await nextTurn()
      throwIfAborted(signal)
      const { chunk, done } = store.busily(() => take(rows))
      if (first) {
        // from the first row on: before it, SQLite may have sorted for long
        started ??= now()
        first.push(...chunk)
        if (!done && first.length < FIRST_ROWS && now() - started < FIRST_MS) continue
      }
      const batch: Row[] = first ?? chunk
      first = undefined
      if (batch.length > 0) yield batch
      if (done) return
    }
  } finally {
    rows.return()
  }
}

function take(rows: Generator<Row, void, void>): { chunk: Row[]; done: boolean } {
  const chunk: Row[] = []
  const end = now() + CHUNK_MS
  do {
    const next = rows.next()
    if (next.done) return { chunk, done: true }
    chunk.push(next.value)
  } while (chunk.length < CHUNK_ROWS && now() < end)
  return { chunk, done: false }
}

/** The rows of a SQL text over the store. The text was validated before, so it can only fail on data (malformed JSON, an overflow). */
export function* evaluate(
  store: Store,
  sql: string,
  params: readonly string[],
  exact = false,
): Generator<Row, void, void> {
  const statement = store.db.prepare(sql).raw()
  const rows = statement.iterate(...bound(store, params)) as IterableIterator<Value[]>
  const done = store.reading(rows)
  try {
    for (const row of rows) yield exact ? row : plain(row)
  } catch (error) {
    throw sqliteError(error)
  } finally {
    done()
  }
}

/** A function that evaluates a SQL text and returns all its rows; the text is prepared once. */
function evaluator(store: Store, sql: string, params: readonly string[], exact: boolean): () => Row[] {
  const statement = store.db.prepare(sql).raw()
  const bind = bound(store, params)
  return () => {
    try {
      const rows = statement.all(...bind) as Value[][]
      return exact ? rows : rows.map(plain)
    } catch (error) {
      throw sqliteError(error)
    }
  }
}

/** Converts safe integers to numbers. */
function plain(row: Value[]): Row {
  for (let i = 0; i < row.length; i++) {
    const value = row[i]
    if (typeof value === 'bigint' && value <= 9007199254740991n && value >= -9007199254740991n)
      row[i] = Number(value)
  }
  return row
}
