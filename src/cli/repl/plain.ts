import { createInterface, type Interface } from 'node:readline'
import type { Frontend } from './frontend.ts'
import type { Entry } from './line-editor.ts'
import { promptsOf } from './prompts.ts'
import { isComplete } from './scan.ts'
import type { Streams } from './terminal.ts'

/** Lines as they come, for a terminal that cannot move its cursor, or where results go elsewhere. The prompt goes to stderr: it is no result. */
export class PlainFrontend implements Frontend {
  readonly isTerminal = false
  readonly isGone = false
  readonly width = Infinity
  readonly height = Infinity
  readonly #streams: Streams
  readonly #onInterrupt: () => void
  #input: Interface | undefined
  #lines: string[] = []
  #isOver = false
  #text = ''
  #name = ''
  #settle: ((entry: Entry) => void) | undefined
  #answer: ((line: string) => void) | undefined

  constructor(streams: Streams, onInterrupt: () => void) {
    this.#streams = streams
    this.#onInterrupt = onInterrupt
  }

  open(): void {
    this.#input = createInterface({ input: this.#streams.stdin, terminal: false })
    this.#input.on('line', line => {
      if (this.#answer) return this.#answered(line)
      this.#lines.push(line)
      return this.#go()
    })
    this.#input.on('close', () => this.end())
    process.on('SIGINT', this.#interrupt)
  }

  close(): void {
    process.off('SIGINT', this.#interrupt)
    this.#input?.close()
    this.#streams.stdin.pause()
  }

  write(text: string): void {
    this.#streams.stdout.write(text)
  }

  note(text: string): void {
    this.#streams.stderr.write(text)
  }

  ask(question: string): Promise<string> {
    this.note(question)
    return new Promise(resolve => {
      if (this.#isOver) resolve('')
      else this.#answer = resolve
    })
  }

  async lend<T>(use: () => Promise<T>): Promise<T> {
    this.#input?.pause()
    try {
      return await use()
    } finally {
      this.#input?.resume()
    }
  }

  read(name: string, initial = ''): Promise<Entry> {
    this.#name = name
    this.#text = initial === '' ? '' : `${initial}\n`
    this.note(this.#text)
    this.#answered('')
    const entry = new Promise<Entry>(resolve => {
      this.#settle = resolve
    })
    this.#ask()
    this.#go()
    return entry
  }

  end(): void {
    this.#isOver = true
    this.#answered('')
    this.#go()
  }

  #answered(line: string): void {
    const answer = this.#answer
    this.#answer = undefined
    answer?.(line)
  }

  #ask(): void {
    this.note(promptsOf(this.#name, this.#text)(this.#text.split('\n').length - 1))
  }

  #go(): void {
    for (let line = this.#settle && this.#lines.shift(); line !== undefined; line = this.#lines.shift()) {
      this.#text += line
      if (isComplete(this.#text)) return this.#give({ kind: 'text', text: this.#text })
      this.#text += '\n'
      this.#ask()
    }
    if (this.#settle && this.#isOver)
      this.#give(this.#text.trim() === '' ? { kind: 'end' } : { kind: 'text', text: this.#text })
  }

  #give(entry: Entry): void {
    const settle = this.#settle
    this.#settle = undefined
    this.#text = ''
    settle?.(entry)
  }

  readonly #interrupt = (): void => {
    if (this.#answer) {
      this.note('\n')
      return this.#answered('')
    }
    if (!this.#settle) return this.#onInterrupt()
    this.#text = ''
    this.note('\n')
    this.#ask()
  }
}
