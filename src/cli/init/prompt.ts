import type { Writable } from 'node:stream'
import type { ReadStream } from 'node:tty'
import { ConfluentqlError } from '../../errors.ts'

const CTRL_C = '\x03'
const CTRL_D = '\x04'
const CTRL_U = '\x15'
const BACKSPACE = /[\b\x7f]/
/** An arrow or another key that is several characters. */
const KEY = /^\x1b(?:\[[0-9;?]*[@-~]|O.|.)?/s

/**
 * Asks questions on a terminal, which is raw from `open` to `close`: the terminal itself then shows nothing that is
 * typed, not even what is pasted before its question is asked, and the answers to secret questions are not shown at all.
 */
export class Prompt {
  readonly #input: ReadStream
  readonly #output: Writable
  readonly #signal: AbortSignal
  /** Typed and not yet read. */
  #typed = ''
  #isOver = false
  #wake: (() => void) | undefined

  constructor(input: ReadStream, output: Writable, signal: AbortSignal) {
    this.#input = input
    this.#output = output
    this.#signal = signal
  }

  open(): void {
    this.#input.setRawMode(true)
    this.#input.setEncoding('utf8').on('data', this.#take).once('end', this.#end)
    this.#signal.addEventListener('abort', this.#end, { once: true })
  }

  close(): void {
    this.#input.off('data', this.#take).off('end', this.#end).pause()
    this.#signal.removeEventListener('abort', this.#end)
    this.#input.setRawMode(false)
  }

  say(text: string): void {
    // in raw mode a line end alone does not go back to the first column
    this.#output.write(text.replaceAll('\n', '\r\n'))
  }

  /** The answer, without blanks around it. @throws ConfluentqlError ABORTED for Ctrl-C, Ctrl-D and the end of the terminal */
  async ask(question: string, { isSecret = false } = {}): Promise<string> {
    this.say(question)
    let answer = ''
    for (;;) {
      const key = await this.#key()
      if (key === '\r' || key === '\n') break
      if (key === CTRL_C || (key === CTRL_D && answer === '')) throw this.#interrupted()
      const next = edited(answer, key)
      if (!isSecret) this.say(change(answer, next))
      answer = next
    }
    this.say('\n')
    return answer.trim()
  }

  async #key(): Promise<string> {
    while (this.#typed === '') {
      if (this.#isOver) throw this.#interrupted()
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    const [key = ''] = KEY.exec(this.#typed) ?? [...this.#typed]
    this.#typed = this.#typed.slice(key.length)
    return key
  }

  #interrupted(): ConfluentqlError {
    this.say('\n')
    return new ConfluentqlError('ABORTED', 'interrupted: nothing was written')
  }

  readonly #take = (text: string): void => {
    // a line end of a paste from elsewhere is one key
    this.#typed += text.replaceAll('\r\n', '\n')
    this.#wake?.()
  }

  readonly #end = (): void => {
    this.#isOver = true
    this.#wake?.()
  }
}

function edited(text: string, key: string): string {
  if (BACKSPACE.test(key)) return [...text].slice(0, -1).join('')
  if (key === CTRL_U) return ''
  return /^[^\p{Cc}\p{Cf}]$/u.test(key) ? text + key : text
}

/** What turns one text on the screen into the other: characters taken away, or one added. */
function change(before: string, after: string): string {
  return after.startsWith(before)
    ? after.slice(before.length)
    : '\b \b'.repeat([...before].length - [...after].length)
}
