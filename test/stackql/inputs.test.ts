import { describe, expect, it } from 'vitest'
import type { Resource } from '../../src/catalog/types.ts'
import {
  array,
  convert,
  type DocumentSource,
  number,
  object,
  page,
  query,
  text,
  type MethodSource,
} from './documents.ts'

const answer = array(
  object({ id: text, zone: text, tags: object({}), state: { type: 'string', enum: ['ON', 'OFF'] } }),
)

/** The resource of methods, each under its verb. */
function things(
  methods: Readonly<Record<string, MethodSource>>,
  verbs: Readonly<Record<string, readonly string[]>>,
  more: Partial<DocumentSource> = {},
): Resource {
  return convert({ resources: { things: { methods, verbs } }, ...more })['things']!
}

function param(resource: Resource, name: string, method = 0): unknown {
  return resource.methods[method]?.params.find(p => p.name === name)
}

function column(resource: Resource, name: string): unknown {
  return resource.columns.find(c => c.name === name)
}

describe('parameters', () => {
  it('have names without dots, which would be fields of objects', () => {
    const found = things(
      { list: { call: 'GET /t/{kind.value}', answer, params: [query('zone.name', { type: 'string' })] } },
      { select: ['list'] },
    )
    expect(param(found, 'kind_value')).toMatchObject({ wire: 'kind.value', column: 'kind_value' })
    expect(param(found, 'zone_name')).toMatchObject({ wire: 'zone.name', column: 'zone_name' })
  })

  it('named as what objects have by themselves have a number', () => {
    const found = things(
      { list: { call: 'GET /t', answer, params: [query('hasOwnProperty', { type: 'string' })] } },
      { select: ['list'] },
    )
    expect(param(found, 'hasOwnProperty_2')).toMatchObject({ wire: 'hasOwnProperty' })
  })

  it('of later methods are columns of the methods before, too, if answers differ', () => {
    const found = things(
      { list: { call: 'GET /o/{org}/t', answer }, get: { call: 'GET /t/{thing}', answer: text } },
      { select: ['list', 'get'] },
    )
    expect(found.methods[0]?.columns?.map(c => c.name)).toEqual(found.columns.map(c => c.name))
  })

  it('a required one selects by an input column of its name, an optional one by a hidden one', () => {
    const found = things(
      { list: { call: 'GET /o/{org}/t', answer, params: [query('verbose', { type: 'boolean' })] } },
      { select: ['list'] },
    )
    expect(param(found, 'org')).toEqual({
      name: 'org',
      in: 'path',
      type: 'string',
      required: true,
      column: 'org',
      filter: 'exact',
    })
    expect(column(found, 'org')).toEqual({ name: 'org', type: 'string', isInput: true })
    expect(param(found, 'verbose')).toEqual({
      name: 'verbose',
      in: 'query',
      type: 'boolean',
      required: false,
      column: 'verbose',
      filter: 'exact',
    })
    expect(column(found, 'verbose')).toEqual({
      name: 'verbose',
      type: 'boolean',
      isInput: true,
      isHidden: true,
    })
  })

  it('a required one with the name of a column asks; it has the value of the answer where nothing is asked', () => {
    const found = things(
      {
        get: { call: 'GET /t/{zone}/{id}', answer: object({ id: text, zone: text }) },
        list: { call: 'GET /t', answer },
      },
      { select: ['get', 'list'] },
    )
    expect(param(found, 'zone')).toMatchObject({ column: 'asked_zone', filter: 'exact' })
    expect(column(found, 'asked_zone')).toEqual({
      name: 'asked_zone',
      type: 'string',
      isInput: true,
      isHidden: true,
      at: '$.zone',
    })
  })

  it('an optional one with the name of a column filters by it, unless it cannot mean the column', () => {
    const params = [
      query('zone'),
      query('tags'),
      query('state', { type: 'string', enum: ['ON', 'all'] }),
      query('sort'),
      query('id', array(text), { explode: false }),
    ]
    const found = things(
      {
        list: {
          call: 'GET /t',
          answer: array(object({ id: text, zone: text, sort: number, tags: object({}), state: text })),
          params,
        },
      },
      { select: ['list'] },
    )
    expect(param(found, 'zone')).toMatchObject({ column: 'zone', filter: 'inexact' })
    expect(param(found, 'id')).toMatchObject({ column: 'id', filter: 'inexact', repeat: true, join: ',' })
    for (const name of ['tags', 'state', 'sort'])
      expect(param(found, name)).toMatchObject({ column: `asked_${name}` })
    // no value of an object is that of a parameter
    expect(column(found, 'asked_tags')).not.toHaveProperty('at')
  })

  it('names with brackets and dollars stay, a dot becomes _; in snake case they keep their name on the wire', () => {
    const params = [query('page[from]'), query('$filter'), query('maxAge'), query('a.b')]
    expect(
      things(
        { list: { call: 'GET /t/{thingId}', answer, params } },
        { select: ['list'] },
      ).methods[0]?.params.map(p => p.name),
    ).toEqual(['thingId', 'page[from]', '$filter', 'maxAge', 'a_b'])
    const snake = things(
      { list: { call: 'GET /t/{thingId}', answer, params } },
      { select: ['list'] },
      { config: { snake_case_aliases: true } },
    )
    expect(param(snake, 'thing_id')).toMatchObject({ wire: 'thingId' })
    expect(param(snake, 'max_age')).toMatchObject({ wire: 'maxAge', column: 'max_age' })
  })

  it('constants: of the query of the path, the only value of a required one, headers', () => {
    const header = (name: string, schema: unknown, required = false): Readonly<Record<string, unknown>> => ({
      name,
      in: 'header',
      required,
      schema,
    })
    const found = things(
      {
        list: {
          call: 'GET /t?api-version=2024-01-01&__kind=a',
          answer,
          media: 'application/vnd.acme.v2+json',
          params: [
            query('only', { type: 'string', enum: ['x'] }, { required: true }),
            query('mode', { type: 'string', default: 'm' }, { required: true }),
            header('X-Preview', { type: 'string', enum: ['yes'] }, true),
            header('X-Version', { type: 'string', default: '7' }),
            header('Authorization', text),
            header('Accept', { type: 'string', default: 'application/json;version=2' }),
          ],
          config: { requestTranslate: { algorithm: 'drop_double_underscore_params' } },
        },
      },
      { select: ['list'] },
    )
    expect(found.methods[0]).toMatchObject({
      path: '/t',
      query: { 'api-version': '2024-01-01', only: 'x' },
      headers: { accept: 'application/json;version=2', 'X-Preview': 'yes' },
    })
    expect(found.methods[0]?.params.map(p => [p.name, p.in, p.required, p.default])).toEqual([
      ['mode', 'query', false, 'm'],
      ['X-Version', 'header', false, '7'],
    ])
  })

  it('a change selects by what it requires; what else it takes are options', () => {
    const found = things(
      {
        list: { call: 'GET /t', answer },
        delete: { call: 'DELETE /t/{id}', params: [query('force', { type: 'boolean' })] },
      },
      { select: ['list'], delete: ['delete'] },
    )
    expect(found.methods[1]?.params.map(p => [p.name, p.column])).toEqual([
      ['id', 'asked_id'],
      ['force', undefined],
    ])
  })
})

