import type { Readable, Writable } from 'node:stream'
import type { Meter } from './meter.ts'
import type { StatusLine } from './status-line.ts'

/** The terminal that results are shown on. */
export interface TerminalInfo {
  /** How many it has now. */
  readonly columns: number
  readonly color: boolean
}

/** Asks questions at a prompt. */
export interface Asker {
  /** What runs was typed, and is not of a script. */
  isTyped: boolean
  /** Resolves with whether the answer is yes. */
  ask(question: string): Promise<boolean>
}

/** The streams and variables of the process, handed in so that what runs statements does not touch it. */
export interface World {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  readonly env: Readonly<Record<string, string | undefined>>
  /** What stdout leads to, if that is a terminal. */
  readonly terminal?: TerminalInfo | undefined
  /** Counts what the session does. */
  readonly meter: Meter
  /** Asks whoever types; none where nobody does. */
  readonly asker?: Asker | undefined
  /** Shows long work; none where nobody watches. */
  readonly line?: StatusLine | undefined
  /** Told before and after the time in which SQLite keeps the thread. */
  readonly onBusy?: ((isBusy: boolean) => void) | undefined
}
