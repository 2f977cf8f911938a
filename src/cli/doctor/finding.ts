import { ConfluentqlError } from '../../errors.ts'

/** The result of a check. */
export interface Finding {
  /** The subject in a word or two. */
  readonly check: string
  readonly status: 'ok' | 'warning' | 'wrong'
  readonly detail: string
  /** What to do about it. */
  readonly mend?: string | undefined
}

export const ok = (check: string, detail: string): Finding => ({ check, status: 'ok', detail })
export const warning = (check: string, detail: string, mend?: string): Finding => ({
  check,
  status: 'warning',
  detail,
  mend,
})
export const wrong = (check: string, detail: string, mend?: string): Finding => ({
  check,
  status: 'wrong',
  detail,
  mend,
})

/** Converts a ConfluentqlError to a finding; rethrows any other error. */
export function failed(check: string, error: unknown): Finding {
  if (!(error instanceof ConfluentqlError) || error.code === 'ABORTED') throw error
  return wrong(check, error.message, error.hint)
}
