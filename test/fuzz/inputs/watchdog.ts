import { Worker } from 'node:worker_threads'

/** Seconds without progress after which an input counts as hanging. The hanging thread cannot detect this itself. */
const PATIENCE = 60

const CODE = `
const { workerData: { shared, names, patience } } = require('node:worker_threads')
const state = new Int32Array(shared)
let last = [-1, -1]
let since = 0
setInterval(() => {
  const now = [Atomics.load(state, 0), Atomics.load(state, 1)]
  since = now[0] === last[0] && now[1] === last[1] ? since + 1 : 0
  last = now
  if (now[0] < 0 || since < patience) return
  require('node:fs').writeSync(2, 'HANGS: FUZZ_TARGET="' + names[now[0]] + '" FUZZ_SEED=' + now[1] + '\\n')
  process.kill(process.pid, 'SIGKILL')
}, 1000)
`

/** Kills the process and reports the input if an input hangs. */
export class Watchdog {
  readonly #state: Int32Array
  readonly #worker: Worker

  constructor(names: readonly string[]) {
    const shared = new SharedArrayBuffer(8)
    this.#state = new Int32Array(shared)
    this.rest()
    this.#worker = new Worker(CODE, { eval: true, workerData: { shared, names, patience: PATIENCE } })
    this.#worker.unref()
  }

  /** Call before the input of a seed is checked. */
  watch(target: number, seed: number): void {
    Atomics.store(this.#state, 0, target)
    Atomics.store(this.#state, 1, seed)
  }

  /** Call when no input is being checked. */
  rest(): void {
    Atomics.store(this.#state, 0, -1)
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }
}
