import { deserialize, serialize } from 'node:v8'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Value } from '../../catalog/types.ts'
import { type Piece, TemporaryFile } from '../temporary-file.ts'
import type { Row } from '../types.ts'

/** A group is full at this number of rows, or of characters and bytes in their values. */
const ROWS = 100_000
const SIZE = 8 * 2 ** 20
/** Compressed bytes in memory; further groups go to a temporary file. */
const IN_MEMORY = 4 * 2 ** 20

/** The rows of a row group, by columns. */
export interface Group {
  readonly length: number
  column(index: number): readonly Value[]
}

/** A full group. The columns are compressed one by one, so that one at a time is in memory when they are written. */
interface Full {
  readonly length: number
  readonly ends: readonly number[]
  readonly bytes: Buffer | Piece
}

/** Keeps all rows in groups. Full groups are compressed to about a tenth of their size in memory. */
export class Held {
  readonly #file = new TemporaryFile()
  readonly #full: Full[] = []
  #columns: Value[][]
  #rows = 0
  #size = 0
  #inMemory = 0

  constructor(columns: number) {
    this.#columns = Array.from({ length: columns }, () => [])
  }

  /** Adds a row; call `settle` when it returns true. */
  add(row: Row): boolean {
    for (const [i, values] of this.#columns.entries()) {
      const value = row[i] ?? null
      values.push(value)
      if (typeof value === 'string' || value instanceof Uint8Array) this.#size += value.length
    }
    this.#rows++
    return this.#rows >= ROWS || this.#size >= SIZE
  }

  /** Ends a group. @throws ConfluentqlError OUTPUT */
  async settle(): Promise<void> {
    const parts: Buffer[] = []
    const ends: number[] = []
    let end = 0
    for (const [i, values] of this.#columns.entries()) {
      const part = deflateRawSync(serialize(values), { level: 1 })
      parts.push(part)
      ends.push((end += part.length))
      this.#columns[i] = []
    }
    const bytes = Buffer.concat(parts)
    this.#inMemory += end
    const isFile = this.#inMemory > IN_MEMORY
    this.#full.push({ length: this.#rows, ends, bytes: isFile ? await this.#file.append(bytes) : bytes })
    this.#rows = 0
    this.#size = 0
  }

  /** The groups in order. Each is released as it is read, so this can be called once. */
  async *groups(): AsyncGenerator<Group, void, void> {
    for (let full = this.#full.shift(); full !== undefined; full = this.#full.shift()) {
      const { length, ends } = full
      const bytes = Buffer.isBuffer(full.bytes) ? full.bytes : await this.#file.read(full.bytes)
      yield {
        length,
        column: i => deserialize(inflateRawSync(bytes.subarray(ends[i - 1] ?? 0, ends[i]))) as Value[],
      }
    }
    if (this.#rows > 0) yield { length: this.#rows, column: i => this.#columns[i]! }
  }

  close(): void {
    this.#file.close()
  }
}
