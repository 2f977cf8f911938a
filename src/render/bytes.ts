const FIRST = 256 * 1024

/** Bytes of a csv field as `field` tells them apart. */
export const PLAIN = 0
/** The field must be in quotes, and the character in it twice. */
export const DOUBLED = 1
/** The field must be in quotes. */
export const QUOTED = 2
/** Another must decide. */
export const STRANGE = 3

const QUOTE = 0x22
/** Characters of a long text, and of one that is left to another. */
const LONG = 64
const LONGEST = 64 * 1024

/** UTF-8 text being gathered: one buffer, used again and again, costs less than strings that are joined and then encoded. */
export class Bytes {
  #buffer = Buffer.allocUnsafe(FIRST)
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

  /**
   * Adds a text as a csv field, in quotes where it needs them. `kinds` has the kind of each byte, `ends` that of each ASCII
   * character at the beginning or the end. False, and nothing is added, when one is STRANGE, or the text empty or very long.
   */
  field(text: string, kinds: Uint8Array, ends: Uint8Array): boolean {
    const { length } = text
    if (length === 0 || length > LONGEST || ends[text.charCodeAt(0)] !== PLAIN || ends[text.charCodeAt(length - 1)] !== PLAIN) return false
    return length < LONG ? this.#short(text, kinds) : this.#long(text, kinds)
  }

  #short(text: string, kinds: Uint8Array): boolean {
    this.#reserve(text.length * 2 + 2)
    const buffer = this.#buffer
    const start = this.#length
    let at = start
    let isQuoted = false
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      const kind = code < 128 ? kinds[code] : STRANGE
      if (kind !== PLAIN) {
        if (kind === STRANGE) return false
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
  #long(text: string, kinds: Uint8Array): boolean {
    const most = text.length * 3
    this.#reserve(most * 2 + 2)
    const buffer = this.#buffer
    const start = this.#length
    const from = start + most + 2
    const end = from + buffer.write(text, from)
    let at = start + 1
    let isQuoted = false
    for (let i = from; i < end; i++) {
      const byte = buffer[i]!
      const kind = kinds[byte]
      if (kind !== PLAIN) {
        if (kind === STRANGE) return false
        if (kind === DOUBLED) buffer[at++] = QUOTE
        isQuoted = true
      }
      buffer[at++] = byte
    }
    if (isQuoted) {
      buffer[start] = QUOTE
      buffer[at++] = QUOTE
    } else {
      buffer.copyWithin(start, start + 1, at--)
    }
    this.#length = at
    return true
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
  }
}
