import { isIP, type Socket } from 'node:net'
import type { Agent as UndiciAgent, buildConnector, Dispatcher } from 'undici'
import connectorOf from 'undici/lib/core/connect.js'
import Agent from 'undici/lib/dispatcher/agent.js'
import Base from 'undici/lib/dispatcher/dispatcher.js'
import Pool from 'undici/lib/dispatcher/pool.js'
import { ConfluentqlError } from '../../errors.ts'
import { isLoopback } from '../requests/base.ts'
import { skipContinue } from './continue.ts'
import { NO_TUNNEL } from './failure.ts'
import { readNoProxy } from './no-proxy.ts'
import { type Proxies, proxiesOf, proxyVariable } from './proxies.ts'

/** A request for the wire. */
export interface WireRequest {
  readonly origin: string
  /** With its query, encoded. */
  readonly path: string
  readonly method: Dispatcher.HttpMethod
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

/** A complete answer as received. */
export interface WireAnswer {
  readonly status: number
  readonly reason: string
  /** By lower-case name; the first of several with one name. */
  readonly headers: Readonly<Record<string, string>>
  /** Not decompressed, in the pieces received. */
  readonly body: readonly Buffer[]
}

/** A request in flight. */
export interface Sending {
  /** Rejects with undici's error, or with the reason of `abort`. */
  readonly answer: Promise<WireAnswer>
  /** Whether the server may have received a part of it: it is no longer waiting for a connection. */
  begun(): boolean
  /** Bytes of the body so far. */
  bytes(): number
  /** Ends it, with its connection if it has begun; does nothing if it is complete. */
  abort(reason: unknown): void
}

export interface WireOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Connections for each origin. */
  readonly connections: number
  /** Milliseconds for making a connection. */
  readonly connectTimeout: number
  /** Largest body as received, in bytes. */
  readonly maxBody: number
}

/** Keep-alive connections to every origin, direct or through the proxy of the environment. */
export interface Wire {
  /** @throws ConfluentqlError USAGE where the environment disables the check of certificates */
  send(request: WireRequest): Sending
  /** Closes all connections, including those still being made. */
  close(): Promise<void>
}

/**
 * The error that ends connections. It has no stack: Node reads the stack of an error that ends a socket, for which V8 finds all
 * lines of our files.
 */
const CLOSED = Object.assign(Object.create(Error.prototype) as Error, { message: 'the client was closed' })

