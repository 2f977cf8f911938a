import type { Host } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import type { ClientOptions } from './types.ts'

/** Where a host's requests go. */
export interface Base {
  /** `https://api.example.com`, without a trailing slash. */
  readonly origin: string
  /** Path before every method's path: empty, or beginning with a slash and ending without one. */
  readonly prefix: string
  readonly hostname: string
  readonly secure: boolean
}

/**
 * The base URL of a host: the endpoint option, else the host's environment
 * variable, else the provider's URL. Throws USAGE for one that cannot be used.
 */
export function resolveBase(host: Host, options: Pick<ClientOptions, 'endpoint' | 'env'>): Base {
  const variable = host.urlEnv === undefined ? undefined : options.env[host.urlEnv]
  if (options.endpoint) return parseBase(options.endpoint, '--endpoint')
  if (variable) return parseBase(variable, host.urlEnv ?? host.name)
  return parseBase(host.url, `the URL of host ${host.name}`)
}

function parseBase(text: string, source: string): Base {
  const wrong = (why: string): ConfluentqlError =>
    new ConfluentqlError('USAGE', `${source} ${why}`, { hint: 'Give a URL like https://api.example.com' })
  if (!URL.canParse(text)) throw wrong('is not a URL')
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw wrong(`must begin with https://, not ${url.protocol}//`)
  if (url.username !== '' || url.password !== '') throw wrong('must not hold credentials: set them in environment variables')
  if (url.search !== '' || url.hash !== '') throw wrong('must not have a query or a fragment')
  return {
    origin: url.origin,
    prefix: url.pathname.replace(/\/+$/, ''),
    hostname: url.hostname,
    secure: url.protocol === 'https:',
  }
}

/** Whether a host name (as URL.hostname gives it) can only mean this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}
