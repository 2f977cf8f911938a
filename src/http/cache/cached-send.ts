import type { Cache } from './cache.ts'
import { type Answer, requestIdentity, type Request } from '../exchange.ts'
import type { ClientOptions } from '../types.ts'

/** Sends a read, unless its answer is in the cache and need not be fresh. */
export type CachedSend = (request: Request, signal: AbortSignal, fresh?: boolean) => Promise<Answer>

/** Answers reads from the cache. Any other request empties it, both before it is sent and after it is answered. */
export function withCache(send: CachedSend, cache: Cache, { onTrace }: ClientOptions): CachedSend {
  return async (request, signal, fresh = false) => {
    if (!request.isRead) {
      cache.clear()
      return send(request, signal).finally(() => cache.clear())
    }
    const found = fresh ? undefined : cache.find(request)
    if (found !== undefined) {
      onTrace?.({
        ...requestIdentity(request),
        status: found.status,
        ms: 0,
        bytes: 0,
        attempt: 1,
        cached: true,
      })
      const { link: header, ...rest } = found
      const headers: Answer['headers'] = header === undefined ? {} : { link: header }
      return { ...rest, reason: '', headers, bytes: 0, ms: 0, attempts: 1, uncertain: false }
    }
    const epoch = cache.epoch()
    const answer = await send(request, signal)
    if (answer.status === 200 && answer.redirected === undefined)
      cache.store(request, { ...answer, link: answer.headers['link'] }, epoch)
    return answer
  }
}
