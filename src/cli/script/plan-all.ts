import type { Value } from '../../catalog/types.ts'
import type { Session } from '../../index.ts'
import type { Step } from './program.ts'
import { stepError } from './step-error.ts'
import { boundValues, inferredValue } from './variables.ts'

/**
 * Plans all statements of a script before the first one runs, since a change cannot be undone when a later statement turns
 * out to be wrong. Takes account of what earlier statements and meta-commands define.
 * @throws ConfluentqlError for the first statement with an error that can be found without a request, with its place
 */
export async function planAll(
  steps: readonly Step[],
  session: Session,
  given: Readonly<Record<string, Value>>,
): Promise<void> {
  // a single statement is planned anyway before it sends a request
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
