import { LineEditor, type PromptInput, type EditorCallbacks } from './line-editor.ts'
import type { Surface } from './output.ts'
import { Terminal, type Streams } from './terminal.ts'

/** The terminal front end: a line editor, or plain lines where the terminal cannot move its cursor. */
export interface Frontend extends Surface {
  /** It has a size, so that a pager can be used. */
  readonly isTerminal: boolean
  /** The terminal has been closed. */
  readonly isGone: boolean
  open(): void
  close(): void
  read(name: string, initial?: string): Promise<PromptInput>
  /** Ends input: `read` resolves with `end`. */
  end(): void
}

/** The line editor on a terminal. */
export function editorFrontend(streams: Streams, callbacks: EditorCallbacks): Frontend {
  const terminal = new Terminal(streams, event => editor.take(event))
  const editor = new LineEditor(terminal, callbacks)
  return {
    isTerminal: true,
    get isGone() {
      return terminal.isGone
    },
    get width() {
      return terminal.width
    },
    get height() {
      return terminal.height
    },
    open: () => terminal.open(),
    close: () => terminal.close(),
    write: text => terminal.write(text),
    note: text => terminal.note(text),
    ask: question => editor.ask(question),
    lend: use => terminal.lend(use),
    read: (name, initial) => editor.read(name, initial),
    end: () => editor.take({ kind: 'gone' }),
  }
}
