import type { Value } from '../catalog/types.ts'
import type { PackedRows } from '../packed.ts'
import type { PlanColumn } from '../plan/plan.ts'

/** Values by position. */
export type Row = readonly Value[]

/** Some rows together. */
export type Batch = readonly Row[] | PackedRows

/** Rows of an answer, to be read once: one by one, or as they come, some at a time, which is faster. */
export interface Rows extends AsyncIterable<Row> {
  /** `packed`: the reader is faster with packed rows, where they can be had. */
  batches(packed?: boolean): AsyncIterable<Batch>
}

/** Rows of a generator of batches, which is made when they are first asked for, and once. */
export function rowsOf(generate: (packed: boolean) => AsyncGenerator<Batch, void, void>): Rows {
  let only: AsyncGenerator<Batch, void, void> | undefined
  const batches = (packed = false): AsyncGenerator<Batch, void, void> => (only ??= generate(packed))
  return {
    batches,
    async *[Symbol.asyncIterator]() {
      for await (const batch of batches()) for (const row of batch) yield row
    },
  }
}

/** Rows that are made as they are asked for, some at a time. */
export function made(rows: Iterable<Row>, size = 500): Rows {
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

/** Rows that are all there. */
export function listed(rows: readonly Row[]): Rows {
  return rowsOf(async function* () {
    if (rows.length > 0) yield rows
  })
}

/** What a statement gives: columns, and rows by position. */
export interface Result {
  readonly columns: readonly PlanColumn[]
  readonly rows: Rows
  /** Of a statement that changes something: its verb, and the number of calls that succeeded or of rows. */
  readonly affected?: { readonly verb: string; readonly count?: number }
  /** To be called when the rows have been read: throws what went wrong after them. */
  finish(): void
}

/** How changes are waited for. */
export interface Waiting {
  /** Milliseconds until giving up, instead of what the resource says. */
  readonly timeout?: number | undefined
  /** Milliseconds between two looks, instead of what the resource says. */
  readonly every?: number | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/** A thing that is waited for. */
export interface Progress {
  /** `confluent.networking.networks n-1` */
  readonly name: string
  /** Its phase as the API says it; else in words. */
  readonly phase: string
  /** Since the wait began, in milliseconds. */
  readonly ms: number
}

/** How far the scans of a statement have come: so many begin, a page was loaded, one scan is complete. */
export type Activity =
  | { readonly kind: 'scans'; readonly count: number }
  | { readonly kind: 'page'; readonly rows: number }
  | { readonly kind: 'scanned' }
