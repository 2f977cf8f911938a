import type { RequestPreview } from '../../http/types.ts'

/** A request of a change that is ready to be sent. */
export interface PendingRequest {
  /** Everything that distinguishes it from other requests, secrets included: to be compared, never to be shown. */
  readonly identity: string
  /** The profile that it is sent with, if the session has several. */
  readonly profile?: string
  /** The request with its secrets masked. */
  readonly shown: RequestPreview
}

/** Whether exactly these requests may be sent. */
export type Approve = (requests: readonly PendingRequest[]) => Promise<boolean>

/** A change of several rows that is ready to be sent. */
export interface PendingChange {
  readonly verb: 'UPDATE' | 'REPLACE' | 'DELETE'
  /** Dotted name. */
  readonly table: string
  /** Number of rows; for an open change, of requests. */
  readonly rows: number
  /** A request gives only a part of a row's key, so it may delete many: `kind = READ`. */
  readonly isOpen: boolean
  /** The keys of the first rows or requests: `id = sa-1`. */
  readonly keys: readonly string[]
}

/** Whether a change may be sent. */
export type Confirm = (change: PendingChange) => Promise<boolean>
