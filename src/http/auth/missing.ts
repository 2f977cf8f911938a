import { isExchanged } from '../../catalog/hosts.ts'
import type { Host } from '../../catalog/types.ts'
import { kindOf } from '../../config/endpoints.ts'
import { ConfluentqlError } from '../../errors.ts'
import { resourceIds } from '../requests/base.ts'
import { variablesOf } from '../../catalog/credentials.ts'
import {
  type CredentialCandidate,
  candidatesFor,
  listed as listedVariables,
  type LocatedCall,
} from './candidates.ts'
import { visible } from '../text.ts'
import type { ClientOptions } from '../types.ts'

type Settings = Pick<ClientOptions, 'env' | 'profile'>

/** Most places that an error names. */
const MAX_NAMED = 10

/**
 * The error for calls without a credential: which one is needed, why the existing ones do not match, and where to add it.
 * `othersHave`: calls of the same table have one.
 */
export function missingCredential(
  places: readonly LocatedCall[],
  settings: Settings,
  othersHave = false,
): ConfluentqlError {
  const [place] = places
  const { host, method } = place!.call
  const names = [...new Set(places.map(nameOfPlace))]
  const where = names.join() === '' ? '' : ` at ${listed(names)}`
  const reasons = [...unset(host, settings.env), ...elsewhere(place!, settings)]
  const skip =
    othersHave && method.verb === 'select'
      ? '--skip-unreachable leaves them out of a SELECT'
      : 'try --sandbox, which needs none'
  return new ConfluentqlError(
    'CREDENTIALS',
    `no credentials for ${kindOf(host)}${where}${reasons.length === 0 ? '' : `: ${reasons.join('; ')}`}`,
    {
      hint: `${hintVariables(host)}${snippet(place!, settings.profile)}${names.length > 1 ? ', and one for each of the others' : ''}, or ${skip}`,
      unreachable: 'no credentials',
    },
  )
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMED).join(', ')
  return names.length > MAX_NAMED
    ? `${shown} and ${names.length - MAX_NAMED} more (${names.length} in all)`
    : shown
}

/** The error for a free credential when only the statement names the address, and it is not one of the provider's. */
export function strangeHost(
  place: LocatedCall,
  { from }: CredentialCandidate,
  settings: Settings,
): ConfluentqlError {
  const { host } = place.call
  const domains = host.domains?.join(' and ') ?? 'the provider'
  return new ConfluentqlError(
    'CREDENTIALS',
    `${from} ${are(from)} not sent to ${address(place)}: only the statement names it, and it is no host of ${domains}`,
    {
      hint: `If it is right, ${host.urlEnv === undefined ? '' : `set ${host.urlEnv}, or `}${snippet(place, settings.profile, place.base.url)}`,
      unreachable: `no credentials: ${from} ${are(from)} not sent to this address`,
    },
  )
}

/** The error for a base URL whose host name the statement decides by a variable: no credential is sent there. */
export function foreignHost(
  place: LocatedCall,
  { from }: CredentialCandidate,
  { profile }: Settings,
): ConfluentqlError {
  const { host } = place.call
  const whole = (host.urlVariables ?? []).filter(v => v.extent === 'whole')
  const entry = `variables: { ${kindOf(host)}: { ${whole.map(v => `${v.name}: …`).join(', ')} } }`
  const variables = whole.map(v => v.env).filter(name => name !== '')
  return new ConfluentqlError(
    'CREDENTIALS',
    `${from} ${are(from)} not sent to ${address(place)}: only the statement names this host, by ${whole.map(v => v.name).join(' and ')}`,
    {
      hint: `If it is right, add ${entry} to profile ${profile?.name ?? 'default'}${variables.length === 0 ? '' : `, or set ${variables.join(' and ')}`}, and leave it out of the statement`,
      unreachable: `no credentials: ${from} ${are(from)} not sent to this address`,
    },
  )
}

/** The error for a credential that would be sent to a second host. `urls` are the hosts, `used` the one it was sent to before. */
export function secondHost(
  place: LocatedCall,
  { from }: CredentialCandidate,
  urls: readonly string[],
  used: string | undefined,
  settings: Settings,
): ConfluentqlError {
  const shown = listed(urls.map(url => visible(url, 120)))
  const why =
    used === undefined
      ? `which of them ${from} ${are(from)} for is not known: ${shown}`
      : `${from} ${were(from)} used for ${visible(used, 120)}, and ${are(from)} not sent to ${shown}`
  return new ConfluentqlError('CREDENTIALS', `a key is sent to one host alone; ${why}`, {
    hint: `${place.call.host.urlEnv === undefined ? '' : `Set ${place.call.host.urlEnv} to the host it is for, or `}${snippet(place, settings.profile, place.base.url)} for each`,
    unreachable: `no credentials: ${from} ${are(from)} sent to one host alone`,
  })
}

