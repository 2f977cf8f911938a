import { now } from '../clock.ts'
import type { Activity } from '../engine/result.ts'
import type { Trace } from '../http/types.ts'

/** Counts the work of the current statement. */
export class Meter {
  started = 0
  requests = 0
  /** Reads answered from the cache. */
  cached = 0
  bytes = 0
  /** The time until which the API has asked to wait, on the clock of `now()`. */
  waitUntil = 0
  scans = 0
  scansDone = 0
  pages = 0
  rows = 0
  /** Bytes of loaded rows that are in a temporary file. */
  spilled = 0
  #waits = 0
  #waitingSince = 0

  /** A statement begins. */
  reset(): void {
    Object.assign(this, {
      started: now(),
      requests: 0,
      cached: 0,
      bytes: 0,
      waitUntil: 0,
      scans: 0,
      scansDone: 0,
      pages: 0,
      rows: 0,
      spilled: 0,
    })
  }

  /** A request was answered, or will be retried. */
  request(trace: Trace): void {
    if (trace.cached) {
      this.cached++
      return
    }
    this.requests++
    this.bytes += trace.bytes
    if (trace.retryIn !== undefined) this.waitUntil = now() + trace.retryIn
  }

  /** Scans began, a page was loaded, a scan is complete. */
  activity(activity: Activity): void {
    if (activity.kind === 'scans') this.scans += activity.count
    else if (activity.kind === 'scanned') this.scansDone++
    else {
      this.pages++
      this.rows += activity.rows
      this.spilled = activity.spilled
    }
  }

  /** The statement waits for a person or program that reads rows or answers a question, until the returned function is called. */
  pause(): () => void {
    if (this.#waits++ === 0) this.#waitingSince = now()
    return () => {
      if (--this.#waits === 0) this.started += now() - this.#waitingSince
    }
  }

  /** Milliseconds since the statement began, without its pauses. */
  get ms(): number {
    return (this.#waits > 0 ? this.#waitingSince : now()) - this.started
  }
}
