import type { Value } from './catalog/types.ts'

/** Bytes that never occur in UTF-8 (RFC 3629 §1): the end of a field, the end of a row, and NULL. */
export const FIELD = 0xfe
export const ROW = 0xfd
export const NULL = 0xff

/** How a field of csv is written. NULL is an empty field. */
export interface CsvStyle {
  /** An ASCII character. */
  readonly delimiter: number
  /** 1 for each byte value that needs `fallback` at the beginning or end of a field. */
  readonly ends: Uint8Array
  /** Formats a field that the other rules cannot decide. */
  readonly fallback: (text: string) => string
}

/** How a reader prefers rows: with markers between fields, or as lines of csv. */
export type Packing = 'fields' | CsvStyle

/**
 * Rows of texts and NULLs in one buffer: each field is followed by FIELD, the last of a row by ROW. SQLite makes it in a
 * third of the time of a string for each value, and csv is written from it without making strings. With a `style`, the
 * buffer has lines of csv instead, which cannot be read as rows; only a reader that asked for them gets them.
 */
export class PackedRows implements Iterable<readonly Value[]> {
  readonly bytes: Uint8Array
  readonly length: number
  readonly columns: number
  readonly style: CsvStyle | undefined

  constructor(bytes: Uint8Array, length: number, columns: number, style?: CsvStyle) {
    this.bytes = bytes
    this.length = length
    this.columns = columns
    this.style = style
  }

  *[Symbol.iterator](): Generator<readonly Value[], void, void> {
    if (this.style) throw new Error('lines of csv cannot be read as rows')
    const bytes = Buffer.from(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength)
    for (let at = 0; at < bytes.length;) {
      const row: Value[] = []
      for (let isLast = false; !isLast; at++) {
        const from = at
        while (bytes[at] !== FIELD && bytes[at] !== ROW) at++
        row.push(bytes[from] === NULL ? null : bytes.toString('utf8', from, at))
        isLast = bytes[at] === ROW
      }
      yield row
    }
  }
}
