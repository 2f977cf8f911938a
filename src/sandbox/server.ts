import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Catalog } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { steppingClock, type Clock } from './rows/clock.ts'
import { kindsOf, variables, type Kind } from './planes.ts'
import { characters, randomFrom } from './rows/random.ts'
import { contentOf, type Reply } from './reply.ts'
import { respond, type Station } from './respond.ts'
import { routesOf, type Route } from './routes.ts'
import type { Sites } from './rows/sites.ts'
import { State } from './rows/state.ts'
import type { JsonObject, SandboxData } from './types.ts'

/** An answered request; `url` is the path and query as sent. */
export interface Logged {
  readonly method: string
  readonly url: string
  readonly status: number
  /** Name of the server, if there are several of its kind. */
  readonly site?: string
}

export interface Sandbox {
  /** Base URL of the first host. */
  readonly url: string
  /** Base URLs of the named servers; without `ready`, only of those that have been started. */
  readonly sites: Readonly<Record<string, string>>
  /** The environment variables for clients: base URLs and credentials. */
  readonly env: Readonly<Record<string, string>>
  /** The latest requests, oldest first. */
  readonly log: readonly Logged[]
  /** Starts all servers. Otherwise the first request does. */
  ready(): Promise<void>
  /** Ends the servers and every connection at once. */
  close(): Promise<void>
}

const LOOPBACK = '127.0.0.1'
const LONGEST_LOG = 10_000
const RATE_LIMIT = 1000

/**
 * Starts a simulation of the providers in `data`, on 127.0.0.1 only: each host, and each cluster with its own URL, has
 * its own port; `port` (default: any free one) is that of the first. The data is not changed. The same data on the same
 * day gives the same answers.
 * @param clock  the clock of the simulation; default: a stepping clock from the day that the data is written for
 * @param isLazy  only the first server of each kind is started at once, the others before the first request is answered
 */
export async function startSandbox({
  catalog,
  data,
  port = 0,
  clock = steppingClock(data.now.slice(0, 10)),
  isLazy = false,
}: {
  catalog: Catalog
  data: SandboxData
  port?: number
  clock?: Clock
  isLazy?: boolean
}): Promise<Sandbox> {
  const fleet = new Fleet(catalog, data, clock)
  try {
    await fleet.start(port)
    if (!isLazy) await fleet.ready()
  } catch (error) {
    await fleet.close()
    throw error
  }
  const { url, sites, env, log } = fleet
  return { url, sites, env, log, ready: () => fleet.ready(), close: () => fleet.close() }
}

/** The servers of a sandbox; they are started and stopped with the clusters that they simulate. */
class Fleet implements Sites {
  url = ''
  readonly sites: Record<string, string> = {}
  readonly env: Record<string, string> = {}
  readonly log: Logged[] = []
  private readonly kinds: readonly Kind[]
  private readonly routes: ReadonlyMap<string, () => readonly Route[]>
  private readonly state: State
  private readonly servers = new Map<string, Server>()
  private readonly random = randomFrom(0x1d)
  private changing: Promise<unknown>[] = []
  private rest: Promise<void> | undefined

  constructor(catalog: Catalog, data: SandboxData, clock: Clock) {
    const resources = new Set(Object.keys(data.resources))
    this.kinds = kindsOf(catalog, data)
    this.routes = new Map(
      this.kinds.map(({ name, plane }) => [
        name,
        once(() => routesOf(catalog, new Set(plane.hosts), resources)),
      ]),
    )
    this.state = new State(data, this, clock)
  }

  async start(port: number): Promise<void> {
    const [main, ...others] = this.kinds
    if (main !== undefined) this.url = await this.listen(main, undefined, port)
    const urls = others.map(async kind => {
      return [kind, await this.listen(kind, kind.plane.sites?.[0], 0)] as const
    })
    const found = await Promise.allSettled(urls)
    for (const [kind, url] of [
      ...(main === undefined ? [] : [[main, this.url] as const]),
      ...found.map(settledValue),
    ]) {
      Object.assign(this.env, variables(kind, url))
    }
  }

  /** Starts all servers. */
  ready(): Promise<void> {
    this.rest ??= Promise.all(
      this.kinds.flatMap(kind => (kind.plane.sites ?? []).slice(1).map(site => this.listen(kind, site, 0))),
    ).then(() => undefined)
    return this.rest
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.rest, ...this.changing])
    await Promise.all([...this.servers.values()].map(stop))
  }

  urls(): JsonObject {
    return this.sites
  }

  open(plane: string, name: string): void {
    const kind = this.kinds.find(one => one.name === plane)
    if (kind !== undefined) this.changing.push(this.listen(kind, name, 0))
  }

  drop(name: string): void {
    const server = this.servers.get(name)
    delete this.sites[name]
    if (server !== undefined) this.changing.push(stop(server))
  }

  private async listen(kind: Kind, site: string | undefined, port: number): Promise<string> {
    const station = { kind, site, routes: this.routes.get(kind.name) ?? (() => []), state: this.state }
    const server = this.server(station)
    this.servers.set(site ?? kind.name, server)
    const url = await listen(server, port)
    if (site !== undefined) this.sites[site] = url
    return url
  }

  private server(station: Station): Server {
    const server = createServer({
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 60_000,
      maxHeaderSize: 64 * 1024,
    })
    server.maxConnections = 256
    server.on('request', (request, response) => {
      const id = characters(this.random, 'hex', 32) ?? ''
      response.on('error', () => response.destroy())
      this.serve(station, request, response, id).catch(() => response.destroy())
    })
    return server
  }

  private async serve(
    station: Station,
    request: IncomingMessage,
    response: ServerResponse,
    id: string,
  ): Promise<void> {
    const origin = `http://${LOOPBACK}:${request.socket.localPort}`
    await this.ready()
    const reply = await respond(station, request, origin)
    await Promise.all(this.changing.splice(0))
    if (response.destroyed) return
    const { site } = station
    this.log.push({
      method: request.method ?? '',
      url: request.url ?? '',
      status: reply.status,
      ...(site === undefined ? {} : { site }),
    })
    if (this.log.length > LONGEST_LOG) this.log.shift()
    send(response, station, reply, { id, origin })
  }
}

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}

function settledValue<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason
  return result.value
}

function send(
  response: ServerResponse,
  { kind }: Station,
  reply: Reply,
  { id, origin }: { id: string; origin: string },
): void {
  const { status, location, headers } = reply
  response.statusCode = status
  response.setHeader('X-Request-Id', id)
  if (status < 300) {
    response.setHeader('X-RateLimit-Limit', RATE_LIMIT)
    response.setHeader('X-RateLimit-Remaining', RATE_LIMIT - 1)
    response.setHeader('X-RateLimit-Reset', 60)
  }
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value)
  if (location !== undefined) response.setHeader('Location', `${origin}${new URL(location).pathname}`)
  const content = contentOf(reply, kind.plane.errors ?? 'errors', id)
  if (content !== undefined) response.setHeader('Content-Type', content.media)
  response.end(content?.text)
}

async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const hint =
        error.code === 'EADDRINUSE' ? { hint: 'choose another port with --port, or 0 for any free one' } : {}
      reject(
        new ConfluentqlError(
          'NETWORK',
          `the sandbox cannot listen on ${LOOPBACK}:${port}: ${error.message}`,
          { ...hint, cause: error },
        ),
      )
    })
    server.listen(port, LOOPBACK, resolve)
  })
  return `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`
}

async function stop(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
}
