import type { IncomingHttpHeaders } from 'node:http'
import type { Kind } from './planes.ts'
import type { Host } from '../catalog/types.ts'
import { failure, type Reply } from './reply.ts'
import type { State } from './rows/state.ts'

const REASON = 'The API key or its secret is not valid'

/**
 * Refuses a request without valid credentials: a key of the host, the key of this server, a key that was
 * created for it, or a token that the sandbox has issued.
 * @param site  name of the server, if there are several of its kind
 */
export function denial(
  headers: IncomingHttpHeaders,
  kind: Kind,
  host: Host,
  site: string | undefined,
  state: State,
): Reply | undefined {
  if (host.auth.kind === 'none' && host.tokenEnv === undefined) return undefined
  const [scheme = '', given = ''] = (headers.authorization ?? '').split(' ')
  const named = kind.hosts.find(other => other.host === host)?.name
  const key = kind.plane.credentials[named ?? '']
  if (host.auth.kind === 'headers') {
    const isRight = host.auth.headers.every(
      ({ name, prefix = '' }) => headers[name.toLowerCase()] === `${prefix}${key?.password}`,
    )
    if (key !== undefined && isRight) return undefined
  } else if (scheme.toLowerCase() === 'bearer') {
    if (state.tokens.has(given) || (host.auth.kind !== 'basic' && given === key?.password)) return undefined
  } else if (scheme.toLowerCase() === 'basic' && host.auth.kind === 'basic') {
    const pair = Buffer.from(given, 'base64').toString()
    if (key !== undefined && pair === `${key.user}:${key.password}`) return undefined
    if (site !== undefined && pair === `${site}:sandbox-${site}`) return undefined
    const [user = '', password = ''] = pair.split(/:(.*)/s)
    const opened = site ?? kind.plane.opened?.[named ?? '']
    if (opened !== undefined && state.opens(user, password, opened)) return undefined
  }
  const reason = scheme === '' ? 'missing_key' : 'invalid_key'
  return {
    ...failure(401, REASON, { code: 'user_unauthenticated' }),
    family: kind.plane.denied ?? kind.plane.errors,
    headers: { 'WWW-Authenticate': `Basic error="${reason}", error_description="${REASON}"` },
  }
}
