import { ConfluentqlError } from '../errors.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const ignore = (): void => {}

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP into an abort, so that the run can report what was done and remove unfinished files;
 * the second ends the process. While SQLite blocks the thread no handler could run, so then the first ends it as well.
 */
export class Signals {
  readonly #controller = new AbortController()
  #isListening = false
  #isHungUp = false

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

  /** Ends the process by SIGHUP if that came: on a regular exit Node restores the terminal's mode, and crashes if the terminal has gone. */
  end(): void {
    if (!this.#isHungUp) return
    process.off('SIGHUP', ignore)
    process.kill(process.pid, 'SIGHUP')
  }

  #listen(shouldListen: boolean): void {
    if (shouldListen === this.#isListening) return
    this.#isListening = shouldListen
    for (const name of SIGNALS) {
      if (shouldListen) process.on(name, this.#stop)
      else process.off(name, this.#stop)
    }
  }

  readonly #stop = (name: NodeJS.Signals): void => {
    // a terminal that closes sends more than one
    this.#isHungUp = name === 'SIGHUP'
    if (this.#isHungUp) process.on('SIGHUP', ignore)
    this.#listen(false)
    this.#controller.abort(new ConfluentqlError('ABORTED', 'interrupted'))
  }
}
