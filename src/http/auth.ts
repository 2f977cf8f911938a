import type { Host } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { type Base, isLoopback } from './base.ts'

export interface Credential {
  /** The headers that carry it. */
  readonly headers: Readonly<Record<string, string>>
  /** Replaces the credential in a text that a server sent, should it be there. */
  hide(text: string): string
}

/** Shorter texts are no real secrets, and would be found inside ordinary words. */
const SHORTEST_SECRET = 12

/**
 * The credential for a host, read from the environment. Throws CREDENTIALS when
 * a variable is not set, and USAGE when it would travel unencrypted to another machine.
 */
export function credentialFor(host: Host, base: Base, env: Readonly<Record<string, string | undefined>>): Credential {
  const { auth, tokenEnv } = host
  const bearer = tokenEnv === undefined ? undefined : env[tokenEnv]
  if (bearer) {
    checkSecure(base)
    return { headers: { authorization: `Bearer ${bearer}` }, hide: hider([bearer]) }
  }
  if (auth.kind === 'none') {
    if (tokenEnv !== undefined) throw missing([tokenEnv], host)
    return { headers: {}, hide: (text) => text }
  }
  const user = env[auth.userEnv]
  const password = env[auth.passwordEnv]
  if (!user || !password) throw missing([user ? [] : auth.userEnv, password ? [] : auth.passwordEnv].flat(), host)
  checkSecure(base)
  const token = Buffer.from(`${user}:${password}`, 'utf8').toString('base64')
  return { headers: { authorization: `Basic ${token}` }, hide: hider([token, password]) }
}

function checkSecure(base: Base): void {
  if (base.secure || isLoopback(base.hostname)) return
  throw new ConfluentqlError('USAGE', `credentials are not sent to ${base.origin}: it is not encrypted`, {
    hint: 'Use an https:// URL; plain http is for loopback addresses only',
  })
}

function missing(variables: readonly string[], host: Host): ConfluentqlError {
  const names = variables.join(' and ')
  return new ConfluentqlError('CREDENTIALS', `no credentials for ${host.name}: ${names} ${variables.length > 1 ? 'are' : 'is'} not set`, {
    hint: `Set ${names}, or try --sandbox, which needs none`,
  })
}

function hider(secrets: readonly string[]): (text: string) => string {
  const hidden = secrets.filter((secret) => secret.length >= SHORTEST_SECRET)
  return (text) => hidden.reduce((all, secret) => all.replaceAll(secret, '[hidden]'), text)
}
