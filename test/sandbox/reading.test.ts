import { describe, expect, test } from 'vitest'
import { at } from '../../src/sandbox/rows/json.ts'
import { realSandbox, seeded } from './support.ts'

const { ask, data, sandbox } = realSandbox()
const rows = (name: string) => seeded(data(), `confluent.iam.${name}`)

/** Follows metadata.next as given. */
async function walk(path: string) {
  const pages: unknown[][] = []
  let next: string | undefined = path
  while (next !== undefined && pages.length < 500) {
    const { status, body } = await ask(`GET ${next}`)
    expect(status).toBe(200)
    pages.push(body.data)
    next = body.metadata.next
  }
  return pages
}

describe('a list', () => {
  test('has the envelope of the API', async () => {
    const { body } = await ask('GET /iam/v2/invitations')
    expect(Object.keys(body).sort()).toEqual(['api_version', 'data', 'kind', 'metadata'])
    expect([body.api_version, body.kind, body.metadata.total_size]).toEqual(['iam/v2', 'InvitationList', 230])
    expect(body.data).toEqual(rows('invitations').slice(0, 10))
  })

  test('is paged by 10, or by the requested size up to 100, without repeated rows', async () => {
    expect((await walk('/iam/v2/invitations')).map(page => page.length)).toEqual(
      Array.from({ length: 23 }, () => 10),
    )
    const pages = await walk('/iam/v2/invitations?page_size=100')
    expect(pages.map(page => page.length)).toEqual([100, 100, 30])
    expect(pages.flat()).toEqual(rows('invitations'))
    expect((await walk('/iam/v2/users?page_size=70')).map(page => page.length)).toEqual([70, 70])
  })

  test('names the next page by a full URL with token and filters, without the size', async () => {
    const { body } = await ask('GET /iam/v2/invitations?status=INVITE_STATUS_ACCEPTED&page_size=20&made_up=1')
    const next = new URL(body.metadata.next)
    expect(`${next.origin}${next.pathname}`).toBe(`${sandbox().url}/iam/v2/invitations`)
    expect([...next.searchParams.keys()].sort()).toEqual(['page_token', 'status'])
    expect(next.searchParams.get('page_token')?.length).toBeLessThan(256)
  })

  test('has no next on the last page, even a full one', async () => {
    const [last] = (await walk('/iam/v2/invitations?status=INVITE_STATUS_STAGED&page_size=6')).slice(-1)
    expect(last).toHaveLength(6)
    expect(
      (await ask('GET /iam/v2/invitations?page_size=6&status=INVITE_STATUS_STAGED')).body.metadata,
    ).not.toHaveProperty('next')
  })

  test.each(['0', '101', '-1', 'x', '1.5', '', '1e1'])('refuses page_size=%s', async size => {
    const { status, body } = await ask(`GET /iam/v2/users?page_size=${size}`)
    expect([status, body.errors[0].code, body.errors[0].source]).toEqual([
      400,
      'invalid_filter',
      { parameter: 'page_size' },
    ])
  })

  test('a token is valid only for its query', async () => {
    const token =
      new URL(
        (await ask('GET /iam/v2/invitations?status=INVITE_STATUS_EXPIRED')).body.metadata.next,
      ).searchParams.get('page_token') ?? ''
    expect(
      (await ask(`GET /iam/v2/invitations?page_token=${token}&status=INVITE_STATUS_EXPIRED`)).status,
    ).toBe(200)
    expect(
      (
        await ask(
          `GET /iam/v2/invitations?page_token=${token}&status=INVITE_STATUS_EXPIRED&made_up=1&page_size=50`,
        )
      ).body.data,
    ).toHaveLength(42)
    const others = [
      `/iam/v2/invitations?page_token=${token}`,
      `/iam/v2/invitations?page_token=${token}&status=INVITE_STATUS_SENT`,
      `/iam/v2/users?page_token=${token}`,
      `/iam/v2/invitations?page_token=${token.slice(0, -2)}&status=INVITE_STATUS_EXPIRED`,
      `/iam/v2/invitations?page_token=x&status=INVITE_STATUS_EXPIRED`,
      `/iam/v2/invitations?page_token=${Buffer.from('1.10.a.b').toString('base64url')}&status=INVITE_STATUS_EXPIRED`,
    ]
    for (const path of others) {
      const { status, body } = await ask(`GET ${path}`)
      expect([path, status, body.errors?.[0].detail, body.errors?.[0].source]).toEqual([
        path,
        400,
        'invalid page token',
        { parameter: 'page_token' },
      ])
    }
  })
})

