import stringWidth from 'string-width'
import { hex } from './values.ts'

/*
 * Text for people's eyes. Values come from an API and may hold anything: what a terminal would obey (control
 * characters, escape sequences, direction overrides) or not show (zero-width characters) is spelled out.
 */

// Joiners stay: emoji and several scripts need them.
const hidden = once(() => /(?!\u200c|\u200d)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu)
const hiddenButLayout = once(() => /(?!\u200c|\u200d|\t|\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu)
const graphemes = once(() => new Intl.Segmenter())
const ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' }

/** What is made when it is first needed: Unicode's tables take a third of the program's start, and most texts are plain. */
function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}

function isPlain(text: string): boolean {
  return /^[ -~]*$/.test(text)
}

/** The text on one line, everything in it visible: `\n`, `\t`, `\x1b`, `\u202e`. */
export function visible(text: string): string {
  return isPlain(text) ? text : text.replace(hidden(), spell)
}

/** The same, with tabs and line ends left as they are; `mark` sets off what is spelled out. */
export function visibleLines(text: string, mark = (spelled: string): string => spelled): string {
  return isPlain(text) ? text : text.replace(hiddenButLayout(), character => mark(spell(character)))
}

function spell(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return (
    ESCAPES[character]
    ?? (code < 0x100 ? `\\x${hex(code, 2)}` : code < 0x10000 ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 5)}}`)
  )
}

/** Columns of a terminal that the text takes. */
export function widthOf(text: string): number {
  return isPlain(text) ? text.length : stringWidth(text)
}

/** The text if it takes at most `width` columns, else its beginning and `…`. */
export function cut(text: string, width: number): string {
  if (text.length <= width / 2 || widthOf(text) <= width) return text
  let kept = ''
  let left = width - 1
  for (const { segment } of graphemes().segment(text)) {
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
