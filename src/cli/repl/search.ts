import { recall, type EditorState, type Search, type Step } from './editor-state.ts'
import { typed, type Command, type Key } from './keys.ts'

/** Applies a key to a search; undefined: the key ends the search and applies to the found entry. */
export function searchKey(
  editor: EditorState,
  search: Search,
  key: Key,
  command: Command | undefined,
): Step | undefined {
  switch (command) {
    case 'search':
      return next(editor, { ...search, direction: -1 }, search.at - 1)
    case 'search forward':
      return next(editor, { ...search, direction: 1 }, search.at + 1)
    case 'backspace':
      return look(
        { ...search.origin, search },
        { ...search, pattern: search.pattern.slice(0, -1), at: search.origin.at, isFound: true },
        search.origin.at,
      )
    case 'interrupt':
    case 'cancel':
      return { editor: { ...search.origin, search: undefined } }
    case undefined:
      break
    default:
      return undefined
  }
  const what = typed(key)
  if (what === '') return { editor }
  return look(editor, { ...search, pattern: search.pattern + what }, search.at)
}

function next(editor: EditorState, search: Search, from: number): Step {
  return search.pattern === '' ? { editor: { ...editor, search } } : look(editor, search, from)
}

/** Shows the first entry from an index on that contains the pattern. Case matters only if the pattern has upper-case letters. */
function look(editor: EditorState, search: Search, from: number): Step {
  if (search.pattern === '') return { editor: { ...search.origin, search } }
  const { history } = editor
  const isCased = /\p{Lu}/u.test(search.pattern)
  const fold = (text: string): string => (isCased ? text : text.toLowerCase())
  const wanted = fold(search.pattern)
  for (let at = Math.min(from, history.length - 1); at >= 0 && at < history.length; at += search.direction) {
    const place = fold(history[at]!).lastIndexOf(wanted)
    if (place < 0) continue
    const shown = recall({ ...search.origin, search: undefined }, at).editor
    return {
      editor: {
        ...shown,
        buffer: { text: history[at]!, cursor: place },
        search: { ...search, at, isFound: true },
      },
    }
  }
  return { editor: { ...editor, search: { ...search, isFound: false } }, effect: 'bell' }
}
