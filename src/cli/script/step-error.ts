import { ConfluentqlError } from '../../errors.ts'
import { withPlace } from '../report.ts'
import type { Step } from './program.ts'

/** The error with a place: the step's, if the error has none or one in a generated text. */
export function stepError(error: unknown, step: Step): unknown {
  if (!(error instanceof ConfluentqlError)) return error
  if (step.kind === 'meta' || step.isMeta) return withPlace(withoutSpan(error), step.script, step.at)
  const [first] = step.piece.tokens
  const isOfStatement =
    step.script.name !== undefined && first && error.code !== 'ABORTED' && error.code !== 'CREDENTIALS'
  return withPlace(error, step.script, isOfStatement ? { start: first.start, end: first.end } : undefined)
}

function withoutSpan(error: ConfluentqlError): ConfluentqlError {
  const { code, message, hint, status } = error
  return new ConfluentqlError(code, message, {
    cause: error,
    ...(hint !== undefined && { hint }),
    ...(status !== undefined && { status }),
    failures: error.failures,
  })
}
