import { isExchanged } from '../catalog/hosts.ts'
import { tokenUrlFault } from '../catalog/token-urls.ts'
import type { Host, OAuth2, ServiceAccount } from '../catalog/types.ts'
import type { Server } from './servers.ts'
import { entriesOf, member, textOf, textsOf, variableAt } from './tree.ts'

/** Credentials that are exchanged for an access token. */

/**
 * OAuth 2 client credentials.
 * @returns undefined for another way to get a token, and if the document leaves it open; a text that says what is wrong, if something is
 */
export function oauth2(auth: unknown): OAuth2 | string | undefined {
  const grant = textOf(member(auth, 'grant_type')) ?? 'client_credentials'
  if (grant !== 'client_credentials') return undefined
  const clientIdEnv = variableAt(auth, 'client_id_env_var')
  const clientSecretEnv = variableAt(auth, 'client_secret_env_var')
  const written = textOf(member(auth, 'token_url'))
  if (clientIdEnv === undefined || clientSecretEnv === undefined || written === undefined) return undefined
  const variables = new Map<string, string>()
  const tokenUrl = written.replaceAll(/\{\{\s*\.__env__([A-Za-z_]\w*)\s*\}\}/g, (_, env: string) => {
    variables.set(env.toLowerCase(), env)
    return `{${env.toLowerCase()}}`
  })
  const fault = tokenUrlFault(tokenUrl, [...variables.keys()])
  if (fault !== undefined) return `config.auth: its token_url ${fault}`
  const values = valuesOf(member(auth, 'values'))
  const style = member(auth, 'auth_style')
  const sentIn = style === 1 ? 'body' : style === 2 ? 'header' : undefined
  return {
    kind: 'oauth2',
    tokenUrl,
    tokenVariables: [...variables].map(([name, env]) => ({ name, env })),
    clientIdEnv,
    clientSecretEnv,
    scopes: textsOf(member(auth, 'scopes')),
    ...(values && { values }),
    ...(sentIn && { sentIn }),
  }
}

/** Further members of the request for a token; of a list the first. */
function valuesOf(source: unknown): Readonly<Record<string, string>> | undefined {
  const values = entriesOf(source).flatMap(([name, value]) =>
    textsOf(Array.isArray(value) ? value : [value])
      .slice(0, 1)
      .map(text => [name, text] as const),
  )
  return values.length > 0 ? Object.fromEntries(values) : undefined
}

/** The key file of a Google service account. */
export function serviceAccount(auth: unknown, provider: string): ServiceAccount {
  const subject = textOf(member(auth, 'sub'))
  return {
    kind: 'service_account',
    keyEnv:
      variableAt(auth, 'credentialsenvvar', 'credentialsfilepathenvvar')
      ?? `${provider.replaceAll(/\W/g, '_').toUpperCase()}_CREDENTIALS`,
    tokenOrigins: ['https://oauth2.googleapis.com', 'https://accounts.google.com'],
    scopes: textsOf(member(auth, 'scopes')),
    ...(subject !== undefined && { subject }),
  }
}

/** The client secret of Azure's default credentials. `authFor` determines the scope of a host. */
export function azure(): OAuth2 {
  return {
    kind: 'oauth2',
    tokenUrl: 'https://login.microsoftonline.com/{azure_tenant_id}/oauth2/v2.0/token',
    tokenVariables: [{ name: 'azure_tenant_id', env: 'AZURE_TENANT_ID' }],
    clientIdEnv: 'AZURE_CLIENT_ID',
    clientSecretEnv: 'AZURE_CLIENT_SECRET',
    scopes: [],
  }
}

const EVERYTHING_OF_GOOGLE = 'https://www.googleapis.com/auth/cloud-platform'

/**
 * The credentials of requests to a server. If the provider gives no scopes: the default scope of the host for Azure; for
 * Google the scope for its whole cloud, or, if the document of the service does not list that one, the scopes that it lists.
 */
export function authFor(auth: Host['auth'], server: Server, root: unknown): Host['auth'] {
  if (!isExchanged(auth) || auth.scopes.length > 0) return auth
  if (auth.kind === 'oauth2')
    return auth.tokenUrl === azure().tokenUrl ? { ...auth, scopes: [azureScope(server)] } : auth
  const flows = entriesOf(member(root, 'components', 'securitySchemes')).flatMap(([, scheme]) =>
    entriesOf(member(scheme, 'flows')),
  )
  const documented = [
    ...new Set(flows.flatMap(([, flow]) => entriesOf(member(flow, 'scopes')).map(([name]) => name))),
  ]
  const isCloud = documented.length === 0 || documented.includes(EVERYTHING_OF_GOOGLE)
  return {
    ...auth,
    scopes: isCloud ? [EVERYTHING_OF_GOOGLE] : documented.filter(scope => /^[!-~]+$/.test(scope)),
  }
}

/** `https://management.azure.com/.default`; of a host with variables, that of the domain below them. */
function azureScope({ url }: Server): string {
  const [, host = ''] = /^[a-z]+:\/\/([^/]*)/i.exec(url) ?? []
  const fixed = host.slice(host.lastIndexOf('}') + 1).replace(/^\./, '')
  return `https://${fixed === '' ? '{domain}' : fixed}/.default`
}
