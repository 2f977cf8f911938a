import type { Value } from '../../catalog/types.ts'
import type { Batch, Row } from '../../engine/result.ts'
import { FIELD, NULL, PackedRows } from '../../packed.ts'
import { JsonBytes } from '../sql/json-bytes.ts'
import { microsAt } from '../sql/timestamps.ts'
import type { PgType } from '../sql/types.ts'

/** 0: text, 1: binary. */
export type Format = 0 | 1

/** A column of an answer. */
export interface Field {
  readonly name: string
  /** OID of its table and its number there; 0: it is computed. */
  readonly table: number
  readonly column: number
  readonly type: number
  readonly size: number
  readonly modifier: number
}

const DATA_ROW = 'D'.charCodeAt(0)
/** Bytes of a DataRow before its values. */
const HEAD = 7
/** The most bytes of a value, beyond twice its text. */
const CELL = 8

/** Writes rows as DataRow messages into one buffer, which is used again. */
export class RowWriter {
  readonly #types: readonly PgType[]
  readonly #formats: readonly Format[]
  readonly #json = new JsonBytes()
  #buffer = Buffer.allocUnsafe(64 * 1024)
  #at = 0
  /** The most bytes that the packed rows which are being added take. */
  #expected = 0
  /** A text in UTF-8, and a byte that ends it. */
  #encoded = Buffer.allocUnsafe(1024)

  constructor(types: readonly PgType[], formats: readonly Format[]) {
    this.#types = types
    this.#formats = formats
  }

  add(row: Row): void {
    const start = this.#begin(row.length)
    for (let i = 0; i < row.length; i++) this.#value(row[i], i)
    this.#end(start)
  }

  addBatch(batch: Batch): void {
    if (batch instanceof PackedRows) this.#packed(batch)
    else for (const row of batch) this.add(row)
  }

  /** The rows so far. The buffer is used again: the next addition overwrites them. */
  take(): Buffer {
    const bytes = this.#buffer.subarray(0, this.#at)
    this.#at = 0
    return bytes
  }

  /** Values are read and written as bytes, without a string for each. */
  #packed({ bytes: { buffer, byteOffset, byteLength }, length, columns }: PackedRows): void {
    const input = Buffer.from(buffer, byteOffset, byteLength)
    this.#expected = byteLength * 2 + length * (HEAD + columns * CELL)
    this.#reserve(0)
    for (let row = 0, at = 0; row < length; row++) {
      const start = this.#begin(columns)
      for (let i = 0; i < columns; i++) {
        if (input[at] === NULL) {
          this.#none()
          at += 2
        } else at = this.#bytes(input, at, i) + 1
      }
      this.#end(start)
    }
    this.#expected = 0
  }

  #begin(columns: number): number {
    const start = this.#at
    this.#reserve(HEAD)
    this.#buffer[start] = DATA_ROW
    this.#buffer.writeInt16BE(columns, start + 5)
    this.#at += HEAD
    return start
  }

  #end(start: number): void {
    this.#buffer.writeInt32BE(this.#at - start - 1, start + 1)
  }

  #value(value: Row[number] | undefined, i: number): void {
    if (value === null || value === undefined) {
      this.#reserve(CELL)
      this.#none()
    } else if (typeof value === 'string' && isQuick(this.#types[i]!)) {
      const most = value.length * 3
      if (this.#encoded.length <= most) this.#encoded = Buffer.allocUnsafe(most * 2)
      const length = this.#encoded.write(value)
      this.#encoded[length] = FIELD
      this.#reserve(length * 2 + CELL)
      this.#bytes(this.#encoded, 0, i)
    } else this.#any(value, i)
  }

  #none(): void {
    this.#at = this.#buffer.writeInt32BE(-1, this.#at)
  }

  /** A value from its text in UTF-8. @returns where that ends */
  #bytes(input: Buffer, from: number, i: number): number {
    const type = this.#types[i]!
    const isBinary = this.#formats[i] === 1
    const at = this.#at + 4
    let to = -1
    let end = from
    if (type.name === 'jsonb') {
      const first = isBinary ? at + 1 : at
      if (isBinary) this.#buffer[at] = 1
      to = this.#json.write(input, from, this.#buffer, first)
      end = to < 0 ? endOf(input, from) : this.#json.end
    } else {
      end = endOf(input, from)
      if (type.name === 'text') to = copyText(input, from, end, this.#buffer, at)
      else if (type.name === 'timestamptz') to = writeTime(input, from, end, this.#buffer, at, isBinary)
    }
    if (to < 0) this.#any(input.toString('utf8', from, end), i)
    else {
      this.#buffer.writeInt32BE(to - at, at - 4)
      this.#at = to
    }
    return end
  }

  #any(value: Exclude<Value, null>, i: number): void {
    if (this.#formats[i] === 1) {
      const bytes = this.#types[i]!.binary(value)
      this.#reserve(bytes.length + 4)
      this.#at = this.#buffer.writeInt32BE(bytes.length, this.#at)
      this.#at += bytes.copy(this.#buffer, this.#at)
    } else {
      const text = this.#types[i]!.text(value)
      this.#reserve(text.length * 3 + 4)
      const length = this.#buffer.write(text, this.#at + 4)
      this.#buffer.writeInt32BE(length, this.#at)
      this.#at += length + 4
    }
  }

  #reserve(n: number): void {
    const needed = this.#at + n + this.#expected
    if (needed <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, needed))
    this.#buffer.copy(larger, 0, 0, this.#at)
    this.#buffer = larger
  }
}

/** Types that are written faster from bytes than from a string. */
const isQuick = ({ name }: PgType): boolean => name === 'jsonb' || name === 'timestamptz'

/** Where a text ends, before a byte that is no UTF-8. */
function endOf(input: Uint8Array, from: number): number {
  let at = from
  while (input[at]! < 0xfd) at++
  return at
}

/** Returns the end; -1 for a text with a zero byte. */
function copyText(input: Uint8Array, from: number, end: number, output: Uint8Array, at: number): number {
  let to = at
  for (let i = from; i < end; i++) {
    const byte = input[i]!
    if (byte === 0) return -1
    output[to++] = byte
  }
  return to
}

/** Writes a time in the usual form. Returns the end; -1 for another form. */
function writeTime(
  input: Uint8Array,
  from: number,
  end: number,
  output: Buffer,
  at: number,
  isBinary: boolean,
): number {
  const micros = microsAt(input, from, end)
  if (Number.isNaN(micros)) return -1
  if (isBinary) {
    const high = Math.floor(micros / 2 ** 32)
    return output.writeUInt32BE(micros - high * 2 ** 32, output.writeInt32BE(high, at))
  }
  // 2024-05-01T12:00:00.250000Z is 2024-05-01 12:00:00.25+00
  let last = end - 1
  if (last - from > 19) {
    while (input[last - 1] === 0x30) last--
    if (input[last - 1] === 0x2e) last--
  }
  let to = at
  for (let i = from; i < last; i++) output[to++] = input[i]!
  output[at + 10] = 0x20
  return to + output.write('+00', to, 'latin1')
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
}

/** A row in the text format of COPY. */
export function copyLine(row: Row, types: readonly PgType[]): string {
  const fields = row.map((value, i) => {
    if (value === null) return '\\N'
    const text = types[i]!.text(value)
    return /[\\\b\f\n\r\t\v]/.test(text) ? text.replaceAll(/[\\\b\f\n\r\t\v]/g, c => ESCAPES[c]!) : text
  })
  return `${fields.join('\t')}\n`
}
