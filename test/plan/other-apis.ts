import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { loadCatalog } from '../../src/catalog/sources/load.ts'
import type { Value } from '../../src/catalog/types.ts'
import { hasEndpoint, hasUrlVariable } from '../../src/config/endpoints.ts'
import type { Profile } from '../../src/config/types.ts'
import { Session } from '../../src/engine/session.ts'
import { createClient } from '../../src/http/client.ts'
import { compiledProvider } from '../catalog/compiled.ts'
import { atEnd } from '../support/cleanup.ts'

export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly json?: unknown
  /** In place of json. */
  readonly text?: string
}

/** A server and sessions over a provider of its own. */
export interface World {
  readonly seen: Seen[]
  readonly notices: string[]
  readonly url: string
  /** The rows of a statement, in objects. */
  rows(
    sql: string,
    settings?: { env?: Record<string, string>; profile?: Partial<Profile> },
  ): Promise<Record<string, Value>[]>
  /** Method and URL of the requests since the last statement began. */
  asked(): string[]
}

/** Starts a server, and compiles a provider whose files are given its port. */
export async function world(
  provider: (port: number) => string,
  service: string,
  answer: (request: Seen) => Answer,
): Promise<World> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const entry = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body }
      seen.push(entry)
      const {
        status = 200,
        headers = {},
        json,
        text = json === undefined ? '' : JSON.stringify(json),
      } = answer(entry)
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value as string)
      response.setHeader('content-type', 'application/json')
      response.writeHead(status).end(text)
    })
  })
  // every loopback address, so that host names can differ
  await new Promise<void>(resolve => {
    server.listen(0, '0.0.0.0', resolve)
  })
  atEnd(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const catalog = loadCatalog(compiledProvider(provider(port), service))
  const notices: string[] = []
  return {
    seen,
    notices,
    url: `http://127.0.0.1:${port}`,
    asked: () => seen.map(({ method, url }) => `${method} ${url}`),
    async rows(sql, { env = {}, profile = {} } = {}) {
      seen.length = 0
      notices.length = 0
      const whole: Profile = { name: 'test', file: 'config.yaml', endpoints: {}, credentials: [], ...profile }
      const session = new Session({
        catalog,
        onNotice: text => notices.push(text),
        supplies: async () => ({
          baseUrl: (host, of) => hasEndpoint(host, env, whole, of),
          urlVariable: (host, name) => hasUrlVariable(host, name, env, whole),
        }),
        connect: async () => createClient({ env, profile: whole, retries: 0 }),
      })
      try {
        const found: Record<string, Value>[] = []
        for await (const result of session.run(sql))
          for await (const row of result.rows)
            found.push(Object.fromEntries(result.columns.map((c, i) => [c.name, row[i] as Value])))
        return found
      } finally {
        await session.close()
      }
    },
  }
}

/** The error that a promise rejects with. */
export async function refusal(promise: Promise<unknown>): Promise<{ code: string; text: string }> {
  const error = (await promise.then(
    () => new Error('no error'),
    (reason: unknown) => reason,
  )) as { code?: string; message: string; hint?: string }
  return { code: error.code ?? '', text: `${error.message} ${error.hint ?? ''}` }
}
