import { readdirSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Session } from '../../index.ts'
import { visible } from '../../render/display.ts'
import { checkFile } from '../../render/file.ts'
import { openOutput } from '../../render/output.ts'
import { formatOf } from '../../render/renderer.ts'
import type { Output, RenderOptions } from '../../render/types.ts'
import type { CliOptions } from '../args/options.ts'
import { count } from '../count.ts'
import { today } from '../day.ts'
import { renderOptionsOf } from '../render-options.ts'
import { errorText, exitStatus, INCOMPLETE } from '../report.ts'
import { checkVariables } from '../run/check.ts'
import { profileName } from '../run/commands.ts'
import type { Settings } from '../run/settings.ts'
import { loadProgram, type Program } from '../script/program.ts'
import { readScript, readScripts } from '../script/scripts.ts'
import type { World } from '../world.ts'
import { acceptAll } from './accept.ts'
import { Baseline, baselineText, readBaseline } from './baseline.ts'
import { hasChecks, readChecks } from './checks.ts'
import { writeJunit } from './junit.ts'
import { summaryOf, verdictOf, writeReport } from './report.ts'
import { type Outcome, runChecks } from './run.ts'

/** The audits that come with the program. */
const AUDITS = fileURLToPath(new URL('./audits', import.meta.url))
const CACHE_SECONDS = 600
/** Exit status if a check has a finding, as of `diff` for a difference. */
const FOUND = 3

/**
 * `confluentql check`: runs the checks of scripts, writes what they have found, and returns the exit status.
 * @throws ConfluentqlError for scripts and files that cannot be used, before anything runs
 */
export async function check(
  session: Session,
  options: CliOptions,
  settings: Settings,
  world: World,
  signal: AbortSignal,
): Promise<number> {
  const files = [...(options.out === undefined ? [] : [options.out]), ...options.reports]
  for (const file of options.reports) if (!isJunit(file)) formatOf(file, ['.xml'])
  for (const file of files) await checkFile(file)
  const { baseline: file, acceptUntil: until } = options
  if (until !== undefined) await checkFile(file!)
  const known = file === undefined ? '' : await baselineText(file, until !== undefined)
  const acceptances = file === undefined ? [] : await readBaseline(known, file)
  const notice = (text: string): void => {
    if (!options.quiet) world.stderr.write(`notice: ${visible(text)}\n`)
  }
  const all = await loadAll(options, world)
  const programs = all.filter(hasChecks)
  if (options.files.length > 0)
    for (const program of all)
      if (!programs.includes(program)) notice(`${program.script.name ?? 'the script'} has no check`)
  checkVariables(programs, settings)
  const checked = await readChecks(programs, session, settings)
  for (const text of checked.flatMap(c => c.notices)) notice(text)
  const baseline = new Baseline(acceptances, today())
  // checks often read the same lists: one answer for all of a run
  settings.cache ??= CACHE_SECONDS
  let outcomes: Outcome[] = []
  for (const program of checked)
    outcomes.push(...(await runChecks(program, session, settings, baseline, world, signal)))
  // equal errors once: the report has them for each check
  const errors = outcomes.flatMap(({ error }) => (error === undefined ? [] : [error]))
  for (const text of new Set(errors.map(e => errorText(e)))) world.stderr.write(text)
  for (const text of baseline.notices(outcomes.map(o => o.check.name))) notice(text)
  if (until !== undefined) {
    const before = outcomes.reduce((sum, { findings }) => sum + findings.length, 0)
    const accepted = await acceptAll(outcomes, { file: file!, text: known, until })
    outcomes = accepted.outcomes
    const fewer =
      accepted.entries === before
        ? ''
        : ` as ${accepted.entries === 1 ? '1 entry' : `${accepted.entries} entries`}`
    notice(`${count(before, 'finding')} added to ${file}${fewer} until ${until}; write the reasons there`)
  }
  await write(programs, outcomes, options, settings, world)
  if (!options.quiet) world.stderr.write(`${summaryOf(outcomes)}\n`)
  const found = new Set(outcomes.map(verdictOf))
  // 1 for any failed check, 2 if all errors are of usage or credentials
  if (errors.length > 0) return Math.min(...errors.map(exitStatus))
  if (found.has('found')) return FOUND
  return found.has('incomplete') ? INCOMPLETE : 0
}

async function loadAll(options: CliOptions, world: World): Promise<Program[]> {
  const scripts =
    options.files.length > 0
      ? await readScripts(options, world)
      : await Promise.all(
          readdirSync(AUDITS)
            .toSorted()
            .map(async file => ({ ...(await readScript(join(AUDITS, file))), name: file })),
        )
  const programs: Program[] = []
  for (const script of scripts) programs.push(await loadProgram(script, world.env))
  return programs
}

const isJunit = (file: string): boolean => extname(file).toLowerCase() === '.xml'

/** Writes the result to standard output or --out, and to each file of --report. */
async function write(
  programs: readonly Program[],
  outcomes: readonly Outcome[],
  options: CliOptions,
  settings: Settings,
  world: World,
): Promise<void> {
  const given = programs.find(p => p.title !== undefined)?.title
  const title = given ?? 'Checks'
  const document = { title, profile: profileName(settings, world), at: new Date() }
  const main: RenderOptions = { ...renderOptionsOf(options, world), document }
  await written(await openOutput(options.out, world), output =>
    writeReport(title, outcomes, main, output.write),
  )
  for (const file of options.reports)
    await written(await openOutput(file, world), output =>
      isJunit(file)
        ? writeJunit(title, outcomes, output.write)
        : writeReport(
            title,
            outcomes,
            { ...main, format: formatOf(file), width: undefined, color: undefined },
            output.write,
          ),
    )
}

/** Writes an output whole or not at all. A reader that has gone is no error. */
async function written(output: Output, work: (output: Output) => Promise<void>): Promise<void> {
  try {
    await work(output)
    await output.commit()
  } catch (error) {
    await output.abort()
    if (!output.closed) throw error
  }
}
