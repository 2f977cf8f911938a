import { describe, expect, it } from 'vitest'
import { loadCatalog } from '../../src/catalog/sources/load.ts'
import { closest, findMethod, methodKey } from '../../src/catalog/names.ts'
import type { Method, Resource } from '../../src/catalog/types.ts'
import { compiledCatalog } from './compiled.ts'

const catalog = compiledCatalog()

function resource(name: string): Resource {
  const found = catalog.resource('confluent', 'iam', name)
  if (!found) throw new Error(`no resource ${name}`)
  return found
}

function method(of: string, name: string): Method {
  const found = findMethod(resource(of), name)
  if (!found) throw new Error(`no method ${name}`)
  return found
}

describe('lookups', () => {
  it('finds providers, services and resources without regard to case', () => {
    expect(catalog.providers().map(p => p.name)).toContain('confluent')
    expect(catalog.provider('Confluent')?.hosts['cloud']).toEqual({
      name: 'cloud',
      url: 'https://api.confluent.cloud',
      probe: 'SELECT id FROM confluent.org.environments LIMIT 1',
      urlEnv: 'CONFLUENT_CLOUD_ENDPOINT',
      exchange: '/sts/v1/oauth2/token',
      auth: { kind: 'basic', userEnv: 'CONFLUENT_CLOUD_API_KEY', passwordEnv: 'CONFLUENT_CLOUD_API_SECRET' },
    })
    expect(catalog.provider('kafka')?.hosts['cluster']).toMatchObject({
      kind: 'kafka',
      url: '',
      urlParam: 'rest_endpoint',
      domains: ['confluent.cloud', 'confluentgov.com'],
      resource: { params: ['cluster_id'], idEnv: 'KAFKA_ID' },
      oauth: { identity_pool_id: 'confluent-identity-pool-id' },
    })
    expect(catalog.resource('CONFLUENT', 'IAM', 'Invitations')).toBe(resource('invitations'))
    expect(catalog.service('confluent', 'iam')?.size).toBe(13)
  })

  it('returns undefined for names that do not exist', () => {
    expect(catalog.provider('nowhere')).toBeUndefined()
    expect(catalog.service('confluent', '../iam')).toBeUndefined()
    expect(catalog.service('nowhere', 'iam')).toBeUndefined()
    expect(catalog.resource('confluent', 'iam', 'constructor')).toBeUndefined()
  })

  it('finds methods without regard to case and underscores', () => {
    const name = 'get_iam_v2invitation'
    for (const spelling of [name, 'get_iam_v2_invitation', 'GET_IAM_V2INVITATION', 'getIamV2Invitation']) {
      expect(findMethod(resource('invitations'), spelling)?.name).toBe(name)
    }
    expect(findMethod(resource('invitations'), 'get_iam_v2user')).toBeUndefined()
    expect(methodKey('List_IAM_v2Users')).toBe('listiamv2users')
  })

  it('fails with a hint if there are no compiled files', () => {
    expect(() => loadCatalog('/nonexistent/providers')).toThrow(
      expect.objectContaining({ code: 'PROVIDER', hint: 'build them with npm run build' }),
    )
  })
})

describe('closest', () => {
  it.each([
    ['emial', 'email'],
    ['EMAIL', 'email'],
    ['invitation', 'invitations'],
    ['stauts', 'status'],
    ['ids', 'id'],
    ['display_name', 'spec.display_name'],
    ['zzzzzz', undefined],
    ['x', undefined],
    ['', undefined],
  ])('%s: %s', (name, expected) => {
    expect(closest(name, ['id', 'email', 'status', 'invitations', 'expires_at', 'spec.display_name'])).toBe(
      expected,
    )
  })
})

