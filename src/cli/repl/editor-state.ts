import type { Buffer } from './buffer.ts'

/** The state of editing one entry; immutable. */
export interface EditorState {
  readonly buffer: Buffer
  /** The text that Ctrl-Y inserts. */
  readonly cut: string
  /** The kind of the last command: consecutive cuts, typed letters and vertical moves are combined. */
  readonly last: 'cut' | 'type' | 'vertical' | 'other'
  /** The column that Up and Down aim at. */
  readonly column: number
  readonly undo: readonly Buffer[]
  /** Entries before this one, oldest first. */
  readonly history: readonly string[]
  /** Index of the shown entry in `history`; the length of `history` for the new entry. */
  readonly at: number
  /** Edited texts of history entries and of the new entry, by index. */
  readonly drafts: Readonly<Record<number, string>>
  readonly search: Search | undefined
}

/** What the line editor has to do after a key. `enter`: run the text. `stray`: a line that looks like a command became part of a statement. */
export type Effect =
  'enter' | 'interrupt' | 'end' | 'complete' | 'clear' | 'suspend' | 'bell' | 'stray' | undefined

export interface Step {
  readonly editor: EditorState
  readonly effect?: Effect
}

/** An incremental search in the history. */
export interface Search {
  readonly pattern: string
  /** Index of the shown entry. */
  readonly at: number
  readonly isFound: boolean
  readonly direction: -1 | 1
  /** The state to restore when the search is cancelled. */
  readonly origin: EditorState
}

/** The state at the beginning of an entry. */
export function startEditor(history: readonly string[], cut = '', initial = ''): EditorState {
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

/** Shows another entry of the history. Changes to the entry left behind are kept until Enter. */
export function recall(editor: EditorState, at: number): Step {
  if (at < 0 || at > editor.history.length) return { editor, effect: 'bell' }
  const drafts = { ...editor.drafts, [editor.at]: editor.buffer.text }
  const shown = drafts[at] ?? editor.history[at] ?? ''
  return {
    editor: { ...editor, drafts, at, buffer: { text: shown, cursor: shown.length }, undo: [], last: 'other' },
  }
}
