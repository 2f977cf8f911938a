import { createHash } from 'node:crypto'
import { ConfluentqlError } from '../../errors.ts'
import type { Session } from '../../index.ts'
import { visible } from '../../render/display.ts'
import { maskText, maskUrl } from '../../secrets.ts'
import type { CliOptions } from '../args/options.ts'
import { count } from '../count.ts'
import { openSession } from '../open.ts'
import { errorText, exitStatus, INCOMPLETE, withPlace, type Script } from '../report.ts'
import { settingsOf, type Settings } from '../run/settings.ts'
import type { World } from '../world.ts'
import { Dataset, keptOf } from './dataset.ts'
import { levelsOf } from './levels.ts'
import type { Subject, WrittenFile } from './record.ts'
import { isOfDisk, Target } from './target.ts'
import { planExport, sqlOf, unitsOf, type Export, type Unit } from './units.ts'

/** How often files are written again because later ones have values of other types. */
const ROUNDS = 3

/** `confluentql export TABLE|SQL --out DIR`: writes a partitioned data set; returns the exit status. */
export async function exportData(options: CliOptions, world: World, signal: AbortSignal): Promise<number> {
  const settings = settingsOf(options)
  const sandbox = options.sandbox
    ? await (await import('../../local-sandbox.ts')).startProviders(0, process.env, options.sandboxSize)
    : undefined
  const names =
    options.allProfiles || options.profile?.includes(',') ? options.profile!.split(',') : undefined
  const profiles = names && [...new Set(names.map(name => name.trim()))]
  const sessions = (profiles ?? [undefined]).map(profile => ({
    profile,
    session: openSession(options, settings, world, sandbox, profile === undefined ? undefined : [profile]),
  }))
  try {
    const [operand] = options.operands as [string]
    const script = { name: undefined, text: sqlOf(operand) }
    const planned = await planExport(operand, sessions[0]!.session).catch((error: unknown) => {
      throw withPlace(error, script)
    })
    const levels = levelsOf(options.partitionBy, planned.columns, planned.parents, profiles !== undefined)
    keptOf(levels, planned.columns)
    const target = await Target.open(
      options.out!,
      subjectOf(planned, options, sourceOf(options, world, profiles)),
      options.resume,
    )
    try {
      if (target.isComplete) {
        if (!options.quiet) world.stderr.write(`notice: ${visible(target.dir)} is complete already\n`)
        return 0
      }
      const dataset = new Dataset(target, levels, options.format, planned.columns)
      const run = new Run({ planned, levels, dataset, settings, world, signal, script })
      world.line?.start()
      const status = await run.all(sessions)
      world.line?.stop()
      if (status === 0) await target.succeed()
      run.summarize(target.dir, status)
      return status
    } finally {
      await target.close()
    }
  } finally {
    for (const { session } of sessions) await session.close()
    await sandbox?.close()
  }
}

/** What the run is of. Values that are not shown are hashed. */
function subjectOf({ sql, columns }: Export, options: CliOptions, source: string): Subject {
  const { partitionBy, format, variables } = options
  return {
    statement: maskText(sql),
    hash: createHash('sha256')
      .update(JSON.stringify([sql, variables]))
      .digest('hex'),
    partitionBy,
    format,
    source,
    columns: columns.map(({ name, type }) => ({ name, type })),
  }
}

/** Where the rows come from, as far as it can be shown. */
function sourceOf(
  { sandbox, endpoint, profile }: CliOptions,
  { env }: World,
  profiles: readonly string[] | undefined,
): string {
  if (sandbox) return 'the sandbox'
  const name = profiles?.join(',') ?? profile ?? (env['CONFLUENTQL_PROFILE'] || 'default')
  return `profile ${name}${endpoint === undefined ? '' : ` at ${maskUrl(endpoint)}`}`
}

interface Parts {
  readonly planned: Export
  readonly levels: ReturnType<typeof levelsOf>
  readonly dataset: Dataset
  readonly settings: Settings
  readonly world: World
  readonly signal: AbortSignal
  readonly script: Script
}

interface Opened {
  readonly profile: string | undefined
  readonly session: Session
}

