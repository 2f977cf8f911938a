import { ConfluentqlError } from '../../../src/errors.ts'
import { Random } from '../random.ts'

/** A part of the program that reads foreign input, with the properties that must hold for any input. */
export interface Target {
  readonly name: string
  /** Inputs that `npm test` tries. */
  readonly few: number
  open(): Promise<Tries>
}

export interface Tries {
  /** Makes an input and tries it. @throws Fault where something does not hold */
  attempt(random: Random): Promise<void> | void
  close?(): Promise<void> | void
}

/** A violated property, with its input. */
export class Fault extends Error {}

/** The text as a literal of JavaScript, for a message. */
export const shown = (input: string): string =>
  input.length > 3000 ? `${JSON.stringify(input.slice(0, 3000))}…` : JSON.stringify(input)

/** @throws Fault */
export function must(holds: boolean, what: string, input: string): asserts holds {
  if (!holds) throw new Fault(`${what}\n  input: ${shown(input)}`)
}

/** The error of ours that work ends with, if it fails; any other is a crash. @throws Fault */
export async function ours<T>(
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
    must(
      error instanceof ConfluentqlError,
      `crash: ${error instanceof Error ? error.stack : String(error)}`,
      input,
    )
    must(
      error.message !== ''
        && (!/\bundefined\b|\[object /.test(error.message) || /undefined|\[object/.test(input)),
      `a message that says nothing: ${error.message}`,
      input,
    )
    return { error }
  }
}

/** The most seconds of processor time for an input; one that takes more is tried again, since other work may have used the processor. */
const LONGEST = 1

/** Tries the input of a seed; what does not hold, or undefined. */
export async function tried(tries: Tries, seed: number): Promise<string | undefined> {
  let seconds = 0
  for (let again = 0; again < 3; again++) {
    const before = process.cpuUsage()
    try {
      await tries.attempt(new Random(seed))
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
