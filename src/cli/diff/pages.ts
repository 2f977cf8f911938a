import { snappyUncompress } from 'hyparquet'

/*
 * Validates the pages of a Parquet file before they are decoded. The decoder trusts every count, so that one damaged byte
 * could make it fill the memory or loop forever. The formats are described at
 * https://parquet.apache.org/docs/file-format/ (pages, encodings) and https://github.com/google/snappy (elements).
 */

/** A column chunk: its pages, with the metadata from the footer. */
export interface Chunk {
  readonly bytes: Uint8Array
  readonly codec: string
  readonly isBoolean: boolean
  /** One value for each row. */
  readonly isFlat: boolean
  /** Number of values, including NULLs. */
  readonly values: number
  /** Maximum definition and repetition levels; 0: no levels are stored. */
  readonly definition: number
  readonly repetition: number
}

interface Cursor {
  readonly bytes: Uint8Array
  at: number
}

/** @throws RangeError if the pages contradict their headers or the footer */
export function checkPages(chunk: Chunk): void {
  // the decoder itself rejects an unknown codec
  if (chunk.codec !== 'UNCOMPRESSED' && chunk.codec !== 'SNAPPY') return
  const from: Cursor = { bytes: chunk.bytes, at: 0 }
  let values = 0
  while (chunk.isFlat ? values < chunk.values : from.at < chunk.bytes.length - 1) {
    const header = structAt(from)
    const page = part(from, int(header, 3))
    values += pageValues(page, header, chunk)
  }
  check(values === chunk.values)
}

function check(isValid: boolean): asserts isValid {
  if (!isValid) throw new RangeError('a page contradicts its header')
}

/** Checks a page; returns the number of values in it. */
function pageValues(page: Uint8Array, header: Struct, chunk: Chunk): number {
  const size = int(header, 2)
  switch (int(header, 1)) {
    case 0:
      return firstVersion(inflated(page, size, chunk.codec), struct(header, 5), chunk)
    case 3:
      return secondVersion(page, size, struct(header, 8), chunk)
    default:
      inflated(page, size, chunk.codec)
      return 0
  }
}

function firstVersion(bytes: Uint8Array, header: Struct, chunk: Chunk): number {
  const count = within(int(header, 1), chunk.values)
  const from: Cursor = { bytes, at: 0 }
  if (chunk.repetition > 0) runs(sized(from), widthOf(chunk.repetition), count)
  const present =
    chunk.definition > 0 ? runs(sized(from), widthOf(chunk.definition), count, chunk.definition) : count
  if (!isInRuns(int(header, 2))) return count
  const width = chunk.isBoolean ? 1 : within(byteAt(from), 32)
  // with zero bits every index is 0, and there are no runs
  if (width > 0) runs(chunk.isBoolean ? sized(from) : from, width, present)
  return count
}

function secondVersion(page: Uint8Array, size: number, header: Struct, chunk: Chunk): number {
  const count = within(int(header, 1), chunk.values)
  const present = count - within(int(header, 2), count)
  within(int(header, 3), count)
  const from: Cursor = { bytes: page, at: 0 }
  const [definitions, repetitions] = [int(header, 5), int(header, 6)]
  const [repeated, defined] = [part(from, repetitions), part(from, definitions)]
  if (chunk.repetition > 0) runs({ bytes: repeated, at: 0 }, widthOf(chunk.repetition), count)
  if (chunk.definition > 0) runs({ bytes: defined, at: 0 }, widthOf(chunk.definition), count)
  const rest = page.subarray(from.at)
  const values: Cursor = {
    bytes: header[7] === 0 ? rest : inflated(rest, size - definitions - repetitions, chunk.codec),
    at: 0,
  }
  const encoding = int(header, 4)
  if (encoding === RLE) runs(sized(values), 1, present)
  else if (isInRuns(encoding)) runs(values, within(byteAt(values), 32), present)
  return count
}

const [PLAIN_DICTIONARY, RLE, RLE_DICTIONARY] = [2, 3, 8]

/** Whether values are run-length encoded: dictionary indexes or booleans. Other encodings are bounded by the length of their bytes. */
const isInRuns = (encoding: number): boolean =>
  encoding === PLAIN_DICTIONARY || encoding === RLE || encoding === RLE_DICTIONARY

/** Padding values that the last run may have: a partial group of eight, or more from some writers. */
const MAX_PADDING = 512

