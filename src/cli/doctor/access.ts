import { variablesOf } from '../../catalog/credentials.ts'
import type { Catalog, Host } from '../../catalog/types.ts'
import { isResourceId, kindOf, kindsOf, profileEndpoint } from '../../config/endpoints.ts'
import { loadProfile, profileFile, profileNames } from '../../config/load.ts'
import { shownKey } from '../../config/parse-values.ts'
import { shownVariable } from '../../config/source.ts'
import type { Entry, Profile, Source } from '../../config/types.ts'
import { sourcesOf } from '../../config/variables.ts'
import { count } from '../count.ts'
import { failed, type Finding, ok, warning, wrong } from './finding.ts'

const PROFILE = 'profile'

type Env = Readonly<Record<string, string | undefined>>

/** Loads the profile and reports on it and its credentials. The profile is undefined if it cannot be used. */
export async function checkProfile(
  env: Env,
  name: string | undefined,
  catalog: Catalog,
): Promise<{ readonly profile: Profile | undefined; readonly findings: readonly Finding[] }> {
  try {
    const profile = await loadProfile({ env, name, kinds: kindsOf(catalog) })
    const notes = (profile.notes ?? []).map(note =>
      warning(PROFILE, note, 'add the provider, or leave it out'),
    )
    const findings = [
      await findingOf(profile, env),
      ...notes,
      ...profile.credentials.map(entry => checkEntry(entry, env)),
    ]
    return { profile, findings }
  } catch (error) {
    return { profile: undefined, findings: [failed(PROFILE, error)] }
  }
}

/** What a profile has. One that the file does not have is empty: only variables count, although other profiles may be meant. */
async function findingOf({ name, file, credentials, endpoints }: Profile, env: Env): Promise<Finding> {
  const addresses = Object.keys(endpoints).length
  if (credentials.length > 0 || addresses > 0)
    return ok(
      PROFILE,
      `${name} of ${file}: ${count(credentials.length, 'credential')}, ${count(addresses, 'endpoint')}`,
    )
  const names = (await profileNames(env)).map(shownKey)
  const [first] = names
  if (first === undefined || names.includes(name))
    return ok(
      PROFILE,
      `${profileFile(env) ?? 'no configuration folder'}: no profile, so variables alone count`,
    )
  return warning(
    PROFILE,
    `${file} has no profile ${name}, but ${names.join(', ')}: none is used, and variables alone count`,
    `choose one: --profile ${first}, or CONFLUENTQL_PROFILE=${first}`,
  )
}

const FORMS: Readonly<Record<Entry['secret']['kind'], string>> = {
  key: 'a key',
  sts: 'a token to exchange',
  oauth: 'a token',
  token: 'a token',
  headers: 'headers',
  client: 'a client',
  service_account: 'a service account',
}

function checkEntry({ at, scopes, secret }: Entry, env: Env): Finding {
  const sources = sourcesOf(secret)
  const unset = sources.flatMap(s => (s.kind === 'env' && !env[s.name] ? [shownVariable(s.name)] : []))
  const what = `${at}: ${FORMS[secret.kind]} for ${scopes.map(s => Object.values(s).join(' ')).join(', ')}`
  if (unset.length > 0)
    return wrong('credentials', `${what}: ${unset.join(' and ')} not set`, `set ${unset.join(' and ')}`)
  return ok('credentials', `${what}, from ${[...new Set(sources.map(originOf))].join(' and ')}`)
}

function originOf(source: Source): string {
  if (source.kind === 'env') return shownVariable(source.name)
  return source.kind === 'command' ? 'a command' : 'the file'
}

/** Reports which credential variables are set. */
export function checkVariables(env: Env, catalog: Catalog): Finding[] {
  const hosts = hostsOf(catalog)
  const names = new Map<string, { readonly needed: readonly string[]; readonly for: string[] }>()
  for (const host of hosts) {
    const needed = [
      ...(host.auth.kind === 'none' ? [] : [variablesOf({ auth: host.auth })]),
      ...(host.tokenEnv === undefined ? [] : [[host.tokenEnv]]),
    ]
    for (const pair of needed) {
      const known = names.get(pair.join()) ?? { needed: pair, for: [] }
      if (!known.for.includes(kindOf(host))) known.for.push(kindOf(host))
      names.set(pair.join(), known)
    }
  }
  return [...names.values()]
    .filter(n => n.needed.some(name => env[name]))
    .map(({ needed, for: kinds }) => {
      const unset = needed.filter(name => !env[name])
      if (unset.length > 0)
        return wrong(
          'credentials',
          `${needed.filter(name => env[name]).join()} is set, ${unset.join()} is not`,
          `set ${unset.join()}, or unset the other`,
        )
      return ok(
        'credentials',
        `${needed.join(' and ')} ${needed.length > 1 ? 'are' : 'is'} set, for ${kinds.join(', ')}`,
      )
    })
}

function hostsOf(catalog: Catalog): Host[] {
  return catalog.providers().flatMap(p => Object.values(p.hosts))
}

/** A statement that tests whether a host can be reached. */
export interface Probe {
  readonly host: Host
  /** The resource whose address is tested, if several have their own. */
  readonly id?: string
  readonly sql: string
  readonly variables: Readonly<Record<string, string>>
}

/** The probes of all configured hosts, and findings for those that cannot be probed. */
export function probesFor(
  catalog: Catalog,
  env: Env,
  profile: Profile,
): { readonly probes: readonly Probe[]; readonly findings: readonly Finding[] } {
  const all = hostsOf(catalog).filter(h => h.probe !== undefined)
  const configured = all.filter(h => isConfigured(h, env, profile))
  const probes: Probe[] = []
  const findings: Finding[] = []
  for (const host of configured.length > 0 ? configured : all.slice(0, 1)) {
    const idEnv = host.resource?.idEnv
    const ids =
      host.resource && profileEndpoint(host, profile) === undefined && !(host.urlEnv && env[host.urlEnv])
        ? Object.keys(profile.endpoints).filter(isResourceId)
        : []
    for (const id of ids.length > 0 ? ids : [undefined]) {
      const given = id === undefined || idEnv === undefined ? env : { ...env, [idEnv]: id }
      const names = [...host.probe!.matchAll(/:([A-Z][A-Z0-9_]*)/g)].map(m => m[1]!)
      const unset = names.filter(name => !given[name])
      if (unset.length > 0)
        findings.push(
          warning(
            host.name,
            `not checked: ${unset.join(' and ')} ${unset.length > 1 ? 'are' : 'is'} not set`,
            `set ${unset.join(' and ')}`,
          ),
        )
      else
        probes.push({
          host,
          ...(id !== undefined && { id }),
          sql: host.probe!,
          variables: Object.fromEntries(names.map(name => [name, given[name]!])),
        })
    }
  }
  return { probes, findings }
}

/** Whether a host is configured: a credential is given, or its URL if it has no default. */
function isConfigured(host: Host, env: Env, profile: Profile): boolean {
  if (host.url === '')
    return (
      Boolean(host.urlEnv && env[host.urlEnv])
      || profileEndpoint(host, profile) !== undefined
      || (host.resource !== undefined && Object.keys(profile.endpoints).some(isResourceId))
    )
  const names = variablesOf(host)
  const isOfKind = (kind: string | undefined): boolean => kind === kindOf(host) || kind === host.name
  return names.some(name => env[name]) || profile.credentials.some(c => c.scopes.some(s => isOfKind(s.kind)))
}
