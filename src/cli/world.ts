import type { Readable, Writable } from 'node:stream'
import type { StandardOutput } from '../render/output.ts'
import type { Meter } from './meter.ts'
import type { OpenPipe } from './pipe.ts'
import type { Notices } from './run/notices.ts'
import type { StatusLine } from './status-line.ts'

/** The terminal that results are shown on. */
export interface TerminalInfo {
  /** Its current width. */
  readonly columns: number
  /** Its current height. */
  readonly rows: number
  readonly color: boolean
}

/** Asks questions at a prompt. */
export interface Asker {
  /** The running statement was typed, not read from a file. */
  isTyped: boolean
  /** Resolves with whether the answer is yes. */
  ask(question: string): Promise<boolean>
}

/** The streams and environment of the process, passed to the code that runs statements so that it does not use `process`. */
export interface World extends StandardOutput {
  readonly stdin: Readable
  readonly stderr: Writable
  readonly env: Readonly<Record<string, string | undefined>>
  /** Set if stdout is a terminal. */
  readonly terminal?: TerminalInfo | undefined
  /** Counts the session's requests and rows. */
  readonly meter: Meter
  /** Asks the user; set at a prompt only. */
  readonly asker?: Asker | undefined
  /** The notices so far; set at a prompt only, where one is not shown again and again. */
  readonly notices?: Notices | undefined
  /** Starts the commands of `.output` and `.once`; set where scripts run. */
  readonly openPipe?: OpenPipe | undefined
  /** Shows progress; set if stderr is a terminal. */
  readonly line?: StatusLine | undefined
  /** Called with true before SQLite blocks the thread, with false afterwards. */
  readonly onBusy?: ((isBusy: boolean) => void) | undefined
}
