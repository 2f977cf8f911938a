import { beforeEach, describe, expect, test } from 'vitest'
import { addDays } from '../../src/sandbox/rows/template.ts'
import { realSandbox, seeded } from './support.ts'
import { unneeded } from './described.ts'

const { ask, data, sandbox } = realSandbox()
const rows = (name: string) => seeded(data(), `confluent.iam.${name}`)
const org = () => String(data().vars.org_crn)
const invited = (status: string) =>
  rows('invitations')
    .filter(one => one.status === status)
    .map(({ id }) => String(id))
const total = async (path: string): Promise<number> => (await ask(`GET ${path}`)).body.metadata.total_size

let fresh = 0
beforeEach(() => {
  fresh++
})

describe('creating', () => {
  test('an invitation is answered with 201, its Location and all members that the server sets', async () => {
    const email = `fresh${fresh}@example.com`
    const { status, body, headers } = await ask('POST /iam/v2/invitations', {
      email,
      auth_type: 'AUTH_TYPE_LOCAL',
    })
    expect(status).toBe(201)
    expect(body).toEqual({
      api_version: 'iam/v2',
      kind: 'Invitation',
      id: expect.stringMatching(/^i-[0-9a-z]{5}$/),
      metadata: {
        self: `https://api.confluent.cloud/iam/v2/invitations/${body.id}`,
        resource_name: `${org()}/invitation=${body.id}`,
        created_at: expect.stringMatching(/^2026-11-01T00:\d\d:\d\d\.000000Z$/),
        updated_at: body.metadata.created_at,
      },
      email,
      auth_type: 'AUTH_TYPE_LOCAL',
      status: 'INVITE_STATUS_SENT',
      expires_at: addDays(body.metadata.created_at, 7),
      user: {
        api_version: 'iam/v2',
        kind: 'User',
        id: expect.stringMatching(/^u-[0-9a-z]{6}$/),
        related: `https://api.confluent.cloud/iam/v2/users/${body.user.id}`,
        resource_name: `crn://confluent.cloud/user=${body.user.id}`,
      },
      creator: expect.objectContaining({ id: String(data().vars.caller), kind: 'User' }),
    })
    expect(headers.get('location')).toBe(`${sandbox().url}/iam/v2/invitations/${body.id}`)
    const again = await ask(`GET ${headers.get('location')}`)
    expect(again.body).toEqual(body)
    expect((await ask(`GET /iam/v2/invitations?email=${email}`)).body.data).toEqual([body])
    expect((await ask(`GET /iam/v2/users/${body.user.id}`)).body).toMatchObject({
      email,
      auth_type: 'AUTH_TYPE_LOCAL',
      kind: 'User',
    })
  })

  test('a second invitation for an address is answered with 409 and the location of the first', async () => {
    const email = `fresh${fresh}@example.com`
    const first = await ask('POST /iam/v2/invitations', { email })
    const second = await ask('POST /iam/v2/invitations', { email })
    expect([second.status, second.body.errors[0].code]).toEqual([409, 'resource_already_exists'])
    expect(second.headers.get('location')).toBe(first.headers.get('location'))
    expect(await total(`/iam/v2/invitations?email=${email}`)).toBe(1)
  })

  test('an invitation for the address of a user answers 409', async () => {
    const { body: caller } = await ask(`GET /iam/v2/users/${String(data().vars.caller)}`)
    const { status, body } = await ask('POST /iam/v2/invitations', { email: caller.email })
    expect([status, body.errors[0].detail]).toEqual([409, 'This user already exists within the Organization'])
  })

  test.each([
    ['no body', undefined, 422, '/email'],
    ['an empty body', '', 422, '/email'],
    ['no address', { auth_type: 'AUTH_TYPE_SSO' }, 422, '/email'],
    ['null for an address', { email: null }, 422, '/email'],
    ['a number for an address', { email: 5 }, 422, '/email'],
    ['what is no address', { email: 'nobody' }, 422, '/email'],
    ['an object for a text', { email: 'a@example.com', auth_type: {} }, 422, '/auth_type'],
  ])('an invitation with %s is refused with the name of the member', async (_, sent, expected, pointer) => {
    const before = await total('/iam/v2/invitations')
    const { status, body } = await ask('POST /iam/v2/invitations', sent)
    expect([status, body.errors[0].source]).toEqual([expected, { pointer }])
    expect(await total('/iam/v2/invitations')).toBe(before)
  })

  test.each([
    ['not JSON', '{"email":', 400],
    ['an array', '[]', 400],
    ['a text', '"x"', 400],
  ])('a body that is %s: %s', async (_, sent, expected) => {
    expect((await ask('POST /iam/v2/invitations', sent)).status).toBe(expected)
  })

  test('a body of another media type answers 415', async () => {
    expect(
      (
        await ask('POST /iam/v2/invitations', 'email=a', {
          'Content-Type': 'application/x-www-form-urlencoded',
        })
      ).status,
    ).toBe(415)
  })

  test('read-only and unknown members are ignored, also __proto__', async () => {
    const email = `fresh${fresh}@example.com`
    const sent = `{"email":"${email}","status":"INVITE_STATUS_ACCEPTED","id":"i-mine0","made_up":1,"__proto__":{"polluted":true},"user":{"id":"u-mine00"}}`
    const { status, body } = await ask('POST /iam/v2/invitations', sent)
    expect([status, body.status, body.made_up]).toEqual([201, 'INVITE_STATUS_SENT', undefined])
    expect(body.id).not.toBe('i-mine0')
    expect(body.user.id).not.toBe('u-mine00')
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test('a key is answered with 202, its secret once, and full references', async () => {
    const owner = String(rows('service_accounts')[0]?.id)
    const { status, body } = await ask('POST /iam/v2/api-keys', {
      spec: { display_name: 'k', owner: { id: owner }, resource: { id: 'lkc-7p2v9d' } },
    })
    expect([status, body.id]).toEqual([202, expect.stringMatching(/^[A-Z2-7]{16}$/)])
    expect(body.spec.secret).toMatch(/^cflt[\w+/]{60}$/)
    expect(body.spec.owner).toMatchObject({
      kind: 'ServiceAccount',
      id: owner,
      related: expect.stringContaining(owner),
    })
    expect(body.spec.resource).toMatchObject({
      kind: 'Cluster',
      environment: 'env-p7r2k1',
      resource_name: expect.stringMatching(/environment=env-p7r2k1.*kafka=lkc-7p2v9d$/),
    })
    const { secret, ...rest } = body.spec
    expect(secret).toBeDefined()
    expect((await ask(`GET /iam/v2/api-keys/${body.id}`)).body).toEqual({ ...body, spec: rest })
  })

  test('a key without a resource is for the cloud; it needs an owner', async () => {
    const owner = { id: data().vars.caller }
    const { body } = await ask('POST /iam/v2/api-keys', { spec: { display_name: 'mine', owner } })
    expect([body.spec.owner.id, body.spec.resource.kind, body.spec.description]).toEqual([
      owner.id,
      'Cloud',
      '',
    ])
    const { status, body: refused } = await ask('POST /iam/v2/api-keys', { spec: { display_name: 'mine' } })
    expect([status, refused.errors[0].source]).toEqual([422, { pointer: '/spec/owner/id' }])
  })

  test('a PATCH that names another environment finds no row', async () => {
    const patch = (id: string) =>
      ask('PATCH /cmk/v2/clusters/lkc-7p2v9d', { spec: { display_name: 'renamed', environment: { id } } })
    expect((await patch('env-s4t9q6')).status).toBe(404)
    expect((await patch('env-p7r2k1')).status).toBe(200)
  })

  test('a key of an unknown owner is answered with 400', async () => {
    const { status, body } = await ask('POST /iam/v2/api-keys', { spec: { owner: { id: 'sa-000000' } } })
    expect([status, body.errors[0].source]).toEqual([400, { pointer: '/spec/owner/id' }])
  })

  test('the same name, or the same role binding, answers 409 the second time', async () => {
    const taken = String(rows('service_accounts')[3]?.display_name)
    expect((await ask('POST /iam/v2/service-accounts', { display_name: taken })).status).toBe(409)
    const { principal, role_name, crn_pattern } = rows('role_bindings')[0] ?? {}
    expect((await ask('POST /iam/v2/role-bindings', { principal, role_name, crn_pattern })).status).toBe(409)
    expect(
      (await ask('POST /iam/v2/role-bindings', { principal, role_name: 'Operator', crn_pattern })).status,
    ).toBe(201)
    expect(
      (await ask('POST /iam/v2/role-bindings', { principal: 'u-1', role_name: 'Operator', crn_pattern }))
        .status,
    ).toBe(422)
  })

  test('a row under a parent exists only there, and is refused if there is no such parent', async () => {
    const [first, second] = rows('identity_providers').map(({ id }) => String(id))
    const pool = { display_name: 'p', description: 'd', identity_claim: 'claims.sub', filter: 'true' }
    const { status, body, headers } = await ask(
      `POST /iam/v2/identity-providers/${first}/identity-pools`,
      pool,
    )
    expect([status, body.principal, body.state]).toEqual([201, body.id, 'ENABLED'])
    expect(headers.get('location')).toBe(
      `${sandbox().url}/iam/v2/identity-providers/${first}/identity-pools/${body.id}`,
    )
    expect((await ask(`GET /iam/v2/identity-providers/${first}/identity-pools/${body.id}`)).body).toEqual(
      body,
    )
    expect((await ask(`GET /iam/v2/identity-providers/${second}/identity-pools/${body.id}`)).status).toBe(404)
    expect((await ask('POST /iam/v2/identity-providers/op-none/identity-pools', pool)).status).toBe(404)
  })
})

describe('changing', () => {
  test('PATCH merges what is given and touches updated_at', async () => {
    const before = rows('users')[5] ?? {}
    const { status, body } = await ask(`PATCH /iam/v2/users/${String(before.id)}`, {
      full_name: 'Änne "New"',
      email: 'ignored@example.com',
    })
    const { metadata } = body
    expect(status).toBe(200)
    expect(metadata.updated_at > data().now).toBe(true)
    expect(body).toEqual({
      ...before,
      full_name: 'Änne "New"',
      metadata: { ...(before.metadata as object), updated_at: metadata.updated_at },
    })
    expect((await ask(`GET /iam/v2/users/${String(before.id)}`)).body).toEqual(body)
  })

  test('PATCH merges inside objects too', async () => {
    const before = rows('api_keys')[0] ?? {}
    const { body } = await ask(`PATCH /iam/v2/api-keys/${String(before.id)}`, {
      spec: { display_name: 'renamed' },
    })
    expect(body.spec).toEqual({ ...(before.spec as object), display_name: 'renamed' })
  })

  test('a list of references replaces the old one, with full references', async () => {
    const [group] = rows('ip_groups')
    const { body } = await ask(`PATCH /iam/v2/ip-filters/${String(rows('ip_filters')[0]?.id)}`, {
      ip_groups: [{ id: group?.id }],
    })
    expect(body.ip_groups).toEqual([
      {
        id: group?.id,
        related: expect.stringContaining(String(group?.id)),
        resource_name: expect.stringContaining('ip-group='),
      },
    ])
  })

  test('PUT replaces: members that are not given get their defaults', async () => {
    const before = rows('certificate_authorities')[1] ?? {}
    const { status, body } = await ask(`PUT /iam/v2/certificate-authorities/${String(before.id)}`, {
      display_name: 'Renamed',
      certificate_chain: 'PEM',
    })
    expect([status, body.display_name, body.description, body.crl_url]).toEqual([
      200,
      'Renamed',
      '',
      undefined,
    ])
    expect([body.id, body.state, body.fingerprints]).toEqual([before.id, before.state, before.fingerprints])
    expect(body).not.toHaveProperty('certificate_chain')
  })

  test('a part of a row with its own path is answered without a body', async () => {
    const user = rows('users').find(({ auth_type }) => auth_type === 'AUTH_TYPE_SSO')
    const { status, body } = await ask(`PATCH /iam/v2/users/${String(user?.id)}/auth`, {
      auth_type: 'AUTH_TYPE_LOCAL',
    })
    expect([status, body]).toEqual([204, undefined])
    expect((await ask(`GET /iam/v2/users/${String(user?.id)}`)).body.auth_type).toBe('AUTH_TYPE_LOCAL')
  })

  test("a change of a part has the API's answer for that part", async () => {
    const [provider] = rows('identity_providers')
    const path = `/iam/v2/identity-providers/${String(provider?.id)}`
    const { status, body } = await ask(`PATCH ${path}/jwks`, { spec: { jwks_status: 'REFRESHED' } })
    expect([status, body.kind, body.status.jwks_status]).toEqual([200, 'Jwks', 'REFRESHED'])
    const after = (await ask(`GET ${path}`)).body
    expect(after.keys).not.toEqual(provider?.keys)
    expect(Object.keys(after).sort()).toEqual(Object.keys(provider ?? {}).sort())
  })

  test('a missing row is answered with 404, a name in use with 409', async () => {
    expect((await ask('PATCH /iam/v2/users/u-000000', { full_name: 'x' })).status).toBe(404)
    const [first, second] = rows('service_accounts').slice(10)
    expect(
      (
        await ask(`PATCH /iam/v2/service-accounts/${String(first?.id)}`, {
          display_name: second?.display_name,
        })
      ).status,
    ).toBe(409)
    expect(
      (
        await ask(`PATCH /iam/v2/service-accounts/${String(first?.id)}`, {
          display_name: first?.display_name,
        })
      ).status,
    ).toBe(200)
    expect(
      (await ask(`PATCH /iam/v2/service-accounts/${String(first?.id)}`, { description: 7 })).status,
    ).toBe(422)
  })
})

describe('deleting', () => {
  test('a pending invitation is answered with 204, and its user is deleted too', async () => {
    const id = invited('INVITE_STATUS_SENT')[0]
    const { body } = await ask(`GET /iam/v2/invitations/${id}`)
    const gone = await ask(`DELETE /iam/v2/invitations/${id}`)
    expect([gone.status, gone.body, gone.headers.get('content-type')]).toEqual([204, undefined, null])
    expect((await ask(`GET /iam/v2/invitations/${id}`)).status).toBe(404)
    expect((await ask(`GET /iam/v2/users/${body.user.id}`)).status).toBe(404)
    expect((await ask(`DELETE /iam/v2/invitations/${id}`)).status).toBe(404)
    expect((await ask('POST /iam/v2/invitations', { email: body.email })).status).toBe(201)
  })

  test('an accepted invitation answers 400, and nothing changes', async () => {
    const id = invited('INVITE_STATUS_ACCEPTED')[0]
    const { status, body } = await ask(`DELETE /iam/v2/invitations/${id}`)
    expect([status, body.errors[0].detail]).toEqual([400, 'The invitation was already accepted'])
    expect((await ask(`GET /iam/v2/invitations/${id}`)).status).toBe(200)
  })

  test('an expired invitation answers 204', async () => {
    expect((await ask(`DELETE /iam/v2/invitations/${invited('INVITE_STATUS_EXPIRED')[0]}`)).status).toBe(204)
  })

  test('a user is deleted with its keys and role bindings, and its invitation is deactivated', async () => {
    const { user, id } = rows('invitations').findLast(
      one =>
        one.status === 'INVITE_STATUS_ACCEPTED'
        && rows('api_keys').some(key =>
          JSON.stringify(key.spec).includes(String((one.user as { id: string }).id)),
        )
        && rows('role_bindings').some(
          ({ principal }) => principal === `User:${(one.user as { id: string }).id}`,
        ),
    ) as { user: { id: string }; id: string }
    const bindings = `/iam/v2/role-bindings?crn_pattern=${encodeURIComponent(`${org()}/*`)}&principal=User:${user.id}`
    const keys = `/iam/v2/api-keys?spec.owner=${user.id}`
    expect([await total(bindings), await total(keys)].every(n => n > 0)).toBe(true)
    expect((await ask(`DELETE /iam/v2/users/${user.id}`)).status).toBe(204)
    expect([await total(bindings), await total(keys)]).toEqual([0, 0])
    expect((await ask(`GET /iam/v2/invitations/${id}`)).body.status).toBe('INVITE_STATUS_DEACTIVATED')
  })

  test("the user of the request's key is refused with 400", async () => {
    expect((await ask(`DELETE /iam/v2/users/${String(data().vars.caller)}`)).status).toBe(400)
  })

  test('an identity provider is deleted with its pools and their role bindings', async () => {
    const { keys, doc } = data().resources['confluent.iam.identity_pools']?.rows[0] ?? { doc: {} }
    const bindings = `/iam/v2/role-bindings?crn_pattern=${encodeURIComponent(`${org()}/*`)}&principal=User:${String(doc.id)}`
    expect(await total(bindings)).toBeGreaterThan(0)
    expect((await ask(`DELETE /iam/v2/identity-providers/${keys?.provider_id}`)).status).toBe(204)
    expect(await total(bindings)).toBe(0)
    expect(
      (await ask(`GET /iam/v2/identity-providers/${keys?.provider_id}/identity-pools/${String(doc.id)}`))
        .status,
    ).toBe(404)
  })

  test('a role binding answers 200 and the row', async () => {
    const binding = rows('role_bindings')[9]
    const { status, body } = await ask(`DELETE /iam/v2/role-bindings/${String(binding?.id)}`)
    expect([status, body]).toEqual([200, binding])
    expect((await ask(`GET /iam/v2/role-bindings/${String(binding?.id)}`)).status).toBe(404)
  })

  test('an IP group used by a filter is answered with 409, an unused one with 204', async () => {
    const used = rows('ip_groups').find(({ group_name }) => group_name === 'CorpNet')
    const { status, headers } = await ask(`DELETE /iam/v2/ip-groups/${String(used?.id)}`)
    expect([status, headers.get('location')]).toEqual([409, expect.stringContaining('/iam/v2/ip-filters/')])
    const unused = rows('ip_groups').find(({ group_name }) => group_name === 'Empty so far')
    expect((await ask(`DELETE /iam/v2/ip-groups/${String(unused?.id)}`)).status).toBe(204)
  })

  test('between two pages neither skips nor repeats other rows', async () => {
    const first = (await ask('GET /iam/v2/service-accounts?page_size=50')).body
    expect((await ask(`DELETE /iam/v2/service-accounts/${first.data[20].id}`)).status).toBe(204)
    const second = (await ask(`GET ${first.metadata.next}`)).body
    expect([...first.data, ...second.data].map(({ id }: { id: string }) => id)).toEqual(
      rows('service_accounts').map(({ id }) => id),
    )
  })
})

test('every deviation from the descriptions is needed', () => {
  expect(unneeded('writing')).toEqual([])
})
