import { lacksOf } from '../../engine/lacks.ts'
import type { Session } from '../../index.ts'
import type { ResultColumn, Row } from '../../render/types.ts'
import { distinctNames } from '../../render/values.ts'
import { ConfluentqlError } from '../../errors.ts'
import { didYouMean } from '../../plan/names.ts'
import { now } from '../../clock.ts'
import { changeSetting } from '../run/commands.ts'
import { bindVariables, type Settings } from '../run/settings.ts'
import type { StatementStep } from '../script/program.ts'
import { stepError } from '../script/step-error.ts'
import type { World } from '../world.ts'
import type { Accepted, Baseline } from './baseline.ts'
import type { Check, CheckProgram } from './checks.ts'
import { placeOf } from './checks.ts'

/** What a check has found. */
export interface Outcome {
  readonly check: Check
  readonly columns: readonly ResultColumn[]
  readonly findings: readonly Row[]
  /** Rows that are accepted. */
  readonly accepted: readonly Accepted[]
  /** Why it could not be answered. */
  readonly error: unknown
  /** What was left out of its answer, since it could not be reached. */
  readonly lacks: readonly string[]
  readonly ms: number
}

/** Runs the checks of a script in order. One that fails does not stop the others. @throws ConfluentqlError ABORTED */
export async function runChecks(
  { steps, failed }: CheckProgram,
  session: Session,
  settings: Settings,
  baseline: Baseline,
  world: World,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  /** Where a definition failed: what follows may depend on it. */
  let broken: string | undefined
  for (const step of steps) {
    if (step.kind === 'meta') {
      await changeSetting(step, {
        session,
        settings,
        world,
        print: text => void world.stderr.write(`${text}\n`),
      })
      continue
    }
    if (step.kind === 'definition') {
      if (broken !== undefined) continue
      await rowsOf(step.step, session, settings, world, signal).catch((error: unknown) => {
        throwIfAborted(error)
        broken = `the statement at ${placeOf(step.step)} failed: ${(error as Error).message}`
      })
      continue
    }
    const begin = now()
    const outcome = async (): Promise<Omit<Outcome, 'ms' | 'check'>> => {
      try {
        if (broken !== undefined) throw new ConfluentqlError('VALUE', broken)
        if (failed.has(step)) throw failed.get(step)
        const { columns, rows, lacks } = await rowsOf(step.step, session, settings, world, signal)
        const names = distinctNames(columns)
        const unknown = step.key.find(name => !names.includes(name))
        if (unknown !== undefined)
          throw new ConfluentqlError(
            'UNKNOWN_NAME',
            `-- finding: the check has no column ${unknown}${didYouMean(unknown, names)}`,
          )
        return {
          columns,
          lacks,
          error: undefined,
          ...baseline.judge(step.name, columns, rows, lacks.length === 0),
        }
      } catch (error) {
        throwIfAborted(error)
        return { columns: [], findings: [], accepted: [], lacks: [], error: stepError(error, step.step) }
      }
    }
    outcomes.push({ check: step, ...(await outcome()), ms: now() - begin })
  }
  return outcomes
}

async function rowsOf(
  step: StatementStep,
  session: Session,
  settings: Settings,
  { meter, line }: World,
  signal: AbortSignal,
): Promise<{ columns: readonly ResultColumn[]; rows: Row[]; lacks: readonly string[] }> {
  meter.reset()
  bindVariables(settings, step.scope)
  line?.start()
  try {
    const result = await session.runPiece(step.sql, step.piece, signal)
    const rows: Row[] = []
    for await (const row of result.rows) rows.push(row)
    result.finish()
    return { columns: result.columns, rows, lacks: lacksOf(result.leftOut?.() ?? []) }
  } finally {
    line?.stop()
  }
}

function throwIfAborted(error: unknown): void {
  if (error instanceof ConfluentqlError && error.code === 'ABORTED') throw error
}
