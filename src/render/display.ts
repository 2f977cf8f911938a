import stringWidth from 'string-width'
import { hex } from './values.ts'

/*
 * Text for people's eyes. Values come from an API and may hold anything: what a terminal would obey (control
 * characters, escape sequences, direction overrides) or not show (zero-width characters) is spelled out.
 */

// Joiners stay: emoji and several scripts need them.
const HIDDEN = /(?!\u200c|\u200d)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
const HIDDEN_BUT_LAYOUT = /(?!\u200c|\u200d|\t|\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
const ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' }

/** The text on one line, everything in it visible: `\n`, `\t`, `\x1b`, `\u202e`. */
export function visible(text: string): string {
  return text.replace(HIDDEN, spell)
}

/** The same, with tabs and line ends left as they are; `mark` sets off what is spelled out. */
export function visibleLines(text: string, mark = (spelled: string): string => spelled): string {
  return text.replace(HIDDEN_BUT_LAYOUT, (character) => mark(spell(character)))
}

function spell(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return ESCAPES[character] ?? (code < 0x100 ? `\\x${hex(code, 2)}` : code < 0x10000 ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 5)}}`)
}

/** Columns of a terminal that the text takes. */
export function widthOf(text: string): number {
  return stringWidth(text)
}

const graphemes = new Intl.Segmenter()

/** The text if it takes at most `width` columns, else its beginning and `…`. */
export function cut(text: string, width: number): string {
  if (text.length <= width / 2 || widthOf(text) <= width) return text
  let kept = ''
  let left = width - 1
  for (const { segment } of graphemes.segment(text)) {
    left -= widthOf(segment)
    if (left < 0) break
    kept += segment
  }
  return `${kept}…`
}

/** Makes the text faint on a terminal. */
export function dim(text: string): string {
  return `\x1b[2m${text}\x1b[22m`
}
