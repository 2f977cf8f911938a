import { ConfluentqlError } from '../errors.ts'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/**
 * Turns the first SIGINT or SIGTERM into an abort, so that the run can report what was done and remove unfinished files;
 * the second ends the process. While SQLite blocks the thread no handler could run, so then the first ends it as well.
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

  /** Called with true before SQLite blocks the thread, with false afterwards. */
  readonly onBusy = (isBusy: boolean): void => {
    this.#listen(!isBusy && !this.signal.aborted)
  }

  #listen(shouldListen: boolean): void {
    if (shouldListen === this.#isListening) return
    this.#isListening = shouldListen
    for (const name of SIGNALS) {
      if (shouldListen) process.on(name, this.#stop)
      else process.off(name, this.#stop)
    }
  }

  readonly #stop = (): void => {
    this.#listen(false)
    this.#controller.abort(new ConfluentqlError('ABORTED', 'interrupted'))
  }
}
