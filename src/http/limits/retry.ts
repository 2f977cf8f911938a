import { now } from '../../clock.ts'
import {
  type Answer,
  isFailure,
  requestIdentity,
  type Outcome,
  type Request,
  type Send,
  type Try,
} from '../exchange.ts'
import type { Gate, Verdict } from './gate.ts'
import { sleep } from '../signal.ts'
import type { Trace } from '../types.ts'
import { ConfluentqlError } from '../../errors.ts'

export interface RetryOptions {
  /** The most repetitions of a request. */
  readonly retries: number
  /** Upper bound of the first wait, in milliseconds; it doubles with each wait. */
  readonly backoff: number
  readonly gateOf: (request: Request) => Gate
  readonly onTrace?: ((trace: Trace) => void) | undefined
  /** The bodies for a trace, if it has them. */
  readonly bodies?: ((request: Request, outcome: Outcome) => Partial<Trace>) | undefined
}

/** Longest wait that is not asked for by the server, in milliseconds. */
const LONGEST_BACKOFF = 30_000
/** Longest wait that a server may ask for, in milliseconds; a longer one fails the request at once. */
const LONGEST_ASKED = 300_000

const OVERLOADED = 429
const TEMPORARY: ReadonlySet<number> = new Set([500, 502, 503, 504])

/** Longest total time that a request is put off, in milliseconds. */
const LONGEST_PUT_OFF = 900_000

/**
 * Sends a request through the gate of its origin, and repeats it after 429 (when
 * every request to the origin waits) and, except for POST and PATCH that may change something, after 500,
 * 502, 503, 504 and lost connections. A POST or PATCH is repeated only when the
 * server refused it without effect, or was not reached.
 *
 * A 429 counts as a try only if the server has accepted no request since the last
 * one: while it accepts others, this one is put off, for at most 15 minutes.
 */
export function withRetries(sendOnce: Try, options: RetryOptions): Send {
  return async (request, signal) => {
    const gate = options.gateOf(request)
    const turn = gate.turn()
    let uncertain = false
    let tries = 0
    let acceptedBefore = gate.accepted()
    let putOffSince: number | undefined
    for (let attempt = 1; ; attempt++) {
      const tried = gate.run(
        turn,
        async () => {
          const result = await traced(sendOnce, request, signal, attempt, options)
          const isPutOff = !isFailure(result) && isOverloaded(result)
          const isProgress =
            isPutOff && gate.accepted() > acceptedBefore && now() - (putOffSince ??= now()) < LONGEST_PUT_OFF
          acceptedBefore = gate.accepted()
          if (!isProgress) tries++
          const pause =
            tries > options.retries
              ? undefined
              : waitBefore(request, result, Math.max(1, tries), options.backoff)
          return { outcome: result, wait: pause, verdict: verdictOf(result, pause) }
        },
        signal,
      )
      const { outcome, wait } = await withOutcome(tried, uncertain)
      uncertain ||= mayHaveHappened(request, outcome)
      options.onTrace?.({
        ...traceOf(request, outcome, attempt, wait),
        ...options.bodies?.(request, outcome),
      })
      if (wait === undefined) return concluded(request, outcome, attempt, uncertain)
      if (!isPausing(outcome)) await withOutcome(sleep(wait, signal), uncertain)
    }
  }
}

/** Waits for the next attempt. If the wait is interrupted, an earlier attempt may still have been carried out (`uncertain`). */
async function withOutcome<T>(waiting: Promise<T>, uncertain: boolean): Promise<T> {
  try {
    return await waiting
  } catch (error) {
    const isKnown = !(error instanceof ConfluentqlError) || error.uncertain
    throw uncertain && !isKnown ? unknownOutcome(error) : error
  }
}

/** Whether a request was refused for load: with 429, or with 403 and no requests left, as GitHub does. */
function isOverloaded({ status, headers }: Pick<Answer, 'status' | 'headers'>): boolean {
  return status === OVERLOADED || (status === 403 && headers['x-ratelimit-remaining']?.trim() === '0')
}

/** Whether all requests to the origin must wait: the server is overloaded, or says when it will be back. */
function isPausing(outcome: Outcome): boolean {
  return (
    !isFailure(outcome)
    && (isOverloaded(outcome) || (TEMPORARY.has(outcome.status) && askedWait(outcome) !== undefined))
  )
}

function verdictOf(outcome: Outcome, wait = 0): Verdict {
  if (isFailure(outcome)) return undefined
  if (!isPausing(outcome)) return TEMPORARY.has(outcome.status) ? undefined : 'accepted'
  const left = outcome.headers['x-ratelimit-remaining']?.trim() ?? ''
  return { wait, ...(/^\d+$/.test(left) && { remaining: Number(left) }) }
}