describe('bodies', () => {
  const body = object(
    { name: text, size: number, id: { type: 'string', readOnly: true }, inner: object({ depth: number }) },
    ['name', 'id'],
  )

  it('has the fields of the schema that can be written', () => {
    const found = things(
      { insert: { call: 'POST /t', body, answer: object({ id: text }) } },
      { insert: ['insert'] },
    )
    expect(found.methods[0]?.body).toEqual({
      media: 'application/json',
      kind: 'object',
      fields: [
        { path: 'name', type: 'string', required: true },
        { path: 'size', type: 'integer', required: false },
        { path: 'inner', type: 'object', fields: { depth: { type: 'integer' } }, required: false },
      ],
    })
    expect(found.methods[0]?.columns).toEqual([{ name: 'id', type: 'string' }])
  })

  it('keeps the names of the wire, of a template, and of a list with one object', () => {
    const snake = things(
      {
        insert: { call: 'POST /t', body: object({ displayName: text }), request: { nativeCasing: 'camel' } },
      },
      { insert: ['insert'] },
      { config: { snake_case_aliases: true } },
    )
    expect(snake.methods[0]?.body?.fields).toEqual([
      { path: 'display_name', type: 'string', required: false, wire: ['displayName'] },
    ])
    const template =
      '{ {{- $sep := "" -}} {{- if .label }}{{ $sep }}"name": {{ if eq (kindOf .label) "string" }}{{ .label }}{{ else }}{{ toJson .label }}{{ end }}{{- $sep = "," -}}{{ end }} }'
    const renamed = things(
      {
        insert: {
          call: 'POST /t',
          body: object({ label: text }),
          request: { transform: { type: 'golang_template_json_v0.3.0', body: template } },
        },
      },
      { insert: ['insert'] },
    )
    expect(renamed.methods[0]?.body?.fields).toEqual([
      { path: 'label', type: 'string', required: false, wire: ['name'] },
    ])
    const listed = things(
      { insert: { call: 'POST /t', body: array(object({ a: text })) } },
      { insert: ['insert'] },
    )
    expect(listed.methods[0]?.body?.kind).toBe('array')
  })

  it('has constant members, which are not asked for', () => {
    const found = things(
      {
        resize: {
          call: 'POST /t/{id}/actions',
          body: object({ type: text, size: number }, ['type']),
          request: { base: '{"type":"resize"}' },
        },
      },
      {},
    )
    expect(found.methods[0]).toMatchObject({
      verb: 'exec',
      body: { constant: { type: 'resize' }, fields: [{ path: 'type', required: false }, { path: 'size' }] },
    })
  })

  it('that cannot be sent leaves the method out, with the reason', () => {
    const found = things(
      {
        upload: { call: 'POST /t', body: text, bodyMedia: 'multipart/form-data' },
        many: { call: 'PUT /t', body: array(text) },
        strange: { call: 'PATCH /t', body, request: { transform: { body: '{{ .x | upper }}' } } },
        drop: { call: 'DELETE /t', body },
      },
      { insert: ['upload'], delete: ['drop'] },
    )
    expect(found.unsupported?.map(u => [u.name, u.reason])).toEqual([
      ['upload', 'its body is multipart/form-data'],
      ['drop', 'its body has the required fields name, which a DELETE does not give'],
      ['many', 'its body is a list of values'],
      ['strange', 'its body is made by a template of an unknown form'],
    ])
  })
})

