import { now } from '../clock.ts'
import type { Request } from './exchange.ts'

/** The answer to a read. */
export interface CachedAnswer {
  readonly text: string
  readonly status: number
  /** The header Link. */
  readonly link?: string | undefined
}

/** Answers to reads, in memory for a limited time. */
export interface Cache {
  /** The answer to an identical request, credentials included, if it is not too old. */
  find(request: Request): CachedAnswer | undefined
  /** Adds an answer, unless a change was sent since `epoch`. */
  store(request: Request, answer: CachedAnswer, epoch: number): void
  /** Removes the answer to an identical request, as it reports a failure. */
  drop(request: Request): void
  /** Removes everything: a change may affect any answer. */
  clear(): void
  /** Incremented by `clear`. */
  epoch(): number
}

/** Most characters of answers in memory; two bytes each. */
const MAX_SIZE = 32 * 2 ** 20

/** A cache of at most `maxSize` characters; the oldest answers are removed first. `seconds`, called each time: how old an answer may be; undefined: nothing is cached. */
export function createCache(seconds: () => number | undefined, maxSize = MAX_SIZE): Cache {
  const entries = new Map<string, CachedAnswer & { readonly at: number }>()
  let size = 0
  let epoch = 0
  const life = (): number => (seconds() ?? 0) * 1000

  const drop = (id: string): void => {
    size -= entries.get(id)?.text.length ?? 0
    entries.delete(id)
  }

  return {
    epoch: () => epoch,
    find(request) {
      if (entries.size === 0) return undefined
      const id = idOf(request)
      const found = entries.get(id)
      if (found !== undefined && now() - found.at < life()) return found
      drop(id)
      return undefined
    },
    store(request, { text, status, link }, since) {
      if (life() <= 0 || since !== epoch || text.length > maxSize) return
      const id = idOf(request)
      drop(id)
      entries.set(id, { text, status, link, at: now() })
      size += text.length
      for (const oldest of entries.keys()) {
        if (size <= maxSize) break
        drop(oldest)
      }
    },
    drop: request => drop(idOf(request)),
    clear() {
      entries.clear()
      size = 0
      epoch++
    },
  }
}

/** Method, URL, body, and headers, among them the credentials: another key may get another answer. */
function idOf({ method, origin, path, headers, body }: Request): string {
  return JSON.stringify([
    method,
    origin,
    path,
    body,
    Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1)),
  ])
}
