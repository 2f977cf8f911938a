import { variablesOf } from '../../catalog/credentials.ts'
import type { Host, Provider } from '../../catalog/types.ts'
import { kindOf, profileEndpoint, urlVariable } from '../../config/endpoints.ts'
import type { Profile } from '../../config/types.ts'
import type { ConfluentqlError } from '../../errors.ts'
import type { InstalledProvider } from '../../registry/record.ts'
import { failed, type Finding, ok, warning } from './finding.ts'

type Env = Readonly<Record<string, string | undefined>>

/** What the added providers lack: whether each can be used, and where its credentials and variables come from. */
export function checkProviders(
  installed: readonly InstalledProvider[],
  provider: (name: string) => Provider | undefined,
  broken: ReadonlyMap<string, ConfluentqlError>,
  env: Env,
  profile: Profile | undefined,
): Finding[] {
  return installed.map(({ name }) => {
    const check = `provider ${name}`
    const fault = broken.get(name)
    if (fault) return failed(check, fault)
    const hosts = Object.values(provider(name)?.hosts ?? {})
    const missing = missingVariables(hosts, env, profile)
    const facts = [hostText(hosts), ...urlVariableTexts(hosts, env, profile)]
    if (missing.length === 0) return ok(check, [...facts, credentialText(hosts, env)].join('; '))
    const names = missing.join(' and ')
    return warning(
      check,
      [...facts, `${names} not set`].join('; '),
      `set ${names}, or add credentials for ${name} to the profile`,
    )
  })
}

function hostText(hosts: readonly Host[]): string {
  const urls = [...new Set(hosts.map(host => host.url))]
  return urls.length > 2 ? `${urls.length} hosts` : urls.join(', ')
}

/** The variables of credentials that neither the environment nor the profile has. */
function missingVariables(hosts: readonly Host[], env: Env, profile: Profile | undefined): string[] {
  const isGiven = (host: Host): boolean =>
    profile?.credentials.some(({ scopes }) =>
      scopes.some(({ kind }) => kind === undefined || kind === kindOf(host) || kind === host.name),
    ) ?? false
  return [...new Set(hosts.filter(host => !isGiven(host)).flatMap(variablesOf))].filter(name => !env[name])
}

function credentialText(hosts: readonly Host[], env: Env): string {
  const names = [...new Set(hosts.flatMap(variablesOf))]
  if (names.length === 0) return 'no credentials'
  const set = names.filter(name => env[name])
  return set.length > 0 ? `${set.join(' and ')} set` : 'credentials in the profile'
}

/** The values of URL variables, or that a statement must give them. */
function urlVariableTexts(hosts: readonly Host[], env: Env, profile: Profile | undefined): string[] {
  const texts = hosts.flatMap(host =>
    profileEndpoint(host, profile) === undefined
      ? (host.urlVariables ?? []).map(variable => {
          const known = urlVariable(host, variable, env, profile)
          return known
            ? `${variable.name} is ${known.value}, from ${known.from}`
            : `${variable.name} must be in WHERE, as ${variable.env} is not set`
        })
      : [],
  )
  return [...new Set(texts)]
}
