import { ConfluentqlError } from '../../errors.ts'
import type { Session } from '../../index.ts'
import { visible } from '../../render/display.ts'
import { isKeptName } from '../../sql/definition.ts'
import type { CliOptions } from '../args/options.ts'
import { count } from '../count.ts'
import { distinct } from '../diff/types.ts'
import { checkVariables } from '../run/check.ts'
import { changeSetting } from '../run/commands.ts'
import { placed, planReads } from '../run/plan-reads.ts'
import { bindVariables, type Settings } from '../run/settings.ts'
import { loadProgram, type MetaStep, type Program, type StatementStep } from '../script/program.ts'
import { readScripts } from '../script/scripts.ts'
import { stepError } from '../script/step-error.ts'
import type { World } from '../world.ts'
import { AT, FROM, isDatabase, ROW, tableNameOf, UNTIL, type Writer } from './store.ts'

/** Seconds for which a list that several results read is read once. */
const CACHE_SECONDS = 600

/** What a run does in order: results to keep, definitions, settings. */
type SnapshotStep =
  MetaStep | { readonly kind: 'run'; readonly step: StatementStep; readonly table: string | undefined }

/**
 * `confluentql snapshot`: keeps the titled results of scripts with the time of the run; returns the exit status.
 * @throws ConfluentqlError; nothing is then kept
 */
export async function snapshot(
  session: Session,
  options: CliOptions,
  settings: Settings,
  world: World,
  signal: AbortSignal,
): Promise<number> {
  const programs: Program[] = []
  for (const script of await readScripts(options, world)) programs.push(await loadProgram(script, world.env))
  checkVariables(programs, settings)
  const steps: SnapshotStep[] = []
  for (const program of programs) steps.push(...(await stepsOf(program, session, settings)))
  checkNames(steps)
  settings.cache ??= CACHE_SECONDS
  const writer = await writerFor(options.to!, world)
  try {
    const told: string[] = []
    for (const step of steps) {
      if (step.kind === 'meta') {
        const print = (text: string): void => void world.stderr.write(`${text}\n`)
        await changeSetting(step, { session, settings, world, print })
        continue
      }
      const rows = await runStep(step, session, settings, writer, world, signal).catch((error: unknown) => {
        throw stepError(error, step.step)
      })
      if (step.table !== undefined) told.push(`${step.table} (${count(rows, 'row')})`)
    }
    const { at } = writer
    const oldest = options.keep === undefined ? undefined : new Date(at.getTime() - options.keep)
    const removed = await writer.commit(oldest)
    if (!options.quiet) {
      world.stderr.write(`${visible(options.to!)} at ${at.toISOString()}: ${told.join(', ')}\n`)
      if (removed > 0) world.stderr.write(`${count(removed, 'older snapshot')} removed\n`)
    }
    return 0
  } catch (error) {
    await writer.abort()
    throw error
  }
}

async function writerFor(to: string, world: World): Promise<Writer> {
  if (isDatabase(to)) return (await import('./sqlite-writer.ts')).sqliteWriter(to, () => new Date())
  return (await import('./parquet.ts')).parquetWriter(to, new Date(), world)
}

async function stepsOf(program: Program, session: Session, settings: Settings): Promise<SnapshotStep[]> {
  return (await planReads(program, 'snapshot', session, settings)).map((found): SnapshotStep => {
    if ('kind' in found) return found
    const { step, plan } = found
    if (plan === undefined || plan.kind === 'local') return { kind: 'run', step, table: undefined }
    const title = step.about.title
    const table = title === undefined ? '' : tableNameOf(title)
    if (table === '')
      throw placed(
        step.script,
        step.at,
        'the result has no title, which would be the name of its table',
        'write -- title: … above it',
      )
    if (!isKeptName(table))
      throw placed(
        step.script,
        step.at,
        `the result cannot have the table ${table}: the name belongs to SQLite or confluentql`,
        'give it another title',
      )
    return { kind: 'run', step, table }
  })
}

function checkNames(steps: readonly SnapshotStep[]): void {
  const seen = new Set<string>()
  for (const one of steps) {
    if (one.kind === 'meta' || one.table === undefined) continue
    if (seen.has(one.table))
      throw placed(
        one.step.script,
        one.step.at,
        `two results have the table ${one.table}`,
        'give them different titles',
      )
    seen.add(one.table)
  }
  if (seen.size === 0)
    throw new ConfluentqlError('USAGE', 'there is no result to keep', {
      hint: 'write a SELECT with a comment above it: -- title: API keys',
    })
}

async function runStep(
  { step, table }: Exclude<SnapshotStep, MetaStep>,
  session: Session,
  settings: Settings,
  writer: Writer,
  { meter, line }: World,
  signal: AbortSignal,
): Promise<number> {
  meter.reset()
  bindVariables(settings, step.scope)
  line?.start()
  try {
    const result = await session.runPiece(step.sql, step.piece, signal)
    if (table === undefined) {
      for await (const row of result.rows) void row
      result.finish()
      return 0
    }
    const names = result.columns.map(c => c.name.toLowerCase())
    const own = [AT, ROW, FROM, UNTIL].find(name => names.includes(name))
    if (own !== undefined)
      throw new ConfluentqlError('USAGE', `the result has a column ${own}, which is one of the snapshots`, {
        hint: 'give it another name, with AS',
      })
    distinct(names, 'the result')
    const rows = await writer.write(table, step.about, result)
    result.finish()
    return rows
  } finally {
    line?.stop()
  }
}
