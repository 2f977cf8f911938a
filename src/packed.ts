import type { Value } from './catalog/types.ts'

/** Bytes that UTF-8 never has (RFC 3629 §1): one ends a field, one the last field of a row, one stands for NULL. */
export const FIELD = 0xfe
export const ROW = 0xfd
export const NULL = 0xff

/**
 * Rows of nothing but texts and NULL, as one text: each field is followed by FIELD or, the last of a row, by ROW. SQLite
 * makes it in a third of the time that a string for each value takes, and csv is made of it without any.
 */
export class PackedRows implements Iterable<readonly Value[]> {
  readonly bytes: Uint8Array
  readonly length: number
  readonly columns: number

  constructor(bytes: Uint8Array, length: number, columns: number) {
    this.bytes = bytes
    this.length = length
    this.columns = columns
  }

  *[Symbol.iterator](): Generator<readonly Value[], void, void> {
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