describe('confluent.iam', () => {
  it('gives invitations their columns in order', () => {
    expect(resource('invitations').columns.map(c => c.name)).toEqual([
      'id',
      'accepted_at',
      'api_version',
      'auth_type',
      'creator',
      'email',
      'expires_at',
      'kind',
      'metadata',
      'status',
      'user',
    ])
    const types = Object.fromEntries(resource('invitations').columns.map(c => [c.name, c.type]))
    expect(types).toMatchObject({ accepted_at: 'timestamp', user: 'object', email: 'string' })
    const user = resource('invitations').columns.find(c => c.name === 'user')
    expect(Object.keys(user?.fields ?? {})).toEqual(['id', 'related', 'resource_name', 'api_version', 'kind'])
  })

  it('puts id first and input columns last in every resource, and the rest in order', () => {
    for (const { name, columns } of catalog.service('confluent', 'iam')?.values() ?? []) {
      const inputs = columns.map(c => c.isInput === true)
      expect(inputs, name).toEqual(inputs.toSorted())
      const rest = columns.filter(c => !c.isInput && c.name !== 'id').map(c => c.name)
      expect(rest, name).toEqual(rest.toSorted())
      if (columns.some(c => c.name === 'id')) expect(columns[0]?.name, name).toBe('id')
    }
  })

  it('has the column that each parameter selects by', () => {
    const by = (of: string, name: string) =>
      method(of, name).params.map(p => [p.name, p.column, p.filter, p.required])
    expect(by('invitations', 'list_iam_v2invitations')).toEqual([
      ['email', 'email', 'exact', false],
      ['status', 'status', 'exact', false],
      ['user', 'user.id', 'exact', false],
      ['creator', 'creator.id', 'exact', false],
    ])
    expect(by('invitations', 'get_iam_v2invitation')).toEqual([['id', 'id', 'exact', true]])
    expect(by('api_keys', 'list_iam_v2api_keys')).toEqual([
      ['spec.owner', 'spec.owner.id', 'inexact', false],
      ['spec.resource', 'spec.resource.id', 'inexact', false],
    ])
    expect(by('identity_pools', 'get_iam_v2identity_pool')).toEqual([
      ['provider_id', 'provider_id', 'exact', true],
      ['id', 'id', 'exact', true],
    ])
    expect(by('service_accounts', 'create_iam_v2service_account')).toEqual([
      ['assigned_resource_owner', undefined, undefined, false],
    ])
  })

  it('selects role bindings by the input column scope, so that crn_pattern has the value of the answer', () => {
    const crn = method('role_bindings', 'list_iam_v2role_bindings').params.find(p => p.name === 'crn_pattern')
    expect(crn).toMatchObject({ required: true, column: 'scope', filter: 'exact' })
    const columns = new Map(resource('role_bindings').columns.map(c => [c.name, c]))
    expect(columns.get('scope')?.isInput).toBe(true)
    expect(columns.get('crn_pattern')?.isInput).toBeUndefined()
  })

  it('pages every list, and nothing else', () => {
    for (const { methods } of catalog.service('confluent', 'iam')?.values() ?? []) {
      for (const { name, paging, rows, verb, single } of methods) {
        expect(paging !== undefined, name).toBe(name.startsWith('list_'))
        if (paging) {
          expect(paging).toEqual({
            kind: 'token',
            param: 'page_token',
            size: 'page_size',
            max: 100,
            next: '$.metadata.next',
          })
          expect(rows).toEqual({ at: '$.data', kind: 'array' })
        }
        expect(single === true, name).toBe(verb === 'select' && !paging)
      }
    }
  })

  it('has rows of a delete only where the API sends them', () => {
    const answering = [...(catalog.service('confluent', 'iam')?.values() ?? [])]
      .flatMap(r => r.methods)
      .filter(m => m.verb === 'delete' && m.rows)
      .map(m => m.name)
    expect(answering).toEqual([
      'delete_iam_v2role_binding',
      'delete_iam_v2certificate_authority',
      'delete_iam_v2certificate_identity_pool',
    ])
  })

  it("has the settable fields of a body, secrets, and the columns of an exec's answer", () => {
    expect(method('api_keys', 'create_iam_v2api_key').body?.fields.map(f => f.path)).toEqual([
      'spec.display_name',
      'spec.description',
      'spec.owner.id',
      'spec.owner.environment',
      'spec.resource.id',
      'spec.resource.environment',
      'spec.resources',
    ])
    expect(method('invitations', 'create_iam_v2invitation').body).toMatchObject({
      media: 'application/json',
      kind: 'object',
      fields: [
        { path: 'email', type: 'string', required: true },
        { path: 'auth_type', required: false, values: ['AUTH_TYPE_LOCAL', 'AUTH_TYPE_SSO'] },
      ],
    })
    expect(resource('api_keys').columns.find(c => c.name === 'spec')?.fields?.['secret']?.secret).toBe(true)
    expect(method('identity_providers', 'refresh_iam_v2json_web_key_set').columns?.map(c => c.name)).toEqual([
      'api_version',
      'kind',
      'spec',
      'status',
    ])
  })
})
