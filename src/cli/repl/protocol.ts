import type { CliOptions } from '../args/options.ts'
import type { Ending } from '../pipe.ts'
import type { Settings } from '../run/settings.ts'
import type { TerminalInfo } from '../world.ts'
import type { SessionInfo } from './session-info.ts'

/** The addresses of the embedded sandbox, which runs in the prompt's process. */
export interface SandboxSites {
  readonly env: Readonly<Record<string, string>>
  readonly sites: Readonly<Record<string, string>>
}

/** The first message to an engine; a replacement gets the last state of the lost one. */
export interface Start {
  readonly kind: 'start'
  readonly options: CliOptions
  readonly settings: Settings | undefined
  /** The provider that USE chose. */
  readonly provider: string | undefined
  readonly sandbox: SandboxSites | undefined
  /** stdout is a terminal, perhaps one that only shows plain lines. */
  readonly isStdoutTerminal: boolean
  /** The terminal that results are shown on; undefined for plain lines. */
  readonly terminal: TerminalInfo | undefined
}

/**
 * A message for a command of `.output` or `.once`, which the prompt starts since it has the terminal. `id`: of the command. `ask`: of the
 * message, as one may be sent before another is answered: a cancelled statement ends a command that is being written to.
 */
export type ToPipe = { readonly kind: 'pipe'; readonly id: number; readonly ask: number } & PipeRequest

export type PipeRequest =
  | { readonly does: 'open'; readonly command: string; readonly isOnce: boolean }
  | { readonly does: 'write'; readonly data: string | Uint8Array }
  | { readonly does: 'end' }

/** From the prompt to the engine. */
export type ToEngine =
  | Start
  /** One statement or meta-command. */
  | {
      readonly kind: 'run'
      readonly text: string
      readonly name: string | undefined
      readonly terminal: TerminalInfo | undefined
      readonly sandbox: SandboxSites | undefined
    }
  | { readonly kind: 'cancel' }
  /** The answer to a question. */
  | { readonly kind: 'answer'; readonly isYes: boolean }
  /** The last rows were received. `isClosed`: the reader has stopped reading. */
  | { readonly kind: 'ack'; readonly isClosed: boolean }
  /** A message for a command has been carried out. `ending`: the command has ended. */
  | { readonly kind: 'piped'; readonly ask: number; readonly isOpen: boolean; readonly ending?: Ending }

/** From the engine to the prompt. */
export type FromEngine =
  /** The session is open and accepts runs. */
  | { readonly kind: 'ready' }
  /** Formatted rows. The next ones are sent after `ack`. */
  | { readonly kind: 'rows'; readonly text: string }
  /** Errors, notices, counts. */
  | { readonly kind: 'note'; readonly text: string }
  /** SQLite begins a step that may take long, during which nothing is sent. */
  | { readonly kind: 'busy' }
  /** The progress line, or the text that clears it. */
  | { readonly kind: 'progress'; readonly text: string }
  /** A question; the run waits for `answer`. */
  | { readonly kind: 'ask'; readonly question: string }
  /** Starts a command that reads results, gives it data, or ends its input. The next such message is sent after `piped`. */
  | ToPipe
  /** Acknowledges `cancel`. */
  | { readonly kind: 'cancelling' }
  /** The run has ended. `writing`: the file that has results and is not complete yet. `targets`: the commands that send further results elsewhere. */
  | {
      readonly kind: 'done'
      readonly status: number
      readonly settings: Settings
      readonly provider: string | undefined
      readonly writing: string | undefined
      readonly targets: readonly string[]
    }
  | { readonly kind: 'session-info'; readonly sessionInfo: SessionInfo }
  /** The session could not be opened. */
  | { readonly kind: 'failed'; readonly text: string; readonly status: number }
