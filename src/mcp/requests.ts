import { AsyncLocalStorage } from 'node:async_hooks'
import type { Trace } from '../http/types.ts'

/** The requests that are sent for each call of a tool, also if several run at the same time. */
export class RequestLog {
  readonly #current = new AsyncLocalStorage<string[]>()

  /** Records a request for the call during which it is sent. */
  record({ method, url, cached }: Trace): void {
    if (cached !== true) this.#current.getStore()?.push(`${method} ${url}`)
  }

  /** Runs a call, and records its requests. */
  run<T>(requests: string[], work: () => Promise<T>): Promise<T> {
    return this.#current.run(requests, work)
  }
}