describe('filters', () => {
  test('select by equality, alone and combined', async () => {
    const [first] = rows('invitations')
    const email = encodeURIComponent(String(first?.email))
    const user = String(at(first, 'user.id'))
    const creator = String(at(first, 'creator.id'))
    expect((await ask(`GET /iam/v2/invitations?email=${email}`)).body.data).toEqual([first])
    expect((await ask(`GET /iam/v2/invitations?user=${user}`)).body.data).toEqual([first])
    const sent = (await walk(`/iam/v2/invitations?creator=${creator}&status=${String(first?.status)}`)).flat()
    expect(sent).toEqual(
      rows('invitations').filter(one => at(one, 'creator.id') === creator && one.status === first?.status),
    )
    expect((await ask(`GET /iam/v2/invitations?user=${user}&email=nobody@example.com`)).body.data).toEqual([])
  })

  test('select keys by their owner and their resource', async () => {
    const owner = String(at(rows('api_keys')[0], 'spec.owner.id'))
    const found = (await walk(`/iam/v2/api-keys?spec.owner=${owner}`)).flat()
    expect(found).toEqual(rows('api_keys').filter(key => at(key, 'spec.owner.id') === owner))
    const clouds = (await walk('/iam/v2/api-keys?spec.resource=cloud&page_size=100')).flat()
    expect(clouds).toEqual(rows('api_keys').filter(key => at(key, 'spec.resource.id') === 'cloud'))
  })

  test('that can be repeated select any of their values, others only the first', async () => {
    const [first, second] = rows('service_accounts').map(({ display_name }) => String(display_name))
    expect(
      (await ask(`GET /iam/v2/service-accounts?display_name=${first}&display_name=${second}`)).body.data,
    ).toHaveLength(2)
    expect(
      (await ask('GET /iam/v2/invitations?status=INVITE_STATUS_STAGED&status=INVITE_STATUS_SENT')).body
        .metadata.total_size,
    ).toBe(6)
  })

  test('that are unknown or empty are ignored', async () => {
    expect((await ask('GET /iam/v2/users?full_name=x&whatever=1')).body.metadata.total_size).toBe(140)
    expect((await ask('GET /iam/v2/invitations?status=')).body.metadata.total_size).toBe(230)
  })

  test('select role bindings of a scope, or with /* also of all scopes below', async () => {
    const org = String(data().vars.org_crn)
    const count = async (pattern: string, more = '') =>
      (await ask(`GET /iam/v2/role-bindings?crn_pattern=${encodeURIComponent(pattern)}${more}`)).body.metadata
        .total_size
    const expected = (test_: (crn: string) => boolean) =>
      rows('role_bindings').filter(({ crn_pattern }) => test_(String(crn_pattern))).length
    const environment = `${org}/environment=env-p7r2k1`
    expect(await count(`${org}/*`)).toBe(rows('role_bindings').length)
    expect(await count(org)).toBe(expected(crn => crn === org))
    expect(await count(environment)).toBe(expected(crn => crn === environment))
    expect(await count(`${environment}/*`)).toBe(
      expected(crn => crn === environment || crn.startsWith(`${environment}/`)),
    )
    expect(await count(`${environment}/*`)).toBeGreaterThan(await count(environment))
    expect(await count(`${environment.slice(0, -1)}/*`)).toBe(0)
    expect(await count(`${org}/*`, '&role_name=OrganizationAdmin')).toBe(4)
    expect(await count(`${org}/*`, `&principal=User:${String(data().vars.caller)}`)).toBe(1)
  })

  test('that are required and missing are answered with 400 and their name', async () => {
    for (const [path, name] of [
      ['/iam/v2/role-bindings', 'crn_pattern'],
      ['/iam/v2/role-bindings?crn_pattern=', 'crn_pattern'],
      ['/iam/v2/ip-filter-summary', 'scope'],
    ]) {
      const { status, body } = await ask(`GET ${path}`)
      expect([status, body.errors[0].source]).toEqual([400, { parameter: name }])
    }
  })

  test('select ip filters of a scope, or also of the scopes above', async () => {
    const scope = encodeURIComponent(`${String(data().vars.org_crn)}/environment=env-s4t9q6`)
    const names = async (query: string) =>
      (await ask(`GET /iam/v2/ip-filters?${query}`)).body.data
        .map((one: { filter_name: string }) => one.filter_name)
        .sort()
    expect(await names(`resource_scope=${scope}`)).toEqual(['Staging', 'Vendors'])
    expect(await names(`resource_scope=${scope}&include_parent_scopes=false`)).toEqual(['Staging', 'Vendors'])
    expect(await names(`resource_scope=${scope}&include_parent_scopes=true`)).toEqual([
      'Management from the office',
      'Staging',
      'Vendors',
    ])
    expect(await names('include_parent_scopes=true')).toHaveLength(5)
  })
})

describe('one row', () => {
  test('is read by its id, and is the same as in the list', async () => {
    const [first] = rows('api_keys')
    const { status, body } = await ask(`GET /iam/v2/api-keys/${String(first?.id)}`)
    expect([status, body]).toEqual([200, first])
    expect(body.spec).not.toHaveProperty('secret')
  })

  test('that does not exist is answered with 404 and the requested id', async () => {
    const { status, body } = await ask('GET /iam/v2/invitations/i-zzzzz')
    expect([status, body.errors[0].title]).toEqual([404, 'Not Found'])
    expect(body.errors[0].detail).toContain('i-zzzzz')
  })

  test('under a parent is read only under that parent', async () => {
    const [pool] = data().resources['confluent.iam.identity_pools']?.rows ?? []
    const parent = String(pool?.keys?.provider_id)
    const other = rows('identity_providers')
      .map(({ id }) => String(id))
      .find(id => id !== parent)
    const id = String(pool?.doc.id)
    expect((await ask(`GET /iam/v2/identity-providers/${parent}/identity-pools/${id}`)).body).toEqual(
      pool?.doc,
    )
    expect((await ask(`GET /iam/v2/identity-providers/${other}/identity-pools/${id}`)).status).toBe(404)
    const lists = [parent, other].map(
      async one =>
        (await ask(`GET /iam/v2/identity-providers/${one}/identity-pools`)).body.metadata
          .total_size as number,
    )
    expect((await Promise.all(lists)).sort()).toEqual([4, 6])
    expect((await ask('GET /iam/v2/identity-providers/op-none/identity-pools')).status).toBe(404)
  })

  test('is read by a query parameter', async () => {
    const scope = String(data().vars.org_crn)
    const { body } = await ask(`GET /iam/v2/ip-filter-summary?scope=${encodeURIComponent(scope)}`)
    expect([body.kind, body.scope]).toEqual(['IpFilterSummary', scope])
    expect((await ask(`GET /iam/v2/ip-filter-summary?scope=crn://nowhere`)).status).toBe(404)
  })
})
