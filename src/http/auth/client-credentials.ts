import type { OAuth2 } from '../../catalog/hosts.ts'
import { isUrlPart, withUrlVariables } from '../../catalog/url-variables.ts'
import type { Secret } from '../../config/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import { type TokenContext, tokenRequest, type TokenRequests } from './token-requests.ts'
import type { Base } from '../requests/base.ts'
import { visible } from '../text.ts'

type Context = TokenContext<Extract<Secret, { kind: 'client' }>>

/** Exchanges the id and the secret of a client for an access token (RFC 6749, client credentials). */
export function clientRequests(context: Context): TokenRequests {
  const { place, secret, from, hider, read } = context
  const auth = place.call.host.auth as OAuth2
  const scope = scopesFor(auth.scopes, place.base).join(' ')
  return {
    audience: `${auth.tokenUrl} ${scope}`,
    async make() {
      const [id, password, url] = await Promise.all([
        read(secret.id, `id of ${from}`),
        read(secret.secret, `secret of ${from}`),
        tokenUrl(auth, context),
      ])
      hider.add(password, encodeURIComponent(password))
      const pair = Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(password)}`).toString('base64')
      hider.add(pair)
      const form = { grant_type: 'client_credentials', ...(scope !== '' && { scope }), ...auth.values }
      const inHeader = tokenRequest(url, form, { authorization: `Basic ${pair}` })
      const inBody = tokenRequest(url, { ...form, client_id: id, client_secret: password })
      if (auth.sentIn === undefined) return [inHeader, inBody]
      return [auth.sentIn === 'header' ? inHeader : inBody]
    },
  }
}

/** The scopes of a token for a base URL. */
export function scopesFor(scopes: readonly string[], { hostname }: Pick<Base, 'hostname'>): string[] {
  return scopes.map(scope => scope.replaceAll('{domain}', hostname.slice(hostname.indexOf('.') + 1)))
}

/** The token URL with the values of its variables: of the credential, otherwise of the environment. */
async function tokenUrl(
  { tokenUrl: template, tokenVariables }: OAuth2,
  { secret: { variables }, from, env, read }: Context,
): Promise<{ readonly origin: string; readonly path: string }> {
  const known = tokenVariables.map(({ name }) => name)
  const strange = Object.keys(variables).find(name => !known.includes(name))
  if (strange !== undefined)
    throw new ConfluentqlError(
      'CREDENTIALS',
      `${from}: ${visible(strange, 40)} is no part of its token URL, ${template}`,
      { hint: known.length === 0 ? 'Leave it out' : `The token URL has ${known.join(' and ')}` },
    )
  const values = new Map<string, string>()
  for (const { name, env: variable } of tokenVariables) {
    const value = Object.hasOwn(variables, name)
      ? await read(variables[name]!, `${name} of ${from}`)
      : env[variable]
    if (!value)
      throw new ConfluentqlError('CREDENTIALS', `${from}: its token URL, ${template}, needs ${name}`, {
        hint: `Add ${name} to its client${variable === '' ? '' : `, or set ${variable}`}`,
        unreachable: `no ${name}`,
      })
    if (!isUrlPart(value))
      throw new ConfluentqlError(
        'CREDENTIALS',
        `${name} of ${from} is a part of the token URL: letters, digits, . and -`,
      )
    values.set(name, value)
  }
  const url = new URL(withUrlVariables(template, name => values.get(name) ?? ''))
  return { origin: url.origin, path: `${url.pathname}${url.search}` }
}
