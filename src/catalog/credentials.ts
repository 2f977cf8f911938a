import { ConfluentqlError } from '../errors.ts'
import type { Host, Provider } from './types.ts'

/** The addresses to which a user agreed to send the value of a variable, by variable. */
export type Consent = Readonly<Record<string, readonly string[]>>

/**
 * Checks that a provider sends credentials only where the user agreed to send them.
 * @throws ConfluentqlError PROVIDER
 */
export function checkConsent(provider: Provider, consent: Consent): void {
  for (const [variable, addresses] of addressesByVariable(provider)) {
    const agreed = Object.hasOwn(consent, variable) ? consent[variable]! : []
    const others = addresses.filter(address => !agreed.includes(address))
    if (others.length > 0)
      throw new ConfluentqlError(
        'PROVIDER',
        `the provider ${provider.name} takes a credential from ${variable} for hosts that were not agreed to: ${others.join(', ')}`,
        { hint: 'add it again: confluentql provider add' },
      )
  }
}

/**
 * Checks that the value of a variable is sent to the hosts of one provider: another provider may use the same variable only
 * with the same addresses. Otherwise a foreign provider file could get credentials that were set for another provider.
 * @throws ConfluentqlError PROVIDER
 */
export function checkCredentials(providers: readonly Provider[]): void {
  const owners = new Map<string, { readonly provider: string; readonly addresses: string }>()
  for (const provider of providers) {
    for (const [variable, found] of addressesByVariable(provider)) {
      const addresses = found.join(', ')
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

/** The addresses to which the value of each variable with a credential goes. */
export function addressesByVariable({ hosts }: Provider): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>()
  for (const host of Object.values(hosts)) {
    for (const variable of variablesOf(host))
      found.set(variable, new Set([...(found.get(variable) ?? []), ...addressesOf(host)]))
  }
  return new Map([...found].map(([variable, addresses]) => [variable, [...addresses].sort()]))
}

/** The variables with a host's credentials. */
export function variablesOf({ auth, tokenEnv }: Pick<Host, 'auth' | 'tokenEnv'>): string[] {
  return [
    ...(auth.kind === 'basic' ? [auth.userEnv, auth.passwordEnv] : []),
    ...(auth.kind === 'headers' ? auth.headers.map(header => header.env) : []),
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
