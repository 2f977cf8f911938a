import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { page, run, text, type ProviderSource } from './documents.ts'

const service = (url: string): ProviderSource['services'] => ({
  test: {
    url,
    resources: {
      things: {
        methods: {
          list: { call: 'GET /v1/things', answer: page({ id: text }), response: { objectKey: '$.data' } },
        },
        verbs: { select: ['list'] },
      },
    },
  },
})

describe('credentials of documents that are exchanged for a token', () => {
  it('are an id and a secret, with an account in the address', async () => {
    const acme = await run(
      url => ({
        auth: {
          type: 'oauth2',
          grant_type: 'client_credentials',
          client_id_env_var: 'ACME_ID',
          client_secret_env_var: 'ACME_SECRET',
          token_url: `${url}/{{ .__env__ACME_ACCOUNT }}/token`,
          scopes: ['a', 'b'],
        },
        services: service(url),
      }),
      ({ url }) =>
        url === '/acc-1/token'
          ? { body: { access_token: 'granted-0123456789', token_type: 'bearer', expires_in: 3600 } }
          : { body: { data: [{ id: 't' }] } },
      { ACME_ID: 'id', ACME_SECRET: 'secret-0123456789', ACME_ACCOUNT: 'acc-1' },
    )
    for (let i = 0; i < 2; i++) expect(await acme.rows('SELECT id FROM acme.test.things')).toEqual([['t']])
    expect(acme.asked.map(one => [one.method, one.url, one.headers.authorization])).toEqual([
      ['POST', '/acc-1/token', `Basic ${Buffer.from('id:secret-0123456789').toString('base64')}`],
      ['GET', '/v1/things', 'Bearer granted-0123456789'],
      ['GET', '/v1/things', 'Bearer granted-0123456789'],
    ])
    expect(acme.asked[0]!.body).toBe('grant_type=client_credentials&scope=a+b')
  })

  it('are a key file, or an access token in its place', async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    })
    const env: Record<string, string> = {}
    const acme = await run(
      url => {
        env['ACME_KEY'] = JSON.stringify({
          type: 'service_account',
          client_email: 'robot@acme.example',
          private_key: privateKey,
          token_uri: `${url}/token`,
        })
        return { auth: { type: 'service_account', credentialsenvvar: 'ACME_KEY' }, services: service(url) }
      },
      ({ url }) => ({
        body: url === '/token' ? { access_token: 'granted-0123456789' } : { data: [{ id: 't' }] },
      }),
      env,
    )
    expect(await acme.rows('SELECT id FROM acme.test.things')).toEqual([['t']])
    expect(acme.asked.map(one => [one.url, one.headers.authorization])).toEqual([
      ['/token', undefined],
      ['/v1/things', 'Bearer granted-0123456789'],
    ])
    const given = await run(
      url => ({ auth: { type: 'service_account', credentialsenvvar: 'ACME_KEY' }, services: service(url) }),
      () => ({ body: { data: [{ id: 't' }] } }),
      { ACME_ACCESS_TOKEN: 'mine-0123456789' },
    )
    expect(await given.rows('SELECT id FROM acme.test.things')).toEqual([['t']])
    expect(given.asked[0]!.headers.authorization).toBe('Bearer mine-0123456789')
  })
})
