import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished } from 'vitest'
import type { Host, Method } from '../../src/catalog/types.ts'
import { ConfluentqlError, type ErrorCode } from '../../src/errors.ts'
import { createClient, type Tuning } from '../../src/http/client.ts'
import type { Call, ClientOptions, Extract, HttpClient, Page, PageOptions } from '../../src/http/types.ts'

export interface Seen {
  readonly method: string
  readonly url: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface TestServer {
  readonly url: string
  readonly seen: Seen[]
}

/** Answers request number `index` (from 0). */
export type Respond = (request: Seen, response: ServerResponse, index: number) => void

/** A server on a free loopback port, stopped when the test ends. */
export async function serve(respond: Respond): Promise<TestServer> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const url = request.url ?? ''
      const entry: Seen = {
        method: request.method ?? '',
        url,
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
        query: new URLSearchParams(url.split('?')[1] ?? ''),
      }
      respond(entry, response, seen.push(entry) - 1)
    })
  })
  server.listen(0, '127.0.0.1')
  await new Promise(resolve => {
    server.once('listening', resolve)
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

/** Writes a JSON answer. */
export function json(
  response: ServerResponse,
  body: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

export const ENV = { TEST_KEY: 'KEYKEYKEYKEYKEY1', TEST_SECRET: 'very-secret-password-0123456789' }
export const AUTHORIZATION = `Basic ${Buffer.from(`${ENV.TEST_KEY}:${ENV.TEST_SECRET}`).toString('base64')}`

/** A host at `url` with Basic credentials of the test environment. */
export function hostAt(url: string, more: Partial<Host> = {}): Host {
  return {
    name: 'test',
    url,
    auth: { kind: 'basic', userEnv: 'TEST_KEY', passwordEnv: 'TEST_SECRET' },
    ...more,
  }
}

/** A client that waits a few milliseconds before it sends again, closed when the test ends. */
export function client(options: Partial<ClientOptions> = {}, tuning: Partial<Tuning> = {}): HttpClient {
  const made = createClient({ env: ENV, ...options }, { backoff: 2, ...tuning })
  onTestFinished(() => made.close())
  return made
}

export const LIST: Method = {
  name: 'list_things',
  verb: 'select',
  http: 'GET',
  path: '/v2/things',
  host: 'main',
  params: [
    { name: 'email', in: 'query', type: 'string', required: false },
    { name: 'id', in: 'query', type: 'string', required: false, repeat: true },
    { name: 'active', in: 'query', type: 'boolean', required: false },
    { name: 'count', in: 'query', type: 'integer', required: false },
  ],
  rows: { at: '$.data', kind: 'array' },
  paging: { kind: 'token', param: 'page_token', next: '$.metadata.next', size: 'page_size', max: 100 },
}

export const GET: Method = {
  name: 'get_thing',
  verb: 'select',
  http: 'GET',
  path: '/v2/things/{id}',
  host: 'main',
  single: true,
  params: [{ name: 'id', in: 'path', type: 'string', required: true }],
  rows: { at: '$', kind: 'one' },
}

export const CREATE: Method = {
  name: 'create_thing',
  verb: 'insert',
  http: 'POST',
  path: '/v2/things',
  host: 'main',
  params: [],
  body: { media: 'application/json', kind: 'object', fields: [] },
  rows: { at: '$', kind: 'one' },
}

export const DELETE: Method = { ...GET, name: 'delete_thing', verb: 'delete', http: 'DELETE', single: false }
export const REPLACE: Method = { ...CREATE, name: 'put_thing', verb: 'replace', http: 'PUT' }

/** A call of `method` on the server. */
export function call(server: TestServer, method: Method, args: Call['args'] = {}, body?: unknown): Call {
  return { host: hostAt(server.url), method, args, ...(body !== undefined && { body }) }
}

/** Reads `$.a.b` as the engine does. */
export const extract: Extract = (text, path) => {
  let value: unknown = JSON.parse(text)
  for (const name of path.split('.').slice(1)) value = (value as Record<string, unknown> | null)?.[name]
  if (value === null || value === undefined || value === '') return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Every page of a call. */
export async function collect(
  from: HttpClient,
  what: Call,
  signal?: AbortSignal,
  options?: PageOptions,
): Promise<Page[]> {
  const pages: Page[] = []
  for await (const page of from.pages(what, extract, signal, options)) pages.push(page)
  return pages
}

/** The rows of every page of a listing. */
export async function rowsOf(from: HttpClient, what: Call): Promise<unknown[]> {
  const pages = await collect(from, what)
  return pages.flatMap(page => (JSON.parse(page.text) as { data: unknown[] | null }).data ?? [])
}

/** The error that a promise rejects with: always ours, of this code, and without the secret. */
export async function failing(code: ErrorCode, promise: Promise<unknown>): Promise<ConfluentqlError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error, 'an error was expected').toBeInstanceOf(ConfluentqlError)
  const ours = error as ConfluentqlError
  expect(ours.code, ours.message).toBe(code)
  const all = `${ours.message} ${ours.hint}`
  expect(all).not.toContain(ENV.TEST_SECRET)
  expect(all).not.toContain(AUTHORIZATION.slice(6))
  expect(all).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
  return ours
}
