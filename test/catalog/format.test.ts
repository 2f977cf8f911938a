import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compileProviders } from '../../src/compiler.ts'
import { loadCatalog } from '../../src/catalog/sources/load.ts'
import type { Catalog } from '../../src/catalog/types.ts'
import { ConfluentqlError } from '../../src/errors.ts'

const provider = `provider: shop
title: A shop
version: 1.0.0
hosts:
  main: { url: 'https://shop.example', auth: { kind: none } }
host: main
paging:
  pages: { kind: token, param: after, next: $.next }
types:
  money: { fields: { amount: number, currency: string } }
services:
  stock: { title: Stock }
`

const service = `service: stock
resources:
  items:
    summary: What is on the shelves
    columns:
      id: string
      price: money
      tags: string[]
      shelf: { type: string, input: true }
    methods:
      get_item: { sql: select, call: 'GET /shelves/{shelf}/items/{id}' }
      add_item: { sql: insert, call: 'POST /shelves/{shelf}/items', body: { id: required, price.amount: optional } }
`

/** Compiles the two files above with some text replaced, and hands what comes out to `use`. */
function withFiles<T>(files: { provider?: string; service?: string }, use: (compile: () => Catalog) => T): T {
  const dir = mkdtempSync(join(tmpdir(), 'confluentql-'))
  try {
    const source = join(dir, 'source')
    mkdirSync(join(source, 'shop'), { recursive: true })
    writeFileSync(join(source, 'shop', 'provider.yaml'), files.provider ?? provider)
    writeFileSync(join(source, 'shop', 'stock.yaml'), files.service ?? service)
    return use(() => {
      compileProviders(source, join(dir, 'out'))
      return loadCatalog(join(dir, 'out'))
    })
  } finally {
    rmSync(dir, { recursive: true })
  }
}

