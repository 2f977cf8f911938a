import type { PendingRequest } from '../../engine/writes/pending.ts'
import { ConfluentqlError } from '../../errors.ts'
import { unpackError } from '../../processes/errors.ts'
import { Workers } from '../../processes/workers.ts'
import { count } from '../text.ts'
import type { Call } from '../tool.ts'
import type { FromEngine, OutcomeOf, ToEngine, Work } from './protocol.ts'

/** Each call has a process of its own, so that an endless one blocks no other. */
const POLICY = { most: 8, mostStarting: 8, patience: 0, kept: 3, tasks: Infinity, grace: 250 }

export interface EnginesOptions {
  /** The built file of the process. */
  readonly program: string
  /** The first message to each. */
  readonly start: object
  /** What comes with each task. */
  readonly state: () => unknown
  /** Milliseconds of a task. */
  readonly timeout: number
  /** Called with lines for the standard error. */
  readonly onLog: (text: string) => void
}

/** Throws if the requests must not be sent. */
export type Approval = (requests: readonly PendingRequest[]) => void

/** Runs statements in processes, which are killed to end a statement that SQLite does not stop. */
export class Engines {
  readonly #options: EnginesOptions
  readonly #workers: Workers<ToEngine<object>, FromEngine>

  constructor(options: EnginesOptions) {
    this.#options = options
    this.#workers = new Workers({
      program: options.program,
      start: options.start,
      policy: POLICY,
      ended: (reason, isStarted) =>
        new ConfluentqlError(
          'ABORTED',
          isStarted
            ? `the process that ran the statement ended: ${reason}`
            : `no process for the statement could be started: ${reason}`,
        ),
      closed: () => new ConfluentqlError('ABORTED', 'the server is ending'),
    })
  }

  /** Starts a process, so that the first call need not wait for it. */
  warm(): void {
    this.#workers.warm()
  }

  /** Does work; `approve` is asked before the first request of a change is sent. @throws ConfluentqlError */
  async run<W extends Work>(work: W, call: Call, approve?: Approval): Promise<OutcomeOf<W>> {
    const { signal, release } = this.#limited(call.signal)
    let refusal: { readonly error: unknown } | undefined
    let approved: number | undefined
    const onMessage = (message: FromEngine, reply: (message: ToEngine<object>) => void): void => {
      switch (message.kind) {
        case 'progress':
          return call.progress(message.text)
        case 'statement':
          call.statement = message.text
          return
        case 'request':
          return void call.requests.push(message.text)
        case 'log':
          return this.#options.onLog(message.text)
        case 'approve':
          try {
            signal.throwIfAborted()
            approve!(message.requests)
            approved = message.requests.length
            // what other engines have cached is no longer true
            this.#workers.renew()
          } catch (error) {
            refusal = { error }
          }
          return reply({ kind: 'answer', isYes: approved !== undefined })
        default:
      }
    }
    try {
      const { outcome, error } = await this.#workers
        .run({ message: { kind: 'run', work, state: this.#options.state() }, signal, onMessage })
        .catch((lost: Error) => {
          throw approved === undefined ? lost : unknownOutcome(lost, approved)
        })
      if (refusal) throw refusal.error
      if (error) {
        const found = reasonOf(unpackError(error), signal)
        throw approved !== undefined && signal.aborted ? unknownOutcome(found, approved) : found
      }
      return outcome as OutcomeOf<W>
    } finally {
      release()
      if (approved !== undefined) this.#workers.renew()
    }
  }

  close(): Promise<void> {
    return this.#workers.close()
  }

  /** A signal that is aborted when the call is cancelled or has taken too long. */
  #limited(given: AbortSignal): { readonly signal: AbortSignal; readonly release: () => void } {
    const control = new AbortController()
    const { timeout } = this.#options
    const cancel = (): void => control.abort(new ConfluentqlError('ABORTED', 'cancelled'))
    const timer = setTimeout(() => {
      control.abort(
        new ConfluentqlError('ABORTED', `the statement took longer than ${timeout / 1000} s`, {
          hint: 'narrow it, or start the server with a longer --query-timeout',
        }),
      )
    }, timeout)
    if (given.aborted) cancel()
    else given.addEventListener('abort', cancel, { once: true })
    return {
      signal: control.signal,
      release: () => {
        clearTimeout(timer)
        given.removeEventListener('abort', cancel)
      },
    }
  }
}

/** The reason of an abort with its hint, instead of what the engine was told of it. */
function reasonOf(error: Error, { reason }: AbortSignal): Error {
  return reason instanceof Error && reason.message === error.message ? reason : error
}

/** The error of a change that was ended after its requests were approved. */
function unknownOutcome(lost: Error, requests: number): ConfluentqlError {
  if (lost instanceof ConfluentqlError && lost.uncertain) return lost
  return new ConfluentqlError(
    'ABORTED',
    `${lost.message}; which of ${count(requests, 'request')} had been sent is unknown`,
    { cause: lost, uncertain: true, hint: 'find out with a SELECT before you plan the change again' },
  )
}
