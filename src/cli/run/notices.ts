import { shortMessage } from '../report.ts'

const TIME = /\d{4}-\d\d-\d\dT[\d:.]+Z/g

/**
 * The notices of a shell. One that a query repeats is counted instead of shown again, unless it was about something else: a
 * notice with another text, but for a time in it.
 */
export class Notices {
  readonly #told = new Set<string>()
  #isQuery = false
  /** The notices of the last statement. */
  #all: string[] = []
  #repeated: string[] = []

  /** A statement begins. `isQuery`: it only reads. */
  begin(isQuery: boolean): void {
    this.#isQuery = isQuery
    this.#all = []
    this.#repeated = []
  }

  /** Records a notice of the statement; returns whether it is to be shown. */
  take(text: string): boolean {
    const key = text.replace(TIME, '')
    const isRepeated = this.#isQuery && this.#told.has(key)
    this.#told.add(key)
    this.#all.push(text)
    if (isRepeated) this.#repeated.push(text)
    return !isRepeated
  }

  /** Those of the statement that have not been shown, of the given texts or all: now they are. */
  reveal(texts: readonly string[] = this.#repeated): string[] {
    const shown = this.#repeated.filter(text => texts.includes(text))
    this.#repeated = this.#repeated.filter(text => !texts.includes(text))
    return shown
  }

  /** `2 notices as before: .notices`; undefined if all were shown. */
  get summary(): string | undefined {
    const n = this.#repeated.length
    return n === 0 ? undefined : `${n} ${n === 1 ? 'notice' : 'notices'} as before: .notices`
  }

  /** The text of `.notices`. */
  get list(): string {
    return this.#all.length === 0
      ? 'the last statement had no notices\n'
      : this.#all.map(text => `notice: ${shortMessage(text)}\n`).join('')
  }
}
