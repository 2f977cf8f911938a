import type { Duplex } from 'node:stream'

/** Bytes that are collected before they are written. */
const FULL = 64 * 1024

/** Collects messages, and waits for a client that reads slowly. */
export class Outbox {
  readonly #socket: Duplex
  #parts: Buffer[] = []
  #size = 0

  constructor(socket: Duplex) {
    this.#socket = socket
  }

  add(message: Buffer): void {
    this.#parts.push(message)
    this.#size += message.length
  }

  /** Adds rows; resolves when the client can take more. The buffer of the rows may then be overwritten. */
  async addRows(rows: Buffer, signal: AbortSignal): Promise<void> {
    if (this.#size + rows.length < FULL) return this.add(Buffer.from(rows))
    this.add(rows)
    await this.#write(signal)
  }

  /** Writes all that is collected. */
  async flush(): Promise<void> {
    await this.#write()
  }

  /** @throws the reason of the signal, if the client does not read until then */
  async #write(signal?: AbortSignal): Promise<void> {
    if (this.#size === 0 || this.#socket.destroyed) return
    const bytes = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts)
    this.#parts = []
    this.#size = 0
    await new Promise<void>((resolve, reject) => {
      const aborted = (): void => reject(signal!.reason as Error)
      signal?.addEventListener('abort', aborted, { once: true })
      // an error closes the connection, which ends the statement
      this.#socket.write(bytes, () => {
        signal?.removeEventListener('abort', aborted)
        resolve()
      })
    })
  }
}
