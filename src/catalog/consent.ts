import { ConfluentqlError } from '../errors.ts'
import { type Destination, destinationsOfHost, originPattern } from './credentials.ts'
import { urlVariableEnv } from './rename.ts'
import type { Host, Provider } from './types.ts'

/**
 * The variables that a provider may read, and where each is sent: `{ OKTA_API_TOKEN: ['https://{subdomain}.okta.com'] }`.
 * They are variables with credentials, variables that documents name for parts of URLs, and `the access token of X` for a
 * token that the credential X is exchanged for. A place is a pattern of origins: `$NAME` is the URL in that variable,
 * `*.example.com` any host below a domain.
 */
export type Consent = Readonly<Record<string, readonly string[]>>

/** Where the credentials of a provider are sent, and the variables that its documents name for URLs. */
export function destinationsOf(provider: Provider): Consent {
  const found = new Map<string, Set<string>>()
  for (const host of Object.values(provider.hosts))
    for (const { credential, addresses } of [
      ...destinationsOfHost(host, hostPatterns(host)),
      ...namedVariables(host, provider.name),
    ])
      found.set(credential, new Set([...(found.get(credential) ?? []), ...addresses]))
  return sorted(found)
}

/** Variables of a host's URL whose names the documents choose; others have the provider's name in front. */
function namedVariables(host: Host, provider: string): Destination[] {
  return (host.urlVariables ?? [])
    .filter(({ name, env }) => env !== '' && env !== urlVariableEnv(provider, name))
    .map(({ env }) => ({ credential: env, addresses: hostPatterns(host) }))
}

/** The hosts of all calls of a provider, with and without credentials. */
export function hostsOf(provider: Provider): string[] {
  return [...new Set(Object.values(provider.hosts).flatMap(hostPatterns))].sort()
}

/** What the documents of a provider ask for and a consent does not cover; empty if it covers all. */
export function growthOf(provider: Provider, consent: Consent): Consent {
  return beyond(destinationsOf(provider), consent)
}

/**
 * Refuses a provider whose documents send variables where the user did not agree to.
 * @throws ConfluentqlError PROVIDER
 */
export function checkConsent(provider: Provider, consent: Consent): void {
  const more = growthOf(provider, consent)
  if (Object.keys(more).length === 0) return
  const words = Object.entries(more).map(
    ([variable, hosts]) => `${variable} to ${hosts.join(', ') || 'no host'}`,
  )
  throw new ConfluentqlError(
    'PROVIDER',
    `the documents of ${provider.name} send variables where you did not agree to: ${words.join('; ')}`,
    { hint: `to see it, and to agree or not: confluentql provider update ${provider.name}` },
  )
}

/** What `asked` has and `given` lacks; empty if `given` covers it. */
function beyond(asked: Consent, given: Consent): Consent {
  const missing = Object.entries(asked).flatMap(([variable, hosts]) => {
    const known = Object.hasOwn(given, variable) ? given[variable] : undefined
    const more = hosts.filter(host => !known?.includes(host))
    return more.length > 0 || known === undefined ? [[variable, new Set(more)] as const] : []
  })
  return sorted(new Map(missing))
}

/** The addresses of a host: the origin of its URL, its domains, its variable. */
function hostPatterns({ url, urlEnv, domains = [] }: Host): string[] {
  const origin = originPattern(url)
  return [
    ...(origin === '' ? [] : [origin]),
    ...domains.map(domain => `*.${domain}`),
    ...(urlEnv === undefined ? [] : [`$${urlEnv}`]),
  ]
}

function sorted(found: ReadonlyMap<string, ReadonlySet<string>>): Consent {
  return Object.fromEntries(
    [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([variable, hosts]) => [variable, [...hosts].sort()]),
  )
}
