import { deserialize, serialize } from 'node:v8'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Row } from '../types.ts'

/** A group is full with so many rows, or so many characters and bytes of their values. */
const ROWS = 100_000
const SIZE = 8 * 2 ** 20

/** Rows that are held until all are there, in groups, each full one compressed: a tenth of what they take as values. */
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

  /** The groups in order, once; what was read of them is let go. */
  *groups(): Generator<readonly Row[], void, void> {
    for (let full = this.#full.shift(); full !== undefined; full = this.#full.shift())
      yield deserialize(inflateRawSync(full)) as readonly Row[]
    if (this.#rows.length > 0) yield this.#rows
  }
}