/** Skips `count` run-length encoded values; returns how many of them equal `wanted`. */
function runs(from: Cursor, width: number, count: number, wanted?: number): number {
  let found = 0
  for (let seen = 0; seen < count;) {
    const head = varint(from)
    const n = Math.floor(head / 2)
    if (head % 2 === 0) {
      check(n <= count - seen)
      let value = 0
      for (let i = 0; i < width; i += 8) value += byteAt(from) * 2 ** i
      if (value === wanted) found += n
      seen += n
    } else {
      check(n * 8 <= count - seen + MAX_PADDING)
      if (wanted !== undefined) found += countOf(wanted, from, width, Math.min(n * 8, count - seen))
      from.at += n * width
      seen += n * 8
    }
  }
  return found
}

/** How many of the next bit-packed values, of up to eight bits each, equal `wanted`. */
function countOf(wanted: number, { bytes, at: start }: Cursor, width: number, count: number): number {
  let found = 0
  for (let i = 0; i < count; i++) {
    const bit = i * width
    const at = start + (bit >> 3)
    const value = (((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)) >> (bit & 7)) & ((1 << width) - 1)
    if (value === wanted) found++
  }
  return found
}

function inflated(bytes: Uint8Array, size: number, codec: string): Uint8Array {
  if (codec === 'UNCOMPRESSED') return bytes
  check(inflatedSize(bytes) === size)
  const result = new Uint8Array(size)
  snappyUncompress(bytes, result)
  return result
}

/** The decompressed size of a snappy block, computed from its elements. */
function inflatedSize(bytes: Uint8Array): number {
  if (bytes.length === 0) return 0
  const from: Cursor = { bytes, at: 0 }
  varint(from)
  let size = 0
  while (from.at < bytes.length) {
    const tag = byteAt(from)
    const kind = tag & 3
    let length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1
    if (kind === 0) {
      const extra = length - 60
      if (extra > 0) {
        length = 1
        for (let i = 0; i < extra; i++) length += byteAt(from) * 256 ** i
      }
      part(from, length)
    } else {
      part(from, [0, 1, 2, 4][kind]!)
    }
    size += length
  }
  return size
}

/** A struct of Thrift's compact protocol: its numbers and structs by field id. */
interface Struct {
  readonly [field: number]: number | Struct
}

function structAt(from: Cursor): Struct {
  const fields: Record<number, number | Struct> = {}
  let id = 0
  for (;;) {
    const head = byteAt(from)
    const type = head & 15
    if (type === 0) return fields
    id = head >> 4 === 0 ? zigzag(from) : id + (head >> 4)
    switch (type) {
      case 1:
      case 2:
        fields[id] = 2 - type
        break
      case 3:
        fields[id] = (byteAt(from) << 24) >> 24
        break
      case 4:
      case 5:
      case 6:
        fields[id] = zigzag(from)
        break
      case 7:
        part(from, 8)
        break
      case 8:
        part(from, varint(from))
        break
      case 12:
        fields[id] = structAt(from)
        break
      default:
        check(false)
    }
  }
}

function int(fields: Struct, id: number): number {
  const value = fields[id]
  check(typeof value === 'number')
  return value
}

function struct(fields: Struct, id: number): Struct {
  const value = fields[id]
  check(typeof value === 'object')
  return value
}

function within(value: number, most: number): number {
  check(value >= 0 && value <= most)
  return value
}

const widthOf = (highest: number): number => 32 - Math.clz32(highest)

function byteAt(from: Cursor): number {
  const byte = from.bytes[from.at++]
  check(byte !== undefined)
  return byte
}

/** The next bytes. */
function part(from: Cursor, length: number): Uint8Array {
  within(length, from.bytes.length - from.at)
  from.at += length
  return from.bytes.subarray(from.at - length, from.at)
}

/** Bytes that are preceded by their length in four bytes. */
function sized(from: Cursor): Cursor {
  let length = 0
  for (let i = 0; i < 4; i++) length += byteAt(from) * 256 ** i
  return { bytes: part(from, length), at: 0 }
}

function varint(from: Cursor): number {
  let value = 0
  for (let scale = 1; ; scale *= 128) {
    const byte = byteAt(from)
    value += (byte & 127) * scale
    if (byte < 128) return value
    check(scale < 2 ** 63)
  }
}

function zigzag(from: Cursor): number {
  const value = varint(from)
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}
