import { NULL, type PackedRows, ROW } from '../packed.ts'

const FIRST = 256 * 1024

/** Bytes of a csv field as they are told apart. */
export const PLAIN = 0
/** The field must be in quotes, and the character in it twice. */
export const DOUBLED = 1
/** The field must be in quotes. */
export const QUOTED = 2
/** The field ends before it. */
export const END = 3

/** How a csv field is written. */
export interface FieldStyle {
  /** The kind of each byte. */
  readonly kinds: Uint8Array
  /** Of each byte, 1 if `other` must decide about a field that begins or ends with it. */
  readonly ends: Uint8Array
  /** An ASCII character. */
  readonly delimiter: number
  /** A field as it is written, for those that the bytes do not tell. */
  readonly other: (text: string) => string
}

const QUOTE = 0x22
const NEWLINE = 0x0a
/** Characters of a long text, and of one that is left to `other`. */
const LONG = 64
const LONGEST = 64 * 1024
/** A byte in each of the four of a word. */
const EACH = 0x01010101
const QUOTES = QUOTE * EACH
const BLANKS = 0x20 * EACH
const HIGH = (0x80 * EACH) | 0

/** UTF-8 text being gathered: one buffer, used again and again, costs less than strings that are joined and then encoded. */
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

  /** Adds a text as a csv field, in quotes where it needs them. */
  field(text: string, style: FieldStyle): void {
    const { length } = text
    const [first, last] = [text.charCodeAt(0), text.charCodeAt(length - 1)]
    const isOther =
      length === 0
      || length > LONGEST
      || first > 127
      || last > 127
      || style.ends[first] === 1
      || style.ends[last] === 1
    if (isOther || !(length < LONG ? this.#short(text, style) : this.#long(text, style)))
      this.text(style.other(text))
  }

  /** Adds packed rows as lines of csv. */
  rows({ bytes: { buffer, byteOffset, byteLength }, length, columns }: PackedRows, style: FieldStyle): void {
    const bytes = Buffer.from(buffer, byteOffset, byteLength)
    // a byte may be doubled, and a field may get two quotes and an apostrophe
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
          this.#length += this.#buffer.write(style.other(bytes.toString('utf8', from, at)), before)
        }
      }
      this.#buffer[this.#length++] = bytes[at] === ROW ? NEWLINE : style.delimiter
    }
  }

  /** False, and nothing is added, when one of the characters is not ASCII. */
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

  /** Of a long text, an object mostly, the bytes are read faster than the characters: they are written further on, then moved. */
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
   * Adds the field that begins at `from` and is not at its end yet, four bytes at once where none of them is special;
   * where it ends. There is room for it.
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

  /** What was gathered. It is overwritten by what is gathered next. */
  take(): Uint8Array {
    const taken = this.#buffer.subarray(0, this.#length)
    this.#length = 0
    return taken
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
