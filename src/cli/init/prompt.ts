import type { Writable } from 'node:stream'
import type { ReadStream } from 'node:tty'
import { ConfluentqlError } from '../../errors.ts'

const CTRL_C = '\x03'
const CTRL_D = '\x04'
const CTRL_U = '\x15'
const BACKSPACE = /[\b\x7f]/
/** A key that sends several characters, such as an arrow. */
const KEY = /^\x1b(?:\[[0-9;?]*[@-~]|O.|.)?/s

/**
 * Asks questions on a terminal in raw mode, from `open` to `close`. The terminal does not echo, so that a secret stays hidden
 * even if it is pasted before its question appears. Answers to other questions are echoed here.
 */
export class Prompt {
  readonly #input: ReadStream
  readonly #output: Writable
  readonly #signal: AbortSignal
  /** Input that is not processed yet. */
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
    // raw mode needs a carriage return
    this.#output.write(text.replaceAll('\n', '\r\n'))
  }

  /** Asks a question; resolves with the trimmed answer. @throws ConfluentqlError ABORTED for Ctrl-C, Ctrl-D and the end of the terminal */
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
    // a pasted CRLF is one key
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

/** The output that turns one text on the screen into another: characters erased, or one added. */
function change(before: string, after: string): string {
  return after.startsWith(before)
    ? after.slice(before.length)
    : '\b \b'.repeat([...before].length - [...after].length)
}
