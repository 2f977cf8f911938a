import { isExchanged } from '../../catalog/hosts.ts'
import type { CredentialHeader, Host } from '../../catalog/types.ts'
import type { Secret, Source } from '../../config/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Hider } from './hider.ts'
import type { Exchanged } from './token-requests.ts'

/** Reads the text of a source; `what` names it in messages. */
type Read = (source: Source, what: string) => Promise<string>

/** The headers of a credential that is sent as it is. Its secrets are hidden in messages from now on. */
export async function credentialHeaders(
  secret: Exclude<Secret, Exchanged>,
  host: Host,
  from: string,
  read: Read,
  hider: Hider,
): Promise<Record<string, string>> {
  if (secret.kind === 'key') {
    const [key, password] = await Promise.all([
      read(secret.key, `key of ${from}`),
      read(secret.secret, `secret of ${from}`),
    ])
    const token = Buffer.from(`${key}:${password}`, 'utf8').toString('base64')
    hider.add(password, token)
    return { authorization: `Basic ${token}` }
  }
  if (secret.kind === 'oauth') {
    const token = await read(secret.token, `token of ${from}`)
    hider.add(token)
    return { authorization: `Bearer ${bearer(token, from)}`, ...fieldHeaders(host, secret.fields) }
  }
  const valueOf = async ({
    name,
    prefix = '',
  }: Pick<CredentialHeader, 'name' | 'prefix'>): Promise<[string, string]> => {
    const source = secret.kind === 'token' ? secret.token : namedSource(secret.values, name)
    const value = await read(source, `${name} of ${from}`)
    hider.add(value)
    return [name.toLowerCase(), `${prefix}${bearer(value, from)}`]
  }
  const headers = headersOf(host)
  return Object.fromEntries(await Promise.all(headers.map(valueOf)))
}

/** The headers that a host takes: of one whose credentials are exchanged, that of the access token. */
function headersOf({ auth }: Host): readonly Pick<CredentialHeader, 'name' | 'prefix'>[] {
  if (isExchanged(auth)) return [{ name: 'authorization', prefix: 'Bearer ' }]
  return auth.kind === 'headers' ? auth.headers : []
}

/** The source for a header, whose name is compared ignoring case. */
function namedSource(values: Readonly<Record<string, Source>>, header: string): Source {
  return Object.entries(values).find(([name]) => name.toLowerCase() === header.toLowerCase())![1]
}

function fieldHeaders(host: Host, fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => {
      const header = host.oauth?.[name]
      return header === undefined ? [] : [[header, value]]
    }),
  )
}

/** The token, if it can be one. @throws ConfluentqlError CREDENTIALS */
export function bearer(token: string, from: string): string {
  if (/^[\u0021-\u007e]+$/.test(token)) return token
  throw new ConfluentqlError('CREDENTIALS', `the token of ${from} holds characters that no token has`)
}
