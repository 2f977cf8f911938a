import { compressed, valuesOf } from '../../render/compressed.ts'
import { type Piece, TemporaryFile } from '../../render/temporary-file.ts'
import type { Row } from '../../render/types.ts'

/** Rows, and characters and bytes of their values, that are in memory for all partitions together. */
const ROWS = 100_000
const SIZE = 16 * 2 ** 20
/** A group that is read back is full at this number of rows, or of characters. */
const GROUP_ROWS = 100_000
const GROUP_SIZE = 8 * 2 ** 20

interface Part {
  rows: Row[]
  size: number
  readonly chunks: { readonly piece: Piece; readonly size: number; readonly rows: number }[]
}

/**
 * Holds the rows of partitions, in the order of arrival: a bounded number in memory, the others compressed in one temporary
 * file.
 */
export class Spool {
  readonly #file: TemporaryFile
  readonly #parts = new Map<string, Part>()
  #rows = 0
  #size = 0

  constructor(dir: string) {
    this.#file = new TemporaryFile(dir)
  }

  /** The partitions in the order of their first rows. */
  keys(): Iterable<string> {
    return this.#parts.keys()
  }

  get partitions(): number {
    return this.#parts.size
  }

  /** Adds a row; call `settle` when it returns true. */
  add(key: string, row: Row): boolean {
    const part = this.#part(key)
    part.rows.push(row)
    this.#rows++
    for (const value of row)
      if (typeof value === 'string' || value instanceof Uint8Array) {
        part.size += value.length
        this.#size += value.length
      }
    return this.#rows >= ROWS || this.#size >= SIZE
  }

  /** Makes a partition without rows, if there is none. */
  open(key: string): void {
    this.#part(key)
  }

  /** Moves the rows in memory to the file. */
  async settle(): Promise<void> {
    for (const part of this.#parts.values()) {
      if (part.rows.length === 0) continue
      const { size, rows } = part
      const piece = await this.#file.append(compressed(rows.flat()))
      part.chunks.push({ piece, size, rows: rows.length })
      part.rows = []
      part.size = 0
    }
    this.#rows = 0
    this.#size = 0
  }

  /** The rows of a partition, in groups. */
  async *groups(key: string): AsyncGenerator<readonly Row[], void, void> {
    const { chunks, rows: last } = this.#part(key)
    let group: Row[] = []
    let size = 0
    for (const chunk of chunks) {
      const values = valuesOf(await this.#file.read(chunk.piece))
      const width = values.length / chunk.rows
      for (let i = 0; i < chunk.rows; i++) group.push(values.slice(i * width, (i + 1) * width))
      size += chunk.size
      if (group.length < GROUP_ROWS && size < GROUP_SIZE) continue
      yield group
      group = []
      size = 0
    }
    for (const row of last) group.push(row)
    if (group.length > 0) yield group
  }

  close(): void {
    this.#file.close()
  }

  #part(key: string): Part {
    const known = this.#parts.get(key)
    if (known) return known
    const part: Part = { rows: [], size: 0, chunks: [] }
    this.#parts.set(key, part)
    return part
  }
}
