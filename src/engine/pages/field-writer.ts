import { type CsvStyle, NULL, type Packing } from '../../packed.ts'
import { LONG_NAME, type Expected } from './expected.ts'
import { Elements, isText, KIND, kindByLength } from './jsonb.ts'

/** Bytes of JSON text for a byte of binary JSON, at most: `false,`, or `"""",` in csv. */
const MOST = 6
/** Multiplied by a byte, repeats it in all four bytes of a word. */
const EACH = 0x01010101
const HIGH = (0x80 * EACH) | 0
const CONSTANTS = [Buffer.from('null'), Buffer.from('true'), Buffer.from('false')]
const [QUOTE, COMMA, COLON, OPEN, CLOSE, BEGIN, END] = Buffer.from('",:[]{}')

/**
 * Writes values of binary JSON as fields of packed rows, or of csv. For csv, few characters have to be looked at: a JSON text
 * without escapes needs quotes only if it has a delimiter, and in an object the quotes stand around names and texts.
 */
export class FieldWriter {
  /** The fields are those of csv. */
  readonly #style: CsvStyle | undefined
  #elements = new Elements(Buffer.of())
  #isTyped = false
  /** Reused for each page. */
  #out = Buffer.allocUnsafeSlow(1 << 16)
  #outWords = wordsOf(this.#out)
  #words = this.#outWords
  #at = 0

  constructor(packing: Packing) {
    this.#style = packing === 'fields' ? undefined : packing
  }

  /** Begins with the fields of a page. `isTyped`: values of another type than expected are added too. */
  begin(page: Elements, isTyped: boolean): void {
    this.#elements = page
    this.#isTyped = isTyped
    this.#words = wordsOf(page.bytes)
    this.#at = 0
  }

