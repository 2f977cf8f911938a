import type { Catalog, Host, ResourceIds, UrlVariable } from '../catalog/types.ts'
import type { Profile } from './types.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The name of a host's kind in profiles. */
export function kindOf(host: Host): string {
  return host.kind ?? host.name
}

/** The names that profiles may use for hosts: their kinds and names. */
export interface HostKinds {
  /** Of hosts that take credentials, or have variables in their base URL. */
  readonly usual: readonly string[]
  /** Of hosts for which a profile can have a base URL alone. */
  readonly open: readonly string[]
}

/** The names of the hosts of a catalog. */
export function kindsOf(catalog: Catalog): HostKinds {
  const hosts = catalog.providers().flatMap(provider => Object.values(provider.hosts))
  const isUsual = ({ auth, tokenEnv, urlVariables }: Host): boolean =>
    auth.kind !== 'none' || tokenEnv !== undefined || urlVariables !== undefined
  const namesOf = (some: readonly Host[]): string[] =>
    [...new Set(some.flatMap(host => [kindOf(host), host.name]))].sort()
  const usual = namesOf(hosts.filter(isUsual))
  return { usual, open: namesOf(hosts).filter(name => !usual.includes(name)) }
}

/** The base URL in a profile for all calls of a host: under the host's name, otherwise under its kind. */
export function profileEndpoint(host: Host, profile: Profile | undefined): string | undefined {
  return endpoint(profile, host.name) ?? endpoint(profile, kindOf(host))
}

/** The base URL in a profile under a name or an id. */
export function endpoint(profile: Profile | undefined, name: string): string | undefined {
  return profile && Object.hasOwn(profile.endpoints, name) ? profile.endpoints[name] : undefined
}

/**
 * Whether calls of a host can have a base URL that is not in the statement: from the
 * provider file, a variable, or the profile, which may have it for some resources only.
 *
 * @param of the resources that the calls are for. The one URL of a variable or of a kind is that of one resource: it is
 *   none for ids that come from rows, nor for two ids.
 */
export function hasEndpoint(host: Host, env: Env, profile: Profile | undefined, of?: ResourceIds): boolean {
  if (host.url !== '') return true
  const hasVariable = host.urlEnv !== undefined && Boolean(env[host.urlEnv])
  const hasKind = profileEndpoint(host, profile) !== undefined
  const hasOwn = host.resource !== undefined && Object.keys(profile?.endpoints ?? {}).some(isResourceId)
  if (of === undefined) return hasVariable || hasKind || hasOwn
  if (of === 'from rows') return hasOwn && !hasVariable && !hasKind
  // the resource that the variable is for, if another variable says so
  const only = hasVariable && host.resource?.idEnv !== undefined ? env[host.resource.idEnv] : undefined
  const others = of.filter(id => id !== only && endpoint(profile, id) === undefined)
  return others.length === 0 || (others.length === 1 && (hasKind || (hasVariable && !only)))
}

/** Whether a name is the id of a resource (`lkc-abc123`) rather than a kind of host. */
export function isResourceId(name: string): boolean {
  return /^[a-z]\w*-[\w-]+$/i.test(name)
}

/** The value of a variable of a host's base URL, and where it comes from, if it is not in the statement. */
export function urlVariable(
  host: Host,
  { name, env: variable, default: usual }: UrlVariable,
  env: Env,
  profile: Profile | undefined,
): { readonly value: string; readonly from: string } | undefined {
  const given = profile?.urlVariables ?? {}
  for (const kind of [host.name, kindOf(host)]) {
    const values = Object.hasOwn(given, kind) ? given[kind]! : {}
    if (Object.hasOwn(values, name)) return { value: values[name]!, from: `profile ${profile!.name}` }
  }
  if (env[variable]) return { value: env[variable], from: variable }
  return usual === undefined ? undefined : { value: usual, from: `the default of ${name}` }
}

/** Whether a call's base URL has a value for a variable that is not in the statement, or none of its variables. */
export function hasUrlVariable(host: Host, name: string, env: Env, profile: Profile | undefined): boolean {
  if ((host.urlEnv !== undefined && env[host.urlEnv]) || profileEndpoint(host, profile) !== undefined)
    return true
  const variable = host.urlVariables?.find(v => v.name === name)
  return variable !== undefined && urlVariable(host, variable, env, profile) !== undefined
}
