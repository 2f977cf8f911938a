import type { Host } from '../catalog/types.ts'
import type { ConfluentqlError } from '../errors.ts'
import { maskUrl } from '../secrets.ts'
import { shortened } from './text.ts'
import type { Call, Trace } from './types.ts'

/** A request ready to send. */
export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** It changes nothing, so that it can be sent again and its answer kept: a GET, or the POST of a query. */
  readonly isRead: boolean
  /** How many requests its host takes in so many seconds. */
  readonly quota?: Host['quota']
  /** `https://api.example.com` */
  readonly origin: string
  /** With its query, encoded. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** What it was made for. */
  readonly call?: Call
}

/** A whole answer, decoded. */
export interface Answer {
  readonly status: number
  readonly reason: string
  /** By lower-case name; the first of several with one name, but all of `link`. */
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  /** Bytes of the body as received. */
  readonly bytes: number
  readonly ms: number
  /** How often the request was sent; 1 when it was not repeated. */
  readonly attempts: number
  /** An attempt at a write may have been carried out although it was not confirmed. */
  readonly uncertain: boolean
  /** It stands for a 404 or 410 to a DELETE that was sent again. */
  readonly wasMissing?: boolean
  /** The path that the request was redirected to. */
  readonly redirected?: string
}

/** A request without a complete answer. */
export interface Failure {
  readonly error: ConfluentqlError
  /** The server may have received the request. */
  readonly sent: boolean
  /** Whether sending it again may help. */
  readonly again: boolean
  readonly bytes: number
  readonly ms: number
}

export type Outcome = Answer | Failure

/** Sends a request once. Rejects only with errors that a repetition cannot change: an abort, an unusable answer. */
export type Try = (request: Request, signal: AbortSignal) => Promise<Outcome>

/** Sends a request with retries. */
export type Send = (request: Request, signal: AbortSignal) => Promise<Answer>

/** Whether a request has no complete answer. */
export function isFailure(outcome: Outcome): outcome is Failure {
  return 'error' in outcome
}

/** Masked URLs of the latest requests: the name of each is needed three times. */
const maskedUrls = new Map<string, string>()
/** More than requests in flight. */
const MOST_MASKED = 128

/** `GET https://host/path?query`, without secrets. */
export function requestName(request: Request): string {
  const url = request.origin + request.path
  const masked = maskedUrls.get(url) ?? maskUrl(url)
  if (maskedUrls.size >= MOST_MASKED) maskedUrls.clear()
  maskedUrls.set(url, masked)
  return `${request.method} ${masked}`
}

/** The name of a request, shortened for messages. */
export function requestLabel(request: Request): string {
  return shortened(requestName(request), 300)
}

/** A request as traces name it; with the body of a query, since that tells one from another. */
export function requestIdentity(request: Request): Pick<Trace, 'method' | 'url' | 'body'> {
  const { method, isRead, body } = request
  return {
    method,
    url: requestName(request).slice(method.length + 1),
    ...(isRead && body !== undefined && { body }),
  }
}