/** Opens no connection yet: the first request to an origin does. */
export function createWire(options: WireOptions): Wire {
  const sockets = new Set<Socket>()
  const settings = agentSettings(options, sockets)
  const direct = new Agent(settings)
  const proxies = proxiesOf(options.env)
  const noProxy = readNoProxy(proxyVariable(options.env, 'NO_PROXY'))
  let proxied: Promise<Dispatcher> | undefined
  const dispatcherFor = (origin: string): Dispatcher | Promise<Dispatcher> => {
    if (proxies === undefined || isLoopback(new URL(origin).hostname) || noProxy.has(origin)) return direct
    proxied ??= loadProxyAgent(settings, proxies)
    return proxied
  }
  return {
    send(request) {
      refuseUnchecked(request.origin, options.env)
      const { handler, ...sending } = exchange()
      const dispatch = (dispatcher: Dispatcher): void => {
        dispatcher.dispatch({ ...request, headersTimeout: 0, bodyTimeout: 0 }, handler)
      }
      const dispatcher = dispatcherFor(request.origin)
      if (dispatcher instanceof Promise) dispatcher.then(dispatch).catch(sending.abort)
      else dispatch(dispatcher)
      return sending
    },
    async close() {
      const agents = [direct, ...(proxied ? [await proxied] : [])]
      await Promise.all(agents.map(agent => agent.destroy(CLOSED)))
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Collects an answer. undici's `request` makes a stream of each body, a third of the cost of a small page. */
function exchange(): Sending & { handler: Dispatcher.DispatchHandler } {
  const chunks: Buffer[] = []
  let head: Pick<WireAnswer, 'status' | 'reason' | 'headers'> | undefined
  let bytes = 0
  let running: Dispatcher.DispatchController | undefined
  let ended: { readonly reason: unknown } | undefined
  const { promise, resolve, reject } = withResolvers<WireAnswer>()
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(controller) {
      if (ended) return controller.abort(ended.reason as Error)
      running = controller
    },
    onResponseStart(_, status, headers, reason = '') {
      if (status >= 200) head = { status, reason, headers: oneOfEach(headers) }
    },
    onResponseData(_, chunk) {
      bytes += chunk.length
      chunks.push(chunk)
    },
    onResponseEnd() {
      resolve({ ...head!, body: chunks })
    },
    onResponseError(_, error) {
      reject(error)
    },
  }
  const abort = (reason: unknown): void => {
    ended = { reason }
    reject(reason)
    running?.abort(reason as Error)
  }
  return { answer: promise, begun: () => running !== undefined, bytes: () => bytes, abort, handler }
}

function withResolvers<T>(): { promise: Promise<T>; resolve(value: T): void; reject(reason: unknown): void } {
  let resolve!: (value: T) => void
  let reject!: (reason: unknown) => void
  const promise = new Promise<T>((yes, no) => {
    ;[resolve, reject] = [yes, no]
  })
  return { promise, resolve, reject }
}

function oneOfEach(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    // each header of links has some of them
    const first = Array.isArray(value) ? (name === 'link' ? value.join(', ') : value[0]) : value
    if (first !== undefined) flat[name] = first
  }
  return flat
}

/** The versions of Node whose flags are known (`node --v8-options`). */
const KNOWN = new Set(['20', '22', '24'])
/** Flags by which V8 compiles WebAssembly functions lazily, and optimizes those that are called often. */
const TIERS = ['wasm-lazy-compilation', 'wasm-dynamic-tiering', 'wasm-tier-up']

/**
 * undici's parser is WebAssembly, made at the first connection. V8 would optimize it while answers arrive, which costs
 * 35 MB, and a delay at the end of a short run, to save some 0.05 ms an answer (docs/performance.md). So it is compiled
 * eagerly and once. The flags are changed for that moment only: V8 refuses code that was cached under other flags, and
 * other WebAssembly should not be affected.
 */
function compiledOnce(connected: () => void): void {
  if (!KNOWN.has(process.versions.node.split('.')[0]!)) return connected()
  const { setFlagsFromString } = process.getBuiltinModule('node:v8')
  for (const flag of TIERS) setFlagsFromString(`--no-${flag}`)
  connected()
  setImmediate(() => {
    for (const flag of TIERS) setFlagsFromString(`--${flag}`)
  })
}

/** Certificates are checked, whatever NODE_TLS_REJECT_UNAUTHORIZED says. */
const CHECKED = { rejectUnauthorized: true } as const

/** @throws ConfluentqlError USAGE for the variable that asks Node not to check certificates */
function refuseUnchecked(origin: string, env: WireOptions['env']): void {
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0' || !origin.startsWith('https:')) return
  throw new ConfluentqlError(
    'USAGE',
    'NODE_TLS_REJECT_UNAUTHORIZED=0 asks not to check certificates, and credentials are not sent without',
    {
      hint: 'Unset it; if a proxy or a company authority signs certificates here, name its file in NODE_EXTRA_CA_CERTS',
    },
  )
}

/**
 * Bytes that a socket may hold before it stops to be read. undici reads them at once, so that stopping at the 64 KB of one
 * read, undici's default, only costs system calls.
 */
const UNREAD = 256 * 1024

function agentSettings(options: WireOptions, sockets: Set<Socket>): UndiciAgent.Options {
  const connector = connectorOf({ timeout: options.connectTimeout, highWaterMark: UNREAD, ...CHECKED })
  return {
    connections: options.connections,
    maxResponseSize: options.maxBody,
    // undici does not close a socket that is still connecting, which would keep the process alive until its timeout
    connect: (target, callback) => {
      const socket = connector(withoutAddressName(target), (...connected) =>
        compiledOnce(() => callback(...withSkippedContinue(connected))),
      )
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    },
  }
}

type Connected = Parameters<buildConnector.Callback>

function withSkippedContinue(connected: Connected): Connected {
  const [error, socket] = connected
  return error === null ? [null, skipContinue(socket!)] : connected
}

/** TLS server names must not be IP addresses (RFC 6066 §3), but undici passes that of a proxy unchanged. */
function withoutAddressName(target: buildConnector.Options): buildConnector.Options {
  const name = target.servername?.replace(/^\[|\]$/g, '') ?? ''
  return name === '' || isIP(name) === 0 ? target : { ...target, servername: '' }
}

async function loadProxyAgent(settings: UndiciAgent.Options, proxies: Proxies): Promise<Dispatcher> {
  const [{ default: connect }, { default: EnvHttpProxyAgent }] = await Promise.all([
    import('undici/lib/api/api-connect.js'),
    import('undici/lib/dispatcher/env-http-proxy-agent.js'),
  ])
  // the entry of undici, which is not loaded here, does this, and its proxy agent relies on it
  Object.assign(Base.prototype, { connect: tunnelling(connect) })
  // by default undici connects to the proxy without these settings
  const clientFactory = (proxy: URL): Dispatcher => new Pool(proxy, { connect: settings.connect! })
  const factory = (origin: string | URL, options: object): Dispatcher => {
    const { connect: open } = options as { connect: buildConnector.connector }
    return new Pool(origin, {
      ...options,
      connect: (target, callback) =>
        open(target, (...connected) => callback(...withSkippedContinue(connected))),
    })
  }
  return new EnvHttpProxyAgent({
    ...settings,
    ...proxies,
    noProxy: '',
    factory,
    clientFactory,
    requestTls: CHECKED,
    proxyTls: CHECKED,
  })
}

/** When the connection to the proxy is lost, undici would retry the tunnel endlessly; with another error code it ends the request. */
function tunnelling(connect: Dispatcher['connect']) {
  return async function (
    this: Dispatcher,
    options: Dispatcher.ConnectOptions,
  ): Promise<Dispatcher.ConnectData<unknown>> {
    try {
      return await connect.call(this, options)
    } catch (error) {
      const { code = '', name } = error as NodeJS.ErrnoException
      const isLost = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(code) || name === 'HTTPParserError'
      throw isLost ? Object.assign(new Error('no tunnel', { cause: error }), { code: NO_TUNNEL }) : error
    }
  }
}
