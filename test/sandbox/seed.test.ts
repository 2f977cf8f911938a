import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildSandboxData, composeSandboxData } from '../../src/sandbox/build.ts'
import { readSandboxData } from '../../src/sandbox/rows/data.ts'
import { at } from '../../src/sandbox/rows/json.ts'
import { fullName, signatureOf } from '../../src/sandbox/requests/request.ts'
import { membersOf } from '../../src/sandbox/rows/serialize.ts'
import type { JsonObject, SandboxData } from '../../src/sandbox/types.ts'
import { compiledCatalog } from '../catalog/compiled.ts'
import { sandboxDir, seeded } from './support.ts'

const catalog = compiledCatalog()
const resources = catalog
  .providers()
  .flatMap(provider =>
    provider.services.flatMap(({ name }) => [...(catalog.service(provider.name, name)?.values() ?? [])]),
  )
let data: SandboxData
beforeAll(async () => {
  data = await composeSandboxData(sandboxDir)
})

const rows = (name: string) => seeded(data, `confluent.iam.${name}`)
const ids = (name: string) => new Set(rows(name).map(({ id }) => String(id)))
const text = (row: JsonObject, path: string) => String(at(row, path) ?? '')
const count = <T>(list: readonly T[], test_: (one: T) => boolean) => list.filter(test_).length

describe('the organization', () => {
  test('is the same every time, and in the file that the build writes', async () => {
    expect(await composeSandboxData(sandboxDir)).toEqual(data)
    const dir = await mkdtemp(join(tmpdir(), 'confluentql-'))
    await buildSandboxData(sandboxDir, join(dir, 'deep', 'sandbox.json'))
    expect(await readSandboxData(join(dir, 'deep', 'sandbox.json'))).toEqual(data)
    expect(readFileSync(join(dir, 'deep', 'sandbox.json'), 'utf8')).not.toContain('undefined')
    await rm(dir, { recursive: true })
  })

  test('that cannot be read is an error with its file and a hint', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'confluentql-'))
    const file = join(dir, 'sandbox.json')
    const hint = 'build the project anew: npm run build'
    const message = `cannot read the sandbox's data, ${file}`
    await expect(readSandboxData(file)).rejects.toMatchObject({ code: 'PROVIDER', message, hint })
    await buildSandboxData(sandboxDir, file)
    const rowsOfIam = join(dir, 'sandbox', 'confluent.iam.json.gz')
    writeFileSync(rowsOfIam, readFileSync(rowsOfIam).subarray(0, 1000))
    const damaged = await readSandboxData(file)
    expect(damaged.resources['confluent.org.environments']?.rows).toHaveLength(3)
    expect(() => damaged.resources['confluent.iam.users']?.rows).toThrow(
      `cannot read the sandbox's data, ${rowsOfIam}`,
    )
    await rm(dir, { recursive: true })
  })

  test('has a realistic size', () => {
    const sizes = Object.fromEntries(
      Object.entries(data.resources).map(([name, { rows: all }]) => [
        name.replace('confluent.iam.', ''),
        all.length,
      ]),
    )
    expect(sizes).toMatchObject({
      users: 140,
      invitations: 230,
      service_accounts: 60,
      api_keys: 320,
      identity_providers: 2,
      identity_pools: 10,
    })
    expect(sizes).toMatchObject({
      group_mappings: 7,
      certificate_authorities: 2,
      certificate_identity_pools: 5,
      ip_groups: 8,
      ip_filters: 5,
    })
    expect(sizes.role_bindings).toBeGreaterThan(250)
  })

  test('has the behaviour of every resource of both providers, and of no other', () => {
    expect(Object.keys(data.resources).sort()).toEqual(resources.map(fullName).sort())
  })

  test('has behaviour that matches the catalog', () => {
    const known = new Set(
      'series schemas let patterns defaults set once masks numbers touch phases opens key weekly window errors absent list pageSize end filters methods refuse after rows'.split(
        ' ',
      ),
    )
    const paramsOf = (service: string) =>
      new Set(
        resources
          .filter(one => one.service === service)
          .flatMap(({ methods }) => methods.flatMap(({ params }) => params.map(({ name }) => name))),
      )
    for (const resource of resources) {
      const name = fullName(resource)
      const behaviour = data.resources[name] ?? { rows: [] }
      const signatures = new Set(resource.methods.map(signatureOf))
      const params = paramsOf(resource.service)
      expect(Object.keys(behaviour).filter(key => !known.has(key))).toEqual([])
      expect([
        name,
        Object.keys(behaviour.methods ?? {}).filter(signature => !signatures.has(signature)),
      ]).toEqual([name, []])
      expect([name, Object.keys(behaviour.filters ?? {}).filter(param => !params.has(param))]).toEqual([
        name,
        [],
      ])
      const picks = [
        ...(behaviour.refuse ?? []).flatMap(({ found, missing = [] }) => [found, ...missing]),
        ...(behaviour.after ?? []).map(effect => effect.delete ?? effect.update ?? effect.insert),
        ...Object.values(behaviour.methods ?? {}).map(own =>
          own.in === undefined ? undefined : { in: own.in },
        ),
      ]
      expect(picks.filter(pick => pick !== undefined && data.resources[pick.in] === undefined)).toEqual([])
    }
  })

  test("gives each row a unique id in the API's form", () => {
    const forms: Record<string, RegExp> = {
      users: /^u-[0-9a-z]{6}$/,
      invitations: /^i-[0-9a-z]{5}$/,
      service_accounts: /^sa-[0-9a-z]{6}$/,
      api_keys: /^[A-Z2-7]{16}$/,
      role_bindings: /^rb-[0-9a-z]{6}$/,
      identity_pools: /^pool-[0-9a-z]{4}$/,
      group_mappings: /^group-[0-9a-z]{4}$/,
      identity_providers: /^op-[0-9a-z]{4}$/,
    }
    for (const [name, form] of Object.entries(forms)) {
      expect(ids(name).size).toBe(rows(name).length)
      expect([...ids(name)].filter(id => !form.test(id))).toEqual([])
    }
  })

  test('fills only columns that the catalog has, and times with microseconds', () => {
    for (const resource of resources) {
      const members = new Set([...membersOf(resource.columns), ...resource.columns.map(({ name }) => name)])
      for (const { doc } of data.resources[fullName(resource)]?.rows ?? []) {
        const strange = Object.keys(doc).filter(key => !members.has(key) && !key.startsWith('_'))
        expect([fullName(resource), strange]).toEqual([fullName(resource), []])
        const made = at(doc, 'metadata.created_at')
        if (made === undefined) continue
        expect(made).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
        expect(String(made) <= data.now).toBe(true)
      }
    }
  })
})

