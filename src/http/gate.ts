import { aborted } from './signal.ts'

/** Lets a bounded number of requests to one origin through at once, first come first served. */
export interface Gate {
  /** A place in the order of arrival. A request that is sent again keeps its place. */
  turn(): number
  /** Runs `task` when it is its turn; rejects with ABORTED if the signal is aborted before. */
  run<T>(turn: number, task: () => Promise<T>, signal: AbortSignal): Promise<T>
  /** Lets nothing start for `ms` milliseconds. Of several pauses the last to end counts. */
  pause(ms: number): void
}

interface Waiting {
  readonly turn: number
  readonly start: () => void
}

/** A gate for `limit` requests at once. It holds a timer only while it is paused and something waits. */
export function createGate(limit: number): Gate {
  const waiting: Waiting[] = []
  let turns = 0
  let running = 0
  let pausedUntil = 0
  let timer: NodeJS.Timeout | undefined

  const drain = (): void => {
    clearTimeout(timer)
    timer = undefined
    const pause = pausedUntil - performance.now()
    if (pause > 0) {
      if (waiting.length > 0) timer = setTimeout(drain, Math.ceil(pause))
      return
    }
    while (running < limit) {
      const next = waiting.shift()
      if (next === undefined) return
      running++
      next.start()
    }
  }

  const enter = (turn: number, signal: AbortSignal): Promise<void> => new Promise((resolve, reject) => {
    if (signal.aborted) return reject(aborted(signal))
    const entry: Waiting = {
      turn,
      start: () => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      },
    }
    const onAbort = (): void => {
      waiting.splice(waiting.indexOf(entry), 1)
      if (waiting.length === 0) clearTimeout(timer)
      reject(aborted(signal))
    }
    signal.addEventListener('abort', onAbort, { once: true })
    const later = waiting.findIndex((other) => other.turn > turn)
    waiting.splice(later < 0 ? waiting.length : later, 0, entry)
    drain()
  })

  return {
    turn: () => turns++,
    async run(turn, task, signal) {
      await enter(turn, signal)
      try {
        return await task()
      } finally {
        running--
        drain()
      }
    },
    pause(ms) {
      pausedUntil = Math.max(pausedUntil, performance.now() + ms)
    },
  }
}
