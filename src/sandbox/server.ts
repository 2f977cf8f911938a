import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Catalog, Host } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { isObject } from './json.ts'
import { answer } from './operations.ts'
import { characters, randomFrom } from './random.ts'
import { failure, type Reply } from './reply.ts'
import { findRoute, routesByHost, type HostRoutes } from './routes.ts'
import { State } from './state.ts'
import type { Json, SandboxData } from './types.ts'

/** A request that the sandbox has answered; `url` is the path and the query as sent. */
export interface Logged {
  readonly method: string
  readonly url: string
  readonly status: number
}

export interface Sandbox {
  /** Base URL of the first host. */
  readonly url: string
  /** The environment variables under which clients find the sandbox, and its credentials. */
  readonly env: Readonly<Record<string, string>>
  /** The latest requests, oldest first. */
  readonly log: readonly Logged[]
  /** Ends the servers and every connection at once. */
  close(): Promise<void>
}

const LOOPBACK = '127.0.0.1'
const LONGEST_LOG = 10_000
const LARGEST_BODY = 1024 * 1024
const RATE_LIMIT = 1000

/**
 * Starts a simulation of the providers that `data` describes, on 127.0.0.1 only:
 * each host of theirs gets a port of its own, `port` (default: any free one)
 * being that of the first. The data is not changed, and the same data gives the
 * same answers every time.
 */
export async function startSandbox({ catalog, data, port = 0 }: { catalog: Catalog; data: SandboxData; port?: number }): Promise<Sandbox> {
  const state = new State(data)
  const log: Logged[] = []
  const record = (entry: Logged) => {
    log.push(entry)
    if (log.length > LONGEST_LOG) log.shift()
  }
  const servers: Server[] = []
  const close = async () => {
    await Promise.all(servers.map(stop))
  }
  const urls: string[] = []
  const env: Record<string, string> = {}
  try {
    for (const hostRoutes of routesByHost(catalog, data)) {
      const server = createSandboxServer(hostRoutes, state, record)
      servers.push(server)
      const url = await listen(server, servers.length === 1 ? port : 0)
      urls.push(url)
      Object.assign(env, variables(hostRoutes.host, url, data))
    }
  } catch (error) {
    await close()
    throw error
  }
  return { url: urls[0] ?? '', env, log, close }
}

function variables(host: Host, url: string, { credentials }: SandboxData): Record<string, string> {
  return {
    ...(host.urlEnv === undefined ? {} : { [host.urlEnv]: url }),
    ...(host.auth.kind === 'basic' ? { [host.auth.userEnv]: credentials.user, [host.auth.passwordEnv]: credentials.password } : {}),
  }
}

function createSandboxServer(hostRoutes: HostRoutes, state: State, record: (entry: Logged) => void): Server {
  const random = randomFrom(0x1d)
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 60_000, maxHeaderSize: 64 * 1024 })
  server.maxConnections = 256
  server.on('request', (request, response) => {
    const id = characters(random, 'hex', 32) ?? ''
    response.on('error', () => response.destroy())
    handle(hostRoutes, state, request).then(
      (reply) => {
        if (response.destroyed) return undefined
        record({ method: request.method ?? '', url: request.url ?? '', status: reply.status })
        return send(response, reply, id, originOf(request))
      },
      () => response.destroy(),
    )
  })
  return server
}

async function handle(hostRoutes: HostRoutes, state: State, request: IncomingMessage): Promise<Reply> {
  const text = await readText(request)
  try {
    return respond(hostRoutes, state, request, text)
  } catch (error) {
    return failure(500, error instanceof Error ? error.message : String(error))
  }
}

/** The body of a request, or undefined if it is larger than the sandbox takes: then it is read and dropped, so that the client gets to the answer. */
async function readText(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= LARGEST_BODY) chunks.push(chunk)
  }
  return size <= LARGEST_BODY ? Buffer.concat(chunks).toString() : undefined
}

function respond({ host, routes }: HostRoutes, state: State, request: IncomingMessage, text: string | undefined): Reply {
  const denied = host.auth.kind === 'basic' ? authenticate(request, state.data) : undefined
  if (denied !== undefined) return denied
  if (text === undefined) return { ...failure(413, `The body is larger than ${LARGEST_BODY} bytes`), headers: { Connection: 'close' } }
  const origin = originOf(request)
  if (!URL.canParse(request.url ?? '', origin)) return failure(400, 'The request target is not a path')
  const address = new URL(request.url ?? '', origin)
  const found = findRoute(routes, request.method ?? '', address.pathname)
  if ('allowed' in found) {
    if (found.allowed.length === 0) return failure(404, `No such path: ${address.pathname}`)
    return { ...failure(405, `${address.pathname} takes ${found.allowed.join(', ')}`), headers: { Allow: found.allowed.join(', ') } }
  }
  let path: Record<string, string>
  try {
    path = Object.fromEntries(Object.entries(found.path).map(([name, value]) => [name, decodeURIComponent(value)]))
  } catch {
    return failure(400, `The path is not well encoded: ${address.pathname}`)
  }
  const media = request.headers['content-type']
  const args = { path, query: address.searchParams }
  return answer(state, { ...found.route, args, path: address.pathname, text, media, origin })
}

function authenticate(request: IncomingMessage, { credentials }: SandboxData): Reply | undefined {
  const [scheme = '', encoded = ''] = (request.headers.authorization ?? '').split(' ')
  const given = Buffer.from(encoded, 'base64').toString()
  if (scheme.toLowerCase() === 'basic' && given === `${credentials.user}:${credentials.password}`) return undefined
  const reason = scheme === '' ? 'missing_key' : 'invalid_key'
  return {
    ...failure(401, 'The API key or its secret is not valid', { code: 'user_unauthenticated' }),
    headers: { 'WWW-Authenticate': `Basic error="${reason}", error_description="The API key or its secret is not valid"` },
  }
}

function originOf(request: IncomingMessage): string {
  return `http://${LOOPBACK}:${request.socket.localPort}`
}

function send(response: ServerResponse, { status, body, location, headers }: Reply, id: string, origin: string): void {
  response.statusCode = status
  response.setHeader('X-Request-Id', id)
  if (status < 300) {
    response.setHeader('X-RateLimit-Limit', RATE_LIMIT)
    response.setHeader('X-RateLimit-Remaining', RATE_LIMIT - 1)
    response.setHeader('X-RateLimit-Reset', 60)
  }
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value)
  if (location !== undefined) response.setHeader('Location', `${origin}${new URL(location).pathname}`)
  if (body === undefined) {
    response.end()
    return
  }
  response.setHeader('Content-Type', 'application/json')
  response.end(JSON.stringify(status >= 400 ? identified(body, id) : body))
}

/** The errors body with the id of the request in each error. */
function identified(body: Json, id: string): Json {
  if (!isObject(body) || !Array.isArray(body.errors)) return body
  return { ...body, errors: (body.errors as readonly Json[]).map((error) => (isObject(error) ? { id, ...error } : error)) }
}

async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const hint = error.code === 'EADDRINUSE' ? { hint: 'choose another port with --port, or 0 for any free one' } : {}
      reject(
        new ConfluentqlError('NETWORK', `the sandbox cannot listen on ${LOOPBACK}:${port}: ${error.message}`, { ...hint, cause: error }),
      )
    })
    server.listen(port, LOOPBACK, resolve)
  })
  return `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`
}

async function stop(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
}
