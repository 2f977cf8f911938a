import { describe, expect, it } from 'vitest'
import { catalogOf, loadProviders } from '../../src/catalog/sources/load.ts'
import { sift } from '../../src/cli/drift/accepted.ts'
import { compare } from '../../src/cli/drift/compare.ts'
import { match, methodsOf } from '../../src/cli/drift/match.ts'
import { readOpenApi } from '../../src/cli/drift/openapi.ts'
import { compiledProvider } from '../catalog/compiled.ts'

const PROVIDER = `provider: p
title: P
version: 1.0.0
hosts: { main: { url: 'https://p.example', auth: { kind: none } } }
host: main
paging: { pages: { kind: token, param: after, size: size, next: $.next } }
services: { s: { title: S } }
`
const SERVICE = `service: s
resources:
  items:
    summary: Things
    columns:
      id: string
      state: { type: string, values: [ON, OFF] }
      made: { type: timestamp, at: $.meta.made }
      spec: { fields: { name: string, size: integer } }
      shelf: { type: string, input: true }
    methods:
      get_item: { sql: select, call: 'GET /shelves/{shelf}/items/{id}' }
      list_items: { sql: select, call: 'GET /shelves/{shelf}/items', rows: $.data, paging: pages, params: { state: optional } }
      add_item: { sql: insert, call: 'POST /shelves/{shelf}/items', body: { spec.name: required, spec.size: optional } }
`
const STRING = { type: 'string' }
const ITEM = {
  type: 'object',
  required: ['spec'],
  properties: {
    id: { type: 'string', readOnly: true },
    state: { type: 'string', enum: ['ON', 'OFF'], readOnly: true },
    meta: { type: 'object', properties: { made: { type: 'string', format: 'date-time' } }, readOnly: true },
    spec: { $ref: '#/components/schemas/Spec' },
  },
}
const SPEC = { type: 'object', required: ['name'], properties: { name: STRING, size: { type: 'integer' } } }

const json = (schema: unknown) => ({ content: { 'application/json': { schema } } })
const param = (name: string, where = 'query', more: object = {}) => ({
  name,
  in: where,
  schema: STRING,
  ...more,
})
const document = ({
  item = ITEM as object,
  spec = SPEC as object,
  list = [] as object[],
  paths = {},
} = {}) => ({
  openapi: '3.0.0',
  paths: {
    '/shelves/{shelfId}/items': {
      parameters: [param('shelfId', 'path', { required: true })],
      get: {
        parameters: [param('state'), param('after'), param('size'), ...list],
        responses: {
          200: json({ type: 'object', properties: { data: { type: 'array', items: item }, next: STRING } }),
        },
      },
      post: { requestBody: json(item), responses: { 201: json(item) } },
    },
    '/shelves/{shelf}/items/{item}': { get: { responses: { 200: json(item), 404: json({}) } } },
    ...paths,
  },
  components: { schemas: { Spec: spec } },
})

function drift(
  { service = SERVICE, provider = PROVIDER }: { service?: string; provider?: string },
  ...documents: unknown[]
) {
  const loaded = loadProviders(compiledProvider(provider, service))
  const operations = documents.flatMap(one => readOpenApi('api.json', one).operations)
  const matched = match(methodsOf(catalogOf(loaded)), operations)
  const sifted = sift(
    compare(matched),
    loaded.flatMap(one => one.accepted()),
  )
  return {
    ...sifted,
    undescribed: matched.undescribed,
    left: sifted.left.map(d =>
      [d.what, d.resource, d.call, d.name, d.ours, d.theirs].map(v => v ?? '-').join(' | '),
    ),
  }
}

