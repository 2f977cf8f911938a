import { deserialize, serialize } from 'node:v8'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Value } from '../../catalog/types.ts'
import { type Piece, TemporaryFile } from '../temporary-file.ts'
import type { Row } from '../types.ts'

/** A row group is full at this number of rows, or of characters and bytes in their values. */
const ROWS = 100_000
const SIZE = 8 * 2 ** 20
/** The limits of a chunk. Values that are held for longer move to V8's old space, which is collected late. */
const CHUNK_ROWS = 10_000
const CHUNK_SIZE = 2 ** 20
/** Compressed bytes in memory; further chunks go to a temporary file. */
const IN_MEMORY = 4 * 2 ** 20

/** The rows of a row group, by columns. */
export interface Group {
  readonly length: number
  column(index: number): readonly Value[]
}

/** Values of some rows. Each column is compressed by itself, so that one at a time is in memory when they are written. */
interface Chunk {
  readonly ends: readonly number[]
  readonly bytes: Buffer | Piece
}

/** Keeps all rows in row groups, compressed to about a tenth of their size in memory. */
export class Held {
  readonly #file = new TemporaryFile()
  readonly #groups: { length: number; size: number; readonly chunks: Chunk[] }[] = []
  readonly #columns: Value[][]
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
    return this.#rows >= CHUNK_ROWS || this.#size >= CHUNK_SIZE
  }

  /** Ends a chunk. @throws ConfluentqlError OUTPUT */
  async settle(): Promise<void> {
    const parts = this.#columns.map(values => deflateRawSync(serialize(values.splice(0)), { level: 1 }))
    let end = 0
    const ends = parts.map(part => (end += part.length))
    this.#inMemory += end
    const bytes = Buffer.concat(parts)
    let group = this.#groups.at(-1)
    if (group === undefined || group.length >= ROWS || group.size >= SIZE)
      this.#groups.push((group = { length: 0, size: 0, chunks: [] }))
    group.length += this.#rows
    group.size += this.#size
    this.#rows = 0
    this.#size = 0
    group.chunks.push({ ends, bytes: this.#inMemory > IN_MEMORY ? await this.#file.append(bytes) : bytes })
  }

  /** The groups in order. Each is released as it is read, so this can be called once. */
  async *groups(): AsyncGenerator<Group, void, void> {
    if (this.#rows > 0) await this.settle()
    for (let group = this.#groups.shift(); group !== undefined; group = this.#groups.shift()) {
      const chunks: { readonly ends: readonly number[]; readonly bytes: Buffer }[] = []
      for (const { ends, bytes } of group.chunks)
        chunks.push({ ends, bytes: Buffer.isBuffer(bytes) ? bytes : await this.#file.read(bytes) })
      const { length } = group
      const column = (i: number): Value[] =>
        chunks.flatMap(({ ends, bytes }) => valuesOf(bytes.subarray(ends[i - 1] ?? 0, ends[i])))
      yield { length, column }
    }
  }

  close(): void {
    this.#file.close()
  }
}

function valuesOf(bytes: Buffer): Value[] {
  return deserialize(inflateRawSync(bytes)) as Value[]
}
