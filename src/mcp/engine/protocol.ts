import type { PendingRequest } from '../../engine/writes/pending.ts'
import type { PackedError } from '../../processes/errors.ts'
import type { Limits, RowsText } from '../rows.ts'

/** What an engine is asked to do. */
export type Work =
  /** The rows of a statement that only reads. */
  | { readonly kind: 'query'; readonly sql: string; readonly limits: Limits }
  /** The requests of a statement; none is sent. */
  | { readonly kind: 'explain'; readonly sql: string; readonly limits: Limits }
  /** The columns of a view. */
  | { readonly kind: 'columns'; readonly view: string }
  /** The requests of a change; only what it has to read is sent. */
  | { readonly kind: 'plan'; readonly sql: string }
  /** Sends a change if its requests are approved. */
  | { readonly kind: 'send'; readonly sql: string; readonly limits: Limits }

export type Outcome =
  | ({ readonly kind: 'query' | 'explain' } & RowsText)
  | { readonly kind: 'columns'; readonly columns: readonly (readonly [name: string, type: string])[] }
  | {
      readonly kind: 'plan'
      readonly verb: string
      readonly requests: readonly PendingRequest[]
      readonly notices: readonly string[]
    }
  | { readonly kind: 'send'; readonly text: string; readonly rows: number; readonly isComplete: boolean }

/** The outcome of a kind of work. */
export type OutcomeOf<W extends Work> = Extract<Outcome, { readonly kind: W['kind'] }>

export type ToEngine<Start extends object> =
  | Start
  /** `state`: what the process that starts engines gives to each task. */
  | { readonly kind: 'run'; readonly work: Work; readonly state: unknown }
  | { readonly kind: 'answer'; readonly isYes: boolean }
  | { readonly kind: 'cancel'; readonly reason: string }

export type FromEngine =
  | { readonly kind: 'ready' }
  /** The session cannot be opened. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'progress'; readonly text: string }
  /** The statement, with its secrets and the known credentials masked. */
  | { readonly kind: 'statement'; readonly text: string }
  /** A request was answered: `GET https://…`. */
  | { readonly kind: 'request'; readonly text: string }
  /** A line for the standard error of the server. */
  | { readonly kind: 'log'; readonly text: string }
  /** Whether these requests may be sent; waits for `answer`. */
  | { readonly kind: 'approve'; readonly requests: readonly PendingRequest[] }
  | { readonly kind: 'done'; readonly outcome?: Outcome; readonly error?: PackedError }
