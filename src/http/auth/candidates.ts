import { variablesOf } from '../../catalog/credentials.ts'
import { isExchanged } from '../../catalog/hosts.ts'
import type { Host } from '../../catalog/types.ts'
import { endpoint, kindOf, profileEndpoint } from '../../config/endpoints.ts'
import type { Profile, Scope, Secret, Source } from '../../config/types.ts'
import { readBaseUrl } from '../../config/url.ts'
import { type Base, variableResourceId, resourceIds } from '../requests/base.ts'
import type { Call, ClientOptions } from '../types.ts'

/** A credential that matches a call by its scope. */
export interface CredentialCandidate {
  /** Identifies the credential together with the scope that matched. */
  readonly id: string
  /** `OKTA_API_TOKEN`, `KAFKA_API_KEY and KAFKA_API_SECRET`, or `the credential at config.yaml:12`. */
  readonly from: string
  readonly secret: Secret
  /** How specific the match is: the highest score wins. */
  readonly score: number
  /**
   * The address that the user has tied it to: this one (`tied`), another one (`url`),
   * or none (`free`), so that it can still be tied to one. `foreign`: the statement alone decides the host name of
   * a base URL with variables, so the credential may not be sent there.
   */
  readonly tie: 'tied' | 'free' | 'foreign' | { readonly url: string }
}

/** A call and its base URL. */
export interface LocatedCall {
  readonly call: Call
  readonly base: Base
}

/** Names of variables, for messages. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

type Settings = Pick<ClientOptions, 'env' | 'profile'>

/** Weights of the parts of a scope: the more of a call a scope names, the higher its score. */
const WEIGHT = { resource: 16, url: 8, region: 4, pattern: 2, kind: 1, shared: 0 } as const

/** All credentials for a call, the most specific first; among equals, variables first, then in the order of the profile file. Variables that another account may own come last. */
export function candidatesFor(place: LocatedCall, settings: Settings): CredentialCandidate[] {
  const { host } = place.call
  const { base } = place
  if (host.auth.kind === 'none') return tokenCandidate(host, settings, base)
  const all = [
    ...tokenCandidate(host, settings, base),
    ...variableCandidate(place, settings),
    ...profileCandidates(place, settings),
  ]
  return all.sort((a, b) => b.score - a.score)
}

function tokenCandidate(host: Host, { env }: Settings, base: Base): CredentialCandidate[] {
  const { tokenEnv, urlVariables } = host
  if (tokenEnv === undefined || !env[tokenEnv]) return []
  return [
    {
      id: tokenEnv,
      from: tokenEnv,
      secret: { kind: 'oauth', token: { kind: 'env', name: tokenEnv }, fields: {} },
      score: host.isRenamed ? WEIGHT.shared : WEIGHT.kind,
      tie: urlVariables && base.from === 'statement' ? 'foreign' : 'tied',
    },
  ]
}

function variableCandidate({ call, base }: LocatedCall, { env, profile }: Settings): CredentialCandidate[] {
  const { host } = call
  const { auth } = host
  const names = variablesOf({ auth })
  if (names.length === 0 || !names.every(name => env[name])) return []
  const own = variableResourceId(host, env)
  const ids = resourceIds(call)
  if (own !== undefined && ids.length > 0 && !ids.includes(own)) return []
  return [
    {
      id: names[0]!,
      from: listed(names),
      score:
        own !== undefined && ids.includes(own)
          ? WEIGHT.resource
          : host.isRenamed
            ? WEIGHT.shared
            : WEIGHT.kind,
      secret: variableSecret(auth),
      tie: tieTo(host, base, (host.urlEnv && env[host.urlEnv]) || profileEndpoint(host, profile)),
    },
  ]
}

function variableSecret(auth: Host['auth']): Secret {
  const source = (name: string): Source => ({ kind: 'env', name })
  if (auth.kind === 'basic')
    return { kind: 'key', key: source(auth.userEnv), secret: source(auth.passwordEnv) }
  if (auth.kind === 'service_account') return { kind: 'service_account', keyFile: source(auth.keyEnv) }
  if (auth.kind === 'oauth2')
    return {
      kind: 'client',
      id: source(auth.clientIdEnv),
      secret: source(auth.clientSecretEnv),
      variables: Object.fromEntries(auth.tokenVariables.map(({ name, env }) => [name, source(env)])),
    }
  const headers = auth.kind === 'headers' ? auth.headers : []
  return { kind: 'headers', values: Object.fromEntries(headers.map(({ name, env }) => [name, source(env)])) }
}

