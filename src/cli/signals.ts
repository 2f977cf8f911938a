import { ConfluentqlError } from '../errors.ts'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/**
 * Turns the first SIGINT or SIGTERM into an abort, so that what was done is told and half files go; the next ends the
 * process as if nobody listened. While SQLite keeps the thread nobody could listen, so the first one does then as well.
 */
export class Signals {
  readonly #controller = new AbortController()
  #isListening = false

  constructor() {
    this.#listen(true)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** SQLite begins to keep the thread, or has done. */
  readonly onBusy = (isBusy: boolean): void => {
    this.#listen(!isBusy && !this.signal.aborted)
  }

  #listen(should: boolean): void {
    if (should === this.#isListening) return
    this.#isListening = should
    for (const name of SIGNALS) {
      if (should) process.on(name, this.#stop)
      else process.off(name, this.#stop)
    }
  }

  readonly #stop = (): void => {
    this.#listen(false)
    this.#controller.abort(new ConfluentqlError('ABORTED', 'interrupted'))
  }
}
