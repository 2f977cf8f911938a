import { ConfluentqlError } from '../errors.ts'
import { apiError } from './answers/api-error.ts'
import { createExchange } from './auth/access-tokens.ts'
import { type Asked, isMissing, pageOf } from './answers/asked.ts'
import { createAuthority, type Credential } from './auth/auth.ts'
import { type Base, ownUrl } from './requests/base.ts'
import type { LocatedCall } from './auth/candidates.ts'
import { createAddressCheck } from './answers/address-check.ts'
import { createCache } from './cache/cache.ts'
import { withCache } from './cache/cached-send.ts'
import { createControl } from './limits/control.ts'
import { looksLikeJson } from './answers/decode.ts'
import type { Request, Send } from './exchange.ts'
import { followedPath, readingCall } from './requests/follow.ts'
import { createGate, type Gate } from './limits/gate.ts'
import { createHider, type Hider } from './auth/hider.ts'
import { nameOfPlace } from './auth/missing.ts'
import { type NextPage, type PageInstead, type PageTarget, walk } from './paging/paging.ts'
import { type Prepared, PreparedCalls } from './requests/prepared.ts'
import { withRedirects } from './wire/redirect.ts'
import { withRetries } from './limits/retry.ts'
import { link, orAborted, requestsSent } from './signal.ts'
import { bodiesOf } from './trace-bodies.ts'
import { proxiesOf } from './wire/proxies.ts'
import { createTransport } from './wire/transport.ts'
import type { Call, ClientOptions, Extract, HttpClient, Page, PageOptions } from './types.ts'
import type { Wire } from './wire/undici.ts'
import { urlVariableValues } from './requests/url-template.ts'

/** Test-only overrides. */
export interface Tuning {
  /** Upper bound of the first wait before a request is sent again, in milliseconds. */
  readonly backoff: number
  /** Largest body, in bytes. */
  readonly maxBody: number
}

/** Requests in flight to one host, unless the options say otherwise. */
const CONCURRENCY = 32

/** Makes a client. It opens no connection before its first request; `close` ends its connections and pending requests. */
export function createClient(options: ClientOptions, tuning: Partial<Tuning> = {}): HttpClient {
  const hider = createHider()
  hider.add(...(options.secrets ?? []))
  const { send, close, closing } = stack(options, hider, { backoff: 500, maxBody: 256 * 2 ** 20, ...tuning })
  const exchange = createExchange({
    env: options.env,
    withheld: options.withheld,
    hider,
    signal: closing,
    send: request => send(request, closing),
  })
  const authority = createAuthority({ ...options, hider, exchange, signal: closing })

  const cache = options.cache && createCache(options.cache)
  const sendCached = cache ? withCache(send, cache, options) : send

  const askOnce = async (
    place: Prepared,
    target: PageTarget,
    signal: AbortSignal,
    fresh = false,
  ): Promise<Asked> => {
    const request = place.request(target)
    const sendWith = async (pending: Credential | Promise<Credential>): Promise<Asked> => {
      const credential = pending instanceof Promise ? await orAborted(pending, signal) : pending
      const signed = { ...request, headers: { ...request.headers, ...credential.headers } }
      const answer = await sendCached(signed, signal, fresh)
      return { call: place.call, request, credential, answer, hider, forget: () => cache?.drop(signed) }
    }
    const first = await sendWith(authority.credential(place))
    // a request that was refused has no effect, so it can be sent again
    return first.answer.status === 401 && first.credential.renew ? sendWith(first.credential.renew()) : first
  }

  const calls = new PreparedCalls(options)
  const checkAddress = createAddressCheck(options)
  const asking: Asking = call => {
    const place = calls.take(call)
    return async (target, signal, fresh) => {
      const asked = await askOnce(place, target, signal, fresh)
      if (asked.answer.status === 404)
        await checkAddress(call, asked.request, async path => {
          const { answer } = await askOnce(calls.take(readingCall(call)), { path }, signal)
          return answer.status
        })
      return asked
    }
  }

  const once = async (
    call: Call,
    target: PageTarget,
    signal: AbortSignal | undefined,
    fresh?: boolean,
  ): Promise<Page> => {
    const { controller, unlink } = link(signal, closing)
    try {
      return pageOf(await asking(call)(target, controller.signal, fresh))
    } finally {
      unlink()
    }
  }

  return {
    concurrency: options.concurrency ?? CONCURRENCY,
    preview(call) {
      const { method, origin, path, body } = calls.preview(call).request(firstPage(call))
      return { method, url: `${origin}${path}`, ...(body !== undefined && { body }) }
    },
    baseUrl: call => calls.base(call).url,
    sourceOfUrl: call => calls.base(call).source,
    hasOwnUrl: call => ownUrl(call, options) !== undefined,
    urlVariables: call => urlVariableValues(call, options),
    check: all => authority.check(all.map(call => ({ call, base: calls.base(call) }))),
    obstacles: (all, ties) =>
      obstaclesOf(
        all,
        call => calls.base(call),
        places => authority.obstacles(places, ties),
      ),
    placeOf(call) {
      const base = calls.base(call)
      return nameOfPlace({ call, base }) || base.url
    },
    pages: (call, extract, signal, pageOptions = {}) =>
      pagesOf(call, extract, [signal, closing], pageOptions, asking),
    async send(call, signal) {
      const page = await once(call, firstPage(call), signal)
      const failure = page.failure()
      if (failure) throw failure
      return page
    },
    async follow(call, where, signal) {
      return once(readingCall(call), { path: followedPath(where, calls.base(call)) }, signal, true)
    },
    hide: text => hider.hide(text),
    close,
  }
}

