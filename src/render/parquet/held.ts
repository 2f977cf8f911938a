import type { Value } from '../../catalog/types.ts'
import { compressed, textsOf, valuesOf } from '../compressed.ts'
import { type Piece, TemporaryFile } from '../temporary-file.ts'
import type { Row } from '../types.ts'

/** A row group is full at this number of rows, or of characters and bytes in their values. */
const ROWS = 100_000
const SIZE = 8 * 2 ** 20
/** The limits of a chunk. Values that are held for longer move to V8's old space, which is collected late. */
const CHUNK_ROWS = 10_000
const CHUNK_SIZE = 2 ** 20
/** Compressed bytes of row groups in memory; further ones go to a temporary file. */
const IN_MEMORY = 4 * 2 ** 20
/** Bytes of the length of a column in a chunk. */
const LENGTH = 4

/** The rows of a row group, by columns. */
export interface Group {
  readonly length: number
  column(index: number): readonly Value[]
  /** The same of a column of texts, in UTF-8. */
  texts(index: number): (Uint8Array | null)[]
}

/** A row group, in chunks: the length of each column, then the columns. Each is compressed by itself, so that one at a time is read. */
interface HeldGroup {
  readonly length: number
  readonly bytes: Buffer | Piece
}

/** Keeps all rows in row groups, compressed to about a tenth of their size in memory. */
export class Held {
  readonly #file = new TemporaryFile()
  readonly #groups: HeldGroup[] = []
  readonly #columns: Value[][]
  /** Of the chunk. */
  #rows = 0
  #size = 0
  /** The chunks of the group that is not full yet. */
  #chunks: Buffer[] = []
  #groupRows = 0
  #groupSize = 0
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
    const parts = this.#columns.map(values => compressed(values.splice(0)))
    const lengths = Buffer.allocUnsafe(parts.length * LENGTH)
    for (const [i, { length }] of parts.entries()) lengths.writeUInt32LE(length, i * LENGTH)
    this.#chunks.push(lengths, ...parts)
    this.#groupRows += this.#rows
    this.#groupSize += this.#size
    this.#rows = 0
    this.#size = 0
    if (this.#groupRows >= ROWS || this.#groupSize >= SIZE) await this.#endGroup()
  }

  /** The groups in order. Each is released as it is read, so this can be called once. */
  async *groups(): AsyncGenerator<Group, void, void> {
    if (this.#rows > 0) await this.settle()
    if (this.#groupRows > 0) await this.#endGroup()
    for (let group = this.#groups.shift(); group !== undefined; group = this.#groups.shift()) {
      const { length, bytes } = group
      const chunks = this.#chunksOf(Buffer.isBuffer(bytes) ? bytes : await this.#file.read(bytes))
      yield {
        length,
        column: i => chunks.flatMap(columns => valuesOf(columns[i]!)),
        texts: i => chunks.flatMap(columns => textsOf(columns[i]!)),
      }
    }
  }

  async #endGroup(): Promise<void> {
    const bytes = Buffer.concat(this.#chunks.splice(0))
    this.#inMemory += bytes.length
    this.#groups.push({
      length: this.#groupRows,
      bytes: this.#inMemory > IN_MEMORY ? await this.#file.append(bytes) : bytes,
    })
    this.#groupRows = 0
    this.#groupSize = 0
  }

  /** The columns of each chunk of a group, compressed. */
  #chunksOf(bytes: Buffer): readonly Buffer[][] {
    const chunks: Buffer[][] = []
    for (let at = 0; at < bytes.length;) {
      let end = at + this.#columns.length * LENGTH
      const columns = this.#columns.map((_, i) => {
        const from = end
        end += bytes.readUInt32LE(at + i * LENGTH)
        return bytes.subarray(from, end)
      })
      chunks.push(columns)
      at = end
    }
    return chunks
  }

  close(): void {
    this.#file.close()
  }
}
