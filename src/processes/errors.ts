import { ConfluentqlError, type ErrorCode, type Span } from '../errors.ts'

/** An error as plain data, for a message to another process. */
export interface PackedError {
  /** Undefined for one that is no ConfluentqlError. */
  readonly code: ErrorCode | undefined
  readonly message: string
  readonly hint: string | undefined
  readonly span: Span | undefined
  readonly status: number | undefined
  readonly isUncertain: boolean
  readonly failures: readonly PackedError[]
}

/** @param hide masks the secrets in its texts */
export function packError(error: unknown, hide: (text: string) => string): PackedError {
  if (!(error instanceof ConfluentqlError))
    return {
      code: undefined,
      message: hide(error instanceof Error ? error.message : String(error)),
      hint: undefined,
      span: undefined,
      status: undefined,
      isUncertain: false,
      failures: [],
    }
  const { code, message, hint, span, status, uncertain, failures } = error
  return {
    code,
    message: hide(message),
    hint: hint === undefined ? undefined : hide(hint),
    span,
    status,
    isUncertain: uncertain,
    failures: failures.map(failure => packError(failure, hide)),
  }
}

export function unpackError({ code, message, hint, span, status, ...rest }: PackedError): Error {
  if (code === undefined) return new Error(message)
  return new ConfluentqlError(code, message, {
    ...(hint !== undefined && { hint }),
    ...(span && { span }),
    ...(status !== undefined && { status }),
    uncertain: rest.isUncertain,
    failures: rest.failures.map(unpackError).filter(e => e instanceof ConfluentqlError),
  })
}