function messageOf(files: { provider?: string; service?: string }): string {
  return withFiles(files, compile => {
    try {
      compile()
    } catch (error) {
      if (error instanceof ConfluentqlError && error.code === 'PROVIDER')
        return error.message.replaceAll(/\S*\/shop\//g, '')
      throw error
    }
    return 'compiled'
  })
}

describe('the format', () => {
  it('resolves types, arrays and parameters', () => {
    const items = withFiles({}, compile => compile().resource('shop', 'stock', 'items'))
    expect(items?.columns).toEqual([
      { name: 'id', type: 'string' },
      { name: 'price', type: 'object', fields: { amount: { type: 'number' }, currency: { type: 'string' } } },
      { name: 'tags', type: 'array', items: { type: 'string' } },
      { name: 'shelf', type: 'string', isInput: true },
    ])
    expect(items?.methods).toEqual([
      {
        name: 'get_item',
        verb: 'select',
        http: 'GET',
        path: '/shelves/{shelf}/items/{id}',
        host: 'main',
        single: true,
        rows: { at: '$', kind: 'one' },
        params: [
          { name: 'shelf', in: 'path', type: 'string', required: true, column: 'shelf', filter: 'exact' },
          { name: 'id', in: 'path', type: 'string', required: true, column: 'id', filter: 'exact' },
        ],
      },
      {
        name: 'add_item',
        verb: 'insert',
        http: 'POST',
        path: '/shelves/{shelf}/items',
        host: 'main',
        rows: { at: '$', kind: 'one' },
        params: [{ name: 'shelf', in: 'path', type: 'string', required: true }],
        body: {
          media: 'application/json',
          kind: 'object',
          fields: [
            { path: 'id', type: 'string', required: true },
            { path: 'price.amount', type: 'number', required: false },
          ],
        },
      },
    ])
  })

  it('gives every method of a host without a fixed URL the parameter for it, and every resource the input column', () => {
    const bases = provider.replace(
      "url: 'https://shop.example'",
      'url_param: base, url_env: SHOP_URL, token_env: SHOP_TOKEN, about: Where the shop is',
    )
    const [catalog, items] = withFiles({ provider: bases }, compile => {
      const loaded = compile()
      return [loaded, loaded.resource('shop', 'stock', 'items')] as const
    })
    expect(catalog.provider('shop')?.hosts['main']).toEqual({
      name: 'main',
      url: '',
      urlParam: 'base',
      urlEnv: 'SHOP_URL',
      tokenEnv: 'SHOP_TOKEN',
      auth: { kind: 'none' },
    })
    expect(items?.columns.at(-1)).toEqual({
      name: 'base',
      type: 'string',
      isInput: true,
      about: 'Where the shop is',
    })
    expect(items?.methods.map(m => m.params.at(-1))).toEqual([
      {
        name: 'base',
        in: 'host',
        type: 'string',
        required: false,
        column: 'base',
        filter: 'exact',
        about: 'Where the shop is',
      },
      { name: 'base', in: 'host', type: 'string', required: false, about: 'Where the shop is' },
    ])
  })

  it('accepts credentials that are exchanged for an access token', () => {
    const auths = [
      [
        "{ kind: oauth2, token_url: 'https://login.example/{tenant}', token_variables: { tenant: { env: TENANT } }, client_id_env: ID, client_secret_env: SECRET, scopes: [a], sent_in: body }",
        {
          kind: 'oauth2',
          tokenUrl: 'https://login.example/{tenant}',
          tokenVariables: [{ name: 'tenant', env: 'TENANT' }],
          clientIdEnv: 'ID',
          clientSecretEnv: 'SECRET',
          scopes: ['a'],
          sentIn: 'body',
        },
      ],
      [
        "{ kind: service_account, key_env: KEY, token_url: 'https://login.example/token', subject: me }",
        {
          kind: 'service_account',
          keyEnv: 'KEY',
          tokenOrigins: ['https://login.example'],
          scopes: [],
          subject: 'me',
        },
      ],
    ] as const
    for (const [auth, expected] of auths) {
      const text = provider.replace(/auth: \{[^}]*\}/, `token_env: TOKEN, auth: ${auth}`)
      expect(
        withFiles({ provider: text }, compile => compile()).provider('shop')?.hosts['main']?.auth,
      ).toEqual(expected)
    }
    for (const [auth, message] of [
      ["token_url: 'http://login.example'", 'hosts.main.auth.token_url: must be https, or http on 127.0.0.1'],
      ["token_url: 'https://{a}'", 'hosts.main.auth.token_url: has {a}, which is no variable'],
      [
        "token_url: 'https://{a}', token_variables: { a: { env: A } }",
        'hosts.main.auth.token_url: must have a fixed host: {a} would decide it',
      ],
      [
        "token_url: 'https://x.example', token_variables: { a: { env: A } }",
        'hosts.main.auth.token_url: does not have the variable {a}',
      ],
    ]) {
      const text = provider.replace(
        /auth: \{[^}]*\}/,
        `token_env: TOKEN, auth: { kind: oauth2, client_id_env: ID, client_secret_env: SECRET, ${auth} }`,
      )
      expect(() => withFiles({ provider: text }, compile => compile())).toThrow(message)
    }
  })

  it('accepts rows from maps and scalars, fixed queries, and columns of a method with the input columns of its parameters', () => {
    const list =
      "list_items: { sql: select, call: 'GET /shelves/{shelf}/items', query: { view: all }, rows: { at: $.all, kind: map }, columns: { id: { at: '#key' } } }"
    const items = withFiles({ service: `${service}      ${list}\n` }, compile =>
      compile().resource('shop', 'stock', 'items'),
    )
    expect(items?.methods.find(m => m.name === 'list_items')).toMatchObject({
      query: { view: 'all' },
      rows: { at: '$.all', kind: 'map' },
      columns: [
        { name: 'id', type: 'string', at: '#key' },
        { name: 'shelf', type: 'string', isInput: true },
      ],
    })
  })

  it('accepts settles, with defaults, and an input column with a place in the answer', () => {
    const text = service.replace(
      'shelf: { type: string, input: true }',
      'state: { fields: { phase: { type: string, values: [NEW, OLD] }, why: string } }\n      shelf: { type: string, input: true, at: $.home.shelf }\n    settles: { phase: state.phase, done: [OLD], message: state.why }',
    )
    const items = withFiles({ service: text }, compile => compile().resource('shop', 'stock', 'items'))
    expect(items?.settles).toEqual({
      phase: 'state.phase',
      done: ['OLD'],
      failed: [],
      message: 'state.why',
      every: 5,
      timeout: 1800,
    })
    expect(items?.columns.at(-1)).toEqual({
      name: 'shelf',
      type: 'string',
      at: '$.home.shelf',
      isInput: true,
    })
    expect(withFiles({}, compile => compile().resource('shop', 'stock', 'items'))).not.toHaveProperty(
      'settles',
    )
  })

  it.each<[string, string, string]>([
    [
      '    methods:',
      '    settles: { phase: state, done: [OLD] }\n    methods:',
      'stock.yaml:10: resources.items.settles.phase: state is no column of texts',
    ],
    [
      '    methods:',
      '    settles: { phase: price, done: [OLD] }\n    methods:',
      'resources.items.settles.phase: price is no column of texts',
    ],
    [
      '    methods:',
      '    settles: { phase: id, done: [OLD], message: price.amount }\n    methods:',
      'resources.items.settles.message: price.amount is no column of texts',
    ],
    [
      '    methods:',
      '    settles: { phase: id, done: [] }\n    methods:',
      'resources.items.settles.done: must NOT have fewer than 1 items',
    ],
    [
      '    methods:',
      '    settles: { phase: id, done: [A], every: 0 }\n    methods:',
      'resources.items.settles.every: must be > 0',
    ],
    [
      'shelf: { type: string, input: true }',
      'shelf: { type: string, input: true }\n      state: { type: string, values: [A, B] }\n    settles: { phase: state, done: [A], failed: [C] }',
      'resources.items.settles: C is none of the values of state: A, B',
    ],
    [
      'sql: select',
      'sql: SELECT',
      'stock.yaml:11: resources.items.methods.get_item.sql: must be one of select, insert, update, replace, delete, exec',
    ],
    [
      'id: string',
      'id: text',
      'stock.yaml:6: resources.items.columns.id: there is no type text; types are string, ',
    ],
    ['summary: What is on the shelves', 'sumary: x', 'stock.yaml:4: resources.items.sumary: unknown key'],
    [
      'summary: What is on the shelves',
      'sumary: x',
      'stock.yaml:3: resources.items: the key summary is missing',
    ],
    [
      'summary: What',
      'summary: "a\\nb"\n    host: x\n    #',
      'stock.yaml:4: resources.items.summary: "a\\nb" does not match',
    ],
    [
      '/items/{id}',
      '/../{id}',
      'stock.yaml:11: resources.items.methods.get_item.call: a path takes no empty part, no . and no ..',
    ],
    [
      'GET /shelves',
      'GET shelves',
      'stock.yaml:11: resources.items.methods.get_item.call: "GET shelves/{shelf}/items/{id}" does not match',
    ],
    ['GET /shelves', 'GET /a\\r\\nX: y/', 'stock.yaml:11: resources.items.methods.get_item.call: "GET /a'],
    [
      '/items/{id}',
      '/items/{}',
      'stock.yaml:11: resources.items.methods.get_item.call: a {parameter} of the path is malformed',
    ],
    [
      '{shelf}/items/{id}',
      '{shelf}/items/{lot}',
      'stock.yaml:11: resources.items.methods.get_item.params.lot: is no column: add a column lot with input: true',
    ],
    [
      '{shelf}/items/{id}',
      '{shelf}/items/{price}',
      'params.price: price is an object: say with column which part this selects by',
    ],
    [
      "{id}' }",
      "{id}', params: { q: { column: colour } } }",
      'stock.yaml:11: resources.items.methods.get_item.params.q.column: there is no column colour',
    ],
    ["{id}' }", "{id}', params: { q: { column: tags } } }", 'params.q.column: tags holds no single value'],
    ["{id}' }", "{id}', params: { id: optional } }", 'params.id: is in the path, so it is required'],
    [
      "{id}' }",
      "{id}', params: { id: maybe } }",
      'params.id: "maybe" does not match ^(required|optional|exact|inexact)$',
    ],
    [
      "{id}' }",
      "{id}', paging: pages }",
      'methods.get_item.paging: only a method with rows in an array or a map can have paging',
    ],
    [
      "{id}' }",
      "{id}', rows: $.data, paging: links }",
      'methods.get_item.paging: the provider has no paging links; it has pages',
    ],
    ["{id}' }", "{id}', rows: $.da'ta }", 'methods.get_item.rows: "$.da'],
    ["{id}' }", "{id}', host: other }", 'methods.get_item.host: there is no host other; hosts are main'],
    [
      "{id}' }",
      "{id}', params: { shelf: { repeat: true } } }",
      'params.shelf.repeat: the rows of several values could not be told apart',
    ],
    [
      "{id}' }",
      "{id}', columns: { colour: string } }",
      'methods.get_item.columns.colour: is no column of the resource',
    ],
    [
      'price.amount: optional',
      'weight: optional',
      'methods.add_item.body.weight: no column has the path weight, so its type must be given',
    ],
    [
      'shelf: { type: string, input: true }',
      'shelf: string\n      lot: { input: true }',
      'columns.lot: is an input column, but no parameter of a select selects by it',
    ],
    [
      'shelf: { type: string, input: true }',
      'shelf: string\n      Shelf: string',
      'stock.yaml:10: resources.items.columns.Shelf: two columns differ by case alone',
    ],
    ['add_item', 'get_Item', 'resources.items.methods.get_Item: is not a name that can stand here'],
    ['add_item', 'getitem', 'methods.getitem: differs from get_item by case and underscores alone'],
    ['  items:', '  __proto__:', 'stock.yaml:3: resources.__proto__: is not a name that can stand here'],
    ['id: string', 'id: string\n      id: string', 'stock.yaml:7: Map keys must be unique'],
    ['id: string', 'id: [string', 'stock.yaml:'],
    [
      'id: string',
      'id: &a string\n      name: *a',
      'stock.yaml:1: aliases (*name) are not taken; name a shape under types instead',
    ],
    ['id: string', 'id: !!js/function x', 'stock.yaml:6: Unresolved tag'],
    [
      'service: stock',
      'service: store',
      'provider.yaml:12: services.stock: stock.yaml is of the service store',
    ],
  ])('a service with %j as %j', (good, bad, message) => {
    expect(service).toContain(good)
    expect(messageOf({ service: service.replace(good, () => bad) })).toContain(message)
  })

  it.each<[string, string, string]>([
    [
      'https://shop.example',
      'http://shop.example',
      'provider.yaml:5: hosts.main.url: must be https, or http on 127.0.0.1',
    ],
    ['https://shop.example', 'https://me:pw@shop.example', 'provider.yaml:5: hosts.main.url: must be https'],
    ['https://shop.example', 'http://127.0.0.1:8080', 'compiled'],
    [
      'https://shop.example',
      'file:///etc/passwd',
      'provider.yaml:5: hosts.main.url: "file:///etc/passwd" does not match',
    ],
    ['auth: { kind: none }', 'auth: { kind: basic }', 'hosts.main.auth: the key user_env is missing'],
    ['auth: { kind: none }', 'auth: { kind: none, user_env: A }', 'hosts.main.auth.user_env: unknown key'],
    ['host: main', 'host: other', 'provider.yaml:6: host: there is no host other'],
    ['next: $.next', 'next: next', 'provider.yaml:8: paging.pages.next: "next" does not match'],
    [
      'amount: number',
      'amount: money',
      'types.money.fields.amount: is nested too deeply, or a type contains itself',
    ],
    [
      'currency: string',
      'currency: text',
      'provider.yaml:10: types.money.fields.currency: there is no type text',
    ],
    ['stock: {', 'stocks: {', 'cannot read stocks.yaml: there is no such file'],
    ['stock: {', '"../stock": {', 'services.../stock: is not a name that can stand here'],
    [provider, '', 'provider.yaml:1: must be object'],
    [provider, '[]', 'provider.yaml:1: must be object'],
  ])('a provider with %j as %j', (good, bad, message) => {
    expect(provider).toContain(good)
    expect(messageOf({ provider: provider.replace(good, () => bad) })).toContain(message)
  })

  it('is described by a schema that editors can use', () => {
    const schema = JSON.parse(
      readFileSync(new URL('../../providers/schema.json', import.meta.url), 'utf8'),
    ) as { definitions: object }
    expect(Object.keys(schema.definitions)).toEqual(
      expect.arrayContaining(['provider', 'service', 'resource', 'method', 'column', 'param']),
    )
  })
})
