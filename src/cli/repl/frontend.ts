import { LineEditor, type Entry, type Surroundings } from './line-editor.ts'
import type { Surface } from './output.ts'
import { Terminal, type Streams } from './terminal.ts'

/** How the shell meets its user: with an editor, or line by line where no more can be done. */
export interface Frontend extends Surface {
  /** Its size is known, so that a pager makes sense. */
  readonly isTerminal: boolean
  /** There was a terminal, and it has gone. */
  readonly isGone: boolean
  open(): void
  close(): void
  read(name: string, initial?: string): Promise<Entry>
  /** There is nothing to read any more. */
  end(): void
}

/** The editor on a terminal. */
export function editorFrontend(streams: Streams, around: Surroundings): Frontend {
  const terminal = new Terminal(streams, event => editor.take(event))
  const editor = new LineEditor(terminal, around)
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
