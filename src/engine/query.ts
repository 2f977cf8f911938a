import type { Value } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import type { QueryPlan } from '../plan/plan.ts'
import type { Row } from './result.ts'
import { chooseCalls, createTable, runScans, streamScan, type ScanContext } from './scan.ts'
import type { Store } from './store.ts'

/** Runs a query plan; its requests are sent while the rows are read. Tables that it made are dropped at the end. */
export async function* queryRows(plan: QueryPlan, context: ScanContext): AsyncGenerator<Row, void, void> {
  const { store } = context
  try {
    const [scan] = plan.scans
    if (plan.stream && scan) {
      createTable(scan, store)
      const { calls, chosen, nowhere } = chooseCalls(scan, store)
      if (plan.stream.limit === 0) return
      if (calls.length === 1 && nowhere.length === 0 && chosen === scan) {
        yield* streamRows(plan, scan, calls[0]!, context)
        return
      }
    }
    await runScans(plan.scans, context)
    for await (const chunk of evaluateChunks(plan.sql, plan.params, context)) yield* chunk
  } finally {
    for (const scan of plan.scans) store.drop(scan.into)
  }
}

async function* streamRows(plan: QueryPlan, scan: QueryPlan['scans'][number], args: Parameters<typeof streamScan>[1], context: ScanContext): AsyncGenerator<Row, void, void> {
  const { sql, limit = Infinity, offset } = plan.stream!
  let skip = offset
  let left = limit
  for await (const _ of streamScan(scan, args, context)) {
    for (const row of evaluate(context.store, sql, plan.params)) {
      if (skip > 0) {
        skip--
        continue
      }
      yield row
      if (--left <= 0) return
    }
  }
}

/** A chunk of rows ends after so many, or when so many milliseconds are over. */
const CHUNK_ROWS = 500
const CHUNK_MS = 20

/**
 * Rows of a SQL text over the store, some at a time: SQLite keeps the thread while it works on a chunk, and between two of
 * them the process sees to signals and answers.
 */
async function* evaluateChunks(sql: string, params: readonly string[], { store, signal }: ScanContext): AsyncGenerator<Row[], void, void> {
  const rows = evaluate(store, sql, params)
  try {
    for (;;) {
      await new Promise(resolve => { setImmediate(resolve) })
      signal.throwIfAborted()
      const { chunk, done } = store.busily(() => take(rows))
      yield chunk
      if (done) return
    }
  } finally {
    rows.return()
  }
}

function take(rows: Generator<Row, void, void>): { chunk: Row[]; done: boolean } {
  const chunk: Row[] = []
  const end = performance.now() + CHUNK_MS
  do {
    const next = rows.next()
    if (next.done) return { chunk, done: true }
    chunk.push(next.value)
  } while (chunk.length < CHUNK_ROWS && performance.now() < end)
  return { chunk, done: false }
}

/** Rows of a SQL text over the store. The text was prepared before; it can only fail on data (malformed JSON, an overflow). */
export function* evaluate(store: Store, sql: string, params: readonly string[]): Generator<Row, void, void> {
  const statement = store.db.prepare(sql).raw()
  const bind = Object.fromEntries(params.map(p => [p, store.params[p] ?? null]))
  try {
    for (const row of (params.length > 0 ? statement.iterate(bind) : statement.iterate()) as IterableIterator<Value[]>) {
      for (let i = 0; i < row.length; i++) {
        const value = row[i]
        if (typeof value === 'bigint' && value <= 9007199254740991n && value >= -9007199254740991n) row[i] = Number(value)
      }
      yield row
    }
  } catch (error) {
    if (error instanceof ConfluentqlError) throw error
    throw new ConfluentqlError('VALUE', `SQLite: ${(error as Error).message}`, { cause: error })
  }
}
