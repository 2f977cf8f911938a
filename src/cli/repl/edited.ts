import type { Buffer } from './buffer.ts'

/** Everything that editing one entry has to remember; data, changed by making a new one. */
export interface Editor {
  readonly buffer: Buffer
  /** What was cut last, for Ctrl-Y. */
  readonly cut: string
  /** What the last command did, since some go on with what the one before began. */
  readonly last: 'cut' | 'type' | 'vertical' | 'other'
  /** Column that Up and Down keep to. */
  readonly column: number
  readonly undo: readonly Buffer[]
  /** Entries before this one, oldest first. */
  readonly history: readonly string[]
  /** Index in `history` of what is shown; its length for the new text. */
  readonly at: number
  /** What entries of the history, and the new text, were changed to. */
  readonly drafts: Readonly<Record<number, string>>
  readonly search: Search | undefined
}

/** What is left to do for the one who owns the terminal. `enter`: the text is to run; `stray`: what looks like a command went into a statement. */
export type Effect =
  'enter' | 'interrupt' | 'end' | 'complete' | 'clear' | 'suspend' | 'bell' | 'stray' | undefined

export interface Step {
  readonly editor: Editor
  readonly effect?: Effect
}

/** A search through the history as it is typed. */
export interface Search {
  readonly pattern: string
  /** Index of the entry that is shown. */
  readonly at: number
  readonly isFound: boolean
  readonly direction: -1 | 1
  /** What to go back to when the search is given up. */
  readonly origin: Editor
}

/** An editor at the beginning of an entry. */
export function startEditor(history: readonly string[], cut = '', initial = ''): Editor {
  const buffer = { text: initial, cursor: initial.length }
  return {
    buffer,
    cut,
    last: 'other',
    column: 0,
    undo: [],
    history,
    at: history.length,
    drafts: {},
    search: undefined,
  }
}

/** Shows another entry; what the one shown was changed to stays with it until the entry is done. */
export function recall(editor: Editor, at: number): Step {
  if (at < 0 || at > editor.history.length) return { editor, effect: 'bell' }
  const drafts = { ...editor.drafts, [editor.at]: editor.buffer.text }
  const shown = drafts[at] ?? editor.history[at] ?? ''
  return {
    editor: { ...editor, drafts, at, buffer: { text: shown, cursor: shown.length }, undo: [], last: 'other' },
  }
}