describe('differences', () => {
  it('none between what says the same', () => {
    expect(drift({}, document())).toEqual({ left: [], accepted: 0, unused: [], undescribed: [] })
  })

  it.each([
    [
      'a method on either side',
      document({
        paths: {
          '/shelves/{a}/items/{b}': { delete: { responses: { 204: {} } } },
          '/shelves': { get: { responses: {} } },
        },
      }),
      [
        'resource | - | - | /shelves | - | GET /shelves',
        'method | - | DELETE /shelves/{a}/items/{b} | - | - | api.json',
      ],
    ],
    [
      'parameters',
      document({ list: [param('q'), param('state', 'query', { required: true })] }),
      [
        'required | p.s.items | GET /shelves/{shelfId}/items | state | optional | required',
        'parameter | p.s.items | GET /shelves/{shelfId}/items | q | - | query string',
      ],
    ],
    [
      'fields of the body and of the answer',
      document({ spec: { ...SPEC, required: [], properties: { name: STRING, color: STRING } } }),
      [
        'body field | p.s.items | POST /shelves/{shelfId}/items | spec.size | integer | -',
        'required | p.s.items | POST /shelves/{shelfId}/items | spec.name | required | optional',
        'body field | p.s.items | POST /shelves/{shelfId}/items | spec.color | - | string',
        'column | p.s.items | - | spec.size | integer | -',
        'column | p.s.items | - | spec.color | - | string',
      ],
    ],
    [
      'types and known values',
      document({
        item: {
          ...ITEM,
          properties: {
            ...ITEM.properties,
            id: { type: 'integer', readOnly: true },
            state: { type: 'string', enum: ['ON', 'BROKEN'], readOnly: true },
            meta: { type: 'object', properties: { made: STRING }, readOnly: true },
          },
        },
      }),
      [
        'type | p.s.items | - | id | string | integer',
        'values | p.s.items | - | state | OFF | BROKEN',
        'type | p.s.items | - | made | timestamp | string',
      ],
    ],
  ])('%s', (_name, description, expected) => {
    expect(drift({}, description).left).toEqual(expected)
  })

  it('of a query by POST only in its path', () => {
    const query = (path: string) =>
      SERVICE.replace('resources:', "query_bodies: { find: { template: { ids: ['{id}'] } } }\nresources:")
      + `      find_items: { sql: select, call: 'POST ${path}', query_body: find, rows: $.found, params: { id: required } }\n`
    const paths = {
      '/items:find': {
        post: {
          requestBody: json({ type: 'object', properties: { ids: { type: 'array', items: STRING } } }),
          responses: { 200: json({ type: 'object', properties: { found: { type: 'array', items: SPEC } } }) },
        },
      },
    }
    expect(drift({ service: query('/items:find') }, document({ paths })).left).toEqual([])
    expect(drift({ service: query('/items:seek') }, document()).left).toEqual([
      'method | p.s.items | POST /items:seek | - | find_items | -',
    ])
  })

  it('parts that all hold are one shape, alternatives have the fields of all', () => {
    const spec = {
      allOf: [{ type: 'object', properties: { name: STRING } }, { required: ['name'] }],
      oneOf: [
        { type: 'object', properties: { size: { type: 'integer' } }, required: ['size'] },
        { type: 'object' },
      ],
    }
    expect(drift({}, document({ spec })).left).toEqual([])
  })

  it('a schema that contains itself ends', () => {
    const spec = { ...SPEC, properties: { ...SPEC.properties, inner: { $ref: '#/components/schemas/Spec' } } }
    expect(drift({}, document({ spec })).left).toContain('column | p.s.items | - | spec.inner | - | any')
  })

  it('services that no document describes are named, not compared', () => {
    expect(drift({}, { openapi: '3.0.0', paths: {} })).toMatchObject({ left: [], undescribed: ['p.s'] })
  })
})

describe('accepted differences', () => {
  const other = document({ spec: { ...SPEC, properties: { ...SPEC.properties, color: STRING } } })
  const accepting = (...lines: string[]) =>
    `${SERVICE}accepted:\n${lines.map(line => `  - { ${line}, reason: it is so }\n`).join('')}`

  it('are taken out by place, kind, name and side', () => {
    expect(drift({ service: accepting("names: ['spec.*'], only: documents") }, other)).toMatchObject({
      left: [],
      accepted: 2,
    })
    expect(drift({ service: accepting('at: items, what: column') }, other)).toMatchObject({
      left: ['body field | p.s.items | POST /shelves/{shelfId}/items | spec.color | - | string'],
    })
    expect(drift({ service: accepting("at: 'POST /shelves/*'") }, other)).toMatchObject({ accepted: 1 })
    expect(drift({ service: accepting('only: provider') }, other)).toMatchObject({
      accepted: 0,
      unused: [expect.objectContaining({ only: 'provider' })],
    })
  })

  it('what only a document has is accepted by its path, in any file', () => {
    const described = document({ paths: { '/old/things': { get: { responses: {} } } } })
    expect(drift({ service: accepting('what: resource') }, described).left).toHaveLength(1)
    const provider = `${PROVIDER}accepted: [{ at: '/old/*', reason: it is old }]\n`
    expect(drift({ provider }, described)).toMatchObject({ left: [], accepted: 1 })
  })
})
