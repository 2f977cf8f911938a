import type { Socket } from 'node:net'
import type { Agent as UndiciAgent, Dispatcher } from 'undici'
import send from 'undici/lib/api/api-request.js'
import buildConnector from 'undici/lib/core/connect.js'
import Agent from 'undici/lib/dispatcher/agent.js'
import { ConfluentqlError } from '../errors.ts'
import { isLoopback } from './base.ts'

export type UndiciAnswer = Dispatcher.ResponseData

export interface WireRequest {
  readonly origin: string
  /** With its query, encoded. */
  readonly path: string
  readonly method: Dispatcher.HttpMethod
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  readonly signal: AbortSignal
}

export interface WireOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Connections an origin. */
  readonly connections: number
  /** Milliseconds a connection may take to be made. */
  readonly connectTimeout: number
  /** Bytes of a body as received. */
  readonly maxBody: number
}

/** Keep-alive connections to every origin, directly or by the proxy that the environment names. */
export interface Wire {
  send(request: WireRequest): Promise<UndiciAnswer>
  /** Breaks every connection, including those still being made. */
  close(): Promise<void>
}

/** Opens nothing yet: connections are made by the first request to an origin. */
export function createWire(options: WireOptions): Wire {
  const sockets = new Set<Socket>()
  const settings = agentSettings(options, sockets)
  const direct = new Agent(settings)
  const proxies = proxyVariables(options.env)
  let proxied: Promise<Dispatcher> | undefined
  const dispatcherFor = (origin: string): Dispatcher | Promise<Dispatcher> => {
    if (proxies === undefined || isLoopback(new URL(origin).hostname)) return direct
    proxied ??= loadProxyAgent(settings, proxies)
    return proxied
  }
  return {
    async send(request) {
      refuseUnchecked(request.origin, options.env)
      return send.call(await dispatcherFor(request.origin), { ...request, headersTimeout: 0, bodyTimeout: 0 })
    },
    async close() {
      const agents = [direct, ...(proxied ? [await proxied] : [])]
      await Promise.all(agents.map((agent) => agent.destroy()))
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Certificates are checked, whatever NODE_TLS_REJECT_UNAUTHORIZED says. */
const CHECKED = { rejectUnauthorized: true } as const

/** @throws ConfluentqlError USAGE for a variable by which someone expects that certificates are not checked */
function refuseUnchecked(origin: string, env: WireOptions['env']): void {
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0' || !origin.startsWith('https:')) return
  throw new ConfluentqlError('USAGE', 'NODE_TLS_REJECT_UNAUTHORIZED=0 asks not to check certificates, and credentials are not sent without', {
    hint: 'Unset it; if a proxy or a company authority signs certificates here, name its file in NODE_EXTRA_CA_CERTS',
  })
}

function agentSettings(options: WireOptions, sockets: Set<Socket>): UndiciAgent.Options {
  const connector = buildConnector({ timeout: options.connectTimeout, ...CHECKED })
  return {
    connections: options.connections,
    maxResponseSize: options.maxBody,
    // undici leaves a socket that is still connecting to its own timeout, which would keep the process alive
    connect: (target, callback) => {
      const socket = connector(target, callback)
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    },
  }
}

interface Proxies {
  readonly httpProxy: string
  readonly httpsProxy: string
  readonly noProxy: string
}

function proxyVariables(env: WireOptions['env']): Proxies | undefined {
  const read = (name: string): string => env[name.toLowerCase()] || env[name] || ''
  const found = { httpProxy: read('HTTP_PROXY'), httpsProxy: read('HTTPS_PROXY'), noProxy: read('NO_PROXY') }
  for (const [name, value] of [['HTTP_PROXY', found.httpProxy], ['HTTPS_PROXY', found.httpsProxy]] as const) {
    const wrong = value === '' ? undefined : wrongProxy(value)
    if (wrong !== undefined) throw new ConfluentqlError('USAGE', `${name} ${wrong}`, { hint: 'Give it as http://host:port, or http://user:password@host:port' })
  }
  return found.httpProxy === '' && found.httpsProxy === '' ? undefined : found
}

function wrongProxy(value: string): string | undefined {
  if (!/^https?:\/\//i.test(value)) return 'is not a URL of the form http://host:port'
  if (!URL.canParse(value)) return 'is not a valid URL'
  const { pathname, search, hash, username, password } = new URL(value)
  if (pathname !== '/' || search !== '' || hash !== '') return 'has more than a host and a port'
  try {
    decodeURIComponent(username + password)
  } catch {
    return 'has a % in its user or password that begins no escape: write it as %25'
  }
  return undefined
}

async function loadProxyAgent(settings: UndiciAgent.Options, proxies: Proxies): Promise<Dispatcher> {
  const [{ default: Base }, { default: connect }, { default: EnvHttpProxyAgent }] = await Promise.all([
    import('undici/lib/dispatcher/dispatcher.js'),
    import('undici/lib/api/api-connect.js'),
    import('undici/lib/dispatcher/env-http-proxy-agent.js'),
  ])
  // undici's own entry, which we do not load, does this; its proxy agent relies on it
  Object.assign(Base.prototype, { connect })
  return new EnvHttpProxyAgent({ ...settings, ...proxies, requestTls: CHECKED, proxyTls: CHECKED })
}
