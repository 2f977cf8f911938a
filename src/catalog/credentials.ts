import { ConfluentqlError } from '../errors.ts'
import type { Host, Provider } from './types.ts'

/**
 * Checks that the value of a variable is sent to the hosts of one provider: another provider may use the same variable only
 * with the same addresses. Otherwise a foreign provider file could get credentials that were set for another provider.
 * @throws ConfluentqlError PROVIDER
 */
export function checkCredentials(providers: readonly Provider[]): void {
  const owners = new Map<string, { readonly provider: string; readonly addresses: string }>()
  for (const provider of providers) {
    for (const [variable, hosts] of byVariable(provider)) {
      const addresses = [...new Set(hosts.flatMap(addressesOf))].sort().join(', ')
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

function byVariable({ hosts }: Provider): Map<string, Host[]> {
  const found = new Map<string, Host[]>()
  for (const host of Object.values(hosts)) {
    for (const variable of variablesOf(host)) found.set(variable, [...(found.get(variable) ?? []), host])
  }
  return found
}

/** The variables with a host's credentials. */
export function variablesOf({ auth, tokenEnv }: Pick<Host, 'auth' | 'tokenEnv'>): string[] {
  return [
    ...(auth.kind === 'basic' ? [auth.userEnv, auth.passwordEnv] : []),
    ...(auth.kind === 'headers' ? auth.headers.map(({ env }) => env) : []),
    ...(tokenEnv === undefined ? [] : [tokenEnv]),
  ]
}

/** The addresses of a host: its URL, its domains, its variable. */
function addressesOf({ url, urlEnv, domains = [] }: Host): string[] {
  return [
    ...(url === '' ? [] : [url]),
    ...domains.map(domain => `*.${domain}`),
    ...(urlEnv === undefined ? [] : [`$${urlEnv}`]),
  ]
}
