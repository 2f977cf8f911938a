import { ConfluentqlError } from '../errors.ts'
import { isExchanged, type Host, type OAuth2, type ServiceAccount } from './hosts.ts'
import type { Provider } from './types.ts'

/**
 * Checks that the value of a variable is sent to the hosts of one provider: another provider may use the same variable only
 * with the same addresses. Otherwise a foreign provider file could get credentials that were set for another provider.
 * @throws ConfluentqlError PROVIDER
 */
export function checkCredentials(providers: readonly Provider[]): void {
  const owners = new Map<string, { readonly provider: string; readonly addresses: string }>()
  for (const provider of providers) {
    for (const [variable, found] of byCredential(provider)) {
      const addresses = [...found].sort().join(', ')
      const owner = owners.get(variable)
      if (owner !== undefined && owner.addresses !== addresses) {
        throw new ConfluentqlError(
          'PROVIDER',
          `the providers ${owner.provider} and ${provider.name} take a credential from ${variable} for different hosts: ${owner.addresses}; and ${addresses}`,
          { hint: `give one of them variables of its own, or take away the one that you do not trust` },
        )
      }
      owners.set(variable, { provider: provider.name, addresses })
    }
  }
}

function byCredential({ hosts }: Provider): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const host of Object.values(hosts))
    for (const { credential, addresses } of destinationsOfHost(host, addressesOf(host)))
      found.set(credential, new Set([...(found.get(credential) ?? []), ...addresses]))
  return found
}

/** The variables with a host's credentials. */
export function variablesOf({ auth, tokenEnv }: Pick<Host, 'auth' | 'tokenEnv'>): string[] {
  return [
    ...(auth.kind === 'basic' ? [auth.userEnv, auth.passwordEnv] : []),
    ...(auth.kind === 'headers' ? auth.headers.map(({ env }) => env) : []),
    ...(isExchanged(auth) ? exchangedVariables(auth) : []),
    ...(tokenEnv === undefined ? [] : [tokenEnv]),
  ]
}

function exchangedVariables(auth: OAuth2 | ServiceAccount): string[] {
  if (auth.kind === 'service_account') return [auth.keyEnv]
  return [auth.clientIdEnv, auth.clientSecretEnv, ...auth.tokenVariables.map(({ env }) => env)]
}

/** A credential, and the addresses that it is sent to. */
export interface Destination {
  /** A variable, or `the access token of VARIABLE`. */
  readonly credential: string
  readonly addresses: readonly string[]
}

/**
 * Where the credentials of a host are sent. What is exchanged for an access token goes to the origin of the token URL, and
 * the token to the host.
 * @param addresses those of the host
 */
export function destinationsOfHost(
  { auth, tokenEnv }: Pick<Host, 'auth' | 'tokenEnv'>,
  addresses: readonly string[],
): Destination[] {
  if (!isExchanged(auth))
    return variablesOf({ auth, ...(tokenEnv !== undefined && { tokenEnv }) }).map(credential => ({
      credential,
      addresses,
    }))
  const secret = auth.kind === 'oauth2' ? auth.clientSecretEnv : auth.keyEnv
  const origins = auth.kind === 'oauth2' ? [originPattern(auth.tokenUrl)] : auth.tokenOrigins
  return [
    ...exchangedVariables(auth).map(credential => ({ credential, addresses: origins })),
    { credential: `the access token of ${secret}`, addresses },
    ...(tokenEnv === undefined ? [] : [{ credential: tokenEnv, addresses }]),
  ]
}

/** The origin of a URL with variables in lower case, with the names of its variables unchanged. */
export function originPattern(url: string): string {
  const [origin = ''] = /^[a-z]+:\/\/[^/]*/i.exec(url) ?? []
  return origin
    .split(/(\{[^}]*\})/)
    .map((part, i) => (i % 2 === 0 ? part.toLowerCase() : part))
    .join('')
}

/** The addresses of a host: its URL, its domains, its variable. */
function addressesOf({ url, urlEnv, domains = [] }: Host): string[] {
  return [
    ...(url === '' ? [] : [url]),
    ...domains.map(domain => `*.${domain}`),
    ...(urlEnv === undefined ? [] : [`$${urlEnv}`]),
  ]
}
