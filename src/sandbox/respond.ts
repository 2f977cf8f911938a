import type { IncomingMessage } from 'node:http'
import { denial } from './access.ts'
import { answer } from './operations.ts'
import type { Kind } from './planes.ts'
import { failure, type Reply } from './reply.ts'
import { findRoute, type Route } from './routes.ts'
import type { State } from './rows/state.ts'

/** What a server simulates. */
export interface Station {
  readonly kind: Kind
  /** Its name, if there are several of its kind. */
  readonly site: string | undefined
  readonly routes: () => readonly Route[]
  readonly state: State
}

const LARGEST_BODY = 1024 * 1024

/** What stores of files answer to an upload: S3 to POST; Azure and Google to PUT. */
const UPLOADED: Readonly<Record<string, number>> = { POST: 204, PUT: 201 }

/** The answer to a request; status 500 for errors in the data. */
export async function respond(station: Station, request: IncomingMessage, origin: string): Promise<Reply> {
  const text = await readText(request)
  try {
    return granted(station, request, origin, text)
  } catch (error) {
    return failure(500, error instanceof Error ? error.message : String(error))
  }
}

/**
 * The body of a request, or undefined if it is too large: then it is still read, so that the client receives
 * the answer.
 */
async function readText(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= LARGEST_BODY) chunks.push(chunk)
  }
  return size <= LARGEST_BODY ? Buffer.concat(chunks).toString() : undefined
}

function granted(
  { kind, site, routes, state }: Station,
  request: IncomingMessage,
  origin: string,
  text: string | undefined,
): Reply {
  const url = URL.canParse(request.url ?? '', origin) ? new URL(request.url ?? '', origin) : undefined
  const { uploads } = kind.plane
  const uploaded =
    uploads !== undefined && url?.pathname.startsWith(uploads) && UPLOADED[request.method ?? '']
  if (uploaded) return { status: uploaded }
  const found =
    url === undefined
      ? { allowed: [] }
      : findRoute(routes(), request.method ?? '', url.pathname, url.searchParams)
  const host = 'route' in found ? found.route.host : kind.hosts[0]?.host
  const denied = host && denial(request.headers, kind, host, site, state)
  if (denied !== undefined) return denied
  if (text === undefined)
    return {
      ...failure(413, `The body is larger than ${LARGEST_BODY} bytes`),
      headers: { Connection: 'close' },
    }
  if (url === undefined) return failure(400, 'The request target is not a path')
  if ('allowed' in found) {
    if (found.allowed.length === 0) return failure(404, `No such path: ${url.pathname}`)
    return {
      ...failure(405, `${url.pathname} takes ${found.allowed.join(', ')}`),
      headers: { Allow: found.allowed.join(', ') },
    }
  }
  const path = decoded(found.path)
  if (path === undefined) return failure(400, `The path is not well encoded: ${url.pathname}`)
  const media = request.headers['content-type']
  return answer(state, {
    ...found.route,
    args: { path, query: url.searchParams },
    path: url.pathname,
    text,
    media,
    origin,
    site,
  })
}

function decoded(path: Readonly<Record<string, string>>): Record<string, string> | undefined {
  try {
    return Object.fromEntries(Object.entries(path).map(([name, value]) => [name, decodeURIComponent(value)]))
  } catch {
    return undefined
  }
}