function profileCandidates(place: LocatedCall, settings: Settings): CredentialCandidate[] {
  const { profile } = settings
  return (profile?.credentials ?? []).flatMap(({ scopes, secret, at }, n) => {
    if (!acceptsForm(place.call.host, secret)) return []
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

/** Whether the host accepts a credential of this form. */
function acceptsForm(host: Host, secret: Secret): boolean {
  const { auth } = host
  const headers = auth.kind === 'headers' ? auth.headers.map(({ name }) => name.toLowerCase()) : undefined
  switch (secret.kind) {
    case 'key':
      return headers === undefined && !isExchanged(auth)
    case 'client':
      return auth.kind === 'oauth2'
    case 'service_account':
      return auth.kind === 'service_account'
    case 'sts':
      return host.exchange !== undefined
    case 'oauth':
      return host.oauth !== undefined
    case 'token':
      return headers?.length === 1 || isExchanged(auth)
    case 'headers': {
      const given = Object.keys(secret.values).map(name => name.toLowerCase())
      return headers?.length === given.length && headers.every(name => given.includes(name))
    }
  }
}

/** How specifically a scope matches a call; 0 when it does not. */
function scoreOf(scope: Scope, { call, base }: LocatedCall, profile: Profile | undefined): number {
  const { host } = call
  // most credentials of a large profile are for other addresses
  if (scope.host !== undefined && !isAddress(scope.host, base)) return 0
  const has = (name: string | undefined, value: string): boolean =>
    name !== undefined
    && Object.hasOwn(call.args, name)
    && (call.args[name] ?? []).map(String).includes(value)
  const checks: readonly (readonly [unknown, number, boolean])[] = [
    [scope.kind, WEIGHT.kind, scope.kind === kindOf(host) || scope.kind === host.name],
    [
      scope.resource,
      WEIGHT.resource,
      scope.resource !== undefined && isResource(scope.resource, call, base, profile),
    ],
    [scope.host, scope.host?.startsWith('*.') ? WEIGHT.pattern : WEIGHT.url, true],
    [
      scope.environment,
      WEIGHT.region,
      scope.environment !== undefined && has(host.environment, scope.environment),
    ],
    [scope.region, WEIGHT.region, scope.region !== undefined && isRegion(scope.region, base)],
  ]
  const given = checks.filter(([wanted]) => wanted !== undefined)
  return given.every(([, , matches]) => matches) ? given.reduce((sum, [, weight]) => sum + weight, 0) : 0
}

/** Whether a call is for a resource: an argument is its id; without such arguments, the base URL is the profile's for it, or its host name begins with the id. */
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

/** Whether each part of a region (`aws.us-east-1`) is a label of the host name. */
function isRegion(region: string, base: Base): boolean {
  const labels = base.hostname.split('.')
  return region
    .toLowerCase()
    .split('.')
    .every(part => labels.includes(part))
}

/** The tie of a scope: to the address in it, to the profile's URL for its resource, or to that of its kind. */
function tieOf(
  scope: Scope,
  { call, base }: LocatedCall,
  { env, profile }: Settings,
): CredentialCandidate['tie'] {
  if (scope.host !== undefined) return 'tied'
  if (scope.resource !== undefined) return tieTo(call.host, base, endpoint(profile, scope.resource))
  if (scope.region !== undefined) return tieTo(call.host, base, undefined)
  return tieTo(
    call.host,
    base,
    profileEndpoint(call.host, profile) ?? ((call.host.urlEnv && env[call.host.urlEnv]) || undefined),
  )
}

function tieTo(host: Host, base: Base, url: string | undefined): CredentialCandidate['tie'] {
  if (host.urlParam === undefined) return base.from === 'statement' ? 'foreign' : 'tied'
  if (url === undefined) return 'free'
  return covers(url, base) ? 'tied' : { url }
}

/** Whether a URL that the user wrote is the base URL or a parent of it. */
function covers(url: string | undefined, base: Base): boolean {
  const written = url === undefined ? '' : readBaseUrl(url)
  if (typeof written === 'string') return false
  return (
    base.origin === written.origin
    && (base.prefix === written.prefix || base.prefix.startsWith(`${written.prefix}/`))
  )
}
