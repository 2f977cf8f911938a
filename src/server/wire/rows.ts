import type { Row } from '../../engine/result.ts'
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

/** Writes rows as DataRow messages into one buffer. */
export class RowWriter {
  readonly #types: readonly PgType[]
  readonly #formats: readonly Format[]
  #buffer = Buffer.allocUnsafe(64 * 1024)
  #at = 0

  constructor(types: readonly PgType[], formats: readonly Format[]) {
    this.#types = types
    this.#formats = formats
  }

  add(row: Row): void {
    const start = this.#at
    this.#reserve(7)
    this.#buffer[this.#at] = 0x44
    this.#buffer.writeInt16BE(row.length, this.#at + 5)
    this.#at += 7
    for (let i = 0; i < row.length; i++) this.#value(row[i], i)
    this.#buffer.writeInt32BE(this.#at - start - 1, start + 1)
  }

  #value(value: Row[number] | undefined, i: number): void {
    if (value === null || value === undefined) {
      this.#reserve(4)
      this.#at = this.#buffer.writeInt32BE(-1, this.#at)
    } else if (this.#formats[i] === 1) {
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

  /** The rows so far; the writer is then empty. */
  take(): Buffer {
    const bytes = Buffer.from(this.#buffer.subarray(0, this.#at))
    this.#at = 0
    return bytes
  }

  #reserve(n: number): void {
    if (this.#at + n <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + n))
    this.#buffer.copy(larger, 0, 0, this.#at)
    this.#buffer = larger
  }
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
