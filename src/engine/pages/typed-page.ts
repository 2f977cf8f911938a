import { converted, isExact, isKept } from './convert.ts'
import { LONG_NAME, type Expected } from './expected.ts'
import { element, Elements, KIND, kindByLength, kindName } from './jsonb.ts'

/** A value that cannot be converted to its declared type without loss. */
export interface TypeMismatch {
  /** The column, or the path of a field in it. */
  readonly name: string
  readonly type: NonNullable<Expected['type']>
  /** The JSON type that it has. */
  readonly found: string
  /** Its column shows it unchanged. */
  readonly isKept: boolean
}

/** Makes an element of a text; undefined if that is not JSON. */
type Encode = (json: string) => Buffer | undefined

/**
 * Gives each value in an answer the type that is expected at its place. APIs sometimes answer with another JSON type than
 * documented, such as a number for a text. This is the only place where that is corrected.
 */
export class TypedPages {
  readonly expected: Expected
  readonly #encode: Encode
  #elements = new Elements(Buffer.of())

  constructor(expected: Expected, encode: Encode) {
    this.expected = expected
    this.#encode = encode
  }

  /** An answer in binary JSON, with its values converted. `onMismatch` is called for each that cannot be, which stays as it is. */
  typed(page: Buffer, onMismatch: (mismatch: TypeMismatch) => void): Buffer {
    this.#elements = new Elements(page)
    if (this.#fits(0, this.expected)) return page
    return new Conversion(page, this.#encode, onMismatch).value(0, this.expected)
  }

  /** Whether the value at an offset, and what is in it, needs no conversion. This is fast, since hardly any does. */
  #fits(at: number, expected: Expected): boolean {
    const elements = this.#elements
    elements.read(at)
    const { kind, from, to } = elements
    if (!expected.takes(kind, to - from)) return false
    if (kind === KIND.object) return this.#membersFit(from, to, expected)
    return kind !== KIND.array || expected.every === undefined || this.#itemsFit(from, to, expected.every)
  }

  #membersFit(from: number, to: number, expected: Expected): boolean {
    const elements = this.#elements
    const { bytes } = elements
    const suspects = expected.suspects()
    for (let at = from; at < to;) {
      const name = at
      const isPlain = (bytes[at]! & 15) === KIND.text
      let length = bytes[at]! >> 4
      if (length < 12) at += length + 1
      else {
        elements.read(at)
        length = Math.min(elements.to - elements.from, LONG_NAME)
        at = elements.to
      }
      const value = at
      let kind = bytes[at]! & 15
      const size = bytes[at]! >> 4
      if (size < 12) at += size + 1
      else if (size === 12) {
        kind = kindByLength(kind, bytes[at + 1]!)
        at += bytes[at + 1]! + 2
      } else {
        elements.read(at)
        at = elements.to
      }
      // for most values the name need not be compared
      if (isPlain && ((suspects[kind]! >> length) & 1) === 0) continue
      elements.read(name)
      const member = expected.member(elements)
      if (member && !this.#fits(value, member)) return false
    }
    return true
  }

  #itemsFit(from: number, to: number, expected: Expected): boolean {
    const elements = this.#elements
    for (let at = from; at < to;) {
      elements.read(at)
      const { to: next } = elements
      if (!this.#fits(at, expected)) return false
      at = next
    }
    return true
  }
}

/** Rewrites an answer with its values converted. */
class Conversion {
  readonly #page: Buffer
  readonly #encode: Encode
  readonly #onMismatch: (mismatch: TypeMismatch) => void

  constructor(page: Buffer, encode: Encode, onMismatch: (mismatch: TypeMismatch) => void) {
    this.#page = page
    this.#encode = encode
    this.#onMismatch = onMismatch
  }

  /** The value at an offset, converted. */
  value(at: number, expected: Expected): Buffer {
    const elements = new Elements(this.#page)
    elements.read(at)
    const { kind, from, to } = elements
    const whole = this.#page.subarray(at, to)
    if (!expected.takes(kind, to - from)) return this.#other(whole, elements, expected)
    if (kind === KIND.object) return element(kind, this.#members(from, to, expected))
    return kind === KIND.array && expected.every
      ? element(kind, this.#items(from, to, expected.every))
      : whole
  }

  /** A value of another kind than expected. */
  #other(whole: Buffer, elements: Elements, expected: Expected): Buffer {
    const { name, type } = expected
    const { kind, from, to } = elements
    const isLong = type === 'number' && kind === KIND.integer
    if (isLong && isExact(elements.text())) return whole
    const isScalar = kind !== KIND.array && kind !== KIND.object
    const found = isScalar ? converted({ kind, text: elements.text() }, type!, this.#encode) : undefined
    // what was in a text may have values to convert in it
    if (found) return new Conversion(found, this.#encode, this.#onMismatch).value(0, expected)
    // an empty list stands for an empty object in some languages
    if (kind !== KIND.array || type !== 'object' || from !== to)
      this.#onMismatch({
        name,
        type: type!,
        found: isLong ? 'integer beyond 2^53' : kindName(kind),
        isKept: !expected.isColumn || !isScalar || isKept({ kind, text: elements.text() }, type!),
      })
    return whole
  }

  #members(from: number, to: number, expected: Expected): Buffer {
    const elements = new Elements(this.#page)
    const seen = new Set<Expected>()
    const parts: Buffer[] = []
    for (let at = from; at < to; at = elements.to) {
      elements.read(at)
      parts.push(this.#page.subarray(at, elements.to))
      at = elements.to
      const member = expected.member(elements)
      const isFirst = member && (member === expected.every || !seen.has(member))
      elements.read(at)
      parts.push(isFirst ? this.value(at, member) : this.#page.subarray(at, elements.to))
      if (member) seen.add(member)
    }
    return Buffer.concat(parts)
  }

  #items(from: number, to: number, expected: Expected): Buffer {
    const elements = new Elements(this.#page)
    const parts: Buffer[] = []
    for (let at = from; at < to; at = elements.to) {
      elements.read(at)
      parts.push(this.value(at, expected))
    }
    return Buffer.concat(parts)
  }
}
