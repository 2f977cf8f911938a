import { ConfluentqlError } from '../../errors.ts'
import { rowsOf, type Result, type Rows } from '../../engine/result.ts'
import type { Session } from '../../index.ts'
import { createRenderer, holdsOne, takesPacked } from '../../render/renderer.ts'
import type { RenderOptions, Write } from '../../render/types.ts'
import { checkResults, checkVariables, givesRows } from '../script/check.ts'
import { planAll } from '../script/plan-all.ts'
import { changeSetting, modeOf, profileName } from './commands.ts'
import { Document } from './document.ts'
import { DryRun } from './dry-run.ts'
import {
  homely,
  loadProgram,
  type MetaStep,
  type Program,
  type StatementStep,
  type Step,
} from '../script/program.ts'
import { errorText, exitStatus, type Script } from '../report.ts'
import { stepError } from '../script/step-error.ts'
import { Route, type Target } from './route.ts'
import type { Settings } from './settings.ts'
import { count } from '../count.ts'
import { boundValues } from '../script/variables.ts'
import type { World } from '../world.ts'

type Way = ReturnType<Route['next']>

/**
 * Runs scripts: their statements and meta-commands. One lives as long as its session, so that what meta-commands have
 * set holds until the end. Errors are told on stderr; `finish` completes the outputs.
 */
export class Runner {
  /** Nobody reads standard output any more. */
  isOver = false
  readonly #session: Session
  readonly #settings: Settings
  readonly #world: World
  readonly #route: Route
  readonly #documents = new Map<Target, Document>()
  /** Of which a result did not come. */
  readonly #missing = new WeakSet<Target>()
  readonly #dry: DryRun | undefined
  #steps = 0
  #title: string | undefined
  #hasPlaces = false

  constructor(session: Session, settings: Settings, world: World) {
    this.#session = session
    this.#settings = settings
    this.#world = world
    this.#route = new Route(settings)
    // at a prompt each request is shown when its statement was entered
    this.#dry = settings.dryRun && !settings.interactive ? new DryRun() : undefined
  }

  /** The file that results go to, if it has some that only its end makes whole. */
  get writing(): string | undefined {
    const { current } = this.#route
    return current.results > 0 && this.#documents.has(current) ? current.path : undefined
  }

  /** Runs a script; resolves with the exit status that it makes. */
  async run(script: Script, signal: AbortSignal): Promise<number> {
    return this.runAll([script], signal)
  }