describe('references', () => {
  test('pending and accepted invitations refer to existing users', () => {
    const users = ids('users')
    const emails = new Set(rows('users').map(({ email }) => email))
    const joined = new Set(['INVITE_STATUS_ACCEPTED', 'INVITE_STATUS_SENT', 'INVITE_STATUS_STAGED'])
    for (const invitation of rows('invitations')) {
      const there = joined.has(String(invitation.status))
      expect([
        invitation.id,
        users.has(text(invitation, 'user.id')),
        emails.has(invitation.email ?? null),
      ]).toEqual([invitation.id, there, there])
    }
  })

  test('most creators of invitations are users; the few who left have no row anywhere', () => {
    const users = ids('users')
    const orphaned = rows('invitations').filter(invitation => !users.has(text(invitation, 'creator.id')))
    expect(new Set(orphaned.map(invitation => text(invitation, 'creator.id'))).size).toBe(3)
    expect(orphaned.length).toBeLessThan(70)
  })

  test('owners of keys exist, except six deleted owners and two keys without one', () => {
    const owners = new Set([...ids('users'), ...ids('service_accounts')])
    const keys = rows('api_keys')
    expect(count(keys, key => at(key, 'spec.owner') === undefined)).toBe(2)
    expect(
      count(keys, key => at(key, 'spec.owner') !== undefined && !owners.has(text(key, 'spec.owner.id'))),
    ).toBe(6)
  })

  test('keys are for the cloud and every cluster and registry of the organization, four of them for a deleted cluster', () => {
    const opened = (prefix: string) =>
      new Set(
        rows('api_keys')
          .map(key => text(key, 'spec.resource.id'))
          .filter(id => id.startsWith(prefix)),
      )
    const known = Object.keys(data.vars.environment_of as JsonObject)
    expect([...opened('lkc-'), ...opened('lsrc-'), ...opened('lksqlc-')].sort()).toEqual(known.sort())
    expect(count(rows('api_keys'), key => text(key, 'spec.resource.id') === 'lkc-0gone1')).toBe(4)
    expect(count(rows('api_keys'), key => text(key, 'spec.resource.kind') === 'Cloud')).toBeGreaterThan(50)
  })

  test('principals of role bindings exist, except two', () => {
    const principals = [
      'users',
      'service_accounts',
      'identity_pools',
      'certificate_identity_pools',
      'group_mappings',
    ].flatMap(name => [...ids(name)])
    const known = new Set(principals.map(id => `User:${id}`))
    expect(count(rows('role_bindings'), ({ principal }) => !known.has(String(principal)))).toBe(2)
    for (const kind of ['u-', 'sa-', 'pool-', 'group-']) {
      expect(
        count(rows('role_bindings'), ({ principal }) => String(principal).startsWith(`User:${kind}`)),
      ).toBeGreaterThan(3)
    }
  })

  test('role bindings exist at every level of scope', () => {
    const crns = rows('role_bindings').map(({ crn_pattern }) => String(crn_pattern))
    expect(crns.every(crn => crn.startsWith(String(data.vars.org_crn)))).toBe(true)
    for (const level of [
      /organization=[^/]+$/,
      /environment=[^/]+$/,
      /cloud-cluster=[^/]+$/,
      /topic=\*$/,
      /topic=\w+\*$/,
      /group=/,
      /subject=/,
    ]) {
      expect(crns.some(crn => level.test(crn))).toBe(true)
    }
  })

  test('pools have a parent that exists, filters name groups that exist', () => {
    const parents = new Set([...ids('identity_providers'), ...ids('certificate_authorities')])
    for (const name of ['identity_pools', 'certificate_identity_pools']) {
      for (const { keys } of data.resources[`confluent.iam.${name}`]?.rows ?? [])
        expect(parents.has(Object.values(keys ?? {})[0] ?? '')).toBe(true)
    }
    for (const filter of rows('ip_filters')) {
      for (const group of filter.ip_groups as JsonObject[])
        expect(ids('ip_groups').has(String(group.id))).toBe(true)
    }
  })
})

