import { ConfluentqlError } from '../../errors.ts'
import { visible } from '../../render/display.ts'
import { checkResultCount, extensionsOf, formatOf, holdsOne, isBinary } from '../../render/renderer.ts'
import type { Format } from '../../render/types.ts'
import type { Settings } from './settings.ts'

/** A target of results: a file or standard output. */
export interface Target {
  readonly path: string | undefined
  /** The command that reads the results, if there is one: `path` is then `| command`. */
  readonly command?: string | undefined
  /** The format chosen for it. */
  chosen: Format | undefined
  /** The format of its current document, and the number of results in it. */
  shown: Format | undefined
  results: number
}

/** The command of `.output | command` and `.once | command`. */
export function pipeCommand(path: string): string | undefined {
  return /^\|\s*(.*)$/s.exec(path)?.[1]
}

/** The target and format of the next result, as set by `.mode`, `.output` and `.once`. Does not touch files. */
export class Route {
  readonly main: Target
  current: Target
  once: Target | undefined
  #format: Format
  /** The format was chosen by the command line or `.mode`, not by default. */
  #isGiven: boolean
  readonly #isTerminal: boolean

  /** `isTerminal`: standard output is a terminal, to which binary formats are not written. */
  constructor({ format, out }: Pick<Settings, 'format' | 'out'>, isTerminal: boolean) {
    this.#isTerminal = isTerminal
    this.main = { path: out, chosen: out === undefined ? undefined : format, shown: undefined, results: 0 }
    this.current = this.main
    this.#format = out === undefined ? format : 'table'
    this.#isGiven = out === undefined && format !== 'table'
  }

  /** A copy with the same state, to check a script before it runs. */
  copy(): Route {
    const other = new Route({ format: this.#format, out: undefined }, this.#isTerminal)
    const main = { ...this.main }
    return Object.assign(Object.defineProperty(other, 'main', { value: main }), {
      current: this.current === this.main ? main : { ...this.current },
      once: this.once && { ...this.once },
    })
  }

  /** The format of standard output. */
  get format(): Format {
    return this.#format
  }

  /** The commands that send the following results to a file or a command. A file that is complete, since its format holds one result, gets no more. */
  get commands(): readonly string[] {
    return [
      ...(this.once ? [`.once ${this.once.path}`] : []),
      ...(this.current === this.main || isFull(this.current) ? [] : [`.output ${this.current.path}`]),
    ]
  }

  /** `.mode`: sets the format of standard output and of the current file. */
  mode(format: Format): void {
    const target = this.once ?? this.current
    if (
      target.path !== undefined
      && target.results > 0
      && target.shown !== format
      && !isPage(target.shown, format)
    ) {
      throw new ConfluentqlError('OUTPUT', `${target.path} has a result as ${target.shown} already`, {
        hint: 'begin another file with .output before .mode',
      })
    }
    if (target.path === undefined) this.#checkTerminal(format)
    this.#format = format
    this.#isGiven = true
    if (target.path !== undefined) target.chosen = format
  }

  /** A new target for a file or a command; without a path, the initial target. */
  target(path: string | undefined): Target {
    if (path === undefined) return this.main
    const command = pipeCommand(path)
    return { path, command, chosen: undefined, shown: undefined, results: 0 }
  }

  /** Checks that a target has a format, which no later `.mode` is waited for. @throws ConfluentqlError USAGE */
  checkFormat(target: Target): void {
    this.#formatFor(target)
  }

  /** `.output`: sets the target of the following results. */
  output(target: Target): void {
    this.current = target
  }

  /** The destination of the next result. @throws ConfluentqlError OUTPUT if the target can hold no more results, USAGE if its format is unknown */
  next(): { readonly target: Target; readonly format: Format } {
    const target = this.once ?? this.current
    const format = this.#formatFor(target)
    if (target.path === undefined) this.#checkTerminal(format)
    if (target.path !== undefined && target !== this.main) checkRoom(target.path, format, target.results)
    else
      checkResultCount(format, target.path === undefined && target.shown !== format ? 1 : target.results + 1)
    return { target, format }
  }

  /** Records that a result was written there, or would be. */
  record({ target, format }: { readonly target: Target; readonly format: Format }): void {
    target.results = target.path === undefined && target.shown !== format ? 1 : target.results + 1
    target.shown = format
    if (target === this.once) this.once = undefined
  }

  #checkTerminal(format: Format): void {
    if (!this.#isTerminal || !isBinary(format)) return
    const [extension = ''] = extensionsOf(format)
    throw new ConfluentqlError('OUTPUT', `${format} is not text, and results go to the terminal`, {
      hint: `name a file first: .once report${extension}, or .output report${extension}`,
    })
  }

  #formatFor({ path, command, chosen }: Target): Format {
    if (path === undefined) return this.#format
    if (chosen !== undefined) return chosen
    if (command !== undefined) return this.#format
    try {
      return formatOf(path)
    } catch (error) {
      if (this.#isGiven) return this.#format
      throw error
    }
  }
}

/** Whether a file has the only result that its format holds. */
function isFull({ shown, command }: Target): boolean {
  return command === undefined && shown !== undefined && holdsOne(shown)
}

function checkRoom(path: string, format: Format, results: number): void {
  if (results === 0 || !holdsOne(format)) return
  throw new ConfluentqlError('OUTPUT', `${path} already has a result: ${format} holds only one`, {
    hint: 'name another file with .output or .once; .output alone ends this one',
  })
}

/** The error of a file that keeps its previous content, since a result of it was cut. */
export function notWritten({ path }: Target): ConfluentqlError {
  return new ConfluentqlError('OUTPUT', `${path} was not written: a result failed in the middle of it`, {
    hint: 'run its statements again, each with a file of its own (.once FILE)',
  })
}

/** What is said of a file that is kept for rows of accepted changes, which cannot be read again, after a later result failed midway. */
export function keptText({ path }: Target, isRemoved: boolean): string {
  const rest = isRemoved ? 'without rows' : 'with the first rows'
  return `notice: ${visible(path!)} is kept for its rows of RETURNING, ${rest} of this result, which failed in the middle\n`
}

/** Whether two formats can follow each other in one file. */
function isPage(...formats: readonly (Format | undefined)[]): boolean {
  return formats.every(f => f === 'table' || f === 'vertical')
}
