import { now } from '../clock.ts'
import type { Request } from './exchange.ts'

/** What a read was answered. */
export interface Kept {
  readonly text: string
  readonly status: number
}

/** Answers of reads, kept in memory for a while. */
export interface Cache {
  /** The answer of an identical request, credentials included, if it is young enough. */
  find(request: Request): Kept | undefined
  /** Keeps an answer, unless a change was sent since `epoch`. */
  keep(request: Request, answer: Kept, epoch: number): void
  /** Forgets the answer of an identical request: it reports a failure. */
  drop(request: Request): void
  /** Forgets everything: a change may change any answer. */
  clear(): void
  /** Grows whenever everything is forgotten. */
  epoch(): number
}

/** Characters of answers that are kept at most; two bytes each. */
const MOST = 32 * 2 ** 20

/** A cache of at most `most` characters, the oldest going first. `seconds` is asked each time: how old an answer may be, undefined for none. */
export function createCache(seconds: () => number | undefined, most = MOST): Cache {
  const kept = new Map<string, Kept & { readonly at: number }>()
  let size = 0
  let epoch = 0
  const life = (): number => (seconds() ?? 0) * 1000

  const drop = (id: string): void => {
    size -= kept.get(id)?.text.length ?? 0
    kept.delete(id)
  }

  return {
    epoch: () => epoch,
    find(request) {
      if (kept.size === 0) return undefined
      const id = idOf(request)
      const found = kept.get(id)
      if (found !== undefined && now() - found.at < life()) return found
      drop(id)
      return undefined
    },
    keep(request, { text, status }, since) {
      if (life() <= 0 || since !== epoch || text.length > most) return
      const id = idOf(request)
      drop(id)
      kept.set(id, { text, status, at: now() })
      size += text.length
      for (const oldest of kept.keys()) {
        if (size <= most) break
        drop(oldest)
      }
    },
    drop: request => drop(idOf(request)),
    clear() {
      kept.clear()
      size = 0
      epoch++
    },
  }
}

/** Method, URL, and headers, among them the credentials: another key may be answered otherwise. */
function idOf({ method, origin, path, headers }: Request): string {
  return JSON.stringify([method, origin, path, Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1))])
}