/** The errors of calls without a base URL or, as `ofPlaces` finds, a credential. */
function obstaclesOf(
  calls: readonly Call[],
  baseOf: (call: Call) => Base,
  ofPlaces: (places: readonly LocatedCall[]) => (ConfluentqlError | undefined)[],
): (ConfluentqlError | undefined)[] {
  const errors = new Map<Call, ConfluentqlError | undefined>()
  const places = calls.flatMap((call): LocatedCall[] => {
    try {
      return [{ call, base: baseOf(call) }]
    } catch (error) {
      if (!(error instanceof ConfluentqlError) || error.unreachable === undefined) throw error
      errors.set(call, error)
      return []
    }
  })
  for (const [i, error] of ofPlaces(places).entries()) errors.set(places[i]!.call, error)
  return calls.map(call => errors.get(call))
}

/** Sends the requests of a call. */
type Asking = (call: Call) => (target: PageTarget, signal: AbortSignal, fresh?: boolean) => Promise<Asked>

function firstPage(call: Call): PageTarget {
  return walk(call.method, () => null).first
}

/** The reason when a listing is not read to its end. Made once: an abort without a reason makes an error each time. */
const STOPPED = new ConfluentqlError('ABORTED', 'the listing is not read to its end')

async function* pagesOf(
  call: Call,
  extract: Extract,
  signals: readonly (AbortSignal | undefined)[],
  { ahead = () => false, onMissing, fresh = false }: PageOptions,
  asking: Asking,
): AsyncGenerator<Page, void, void> {
  const { first, next, refused } = walk(call.method, extract)
  const { controller, unlink } = link(...signals)
  let early: Promise<Asked> | undefined
  try {
    const ask = asking(call)
    let target: PageTarget | undefined = first
    while (target !== undefined) {
      const asked: Asked = await (early ?? ask(target, controller.signal, fresh))
      early = undefined
      if (isMissing(asked)) return
      if (onMissing && target === first && asked.answer.status === 404 && looksLikeJson(asked.answer.text)) {
        onMissing(apiError(asked.request, asked.answer, asked.credential.from, asked.hider.hide))
        return
      }
      const { status } = asked.answer
      const behind: NextPage = status >= 400 && target !== first ? refused?.(status) : undefined
      const page: Page | undefined = behind ? undefined : pageOf(asked)
      const after: NextPage = page ? next(page) : behind
      if (after === 'over') return
      if (!page || (after && 'instead' in after)) {
        target = (after as PageInstead).instead
        continue
      }
      target = after
      early = target !== undefined && ahead() ? ask(target, controller.signal, fresh) : undefined
      // avoids an unhandled rejection until it is awaited, after the consumer's turn
      early?.catch(() => {})
      // the request must be sent before the consumer blocks the thread
      if (early) await requestsSent()
      yield { ...page, isLast: target === undefined }
    }
  } finally {
    unlink()
    if (early) {
      controller.abort(STOPPED)
      // its trace comes before the end of the statement that sent it
      await early.catch(() => {})
    }
  }
}

interface Stack {
  readonly send: Send
  close(): Promise<void>
  /** Aborted by `close`. */
  readonly closing: AbortSignal
}

/** Sends a request through all layers: redirects, retries, the gate of its origin, the transport. */
function stack(options: ClientOptions, hider: Hider, { backoff, maxBody }: Tuning): Stack {
  const { env, timeout = 30_000, retries = 4, concurrency = CONCURRENCY, onTrace } = options
  const settings = { env, connections: concurrency, connectTimeout: Math.min(timeout, 10_000), maxBody }
  // finds mistakes before a request
  proxiesOf(env)
  let wire: Promise<Wire> | undefined
  // statements without requests do not load undici
  const connect = (): Promise<Wire> =>
    (wire ??= import('./wire/undici.ts').then(({ createWire }) => createWire(settings)))
  const gates = new Map<string, Gate>()
  const gateOf = ({ origin, quota }: Request): Gate => {
    const id = JSON.stringify([origin, quota])
    const gate = gates.get(id) ?? createGate(createControl(concurrency, quota))
    gates.set(id, gate)
    return gate
  }
  const closing = new AbortController()
  return {
    closing: closing.signal,
    send: withRedirects(
      withRetries(createTransport(connect, { timeout, maxBody }), {
        retries,
        backoff,
        gateOf,
        onTrace,
        bodies: bodiesOf(options, hider),
      }),
    ),
    async close() {
      closing.abort(new ConfluentqlError('ABORTED', 'the client was closed'))
      await (await wire)?.close()
    },
  }
}
