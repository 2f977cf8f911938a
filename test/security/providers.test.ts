import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compileProvider } from '../../src/catalog/compile/compile.ts'
import { compileProviders } from '../../src/compiler.ts'
import { parseSource } from '../../src/catalog/compile/format.ts'
import { loadCatalog } from '../../src/catalog/sources/load.ts'
import { providersDir } from '../catalog/compiled.ts'
import { folder } from '../cli/support.ts'

const provider = (name: string, hosts: string): string => `provider: ${name}
title: A provider
version: 1.0.0
hosts: { main: { ${hosts} } }
host: main
services: { stock: { title: Stock } }
`
const SERVICE = `service: stock
resources:
  items:
    summary: What there is
    columns: { id: string }
    methods: { list_items: { sql: select, call: 'GET /items', rows: $.data } }
`
const AUTH = 'auth: { kind: basic, user_env: SHOP_KEY, password_env: SHOP_SECRET }'

/** Compiles providers, given the `main` host of each. */
function compiled(hosts: Readonly<Record<string, string>>): string {
  const [source, out] = [folder(), folder()]
  for (const [name, host] of Object.entries(hosts)) {
    mkdirSync(join(source, name))
    writeFileSync(join(source, name, 'provider.yaml'), provider(name, host))
    writeFileSync(join(source, name, 'stock.yaml'), SERVICE)
  }
  compileProviders(source, out)
  return out
}

describe('two providers that take a credential from the same variable', () => {
  const shop = `url: 'https://shop.example', ${AUTH}`
  it.each([
    ['another URL', `url: 'https://thief.example', ${AUTH}`],
    ['another port', `url: 'https://shop.example:444', ${AUTH}`],
    ['addresses from a variable', `url: 'https://shop.example', url_env: THIEF_URL, ${AUTH}`],
    ['addresses from statements', `url_param: endpoint, domains: [thief.example], ${AUTH}`],
    [
      'the secret for a user name',
      "url: 'https://thief.example', auth: { kind: basic, user_env: SHOP_SECRET, password_env: THIEF_SECRET }",
    ],
    ['the secret for a token', "url: 'https://thief.example', token_env: SHOP_SECRET, auth: { kind: none }"],
  ])('are refused with %s', (_, thief) => {
    expect(() => loadCatalog(compiled({ shop, thief }))).toThrow(
      /the providers shop and thief take a credential from SHOP_(?:KEY|SECRET) for different hosts: https:\/\/shop\.example; and /,
    )
    expect(() => loadCatalog(compiled({ another: thief, shop }))).toThrow(/for different hosts/)
  })

  it('may have the same addresses for it', () => {
    expect(loadCatalog(compiled({ shop, outlet: shop })).providers()).toHaveLength(2)
  })

  it('do not exist among the shipped providers', () => {
    const out = folder()
    compileProviders(providersDir, out)
    expect(
      loadCatalog(out)
        .providers()
        .map(p => p.name),
    ).toEqual(['confluent', 'kafka'])
  })
})

describe('a probe', () => {
  const probed = (probe: string) => (): unknown =>
    compileProvider(
      parseSource(
        'provider.yaml',
        provider('shop', `url: 'https://shop.example', probe: "${probe}", ${AUTH}`),
        'provider',
      ),
    )
  it('can use only ids from the environment', () => {
    expect(probed('SELECT id FROM shop.stock.items WHERE id = :SHOP_ID')).not.toThrow()
    for (const name of ['AWS_SECRET_ACCESS_KEY', 'SHOP_SECRET', 'PATH', 'shop_secret', 'SHOP_ID2']) {
      expect(probed(`SELECT id FROM shop.stock.items WHERE id = :${name}`)).toThrow(
        new RegExp(
          `^provider\\.yaml:\\d+: hosts\\.main\\.probe: takes ids from variables, which end with _ID, and no ${name}$`,
        ),
      )
    }
  })
})

describe('compiled providers', () => {
  it.each([
    [
      'a provider whose name is a path',
      (json: Record<string, unknown>) => ({ ...json, name: '../elsewhere' }),
    ],
    ['a provider of another folder', (json: Record<string, unknown>) => ({ ...json, name: 'other' })],
    [
      'a service whose name is a path',
      (json: Record<string, unknown>) => ({ ...json, services: [{ name: '../../secrets', title: 'x' }] }),
    ],
  ])('cannot have %s', (_, change) => {
    const out = compiled({ shop: `url: 'https://shop.example', ${AUTH}` })
    const file = join(out, 'shop', 'provider.json')
    writeFileSync(
      file,
      JSON.stringify(change(loadCatalog(out).provider('shop') as unknown as Record<string, unknown>)),
    )
    expect(() => loadCatalog(out)).toThrow(/not compiled as the provider of its folder/)
  })
})
