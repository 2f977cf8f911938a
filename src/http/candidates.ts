import type { Host } from '../catalog/types.ts'
import { endpoint, kindOf, profileEndpoint } from '../config/endpoints.ts'
import type { Profile, Scope, Secret } from '../config/types.ts'
import { readBaseUrl } from '../config/url.ts'
import { type Base, ownId, resourceIds } from './base.ts'
import type { Call, ClientOptions } from './types.ts'

/** A credential that is for a call, by what the user has said of it. */
export interface Candidate {
  /** Tells this use of a credential from its others, and from other credentials. */
  readonly id: string
  /** `KAFKA_API_KEY and KAFKA_API_SECRET`, or `the credential at config.yaml:12`. */
  readonly from: string
  readonly secret: Secret
  /** How specific it is: of several the highest is used. */
  readonly score: number
  /**
   * Whether the user has named this address for it: `tied`; another one, which
   * is told; or none, so that it is `free` to be tied to one.
   */
  readonly tie: 'tied' | 'free' | { readonly url: string }
}

/** A call and where it goes. */
export interface Place {
  readonly call: Call
  readonly base: Base
}

type Settings = Pick<ClientOptions, 'env' | 'profile'>

/** What is worth more when credentials are compared: the more of a call a scope names, the better it fits. */
const WORTH = { resource: 16, url: 8, region: 4, pattern: 2, kind: 1 } as const

/** All credentials for a call, the most specific first; of equals the variables', then the one that is written first. */
export function candidatesFor(place: Place, settings: Settings): Candidate[] {
  const { host } = place.call
  if (host.auth.kind === 'none') return tokenCandidate(host, settings)
  const all = [
    ...tokenCandidate(host, settings),
    ...variableCandidate(place, settings),
    ...profileCandidates(place, settings),
  ]
  return all.sort((a, b) => b.score - a.score)
}

function tokenCandidate({ tokenEnv }: Host, { env }: Settings): Candidate[] {
  if (tokenEnv === undefined || !env[tokenEnv]) return []
  return [
    {
      id: tokenEnv,
      from: tokenEnv,
      secret: { kind: 'oauth', token: { kind: 'env', name: tokenEnv }, fields: {} },
      score: WORTH.kind,
      tie: 'tied',
    },
  ]
}

function variableCandidate({ call, base }: Place, { env, profile }: Settings): Candidate[] {
  const { host } = call
  if (host.auth.kind === 'none' || !env[host.auth.userEnv] || !env[host.auth.passwordEnv]) return []
  const { userEnv, passwordEnv } = host.auth
  const own = ownId(host, env)
  const ids = resourceIds(call)
  if (own !== undefined && ids.length > 0 && !ids.includes(own)) return []
  return [
    {
      id: userEnv,
      from: `${userEnv} and ${passwordEnv}`,
      score: own !== undefined && ids.includes(own) ? WORTH.resource : WORTH.kind,
      secret: {
        kind: 'key',
        key: { kind: 'env', name: userEnv },
        secret: { kind: 'env', name: passwordEnv },
      },
      tie: tieTo(host, base, (host.urlEnv && env[host.urlEnv]) || profileEndpoint(host, profile)),
    },
  ]
}

function profileCandidates(place: Place, settings: Settings): Candidate[] {
  const { profile } = settings
  return (profile?.credentials ?? []).flatMap(({ scopes, secret, at }, n) => {
    if (!isTaken(place.call.host, secret)) return []
    return scopes.flatMap((scope, i) => {
      const score = scoreOf(scope, place, profile)
      return score === 0
        ? []
        : [
            {
              id: `${at}#${n}#${i}`,
              from: `the credential at ${at}`,
              secret,
              score,
              tie: tieOf(scope, place, settings),
            },
          ]
    })
  })
}

/** Whether the host takes a credential of this form. */
function isTaken(host: Host, secret: Secret): boolean {
  if (secret.kind === 'key') return true
  return secret.kind === 'sts' ? host.exchange !== undefined : host.oauth !== undefined
}

/** How well a scope fits; 0 when it does not. */
function scoreOf(scope: Scope, { call, base }: Place, profile: Profile | undefined): number {
  const { host } = call
  const has = (name: string | undefined, value: string): boolean =>
    name !== undefined
    && Object.hasOwn(call.args, name)
    && (call.args[name] ?? []).map(String).includes(value)
  const checks: readonly (readonly [unknown, number, boolean])[] = [
    [scope.kind, WORTH.kind, scope.kind === kindOf(host) || scope.kind === host.name],
    [
      scope.resource,
      WORTH.resource,
      scope.resource !== undefined && isResource(scope.resource, call, base, profile),
    ],
    [
      scope.host,
      scope.host?.startsWith('*.') ? WORTH.pattern : WORTH.url,
      scope.host !== undefined && isAddress(scope.host, base),
    ],
    [
      scope.environment,
      WORTH.region,
      scope.environment !== undefined && has(host.environment, scope.environment),
    ],
    [scope.region, WORTH.region, scope.region !== undefined && isRegion(scope.region, base)],
  ]
  const given = checks.filter(([wanted]) => wanted !== undefined)
  return given.every(([, , fits]) => fits) ? given.reduce((sum, [, worth]) => sum + worth, 0) : 0
}

/** Whether a call is for a resource: an argument says its id; else it has the URL that the profile has for it, or one whose host name begins with it. */
function isResource(id: string, call: Call, base: Base, profile: Profile | undefined): boolean {
  if (call.host.urlParam === undefined) return false
  const ids = resourceIds(call)
  if (ids.length > 0) return ids.includes(id)
  const [label = ''] = base.hostname.split('.')
  return (
    covers(endpoint(profile, id), base)
    || label === id.toLowerCase()
    || label.startsWith(`${id.toLowerCase()}-`)
  )
}

function isAddress(wanted: string, base: Base): boolean {
  if (wanted.includes('://')) return covers(wanted, base)
  const [name = '', port = ''] = wanted.split(':')
  const here = new URL(base.origin)
  return (
    port === here.port
    && (name.startsWith('*.') ? here.hostname.endsWith(name.slice(1)) : here.hostname === name)
  )
}

/** The names in a region (`aws.us-east-1`) stand, each as a whole, in the host name. */
function isRegion(region: string, base: Base): boolean {
  const labels = base.hostname.split('.')
  return region
    .toLowerCase()
    .split('.')
    .every(part => labels.includes(part))
}

/** What the user has tied a scope to: the address in it, the profile's URL for its resource, or that of its kind. */
function tieOf(scope: Scope, { call, base }: Place, { env, profile }: Settings): Candidate['tie'] {
  if (scope.host !== undefined) return 'tied'
  if (scope.resource !== undefined) return tieTo(call.host, base, endpoint(profile, scope.resource))
  if (scope.region !== undefined) return tieTo(call.host, base, undefined)
  return tieTo(
    call.host,
    base,
    profileEndpoint(call.host, profile) ?? ((call.host.urlEnv && env[call.host.urlEnv]) || undefined),
  )
}

function tieTo(host: Host, base: Base, url: string | undefined): Candidate['tie'] {
  if (host.urlParam === undefined) return 'tied'
  if (url === undefined) return 'free'
  return covers(url, base) ? 'tied' : { url }
}

/** Whether a URL that the user wrote is the base URL, or lies above it. */
function covers(url: string | undefined, base: Base): boolean {
  const written = url === undefined ? '' : readBaseUrl(url)
  if (typeof written === 'string') return false
  return (
    base.origin === written.origin
    && (base.prefix === written.prefix || base.prefix.startsWith(`${written.prefix}/`))
  )
}
