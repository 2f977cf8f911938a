import { type CsvStyle, NULL, type PackedRows, ROW } from '../packed.ts'

const FIRST = 256 * 1024

/** Kinds of bytes in a csv field. PLAIN is written as it is. */
export const PLAIN = 0
/** The field must be quoted, and the character doubled. */
export const DOUBLED = 1
/** The field must be quoted. */
export const QUOTED = 2
/** A packed-row marker: the field ends before this byte. */
export const END = 3

/** How a csv field is written, with what is needed to read its bytes one by one. */
export interface FieldStyle extends CsvStyle {
  /** The kind of each byte value. */
  readonly kinds: Uint8Array
}

const QUOTE = 0x22
const NEWLINE = 0x0a
/** From LONG characters on, a text is encoded before it is scanned; above LONGEST, it is left to `fallback`. */
const LONG = 64
const LONGEST = 64 * 1024
/** Multiplied by a byte, repeats it in all four bytes of a word. */
const EACH = 0x01010101
const QUOTES = QUOTE * EACH
const BLANKS = 0x20 * EACH
const HIGH = (0x80 * EACH) | 0

/** A growing UTF-8 buffer that is reused: cheaper than joining strings and encoding the result. */
export class Bytes {
  #buffer = Buffer.allocUnsafe(FIRST)
  #words = wordsOf(this.#buffer)
  #length = 0

  get length(): number {
    return this.#length
  }

  text(text: string): void {
    if (text.length === 1 && text.charCodeAt(0) < 128) return this.#character(text.charCodeAt(0))
    if (text === '') return
    this.#reserve(text.length * 3)
    this.#length += this.#buffer.write(text, this.#length)
  }

  /** Adds a text as a csv field, quoted if necessary. */
  field(text: string, style: FieldStyle): void {
    const { length } = text
    const [first, last] = [text.charCodeAt(0), text.charCodeAt(length - 1)]
    const needsFallback =
      length === 0
      || length > LONGEST
      || first > 127
      || last > 127
      || style.ends[first] === 1
      || style.ends[last] === 1
    if (needsFallback || !(length < LONG ? this.#short(text, style) : this.#long(text, style)))
      this.text(style.fallback(text))
  }

  /** Adds packed rows as lines of csv. */
  rows(rows: PackedRows, style: FieldStyle): void {
    const { length, columns } = rows
    const { buffer, byteOffset, byteLength } = rows.bytes
    const bytes = Buffer.from(buffer, byteOffset, byteLength)
    if (rows.style) return this.#append(bytes)
    // worst case: every byte is doubled, and each field gets two quotes and an apostrophe
    this.#reserve(bytes.length * 2 + length * columns * 3)
    const words = wordsOf(bytes)
    for (let at = 0; at < bytes.length; at++) {
      const from = at
      if (bytes[from] === NULL) {
        at++
      } else {
        const before = this.#length
        at = this.#quoted(bytes, words, from, style)
        if (at === from || style.ends[bytes[from]!] === 1 || style.ends[bytes[at - 1]!] === 1) {
          this.#length = before
          this.#length += this.#buffer.write(style.fallback(bytes.toString('utf8', from, at)), before)
        }
      }
      this.#buffer[this.#length++] = bytes[at] === ROW ? NEWLINE : style.delimiter
    }
  }

  /** Returns false and adds nothing if a character is not ASCII. */
  #short(text: string, { kinds }: FieldStyle): boolean {
    this.#reserve(text.length * 2 + 2)
    const buffer = this.#buffer
    const start = this.#length
    let at = start
    let isQuoted = false
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code > 127) return false
      const kind = kinds[code]
      if (kind !== PLAIN) {
        if (!isQuoted) buffer.copyWithin(start + 1, start, at++)
        if (kind === DOUBLED) buffer[at++] = QUOTE
        isQuoted = true
      }
      buffer[at++] = code
    }
    if (isQuoted) {
      buffer[start] = QUOTE
      buffer[at++] = QUOTE
    }
    this.#length = at
    return true
  }

  /** Long texts, mostly JSON objects: scanning bytes is faster than scanning characters. Encodes past the end, then copies back. */
  #long(text: string, style: FieldStyle): boolean {
    const most = text.length * 3
    this.#reserve(most * 2 + 3)
    const from = this.#length + most + 2
    const end = from + this.#buffer.write(text, from)
    this.#buffer[end] = ROW
    this.#quoted(this.#buffer, this.#words, from, style)
    return true
  }

  /**
   * Adds the field that begins at `from`, four bytes at a time while none of them is special. The caller reserves the room.
   * @returns the offset where the field ends
   */
  #quoted(input: Buffer, words: DataView, from: number, { kinds, delimiter }: FieldStyle): number {
    const buffer = this.#buffer
    const output = this.#words
    const last = input.length - 4
    const delimiters = delimiter * EACH
    const start = this.#length
    let to = start
    let at = from
    let isQuoted = false
    for (;;) {
      for (; at <= last; at += 4, to += 4) {
        const word = words.getInt32(at, true)
        const q = word ^ QUOTES
        const d = word ^ delimiters
        // whether a byte is a quote, a delimiter, a control character or not ASCII
        if ((((q - EACH) & ~q) | ((d - EACH) & ~d) | (word - BLANKS) | word) & HIGH) break
        output.setInt32(to, word, true)
      }
      while (kinds[input[at]!] === PLAIN) buffer[to++] = input[at++]!
      const byte = input[at]!
      if (kinds[byte] === END) break
      if (!isQuoted) {
        buffer.copyWithin(start + 1, start, to++)
        buffer[start] = QUOTE
        isQuoted = true
      }
      if (kinds[byte] === DOUBLED) buffer[to++] = QUOTE
      buffer[to++] = byte
      at++
    }
    if (isQuoted) buffer[to++] = QUOTE
    this.#length = to
    return at
  }

  /** The bytes so far. The buffer is reused: the next addition overwrites them. */
  take(): Uint8Array {
    const taken = this.#buffer.subarray(0, this.#length)
    this.#length = 0
    return taken
  }

  #append(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#buffer.set(bytes, this.#length)
    this.#length += bytes.length
  }

  #character(code: number): void {
    this.#reserve(1)
    this.#buffer[this.#length++] = code
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes
    if (needed <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
    this.#words = wordsOf(larger)
  }
}

function wordsOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.length)
}