/** One run over all profiles. A unit that fails is told, and leaves the others. */
class Run {
  readonly #parts: Parts
  readonly #written: WrittenFile[] = []
  readonly #todo: { readonly unit: Unit; readonly from: Opened }[] = []
  readonly #failures: unknown[] = []
  #kept = 0
  #isIncomplete = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async all(sessions: readonly Opened[]): Promise<number> {
    const { dataset } = this.#parts
    try {
      for (const from of sessions) await this.#find(from)
      const failed = new Set<Unit>()
      const isOpen = (unit: Unit): boolean => !failed.has(unit) && !dataset.isCurrent(dataset.idOf(unit))
      for (let round = 0; round <= ROUNDS; round++) {
        for (const { unit, from } of this.#todo)
          if (isOpen(unit) && !(await this.#write(unit, from))) failed.add(unit)
      }
      if (this.#todo.some(({ unit }) => isOpen(unit)))
        throw new ConfluentqlError('VALUE', 'the types of the columns change each time that they are read', {
          hint: '--resume tries again',
        })
    } catch (error) {
      this.#report(error, '')
    }
    return this.#status()
  }

  /** Finds the units of a profile, and those that are complete. */
  async #find(from: Opened): Promise<void> {
    const { planned, levels, dataset, settings, world, signal } = this.#parts
    // parents that cannot be reached are left out and told, and the export is not complete
    settings.skipUnreachable = true
    try {
      const found = await unitsOf(planned, levels, from.profile, from.session, signal)
      this.#isIncomplete ||= found.isIncomplete
      for (const text of found.unaddressed) this.#say(`notice: not exported, since ${visible(text)}\n`)
      for (const unit of found.units) {
        const complete = dataset.take(dataset.idOf(unit))
        if (complete) this.#kept += complete.length
        this.#todo.push({ unit, from })
      }
    } catch (error) {
      this.#tell(error, from.profile === undefined ? '' : `profile=${from.profile}`)
    } finally {
      // the rows of a partition are all there, or it is not written
      settings.skipUnreachable = false
      world.line?.clear()
    }
  }

  /** Writes a unit; false if it failed. */
  async #write(unit: Unit, { session, profile }: Opened): Promise<boolean> {
    const { dataset, signal } = this.#parts
    try {
      this.#written.push(...(await dataset.write(unit, { session, profile, signal })))
      return true
    } catch (error) {
      this.#tell(error, dataset.idOf(unit))
      return false
    }
  }

  /** Tells why a partition failed. @throws the error if it concerns the others as well */
  #tell(error: unknown, of: string): void {
    if (this.#parts.signal.aborted || isOfDisk(error)) throw error
    this.#report(error, of)
  }

  /** Prints an error, with the partition that it is of. */
  #report(error: unknown, of: string): void {
    this.#failures.push(error)
    this.#parts.world.line?.clear()
    this.#parts.world.stderr.write(errorText(this.#placed(error, of)))
  }

  #placed(error: unknown, of: string): unknown {
    if (of === '' || !(error instanceof ConfluentqlError)) return withPlace(error, this.#parts.script)
    const { code, message, hint, cause } = error
    return new ConfluentqlError(code, `${of}: ${message}`, { ...(hint !== undefined && { hint }), cause })
  }

  #say(text: string): void {
    const { world, settings } = this.#parts
    if (!settings.quiet) world.stderr.write(text)
  }

  #status(): number {
    if (this.#failures.length === 0) return this.#isIncomplete ? INCOMPLETE : 0
    const isReached = this.#written.length + this.#kept > 0
    const isUnreachable = (error: unknown): boolean =>
      error instanceof ConfluentqlError && error.unreachable !== undefined
    if (isReached && this.#failures.every(isUnreachable)) return INCOMPLETE
    return Math.max(...this.#failures.map(exitStatus))
  }

  /** The last line on standard error. */
  summarize(dir: string, status: number): void {
    const paths = new Map(this.#written.map(file => [file.path, file]))
    const rows = [...paths.values()].reduce((n, file) => n + file.rows, 0)
    const kept = this.#kept === 0 ? '' : `, ${count(this.#kept, 'file')} complete before`
    const hint = status === 0 ? '' : '; not complete: run it again with --resume'
    this.#say(
      `${count(paths.size, 'file')}, ${count(rows, 'row')} written to ${visible(dir)}${kept}${hint}\n`,
    )
  }
}
