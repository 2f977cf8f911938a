import type { Readable, Writable } from 'node:stream'
import type { Meter } from './meter.ts'
import type { StatusLine } from './status-line.ts'

/** The terminal that results are shown on. */
export interface Terminal {
  /** How many it has now. */
  readonly columns: number
  readonly color: boolean
}

/** The streams and variables of the process, handed in so that what runs statements does not touch it. */
export interface World {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  readonly env: Readonly<Record<string, string | undefined>>
  /** What stdout leads to, if that is a terminal. */
  readonly terminal?: Terminal | undefined
  /** Counts what the session does. */
  readonly meter: Meter
  /** Shows long work; none where nobody watches. */
  readonly line?: StatusLine | undefined
  /** Told before and after the time in which SQLite keeps the thread. */
  readonly onBusy?: ((isBusy: boolean) => void) | undefined
}
