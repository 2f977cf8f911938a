import { createVerify, generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Host, OAuth2, ServiceAccount } from '../../src/catalog/types.ts'
import { parseProfiles } from '../../src/config/parse.ts'
import type { Profile } from '../../src/config/types.ts'
import type { ConfluentqlError } from '../../src/errors.ts'
import type { Call, ClientOptions, Trace } from '../../src/http/types.ts'
import { folder } from '../config/support.ts'
import { client, failing, hostAt, json, LIST, rowsOf, serve, type Respond, type Seen } from './support.ts'

const CLIENT = { ACME_ID: 'client-1', ACME_SECRET: 'client-secret-+/0123456789', ACME_TENANT: 'tenant-1' }
const GRANTED = 'granted-token-0123456789'

/** A server of tokens, and an API that takes those with a number from `from`. */
async function services(give: Respond, from = 1) {
  const tokens = await serve(give)
  const api = await serve((request, response) =>
    Number(request.headers.authorization?.split('-').at(-1)) >= from
      ? json(response, { data: [1] })
      : json(response, { message: `not ${request.headers.authorization}` }, 401),
  )
  return { tokens, api }
}

const token = (n: number, more: object = { expires_in: 3600 }) => ({
  access_token: `${GRANTED}-${n}`,
  token_type: 'Bearer',
  ...more,
})

function oauth2(url: string, more: Partial<OAuth2> = {}): OAuth2 {
  return {
    kind: 'oauth2',
    tokenUrl: `${url}/{tenant}/token`,
    tokenVariables: [{ name: 'tenant', env: 'ACME_TENANT' }],
    clientIdEnv: 'ACME_ID',
    clientSecretEnv: 'ACME_SECRET',
    scopes: ['read', 'list'],
    ...more,
  }
}

function calling(api: string, auth: Host['auth']): Call {
  return { host: hostAt(api, { kind: 'acme', auth, tokenEnv: 'ACME_ACCESS_TOKEN' }), method: LIST, args: {} }
}

const form = ({ body }: Seen): Record<string, string> => Object.fromEntries(new URLSearchParams(body))
const sent = ({ seen }: { seen: Seen[] }) => seen.map(({ headers }) => headers.authorization)

async function profile(lines: string): Promise<Profile> {
  const { profiles } = await parseProfiles(`profiles: { default: { ${lines} } }`, 'config.yaml', {
    usual: ['acme'],
    open: [],
  })
  return profiles.get('default')!
}

/** The rows of a call, and what traces with bodies show. */
async function traced(call: Call, options: Partial<ClientOptions>): Promise<readonly [unknown, string]> {
  const traces: Trace[] = []
  const made = client({ ...options, onTrace: trace => void traces.push(trace), traceBodies: () => true })
  const outcome: unknown = await rowsOf(made, call).catch((error: unknown) => error)
  return [outcome, JSON.stringify(traces)]
}

