import { ConfluentqlError, type Span } from '../../errors.ts'
import type { Session } from '../../index.ts'
import type { Plan } from '../../plan/plan.ts'
import { type Script, withPlace } from '../report.ts'
import type { MetaStep, Program, StatementStep } from '../script/program.ts'
import { stepError } from '../script/step-error.ts'
import { boundValues, inferredValue } from '../script/variables.ts'
import type { Settings } from './settings.ts'

/** A statement that has been planned, or why it could not be. */
export interface Planned {
  readonly step: StatementStep
  /** Undefined for USE, and after an error. */
  readonly plan: Plan | undefined
  readonly error: unknown
}

/**
 * Plans the statements of a script that may only read, in order and without a request. An error of a statement is thrown
 * unless `isOwnError` takes it.
 * @param command the command that runs the script, for messages
 * @throws ConfluentqlError for a statement that would change the API, and for a file of its own
 */
export async function planReads(
  { steps }: Program,
  command: string,
  session: Session,
  settings: Settings,
  isOwnError: (step: StatementStep) => boolean = () => false,
): Promise<(Planned | MetaStep)[]> {
  const planned: (Planned | MetaStep)[] = []
  const variables = { ...settings.variables }
  const trial = session.trial()
  try {
    for (const step of steps) {
      if (step.kind === 'meta') {
        follow(step)
        planned.push(step)
        continue
      }
      try {
        const plan = await trial.take(step.sql, step.piece, boundValues(step.scope, variables))
        if (plan?.kind === 'calls') throw change(step, plan.verb)
        planned.push({ step, plan, error: undefined })
      } catch (error) {
        const found = stepError(error, step)
        if (!isOwnError(step) || isUsage(found)) throw found
        planned.push({ step, plan: undefined, error: found })
      }
    }
  } finally {
    trial.close()
  }
  return planned

  function follow({ script, call: { command: meta, spelling, args }, at }: MetaStep): void {
    if (meta.name === 'output' || meta.name === 'once')
      throw placed(script, at, `${spelling} does not work in ${command}, which has an output of its own`)
    const [name, text] = args
    if (meta.name === 'set' && name !== undefined && text !== undefined) variables[name] = inferredValue(text)
    if (meta.name === 'profile') trial.forgetAddresses()
  }

  function change(step: StatementStep, verb: string): unknown {
    const hint = verb === 'EXEC' ? 'a method that only reads: SELECT * FROM (EXEC …)' : undefined
    return placed(step.script, step.at, `${command} only reads, and this is ${verb}`, hint)
  }
}

const isUsage = (error: unknown): boolean => error instanceof ConfluentqlError && error.code === 'USAGE'

/** An error of the command with its place in a script. */
export function placed(script: Script, { start, end }: Span, message: string, hint?: string): unknown {
  return withPlace(
    new ConfluentqlError('USAGE', message, { span: { start, end }, ...(hint !== undefined && { hint }) }),
    script,
  )
}
