import { setMaxListeners } from 'node:events'
import { ConfluentqlError } from '../errors.ts'

/** The error for an aborted signal: its reason, if that is a ConfluentqlError ABORTED. */
export function aborted(signal: AbortSignal): ConfluentqlError {
  const { reason } = signal
  if (reason instanceof ConfluentqlError && reason.code === 'ABORTED') return reason
  return new ConfluentqlError('ABORTED', 'interrupted', { cause: reason })
}

/** @throws ConfluentqlError ABORTED if the signal is aborted, whatever the reason that a caller has given */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw aborted(signal)
}

/** A controller that is aborted with any of `signals`; `unlink` removes its listeners. */
export function link(...signals: readonly (AbortSignal | undefined)[]): {
  controller: AbortController
  unlink(): void
} {
  const controller = new AbortController()
  const listeners: (() => void)[] = []
  for (const signal of signals) {
    if (signal === undefined) continue
    if (signal.aborted) controller.abort(signal.reason)
    // thousands of calls may listen to one signal, which is not a leak
    setMaxListeners(0, signal)
    const listener = (): void => controller.abort(signal.reason)
    signal.addEventListener('abort', listener, { once: true })
    listeners.push(() => signal.removeEventListener('abort', listener))
  }
  return { controller, unlink: () => listeners.forEach(remove => remove()) }
}

/** Settles as `promise` does, or rejects with ABORTED as soon as the signal is aborted. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(aborted(signal))
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    const settle = (): void => signal.removeEventListener('abort', onAbort)
    promise.then(resolve, reject).finally(settle)
  })
}

/** Waits `ms` milliseconds; rejects with ABORTED as soon as the signal is aborted. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(aborted(signal))
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(aborted(signal))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

/** Waits for the next turn of the event loop, in which pending requests are sent and connections are released. */
export function nextTurn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve)
  })
}

/**
 * Waits until the requests that were begun are sent, unless they must wait for something else. undici first checks the connection, in
 * a callback of the next turn; that of this function comes after it, since `nextTick` runs when all promises are settled.
 */
export function requestsSent(): Promise<void> {
  return new Promise(resolve => {
    process.nextTick(() => setImmediate(resolve))
  })
}

/** The value of a promise; an abort meanwhile is an error of ours. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await untilAborted(promise, signal)
  } catch (error) {
    throw signal.aborted ? aborted(signal) : error
  }
}
