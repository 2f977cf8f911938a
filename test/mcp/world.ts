import type { IncomingMessage, ServerResponse } from 'node:http'
import { listen } from '../support/cleanup.ts'

/** A loopback API, and what it was asked. */
export interface World {
  readonly url: string
  readonly seen: string[]
  /** Requests other than GET. */
  changes(): string[]
}

/** An API that answers lists of users, service accounts and keys with the rows given. */
export async function world(
  rows: () => readonly object[],
  {
    delay = () => 0,
    next = () => undefined,
    onRequest,
  }: {
    readonly delay?: () => number
    /** The token of the page after the one of a token, for lists of several pages. */
    readonly next?: (token: string | null) => string | undefined
    readonly onRequest?: (request: IncomingMessage, response: ServerResponse) => void
  } = {},
): Promise<World> {
  const seen: string[] = []
  const url = await listen((request, response) => {
    const { method = '', url: path = '' } = request
    onRequest?.(request, response)
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      seen.push(`${method} ${path}${body === '' ? '' : ` ${body}`}`)
      setTimeout(() => {
        if (method === 'DELETE') return void response.writeHead(204).end()
        response.setHeader('content-type', 'application/json')
        if (method !== 'GET') return void response.end(body === '' ? '{}' : body)
        const target = new URL(path, 'http://x')
        const after = next(target.searchParams.get('page_token'))
        const more = after === undefined ? null : `${url}${target.pathname}?page_token=${after}`
        response.end(JSON.stringify({ data: rows(), metadata: { next: more } }))
      }, delay())
    })
  })
  return { url, seen, changes: () => seen.filter(request => !request.startsWith('GET ')) }
}

/** Rows of people, with ids from 1. */
export const people = (count: number, more: object = {}): object[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `u-${i + 1}`,
    email: `p${i + 1}@example.com`,
    full_name: `Person ${i + 1}`,
    ...more,
  }))
