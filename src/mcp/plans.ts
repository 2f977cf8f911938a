import { createHmac, randomBytes } from 'node:crypto'
import type { PendingRequest } from '../engine/writes/pending.ts'

/** Milliseconds for which a plan can be applied, and a question answered. */
export const LIFETIME = 600_000

/** Plans of changes that were shown, and questions that the user has been asked. */
export class Plans {
  /** Ids are hashes with a key of this process, so that they tell nothing of the secrets in requests. */
  readonly #key = randomBytes(32)
  /** By id, until when each can be applied. */
  readonly #until = new Map<string, number>()
  /** By state of the question, the plan that it is about. */
  readonly #asked = new Map<string, { readonly id: string; readonly until: number }>()
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** The id of a statement with exactly these requests. */
  idOf(sql: string, requests: readonly PendingRequest[]): string {
    const hash = createHmac('sha256', this.#key)
    hash.update(JSON.stringify([sql, ...requests.map(r => r.identity)]))
    return hash.digest('hex').slice(0, 24)
  }

  /** Keeps a plan that was shown. */
  keep(id: string): void {
    for (const [old, until] of this.#until) if (until <= this.#now()) this.#until.delete(old)
    this.#until.set(id, this.#now() + LIFETIME)
  }

  isKept(id: string): boolean {
    return (this.#until.get(id) ?? 0) > this.#now()
  }

  /** Takes a plan, which can then not be applied again; false if it is not there. */
  take(id: string): boolean {
    return this.isKept(id) && this.#until.delete(id)
  }

  /** The state of a question about a plan. */
  ask(id: string): string {
    for (const [old, { until }] of this.#asked) if (until <= this.#now()) this.#asked.delete(old)
    const state = randomBytes(16).toString('hex')
    this.#asked.set(state, { id, until: this.#now() + LIFETIME })
    return state
  }

  /** Whether a question about this plan was asked with this state; it can be answered once. */
  isAnswered(state: string, id: string): boolean {
    const found = this.#asked.get(state)
    this.#asked.delete(state)
    return found !== undefined && found.id === id && found.until > this.#now()
  }
}
