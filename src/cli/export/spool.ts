import { closeSync, openSync, read, unlinkSync, write } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { randomBytes } from 'node:crypto'
import { ConfluentqlError } from '../../errors.ts'
import type { Row } from '../../render/types.ts'
import { outputError } from './lock.ts'

/** Rows, and characters and bytes of their values, that are in memory for all partitions together. */
const ROWS = 100_000
const SIZE = 16 * 2 ** 20
/** A group that is read back is full at this number of rows, or of characters. */
const GROUP_ROWS = 100_000
const GROUP_SIZE = 8 * 2 ** 20

interface Part {
  rows: Row[]
  size: number
  readonly chunks: { readonly at: number; readonly length: number; readonly size: number }[]
}

/**
 * Holds the rows of partitions, in the order of arrival: a bounded number in memory, the others compressed in one temporary
 * file. The file has no name once it is open, so that nothing is left of it however the process ends.
 */
export class Spool {
  readonly #dir: string
  readonly #parts = new Map<string, Part>()
  #rows = 0
  #size = 0
  #fd: number | undefined
  #end = 0

  constructor(dir: string) {
    this.#dir = dir
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
      const bytes = deflateRawSync(serialize(part.rows), { level: 1 })
      part.chunks.push({ at: this.#end, length: bytes.length, size: part.size })
      await this.#write(bytes)
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
      const rows = deserialize(inflateRawSync(await this.#read(chunk))) as Row[]
      for (const row of rows) group.push(row)
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
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }

  #part(key: string): Part {
    const known = this.#parts.get(key)
    if (known) return known
    const part: Part = { rows: [], size: 0, chunks: [] }
    this.#parts.set(key, part)
    return part
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      this.#fd ??= openUnnamed(this.#dir)
      for (let from = 0; from < bytes.length;) {
        const { bytesWritten } = await promisify(write)(this.#fd, bytes, from, bytes.length - from, this.#end)
        from += bytesWritten
        this.#end += bytesWritten
      }
    } catch (cause) {
      throw outputError(`a temporary file in ${this.#dir}`, cause)
    }
  }

  async #read({ at, length }: { readonly at: number; readonly length: number }): Promise<Uint8Array> {
    const bytes = new Uint8Array(length)
    for (let from = 0; from < length;) {
      const { bytesRead } = await promisify(read)(this.#fd!, bytes, from, length - from, at + from)
      if (bytesRead === 0)
        throw new ConfluentqlError(
          'OUTPUT',
          `a temporary file in ${this.#dir} is shorter than what was written`,
        )
      from += bytesRead
    }
    return bytes
  }
}

function openUnnamed(dir: string): number {
  const path = join(dir, `.confluentql-${process.pid}-${randomBytes(6).toString('hex')}.tmp`)
  const fd = openSync(path, 'wx+', 0o600)
  unlinkSync(path)
  return fd
}
