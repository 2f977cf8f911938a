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

/** JSON types by the kind of element, as json_type names them. */
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

export const isText = (kind: number): boolean =>
  kind === KIND.text || kind === KIND.escaped || kind === KIND.raw

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
      this.to =
        this.from + (size === 15 ? Number(bytes.readBigUInt64BE(at + 1)) : bytes.readUIntBE(at + 1, length))
    }
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
