import type { Value } from '../catalog/types.ts'
import type { PackedRows, Packing } from '../packed.ts'
import type { PlanColumn } from '../plan/plan.ts'
import type { LeftOut } from './lacks.ts'

/** Values by position. */
export type Row = readonly Value[]

/** Several rows. */
export type Batch = readonly Row[] | PackedRows

/** Rows of a result, to be read once: one by one, or in batches, which is faster. */
export interface Rows extends AsyncIterable<Row> {
  /** `packing`: the reader prefers packed rows of this kind, where possible. */
  batches(packing?: Packing): AsyncIterable<Batch>
}

/** Rows from a generator of batches, which is made once, when they are first read. */
export function rowsOf(generate: (packing?: Packing) => AsyncGenerator<Batch, void, void>): Rows {
  let only: AsyncGenerator<Batch, void, void> | undefined
  const batches = (packing?: Packing): AsyncGenerator<Batch, void, void> => (only ??= generate(packing))
  return {
    batches,
    async *[Symbol.asyncIterator]() {
      for await (const batch of batches()) for (const row of batch) yield row
    },
  }
}

/** Rows from an iterable, in batches. */
export function batchedRows(rows: Iterable<Row>, size = 500): Rows {
  return rowsOf(async function* () {
    let batch: Row[] = []
    for (const row of rows) {
      batch.push(row)
      if (batch.length < size) continue
      yield batch
      batch = []
    }
    if (batch.length > 0) yield batch
  })
}

/** Rows from an array. */
export function completeRows(rows: readonly Row[]): Rows {
  return rowsOf(async function* () {
    if (rows.length > 0) yield rows
  })
}

/** The result of a statement: columns, and rows by position. */
export interface Result {
  readonly columns: readonly PlanColumn[]
  readonly rows: Rows
  /** For a change: its verb, and the number of successful calls or of rows. */
  readonly affected?: { readonly verb: string; readonly count?: number }
  /** For a query: the calls that were left out since they cannot be reached (`skipUnreachable`); known when the first row is. */
  readonly leftOut?: () => readonly LeftOut[]
  /** Throws the errors that follow the rows, such as the failure of a change; `run` calls it where its caller does not. */
  finish(): void
}

/** A result whose errors are thrown when it is left, unless `finish` was called. */
export function* finished(result: Result): Generator<Result, void, void> {
  let isFinished = false
  const finish = (): void => {
    isFinished = true
    result.finish()
  }
  try {
    yield { ...result, finish }
  } finally {
    if (!isFinished) finish()
  }
}

/** The columns of a request preview. */
export const PREVIEW_COLUMNS: readonly PlanColumn[] = [
  { name: 'method', type: 'string' },
  { name: 'url', type: 'string' },
  { name: 'body', type: 'json' },
]

/** The column before them in a session with several profiles, whose requests may have the same URL. */
export const PROFILE_COLUMN: PlanColumn = { name: 'profile', type: 'string' }

/** How the end of changes is awaited. */
export interface Waiting {
  /** Milliseconds until giving up, instead of the resource's setting. */
  readonly timeout?: number | undefined
  /** Milliseconds between two reads, instead of the resource's setting. */
  readonly every?: number | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/** The state of an awaited object. */
export interface Progress {
  /** `confluent.networking.networks n-1` */
  readonly name: string
  /** Its phase as given by the API, otherwise a description. */
  readonly phase: string
  /** Milliseconds since the wait began. */
  readonly ms: number
}

/** Progress of a statement's scans: their number as they begin, a page was loaded, a scan is complete. `spilled`: bytes of loaded rows that are not in memory. */
export type Activity =
  | { readonly kind: 'scans'; readonly count: number }
  | { readonly kind: 'page'; readonly rows: number; readonly spilled: number }
  | { readonly kind: 'scanned' }

/** A result whose rows are known. */
export function constantResult(plan: { columns: Result['columns']; rows: readonly Row[] }): Result {
  return { columns: plan.columns, rows: completeRows(plan.rows), finish: () => {} }
}
