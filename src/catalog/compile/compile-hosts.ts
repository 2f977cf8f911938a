import type { HostSource, KeyPath } from './format.ts'
import { isSecretName } from '../../secrets.ts'
import { isCredentialHeader, isFreeHeader } from '../headers.ts'
import { originPattern } from '../credentials.ts'
import { isExchanged, type Host, type OAuth2, type UrlVariable } from '../hosts.ts'
import { tokenUrlFault } from '../token-urls.ts'
import type { NamedShape } from './shapes.ts'
import { urlVariableExtent, urlVariableNames, withUrlVariables } from '../url-variables.ts'

/** Compiles a host of a provider. */
export function compileHost(name: string, source: HostSource, wrong: NamedShape['wrong']): Host {
  const {
    url,
    variables,
    url_env: urlEnv,
    url_param: urlParam,
    url_parts: urlParts,
    token_env: tokenEnv,
    probe,
    quota,
    places,
    kind,
    domains,
    resource,
    environment,
    exchange,
    oauth,
    auth,
  } = source
  if (url !== undefined && !isAllowedUrl(withUrlVariables(url, () => '1'))) {
    throw wrong(
      ['hosts', name, 'url'],
      'must be https, or http on 127.0.0.1, without a user, a query or a fragment',
    )
  }
  const urlVariables = urlVariablesOf(url ?? '', variables ?? {}, ['hosts', name], wrong)
  if (exchange !== undefined && /\/\.{1,2}(\/|$)/.test(exchange))
    throw wrong(['hosts', name, 'exchange'], 'a path takes no . and no ..')
  const unknown = [...(probe ?? '').matchAll(/:(\w+)/g)].find(([, variable]) => !variable!.endsWith('_ID'))
  if (unknown)
    throw wrong(
      ['hosts', name, 'probe'],
      `takes ids from variables, which end with _ID, and no ${unknown[1]}`,
    )
  const taken = Object.entries(oauth ?? {}).find(([, header]) => !isFreeHeader(header))
  if (taken) throw wrong(['hosts', name, 'oauth', taken[0]], `${taken[1]} is a header that it may not be`)
  const credentials = authOf(auth, ['hosts', name, 'auth'], wrong)
  if (isExchanged(credentials) && tokenEnv === undefined)
    throw wrong(
      ['hosts', name],
      `needs token_env: the variable with an access token that takes the place of auth`,
    )
  return {
    name,
    url: (url ?? '').replace(/\/+$/, ''),
    ...(urlVariables.length > 0 && { urlVariables }),
    ...(urlParam && { urlParam }),
    ...(urlParts && { urlParts }),
    ...(urlEnv && { urlEnv }),
    ...(tokenEnv && { tokenEnv }),
    ...(probe && { probe }),
    ...(quota && { quota }),
    ...(places && { places }),
    ...(kind && { kind }),
    ...(domains && { domains }),
    ...(resource && {
      resource: { params: resource.params, ...(resource.id_env && { idEnv: resource.id_env }) },
    }),
    ...(environment && { environment }),
    ...(exchange && { exchange }),
    ...(oauth && { oauth }),
    auth: credentials,
  }
}

function isAllowedUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return false
  return (
    url.protocol === 'https:'
    || (url.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname))
  )
}

function authOf(auth: HostSource['auth'], path: KeyPath, wrong: NamedShape['wrong']): Host['auth'] {
  if (auth.kind === 'none') return auth
  if (auth.kind === 'oauth2') return oauth2Of(auth, path, wrong)
  if (auth.kind === 'service_account') {
    const { key_env: keyEnv, token_url: tokenUrl, scopes = [], subject } = auth
    const fault = tokenUrlFault(tokenUrl, [])
    if (fault !== undefined) throw wrong([...path, 'token_url'], fault)
    const tokenOrigins = [originPattern(tokenUrl)]
    return {
      kind: 'service_account',
      keyEnv,
      tokenOrigins,
      scopes,
      ...(subject !== undefined && { subject }),
    }
  }
  if (auth.kind === 'basic') return { kind: 'basic', userEnv: auth.user_env, passwordEnv: auth.password_env }
  const taken = auth.headers.find(h => !isCredentialHeader(h.name))
  if (taken) throw wrong([...path, 'headers'], `${taken.name} is a header that no credential may be`)
  const names = auth.headers.map(h => h.name.toLowerCase())
  if (new Set(names).size < names.length) throw wrong([...path, 'headers'], 'has one header twice')
  return { kind: 'headers', headers: auth.headers }
}

function oauth2Of(
  auth: HostSource['auth'] & { readonly kind: 'oauth2' },
  path: KeyPath,
  wrong: NamedShape['wrong'],
): OAuth2 {
  const { token_url: tokenUrl, token_variables: variables = {}, scopes = [], values, sent_in: sentIn } = auth
  const fault = tokenUrlFault(tokenUrl, Object.keys(variables))
  if (fault !== undefined) throw wrong([...path, 'token_url'], fault)
  return {
    kind: 'oauth2',
    tokenUrl,
    tokenVariables: Object.entries(variables).map(([name, { env }]) => ({ name, env })),
    clientIdEnv: auth.client_id_env,
    clientSecretEnv: auth.client_secret_env,
    scopes,
    ...(values && { values }),
    ...(sentIn && { sentIn }),
  }
}

function urlVariablesOf(
  url: string,
  sources: NonNullable<HostSource['variables']>,
  path: KeyPath,
  wrong: NamedShape['wrong'],
): UrlVariable[] {
  const names = urlVariableNames(url)
  const strange = Object.keys(sources).find(name => !names.includes(name))
  if (strange !== undefined) throw wrong([...path, 'variables', strange], `is not in url as {${strange}}`)
  return names.map(name => {
    const source = Object.hasOwn(sources, name) ? sources[name]! : undefined
    if (!source) throw wrong([...path, 'url'], `{${name}} is not described under variables`)
    const { env, default: usual, values } = source
    if (usual !== undefined && values && !values.includes(usual))
      throw wrong([...path, 'variables', name, 'default'], 'is none of the values')
    if (isSecretName(env))
      throw wrong(
        [...path, 'variables', name, 'env'],
        `${env} is the name of a secret, which a URL would show`,
      )
    return {
      name,
      env,
      ...(usual !== undefined && { default: usual }),
      ...(values && { values }),
      extent: urlVariableExtent(url, name),
    }
  })
}
