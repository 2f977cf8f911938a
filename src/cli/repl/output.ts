import { visible, widthOf } from '../../render/display.ts'
import type { Sink } from './engine-process.ts'
import { Pager } from './pager.ts'

/** A terminal, or what stands for one. */
export interface Surface {
  readonly width: number
  readonly height: number
  write(text: string): void
  /** Notes, which are no rows. */
  note(text: string): void
  /** Asks for a line, and resolves with it; empty if the user gives up. What was typed before the question is no answer. */
  ask(question: string): Promise<string>
  /** Lets another program have the terminal. */
  lend<T>(use: () => Promise<T>): Promise<T>
}

/** What results are shown on. */
export interface Shown {
  readonly terminal: Surface
  /** The pager's command line. */
  readonly pager: () => string | undefined
  readonly childEnv: () => Promise<NodeJS.ProcessEnv>
  /** Told of a command line that cannot be run. */
  readonly onPagerFailed: (command: string) => void
}

/** The line below the names of a table's columns: what has one is not readable when its lines are broken. */
const TABLE_RULE = /^[-+]+$/
const CLEAR_LINE = '\r\x1b[K'
/** Characters after which a result is shown without waiting for the rest. */
const MOST = 4_000_000

/** The texts of one run: rows that fit go to the screen at its end, more of them to the pager as they come; notes keep their place. */
export class Output implements Sink {
  /** It was told that the run was cancelled. */
  isCancelled = false
  readonly #on: Shown
  #held = ''
  #lines = 0
  #isWide = false
  #notes = ''
  #isProgressShown = false
  #pager: Pager | undefined
  #command = ''
  /** Resolves when the pager has ended and the terminal is ours again. */
  #lent: Promise<void> | undefined

  constructor(on: Shown) {
    this.#on = on
  }

  async rows(text: string): Promise<boolean> {
    if (this.#pager) return (await this.#pager.write(text)) || this.#withoutPager()
    this.#held += text
    const { width, height } = this.#on.terminal
    for (const line of text.split('\n')) {
      this.#lines += Math.max(1, Math.ceil((line.length > width ? widthOf(line) : line.length) / width))
      this.#isWide ||= line.length > width && TABLE_RULE.test(line)
    }
    this.#lines--
    if (this.#lines <= height - 2 && !this.#isWide && this.#held.length < MOST) return true
    const command = this.#on.pager()
    if (command === undefined) {
      this.#flush()
      return true
    }
    return this.#page(command)
  }

  note(text: string): void {
    this.isCancelled ||= /^error: .*\bcancelled$/m.test(text)
    if (this.#held !== '' || this.#pager) this.#notes += text
    else this.#on.terminal.note(text)
  }

  progress(text: string): void {
    if (this.#pager) return
    this.#isProgressShown = text !== CLEAR_LINE
    this.#on.terminal.note(text)
  }

  async ask(question: string): Promise<boolean> {
    this.progress(CLEAR_LINE)
    const answer = await this.#on.terminal.ask(question)
    return /^\s*y(?:es)?\s*$/i.test(answer)
  }

  /** The run is over: shows what is left. */
  async end(): Promise<void> {
    // an engine that was lost did not clear it
    if (this.#isProgressShown) this.#on.terminal.note(CLEAR_LINE)
    this.#isProgressShown = false
    if (this.#pager) await this.#pager.end()
    await this.#withoutPager()
    this.#flush()
    this.#on.terminal.note(this.#notes)
    this.#notes = ''
  }

  #flush(): void {
    this.#on.terminal.write(this.#held)
    this.#held = ''
    this.#lines = 0
  }

  /** Starts the pager once the terminal is given back: less reads its keys as the terminal is when it starts. */
  async #page(command: string): Promise<boolean> {
    const env = await this.#on.childEnv()
    const pager = await new Promise<Pager>(resolve => {
      this.#lent = this.#on.terminal.lend(() => {
        const started = new Pager(command, env)
        resolve(started)
        return started.ended
      })
    })
    this.#pager = pager
    this.#command = command
    const held = this.#held
    this.#held = ''
    return (await pager.write(held)) || this.#withoutPager()
  }

  /** The pager has ended: one that could not be run leaves its text to the screen. Resolves with whether more may come. */
  async #withoutPager(): Promise<boolean> {
    await this.#lent
    this.#lent = undefined
    const unseen = this.#pager?.unseen
    if (unseen === undefined) return false
    this.#pager = undefined
    this.#on.onPagerFailed(this.#command)
    this.#on.terminal.note(
      `notice: the pager could not be run: ${visible(this.#command)}; results are shown without it\n`,
    )
    this.#on.terminal.write(unseen)
    return true
  }
}
