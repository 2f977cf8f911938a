import { ConfluentqlError } from '../../errors.ts'
import { lacksOf } from '../../engine/lacks.ts'
import type { Result } from '../../engine/result.ts'
import { withFormats } from '../../render/column-format.ts'
import { visible } from '../../render/display.ts'
import { holdsOne, packingOf } from '../../render/renderer.ts'
import type { Format, RenderOptions } from '../../render/types.ts'
import { screenOptions } from '../render-options.ts'
import type { StatementStep } from '../script/program.ts'
import type { World } from '../world.ts'
import { profileName } from './commands.ts'
import { Document, isDiscarded } from './document.ts'
import { keptText, notWritten, Route, type Target } from './route.ts'
import { afterFirstBatch } from './rows.ts'
import type { Settings } from './settings.ts'

/** A file of results. `isComplete`: it is written; `hasReplaced`: in place of one that had content. */
export interface ResultFile {
  readonly path: string
  readonly isComplete: boolean
  readonly hasReplaced: boolean
}

/** What became of a result. `file`: where it went, unless to standard output or a command. */
export interface LastResult {
  readonly isCut: boolean
  readonly file?: ResultFile
}

/** The target and format of a result. */
export type Destination = ReturnType<Route['next']>

/**
 * The outputs of a run: opens them, writes results and completes them. A file is either complete or unchanged. If an output
 * cannot be opened, the route does not change.
 */
export class Outputs {
  readonly route: Route
  /** The title of the report. */
  title: string | undefined
  readonly #settings: Settings
  readonly #world: World
  readonly #documents = new Map<Target, Document>()
  /** Targets whose last result failed. */
  readonly #failed = new WeakSet<Target>()
  /** Files that were given up since a result failed in the middle of them. */
  readonly #lost = new WeakSet<Target>()
  /** Commands that have stopped reading, as far as that was said. */
  readonly #closed = new WeakSet<Target>()
  /** About the last result: whether cells of it were shortened, and the file that it went to. */
  #last: LastResult = { isCut: false }
  /** A result went to another target than the first. */
  #hasOthers = false

  constructor(settings: Settings, world: World) {
    this.#settings = settings
    this.#world = world
    this.route = new Route(settings, world.terminal !== undefined)
  }

  /** The reader of standard output has closed the pipe. */
  get isStdoutClosed(): boolean {
    return this.#documents.get(this.route.main)?.closed ?? false
  }

  /** The unfinished file that results go to, if it has any. */
  get writing(): string | undefined {
    const { current } = this.route
    return current.results > 0 && this.#documents.has(current) ? current.path : undefined
  }

  get last(): LastResult {
    return this.#last
  }

