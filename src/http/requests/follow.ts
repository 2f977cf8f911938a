import { ConfluentqlError } from '../../errors.ts'
import type { Base } from './base.ts'
import { visible } from '../text.ts'
import type { Call, FollowedPath } from '../types.ts'

/** A call that only reads, at the host of another and with its credentials. */
export function readingCall({ host, method, args, resource }: Call): Call {
  const params = method.params.filter(p => p.in === 'host' || p.in === 'server' || p.in === 'profile')
  const own = Object.entries(args).filter(([name]) => params.some(p => p.name === name))
  return {
    host,
    method: {
      name: method.name,
      verb: 'select',
      http: 'GET',
      path: '/',
      host: method.host,
      params,
      rows: { at: '$', kind: 'one' },
    },
    args: Object.fromEntries(own),
    ...(resource && { resource }),
  }
}

/**
 * The path, with its query, of a place that an answer names. Of a URL nothing else is used: its host may be another name of
 * the same API, and credentials stay where they are.
 * @throws ConfluentqlError RESPONSE for what is no URL, and for a path that a server would resolve
 */
export function followedPath(where: FollowedPath, base: Base): string {
  if ('url' in where) {
    if (!URL.canParse(where.url, `${base.url}/`)) throw wrong(where.url)
    const { protocol, pathname, search } = new URL(where.url, `${base.url}/`)
    if (protocol !== 'https:' && protocol !== 'http:') throw wrong(where.url)
    return `${pathname}${search}`
  }
  const parts = where.path.split('/').slice(1)
  if (parts.some(part => part === '' || part === '.' || part === '..')) throw wrong(where.path)
  return `${base.prefix}/${parts.map(encodeURIComponent).join('/')}`
}

function wrong(text: string): ConfluentqlError {
  return new ConfluentqlError('RESPONSE', `the answer names no place that can be read: ${visible(text, 120)}`)
}
