import { ConfluentqlError } from '../../errors.ts'
import { lacksOf } from '../../engine/lacks.ts'
import type { Result, Row } from '../../engine/result.ts'
import type { Session } from '../../index.ts'
import { createRenderer } from '../../render/renderer.ts'
import type { Write } from '../../render/types.ts'
import { typeOf } from '../../sql/read-statement.ts'
import { checkResults, checkVariables, givesRows } from './check.ts'
import { changeSetting } from './commands.ts'
import { countsLine } from './counts.ts'
import { setForm } from './forms.ts'
import { close, kept } from './rows.ts'
import { planAll } from '../script/plan-all.ts'
import { DryRun } from './dry-run.ts'
import {
  expandHome,
  isWritten,
  loadProgram,
  type MetaStep,
  type Program,
  type StatementStep,
  type Step,
} from '../script/program.ts'
import { Outputs } from './outputs.ts'
import { errorText, exitStatus, failuresOf, INCOMPLETE, shortMessage, type Script } from '../report.ts'
import { stepError } from '../script/step-error.ts'
import { bindVariables, type Settings } from './settings.ts'
import type { World } from '../world.ts'

/**
 * Runs the statements and meta-commands of scripts. Lives as long as its session, so that settings of meta-commands persist.
 * Prints errors on stderr; `finish` completes the outputs.
 */
export class Runner {
  /** The reader of standard output has closed the pipe. */
  isStdoutClosed = false
  /** The names of the columns of the last result. */
  lastColumns: readonly string[] = []
  readonly #session: Session
  readonly #settings: Settings
  readonly #world: World
  readonly #outputs: Outputs
  readonly #dryRun: DryRun | undefined
  /** A result lacks rows of calls that were left out. */
  #isIncomplete = false
  #steps = 0
  /** The statements that have not been started. */
  #left = 0
  #hasPlaces = false

  constructor(session: Session, settings: Settings, world: World) {
    this.#session = session
    this.#settings = settings
    this.#world = world
    this.#outputs = new Outputs(settings, world)
    // a prompt shows the requests of each statement at once
    this.#dryRun = settings.dryRun && !settings.interactive ? new DryRun() : undefined
  }

  /** What `.output` has set. */
  get outputs(): Pick<Outputs, 'writing' | 'route'> {
    return this.#outputs
  }

  /** Runs a script; resolves with its exit status. */
  async run(script: Script, signal: AbortSignal): Promise<number> {
    return this.runAll([script], signal)
  }

