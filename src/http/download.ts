import { isLoopback } from '../config/url.ts'
import { ConfluentqlError } from '../errors.ts'
import { maskUrl } from '../secrets.ts'
import type { Request } from './exchange.ts'
import { lateFailure, networkFailure } from './wire/failure.ts'
import { aborted } from './signal.ts'
import { shortened, visible } from './text.ts'
import { createWire, type Wire, type WireAnswer } from './wire/undici.ts'

export interface DownloadOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Largest body in bytes. */
  readonly maxBody: number
  /** Milliseconds for each request. */
  readonly timeout: number
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
const MAX_REDIRECTS = 5

/**
 * Reads a file by https, or by http from this machine, without credentials. Follows redirects, to https only.
 * @throws ConfluentqlError USAGE for another kind of URL, API for a status other than 200, NETWORK, LIMIT, ABORTED
 */
export async function download(url: string, options: DownloadOptions, signal: AbortSignal): Promise<Buffer> {
  const { env, maxBody } = options
  const wire = createWire({ env, connections: 1, connectTimeout: options.timeout, maxBody })
  try {
    let target = allowed(url, url)
    for (let followed = 0; ; followed++) {
      const answer = await get(wire, target, options, signal)
      const label = `GET ${shortened(maskUrl(target.href), 300)}`
      const { location } = answer.headers
      if (answer.status === 200) return Buffer.concat(answer.body)
      if (!REDIRECTS.has(answer.status) || location === undefined)
        throw new ConfluentqlError('API', `${label}: ${answer.status} ${visible(answer.reason, 100)}`, {
          status: answer.status,
        })
      if (followed === MAX_REDIRECTS || !URL.canParse(location, target.href))
        throw new ConfluentqlError('API', `${label}: redirects to no place`, { status: answer.status })
      const next = new URL(location, target.href)
      if (next.protocol !== 'https:' && next.origin !== target.origin)
        throw new ConfluentqlError(
          'API',
          `${label}: redirects to ${visible(next.origin, 120)}, which is not followed: only https is`,
        )
      target = allowed(next.href, url)
    }
  } finally {
    await wire.close()
  }
}

function allowed(text: string, given: string): URL {
  const wrong = (why: string): ConfluentqlError =>
    new ConfluentqlError('USAGE', `${visible(shortened(maskUrl(given), 300))} ${why}`, {
      hint: 'give a URL like https://example.com/provider.tgz',
    })
  if (!URL.canParse(text)) throw wrong('is not a URL')
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') throw wrong('must not hold credentials')
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    throw wrong('must begin with https://')
  return url
}

async function get(
  wire: Wire,
  url: URL,
  { maxBody, timeout }: DownloadOptions,
  signal: AbortSignal,
): Promise<WireAnswer> {
  if (signal.aborted) throw aborted(signal)
  const request: Request = {
    method: 'GET',
    isRead: true,
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    headers: { accept: '*/*', 'user-agent': 'confluentql' },
  }
  const { method, origin, path, headers } = request
  const sending = wire.send({ method, origin, path, headers, body: null })
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    sending.abort(new Error('late'))
  }, timeout)
  const onAbort = (): void => sending.abort(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await sending.answer
  } catch (error) {
    if (signal.aborted) throw aborted(signal)
    const { error: failure } = isLate
      ? lateFailure(request, timeout, sending.begun())
      : networkFailure(error, request, maxBody, sending.begun())
    throw failure
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}
