import type { Value } from '../catalog/types.ts'
import type { PlanColumn } from '../plan/plan.ts'

/** Values by position. */
export type Row = readonly Value[]

/** What a statement gives: columns, and rows by position. */
export interface Result {
  readonly columns: readonly PlanColumn[]
  readonly rows: AsyncIterable<Row>
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
