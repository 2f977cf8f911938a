import type { Trace } from '../http/types.ts'

/** Milliseconds before a statement is long enough to say anything. */
const PATIENCE = 500
const INTERVAL = 200

/** One line on a terminal's stderr while a statement waits for requests; gone without trace when it is done. */
export class StatusLine {
  readonly #stream: NodeJS.WriteStream
  #timer: NodeJS.Timeout | undefined
  #started = 0
  #requests = 0
  #bytes = 0
  #waiting = 0
  #isShown = false

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  /** A statement begins. */
  start(): void {
    this.stop()
    this.#started = performance.now()
    this.#requests = 0
    this.#bytes = 0
    this.#waiting = 0
    this.#timer = setInterval(() => { this.#show() }, INTERVAL)
    this.#timer.unref()
  }

  /** A request was answered, or will be sent again. */
  count(trace: Trace): void {
    this.#requests++
    this.#bytes += trace.bytes
    if (trace.retryIn !== undefined) this.#waiting = performance.now() + trace.retryIn
  }

  /** The statement is over, or its rows take the screen: the line goes. */
  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.clear()
  }

  /** Makes room for another text on the same terminal; the line comes again by itself. */
  clear(): void {
    if (this.#isShown) this.#stream.write('\r\u001b[K')
    this.#isShown = false
  }

  #show(): void {
    const now = performance.now()
    if (now - this.#started < PATIENCE) return
    const wait = this.#waiting > now ? `, the API asks to wait ${Math.ceil((this.#waiting - now) / 1000)} s` : ''
    const text = `${((now - this.#started) / 1000).toFixed(1)} s, ${this.#requests} requests, ${(this.#bytes / 1e6).toFixed(1)} MB${wait}`
    this.#stream.write(`\r\u001b[K${text.slice(0, Math.max(10, (this.#stream.columns ?? 80) - 1))}`)
    this.#isShown = true
  }
}
