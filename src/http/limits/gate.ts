import { now } from '../../clock.ts'
import type { Control, Overload } from './control.ts'
import { aborted } from '../signal.ts'

/** The outcome of a request as far as it concerns the server's limits; undefined: it does not. */
export type Verdict = 'accepted' | Overload | undefined

/** Queues requests to one origin, first come first served, and starts them as its control allows. */
export interface Gate {
  /** A position in the order of arrival. A repeated request keeps its position. */
  turn(): number
  /** Runs `task` at its turn; rejects with ABORTED if the signal is aborted before. */
  run<T extends { readonly verdict: Verdict }>(
    turn: number,
    task: () => Promise<T>,
    signal: AbortSignal,
  ): Promise<T>
  /** How many requests were accepted so far. */
  accepted(): number
}

interface Waiting {
  readonly turn: number
  readonly start: () => void
}

/** A gate over a control. It has a timer only while a request must wait for some time. */
export function createGate(control: Control): Gate {
  const waiting: Waiting[] = []
  let turns = 0
  let running = 0
  let accepted = 0
  let timer: NodeJS.Timeout | undefined

  /** How long the next request must wait; if it need not, it counts as sent. */
  const admit = (): number => {
    const wait = control.wait(now(), running)
    if (wait <= 0) control.sent(now(), ++running)
    return wait
  }

  const drain = (): void => {
    clearTimeout(timer)
    timer = undefined
    while (waiting.length > 0) {
      const wait = admit()
      if (wait > 0) {
        if (wait !== Infinity) timer = setTimeout(drain, Math.ceil(wait))
        return
      }
      waiting.shift()?.start()
    }
  }

  const enter = (turn: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
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
      const later = waiting.findLastIndex(other => other.turn < turn) + 1
      waiting.splice(later, 0, entry)
      drain()
    })

  return {
    turn: () => turns++,
    accepted: () => accepted,
    async run(turn, task, signal) {
      if (waiting.length > 0 || signal.aborted || admit() > 0) await enter(turn, signal)
      const sent = now()
      try {
        const result = await task()
        // before the next request can start
        if (result.verdict === 'accepted') accepted++
        report(control, sent, result.verdict)
        return result
      } finally {
        running--
        drain()
      }
    },
  }
}

function report(control: Control, sent: number, verdict: Verdict): void {
  if (verdict === 'accepted') control.accepted(now(), sent)
  else if (verdict !== undefined) control.refused(now(), sent, verdict)
}