describe('variety', () => {
  test('invitations have every status; some were sent, never accepted, and have expired', () => {
    const invitations = rows('invitations')
    const values = catalog
      .resource('confluent', 'iam', 'invitations')
      ?.columns.find(({ name }) => name === 'status')?.values
    expect(new Set(invitations.map(({ status }) => status))).toEqual(new Set(values))
    expect(
      count(invitations, one => one.status === 'INVITE_STATUS_SENT' && String(one.expires_at) < data.now),
    ).toBe(14)
    for (const one of invitations) expect('accepted_at' in one).toBe(one.status === 'INVITE_STATUS_ACCEPTED')
  })

  test('some users have no role, some accounts neither key nor role', () => {
    const bound = new Set(rows('role_bindings').map(({ principal }) => principal))
    const owners = new Set(rows('api_keys').map(key => text(key, 'spec.owner.id')))
    expect(count(rows('users'), ({ id }) => !bound.has(`User:${id}`))).toBeGreaterThan(40)
    expect(
      count(rows('service_accounts'), ({ id }) => !bound.has(`User:${id}`) && !owners.has(String(id))),
    ).toBeGreaterThan(3)
  })

  test('names and descriptions contain difficult texts', () => {
    const everything = JSON.stringify(data.resources)
    for (const odd of [
      '\\n',
      '\\t',
      '|',
      ', ',
      '\\"',
      "'",
      '"=',
      '<script>',
      '🦊',
      '山田',
      'محمد',
      'null',
      'é',
    ])
      expect(everything).toContain(odd)
    const addresses = [...rows('users'), ...rows('invitations')].map(({ email }) => String(email))
    expect(addresses.filter(email => !/^[a-z.+]+@example\.(com|org)$/.test(email))).toEqual([])
  })
})
