import { describe, expect, it } from 'vitest'
import { compileProvider, compileService } from '../../src/catalog/compile/compile.ts'
import { parseSource, type Parsed, type ProviderSource } from '../../src/catalog/compile/format.ts'
import { ConfluentqlError } from '../../src/errors.ts'

const provider = (host: string): string => `provider: shop
title: A shop
version: 1.0.0
hosts: { main: ${host} }
host: main
services: { stock: { title: Stock } }
`
const GOOD = "{ url: 'https://shop.example', auth: { kind: none } }"
const service = (method: string): string => `service: stock
resources:
  items:
    summary: What there is
    columns: { id: string }
    methods:
      ${method}
`

function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof ConfluentqlError && error.code === 'PROVIDER') return error.message
    throw error
  }
  throw new Error('it was taken')
}

describe('a provider file', () => {
  it.each([
    "{ url: 'http://shop.example', auth: { kind: none } }",
    "{ url: 'file:///etc/passwd', auth: { kind: none } }",
    "{ url: 'https://user:word@shop.example', auth: { kind: none } }",
    "{ url: 'https://shop.example/?a=1', auth: { kind: none } }",
    "{ url: 'https://shop.example/#a', auth: { kind: none } }",
    "{ url: 'https://shop example', auth: { kind: none } }",
    "{ url: 'https://shop.example', auth: { kind: basic, user_env: 'a b', password_env: X } }",
    "{ url: 'https://shop.example', auth: { kind: none }, exchange: '/../x' }",
    "{ url: 'https://shop.example', auth: { kind: none }, exchange: '//other.example' }",
    "{ url: 'https://shop.example', auth: { kind: none }, key_file: /etc/passwd }",
    "{ url: 'https://shop.example', auth: { kind: none }, domains: ['*'] }",
    "{ url: 'https://shop.example', auth: { kind: none }, oauth: { identity_pool_id: host } }",
    "{ url: 'https://shop.example', auth: { kind: none }, oauth: { identity_pool_id: authorization } }",
  ])('cannot have the host %s', host => {
    expect(refusal(() => compileProvider(parseProviderText(provider(host))))).toMatch(/^provider\.yaml:\d+:/)
  })

  it.each([
    "get_item: { sql: select, call: 'GET //other.example/items/{id}' }",
    "get_item: { sql: select, call: 'GET https://other.example/{id}' }",
    "get_item: { sql: select, call: 'GET /a/../b/{id}' }",
    "get_item: { sql: select, call: 'GET /items/{id}?x=1' }",
    "get_item: { sql: select, call: 'GET /items/%2e%2e/{id}' }",
    "get_item: { sql: select, call: 'GET /items/{id} HTTP/1.1' }",
    'get_item: { sql: select, call: "GET /items/{id}\\r\\nX: 1" }',
    "get_item: { sql: select, call: 'CONNECT /items/{id}' }",
    "get_item: { sql: select, call: 'GET /items@other.example/{id}' }",
    "get_item: { sql: select, call: 'GET /items/{id}', file: /etc/passwd }",
    "get_item: { sql: select, call: 'GET /items/{id}', params: { Authorization: { in: header, column: id } } }",
    "get_item: { sql: select, call: 'GET /items/{id}', params: { Host: { in: header, column: id } } }",
    "get_item: { sql: select, call: 'GET /items/{id}', params: { X-Forwarded-For: { in: header, column: id } } }",
    "get_item: { sql: select, call: 'GET /items/{id}', host: elsewhere }",
    'get_item: { sql: insert, call: POST /items, body: { id: required }, body_media: "text/plain\\r\\nX: 1" }',
  ])('cannot have the method %s', method => {
    expect(
      refusal(() => compileService('stock.yaml', service(method), parseProviderText(provider(GOOD)))),
    ).toMatch(/^stock\.yaml:\d+:/)
  })

  it('is accepted when it is valid', () => {
    const method =
      "get_item: { sql: select, call: 'GET /items/{id}', params: { Org-Id: { in: header, column: id } } }"
    expect(
      compileService('stock.yaml', service(method), parseProviderText(provider(GOOD))).resources,
    ).toHaveLength(1)
  })
})

function parseProviderText(text: string): Parsed<ProviderSource> {
  return parseSource('provider.yaml', text, 'provider')
}
