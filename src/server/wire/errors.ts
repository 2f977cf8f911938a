import { ConfluentqlError, type ErrorCode } from '../../errors.ts'
import { visible } from '../../render/display.ts'
import { cstring, frame } from './frames.ts'

/** An error or notice as Postgres reports it. */
export interface Report {
  readonly severity?: 'ERROR' | 'FATAL' | 'WARNING' | 'NOTICE'
  /** SQLSTATE */
  readonly state: string
  readonly message: string
  readonly detail?: string | undefined
  readonly hint?: string | undefined
  /** Character in the client's text, from 1. */
  readonly position?: number | undefined
}

/** An error with its SQLSTATE. */
export class SqlError extends Error {
  readonly report: Report

  constructor(state: string, message: string, detail: Omit<Report, 'state' | 'message'> = {}) {
    super(message)
    this.report = { state, message, ...detail }
  }
}

/** An error that Postgres has written: the body of its message. */
export class PostgresError extends Error {
  fields: ReadonlyMap<string, string>

  constructor(body: Buffer) {
    const fields = fieldsOf(body)
    super(fields.get('M') ?? '')
    this.fields = fields
  }

  /** The error with a hint, if Postgres has written none. */
  withHint(hint: string): this {
    this.fields = new Map([['H', hint], ...this.fields])
    return this
  }

  /** The error with its position moved by the number of characters that were prepended. */
  withPosition(added: number): this {
    const at = this.fields.get('P')
    if (at === undefined) return this
    const moved = Number(at) + added
    const fields = new Map(this.fields)
    if (moved > 0) fields.set('P', String(moved))
    else fields.delete('P')
    this.fields = fields
    return this
  }
}

function fieldsOf(body: Buffer): ReadonlyMap<string, string> {
  return new Map(
    body
      .toString('utf8')
      .split('\0')
      .filter(f => f !== '')
      .map(f => [f[0]!, f.slice(1)] as const),
  )
}

/** The error of a change that was cancelled or timed out. Its detail says what was sent until then. */
export class InterruptedChange extends SqlError {
  constructor({ report }: SqlError, { message, hint }: ConfluentqlError) {
    super(report.state, report.message, { detail: visible(message), hint: hint && visible(hint) })
  }

  get sent(): string {
    const { detail = '', hint } = this.report
    return hint === undefined ? detail : `${detail}; ${hint}`
  }
}

/** SQLSTATE of each kind of error. */
const STATES: Readonly<Record<ErrorCode, string>> = {
  USAGE: '22023',
  CREDENTIALS: '28000',
  SYNTAX: '42601',
  UNSUPPORTED: '0A000',
  UNKNOWN_NAME: '42703',
  MISSING_PARAMETER: '42P10',
  VALUE: '22023',
  API: '58030',
  NETWORK: '08001',
  RESPONSE: '58030',
  OUTPUT: '58030',
  PROVIDER: 'XX000',
  LIMIT: '54000',
  ABORTED: '57014',
}

/** What a client is told of any error. `offset`: the place of the statement in the client's text, in characters. */
export function reportOf(error: unknown): Report {
  if (error instanceof SqlError) return error.report
  if (error instanceof PostgresError) {
    const at = error.fields.get('P')
    return {
      state: error.fields.get('C') ?? 'XX000',
      message: error.message,
      detail: error.fields.get('D'),
      hint: error.fields.get('H'),
      position: at === undefined ? undefined : Number(at),
    }
  }
  if (error instanceof ConfluentqlError) {
    const { code, status, message, hint } = error
    return {
      state: status === 429 ? '53400' : STATES[code],
      message: visible(message),
      hint: hint && visible(hint),
    }
  }
  return { state: 'XX000', message: `internal error: ${visible(String((error as Error)?.message ?? error))}` }
}

/** The message for an error (E) or a notice (N). */
export function reportFrame(report: Report): Buffer {
  const { severity = 'ERROR', state, message, detail, hint, position } = report
  const fields = [`S${severity}`, `V${severity}`, `C${state}`, `M${message}`]
  if (detail !== undefined) fields.push(`D${detail}`)
  if (hint !== undefined) fields.push(`H${hint}`)
  if (position !== undefined) fields.push(`P${position}`)
  const isNotice = severity === 'WARNING' || severity === 'NOTICE'
  return frame(isNotice ? 'N' : 'E', ...fields.map(cstring), Buffer.from([0]))
}
