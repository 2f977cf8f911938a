import { emitKeypressEvents } from 'node:readline'
import type { Surface } from './output.ts'
import { commandOf, type Command, type Key } from './keys.ts'

/** What happens at a terminal. */
export type TerminalEvent =
  | { readonly kind: 'key'; readonly key: Key; readonly command: Command | undefined }
  | { readonly kind: 'paste'; readonly text: string }
  | { readonly kind: 'resize' }
  /** The terminal has gone. */
  | { readonly kind: 'gone' }

/** The streams of the process. */
export interface Streams {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
}

const BRACKETED_PASTE = { on: '\x1b[?2004h', off: '\x1b[?2004l' }
/** Milliseconds after which an escape character is a key by itself. */
const ESCAPE_WAIT = 50

/** The terminal in raw mode: keys, pastes and changes of its size come as events, from `open` to `close`. */
export class Terminal implements Omit<Surface, 'ask'> {
  readonly #stdin: NodeJS.ReadStream
  readonly #stdout: NodeJS.WriteStream
  readonly #stderr: NodeJS.WriteStream
  readonly #tell: (event: TerminalEvent) => void
  #paste: string | undefined
  #isOpen = false
  /** Nothing can be read from it or be set any more. */
  isGone = false

  constructor({ stdin, stdout, stderr }: Streams, tell: (event: TerminalEvent) => void) {
    this.#stdin = stdin
    this.#stdout = stdout
    this.#stderr = stderr
    this.#tell = tell
    // told by the end of stdin as well
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

  /** Gives the terminal back as it was found. */
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

  /** Lets another program have the terminal while `use` runs. */
  async lend<T>(use: () => Promise<T>): Promise<T> {
    this.close()
    try {
      return await use()
    } finally {
      this.open()
    }
  }

  /** Stops the program, as Ctrl-Z does, until the user's shell goes on with it. */
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
    else if (this.#paste === undefined) this.#tell({ kind: 'key', key, command })
    else if (command === 'paste end') {
      this.#tell({ kind: 'paste', text: this.#paste })
      this.#paste = undefined
    } else this.#paste += key.sequence ?? ''
  }

  readonly #onEnd = (): void => {
    this.isGone = true
    this.#tell({ kind: 'gone' })
  }

  readonly #onResize = (): void => this.#tell({ kind: 'resize' })
}