  /** Opens the first output. @throws ConfluentqlError OUTPUT */
  async openMain(): Promise<void> {
    if (!this.#documents.has(this.route.main)) await this.#open(this.route.main)
  }

  /** `.output`: completes the current file, which the text that it returns says, and switches to another file or command, or back to the first output. @throws ConfluentqlError OUTPUT */
  async output(path: string | undefined): Promise<string | undefined> {
    const { current, main } = this.route
    const written = current.command === undefined ? this.writing : undefined
    const next = this.route.target(path)
    if (path !== undefined) await this.#open(next)
    this.route.output(next)
    if (current === main) return undefined
    const hasReplaced = await this.#complete(current)
    return written && `${written} is written${hasReplaced ? ' over the old one' : ''}`
  }

  /** `.once`: the next result goes to a file or command. @throws ConfluentqlError OUTPUT */
  async once(path: string): Promise<void> {
    const before = this.route.once
    const next = this.route.target(path)
    await this.#open(next, true)
    this.route.once = next
    if (before) await this.#abort(before)
  }

  /** The destination of the next result. @throws ConfluentqlError as `Route.next`; OUTPUT if the file was given up */
  next(): Destination {
    const destination = this.route.next()
    if (this.#lost.has(destination.target)) throw notWritten(destination.target)
    return destination
  }

  /** Writes a result; resolves with its number of rows. Closes the result in any case. */
  async show(
    destination: Destination,
    step: Pick<StatementStep, 'vertical' | 'about' | 'piece'>,
    result: Result,
  ): Promise<number> {
    this.#last = { isCut: false }
    const document = this.#documents.get(destination.target)
    if (!document) throw new ConfluentqlError('OUTPUT', 'there is no output for the result')
    const options = this.#options(destination, step.vertical)
    const rows = await afterFirstBatch(result.rows, packingOf(options))
    const isOfTerminal = destination.target.path === undefined && this.#world.terminal
    if (isOfTerminal || destination.target.command !== undefined) this.#world.line?.stop()
    const lacks = lacksOf(result.leftOut?.() ?? [])
    const shown = await document.result(
      options,
      lacks.length === 0 ? step.about : { ...step.about, lacks },
      withFormats(result.columns, this.#settings.formats),
      rows,
      result.affected !== undefined,
    )
    document.hasChangedRows ||= (result.affected?.count ?? 0) > 0
    if (document.closed) this.#sayClosed(destination.target)
    return shown
  }

  /** Says, once and at a prompt, that the command of `.output` gets nothing more. */
  #sayClosed(target: Target): void {
    if (!this.#settings.interactive || target.command === undefined || target !== this.route.current) return
    if (this.#closed.has(target)) return
    this.#closed.add(target)
    this.#world.stderr.write(
      `notice: the command has stopped reading: ${visible(target.command)}; further results are lost until .output\n`,
    )
  }

  /** Writes the table of a dry run. */
  async showDry({ columns, rows }: Pick<Result, 'columns' | 'rows'>): Promise<void> {
    const { main, format } = this.route
    const options = this.#options({ target: main, format: main.chosen ?? format })
    await this.#documents.get(main)?.result(options, {}, columns, rows)
  }

  /** Records a written result. Completes the file if its format holds only one. */
  async record(destination: Destination): Promise<void> {
    const isOnce = destination.target === this.route.once
    this.#hasOthers ||= destination.target !== this.route.main
    this.route.record(destination)
    const { path, command } = destination.target
    const isComplete = isOnce || (path !== undefined && holdsOne(destination.format))
    const hasReplaced = isComplete && (await this.#complete(destination.target))
    if (path !== undefined && command === undefined)
      this.#last = { ...this.#last, file: { path, isComplete, hasReplaced } }
  }

  /** Records a failed result: its file is not written, and the next result does not go there. `isShown`: all rows had been written. */
  async failed(destination: Destination, isShown: boolean): Promise<void> {
    // keep the file if it has rows of accepted changes
    if (isShown && this.#documents.get(destination.target)?.hasChangedRows)
      return this.record(destination).catch(() => {})
    if (destination.target.path === undefined && this.#world.terminal)
      await this.#documents
        .get(destination.target)
        ?.endLine()
        .catch(() => {})
    this.#failed.add(destination.target)
    if (destination.target !== this.route.once) return this.#restart(destination.target)
    this.route.once = undefined
    await this.#abort(destination.target)
    this.#sayNotWritten(destination.target, '')
  }

  /** After a result that failed midway: begins the file again if it was the first; else it is given up at a prompt, where others may follow. */
  async #restart(target: Target): Promise<void> {
    const document = this.#documents.get(target)
    if (target.path === undefined || target.command !== undefined) return
    if (!document?.isBroken) return
    if (document.hasChangedRows)
      return this.#say(keptText(target, await document.removeBroken().catch(() => false)))
    if (target.results === 0) {
      await this.#abort(target)
      return this.#open(target).catch(() => {
        this.#lost.add(target)
      })
    }
    if (!this.#settings.interactive) return
    this.#lost.add(target)
    await this.#abort(target)
    this.#sayNotWritten(target, ': this result failed in the middle of it, so those before are lost, too')
  }

  #sayNotWritten({ path, command }: Target, why: string): void {
    if (!this.#settings.interactive || path === undefined || command !== undefined) return
    this.#say(`notice: ${visible(path)} is not written${why}\n`)
  }

  #say(text: string): void {
    this.#world.line?.stop()
    this.#world.stderr.write(text)
  }

  /** Ends the document on standard output after an entry of the prompt. */
  async pause(): Promise<void> {
    const { main } = this.route
    if (main.path !== undefined) return
    main.results = 0
    await this.#documents.get(main)?.pause()
  }

  /**
   * Completes the outputs. After a failure discards the files, except those with rows that cannot be fetched again.
   * `onError` reports an error and returns whether the run counts as failed.
   */
  async finish(hasFailed: boolean, onError: (error: unknown) => boolean): Promise<void> {
    let isFailed = hasFailed
    const keepsOthers = this.#settings.continueOnError || this.#settings.interactive
    for (const [target, document] of this.#documents) {
      try {
        const isUnwanted = isFailed && !keepsOthers && !document.hasChangedRows
        if (target === this.route.once || isUnwanted) await document.abort()
        else if (isDiscarded(target, document, this.#failed)) await this.#discard(target, document)
        else {
          const format = target.shown ?? target.chosen ?? this.route.format
          // a file is there even if it is empty; standard output may be that of the commands that got the results
          const isAskedFor = target.path !== undefined || !this.#hasOthers
          await document.end(this.#options({ target, format }), !isFailed && isAskedFor)
        }
      } catch (error) {
        isFailed = onError(error) || isFailed
      }
    }
    this.#documents.clear()
  }

  async #open(target: Target, isOnce = false): Promise<void> {
    this.#documents.set(target, await Document.open(target, this.#world, isOnce))
  }

  /** Completes a file after its last result. Resolves with whether it has replaced one that had content. */
  async #complete(target: Target): Promise<boolean> {
    const document = this.#documents.get(target)
    if (!document || target.path === undefined) return false
    this.#documents.delete(target)
    if (!isDiscarded(target, document, this.#failed)) {
      await document.end(this.#options({ target, format: target.shown ?? 'table' }), true)
      return document.hasReplaced
    }
    await this.#discard(target, document)
    return false
  }

  /** Keeps the previous content of a file. @throws ConfluentqlError OUTPUT if it would have complete results */
  async #discard(target: Target, document: Document): Promise<void> {
    await document.abort()
    if (target.path !== undefined && target.results > 0) throw notWritten(target)
  }

  async #abort(target: Target): Promise<void> {
    const document = this.#documents.get(target)
    this.#documents.delete(target)
    await document?.abort()
  }

  #options(
    { target, format }: { readonly target: Target; readonly format: Format },
    isVertical = false,
  ): RenderOptions {
    const { expanded, header, nullText, delimiter } = this.#settings
    const terminal = target.path === undefined ? this.#world.terminal : undefined
    const profile = profileName(this.#settings, this.#world)
    const { LC_ALL, LC_CTYPE, LANG } = this.#world.env
    return {
      format: format === 'table' && (isVertical || expanded === 'on') ? 'vertical' : format,
      header,
      nullText,
      delimiter,
      ...screenOptions(terminal),
      whole: expanded === 'off',
      onCut: () => {
        this.#last = { ...this.#last, isCut: true }
      },
      ascii: !/utf-?8/.test((LC_ALL || LC_CTYPE || LANG || '').toLowerCase()),
      document: { title: this.title, profile, at: new Date() },
    }
  }
}
