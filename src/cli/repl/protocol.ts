import type { CliOptions } from '../args/options.ts'
import type { Settings } from '../run/settings.ts'
import type { Terminal } from '../world.ts'
import type { SessionInfo } from './session-info.ts'

/** Where the embedded sandbox is, which the prompt's process runs. */
export interface SandboxSites {
  readonly env: Readonly<Record<string, string>>
  readonly sites: Readonly<Record<string, string>>
}

/** What an engine begins with: the same as the one before it had, if that was lost. */
export interface Start {
  readonly kind: 'start'
  readonly options: CliOptions
  readonly settings: Settings | undefined
  /** The provider that USE chose. */
  readonly provider: string | undefined
  readonly sandbox: SandboxSites | undefined
  /** A person sees the results, if only as plain lines. */
  readonly isSeen: boolean
  /** What they are shown on; undefined for plain lines. */
  readonly terminal: Terminal | undefined
}

/** From the prompt to the engine. */
export type ToEngine =
  | Start
  /** One statement or meta-command. */
  | {
      readonly kind: 'run'
      readonly text: string
      readonly name: string | undefined
      readonly terminal: Terminal | undefined
      readonly sandbox: SandboxSites | undefined
    }
  | { readonly kind: 'cancel' }
  /** What was answered to a question. */
  | { readonly kind: 'answer'; readonly isYes: boolean }
  /** The text that came last was taken; `isClosed`: nobody reads on. */
  | { readonly kind: 'taken'; readonly isClosed: boolean }

/** From the engine to the prompt. */
export type FromEngine =
  /** There is a session, which can be told what to run. */
  | { readonly kind: 'ready' }
  /** Rows wait for `taken` before more of them come. */
  | { readonly kind: 'rows'; readonly text: string }
  /** Errors, notices, counts. */
  | { readonly kind: 'note'; readonly text: string }
  /** A line that shows long work, and the text that clears it. */
  | { readonly kind: 'progress'; readonly text: string }
  /** A question, which an answer must follow before the run goes on. */
  | { readonly kind: 'ask'; readonly question: string }
  /** Asked to cancel, and able to. */
  | { readonly kind: 'cancelling' }
  /** `writing`: the file that results go to, if it has some that only its end makes whole. */
  | {
      readonly kind: 'done'
      readonly status: number
      readonly settings: Settings
      readonly provider: string | undefined
      readonly writing: string | undefined
    }
  | { readonly kind: 'facts'; readonly sessionInfo: SessionInfo }
  /** There can be no session as it is asked for. */
  | { readonly kind: 'failed'; readonly text: string; readonly status: number }