describe('client credentials', () => {
  it('are exchanged once for many calls', async () => {
    const { tokens, api } = await services((_, response, n) => json(response, token(n + 1)))
    const made = client({ env: CLIENT })
    const call = calling(api.url, oauth2(tokens.url, { values: { audience: 'acme' } }))
    await Promise.all(Array.from({ length: 4 }, () => rowsOf(made, call)))
    await rowsOf(made, call)
    expect(tokens.seen.map(({ method, url }) => `${method} ${url}`)).toEqual(['POST /tenant-1/token'])
    expect(form(tokens.seen[0]!)).toEqual({
      grant_type: 'client_credentials',
      scope: 'read list',
      audience: 'acme',
    })
    const pair = Buffer.from('client-1:client-secret-%2B%2F0123456789').toString('base64')
    expect(sent(tokens)).toEqual([`Basic ${pair}`])
    expect(new Set(sent(api))).toEqual(new Set([`Bearer ${GRANTED}-1`]))
  })

  it('are sent in the body where the header is refused, or where the provider file says so', async () => {
    const { tokens, api } = await services((request, response) =>
      form(request)['client_secret'] === CLIENT.ACME_SECRET
        ? json(response, token(1))
        : json(response, { error: 'invalid_client' }, 401),
    )
    await rowsOf(client({ env: CLIENT }), calling(api.url, oauth2(tokens.url)))
    expect(tokens.seen.map(one => form(one)['client_id'])).toEqual([undefined, 'client-1'])
    await rowsOf(client({ env: CLIENT }), calling(api.url, oauth2(tokens.url, { sentIn: 'body' })))
    expect(tokens.seen).toHaveLength(3)
    expect(tokens.seen[2]?.headers.authorization).toBeUndefined()
  })

  it('are exchanged again when the token expires, and once when it is refused', async () => {
    const expiring = await services((_, response, n) =>
      json(response, token(n + 1, { expires_in: n === 0 ? '0' : '3599' })),
    )
    const made = client({ env: CLIENT })
    const call = calling(expiring.api.url, oauth2(expiring.tokens.url))
    for (let i = 0; i < 3; i++) await rowsOf(made, call)
    expect(sent(expiring.api)).toEqual([1, 2, 2].map(n => `Bearer ${GRANTED}-${n}`))

    const refusing = await services((_, response, n) => json(response, token(n + 1, {})), 2)
    await rowsOf(client({ env: CLIENT }), calling(refusing.api.url, oauth2(refusing.tokens.url)))
    expect(sent(refusing.api)).toEqual([1, 2].map(n => `Bearer ${GRANTED}-${n}`))
    const never = await services((_, response, n) => json(response, token(n + 1)), 9)
    const error = await failing(
      'API',
      rowsOf(client({ env: CLIENT }), calling(never.api.url, oauth2(never.tokens.url))),
    )
    expect(error.message).toContain('not Bearer [hidden]')
    expect(never.tokens.seen).toHaveLength(2)
  })

  it('have two tokens for hosts that need other scopes', async () => {
    const { tokens, api } = await services((_, response, n) => json(response, token(n + 1)))
    const made = client({ env: CLIENT })
    const auth = oauth2(tokens.url, { scopes: ['https://{domain}/.default'] })
    await rowsOf(made, calling(api.url, auth))
    await rowsOf(made, calling(api.url.replace('127.0.0.1', 'localhost'), auth))
    expect(tokens.seen.map(one => form(one)['scope'])).toEqual([
      'https://0.0.1/.default',
      'https://localhost/.default',
    ])
  })

  it.each<
    readonly [what: string, give: Respond, code: ConfluentqlError['code'], message: RegExp, hint: RegExp]
  >([
    [
      'a wrong secret',
      (request, response) =>
        json(
          response,
          {
            error: 'invalid_client',
            error_description: `bad ${request.headers.authorization ?? request.body}`,
          },
          401,
        ),
      'API',
      /^POST http:\S+\/tenant-1\/token: 401 Unauthorized, invalid_client: bad .*\[hidden\]/,
      /^Check ACME_ID, ACME_SECRET and ACME_TENANT: http:\S+ gives no access token for it$/,
    ],
    [
      'a page of HTML',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'text/html' })
        response.end('<html><title>Log in</title></html>')
      },
      'RESPONSE',
      /answered 200 without an access_token/,
      /Is it the address of the API/,
    ],
    [
      'a token of another type',
      (_, response) => json(response, token(1, { token_type: 'mac' })),
      'RESPONSE',
      /a token of the type mac, not Bearer/,
      /bearer/,
    ],
    [
      'no token',
      (_, response) => json(response, { error: 'later' }),
      'RESPONSE',
      /without an access_token/,
      /needs a token/,
    ],
    [
      'a redirect',
      (_, response) => {
        response.writeHead(302, { location: 'https://elsewhere.example/token' })
        response.end()
      },
      'API',
      /302/,
      /Redirects are followed for reads only/,
    ],
    [
      'another time',
      (_, response) =>
        json(response, { error: 'invalid_grant' }, 400, {
          date: new Date(Date.now() + 7_200_000).toUTCString(),
        }),
      'API',
      /400 Bad Request, invalid_grant/,
      /The clock of this machine is 120 min behind that of the server$/,
    ],
  ])('say what is wrong with %s, without the secret', async (_what, give, code, message, hint) => {
    const { tokens, api } = await services(give)
    const [error, traces] = await traced(calling(api.url, oauth2(tokens.url)), { env: CLIENT })
    expect(error).toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    })
    expect(api.seen).toHaveLength(0)
    for (const secret of [CLIENT.ACME_SECRET, encodeURIComponent(CLIENT.ACME_SECRET), GRANTED])
      expect(traces).not.toContain(secret)
  })

  it('end with the time of a request where the server of tokens is silent', async () => {
    const { tokens, api } = await services(() => {})
    const error = await failing(
      'NETWORK',
      rowsOf(client({ env: CLIENT, timeout: 50, retries: 0 }), calling(api.url, oauth2(tokens.url))),
    )
    expect(error.message).toContain(`POST ${tokens.url}/tenant-1/token`)
  })

  it('come from a profile, one for each account, or an access token takes their place', async () => {
    const { tokens, api } = await services((_, response, n) => json(response, token(n + 1)))
    const call = calling(api.url, oauth2(tokens.url))
    const other = await profile(
      'credentials: [{ for: acme, client: { id: other, secret: { env: OTHER }, tenant: two.example } }]',
    )
    await rowsOf(client({ env: { OTHER: 'secret-of-two' }, profile: other }), call)
    expect(tokens.seen[0]?.url).toBe('/two.example/token')
    await rowsOf(client({ env: { ...CLIENT, ACME_ACCESS_TOKEN: 'mine-7' } }), call)
    const given = await profile('credentials: [{ for: acme, token: given-8 }]')
    await rowsOf(client({ env: {}, profile: given }), call)
    expect(sent(api)).toEqual([`Bearer ${GRANTED}-1`, 'Bearer mine-7', 'Bearer given-8'])
    expect(tokens.seen).toHaveLength(1)
  })

  it('that are not complete, or are no part of a URL, are not sent', async () => {
    const { tokens, api } = await services((_, response) => json(response, token(1)))
    const call = calling(api.url, oauth2(tokens.url))
    const failure = async (options: Partial<ClientOptions>): Promise<string> => {
      const { message, hint } = await failing('CREDENTIALS', rowsOf(client(options), call))
      return `${message}. ${hint}`
    }
    const { ACME_TENANT: _, ...rest } = CLIENT
    expect(await failure({ env: rest })).toContain(
      'ACME_TENANT is not set. Set ACME_ID, ACME_SECRET and ACME_TENANT, or ACME_ACCESS_TOKEN, or add '
        + '{ for: acme, client: { id: …, secret: …, tenant: … } }',
    )
    const lacking = await profile('credentials: [{ for: acme, client: { id: a, secret: b } }]')
    expect(await failure({ env: {}, profile: lacking })).toContain('needs tenant. Add tenant to its client')
    const strange = await profile('credentials: [{ for: acme, client: { id: a, secret: b, tenent: c } }]')
    expect(await failure({ env: {}, profile: strange })).toContain('tenent is no part of its token URL')
    expect(await failure({ env: { ...CLIENT, ACME_TENANT: 'a/../../b' } })).toContain(
      'letters, digits, . and -',
    )
    expect([tokens.seen, api.seen]).toEqual([[], []])
  })
})

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

