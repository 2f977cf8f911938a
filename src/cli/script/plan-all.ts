import type { Value } from '../../catalog/types.ts'
import type { Session } from '../../index.ts'
import type { Step } from './program.ts'
import { stepError } from './step-error.ts'
import { boundValues, inferredValue } from './variables.ts'

/**
 * Plans the statements of a script before the first of them runs: a change cannot be taken back because a later statement
 * is wrong. What earlier statements and meta-commands define is known.
 * @throws ConfluentqlError for the first statement that can be found wrong without a request, with its place
 */
export async function planAll(
  steps: readonly Step[],
  session: Session,
  given: Readonly<Record<string, Value>>,
): Promise<void> {
  // one alone is planned before it sends anything
  if (steps.filter(s => s.kind === 'statement').length < 2) return
  const variables = { ...given }
  const trial = session.trial()
  try {
    for (const step of steps) {
      try {
        if (step.kind === 'statement')
          await trial.take(step.sql, step.piece, boundValues(step.scope, variables))
        else follow(step.call.command.name, step.call.args)
      } catch (error) {
        throw stepError(error, step)
      }
    }
  } finally {
    trial.close()
  }

  function follow(command: string, [name, text]: readonly string[]): void {
    if (command === 'set' && name !== undefined && text !== undefined) variables[name] = inferredValue(text)
    if (command === 'unset' && name !== undefined) delete variables[name]
    if (command === 'profile' && name !== undefined) trial.forgetAddresses()
  }
}
