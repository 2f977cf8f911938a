/** What kind of thing went wrong; programs switch on it, people read the message. */
export type ErrorCode =
  | 'USAGE' // the command line or an option is wrong
  | 'CREDENTIALS' // a key is missing, before any request
  | 'SYNTAX' // SQL that SQLite refuses
  | 'UNSUPPORTED' // valid somewhere, not here (ATTACH, BEGIN, …)
  | 'UNKNOWN_NAME' // table, column, function, method, provider …
  | 'MISSING_PARAMETER' // a method cannot be called with what the statement gives
  | 'VALUE' // a value outside its type
  | 'API' // the API answered with an error status
  | 'NETWORK' // no answer: refused, reset, TLS, timeout
  | 'RESPONSE' // an answer that is not what the provider file says
  | 'OUTPUT' // a result cannot be written
  | 'PROVIDER' // a provider file is wrong
  | 'LIMIT' // too large or too deep for this program
  | 'ABORTED' // cancelled by the user or by a timeout of the statement

/** Where in the user's text an error lies: 0-based offsets into the script, end exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

export interface ErrorDetail {
  readonly hint?: string
  readonly span?: Span
  readonly cause?: unknown
  /** HTTP status of the answer, for code API. */
  readonly status?: number
  /** Of a change: it may have been carried out, or not. */
  readonly uncertain?: boolean
  /** The API itself said 404: what was addressed is not there. A page of HTML does not say so. */
  readonly missing?: boolean
  /** Of a change of several rows that went on: the error of each row that failed. */
  readonly failures?: readonly ConfluentqlError[]
}

/** The one error class: `message` says what and where, `hint` what to do next. */
export class ConfluentqlError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly span: Span | undefined
  readonly status: number | undefined
  readonly uncertain: boolean
  readonly missing: boolean
  readonly failures: readonly ConfluentqlError[]

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.name = 'ConfluentqlError'
    this.code = code
    this.hint = detail.hint
    this.span = detail.span
    this.status = detail.status
    this.uncertain = detail.uncertain ?? false
    this.missing = detail.missing ?? false
    this.failures = detail.failures ?? []
  }
}
