import { closeSync, openSync, writeSync } from 'node:fs'
import { ConfluentqlError } from '../errors.ts'

/** A call of a tool, for the audit file. */
export interface AuditEntry {
  readonly tool: string
  /** The statement with its secrets masked; for the other tools, what they were asked. */
  readonly statement: string
  /** `GET https://…`, as sent; for a change that is about to be sent, as it will be. */
  readonly requests: readonly string[]
  readonly rows: number
  readonly outcome: string
  /** Milliseconds. */
  readonly ms: number
}

/** Most requests that an entry lists; `requests_total` has their number. */
const MOST_REQUESTS = 200

/** Appends a line of JSON for each call to a file. Without a file it does nothing. */
export class Audit {
  readonly #path: string | undefined
  readonly #file: number | undefined
  /** The last line could not be written to its end. */
  #isTorn = false

  /** @throws ConfluentqlError USAGE if the file cannot be written */
  constructor(path: string | undefined) {
    this.#path = path
    try {
      this.#file = path === undefined ? undefined : openSync(path, 'a', 0o600)
    } catch (cause) {
      throw new ConfluentqlError('USAGE', `--audit ${path}: ${(cause as Error).message}`, { cause })
    }
  }

  /** @throws ConfluentqlError OUTPUT if the line cannot be written */
  write({ requests, ...entry }: AuditEntry): void {
    if (this.#file === undefined) return
    const line = {
      time: new Date().toISOString(),
      ...entry,
      requests: requests.slice(0, MOST_REQUESTS),
      ...(requests.length > MOST_REQUESTS && { requests_total: requests.length }),
    }
    const bytes = Buffer.from(`${this.#isTorn ? '\n' : ''}${JSON.stringify(line)}\n`)
    let at = 0
    try {
      while (at < bytes.length) at += writeSync(this.#file, bytes, at)
      this.#isTorn = false
    } catch (cause) {
      this.#isTorn = at > 0 || this.#isTorn
      throw new ConfluentqlError(
        'OUTPUT',
        `the audit file ${this.#path} cannot be written: ${(cause as Error).message}`,
        { cause, hint: 'nothing is changed until it can be written again' },
      )
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
  }
}