function serviceAccount(more: Partial<ServiceAccount> = {}): ServiceAccount {
  return {
    kind: 'service_account',
    keyEnv: 'ACME_KEY',
    tokenOrigins: ['https://oauth2.acme.example'],
    scopes: ['all'],
    ...more,
  }
}

function keyFile(url: string, more: object = {}): string {
  return JSON.stringify({
    type: 'service_account',
    client_email: 'robot@acme.example',
    private_key: privateKey,
    private_key_id: 'key-1',
    token_uri: `${url}/token`,
    ...more,
  })
}

describe('the key file of a service account', () => {
  it('signs what is exchanged for a token', async () => {
    const { tokens, api } = await services((_, response, n) => json(response, token(n + 1)))
    const env = { ACME_KEY: keyFile(tokens.url) }
    const [rows, traces] = await traced(calling(api.url, serviceAccount()), { env })
    expect(rows).toEqual([1])
    const { grant_type: grant, assertion = '' } = form(tokens.seen[0]!)
    expect(grant).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer')
    const [head = '', claims = '', signature = ''] = assertion.split('.')
    const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString())
    expect(read(head)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'key-1' })
    const { iat, ...others } = read(claims) as { iat: number }
    expect(others).toEqual({
      iss: 'robot@acme.example',
      scope: 'all',
      aud: `${tokens.url}/token`,
      exp: iat + 3600,
    })
    expect(Math.abs(iat - Date.now() / 1000)).toBeLessThan(60)
    const verified = createVerify('RSA-SHA256').update(`${head}.${claims}`)
    expect(verified.verify(publicKey, signature, 'base64url')).toBe(true)
    for (const secret of [assertion, privateKey.slice(40, 80), GRANTED]) expect(traces).not.toContain(secret)
  })

  it('is given by its path, and in a profile with a user and scopes', async () => {
    const { tokens, api } = await services((_, response, n) => json(response, token(n + 1)))
    const path = join(folder(), 'key.json')
    writeFileSync(path, keyFile(tokens.url))
    const call = calling(api.url, serviceAccount())
    await rowsOf(client({ env: { ACME_KEY: path } }), call)
    const own = await profile(
      `credentials: [{ for: acme, service_account: { key_file: ${path}, subject: a@acme.example, scopes: [x, y] } }]`,
    )
    await rowsOf(client({ env: {}, profile: own }), call)
    const claims = tokens.seen.map(
      one =>
        JSON.parse(Buffer.from(form(one)['assertion']!.split('.')[1]!, 'base64url').toString()) as {
          sub?: string
          scope: string
        },
    )
    expect(claims.map(({ sub, scope }) => [sub, scope])).toEqual([
      [undefined, 'all'],
      ['a@acme.example', 'x y'],
    ])
  })

  it('is refused if its token_uri is of another host, before anything is sent', async () => {
    const { api } = await services(() => {})
    const env = { ACME_KEY: keyFile('https://evil.example') }
    const error = await failing('CREDENTIALS', rowsOf(client({ env }), calling(api.url, serviceAccount())))
    expect(error.message).toBe(
      'the key file of ACME_KEY asks for tokens at https://evil.example, which is none of https://oauth2.acme.example',
    )
    expect(api.seen).toEqual([])
  })

  it.each<readonly [what: string, text: string, message: RegExp]>([
    ['no file', '/nowhere/key.json', /cannot be read \(ENOENT\)$/],
    ['no JSON', '{ a', /is not JSON$/],
    ['another type', '{"type":"authorized_user"}', /has the type authorized_user, not service_account$/],
    ['no key', '{"type":"service_account","client_email":"a@b"}', /has no private_key$/],
    ['a broken key', keyFile('http://127.0.0.1:9', { private_key: 'no key at all' }), /that is no RSA key$/],
  ])('with %s is an error that does not show it', async (_what, text, message) => {
    const error = await failing(
      'CREDENTIALS',
      rowsOf(client({ env: { ACME_KEY: text } }), calling('http://127.0.0.1:9', serviceAccount())),
    )
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('nowhere')
  })
})

describe('a profile file', () => {
  it('has a secret if the secret of a client or the text of a key file stands in it', async () => {
    const hasSecrets = async (secret: string): Promise<boolean> => {
      const text = `profiles: { default: { credentials: [{ for: acme, ${secret} }] } }`
      return (await parseProfiles(text, 'config.yaml', { usual: ['acme'], open: [] })).hasSecrets
    }
    expect(await hasSecrets('client: { id: a, secret: b }')).toBe(true)
    expect(await hasSecrets('client: { id: a, secret: { env: B }, tenant: c }')).toBe(false)
    expect(await hasSecrets('service_account: { key_file: ~/key.json }')).toBe(false)
    expect(await hasSecrets("service_account: { key_file: '{}' }")).toBe(true)
  })
})
