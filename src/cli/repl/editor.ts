import * as text from './buffer.ts'
import type { Buffer } from './buffer.ts'
import { typed, type Command, type Key } from './keys.ts'
import { strayNotice, isComplete } from './scan.ts'
import { recall, type EditorState, type Step } from './editor-state.ts'
import { searchKey } from './search.ts'

const UNDO_STEPS = 500

/** Applies a key. */
export function press(editor: EditorState, key: Key, command: Command | undefined): Step {
  if (editor.search) {
    const step = searchKey(editor, editor.search, key, command)
    if (step) return step
    return press({ ...editor, search: undefined }, key, command)
  }
  if (command) return run(editor, command)
  const inserted = typed(key)
  return inserted === '' ? { editor } : { editor: type(editor, inserted) }
}

/** Inserts text at the cursor as one undo step. */
function insertText(editor: EditorState, what: string): EditorState {
  return change(editor, text.inserted(editor.buffer, what))
}

/** Replaces the buffer as one undo step. */
export function change(
  editor: EditorState,
  buffer: Buffer,
  last: EditorState['last'] = 'other',
): EditorState {
  return { ...withUndoStep(editor), buffer, last }
}

function withUndoStep(editor: EditorState): EditorState {
  return { ...editor, undo: [...editor.undo.slice(-UNDO_STEPS), editor.buffer] }
}

/** Inserts a typed character. Consecutive letters are one undo step. */
function type(editor: EditorState, what: string): EditorState {
  const buffer = text.inserted(editor.buffer, what)
  return editor.last === 'type' && /\w/.test(what) ? { ...editor, buffer } : change(editor, buffer, 'type')
}

/** Inserts pasted text, in which the terminal sends line ends as \r. Control characters are dropped. */
export function paste(editor: EditorState, pasted: string): EditorState {
  return insertText(
    { ...editor, search: undefined },
    pasted.replaceAll(/\r\n?/g, '\n').replaceAll(/(?![\n\t])\p{Cc}/gu, ''),
  )
}

type Move = (buffer: Buffer) => number
const MOVES: Partial<Readonly<Record<Command, Move>>> = {
  left: text.before,
  right: text.after,
  'word left': b => text.wordBefore(b),
  'word right': text.wordAfter,
  'line start': text.lineStart,
  'line end': text.lineEnd,
  'text start': () => 0,
  'text end': b => b.text.length,
}
/** Commands that cut the text between the cursor and the returned offset. */
const CUTS: Partial<Readonly<Record<Command, Move>>> = {
  'kill line': b => (text.lineEnd(b) === b.cursor ? text.after(b) : text.lineEnd(b)),
  'kill back': b => (text.lineStart(b) === b.cursor ? text.before(b) : text.lineStart(b)),
  'kill blank word': text.blankBefore,
  'kill word back': b => text.wordBefore(b),
  'kill word': text.wordAfter,
}
const DELETES: Partial<Readonly<Record<Command, Move>>> = {
  backspace: text.before,
  delete: text.after,
  'end or delete': text.after,
}

function run(editor: EditorState, command: Command): Step {
  const { buffer } = editor
  if (command === 'end or delete' && buffer.text === '') return { editor, effect: 'end' }
  const move = MOVES[command]
  if (move) return { editor: { ...editor, buffer: text.moved(buffer, move(buffer)), last: 'other' } }
  const cut = CUTS[command]
  if (cut) return { editor: cutTo(editor, cut(buffer)) }
  const end = DELETES[command]?.(buffer)
  if (end !== undefined) {
    if (end === buffer.cursor) return { editor, effect: 'bell' }
    return {
      editor: change(
        editor,
        text.replaced(buffer, Math.min(end, buffer.cursor), Math.max(end, buffer.cursor), ''),
      ),
    }
  }
  switch (command) {
    case 'up':
      return walk(editor, -1)
    case 'down':
      return walk(editor, 1)
    case 'older':
      return recall(editor, editor.at - 1)
    case 'newer':
      return recall(editor, editor.at + 1)
    case 'yank':
      return editor.cut === '' ? { editor, effect: 'bell' } : { editor: insertText(editor, editor.cut) }
    case 'transpose':
      return { editor: change(editor, text.transposed(buffer)) }
    case 'newline':
      return { editor: insertText(editor, '\n') }
    case 'enter':
      return enter(editor)
    case 'search':
    case 'search forward':
      return {
        editor: {
          ...editor,
          search: {
            pattern: '',
            at: editor.at,
            isFound: true,
            direction: command === 'search' ? -1 : 1,
            origin: editor,
          },
        },
      }
    case 'undo':
      return undo(editor)
    case 'interrupt':
    case 'complete':
    case 'clear':
    case 'suspend':
      return { editor, effect: command }
    default:
      return { editor }
  }
}

function cutTo(editor: EditorState, to: number): EditorState {
  const { buffer } = editor
  const [from, end] = [Math.min(to, buffer.cursor), Math.max(to, buffer.cursor)]
  if (from === end) return editor
  const removed = buffer.text.slice(from, end)
  const more =
    editor.last === 'cut' ? (to < buffer.cursor ? removed + editor.cut : editor.cut + removed) : removed
  return { ...change(editor, text.replaced(buffer, from, end, ''), 'cut'), cut: more }
}

/** Moves a line up or down; beyond the first or last line, recalls another entry. */
function walk(editor: EditorState, by: -1 | 1): Step {
  const column = editor.last === 'vertical' ? editor.column : text.columnOf(editor.buffer)
  const buffer = text.vertical(editor.buffer, by, column)
  return buffer ? { editor: { ...editor, buffer, column, last: 'vertical' } } : recall(editor, editor.at + by)
}

/** Runs a complete text, wherever the cursor is; in an incomplete one inserts a line end. */
function enter(editor: EditorState): Step {
  const { text: whole, cursor } = editor.buffer
  if (isComplete(whole)) return { editor, effect: 'enter' }
  return {
    editor: insertText(editor, '\n'),
    effect: cursor === whole.length && strayNotice(whole) !== undefined ? 'stray' : undefined,
  }
}

function undo(editor: EditorState): Step {
  const buffer = editor.undo.at(-1)
  return buffer
    ? { editor: { ...editor, buffer, undo: editor.undo.slice(0, -1), last: 'other' } }
    : { editor, effect: 'bell' }
}