  /** What was added. */
  copy(): Buffer {
    return Buffer.from(this.#out.subarray(0, this.#at))
  }

  /** Adds the value at an offset, -1 if there is none, and the byte that ends it. Returns false for a value that is not packed. */
  add(at: number, expected: Expected, end: number): boolean {
    if (!this.#field(at, expected)) return false
    this.#out[this.#at++] = end
    return true
  }

  #field(at: number, expected: Expected): boolean {
    const elements = this.#elements
    if (at >= 0) elements.read(at)
    if (at < 0 || elements.kind === KIND.null) {
      this.#reserve(2)
      if (!this.#style) this.#out[this.#at++] = NULL
      return true
    }
    const { kind, from, to } = elements
    if (!this.#isTyped && !expected.takes(kind, to - from)) return false
    this.#reserve(MOST * (to - at) + 4)
    if (kind === KIND.text) {
      if (this.#style) this.#csvText(from, to, this.#style)
      else this.#copy(from, to)
      return true
    }
    if (isText(kind)) {
      const text = elements.text()
      // SQLite ends a text there
      if (text.includes('\0')) return false
      this.#at += this.#out.write(this.#style?.fallback(text) ?? text, this.#at, 'utf8')
      return true
    }
    if (kind !== KIND.object && kind !== KIND.array) return false
    return this.#style ? this.#csvJson(at, expected, this.#style) : this.#json(at, expected)
  }

  /** Adds a text without escapes as a field of csv. */
  #csvText(from: number, to: number, { ends, delimiter, fallback }: CsvStyle): void {
    const { bytes } = this.#elements
    const start = this.#at
    const delimiters = delimiter * EACH
    let isPlain = from < to && ends[bytes[from]!] === 0 && ends[bytes[to - 1]!] === 0
    if (isPlain) {
      const words = this.#words
      const outWords = this.#outWords
      const out = this.#out
      let at = start
      let i = from
      for (; i + 4 <= to; i += 4, at += 4) {
        const word = words.getInt32(i)
        const d = word ^ delimiters
        if ((d - EACH) & ~d & HIGH) break
        outWords.setInt32(at, word)
      }
      for (; i < to && bytes[i] !== delimiter; i++) out[at++] = bytes[i]!
      isPlain = i === to
      this.#at = at
    }
    if (isPlain) return
    this.#at = start + this.#out.write(fallback(bytes.toString('utf8', from, to)), start, 'utf8')
  }

  /** Adds the JSON text of an object or an array as a field of csv. Returns the same as #json. */
  #csvJson(at: number, expected: Expected, { delimiter }: CsvStyle): boolean {
    const out = this.#out
    const start = this.#at
    out[this.#at++] = QUOTE!
    if (!this.#json(at, expected)) return false
    const text = out.subarray(start + 1, this.#at)
    if (text[1] === QUOTE || text.includes(QUOTE!) || text.includes(delimiter)) out[this.#at++] = QUOTE!
    else out.copyWithin(start, start + 1, this.#at--)
    return true
  }

  /** Adds the JSON text of an element. `expected`: of what is in it. False if it has one that is not packed. */
  #json(at: number, expected: Expected | undefined): boolean {
    const elements = this.#elements
    elements.read(at)
    const { kind, from, to } = elements
    if (kind === KIND.object) return this.#members(from, to, expected)
    if (kind === KIND.array) return this.#items(from, to, expected?.every)
    if (kind === KIND.text || kind === KIND.escaped) this.#string(kind, from, to)
    else if (kind === KIND.integer || kind === KIND.real) this.#copy(from, to)
    else if (kind <= KIND.false) this.#at += CONSTANTS[kind]!.copy(this.#out, this.#at)
    else return false
    return true
  }

  /** Adds the names and values of an object. */
  #members(from: number, to: number, expected: Expected | undefined): boolean {
    const elements = this.#elements

    const out = this.#out
    const suspects = this.#isTyped ? undefined : expected?.suspects()
    out[this.#at++] = BEGIN!
    for (let at = from; at < to;) {
      const name = at
      elements.read(at)
      const { kind: nameKind, from: nameFrom, to: value } = elements
      if (nameKind !== KIND.text && nameKind !== KIND.escaped) return false
      this.#string(nameKind, nameFrom, value)
      out[this.#at++] = COLON!
      elements.read(value)
      const { kind, from: first, to: next } = elements
      let member: Expected | undefined
      // for most values the name need not be compared
      if (suspects && mayDiffer(suspects, nameKind, value - nameFrom, kind, next - first)) {
        elements.read(name)
        member = expected!.member(elements)
        if (member?.takes(kind, next - first) === false) return false
      }
      if (kind === KIND.text || kind === KIND.escaped) this.#string(kind, first, next)
      else if (!this.#json(value, member)) return false
      at = next
      if (at < to) out[this.#at++] = COMMA!
    }
    out[this.#at++] = END!
    return true
  }

  /** Adds the elements of an array. */
  #items(from: number, to: number, expected: Expected | undefined): boolean {
    const elements = this.#elements
    const checked = this.#isTyped ? undefined : expected
    this.#out[this.#at++] = OPEN!
    for (let at = from; at < to;) {
      elements.read(at)
      const next = elements.to
      if (checked?.takes(elements.kind, next - elements.from) === false) return false
      if (!this.#json(at, checked)) return false
      at = next
      if (at < to) this.#out[this.#at++] = COMMA!
    }
    this.#out[this.#at++] = CLOSE!
    return true
  }

  /** Adds a text of a JSON text. In a field of csv, a quote is doubled. */
  #string(kind: number, from: number, to: number): void {
    const out = this.#out
    const isCsv = this.#style !== undefined
    out[this.#at++] = QUOTE!
    if (isCsv) out[this.#at++] = QUOTE!
    if (isCsv && kind === KIND.escaped) this.#copyDoubled(from, to)
    else this.#copy(from, to)
    out[this.#at++] = QUOTE!
    if (isCsv) out[this.#at++] = QUOTE!
  }

  #copyDoubled(from: number, to: number): void {
    const { bytes } = this.#elements
    const out = this.#out
    for (let i = from; i < to; i++) {
      const byte = bytes[i]!
      out[this.#at++] = byte
      if (byte === QUOTE) out[this.#at++] = byte
    }
  }

  #copy(from: number, to: number): void {
    const words = this.#words
    const outWords = this.#outWords
    let at = this.#at
    let i = from
    for (; i + 4 <= to; i += 4, at += 4) outWords.setInt32(at, words.getInt32(i))
    const { bytes } = this.#elements
    const out = this.#out
    for (; i < to; i++) out[at++] = bytes[i]!
    this.#at = at
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#out.length) return
    const larger = Buffer.allocUnsafeSlow(2 * (this.#at + more))
    this.#out.copy(larger, 0, 0, this.#at)
    this.#out = larger
    this.#outWords = wordsOf(larger)
  }
}

/** Whether a member may need a conversion, by the kinds and lengths of its name and its value. */
function mayDiffer(
  suspects: Int32Array,
  nameKind: number,
  nameLength: number,
  kind: number,
  length: number,
): boolean {
  const lengths = suspects[kindByLength(kind, length)]!
  return nameKind !== KIND.text || ((lengths >> Math.min(nameLength, LONG_NAME)) & 1) !== 0
}

function wordsOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length)
}