function are(from: string): string {
  return from.includes(' and ') ? 'are' : 'is'
}

function were(from: string): string {
  return from.includes(' and ') ? 'were' : 'was'
}

function address({ base }: LocatedCall): string {
  return visible(base.url, 120)
}

/** The address of a call, with the resource and its environment; empty for a host with one address for everyone. */
export function nameOfPlace(place: LocatedCall): string {
  const { host, args } = place.call
  if (host.urlParam === undefined) return ''
  const { environment = '' } = host
  const inEnvironment = (Object.hasOwn(args, environment) ? (args[environment] ?? []) : []).map(String)
  const ids = [...resourceIds(place.call), ...inEnvironment]
  return `${address(place)}${ids.length > 0 ? ` (${visible(ids.join(', '), 60)})` : ''}`
}

/** The variables that a call needs: those of `auth`, or that of a token. */
function neededVariables({
  auth,
  tokenEnv,
}: Pick<Host, 'auth'> & { readonly tokenEnv: string | undefined }): string[] {
  return auth.kind === 'none' ? [tokenEnv ?? []].flat() : variablesOf({ auth })
}

function unset({ auth, tokenEnv }: Host, env: Settings['env']): string[] {
  const variables = neededVariables({ auth, tokenEnv })
  const missing = variables.filter(name => name !== '' && !env[name])
  return missing.length === 0
    ? []
    : [`${listedVariables(missing)} ${missing.length > 1 ? 'are' : 'is'} not set`]
}

/** Credentials for the same resource or kind, but for other addresses. */
function elsewhere(place: LocatedCall, settings: Settings): string[] {
  const { host } = place.call
  const tied = candidatesFor(place, settings).flatMap(({ from, tie }) =>
    typeof tie === 'object' ? [`${from} ${are(from)} for ${tie.url}`] : [],
  )
  const own =
    host.auth.kind === 'basic' && settings.env[host.auth.userEnv] && host.resource?.idEnv !== undefined
      ? settings.env[host.resource.idEnv]
      : undefined
  const other =
    own && host.auth.kind === 'basic' && !resourceIds(place.call).includes(own) && tied.length === 0
      ? [`${host.auth.userEnv} and ${host.auth.passwordEnv} are for ${own} (${host.resource?.idEnv})`]
      : []
  return [
    ...tied,
    ...other,
    ...(settings.profile?.credentials.length ? [`profile ${settings.profile.name} has none that fits`] : []),
  ]
}

function hintVariables({ auth, tokenEnv, urlEnv, urlParam }: Host): string {
  const variables = neededVariables({ auth, tokenEnv }).filter(name => name !== '')
  if (variables.length === 0) return ''
  const url = urlParam !== undefined && urlEnv !== undefined ? ` (and ${urlEnv})` : ''
  const token = isExchanged(auth) && tokenEnv !== undefined ? `${tokenEnv}, or ` : ''
  return `Set ${listedVariables(variables)}${url}, or ${token}`
}

/** The entry to add to the profile file, with placeholders for the key. */
function snippet(place: LocatedCall, profile: ClientOptions['profile'], wanted?: string): string {
  const { host } = place.call
  const [id] = resourceIds(place.call)
  const target = wanted ?? (host.urlParam === undefined ? kindOf(host) : (id ?? place.base.url))
  const entry = `{ for: ${visible(target, 120)}, ${form(host.auth)} }`
  return `add ${entry} to profiles.${profile?.name ?? 'default'}.credentials in ${profile?.file ?? '~/.config/confluentql/config.yaml'}`
}

function form(auth: Host['auth']): string {
  if (auth.kind === 'none') return 'oauth: { token: … }'
  if (auth.kind === 'basic') return 'key: …, secret: …'
  if (auth.kind === 'service_account') return 'service_account: { key_file: … }'
  if (auth.kind === 'oauth2')
    return `client: { ${['id', 'secret', ...auth.tokenVariables.map(v => v.name)].map(name => `${name}: …`).join(', ')} }`
  if (auth.headers.length === 1) return 'token: …'
  return `headers: { ${auth.headers.map(({ name }) => `${name}: …`).join(', ')} }`
}
