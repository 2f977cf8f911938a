import { Workers } from '../../processes/workers.ts'
import { SqlError } from '../wire/errors.ts'
import type { FromEvaluator, Outcome, Start, ToEvaluator, Unit } from './protocol.ts'

/** A second process evaluates while the first is busy for long. A process is replaced after many units: rolled back transactions leave dead rows. */
const POLICY = { most: 2, mostStarting: 1, patience: 300, kept: 2, tasks: 5000, grace: 0 }

/** Runs units in processes with PGlite. Cancelling a unit ends its process. */
export class Evaluators {
  readonly #workers: Workers<ToEvaluator, FromEvaluator>

  /** @param program the file of the process */
  constructor(program: string, start: Omit<Start, 'kind'>) {
    this.#workers = new Workers({
      program,
      env: {},
      start: { kind: 'start', ...start },
      policy: POLICY,
      ended: (reason, isStarted) =>
        isStarted
          ? new SqlError('53200', 'Postgres ended unexpectedly, perhaps for want of memory')
          : new SqlError('58000', `Postgres does not start: ${reason}`),
      closed: () => new SqlError('57P01', 'the server is shutting down'),
    })
  }

  /** Starts a process, which writes the dump if there is none, and ends all. @throws SqlError if Postgres does not start */
  async prepare(signal: AbortSignal): Promise<void> {
    try {
      await this.run({ prologue: '', settings: '', loads: [], steps: [] }, signal)
    } finally {
      await this.close()
    }
  }

  /** Process ids, for the meter. */
  pids(): number[] {
    return this.#workers.pids()
  }

  /** Evaluates a unit, until the signal is aborted. @throws SqlError */
  async run(unit: Unit, signal: AbortSignal): Promise<Outcome> {
    const outcome = await this.#workers.run({ message: { kind: 'unit', ...unit }, signal })
    if (outcome.error) throw new SqlError(outcome.error.state, outcome.error.message)
    return outcome
  }

  close(): Promise<void> {
    return this.#workers.close()
  }
}
