import { ConfluentqlError, type Span } from '../../errors.ts'
import type { Session } from '../../index.ts'
import { didYouMean } from '../../plan/names.ts'
import { typeOf } from '../../sql/read-statement.ts'
import { lineOf, type Script } from '../report.ts'
import { placed, planReads } from '../run/plan-reads.ts'
import type { MetaStep, Program, StatementStep } from '../script/program.ts'
import type { Settings } from '../run/settings.ts'

/** From the worst to the mildest. */
const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const
export type Severity = (typeof SEVERITIES)[number]
const DEFAULT_SEVERITY = 'medium'

/** A statement whose rows are findings. */
export interface Check {
  readonly kind: 'check'
  readonly step: StatementStep
  /** What must be true. */
  readonly name: string
  readonly severity: Severity
  readonly owner: string | undefined
  /** The columns that identify a finding; none if the check does not say. */
  readonly key: readonly string[]
}

/** What `check` runs of a script: its checks, and before them what defines tables, views and settings. */
export type CheckStep = Check | { readonly kind: 'definition'; readonly step: StatementStep } | MetaStep

/** The steps of a script, and errors that planning has found in its checks. */
export interface CheckProgram {
  readonly program: Program
  readonly steps: readonly CheckStep[]
  readonly notices: readonly string[]
  /** Why a check cannot be run. */
  readonly failed: ReadonlyMap<Check, unknown>
}

export const rankOf = (severity: Severity): number => SEVERITIES.indexOf(severity)

/** `audit.sql:12` */
export function placeOf({ script, at }: { readonly script: Script; readonly at: Span }): string {
  return `${script.name ?? 'line'}:${lineOf(script.text, at.start)}`
}

/** Whether a script has checks, and need be looked at. */
export function hasChecks({ steps, stray }: Program): boolean {
  return stray.length > 0 || steps.some(s => s.kind === 'statement' && s.checks.length > 0)
}

/**
 * Reads the checks of scripts and plans all statements, without a request. A check that cannot be planned is noted; anything
 * that would change the API is an error, since a check only reads.
 * @throws ConfluentqlError
 */
export async function readChecks(
  programs: readonly Program[],
  session: Session,
  settings: Settings,
): Promise<CheckProgram[]> {
  const found: CheckProgram[] = []
  const names = new Map<string, Check>()
  for (const program of programs) {
    const [stray] = program.stray
    if (stray)
      throw placed(
        stray.script,
        stray.check,
        'a check has no statement',
        'write it on a line above its SELECT',
      )
    const one = await planned(program, session, settings)
    for (const step of one.steps) {
      if (step.kind !== 'check') continue
      const same = names.get(step.name)
      if (same)
        throw placed(
          step.step.script,
          step.step.checks[0]!,
          `two checks are called ${JSON.stringify(step.name)}`,
          `the other one is at ${placeOf(same.step)}`,
        )
      names.set(step.name, step)
    }
    found.push(one)
  }
  if (names.size === 0)
    throw new ConfluentqlError('USAGE', 'there is no check to run', {
      hint: 'write a comment above a SELECT: -- check: no API key is older than a year',
    })
  return found
}

async function planned(program: Program, session: Session, settings: Settings): Promise<CheckProgram> {
  const steps: CheckStep[] = []
  const notices: string[] = []
  const failed = new Map<Check, unknown>()
  for (const found of await planReads(program, 'check', session, settings, s => s.checks.length > 0)) {
    if ('kind' in found) {
      steps.push(found)
      continue
    }
    const { step, plan, error } = found
    const check = step.checks.length === 0 ? undefined : checkOf(step)
    if (check) {
      if (error !== undefined) failed.set(check, error)
      steps.push(check)
    } else if (plan === undefined || plan.kind === 'local') steps.push({ kind: 'definition', step })
    else if (!step.isMeta) notices.push(`${placeOf(step)}: the statement is not a check, so it was not run`)
  }
  return { program, steps, notices, failed }
}

function checkOf(step: StatementStep): Check {
  const [directive, another] = step.checks
  const { script } = step
  if (another) throw placed(script, another, 'the statement has two checks', 'write one above each statement')
  const { text, severity: given, owner, finding } = directive!
  if (text === '')
    throw placed(
      script,
      directive!,
      'the check has no text',
      'say what must be true: -- check: no key is older than a year',
    )
  const severity = SEVERITIES.find(s => s === (given ?? DEFAULT_SEVERITY).toLowerCase())
  if (severity === undefined)
    throw placed(
      script,
      directive!,
      `no severity ${JSON.stringify(given)}${didYouMean(given!, SEVERITIES)}`,
      `severities: ${SEVERITIES.join(', ')}`,
    )
  const type = typeOf(step.piece.tokens)
  if (type !== 'query' && type !== 'listing')
    throw placed(script, step.at, 'a check is a SELECT: each of its rows is a finding')
  const names = (finding ?? '').split(',').map(name => name.trim())
  return {
    kind: 'check',
    step,
    name: text,
    severity,
    owner: owner || undefined,
    key: names.filter(name => name !== ''),
  }
}
