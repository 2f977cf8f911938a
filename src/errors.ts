/** The kind of an error, for programs; the message is for people. */
export type ErrorCode =
  | 'USAGE' // the command line or an option is wrong
  | 'CREDENTIALS' // a key is missing; found before any request
  | 'SYNTAX' // SQL that SQLite refuses
  | 'UNSUPPORTED' // valid SQL elsewhere, but not here (ATTACH, BEGIN, …)
  | 'UNKNOWN_NAME' // table, column, function, method, provider …
  | 'MISSING_PARAMETER' // a method cannot be called with the values in the statement
  | 'VALUE' // a value outside its type
  | 'API' // the API answered with an error status
  | 'NETWORK' // no answer: refused, reset, TLS, timeout
  | 'RESPONSE' // an answer that does not match the provider file
  | 'OUTPUT' // a result cannot be written
  | 'PROVIDER' // a provider file is wrong
  | 'LIMIT' // too large or too deep for this program
  | 'ABORTED' // cancelled by the user or by a timeout of the statement

/** A place in the user's text: 0-based offsets into the script, end exclusive. */
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
  /** For a change: whether it was carried out is unknown. */
  readonly uncertain?: boolean
  /** The API answered 404, with JSON or without a body: the addressed object does not exist. An HTML page does not count. */
  readonly missing?: boolean
  /** Why the addressed host or object cannot be reached, without the request; undefined for all other failures. */
  readonly unreachable?: string | undefined
  /** For a change that continued after failures: the error of each failed row. */
  readonly failures?: readonly ConfluentqlError[]
}

/** The one error class: `message` says what is wrong and where, `hint` what to do. */
export class ConfluentqlError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly span: Span | undefined
  readonly status: number | undefined
  readonly uncertain: boolean
  readonly missing: boolean
  /**
   * Set if the failure concerns only the addressed host or object: no credential or base URL, no connection, 401, 403, 404.
   * The reason, without the request.
   */
  readonly unreachable: string | undefined
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
    this.unreachable = detail.unreachable
    this.failures = detail.failures ?? []
  }
}
