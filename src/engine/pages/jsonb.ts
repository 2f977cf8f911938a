import { pathSteps } from '../../catalog/json-path.ts'

/** Types of the elements of SQLite's binary JSON (sqlite.org/jsonb.html), apart from those of JSON5. */
export const KIND = {
  null: 0,
  true: 1,
  false: 2,
  integer: 3,
  real: 5,
  text: 7,
  escaped: 8,
  raw: 10,
  array: 11,
  object: 12,
} as const

/** Stands for the kind of an integer that a REAL may not hold: one with as many digits as 2^53. No element has it. */
export const LONG_INTEGER = 15
const LONG = 16

/** JSON types by the kind of element. */
const NAMES: readonly (string | undefined)[] = [
  'null',
  'boolean',
  'boolean',
  'number',
  undefined,
  'number',
  undefined,
  'text',
  'text',
  undefined,
  'text',
  'array',
  'object',
]

/** The name of a kind of element, for messages. */
export const kindName = (kind: number): string => NAMES[kind] ?? 'value'

/** The type of a kind of element as json_type names it. */
export function typeName(kind: number): string {
  if (kind === KIND.true || kind === KIND.false) return kind === KIND.true ? 'true' : 'false'
  if (NAMES[kind] !== 'number') return NAMES[kind] ?? 'value'
  return kind < KIND.real ? 'integer' : 'real'
}

/** The kind of an element, or LONG_INTEGER. `length`: of its payload. */
export const kindByLength = (kind: number, length: number): number =>
  kind === KIND.integer && length >= LONG ? LONG_INTEGER : kind

export const isText = (kind: number): boolean =>
  kind === KIND.text || kind === KIND.escaped || kind === KIND.raw

/** The name of a member to look for. */
export interface MemberName {
  readonly text: string
  readonly bytes: Buffer
}

/** The names in a JSON path without `[*]`. */
export function namesIn(path: string): readonly MemberName[] {
  return pathSteps(path).flatMap(step =>
    step === 'all' ? [] : [{ text: step.name, bytes: Buffer.from(step.name) }],
  )
}

/** Reads the headers of elements: `read` moves to one, whose kind and payload are then known. */
export class Elements {
  readonly bytes: Buffer
  kind = 0
  /** Offsets of the payload. */
  from = 0
  to = 0

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  read(at: number): void {
    const { bytes } = this
    const first = bytes[at]!
    this.kind = first & 15
    const size = first >> 4
    if (size < 12) {
      this.from = at + 1
      this.to = at + 1 + size
    } else if (size === 12) {
      this.from = at + 2
      this.to = at + 2 + bytes[at + 1]!
    } else {
      const length = size === 13 ? 2 : size === 14 ? 4 : 8
      this.from = at + 1 + length
      let payload = 0
      for (let i = at + 1; i < this.from; i++) payload = payload * 256 + bytes[i]!
      this.to = this.from + payload
    }
  }

  /** The offset of the value at names of members, from the object at an offset; -1 if there is none. It is read then. */
  find(names: readonly MemberName[], at = 0): number {
    this.read(at)
    for (const name of names) {
      at = this.kind === KIND.object ? this.member(name, this.from, this.to) : -1
      if (at < 0) return -1
      this.read(at)
    }
    return at
  }

  /** The offset of the first value with a name among the members between two offsets; -1 if there is none. */
  member(name: MemberName, from: number, to: number): number {
    for (let at = from; at < to; at = this.to) {
      this.read(at)
      const isName = this.#is(name)
      at = this.to
      if (isName) return at
      this.read(at)
    }
    return -1
  }

  /** Whether the text that was read is a name. */
  #is({ text, bytes }: MemberName): boolean {
    if (this.kind !== KIND.text) return this.text() === text
    const { from } = this
    if (this.to - from !== bytes.length) return false
    for (let i = 0; i < bytes.length; i++) if (bytes[i] !== this.bytes[from + i]) return false
    return true
  }

  /** The characters of the text that was read. */
  text(): string {
    const text = this.bytes.toString('utf8', this.from, this.to)
    return this.kind === KIND.escaped ? (JSON.parse(`"${text}"`) as string) : text
  }
}

/** An element with a payload. */
export function element(kind: number, payload: Uint8Array): Buffer {
  const { length } = payload
  const header = length < 12 ? 1 : length < 256 ? 2 : 5
  const bytes = Buffer.allocUnsafe(header + length)
  bytes[0] = kind | ((header === 1 ? length : header === 2 ? 12 : 14) << 4)
  if (header === 2) bytes[1] = length
  if (header === 5) bytes.writeUInt32BE(length, 1)
  bytes.set(payload, header)
  return bytes
}
