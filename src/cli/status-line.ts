import type { Writable } from 'node:stream'
import { now } from '../clock.ts'
import { count } from './count.ts'
import type { Meter } from './meter.ts'

/** Milliseconds before the line is shown. */
const DELAY = 500
const INTERVAL = 200

/** A progress line on stderr while a statement waits for requests; erased when it is done. */
export class StatusLine {
  readonly #stream: Writable & { readonly columns?: number }
  readonly #meter: Meter
  #timer: NodeJS.Timeout | undefined
  #isShown = false

  constructor(stream: Writable & { readonly columns?: number }, meter: Meter) {
    this.#stream = stream
    this.#meter = meter
  }

  /** A statement begins. */
  start(): void {
    this.stop()
    this.#timer = setInterval(() => {
      this.#show()
    }, INTERVAL)
    this.#timer.unref()
  }

  /** The statement has ended, or its rows are about to be shown: removes the line. */
  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.clear()
  }

  /** Erases the line for other output; the next update draws it again. */
  clear(): void {
    if (this.#isShown) this.#stream.write('\r\u001b[K')
    this.#isShown = false
  }

  #show(): void {
    if (this.#meter.ms < DELAY) return
    const text = statusText(this.#meter, now())
    this.#stream.write(`\r\u001b[K${text.slice(0, Math.max(10, (this.#stream.columns ?? 80) - 1))}`)
    this.#isShown = true
  }
}

/** `3.2 s, table 2 of 3, 14 pages, 1,400 rows, 31 requests (9.7/s), 1.2 MB, 3 cached, the API asks to wait 12 s`; the most important part first, since the end may be cut off. */
export function statusText(meter: Meter, at: number): string {
  const seconds = (at - meter.started) / 1000
  const parts = [`${seconds.toFixed(1)} s`]
  if (meter.waitUntil > at) parts.push(`the API asks to wait ${Math.ceil((meter.waitUntil - at) / 1000)} s`)
  if (meter.scans > 1) parts.push(`table ${Math.min(meter.scansDone + 1, meter.scans)} of ${meter.scans}`)
  if (meter.pages > 0) parts.push(count(meter.pages, 'page'), count(meter.rows, 'row'))
  parts.push(
    `${count(meter.requests, 'request')} (${(meter.requests / Math.max(seconds, 0.1)).toFixed(1)}/s)`,
    `${(meter.bytes / 1e6).toFixed(1)} MB`,
  )
  if (meter.spilled > 0) parts.push(`${Math.round(meter.spilled / 1e6)} MB in a temporary file`)
  if (meter.cached > 0) parts.push(`${meter.cached} from the cache`)
  return parts.join(', ')
}
