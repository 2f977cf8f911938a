import { writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folder, profileOf } from '../config/support.ts'
import { at, plane } from './planes.ts'
import {
  client,
  collect,
  failing,
  hostAt,
  json,
  LIST,
  rowsOf,
  serve,
  type Seen,
  type TestServer,
} from './support.ts'

const SUBJECT = 'subject-token-0123456789'
const ACCESS = 'access-token-0123456789'
const EXCHANGE = '/sts/v1/oauth2/token'

interface Cloud {
  readonly server: TestServer
  readonly exchanges: () => Seen[]
  readonly used: () => (string | undefined)[]
}

/** An API that takes only the tokens it gave out, which `accepts` tells by their number. */
async function cloud(
  answer: (n: number) => unknown,
  accepts: (n: number) => boolean = () => true,
): Promise<Cloud> {
  let given = 0
  const server = await serve((request, response) => {
    if (request.url === EXCHANGE) json(response, answer(++given))
    else if (accepts(Number(request.headers.authorization?.split('-').at(-1)))) json(response, { data: [1] })
    else json(response, { message: `not ${request.headers.authorization}` }, 401)
  })
  return {
    server,
    exchanges: () => server.seen.filter(({ url }) => url === EXCHANGE),
    used: () => server.seen.filter(({ url }) => url !== EXCHANGE).map(({ headers }) => headers.authorization),
  }
}

const token = (n: number, seconds?: number): unknown => ({
  access_token: `${ACCESS}-${n}`,
  token_type: 'Bearer',
  ...(seconds !== undefined && { expires_in: seconds }),
})
const calling = ({ server }: Cloud) => ({
  host: hostAt(server.url, { kind: 'cloud', exchange: EXCHANGE }),
  method: LIST,
  args: {},
})
const profile = await profileOf(
  'credentials: [{ for: cloud, sts: { identity_pool_id: pool-1, subject_token: { env: SUBJECT } } }]',
)
const options = { env: { SUBJECT }, profile }

describe('the exchange of tokens', () => {
  it('happens once for many calls, in the form of RFC 8693', async () => {
    const api = await cloud(n => token(n, 3600))
    const made = client(options)
    await Promise.all(Array.from({ length: 5 }, () => rowsOf(made, calling(api))))
    await rowsOf(made, calling(api))
    expect(api.exchanges()).toHaveLength(1)
    const [{ method, headers, body }] = api.exchanges() as [Seen]
    expect({ method, type: headers['content-type'], authorization: headers.authorization }).toEqual({
      method: 'POST',
      type: 'application/x-www-form-urlencoded',
      authorization: undefined,
    })
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: SUBJECT,
      identity_pool_id: 'pool-1',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    })
    expect(new Set(api.used())).toEqual(new Set([`Bearer ${ACCESS}-1`]))
  })

  it('is repeated when the token has expired', async () => {
    const api = await cloud(n => token(n, n === 1 ? 0 : 3600))
    const made = client(options)
    for (let i = 0; i < 3; i++) await rowsOf(made, calling(api))
    expect(api.used()).toEqual([1, 2, 2].map(n => `Bearer ${ACCESS}-${n}`))
  })

  it('is repeated once when the token is refused', async () => {
    const api = await cloud(
      n => token(n, 3600),
      n => n > 1,
    )
    const made = client(options)
    await Promise.all(Array.from({ length: 3 }, () => rowsOf(made, calling(api))))
    expect(api.exchanges()).toHaveLength(2)
    const refused = await cloud(
      n => token(n),
      () => false,
    )
    const error = await failing('API', rowsOf(client(options), calling(refused)))
    expect(error.message).toContain('not Bearer [hidden]')
    expect(error.hint).toContain('Check the credential at config.yaml:3')
    expect(refused.used()).toHaveLength(2)
  })

  it('fails with an error of its request that does not contain the token', async () => {
    const denying = await serve((request, response) =>
      json(
        response,
        {
          error: 'invalid_grant',
          error_description: `bad ${new URLSearchParams(request.body).get('subject_token')}`,
        },
        400,
      ),
    )
    const error = await failing('API', rowsOf(client(options), { ...calling({ server: denying } as Cloud) }))
    expect(error.message).toContain(`POST ${denying.url}${EXCHANGE}: 400`)
    expect(error.message).toContain('invalid_grant: bad [hidden]')
    expect(denying.seen).toHaveLength(1)
    const empty = await cloud(() => ({}))
    expect((await failing('RESPONSE', rowsOf(client(options), calling(empty)))).message).toContain(
      'without an access_token',
    )
    expect(empty.used()).toEqual([])
  })

  it('is not done for hosts that do not offer it', async () => {
    const server = await plane()
    const other = await profileOf(
      'credentials: [{ for: kafka, sts: { identity_pool_id: pool-1, subject_token: { env: SUBJECT } } }]',
    )
    await failing('CREDENTIALS', collect(client({ env: { SUBJECT }, profile: other }), at(server.url)))
    expect(server.seen).toHaveLength(0)
  })

  it('does not delay a cancelled call, and is aborted with the client', async () => {
    const asked: ServerResponse[] = []
    const silent = await serve((_, response) => void asked.push(response))
    const cancel = new AbortController()
    const made = client(options)
    const reading = failing(
      'ABORTED',
      collect(
        made,
        { host: hostAt(silent.url, { kind: 'cloud', exchange: EXCHANGE }), method: LIST, args: {} },
        cancel.signal,
      ),
    )
    await expect.poll(() => asked.length).toBe(1)
    cancel.abort()
    expect((await reading).uncertain).toBe(false)
    await made.close()
    await expect.poll(() => asked[0]?.destroyed).toBe(true)
  })
})

describe('a token of an identity provider', () => {
  it('is sent unchanged, with the headers of the host', async () => {
    const server = await plane()
    const external = await profileOf(
      'credentials: [{ for: kafka, oauth: { token: { env: SUBJECT }, identity_pool_id: pool-1, logical_cluster: lsrc-1 } }]',
    )
    await collect(client({ env: { SUBJECT }, profile: external }), at(server.url))
    expect(server.seen[0]?.headers).toMatchObject({
      authorization: `Bearer ${SUBJECT}`,
      'x-pool': 'pool-1',
      'x-cluster': 'lsrc-1',
    })
  })

  it('is read from its command again, once, when it is refused', async () => {
    const script = join(folder(), 'token.cjs')
    writeFileSync(
      script,
      "const fs = require('node:fs'); const f = __filename + '.n'; const n = fs.existsSync(f) ? +fs.readFileSync(f) + 1 : 1; fs.writeFileSync(f, '' + n); console.log('external-token-' + n)",
    )
    const external = await profileOf(
      `credentials: [{ for: kafka, oauth: { token: { command: ['${process.execPath}', '${script}'] } } }]`,
    )
    const server = await serve((request, response) =>
      request.headers.authorization === 'Bearer external-token-2'
        ? json(response, { data: [] })
        : json(response, {}, 401),
    )
    const made = client({ env: { PATH: process.env['PATH'] }, profile: external })
    await collect(made, at(server.url))
    await collect(made, at(server.url))
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(
      [1, 2, 2].map(n => `Bearer external-token-${n}`),
    )
  })

  it('with invalid characters is not sent', async () => {
    const server = await plane()
    const external = await profileOf('credentials: [{ for: kafka, oauth: { token: { env: SUBJECT } } }]')
    await failing(
      'CREDENTIALS',
      collect(client({ env: { SUBJECT: 'two\r\nlines: x' }, profile: external }), at(server.url)),
    )
    expect(server.seen).toHaveLength(0)
  })
})
