import { emitKeypressEvents } from 'node:readline'
import type { Surface } from './output.ts'
import { commandOf, type Command, type Key } from './keys.ts'

/** An event of the terminal. */
export type TerminalEvent =
  | { readonly kind: 'key'; readonly key: Key; readonly command: Command | undefined }
  | { readonly kind: 'paste'; readonly text: string }
  | { readonly kind: 'resize' }
  /** The terminal was closed. */
  | { readonly kind: 'gone' }

/** The streams of the process. */
export interface Streams {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
}

const BRACKETED_PASTE = { on: '\x1b[?2004h', off: '\x1b[?2004l' }
/** Milliseconds after which an escape character counts as the Escape key. */
const ESCAPE_WAIT = 50

/** The terminal, in raw mode from `open` to `close`. Reports keys, pastes and changes of size as events. */
export class Terminal implements Omit<Surface, 'ask'> {
  readonly #stdin: NodeJS.ReadStream
  readonly #stdout: NodeJS.WriteStream
  readonly #stderr: NodeJS.WriteStream
  readonly #onEvent: (event: TerminalEvent) => void
  #paste: string | undefined
  #isOpen = false
  /** The terminal was closed: it can neither be read nor configured. */
  isGone = false

  constructor({ stdin, stdout, stderr }: Streams, onEvent: (event: TerminalEvent) => void) {
    this.#stdin = stdin
    this.#stdout = stdout
    this.#stderr = stderr
    this.#onEvent = onEvent
    // the end of stdin reports the same
    stdout.on('error', () => {})
    emitKeypressEvents(stdin, { escapeCodeTimeout: ESCAPE_WAIT } as never)
  }

  get width(): number {
    return Math.max(10, this.#stdout.columns || 80)
  }

  get height(): number {
    return Math.max(3, this.#stdout.rows || 24)
  }

  open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    this.#stdin.setRawMode(true)
    this.#stdin.on('keypress', this.#onKey)
    this.#stdin.on('end', this.#onEnd)
    this.#stdin.on('error', this.#onEnd)
    this.#stdout.on('resize', this.#onResize)
    this.#stdin.resume()
    this.write(BRACKETED_PASTE.on)
  }

  /** Restores the terminal's mode. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.write(BRACKETED_PASTE.off)
    this.#stdin.off('keypress', this.#onKey)
    this.#stdin.off('end', this.#onEnd)
    this.#stdin.off('error', this.#onEnd)
    this.#stdout.off('resize', this.#onResize)
    try {
      this.#stdin.setRawMode(false)
    } catch {
      this.isGone = true
    }
    this.#stdin.pause()
  }

  write(text: string): void {
    if (text !== '') this.#stdout.write(text)
  }

  note(text: string): void {
    if (text !== '') this.#stderr.write(text)
  }

  /** Closes the terminal while another program uses it. */
  async lend<T>(use: () => Promise<T>): Promise<T> {
    this.close()
    try {
      return await use()
    } finally {
      this.open()
    }
  }

  /** Suspends the process, as Ctrl-Z does; calls `then` when it is resumed. */
  suspend(then: () => void): void {
    this.close()
    process.once('SIGCONT', () => {
      this.open()
      then()
    })
    process.kill(process.pid, 'SIGTSTP')
  }

  readonly #onKey = (_text: string | undefined, key: Key): void => {
    const command = commandOf(key)
    if (command === 'paste') this.#paste = ''
    else if (this.#paste === undefined) this.#onEvent({ kind: 'key', key, command })
    else if (command === 'paste end') {
      this.#onEvent({ kind: 'paste', text: this.#paste })
      this.#paste = undefined
    } else this.#paste += key.sequence ?? ''
  }

  readonly #onEnd = (): void => {
    this.isGone = true
    this.#onEvent({ kind: 'gone' })
  }

  readonly #onResize = (): void => this.#onEvent({ kind: 'resize' })
}
