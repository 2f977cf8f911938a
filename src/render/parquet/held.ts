import { deserialize, serialize } from 'node:v8'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Row } from '../types.ts'

/** A group is full at this number of rows, or of characters and bytes in their values. */
const ROWS = 100_000
const SIZE = 8 * 2 ** 20

/** Holds all rows in groups. Full groups are compressed to about a tenth of their size in memory. */
export class Held {
  #rows: Row[] = []
  #size = 0
  readonly #full: Buffer[] = []

  add(row: Row): void {
    this.#rows.push(row)
    for (const value of row)
      if (typeof value === 'string' || value instanceof Uint8Array) this.#size += value.length
    if (this.#rows.length < ROWS && this.#size < SIZE) return
    this.#full.push(deflateRawSync(serialize(this.#rows), { level: 1 }))
    this.#rows = []
    this.#size = 0
  }

  /** The groups in order. Each is released as it is read, so this can be called once. */
  *groups(): Generator<readonly Row[], void, void> {
    for (let full = this.#full.shift(); full !== undefined; full = this.#full.shift())
      yield deserialize(inflateRawSync(full)) as readonly Row[]
    if (this.#rows.length > 0) yield this.#rows
  }
}
