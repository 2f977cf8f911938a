import { ConfluentqlError } from '../../../src/errors.ts'
import { Random } from '../random.ts'

/** A part of the program that reads untrusted input, with properties that must hold for every input. */
export interface Target {
  readonly name: string
  /** Number of inputs in `npm test`. */
  readonly defaultCount: number
  open(): Promise<TargetRun>
}

export interface TargetRun {
  /** Generates an input and checks its properties. @throws Fault for a violated property */
  attempt(random: Random): Promise<void> | void
  close?(): Promise<void> | void
}

/** A violated property, with its input. */
export class Fault extends Error {}

/** The input as a JavaScript string literal, for messages. */
export const shown = (input: string): string =>
  input.length > 3000 ? `${JSON.stringify(input.slice(0, 3000))}…` : JSON.stringify(input)

/** @throws Fault */
export function ensure(holds: boolean, what: string, input: string): asserts holds {
  if (!holds) throw new Fault(`${what}\n  input: ${shown(input)}`)
}

/** The value that `work` returns, or its ConfluentqlError. @throws Fault for any other error */
export async function outcomeOf<T>(
  input: string,
  work: () => Promise<T> | T,
): Promise<
  | { readonly value: T; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: ConfluentqlError }
> {
  try {
    return { value: await work() }
  } catch (error) {
    if (error instanceof Fault) throw error
    ensure(
      error instanceof ConfluentqlError,
      `crash: ${error instanceof Error ? error.stack : String(error)}`,
      input,
    )
    ensure(
      error.message !== ''
        && (!/\bundefined\b|\[object /.test(error.message) || /undefined|\[object/.test(input)),
      `an empty or useless message: ${error.message}`,
      input,
    )
    return { error }
  }
}

/** Maximum CPU seconds per input. A slower input is repeated, because other work may have slowed it down. */
const LONGEST = 1

/** Checks the input of a seed. Returns the violated property, or undefined. */
export async function runSeed(run: TargetRun, seed: number): Promise<string | undefined> {
  let seconds = 0
  for (let again = 0; again < 3; again++) {
    const before = process.cpuUsage()
    try {
      await run.attempt(new Random(seed))
    } catch (error) {
      return error instanceof Fault
        ? error.message
        : `crash: ${error instanceof Error ? error.stack : String(error)}`
    }
    const { user, system } = process.cpuUsage(before)
    seconds = (user + system) / 1e6
    if (seconds < LONGEST) return undefined
  }
  return `takes ${seconds.toFixed(1)} s`
}
