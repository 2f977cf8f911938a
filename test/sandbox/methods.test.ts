import { describe, expect, test } from 'vitest'
import type { BodyField, Method, Shape } from '../../src/catalog/types.ts'
import { merge, nest } from '../../src/sandbox/json.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import type { Json } from '../../src/sandbox/types.ts'
import { askAt, realSandbox } from './support.ts'

const { catalog, data } = realSandbox()

/** Values that a body part must have to pass, where any of its type will not do. */
const VALUES: Readonly<Record<string, Json>> = {
  email: 'minimal@example.com',
  principal: 'User:u-4k9x2m',
  crn_pattern: 'crn://confluent.cloud/organization=x',
  'spec.owner.id': 'u-4k9x2m',
  'spec.resource.id': 'lkc-7p2v9d',
}

function sample(shape: Shape, path: string): Json {
  const known = VALUES[path]
  if (known !== undefined) return known
  if (shape.type === 'array') return shape.items === undefined ? [] : [sample(shape.items, `${path}[]`)]
  if (shape.type === 'object')
    return Object.fromEntries(Object.entries(shape.fields ?? {}).map(([name, inner]) => [name, sample(inner, `${path}.${name}`)]))
  if (shape.type === 'boolean') return true
  if (shape.type === 'string') return shape.values?.[0] ?? `a ${path}`
  return shape.type === 'timestamp' ? '2026-01-01T00:00:00Z' : 1
}

function bodyOf(method: Method, fields: readonly BodyField[]): unknown {
  return method.body === undefined
    ? undefined
    : fields.reduce<Json>((body, field) => merge(body, nest(field.path, sample(field, field.path))), {})
}

/** The request of a method, with path and required query parameters from the rows that the data has. */
function requestOf(method: Method, name: string): string {
  const row = data().resources[name]?.rows[0]
  const parents: Readonly<Record<string, string>> = {
    provider_id: 'identity_providers',
    certificate_authority_id: 'certificate_authorities',
  }
  const value = (param: string) => {
    if (param === 'crn_pattern' || param === 'scope') return String(data().vars.org_crn)
    const parent = parents[param]
    return row?.keys?.[param] ?? String((parent === undefined ? row : data().resources[`confluent.iam.${parent}`]?.rows[0])?.doc.id)
  }
  const path = method.path.replace(/\{(\w+)\}/g, (_, param: string) => encodeURIComponent(value(param)))
  const query = method.params
    .filter((param) => param.in === 'query' && param.required)
    .map((param): [string, string] => [param.name, value(param.name)])
  return `${method.http} ${path}${query.length === 0 ? '' : `?${new URLSearchParams(query).toString()}`}`
}

const methods = [...(catalog.service('confluent', 'iam') ?? [])].flatMap(([resource, { methods: all }]) =>
  all.map((method) => ({ resource, method })),
)

describe.each(['minimal', 'full'] as const)('every method with a %s body', (size) => {
  test.each(methods.map(({ resource, method }) => [`${resource}.${method.name}`, resource, method] as const))(
    '%s',
    async (_, resource, method) => {
      const sandbox = await startSandbox({ catalog, data: data() })
      const name = `confluent.iam.${resource}`
      let request = requestOf(method, name)
      if (resource === 'invitations' && method.http === 'DELETE') {
        const pending = data().resources[name]?.rows.find(({ doc }) => doc.status === 'INVITE_STATUS_SENT')
        request = `DELETE /iam/v2/invitations/${String(pending?.doc.id)}`
      }
      if (resource === 'ip_groups' && method.http === 'DELETE') {
        const unused = data().resources[name]?.rows.find(({ doc }) => doc.group_name === 'Empty so far')
        request = `DELETE /iam/v2/ip-groups/${String(unused?.doc.id)}`
      }
      const fields = method.body?.fields ?? []
      const sent = bodyOf(method, size === 'full' ? fields : fields.filter(({ required }) => required))
      const { status, body } = await askAt(sandbox.url, request, sent)
      await sandbox.close()
      const created = resource === 'api_keys' ? 202 : 201
      const expected = {
        GET: 200,
        POST: created,
        PUT: 200,
        PATCH: method.rows === undefined ? 204 : 200,
        DELETE: method.rows === undefined ? 204 : 200,
      }
      expect([status, body?.errors]).toEqual([expected[method.http], undefined])
      if (method.paging !== undefined) expect(body.data.length).toBeGreaterThan(0)
      else if (status !== 204) expect(body.kind).toEqual(expect.any(String))
    },
  )
})

test('there are sixty of them', () => {
  expect(methods).toHaveLength(60)
})
