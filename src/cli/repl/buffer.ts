/** The text that is edited, of one or many lines, and the place in it: pure data and operations. */
export interface Buffer {
  readonly text: string
  /** Offset in the text, never inside a character that people see as one. */
  readonly cursor: number
}

const graphemes = new Intl.Segmenter()
const WORD = /[\p{L}\p{N}_]/u

export const lineStart = ({ text, cursor }: Buffer): number => text.lastIndexOf('\n', cursor - 1) + 1

export const lineEnd = ({ text, cursor }: Buffer): number => {
  const end = text.indexOf('\n', cursor)
  return end < 0 ? text.length : end
}

/** A buffer with the cursor elsewhere. */
export const moved = (buffer: Buffer, cursor: number): Buffer => ({
  text: buffer.text,
  cursor: Math.max(0, Math.min(buffer.text.length, cursor)),
})

/** Replaces what stands between two offsets; the cursor goes behind it. */
export function replaced({ text }: Buffer, from: number, to: number, by: string): Buffer {
  return { text: text.slice(0, from) + by + text.slice(to), cursor: from + by.length }
}

export const inserted = (buffer: Buffer, what: string): Buffer =>
  replaced(buffer, buffer.cursor, buffer.cursor, what)

/** Offset of the character before the cursor; lines count as joined. */
export function before(buffer: Buffer): number {
  const { text, cursor } = buffer
  if (cursor === 0) return 0
  if (text.charCodeAt(cursor - 1) < 128) return cursor - 1
  const start = lineStart(buffer)
  let last = start
  for (const { index } of graphemes.segment(text.slice(start, cursor))) last = start + index
  return last
}

/** Offset behind the character at the cursor. */
export function after(buffer: Buffer): number {
  const { text, cursor } = buffer
  if (cursor >= text.length) return text.length
  if (text[cursor] === '\n') return cursor + 1
  for (const { segment } of graphemes.segment(text.slice(cursor, lineEnd(buffer))))
    return cursor + segment.length
  return text.length
}

/** Offset of the beginning of the word before the cursor. */
export function wordBefore(
  { text, cursor }: Buffer,
  isPart: (character: string) => boolean = c => WORD.test(c),
): number {
  let at = cursor
  while (at > 0 && !isPart(text[at - 1]!)) at--
  while (at > 0 && isPart(text[at - 1]!)) at--
  return at
}

/** Offset of the end of the word at or behind the cursor. */
export function wordAfter({ text, cursor }: Buffer): number {
  let at = cursor
  while (at < text.length && !WORD.test(text[at]!)) at++
  while (at < text.length && WORD.test(text[at]!)) at++
  return at
}

/** Where blanks end the word, as in a shell's Ctrl-W. */
export const blankBefore = (buffer: Buffer): number => wordBefore(buffer, c => !/\s/.test(c))

/** The characters before and at the cursor change places; at the end of a line the last two do. */
export function transposed(buffer: Buffer): Buffer {
  const at = buffer.cursor === lineEnd(buffer) ? moved(buffer, before(buffer)) : buffer
  const [from, to] = [before(at), after(at)]
  if (at.cursor === lineStart(at) || from === at.cursor || to === at.cursor) return buffer
  const { text, cursor } = at
  return replaced(buffer, from, to, text.slice(cursor, to) + text.slice(from, cursor))
}

/** Characters from the beginning of the line to the cursor. */
export const columnOf = (buffer: Buffer): number =>
  [...graphemes.segment(buffer.text.slice(lineStart(buffer), buffer.cursor))].length

/** The cursor in the line above (-1) or below (1), at most at `column`; undefined where there is none. */
export function vertical(buffer: Buffer, by: -1 | 1, column: number): Buffer | undefined {
  const edge = by < 0 ? lineStart(buffer) - 1 : lineEnd(buffer) + 1
  if (edge < 0 || edge > buffer.text.length) return undefined
  const there = moved(buffer, edge)
  const from = lineStart(there)
  const parts = [...graphemes.segment(buffer.text.slice(from, lineEnd(there)))]
  return moved(buffer, parts[column] ? from + parts[column].index : lineEnd(there))
}
