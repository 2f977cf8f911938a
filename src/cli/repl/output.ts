import { visible, widthOf } from '../../render/display.ts'
import { filled } from '../../render/wrap.ts'
import type { Sink } from './engine-process.ts'
import { forTable, Pager } from './pager.ts'

/** A terminal, or plain streams in its place. */
export interface Surface {
  readonly width: number
  readonly height: number
  write(text: string): void
  /** Writes messages: anything but rows. */
  note(text: string): void
  /** Asks a question and resolves with the answer; empty if the user cancels. Text typed before the question is not part of the answer. */
  ask(question: string): Promise<string>
  /** Releases the terminal to another program while `use` runs. */
  lend<T>(use: () => Promise<T>): Promise<T>
}

/** Where and how a run's output is shown. */
export interface OutputOptions {
  readonly terminal: Surface
  /** The pager's command line; undefined: no pager. */
  readonly pager: () => string | undefined
  readonly childEnv: () => Promise<NodeJS.ProcessEnv>
  /** Called with a command line that cannot be run. */
  readonly onPagerFailed: (command: string) => void
}

/** The rule below a table's header: a table whose lines wrap is not readable. */
const TABLE_RULE = /^[-+]+$/
const CLEAR_LINE = '\r\x1b[K'
/** Characters that are buffered at most before the result is shown. */
const MAX_PENDING = 4_000_000

/** The output of one run. Rows that fit on the screen are written at its end; more go to the pager as they come. Messages keep their place among the rows. */
export class Output implements Sink {
  /** The message that the run was cancelled has been shown. */
  isCancelled = false
  readonly #options: OutputOptions
  #pending = ''
  #lines = 0
  /** The header of a table is wider than the terminal. */
  #isHeaderWide = false
  /** Rows follow such a header: they belong in the pager. */
  #isWide = false
  #notes = ''
  #isProgressShown = false
  #pager: Pager | undefined
  #command = ''
  /** Resolves when the pager has ended and the terminal is open again. */
  #lent: Promise<void> | undefined

  constructor(options: OutputOptions) {
    this.#options = options
  }

  async rows(text: string): Promise<boolean> {
    if (this.#pager) return (await this.#pager.write(text)) || this.#afterPager()
    this.#pending += text
    const { width, height } = this.#options.terminal
    for (const line of text.split('\n')) {
      this.#lines += Math.max(1, Math.ceil((line.length > width ? widthOf(line) : line.length) / width))
      this.#isWide ||= this.#isHeaderWide && line !== ''
      this.#isHeaderWide ||= line.length > width && TABLE_RULE.test(line)
    }
    this.#lines--
    if (this.#lines <= height - 2 && !this.#isWide && this.#pending.length < MAX_PENDING) return true
    const command = this.#options.pager()
    if (command === undefined) {
      this.#flush()
      return true
    }
    return this.#page(command)
  }

  note(text: string): void {
    this.isCancelled ||= /^error: .*\bcancelled$/m.test(text)
    if (this.#pending !== '' || this.#pager) this.#notes += text
    else this.#options.terminal.note(text)
  }

  progress(text: string): void {
    if (this.#pager) return
    this.#isProgressShown = text !== CLEAR_LINE
    this.#options.terminal.note(text)
  }

  async ask(question: string): Promise<boolean> {
    this.progress(CLEAR_LINE)
    const { terminal } = this.#options
    const room = (line: number): number => terminal.width - (line === 0 ? 1 : 3)
    const shown = question.split('\n').map(line => filled(line.split(' '), room).join('\n  '))
    const answer = await terminal.ask(shown.join('\n'))
    return /^\s*y(?:es)?\s*$/i.test(answer)
  }

  /** The run has ended: writes the rest. */
  async end(): Promise<void> {
    // a lost engine did not clear it
    if (this.#isProgressShown) this.#options.terminal.note(CLEAR_LINE)
    this.#isProgressShown = false
    if (this.#pager) await this.#pager.end()
    await this.#afterPager()
    this.#flush()
    this.#options.terminal.note(this.#notes)
    this.#notes = ''
  }

  #flush(): void {
    this.#options.terminal.write(this.#pending)
    this.#pending = ''
    this.#lines = 0
    this.#isHeaderWide = this.#isWide = false
  }

  /** The lines of the title, the names and the rule of a table; 0 if it is none. */
  #headerLines(): number {
    return this.#pending.split('\n', 3).findIndex(line => TABLE_RULE.test(line)) + 1
  }

  /** Starts the pager after the terminal has left raw mode: less takes over the terminal's mode at its start. */
  async #page(command: string): Promise<boolean> {
    const env = await this.#options.childEnv()
    const line = forTable(command, this.#headerLines(), env)
    const pager = await new Promise<Pager>(resolve => {
      this.#lent = this.#options.terminal.lend(() => {
        const started = new Pager(line, env)
        resolve(started)
        return started.ended
      })
    })
    this.#pager = pager
    this.#command = command
    const pending = this.#pending
    this.#pending = ''
    return (await pager.write(pending)) || this.#afterPager()
  }

  /** Called when the pager has ended. If it could not be run, writes its text to the screen and resolves with true: more may follow. */
  async #afterPager(): Promise<boolean> {
    await this.#lent
    this.#lent = undefined
    const unseen = this.#pager?.unseen
    if (unseen === undefined) return false
    this.#pager = undefined
    this.#options.onPagerFailed(this.#command)
    this.#options.terminal.note(
      `notice: the pager could not be run: ${visible(this.#command)}; results are shown without it\n`,
    )
    this.#options.terminal.write(unseen)
    return true
  }
}
