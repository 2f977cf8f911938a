import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Value } from '../catalog/types.ts'

/** The codes of the kinds of values. */
const NULL = 0
const TEXT = 1
const NUMBER = 2
const BIGINT = 3
const BYTES = 4
/** A length is multiplied by this, and the code of the kind is added: V8's longest string still fits into 32 bits. */
const KINDS = 8
/** Words before those of the values: their number, and whether all characters are ASCII. */
const HEAD = 2
const WORD = Uint32Array.BYTES_PER_ELEMENT

/**
 * Values, compressed, for `valuesOf` in the same process. v8.serialize would keep what it is given until V8 has collected the
 * whole heap, which then grows by 20 MB in a long result.
 */
export function compressed(values: readonly Value[]): Buffer {
  const words = new Uint32Array(HEAD + values.length)
  const texts: string[] = []
  let at = HEAD
  for (const value of values) {
    const text = typeof value === 'string' ? value : written(value)
    words[at++] = text.length * KINDS + kindOf(value)
    texts.push(text)
  }
  const all = texts.join('')
  const isAscii = Buffer.byteLength(all) === all.length
  words[0] = values.length
  words[1] = Number(isAscii)
  const bytes = Buffer.allocUnsafe(words.byteLength + (isAscii ? all.length : 2 * all.length))
  bytes.set(new Uint8Array(words.buffer))
  bytes.write(all, words.byteLength, isAscii ? 'latin1' : 'utf16le')
  const size = Buffer.allocUnsafe(WORD)
  size.writeUInt32LE(bytes.length)
  return Buffer.concat([size, deflateRawSync(bytes, { level: 1 })])
}

/** The values that were compressed. */
export function valuesOf(bytes: Buffer): Value[] {
  const { words, isAscii, texts } = expanded(bytes)
  const all = texts.toString(isAscii ? 'latin1' : 'utf16le')
  const values: Value[] = []
  let at = 0
  for (const word of words) {
    const kind = word % KINDS
    const end = at + (word - kind) / KINDS
    const text = all.slice(at, end)
    values.push(kind === TEXT ? text : read(text, kind))
    at = end
  }
  return values
}

/** The texts that were compressed, in UTF-8. They share a buffer. */
export function textsOf(bytes: Buffer): (Uint8Array | null)[] {
  const { words, isAscii, texts } = expanded(bytes)
  if (!isAscii) return valuesOf(bytes).map(text => (text === null ? null : Buffer.from(String(text))))
  const views: (Uint8Array | null)[] = []
  let at = 0
  for (const word of words) {
    const kind = word % KINDS
    const end = at + (word - kind) / KINDS
    views.push(kind === NULL ? null : texts.subarray(at, end))
    at = end
  }
  return views
}

interface Expanded {
  /** Of the values. */
  readonly words: Uint32Array
  readonly isAscii: boolean
  readonly texts: Buffer
}

function expanded(bytes: Buffer): Expanded {
  // In one piece: by default, zlib collects small pieces and copies them. A full piece would be followed by another one.
  const chunkSize = Math.max(constants.Z_MIN_CHUNK, bytes.readUInt32LE() + 1)
  const all = inflateRawSync(bytes.subarray(WORD), { chunkSize })
  const from = (HEAD + all.readUInt32LE()) * WORD
  // a copy, since the offset of words must be a multiple of their size
  const words = new Uint32Array(new Uint8Array(all.subarray(0, from)).buffer)
  return { words: words.subarray(HEAD), isAscii: words[1] === 1, texts: all.subarray(from) }
}

function kindOf(value: Value): number {
  if (typeof value === 'string') return TEXT
  if (value === null) return NULL
  if (typeof value === 'number') return NUMBER
  return typeof value === 'bigint' ? BIGINT : BYTES
}

function written(value: Exclude<Value, string>): string {
  if (value === null) return ''
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1')
  return Object.is(value, -0) ? '-0' : String(value)
}

function read(text: string, kind: number): Value {
  if (kind === NULL) return null
  if (kind === NUMBER) return Number(text)
  return kind === BIGINT ? BigInt(text) : Buffer.from(text, 'latin1')
}