describe('verbs', () => {
  it('a method may have two; without a verb it is for EXEC; a resource without verbs goes by names', () => {
    const put: MethodSource = { call: 'PUT /t/{id}', body: object({ a: text }) }
    const found = things({ put, other: { call: 'POST /t/{id}/run' } }, { update: ['put'], replace: ['put'] })
    expect(found.methods.map(m => `${m.verb} ${m.name}`)).toEqual(['update put', 'replace put', 'exec other'])
    expect(
      things({ list: { call: 'GET /t', answer }, create: { call: 'POST /t' } }, {}).methods.map(
        m => `${m.verb} ${m.name}`,
      ),
    ).toEqual(['select list', 'insert create'])
  })

  it('those that cannot be called say why', () => {
    const found = things(
      {
        head: { call: 'HEAD /t' },
        csv: { call: 'GET /t.csv', answer: text, media: 'text/csv' },
        graph: { call: 'GET /graph', answer, operation: { 'x-stackQL-graphQL': {} } },
        deep: { call: 'GET /t', answer, params: [query('where', object({}), { required: true })] },
        empty: { call: 'GET /empty' },
        up: { call: 'GET /a/../b', answer },
      },
      { select: ['csv', 'graph', 'deep', 'empty', 'up'] },
    )
    expect(Object.fromEntries(found.unsupported!.map(u => [u.name, u.reason]))).toEqual({
      head: 'it is called with HEAD',
      csv: 'its answer is text/csv, not JSON',
      graph: 'it is a query in GraphQL',
      deep: 'it requires the parameter where, which is an object',
      empty: 'its answer has no content',
      up: 'its path has an empty part, . or ..',
    })
  })
})

describe('parents', () => {
  const users = {
    methods: {
      list: {
        call: 'GET /orgs/{org}/users',
        answer: page({ id: text, name: text }),
        response: { objectKey: '$.data' },
      },
    },
    verbs: { select: ['list'] },
  }
  const child = (path: string): Readonly<Record<string, Resource>> =>
    convert({
      resources: {
        users,
        children: { methods: { list: { call: `GET ${path}`, answer } }, verbs: { select: ['list'] } },
      },
    })

  it('the table that lists what the key is an id of', () => {
    expect(child('/orgs/{org}/users/{userId}/children')['children']?.parents).toEqual([
      { table: 'acme.test.users', keys: { org: 'org', userId: 'id' } },
    ])
  })

  it('none where the key is not certain: another name, a path as id', () => {
    expect(child('/orgs/{org}/users/{name}/children')['children']?.parents).toBeUndefined()
    expect(child('/orgs/{org}/users/{accountId}/children')['children']?.parents).toBeUndefined()
    expect(child('/other/{org}/users/{userId}/children')['children']?.parents).toBeUndefined()
  })
})
