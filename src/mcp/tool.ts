/** The context of a call: cancellation, questions to the user, and progress. */
export interface Call {
  readonly signal: AbortSignal
  /** Reports the progress of the call to the client. */
  readonly progress: (message: string) => void
  /** Whether the client can ask its user. */
  readonly canAsk: boolean
  /** The user's answer to the question that this call has asked before. */
  readonly reply?: Reply
  /** The statement with its secrets and the known credentials masked, when an engine has told it. */
  statement?: string
  /** For the audit file: the requests that were sent. */
  readonly requests: string[]
}

/** An answer of the user. */
export interface Reply {
  /** That of the question. */
  readonly state: string
  readonly isYes: boolean
  /** Why it is no answer; then `isYes` is false. */
  readonly fault?: string
}

/** The answer of a tool. */
export interface Answer {
  readonly text: string
  readonly isError?: boolean
  /** Number of rows in it. */
  readonly rows?: number
  readonly isComplete?: boolean
  /** For the audit file; default: `ok`. */
  readonly outcome?: string
}

/** A question to the user, before the tool can answer. */
export interface Question {
  readonly question: string
  /** Comes back with the answer. */
  readonly state: string
}

export type Arguments = Readonly<Record<string, unknown>>

/** A tool, as an assistant sees it, and what it does. */
export interface Tool {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly parameters: Readonly<Record<string, Parameter>>
  /** It may change something. */
  readonly isChange?: boolean
  /** The argument that the audit file names. */
  readonly subject: string
  run(args: Arguments, call: Call): Promise<Answer | Question>
}

/** Characters of a statement. Masking a longer one would block other calls. */
export const LONGEST_STATEMENT = 50_000
/** Characters of the name of a table, or of some words. */
export const LONGEST_WORDS = 1000

/** An argument of a tool. */
export interface Parameter {
  readonly type: 'string' | 'integer'
  readonly description?: string
  readonly isOptional?: boolean
  /** Characters of a text. */
  readonly longest?: number
  readonly minimum?: number
  readonly maximum?: number
}
