/** A base URL in parts. */
export interface BaseUrl {
  /** Scheme, host, port and path as one text, without a slash at the end. */
  readonly url: string
  /** `https://api.example.com` */
  readonly origin: string
  /** Path before every method's path: empty, or beginning with a slash and ending without one. */
  readonly prefix: string
  readonly hostname: string
  readonly secure: boolean
}

/** Results by text: each page of a listing needs the same one. */
const cached = new Map<string, BaseUrl | string>()
const MAX_CACHED = 1000

/**
 * Reads a base URL, or returns what is wrong with it (`must begin with https://`).
 * Only scheme, host, port and a plain path are allowed: anything that a URL parser
 * would repair, resolve or decode is refused, so that the written address is the
 * one that is used.
 */
export function readBaseUrl(text: string): BaseUrl | string {
  const found = cached.get(text) ?? read(text)
  if (cached.size >= MAX_CACHED) cached.clear()
  cached.set(text, found)
  return found
}

function read(text: string): BaseUrl | string {
  if (text.trim() === '') return 'is empty'
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text)) return 'is not a URL: it must begin with https://'
  if (!/^[Hh][Tt][Tt][Pp][Ss]?:/.test(text))
    return `must begin with https://, not ${text.slice(0, text.indexOf(':'))}://`
  if (!URL.canParse(text)) return 'is not a URL'
  const url = new URL(text)
  if (url.username !== '' || url.password !== '' || text.includes('@'))
    return 'must not hold credentials: set them in environment variables or a profile'
  if (text.includes('?') || text.includes('#')) return 'must not have a query or a fragment'
  const path = withoutSlash(url.pathname)
  const start = text.indexOf('/', text.indexOf('://') + 3)
  const written = start < 0 ? '' : withoutSlash(text.slice(start))
  if (!/^[\u0021-\u007e]*$/.test(text) || /[\\%]/.test(text) || path.includes('//') || path !== written)
    return 'must have a plain path, without . or .. or encoded characters'
  return {
    url: `${url.origin}${path}`,
    origin: url.origin,
    prefix: path,
    hostname: url.hostname,
    secure: url.protocol === 'https:',
  }
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path
}

/** Whether a host name (in the form of URL.hostname) always means this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}
