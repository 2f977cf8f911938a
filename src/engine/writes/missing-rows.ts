import { ConfluentqlError } from '../../errors.ts'
import { fullName } from '../../plan/names.ts'
import type { CallsPlan } from '../../plan/plan.ts'
import { hiddenError } from '../secrets.ts'
import { secretsOf } from './answers.ts'
import type { Prepared } from './body.ts'
import { nameOfCall } from './row-failures.ts'

/** A row of a change that the API answered with 404, although the statement does not require it to be there. */
export interface MissingRow {
  readonly prepared: Prepared
  readonly error: ConfluentqlError
}

/** Whether the API answered that the row of a change does not exist. */
export function isMissing(error: unknown): error is ConfluentqlError {
  return error instanceof ConfluentqlError && error.missing && !error.uncertain
}

/** Reports the rows of a change that did not exist. */
export function reportMissing(
  plan: CallsPlan,
  missing: readonly MissingRow[],
  count: number,
  onNotice: ((text: string) => void) | undefined,
): void {
  if (missing.length === 0) return
  const names = missing.slice(0, 5).map(m => nameOfCall(plan, m.prepared))
  const more = missing.length > names.length ? ` and ${missing.length - names.length} more` : ''
  onNotice?.(
    `${fullName(plan.resource)}: ${missing.length} of ${count} rows ${missing.length === 1 ? 'was' : 'were'} not there (404), so there was nothing to ${plan.verb.toLowerCase()}: ${names.join('; ')}${more}`,
  )
}

/** The error of a change none of whose rows exists: the address is probably wrong. A DELETE has what it is for. Secrets that were sent are masked. */
export function noneThere(plan: CallsPlan, missing: readonly MissingRow[]): unknown {
  const { verb, resource } = plan
  const [first] = missing
  if (!first || verb === 'DELETE') return undefined
  const error = hiddenError(first.error, secretsOf(plan, first.prepared))
  if (missing.length === 1 || !(error instanceof ConfluentqlError)) return error
  const { code, message, hint, status } = error
  return new ConfluentqlError(
    code,
    `${verb} on ${fullName(resource)}: none of ${missing.length} rows is there: ${message}`,
    {
      cause: error,
      missing: true,
      ...(hint !== undefined && { hint }),
      ...(status !== undefined && { status }),
    },
  )
}