  /** Runs scripts one after the other, if nothing can be found wrong with any of them before. */
  async runAll(scripts: readonly Script[], signal: AbortSignal): Promise<number> {
    let status = 0
    try {
      const programs: Program[] = []
      for (const script of scripts) programs.push(await loadProgram(script, this.#world.env))
      await this.#check(programs)
      for (const program of programs) {
        this.#title = program.title ?? this.#title
        status = Math.max(status, await this.#program(program.steps, signal))
        if (this.isOver || (status > 0 && !this.#settings.keepGoing)) break
      }
    } catch (error) {
      status = this.#fail(error)
    }
    if (this.#settings.interactive) await this.#pause()
    return status
  }

  async #check(programs: readonly Program[]): Promise<void> {
    checkVariables(programs, this.#settings)
    if (!this.#dry) await checkResults(programs, this.#route, this.#session, this.#settings, this.#world.env)
    const steps = programs.flatMap(p => p.steps)
    if (!this.#settings.keepGoing) await planAll(steps, this.#session, this.#settings.variables)
    this.#hasPlaces ||= steps.filter(s => s.kind === 'statement').length > 1
    if (steps.length > 0 && !this.#documents.has(this.#route.main)) await this.#open(this.#route.main)
    this.#steps += steps.length
  }

  async #program(steps: readonly Step[], signal: AbortSignal): Promise<number> {
    let status = 0
    for (const step of steps) {
      try {
        if (step.kind === 'meta') await this.#meta(step)
        else await this.#statement(step, signal)
      } catch (error) {
        status = Math.max(status, this.#fail(stepError(error, step)))
        if (this.isOver || !this.#settings.keepGoing || signal.aborted) return status
      }
    }
    return status
  }

  async #meta(step: MetaStep): Promise<void> {
    const { command, args } = step.call
    const path = args[0] === undefined ? undefined : homely(args[0], this.#world.env)
    const acting = {
      session: this.#session,
      settings: this.#settings,
      world: this.#world,
      say: (text: string) => {
        this.#world.stderr.write(`${text}\n`)
      },
    }
    if (await changeSetting(step, acting)) return
    if (command.name === 'mode') {
      const format = modeOf(step)
      if (format !== undefined) this.#route.mode(format)
      this.#settings.format = this.#route.format
      if (format === undefined) acting.say(`mode: ${this.#route.format}`)
    }
    if (this.#dry) return
    if (command.name === 'output') {
      await this.#end(this.#route.current)
      const target = this.#route.output(path)
      if (path !== undefined) await this.#open(target)
    }
    if (command.name === 'once') {
      if (this.#route.once) await this.#abort(this.#route.once)
      await this.#open(this.#route.onceTo(path!))
    }
  }

  async #statement(step: StatementStep, signal: AbortSignal): Promise<void> {
    const { meter, line } = this.#world
    meter.reset()
    this.#bind(step)
    line?.start()
    if (this.#dry) {
      await this.#dry.take(step, this.#session, signal)
      line?.stop()
      return
    }
    let way = (await givesRows(step, this.#session)) ? this.#route.next() : undefined
    let rows: number | undefined
    try {
      if (this.#settings.explain) await this.#explain(step, signal)
      const result = await this.#session.runPiece(step.sql, step.piece, signal)
      if (result.columns.length > 0) {
        way ??= this.#route.next()
        rows = await this.#show(way, step, result)
      }
      this.#finish(result)
      if (way && result.columns.length > 0) await this.#took(way)
    } catch (error) {
      // a change of which nothing was accepted has no answer that would be worth a file
      if (way && (rows === undefined || !this.#documents.get(way.target)?.isPrecious)) await this.#missed(way)
      else if (way) await this.#took(way).catch(() => {})
      throw error
    }
    line?.stop()
    this.#tellCount(rows)
    if (rows === 0 && step.ifEmpty !== undefined && this.#settings.interactive && !this.#settings.quiet)
      this.#world.stderr.write(`notice: ${step.ifEmpty}\n`)
  }

  /** Gives the session the values of variables as they are where the statement stands. */
  #bind({ scope }: StatementStep): void {
    const { variables, bound } = this.#settings
    for (const name of Object.keys(bound)) delete bound[name]
    Object.assign(bound, boundValues(scope, variables))
  }

  async #show(way: Way, step: StatementStep, result: Result): Promise<number> {
    const rows = await begun(result.rows, takesPacked(way.format))
    if (way.target.path === undefined && this.#world.terminal) this.#world.line?.stop()
    const document = this.#documents.get(way.target)!
    const shown = await document.result(this.#options(way, step.vertical), step.about, result.columns, rows)
    document.isPrecious ||= (result.affected?.count ?? 0) > 0
    return shown
  }

  /** What went wrong after the rows of a change; its count is told either way. */
  #finish(result: Result): void {
    try {
      result.finish()
    } catch (error) {
      if ((result.affected?.count ?? 0) > 0) this.#tell(result)
      throw error
    }
    this.#world.line?.clear()
    this.#tell(result)
  }

  #tell({ affected, columns }: Result): void {
    if (affected && columns.length === 0 && !this.#settings.quiet)
      this.#world.stderr.write(
        `${affected.verb}${affected.count === undefined ? '' : ` ${affected.count}`}\n`,
      )
  }

  /** A result is where it belongs: what can hold no other is complete. */
  async #took(way: Way): Promise<void> {
    const isOnce = way.target === this.#route.once
    this.#route.took(way)
    if (isOnce || (way.target.path !== undefined && holdsOne(way.format))) await this.#end(way.target)
  }

  /** A result did not come: its file is not written, and the next result does not take its place. */
  async #missed(way: Way): Promise<void> {
    this.#missing.add(way.target)
    if (way.target !== this.#route.once) return
    this.#route.once = undefined
    await this.#abort(way.target)
  }

  async #explain({ sql, piece }: StatementStep, signal: AbortSignal): Promise<void> {
    const plan = await this.#session.explain(sql, piece, signal)
    if (!plan) return
    this.#world.line?.clear()
    const { terminal, stderr } = this.#world
    // what a failed write would tell is lost as well
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

  #options({ target, format }: Way, isVertical = false): RenderOptions {
    const { expanded, header, nullText, delimiter } = this.#settings
    const terminal = target.path === undefined ? this.#world.terminal : undefined
    const profile = profileName(this.#settings, this.#world)
    const { LC_ALL, LC_CTYPE, LANG } = this.#world.env
    return {
      format: format === 'table' && (isVertical || expanded === 'on') ? 'vertical' : format,
      header,
      nullText,
      delimiter,
      width: terminal?.columns,
      color: terminal?.color,
      expand: expanded === 'auto',
      ascii: !/utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || ''),
      document: { title: this.#title, profile, at: new Date() },
    }
  }

  /** Rows, requests, what came from the cache, and time. */
  #tellCount(rows: number | undefined): void {
    const { meter, stderr } = this.#world
    const { timer, quiet } = this.#settings
    if (!timer && (meter.cached === 0 || quiet)) return
    const parts = [
      ...(rows === undefined ? [] : [count(rows, 'row')]),
      ...(meter.requests === 0 ? [] : [count(meter.requests, 'request')]),
    ]
    if (meter.cached > 0) parts.push(`${count(meter.cached, 'request')} from the cache`)
    if (timer) parts.push(`${(meter.ms / 1000).toFixed(2)} s`)
    if (parts.length > 0) stderr.write(`(${parts.join(', ')})\n`)
  }

  #fail(error: unknown): number {
    this.#world.line?.stop()
    if (this.#documents.get(this.#route.main)?.closed) {
      this.isOver = true
      return 0
    }
    for (const one of failuresOf(error)) this.#world.stderr.write(errorText(one))
    this.#world.stderr.write(errorText(error))
    return exitStatus(error)
  }

  async #open(target: Target): Promise<void> {
    this.#documents.set(target, await Document.open(target.path, this.#world.stdout))
  }

  /** Completes a file that results no longer go to; the main output waits for the end. */
  async #end(target: Target): Promise<void> {
    const document = this.#documents.get(target)
    if (!document || (target === this.#route.main && target.path === undefined)) return
    if (target === this.#route.main && target.results === 0) return
    this.#documents.delete(target)
    if (this.#isGivenUp(target, document)) await document.abort()
    else await document.end(this.#options({ target, format: target.shown ?? 'table' }), true)
  }

  /** Nothing whole is in it: what was there before is better. */
  #isGivenUp(target: Target, document: Document): boolean {
    return (
      !document.isPrecious
      && (document.isBroken
        || (target.path !== undefined && target.results === 0 && this.#missing.has(target)))
    )
  }

  async #abort(target: Target): Promise<void> {
    const document = this.#documents.get(target)
    this.#documents.delete(target)
    await document?.abort()
  }

  async #pause(): Promise<void> {
    const { main } = this.#route
    if (main.path !== undefined) return
    main.results = 0
    await this.#documents
      .get(main)
      ?.pause()
      .catch((error: unknown) => this.#fail(error))
  }

  /** Completes the outputs, or takes back what a failed run wrote to files, unless it cannot be had again. @returns the exit status */
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
      if (this.#dry) await this.#showDry(status)
    } catch (error) {
      worst = Math.max(worst, this.#fail(error))
    }
    for (const [target, document] of this.#documents) {
      try {
        const isGivenUp =
          target === this.#route.once
          || (worst > 0
            && (this.#isGivenUp(target, document)
              || (!document.isPrecious && !(this.#settings.keepGoing || this.#settings.interactive))))
        if (isGivenUp) await document.abort()
        else
          await document.end(
            this.#options({ target, format: target.shown ?? target.chosen ?? this.#route.format }),
            worst === 0,
          )
      } catch (error) {
        worst = Math.max(worst, this.#fail(error))
      }
    }
    this.#documents.clear()
    return worst
  }

  async #showDry(status: number): Promise<void> {
    if (status > 0 && !this.#settings.keepGoing) return
    const way = { target: this.#route.main, format: this.#route.main.chosen ?? this.#route.format }
    const { columns, rows } = this.#dry!.table(this.#hasPlaces)
    await this.#documents.get(way.target)?.result(this.#options(way), {}, columns, rows)
    const tell = (text: string): void => {
      if (!this.#settings.quiet) this.#world.stderr.write(`notice: ${text}\n`)
    }
    if (this.#dry!.changes === 0) tell('no statement would change anything')
    if (this.#dry!.changes > 1)
      tell('nothing was sent: each statement was planned without what those before it would have changed')
  }
}

/** The rows, once the first are there: what fails before them leaves no header of an answer that never came. */
async function begun(rows: Rows, packed: boolean): Promise<Rows> {
  const iterator = rows.batches(packed)[Symbol.asyncIterator]()
  const first = await iterator.next()
  return rowsOf(async function* () {
    try {
      for (let next = first; next.done !== true; next = await iterator.next()) yield next.value
    } finally {
      await iterator.return?.()
    }
  })
}

/** The errors of single rows that an error sums up. */
function failuresOf(error: unknown): readonly ConfluentqlError[] {
  return error instanceof ConfluentqlError ? error.failures : []
}
