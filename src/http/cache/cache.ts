import { now } from '../../clock.ts'
import type { Request } from '../exchange.ts'
import { TextStore, type StoredText } from './text-store.ts'

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

/** Most bytes of answers in memory. */
const MAX_SIZE = 24 * 2 ** 20

/** A cache of at most `maxSize` bytes; the oldest answers are removed first. `seconds`, called each time: how old an answer may be; undefined: nothing is cached. */
export function createCache(seconds: () => number | undefined, maxSize = MAX_SIZE): Cache {
  const entries = new Map<
    string,
    Omit<CachedAnswer, 'text'> & { readonly at: number; readonly stored: StoredText }
  >()
  const texts = new TextStore()
  let epoch = 0
  const life = (): number => (seconds() ?? 0) * 1000

  const drop = (id: string): void => {
    const found = entries.get(id)
    if (found) texts.remove(found.stored)
    entries.delete(id)
  }

  return {
    epoch: () => epoch,
    find(request) {
      if (entries.size === 0) return undefined
      const id = idOf(request)
      const found = entries.get(id)
      if (found !== undefined && now() - found.at < life())
        return { text: texts.read(found.stored), status: found.status, link: found.link }
      drop(id)
      return undefined
    },
    store(request, { text, status, link }, since) {
      if (life() <= 0 || since !== epoch || text.length > maxSize) return
      const id = idOf(request)
      drop(id)
      entries.set(id, { stored: texts.add(text), status, link, at: now() })
      // the oldest are first
      for (const [other, { at }] of entries) {
        if (texts.size <= maxSize && now() - at < life()) break
        drop(other)
      }
    },
    drop: request => drop(idOf(request)),
    clear() {
      entries.clear()
      texts.clear()
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
