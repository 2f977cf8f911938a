import { describe, expect, it } from 'vitest'
import { checkConsent, destinationsOf, growthOf, hostsOf } from '../../src/catalog/consent.ts'
import type { Host, Provider } from '../../src/catalog/types.ts'

const host = (name: string, url: string, more: Partial<Host> = {}): Host => ({
  name,
  url,
  auth: { kind: 'basic', userEnv: 'ACME_KEY', passwordEnv: 'ACME_SECRET' },
  ...more,
})
const provider = (...hosts: readonly Host[]): Provider => ({
  name: 'acme',
  title: 'Acme',
  version: '1',
  hosts: Object.fromEntries(hosts.map(one => [one.name, one])),
  services: [],
})

describe('consent', () => {
  it('is for origins, not for paths', () => {
    const one = provider(
      host('a', 'https://API.{Region}.acme.example/v1'),
      host('b', 'https://api.acme.example:8443'),
    )
    const hosts = ['https://api.acme.example:8443', 'https://api.{Region}.acme.example']
    expect(destinationsOf(one)).toEqual({ ACME_KEY: hosts, ACME_SECRET: hosts })
    expect(hostsOf(one)).toEqual(hosts)
    const other = provider(host('a', 'https://api.{Region}.acme.example/v2'))
    expect(growthOf(other, destinationsOf(one))).toEqual({})
  })

  it('covers neither another host nor another variable', () => {
    const before = destinationsOf(provider(host('a', 'https://api.acme.example')))
    const moved = provider(
      host('a', 'https://api.acme.example'),
      host('b', 'https://{site}', { tokenEnv: 'OTHER' }),
    )
    expect(growthOf(moved, before)).toEqual({
      ACME_KEY: ['https://{site}'],
      ACME_SECRET: ['https://{site}'],
      OTHER: ['https://{site}'],
    })
    expect(() => checkConsent(moved, before)).toThrow(
      /^the documents of acme send variables where you did not agree to: ACME_KEY to https:\/\/\{site\}; /,
    )
  })

  it('covers less than was agreed to, and names that objects have by themselves', () => {
    const before = destinationsOf(
      provider(host('a', 'https://api.acme.example'), host('b', '', { urlEnv: 'ACME_URL' })),
    )
    expect(before['ACME_KEY']).toEqual(['$ACME_URL', 'https://api.acme.example'])
    expect(growthOf(provider(host('a', 'https://api.acme.example')), before)).toEqual({})
    const odd = provider(host('a', 'https://x.example', { tokenEnv: 'constructor' }))
    expect(growthOf(odd, before)['constructor']).toEqual(['https://x.example'])
  })

  it('covers where a secret goes, and where the token goes that it is exchanged for', () => {
    const auth: Host['auth'] = {
      kind: 'oauth2',
      tokenUrl: 'https://login.acme.example/{tenant}/token',
      tokenVariables: [{ name: 'tenant', env: 'ACME_TENANT' }],
      clientIdEnv: 'ACME_ID',
      clientSecretEnv: 'ACME_SECRET',
      scopes: [],
    }
    const before = provider(host('a', 'https://api.acme.example', { auth, tokenEnv: 'ACME_ACCESS_TOKEN' }))
    const [tokens, api] = [['https://login.acme.example'], ['https://api.acme.example']]
    expect(destinationsOf(before)).toEqual({
      ACME_ACCESS_TOKEN: api,
      ACME_ID: tokens,
      ACME_SECRET: tokens,
      ACME_TENANT: tokens,
      'the access token of ACME_SECRET': api,
    })
    const moved = provider(
      host('a', 'https://evil.example', { auth: { ...auth, tokenUrl: 'https://evil.example/token' } }),
    )
    expect(growthOf(moved, destinationsOf(before))).toMatchObject({
      ACME_SECRET: ['https://evil.example'],
      'the access token of ACME_SECRET': ['https://evil.example'],
    })
  })

  it('is for variables that documents name for URLs, too: their values are sent', () => {
    const variables = (env: string): Partial<Host> => ({
      auth: { kind: 'none' },
      urlVariables: [{ name: 'account', env, extent: 'part' }],
    })
    const own = provider(host('a', 'https://{account}.acme.example', variables('ACME_ACCOUNT')))
    expect(destinationsOf(own)).toEqual({})
    const named = provider(host('a', 'https://{account}.acme.example', variables('PGUSER')))
    expect(growthOf(named, destinationsOf(own))).toEqual({ PGUSER: ['https://{account}.acme.example'] })
  })

  it('hosts without credentials need none', () => {
    expect(destinationsOf(provider(host('a', 'https://x.example', { auth: { kind: 'none' } })))).toEqual({})
  })
})
