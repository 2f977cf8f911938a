import stringWidth from 'string-width'
import { hex } from './values.ts'

/*
 * Text for display. Values come from an API and may contain anything. Characters that control a terminal (control
 * characters, escape sequences, direction overrides) or are invisible (zero-width characters) are written as escapes.
 */

// Joiners stay: emoji and several scripts need them.
const hidden = once(() => /(?!\u200c|\u200d)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu)
const hiddenButLayout = once(() => /(?!\u200c|\u200d|\t|\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu)
const graphemes = once(() => new Intl.Segmenter())
const ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' }

/** Computes a value at first use: the Unicode tables take longer than the program's start, and most texts are plain. */
function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}

/** Whether a text has only visible characters of Western languages, each of one code unit and one column. */
function isPlain(text: string): boolean {
  return /^[ -~\u00a1-\u00ac\u00ae-\u017f\u2013\u2014\u2018-\u201d\u2026]*$/.test(text)
}

/** The text on one line, with hidden characters as escapes: `\n`, `\t`, `\x1b`, `\u202e`. */
export function visible(text: string): string {
  return isPlain(text) ? text : text.replace(hidden(), escapeOf)
}

/** Like `visible`, but keeps tabs and line ends; `mark` wraps each escape. */
export function visibleLines(text: string, mark = (escape: string): string => escape): string {
  return isPlain(text) ? text : text.replace(hiddenButLayout(), character => mark(escapeOf(character)))
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return (
    ESCAPES[character]
    ?? (code < 0x100 ? `\\x${hex(code, 2)}` : code < 0x10000 ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 5)}}`)
  )
}

/** The number of terminal columns that the text takes. */
export function widthOf(text: string): number {
  return isPlain(text) ? text.length : stringWidth(text)
}

/** The text if it takes at most `width` columns, else its beginning and `…`. */
export function cut(text: string, width: number): string {
  if (text.length <= width / 2 || widthOf(text) <= width) return text
  if (isPlain(text)) return `${text.slice(0, Math.max(0, width - 1))}…`
  let kept = ''
  let left = width - 1
  for (const { segment } of graphemes().segment(text)) {
    left -= widthOf(segment)
    if (left < 0) break
    kept += segment
  }
  return `${kept}…`
}

/** The end of the text that takes at most `width` columns. */
export function cutStart(text: string, width: number): string {
  let from = text.length
  let left = width
  for (const { segment, index } of [...graphemes().segment(text)].reverse()) {
    left -= widthOf(segment)
    if (left < 0) break
    from = index
  }
  return text.slice(from)
}

/** Makes the text faint on a terminal. */
export function dim(text: string): string {
  return `\x1b[2m${text}\x1b[22m`
}
