import { ConfluentqlError } from '../../errors.ts'

/** What one check found. */
export interface Finding {
  /** What was looked at, in a word or two. */
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

/** An error of ours as a finding; any other is thrown on. */
export function failed(check: string, error: unknown): Finding {
  if (!(error instanceof ConfluentqlError) || error.code === 'ABORTED') throw error
  return wrong(check, error.message, error.hint)
}
