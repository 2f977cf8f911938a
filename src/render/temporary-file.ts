import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, openSync, read, unlinkSync, write } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ConfluentqlError } from '../errors.ts'
import { reasonOf } from './file.ts'

/** Bytes that were written to a temporary file. */
export interface Piece {
  readonly at: number
  readonly length: number
}

/**
 * A file for data that does not fit into memory. It is created at the first write, with mode 0600, and unlinked as soon as it is
 * open, so that nothing is left of it however the process ends.
 */
export class TemporaryFile {
  readonly #dir: string
  readonly #isDefault: boolean
  #fd: number | undefined
  #end = 0

  /** Without a folder, it is in that of SQLite's temporary files: TMPDIR, or /var/tmp. */
  constructor(dir?: string) {
    this.#isDefault = dir === undefined
    this.#dir = dir ?? process.env.TMPDIR ?? (existsSync('/var/tmp') ? '/var/tmp' : tmpdir())
  }

  /** @throws ConfluentqlError OUTPUT */
  async append(bytes: Uint8Array): Promise<Piece> {
    const at = this.#end
    try {
      this.#fd ??= openUnnamed(this.#dir)
      for (let from = 0; from < bytes.length;) {
        const { bytesWritten } = await promisify(write)(this.#fd, bytes, from, bytes.length - from, this.#end)
        from += bytesWritten
        this.#end += bytesWritten
      }
    } catch (cause) {
      this.close()
      throw this.#error(
        `cannot write a temporary file in ${this.#dir}: ${reasonOf(cause, join(this.#dir, 'file'))}`,
        cause,
      )
    }
    return { at, length: bytes.length }
  }

  /** @throws ConfluentqlError OUTPUT */
  async read({ at, length }: Piece): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length)
    for (let from = 0; from < length;) {
      const { bytesRead } = await promisify(read)(this.#fd!, bytes, from, length - from, at + from)
      if (bytesRead === 0)
        throw this.#error(`a temporary file in ${this.#dir} is shorter than what was written`)
      from += bytesRead
    }
    return bytes
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }

  #error(message: string, cause?: unknown): ConfluentqlError {
    return new ConfluentqlError('OUTPUT', message, {
      cause,
      ...(this.#isDefault && {
        hint: 'set TMPDIR to a folder that can be written, on a disk with enough space',
      }),
    })
  }
}

function openUnnamed(dir: string): number {
  const path = join(dir, `.confluentql-${process.pid}-${randomBytes(6).toString('hex')}.tmp`)
  const fd = openSync(path, 'wx+', 0o600)
  unlinkSync(path)
  return fd
}
