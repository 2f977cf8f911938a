import { createInterface, type Interface } from 'node:readline'
import type { Frontend } from './frontend.ts'
import type { PromptInput } from './line-editor.ts'
import { promptsOf } from './prompts.ts'
import { isComplete } from './scan.ts'
import type { Streams } from './terminal.ts'

/** Reads plain lines, where the terminal cannot move its cursor or stdout is not a terminal. The prompt goes to stderr, since it is not a result. */
export class PlainFrontend implements Frontend {
  readonly isTerminal = false
  readonly isGone = false
  readonly width = Infinity
  readonly height = Infinity
  readonly #streams: Streams
  readonly #onInterrupt: () => void
  #input: Interface | undefined
  #lines: string[] = []
  #isEnded = false
  #text = ''
  #name = ''
  #settle: ((entry: PromptInput) => void) | undefined
  #answer: ((line: string) => void) | undefined

  constructor(streams: Streams, onInterrupt: () => void) {
    this.#streams = streams
    this.#onInterrupt = onInterrupt
  }

  open(): void {
    this.#input = createInterface({ input: this.#streams.stdin, terminal: false })
    this.#input.on('line', line => {
      if (this.#answer) return this.#resolveAnswer(line)
      this.#lines.push(line)
      return this.#readLines()
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
      if (this.#isEnded) resolve('')
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

  read(name: string, initial = ''): Promise<PromptInput> {
    this.#name = name
    this.#text = initial === '' ? '' : `${initial}\n`
    this.note(this.#text)
    this.#resolveAnswer('')
    const entry = new Promise<PromptInput>(resolve => {
      this.#settle = resolve
    })
    this.#showPrompt()
    this.#readLines()
    return entry
  }

  end(): void {
    this.#isEnded = true
    this.#resolveAnswer('')
    this.#readLines()
  }

  #resolveAnswer(line: string): void {
    const answer = this.#answer
    this.#answer = undefined
    answer?.(line)
  }

  #showPrompt(): void {
    this.note(promptsOf(this.#name, this.#text)(this.#text.split('\n').length - 1))
  }

  #readLines(): void {
    for (let line = this.#settle && this.#lines.shift(); line !== undefined; line = this.#lines.shift()) {
      this.#text += line
      if (isComplete(this.#text)) return this.#resolveRead({ kind: 'text', text: this.#text })
      this.#text += '\n'
      this.#showPrompt()
    }
    if (!this.#settle || !this.#isEnded) return
    // it may have been cut off by a lost connection, without its last conditions
    if (this.#text.trim() !== '') this.note('(the entry is not run, since no ; has ended it)\n')
    this.#resolveRead({ kind: 'end' })
  }

  #resolveRead(entry: PromptInput): void {
    const settle = this.#settle
    this.#settle = undefined
    this.#text = ''
    settle?.(entry)
  }

  readonly #interrupt = (): void => {
    if (this.#answer) {
      this.note('\n')
      return this.#resolveAnswer('')
    }
    if (!this.#settle) return this.#onInterrupt()
    this.#text = ''
    this.note('\n')
    this.#showPrompt()
  }
}
