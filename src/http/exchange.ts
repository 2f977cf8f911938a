import type { ConfluentqlError } from '../errors.ts'
import { maskUrl } from '../secrets.ts'
import { shortened } from './text.ts'

/** A request ready to send. */
export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `https://api.example.com` */
  readonly origin: string
  /** With its query, encoded. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** A whole answer, decoded. */
export interface Answer {
  readonly status: number
  readonly reason: string
  /** By lower-case name; of several of one name, the first. */
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  /** Bytes of the body as received. */
  readonly bytes: number
  readonly ms: number
  /** How often the request was sent; 1 when it was not sent again. */
  readonly attempts: number
  /** An attempt at a write may have been carried out although it was not confirmed. */
  readonly uncertain: boolean
}

/** No answer, or not all of it. */
export interface Failure {
  readonly error: ConfluentqlError
  /** The server may have received the request. */
  readonly sent: boolean
  /** Trying again may help. */
  readonly again: boolean
  readonly bytes: number
  readonly ms: number
}

export type Outcome = Answer | Failure

/** One try at a request. Rejects only with what no further try can change: an abort, an answer that cannot be used. */
export type Try = (request: Request, signal: AbortSignal) => Promise<Outcome>

/** A request with whatever it takes to have it answered. */
export type Send = (request: Request, signal: AbortSignal) => Promise<Answer>

/** Whether there was no answer, or not all of one. */
export function isFailure(outcome: Outcome): outcome is Failure {
  return 'error' in outcome
}

/** `GET https://host/path?query`, without secrets. */
export function nameOf(request: Request): string {
  return `${request.method} ${maskUrl(request.origin + request.path)}`
}

/** The name of a request at a length fit for a message. */
export function labelOf(request: Request): string {
  return shortened(nameOf(request), 300)
}
