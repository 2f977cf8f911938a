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

  /** Adds rows; resolves when the client can take more. */
  async addRows(rows: Buffer, signal: AbortSignal): Promise<void> {
    this.add(rows)
    if (this.#size >= FULL) await this.flush(signal)
  }

  /** Writes all that is collected. @throws the reason of the signal, if the client does not read until then */
  async flush(signal?: AbortSignal): Promise<void> {
    if (this.#size === 0 || this.#socket.destroyed) return
    const bytes = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts)
    this.#parts = []
    this.#size = 0
    if (this.#socket.write(bytes)) return
    await new Promise<void>((resolve, reject) => {
      const done = (): void => {
        this.#socket.off('drain', done).off('close', done)
        signal?.removeEventListener('abort', aborted)
        resolve()
      }
      const aborted = (): void => {
        done()
        reject(signal!.reason as Error)
      }
      this.#socket.on('drain', done).on('close', done)
      signal?.addEventListener('abort', aborted, { once: true })
    })
  }
}