  /** Checks all scripts, then runs them in order; resolves with the exit status. */
  async runAll(scripts: readonly Script[], signal: AbortSignal): Promise<number> {
    let status = 0
    try {
      const programs: Program[] = []
      for (const script of scripts) programs.push(await loadProgram(script, this.#world.env))
      await this.#check(programs)
      const { formats } = this.#settings
      this.#left = programs.flatMap(p => p.steps).filter(isWritten).length
      for (const program of programs) {
        // the formats of a file are for its own results
        this.#settings.formats = formats
        this.#outputs.title = program.title ?? this.#outputs.title
        status = Math.max(status, await this.#runSteps(program.steps, signal))
        if (this.isStdoutClosed || (status > 0 && !this.#settings.continueOnError) || signal.aborted) break
      }
      if (status > 0 && this.#left > 0 && !this.#dryRun)
        this.#notice(`${this.#left} more ${this.#left === 1 ? 'statement was' : 'statements were'} not run`)
    } catch (error) {
      status = this.#fail(error)
    }
    if (this.#settings.interactive) await this.#outputs.pause().catch((error: unknown) => this.#fail(error))
    return status
  }

  async #check(programs: readonly Program[]): Promise<void> {
    checkVariables(programs, this.#settings)
    if (!this.#dryRun)
      await checkResults(programs, this.#outputs.route, this.#session, this.#settings, this.#world.env)
    const steps = programs.flatMap(p => p.steps)
    if (!this.#settings.continueOnError) await planAll(steps, this.#session, this.#settings.variables)
    this.#hasPlaces ||= steps.filter(s => s.kind === 'statement').length > 1
    if (steps.length > 0) await this.#outputs.openMain()
    this.#steps += steps.length
  }

  async #runSteps(steps: readonly Step[], signal: AbortSignal): Promise<number> {
    let status = 0
    for (const step of steps) {
      if (isWritten(step)) this.#left--
      try {
        if (step.kind === 'meta') await this.#runMeta(step)
        else await this.#runStatement(step, signal)
      } catch (error) {
        status = Math.max(status, this.#fail(stepError(error, step)))
        if (this.isStdoutClosed || !this.#settings.continueOnError || signal.aborted) return status
      }
    }
    return status
  }

  async #runMeta(step: MetaStep): Promise<void> {
    const { command, args } = step.call
    const path = args[0] === undefined ? undefined : expandHome(args[0], this.#world.env)
    const { route } = this.#outputs
    const { interactive, counts } = this.#settings
    const context = {
      session: this.#session,
      settings: this.#settings,
      world: this.#world,
      print: (text: string) => {
        this.#world.stderr.write(`${text}\n`)
      },
    }
    if (await changeSetting(step, context)) return
    if (command.name === 'mode' || command.name === 'expanded') {
      const line = setForm(step.call, this.#settings, route)
      // .mode is not a switch, so that only a person needs its answer
      if (args.length === 0 || (command.name === 'mode' ? counts : interactive)) context.print(line)
    }
    if (this.#dryRun) return
    const written = command.name === 'output' ? await this.#outputs.output(path) : undefined
    if (written !== undefined && interactive && counts) context.print(`(${written})`)
    if (command.name === 'once') await this.#outputs.once(path!)
  }

  async #runStatement(step: StatementStep, signal: AbortSignal): Promise<void> {
    const { meter, line, asker, notices } = this.#world
    meter.reset()
    notices?.begin(typeOf(step.piece.tokens) === 'query')
    if (asker) asker.isTyped = step.script.name === undefined
    bindVariables(this.#settings, step.scope)
    line?.start()
    if (this.#dryRun) {
      await this.#dryRun.take(step, this.#session, signal)
      line?.stop()
      return
    }
    /** The rows of a meta-command, which are few. */
    const listed: Row[] = []
    const rows = await this.#result(step, signal, step.after && listed)
    line?.stop()
    const counts = countsLine(rows, this.#settings, this.#world, this.#outputs.last)
    if (counts !== undefined) this.#world.stderr.write(`${counts}\n`)
    const notice = this.#settings.interactive ? step.after?.(listed) : undefined
    if (notice !== undefined) this.#notice(notice)
  }

  /** Runs a statement and writes its result; resolves with the number of rows, undefined if it returns none. */
  async #result(
    step: StatementStep,
    signal: AbortSignal,
    listed: Row[] | undefined,
  ): Promise<number | undefined> {
    let destination = (await givesRows(step, this.#session)) ? this.#outputs.next() : undefined
    let rows: number | undefined
    let result: Result | undefined
    try {
      if (this.#settings.explain) await this.#explain(step, signal)
      result = await this.#session.runPiece(step.sql, step.piece, signal)
      if (result.columns.length > 0) {
        this.lastColumns = result.columns.map(c => c.name)
        destination ??= this.#outputs.next()
        // throws before the header is written if no row was accepted
        if (result.affected?.count === 0) result.finish()
        rows = await this.#outputs.show(
          destination,
          step,
          listed ? { ...result, rows: kept(result.rows, listed) } : result,
        )
      }
      this.#finish(result)
      const lacks = lacksOf(result.leftOut?.() ?? [])
      this.#isIncomplete ||= lacks.length > 0
      this.#printNotices(lacks)
      if (destination && result.columns.length > 0) await this.#outputs.record(destination)
      return rows
    } catch (error) {
      if (destination) await this.#outputs.failed(destination, rows !== undefined)
      throw error
    } finally {
      // the session runs nothing else while a result is open
      if (result) await close(result)
    }
  }

  /** Throws an error that follows the rows of a change; prints the count of the change in either case. */
  #finish(result: Result): void {
    try {
      result.finish()
    } catch (error) {
      if ((result.affected?.count ?? 0) > 0) this.#printAffected(result)
      throw error
    }
    this.#printAffected(result)
  }

  #printAffected({ affected, columns }: Result): void {
    this.#world.line?.clear()
    if (affected && columns.length === 0 && !this.#settings.quiet)
      this.#world.stderr.write(
        `${affected.verb}${affected.count === undefined ? '' : ` ${affected.count}`}\n`,
      )
  }

  async #explain({ sql, piece }: StatementStep, signal: AbortSignal): Promise<void> {
    const plan = await this.#session.explain(sql, piece, signal)
    if (!plan) return
    this.#world.line?.clear()
    const { terminal, stderr } = this.#world
    // an error of stderr could not be reported anyway
    const written: Write = data =>
      new Promise(resolve => {
        stderr.write(data, () => {
          resolve()
        })
      })
    const renderer = createRenderer(
      { format: 'table', header: true, width: terminal?.columns, color: terminal?.color },
      written,
    )
    await renderer.result({}, plan.columns, plan.rows)
    await renderer.end()
  }

  /** Shows notices that were not shown again since they are as before: those given, or all. */
  #printNotices(texts?: readonly string[]): void {
    for (const text of this.#world.notices?.reveal(texts) ?? [])
      this.#world.stderr.write(`notice: ${shortMessage(text)}\n`)
  }

  #fail(error: unknown): number {
    this.#world.line?.stop()
    if (this.#outputs.isStdoutClosed) {
      this.isStdoutClosed = true
      return 0
    }
    // they may explain the error
    this.#printNotices()
    const { terminal, stderr } = this.#world
    for (const one of [...failuresOf(error), error])
      stderr.write(errorText(one, { isShell: this.#settings.interactive, width: terminal?.columns }))
    return exitStatus(error)
  }

  /**
   * Completes the outputs; after a failure discards files, except those with rows that cannot be fetched again.
   * @returns the exit status: `status`, that of a failure here, or INCOMPLETE
   */
  async finish(status: number): Promise<number> {
    if (this.#steps === 0 && status === 0 && !this.#settings.interactive) {
      return this.#fail(
        new ConfluentqlError('USAGE', 'there is no statement to run', {
          hint: 'confluentql "SELECT …", or -f FILE; --help lists the options',
        }),
      )
    }
    let worst = status
    try {
      if (this.#dryRun) await this.#showDry(status)
    } catch (error) {
      worst = Math.max(worst, this.#fail(error))
    }
    await this.#outputs.finish(worst > 0, error => {
      worst = Math.max(worst, this.#fail(error))
      return worst > 0
    })
    return worst === 0 && this.#isIncomplete ? INCOMPLETE : worst
  }

  async #showDry(status: number): Promise<void> {
    if (status > 0 && !this.#settings.continueOnError && !this.#dryRun!.isPartial) return
    await this.#outputs.showDry(this.#dryRun!.table(this.#hasPlaces))
    const { notice } = this.#dryRun!
    if (notice !== undefined) this.#notice(notice)
  }

  #notice(text: string): void {
    if (!this.#settings.quiet) this.#world.stderr.write(`notice: ${text}\n`)
  }
}
