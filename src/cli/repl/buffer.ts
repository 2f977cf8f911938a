/** The edited text, of one or many lines, and the cursor; immutable. */
export interface Buffer {
  readonly text: string
  /** Offset in the text, always at a grapheme boundary. */
  readonly cursor: number
}

const graphemes = new Intl.Segmenter()
const WORD = /[\p{L}\p{N}_]/u

export const lineStart = ({ text, cursor }: Buffer): number => text.lastIndexOf('\n', cursor - 1) + 1

export const lineEnd = ({ text, cursor }: Buffer): number => {
  const end = text.indexOf('\n', cursor)
  return end < 0 ? text.length : end
}

/** The buffer with the cursor moved. */
export const moved = (buffer: Buffer, cursor: number): Buffer => ({
  text: buffer.text,
  cursor: Math.max(0, Math.min(buffer.text.length, cursor)),
})

/** Replaces the text between two offsets; the cursor moves after the replacement. */
export function replaced({ text }: Buffer, from: number, to: number, by: string): Buffer {
  return { text: text.slice(0, from) + by + text.slice(to), cursor: from + by.length }
}

export const inserted = (buffer: Buffer, what: string): Buffer =>
  replaced(buffer, buffer.cursor, buffer.cursor, what)

/** Offset of the grapheme before the cursor; a line end counts as one. */
export function before(buffer: Buffer): number {
  const { text, cursor } = buffer
  if (cursor === 0) return 0
  if (text.charCodeAt(cursor - 1) < 128) return cursor - 1
  const start = lineStart(buffer)
  let last = start
  for (const { index } of graphemes.segment(text.slice(start, cursor))) last = start + index
  return last
}

/** Offset after the grapheme at the cursor. */
export function after(buffer: Buffer): number {
  const { text, cursor } = buffer
  if (cursor >= text.length) return text.length
  if (text[cursor] === '\n') return cursor + 1
  for (const { segment } of graphemes.segment(text.slice(cursor, lineEnd(buffer))))
    return cursor + segment.length
  return text.length
}

/** Offset of the start of the word before the cursor. */
export function wordBefore(
  { text, cursor }: Buffer,
  isPart: (character: string) => boolean = c => WORD.test(c),
): number {
  let at = cursor
  while (at > 0 && !isPart(text[at - 1]!)) at--
  while (at > 0 && isPart(text[at - 1]!)) at--
  return at
}

/** Offset of the end of the word at or after the cursor. */
export function wordAfter({ text, cursor }: Buffer): number {
  let at = cursor
  while (at < text.length && !WORD.test(text[at]!)) at++
  while (at < text.length && WORD.test(text[at]!)) at++
  return at
}

/** Offset of the start of the blank-delimited word before the cursor, as for Ctrl-W. */
export const blankBefore = (buffer: Buffer): number => wordBefore(buffer, c => !/\s/.test(c))

/** Swaps the graphemes before and at the cursor; at the end of a line the last two. */
export function transposed(buffer: Buffer): Buffer {
  const at = buffer.cursor === lineEnd(buffer) ? moved(buffer, before(buffer)) : buffer
  const [from, to] = [before(at), after(at)]
  if (at.cursor === lineStart(at) || from === at.cursor || to === at.cursor) return buffer
  const { text, cursor } = at
  return replaced(buffer, from, to, text.slice(cursor, to) + text.slice(from, cursor))
}

/** Graphemes from the start of the line to the cursor. */
export const columnOf = (buffer: Buffer): number =>
  [...graphemes.segment(buffer.text.slice(lineStart(buffer), buffer.cursor))].length

/** Moves the cursor to the line above (-1) or below (1), to `column` if the line is long enough; undefined if there is no such line. */
export function vertical(buffer: Buffer, by: -1 | 1, column: number): Buffer | undefined {
  const edge = by < 0 ? lineStart(buffer) - 1 : lineEnd(buffer) + 1
  if (edge < 0 || edge > buffer.text.length) return undefined
  const there = moved(buffer, edge)
  const from = lineStart(there)
  const parts = [...graphemes.segment(buffer.text.slice(from, lineEnd(there)))]
  return moved(buffer, parts[column] ? from + parts[column].index : lineEnd(there))
}
