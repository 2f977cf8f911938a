import type { ServiceAccount } from '../../catalog/hosts.ts'
import type { Secret } from '../../config/types.ts'
import { isLoopback } from '../../config/url.ts'
import { ConfluentqlError } from '../../errors.ts'
import { type TokenContext, tokenRequest, type TokenRequests } from './token-requests.ts'
import { scopesFor } from './client-credentials.ts'
import { isObject, nonEmptyText, parsed } from '../json.ts'
import { visible } from '../text.ts'

type Context = TokenContext<Extract<Secret, { kind: 'service_account' }>>

/** What is used of a key file. */
interface KeyFile {
  readonly email: string
  readonly key: string
  readonly keyId: string | undefined
  readonly tokenUri: string
}

/** Seconds that an assertion is valid: the most that is accepted. */
const LIFE = 3600

/** Exchanges an assertion that is signed with the key of a service account for an access token (RFC 7523). */
export function serviceAccountRequests(context: Context): TokenRequests {
  const { place, secret, from, hider } = context
  const auth = place.call.host.auth as ServiceAccount
  const scope = scopesFor(secret.scopes ?? auth.scopes, place.base).join(' ')
  const subject = secret.subject ?? auth.subject
  return {
    audience: scope,
    async make() {
      const file = await readKeyFile(context, auth)
      const issued = Math.floor(Date.now() / 1000)
      const claims = {
        iss: file.email,
        ...(scope !== '' && { scope }),
        aud: file.tokenUri,
        iat: issued,
        exp: issued + LIFE,
        ...(subject !== undefined && { sub: subject }),
      }
      const assertion = await signed(file, claims, from)
      hider.add(assertion)
      const url = new URL(file.tokenUri)
      const form = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }
      return [tokenRequest({ origin: url.origin, path: `${url.pathname}${url.search}` }, form)]
    },
  }
}

/** A JSON Web Token with RS256. @throws ConfluentqlError CREDENTIALS if the key is none */
async function signed({ key, keyId }: KeyFile, claims: object, from: string): Promise<string> {
  const { sign } = await import('node:crypto')
  const header = { alg: 'RS256', typ: 'JWT', ...(keyId !== undefined && { kid: keyId }) }
  const text = [header, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  try {
    return `${text}.${sign('RSA-SHA256', Buffer.from(text), key).toString('base64url')}`
  } catch {
    throw wrong(from, 'has a private_key that is no RSA key', 'Download the key file again')
  }
}

async function readKeyFile({ secret, from, hider, read }: Context, auth: ServiceAccount): Promise<KeyFile> {
  const given = (await read(secret.keyFile, `key file of ${from}`)).trim()
  const text = given.startsWith('{') ? given : await textOf(given, from)
  const data = parsed(text)
  if (!isObject(data)) throw wrong(from, 'is not JSON', 'Download the key file again')
  const { type } = data
  if (type !== 'service_account')
    throw wrong(
      from,
      `has the type ${typeof type === 'string' ? visible(type, 40) : 'unknown'}, not service_account`,
      'Create a key of a service account; a token that a command prints can be given as token of a profile',
    )
  const [email, key, tokenUri] = ['client_email', 'private_key', 'token_uri'].map(name => {
    const value = nonEmptyText(data[name])
    if (value === undefined) throw wrong(from, `has no ${name}`, 'Download the key file again')
    return value
  }) as [string, string, string]
  hider.add(key)
  checkTokenUri(tokenUri, auth, from)
  return { email, key, keyId: nonEmptyText(data['private_key_id']), tokenUri }
}

/** The text of a file. Its path is not shown, since it may be a secret in the wrong place. */
async function textOf(path: string, from: string): Promise<string> {
  const [{ readFile }, { homedir }] = await Promise.all([import('node:fs/promises'), import('node:os')])
  try {
    return await readFile(path.replace(/^~(?=\/)/, homedir()), 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new ConfluentqlError('CREDENTIALS', `the key file of ${from} cannot be read (${code ?? 'error'})`, {
      hint: 'It is the text of a key file, which begins with {, or its path',
      unreachable: 'the key file cannot be read',
      cause,
    })
  }
}

/** An assertion goes only to the hosts that the provider file names, or to this machine. */
function checkTokenUri(text: string, { tokenOrigins }: ServiceAccount, from: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && (tokenOrigins.includes(url.origin) || isLoopback(url.hostname))) return
  throw wrong(
    from,
    `asks for tokens at ${visible(url?.origin ?? text, 120)}, which is none of ${tokenOrigins.join(', ')}`,
    'Use a key file as the provider gives it',
  )
}

function wrong(from: string, what: string, hint: string): ConfluentqlError {
  return new ConfluentqlError('CREDENTIALS', `the key file of ${from} ${what}`, { hint })
}
