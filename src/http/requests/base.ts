import type { Host } from '../../catalog/types.ts'
import { endpoint, kindOf, profileEndpoint } from '../../config/endpoints.ts'
import { type BaseUrl, isLoopback, readBaseUrl } from '../../config/url.ts'
import { ConfluentqlError } from '../../errors.ts'
import { providerUrl } from './url-template.ts'
import { shortened, visible } from '../text.ts'
import type { Call, ClientOptions } from '../types.ts'

export { isLoopback } from '../../config/url.ts'

/** Where a call's requests go. */
export interface Base extends BaseUrl {
  /** Where the URL comes from. Only `statement` may be data of an answer. */
  readonly from: 'statement' | 'user' | 'provider'
  /** The same for messages: `KAFKA_REST_ENDPOINT`. */
  readonly source: string
}

/**
 * The base URL of a call. For a host that takes it as a parameter, the first of: the
 * value in the statement; the profile's URL for the resource that the call names; the
 * host's variable; the profile's URL for the host. For any other host: the endpoint
 * option, the variable, the profile, the provider file.
 * Throws VALUE for an unusable value of the statement, USAGE for one of the user's
 * settings, MISSING_PARAMETER when there is none.
 */
export function locate(
  call: Pick<Call, 'host' | 'method' | 'args'>,
  options: Pick<ClientOptions, 'endpoint' | 'env' | 'profile'>,
): Base {
  const { host } = call
  const { env, profile } = options
  if (host.urlParam === undefined && options.endpoint) return userBase(options.endpoint, '--endpoint')
  const given = givenUrl(call)
  if (given !== undefined) return statementBase(given, host.urlParam ?? '')
  const own = ownUrl(call, options)
  if (own) return userBase(own.text, own.source)
  const variable = variableUrl(host, env)
  if (variable) return userBase(variable.text, variable.source)
  const ofKind = profileEndpoint(host, profile)
  if (ofKind !== undefined) return userBase(ofKind, sourceIn(profile))
  if (host.url !== '') return providerBase(call, options)
  throw noUrl(call)
}

interface UserUrl {
  readonly text: string
  readonly source: string
}

/** The URL that the user's settings have for the very resource that a call names: the host's variable, if another one says that it is of this resource, or the profile's. */
export function ownUrl(
  call: Pick<Call, 'host' | 'args'>,
  { env, profile }: Pick<ClientOptions, 'env' | 'profile'>,
): UserUrl | undefined {
  const { host } = call
  const variable = variableUrl(host, env)
  const urls = resourceIds(call).flatMap((id): UserUrl[] => {
    if (variable && id === variableResourceId(host, env)) return [variable]
    const text = endpoint(profile, id)
    return text === undefined ? [] : [{ text, source: sourceIn(profile) }]
  })
  return urls[0]
}

function variableUrl({ urlEnv }: Host, env: ClientOptions['env']): UserUrl | undefined {
  const text = urlEnv === undefined ? undefined : env[urlEnv]
  return text ? { text, source: urlEnv! } : undefined
}

const sourceIn = (profile: ClientOptions['profile']): string => `the endpoint in profile ${profile?.name}`

/** Ids of the resource that a call is for, from its arguments. */
export function resourceIds({ host, args }: Pick<Call, 'host' | 'args'>): string[] {
  return (host.resource?.params ?? [])
    .flatMap(name => (Object.hasOwn(args, name) ? (args[name] ?? []) : []))
    .map(String)
}

/** The id of the resource that the variables of the host are for, if a variable gives it. */
export function variableResourceId(host: Host, env: ClientOptions['env']): string | undefined {
  return (host.resource?.idEnv !== undefined && env[host.resource.idEnv]) || undefined
}

function givenUrl({ host, method, args }: Pick<Call, 'host' | 'method' | 'args'>): string | undefined {
  if (host.urlParam === undefined || !Object.hasOwn(args, host.urlParam)) return undefined
  const values = (args[host.urlParam] ?? []).filter(value => value !== null)
  if (values.length > 1)
    throw new ConfluentqlError(
      'VALUE',
      `parameter ${host.urlParam} of method ${method.name} takes one value, not ${values.length}`,
    )
  return values[0] === undefined ? undefined : String(values[0])
}

/** The URL of the provider file, with the values of its variables. */
function providerBase(
  call: Pick<Call, 'host' | 'method' | 'args'>,
  options: Pick<ClientOptions, 'env' | 'profile'>,
): Base {
  const { url, isForeign } = providerUrl(call, options)
  const base = userBase(url, `the URL of host ${call.host.name}`)
  if (call.host.urlVariables && !base.secure && !isLoopback(base.hostname))
    throw new ConfluentqlError(
      'VALUE',
      `${base.url} is not encrypted: plain http is for loopback addresses only`,
    )
  return { ...base, from: isForeign ? 'statement' : 'provider', source: 'the provider file' }
}

function statementBase(text: string, param: string): Base {
  const base = readBaseUrl(text)
  const wrong = (why: string): ConfluentqlError =>
    new ConfluentqlError(
      'VALUE',
      `${param} ${why}: ${JSON.stringify(visible(shortened(withoutUser(text), 120)))}`,
      { hint: 'Give a URL like https://host.example.com, or one that a column holds' },
    )
  if (typeof base === 'string') throw wrong(base)
  if (!base.secure && !isLoopback(base.hostname))
    throw wrong('must begin with https://, as plain http is for loopback addresses only')
  return { ...base, from: 'statement', source: 'the statement' }
}

/** The URL without the part before an @, which may be a password. */
function withoutUser(text: string): string {
  return text.replace(/^([a-z]+:\/\/)?.*@/i, '$1')
}

function userBase(text: string, source: string): Base {
  const base = readBaseUrl(text)
  if (typeof base !== 'string') return { ...base, from: 'user', source }
  throw new ConfluentqlError('USAGE', `${source} ${base}`, {
    hint: 'Give a URL like https://api.example.com',
  })
}

function noUrl(call: Pick<Call, 'host' | 'method' | 'args'>): ConfluentqlError {
  const { host, method } = call
  const [id] = resourceIds(call)
  const ways = [
    host.urlParam === undefined ? [] : [`give ${host.urlParam}`],
    host.urlEnv === undefined ? [] : [`set ${host.urlEnv}`],
    [`add endpoints: { ${id ?? kindOf(host)}: 'https://…' } to the profile`],
  ].flat()
  return new ConfluentqlError(
    'MISSING_PARAMETER',
    `method ${method.name} has no base URL${id === undefined ? '' : ` for ${id}`}`,
    { hint: ways.join(', or '), unreachable: 'no base URL' },
  )
}
