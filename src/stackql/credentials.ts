import type { CredentialHeader, Host } from '../catalog/types.ts'
import { azure, oauth2, serviceAccount } from './token-credentials.ts'
import { member, textOf, variableAt } from './tree.ts'

/** How requests of a provider are authorized. */
export interface Credentials {
  readonly auth: Host['auth']
  /** Environment variable of an access token, used instead of credentials that are exchanged for one. */
  readonly tokenEnv?: string
  /** Why no method can be called, if requests cannot be authorized. */
  readonly reason?: string
}

/**
 * Reads `config.auth` of a provider.
 * @returns a text that says what is wrong with it, if something is
 */
export function credentialsOf(auth: unknown, provider: string): Credentials | string {
  const type = textOf(member(auth, 'type'))?.toLowerCase()
  if (type === undefined) return 'config.auth has no type; an API without credentials has type: null_auth'
  if (type === 'null_auth' || type === 'none') return { auth: { kind: 'none' } }
  if (type === 'interactive') return { auth: bearer(tokenVariable(provider)) }
  if (type === 'oauth2') {
    const found = oauth2(auth)
    if (typeof found === 'string') return found
    return found === undefined
      ? { auth: bearer(tokenVariable(provider)) }
      : { auth: found, tokenEnv: tokenVariable(provider) }
  }
  if (type === 'service_account')
    return { auth: serviceAccount(auth, provider), tokenEnv: tokenVariable(provider) }
  if (type === 'azure_default') return { auth: azure(), tokenEnv: tokenVariable(provider) }
  if (type === 'basic') return basic(auth)
  if (type === 'bearer' || type === 'api_key') {
    const env = variableAt(auth, 'credentialsenvvar', 'api_key_var')
    if (env === undefined) return 'config.auth names no variable with its credential (credentialsenvvar)'
    const prefix = textOf(member(auth, 'valuePrefix')) ?? (type === 'bearer' ? 'Bearer ' : 'api_key ')
    const name = textOf(member(auth, 'name')) ?? 'Authorization'
    return inQuery(auth) ?? { auth: { kind: 'headers', headers: [{ name, prefix, env }] } }
  }
  if (type === 'custom') return custom(auth)
  return {
    auth: { kind: 'none' },
    reason: type.startsWith('aws')
      ? 'its requests need a signature of AWS (Signature Version 4)'
      : `its credentials are of the kind ${type}, which is not supported`,
  }
}

/** The variable with an access token of a provider whose credentials are exchanged for one. */
function tokenVariable(provider: string): string {
  return `${provider.replaceAll(/\W/g, '_').toUpperCase()}_ACCESS_TOKEN`
}

function bearer(env: string): Host['auth'] {
  return { kind: 'headers', headers: [{ name: 'Authorization', prefix: 'Bearer ', env }] }
}

function basic(auth: unknown): Credentials | string {
  const userEnv = variableAt(auth, 'username_var', 'api_key_var')
  const passwordEnv = variableAt(auth, 'password_var', 'api_secret_var')
  if (userEnv !== undefined && passwordEnv !== undefined)
    return { auth: { kind: 'basic', userEnv, passwordEnv } }
  // the variable has the user and the password in base64 already
  const env = variableAt(auth, 'credentialsenvvar')
  if (env === undefined)
    return 'config.auth names no variables with its credentials (username_var, password_var)'
  return { auth: { kind: 'headers', headers: [{ name: 'Authorization', prefix: 'Basic ', env }] } }
}

/** Headers with secrets, each the successor of the one before. */
function custom(auth: unknown): Credentials | string {
  const headers: CredentialHeader[] = []
  for (let one: unknown = auth; one !== undefined && headers.length < 8; one = member(one, 'successor')) {
    const name = textOf(member(one, 'name'))
    const env = variableAt(one, 'credentialsenvvar')
    if (name === undefined || env === undefined || !/^[\w-]+$/.test(name))
      return 'config.auth of type custom needs a name of a header and credentialsenvvar'
    const refused = inQuery(one)
    if (refused) return refused
    const prefix = textOf(member(one, 'valuePrefix'))
    headers.push({ name, ...(prefix !== undefined && { prefix }), env })
  }
  return { auth: { kind: 'headers', headers } }
}

function inQuery(auth: unknown): Credentials | undefined {
  if (member(auth, 'location') !== 'query') return undefined
  return {
    auth: { kind: 'none' },
    reason: 'its credential would be sent in the URL, where logs would show it',
  }
}