function concluded(request: Request, outcome: Outcome, attempts: number, uncertain: boolean): Answer {
  if (isFailure(outcome)) {
    const times = attempts > 1 ? ` (sent ${attempts} times)` : ''
    throw uncertain
      ? unknownOutcome(outcome.error, times)
      : restated(outcome.error, times, outcome.error.hint)
  }
  // not found because an earlier attempt has deleted it
  if (request.method === 'DELETE' && (outcome.status === 404 || outcome.status === 410) && uncertain)
    return { ...outcome, status: 204, text: '', attempts, uncertain, wasMissing: true }
  return { ...outcome, attempts, uncertain }
}

/** The hint for a write that may have been carried out. */
export const UNKNOWN_HINT = 'Look with a SELECT whether it was carried out before you send it again'

function restated(error: ConfluentqlError, more: string, hint: string | undefined): ConfluentqlError {
  return new ConfluentqlError(error.code, `${error.message}${more}`, {
    ...(hint !== undefined && { hint }),
    unreachable: error.unreachable,
    cause: error.cause,
  })
}

/** The error of a change that the server may have received. */
function unknownOutcome(error: ConfluentqlError, times = ''): ConfluentqlError {
  const { code, message, cause } = error
  return new ConfluentqlError(code, `${message}${times}; whether it was carried out is unknown`, {
    hint: UNKNOWN_HINT,
    uncertain: true,
    cause,
  })
}

function mayHaveHappened(request: Request, outcome: Outcome): boolean {
  if (request.isRead) return false
  return isFailure(outcome) ? outcome.sent : outcome.status >= 500
}

/** Milliseconds until the next attempt; undefined for none. */
function waitBefore(
  request: Request,
  outcome: Outcome,
  attempt: number,
  backoff: number,
): number | undefined {
  const isUnrepeatable = !request.isRead && (request.method === 'POST' || request.method === 'PATCH')
  const random = Math.random() * Math.min(LONGEST_BACKOFF, backoff * 2 ** (attempt - 1))
  if (isFailure(outcome)) return outcome.again && !(isUnrepeatable && outcome.sent) ? random : undefined
  const { status } = outcome
  if (!isOverloaded(outcome) && (isUnrepeatable || !TEMPORARY.has(status))) return undefined
  const asked = askedWait(outcome)
  if (asked === undefined) return random
  return asked > LONGEST_ASKED ? undefined : asked
}

/**
 * Milliseconds to wait according to an answer: Retry-After (seconds, or a date), else X-RateLimit-Reset of a refusal for load:
 * seconds from now, or the time as seconds since 1970.
 */
export function askedWait(answer: Pick<Answer, 'status' | 'headers'>): number | undefined {
  const { headers } = answer
  const after = headers['retry-after']?.trim() ?? ''
  // whole seconds by the standard (RFC 9110 §10.2.3); some servers send fractions
  if (/^\d+(?:\.\d+)?$/.test(after)) return positive(Number(after) * 1000)
  if (after !== '') {
    const asked = positive(Date.parse(after) - serverTime(headers))
    if (asked !== undefined) return asked
  }
  const reset = headers['x-ratelimit-reset']?.trim() ?? ''
  if (!isOverloaded(answer) || !/^\d+(?:\.\d+)?$/.test(reset)) return undefined
  const number = Number(reset)
  if (number >= EPOCH && number < 1000 * EPOCH) return positive(number * 1000 - serverTime(headers))
  const relative = positive(number * 1000)
  // neither seconds nor a time
  return relative === undefined || relative > LONGEST_ASKED ? undefined : relative
}

/** A larger number is a time in seconds since 1970: this is in 2001. */
const EPOCH = 1e9

/** The time of the server's clock, if the answer has it, else of ours. */
function serverTime(headers: Answer['headers']): number {
  const time = Date.parse(headers['date'] ?? '')
  return Number.isNaN(time) ? Date.now() : time
}

function positive(ms: number): number | undefined {
  return ms > 0 ? ms : undefined
}

async function traced(
  sendOnce: Try,
  request: Request,
  signal: AbortSignal,
  attempt: number,
  { onTrace }: RetryOptions,
): Promise<Outcome> {
  const started = now()
  try {
    return await sendOnce(request, signal)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    onTrace?.({ ...requestIdentity(request), attempt, ms: now() - started, bytes: 0, error: message })
    throw !request.isRead && error instanceof ConfluentqlError ? unknownOutcome(error) : error
  }
}

function traceOf(request: Request, outcome: Outcome, attempt: number, wait: number | undefined): Trace {
  return {
    ...requestIdentity(request),
    attempt,
    ...(isFailure(outcome)
      ? { error: outcome.error.message }
      : { status: outcome.status, ...(outcome.headers['date'] && { date: outcome.headers['date'] }) }),
    ms: outcome.ms,
    bytes: outcome.bytes,
    ...(wait !== undefined && { retryIn: wait }),
  }
}
