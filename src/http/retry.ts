import { type Answer, isFailure, nameOf, type Outcome, type Request, type Send, type Try } from './exchange.ts'
import type { Gate } from './gate.ts'
import { sleep } from './signal.ts'
import type { Trace } from './types.ts'
import { ConfluentqlError } from '../errors.ts'

export interface RetryOptions {
  /** How often a request is sent again at most. */
  readonly retries: number
  /** Milliseconds: the first wait is at most this, each further one at most twice the one before. */
  readonly backoff: number
  readonly gateOf: (origin: string) => Gate
  readonly onTrace?: ((trace: Trace) => void) | undefined
}

/** Longest wait of our own choosing, in milliseconds. */
const LONGEST_BACKOFF = 30_000
/** Longest wait that a server may ask for, in milliseconds; for a longer one the request fails at once. */
const LONGEST_ASKED = 300_000

const OVERLOADED = 429
const TEMPORARY: ReadonlySet<number> = new Set([500, 502, 503, 504])

/**
 * Sends a request through the gate of its origin, and again while that may help:
 * after 429 (when every request to the origin waits), and, except for POST and
 * PATCH, after 500, 502, 503, 504 and lost connections. A POST or PATCH is
 * repeated only when the server said that it did nothing, or was not reached.
 */
export function withRetries(attemptOnce: Try, options: RetryOptions): Send {
  return async (request, signal) => {
    const gate = options.gateOf(request.origin)
    const turn = gate.turn()
    let uncertain = false
    for (let attempt = 1; ; attempt++) {
      const { outcome, wait } = await gate.run(turn, async () => {
        const result = await traced(attemptOnce, request, signal, attempt, options)
        const pause = attempt > options.retries ? undefined : waitBefore(request, result, attempt, options.backoff)
        // before this place in the gate is free for another request
        if (pause !== undefined && isOverload(result)) gate.pause(pause)
        return { outcome: result, wait: pause }
      }, signal)
      uncertain ||= mayHaveHappened(request, outcome)
      options.onTrace?.(traceOf(request, outcome, attempt, wait))
      if (wait === undefined) return concluded(request, outcome, attempt, uncertain)
      if (!isOverload(outcome)) await sleep(wait, signal)
    }
  }
}

function isOverload(outcome: Outcome): boolean {
  return !isFailure(outcome) && outcome.status === OVERLOADED
}

function concluded(request: Request, outcome: Outcome, attempts: number, uncertain: boolean): Answer {
  if (isFailure(outcome)) {
    const times = attempts > 1 ? ` (sent ${attempts} times)` : ''
    if (!uncertain) throw restated(outcome.error, times, outcome.error.hint)
    throw restated(outcome.error, `${times}; whether it was carried out is unknown`, UNKNOWN_HINT)
  }
  // what an earlier attempt removed is not there any more
  if (request.method === 'DELETE' && outcome.status === 404 && uncertain) return { ...outcome, status: 204, text: '', attempts, uncertain }
  return { ...outcome, attempts, uncertain }
}

/** What to do about a write that may have been carried out. */
export const UNKNOWN_HINT = 'Look with a SELECT whether it was carried out before you send it again'

function restated(error: ConfluentqlError, more: string, hint: string | undefined): ConfluentqlError {
  return new ConfluentqlError(error.code, `${error.message}${more}`, { ...(hint !== undefined && { hint }), cause: error.cause })
}

function mayHaveHappened(request: Request, outcome: Outcome): boolean {
  if (request.method === 'GET') return false
  return isFailure(outcome) ? outcome.sent : outcome.status >= 500
}

/** Milliseconds until the next attempt; undefined when there is to be none. */
function waitBefore(request: Request, outcome: Outcome, attempt: number, backoff: number): number | undefined {
  const once = request.method === 'POST' || request.method === 'PATCH'
  const ours = Math.random() * Math.min(LONGEST_BACKOFF, backoff * 2 ** (attempt - 1))
  if (isFailure(outcome)) return outcome.again && !(once && outcome.sent) ? ours : undefined
  const { status } = outcome
  if (status !== OVERLOADED && (once || !TEMPORARY.has(status))) return undefined
  const asked = askedWait(outcome)
  if (asked === undefined) return ours
  return asked > LONGEST_ASKED ? undefined : asked
}

/** Milliseconds that an answer asks to wait: Retry-After (seconds, or a date), else X-RateLimit-Reset (seconds from now) of a 429. */
export function askedWait({ status, headers }: Pick<Answer, 'status' | 'headers'>): number | undefined {
  const after = headers['retry-after']?.trim() ?? ''
  if (/^\d+$/.test(after)) return positive(Number(after) * 1000)
  if (after !== '') {
    // measured on the server's own clock where it tells it
    const now = Date.parse(headers['date'] ?? '')
    const asked = positive(Date.parse(after) - (Number.isNaN(now) ? Date.now() : now))
    if (asked !== undefined) return asked
  }
  const reset = headers['x-ratelimit-reset']?.trim() ?? ''
  if (status !== OVERLOADED || !/^\d+(?:\.\d+)?$/.test(reset)) return undefined
  const relative = positive(Number(reset) * 1000)
  // a time of day instead of a number of seconds tells nothing
  return relative === undefined || relative > LONGEST_ASKED ? undefined : relative
}

function positive(ms: number): number | undefined {
  return ms > 0 ? ms : undefined
}

async function traced(
  attemptOnce: Try, request: Request, signal: AbortSignal, attempt: number, { onTrace }: RetryOptions,
): Promise<Outcome> {
  const started = performance.now()
  try {
    return await attemptOnce(request, signal)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    onTrace?.({ ...identity(request, attempt), ms: performance.now() - started, bytes: 0, error: message })
    throw error
  }
}

function traceOf(request: Request, outcome: Outcome, attempt: number, wait: number | undefined): Trace {
  return {
    ...identity(request, attempt),
    ...(isFailure(outcome) ? { error: outcome.error.message } : { status: outcome.status, ...(outcome.headers['date'] && { date: outcome.headers['date'] }) }),
    ms: outcome.ms,
    bytes: outcome.bytes,
    ...(wait !== undefined && { retryIn: wait }),
  }
}

function identity(request: Request, attempt: number): Pick<Trace, 'method' | 'url' | 'attempt'> {
  return { method: request.method, url: nameOf(request).slice(request.method.length + 1), attempt }
}
