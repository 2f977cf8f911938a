import { describe, expect, test } from 'vitest'
import { sandboxed } from '../cli/support.ts'
import { askAt, keyOf, realSandbox } from '../sandbox/support.ts'
import { plainApi, type Row } from '../sandbox/plain.ts'
import { scripts } from './scripts.ts'

const real = realSandbox()
const { ask, data, sandbox } = real
const { listed, environments, inEnvironments, clusters, onClusters, bindings } = plainApi(real)
const TODAY = '2026-11-01'

/** What a script says of the sandbox. */
async function said(name: string): Promise<Row[]> {
  const { status, stdout, stderr } = await sandboxed([
    '-o',
    'json',
    ...scripts().find(script => script.name === name)!.args!,
  ])
  expect([status, stderr.split('\n').filter(line => line.startsWith('error'))]).toEqual([0, []])
  return JSON.parse(stdout)
}

const ids = (rows: readonly Row[]): string[] => rows.map(({ id }) => id).sort()

describe('what scripts say, counted anew from the API', () => {
  test('stale invitations', async () => {
    const weekAgo = new Date(Date.parse(TODAY) - 7 * 86_400_000).toISOString()
    const stale = (await listed('/iam/v2/invitations')).filter(
      ({ status, expires_at, metadata }) =>
        /_(SENT|STAGED)$/.test(status) && (expires_at < TODAY || metadata.created_at < weekAgo),
    )
    expect(stale.length).toBeGreaterThan(5)
    expect(ids(await said('01-stale-invitations'))).toEqual(ids(stale))
  })

  test('users without a role, each once', async () => {
    const holders = new Set((await bindings()).map(({ principal }) => principal))
    const without = (await listed('/iam/v2/users')).filter(({ id }) => !holders.has(`User:${id}`))
    expect(without.length).toBeGreaterThan(5)
    expect(ids(await said('02-users-without-roles'))).toEqual(ids(without))
  })

  test('old keys, and keys without a visible owner', async () => {
    const keys = await listed('/iam/v2/api-keys')
    const owners = new Set(
      [...(await listed('/iam/v2/users')), ...(await listed('/iam/v2/service-accounts'))].map(({ id }) => id),
    )
    const old = keys.filter(({ metadata }) => metadata.created_at < '2023-09-01')
    const lost = keys.filter(({ spec }) => !owners.has(spec.owner?.id))
    const keysOf = async (name: string): Promise<string[]> =>
      (await said(name)).map(({ api_key }) => api_key).sort()
    expect(lost.length).toBeGreaterThan(5)
    expect(await keysOf('04-old-api-keys')).toEqual(ids(old))
    expect(await keysOf('05-api-keys-without-owner')).toEqual(ids(lost))
  })

  test('every role binding, and those that are broad', async () => {
    const found = await bindings()
    const broad = found.filter(
      ({ role_name, crn_pattern }) =>
        /^(Organization|Account|Environment)Admin$/.test(role_name)
        || (role_name === 'ResourceOwner' && crn_pattern.endsWith('=*')),
    )
    expect(await said('07-roles-by-principal')).toHaveLength(found.length)
    expect(await said('08-broad-roles')).toHaveLength(broad.length)
  })

  test('unused service accounts', async () => {
    const used = new Set([
      ...(await listed('/iam/v2/api-keys')).map(({ spec }) => `User:${spec.owner?.id}`),
      ...(await bindings()).map(({ principal }) => principal),
      ...(await onClusters('/acls?principal=UserV2:*')).map(({ principal }) => principal),
    ])
    const idle = (await listed('/iam/v2/service-accounts')).filter(({ id }) => !used.has(`User:${id}`))
    expect(idle.length).toBeGreaterThan(2)
    expect(ids(await said('09-unused-service-accounts'))).toEqual(ids(idle))
  })

  test('costs, to the cent and by resource', async () => {
    const lines = await listed('/billing/v1/costs?start_date=2026-10-01&end_date=2026-11-01')
    const totals = new Map<string, number>()
    for (const { resource, amount } of lines)
      totals.set(resource?.id ?? '-', (totals.get(resource?.id ?? '-') ?? 0) + amount)
    for (const { id } of await clusters()) if (!totals.has(id)) totals.set(id, 0)
    const told = await said('10-costs-by-cluster')
    expect(told.map(({ resource }) => resource).sort()).toEqual([...totals.keys()].sort())
    for (const { resource, total } of told)
      expect([resource, total]).toEqual([resource, expect.closeTo(totals.get(resource)!, 2)])
  })

  test('connectors that do not run', async () => {
    const answers = await Promise.all(
      (await clusters()).map(({ id, spec }) =>
        ask(
          `GET /connect/v1/environments/${spec.environment.id}/clusters/${id}/connectors?expand=info,status,id`,
        ),
      ),
    )
    const ill = answers
      .flatMap(({ body }) => Object.entries<Row>(body))
      .filter(
        ([, { status }]) =>
          status.connector.state !== 'RUNNING' || status.tasks.some(({ state }: Row) => state === 'FAILED'),
      )
    expect(ill.length).toBeGreaterThan(3)
    expect((await said('12-connectors-in-trouble')).map(({ name }) => name).sort()).toEqual(
      ill.map(([name]) => name).sort(),
    )
  })

  test('topics with a finding', async () => {
    const settings = await onClusters('/topics/-/configs')
    const topics = new Map<string, Record<string, Row>>()
    for (const { cluster_id, topic_name, name, value, is_default } of settings) {
      const key = `${cluster_id} ${topic_name}`
      topics.set(key, { ...topics.get(key), [name]: value, [`${name} default`]: is_default })
    }
    const found = {
      'one broker is enough to lose data': 0,
      'nothing is ever deleted': 0,
      'nobody chose the retention': 0,
    }
    for (const topic of topics.values()) {
      if (Number(topic['min.insync.replicas']) < 2) found['one broker is enough to lose data']++
      else if (topic['cleanup.policy'] === 'delete' && topic['retention.ms'] === '-1')
        found['nothing is ever deleted']++
      else if (topic['cleanup.policy'] === 'delete' && topic['retention.ms default'])
        found['nobody chose the retention']++
    }
    const told = (await said('13-risky-topics')).map(({ finding }) => finding)
    expect((await onClusters('/topics')).filter(({ replication_factor }) => replication_factor < 3)).toEqual(
      [],
    )
    expect(found).toEqual(
      Object.fromEntries(
        Object.keys(found).map(finding => [finding, told.filter(one => one === finding).length]),
      ),
    )
    expect(told).toHaveLength(Object.values(found).reduce((sum, count) => sum + count, 0))
    expect(told.length).toBeGreaterThan(10)
  })

  test('groups that fall behind', async () => {
    const groups = await onClusters('/consumer-groups')
    const lags = await Promise.all(
      groups.map(({ cluster_id, consumer_group_id }) => {
        const path = `/kafka/v3/clusters/${cluster_id}/consumer-groups/${consumer_group_id}/lag-summary`
        return askAt(sandbox().sites[cluster_id]!, `GET ${path}`, undefined, {
          Authorization: keyOf(data(), 'kafka.cluster', cluster_id),
        })
      }),
    )
    const behind = lags.map(({ body }) => body).filter(({ total_lag }) => total_lag > 10_000)
    const shape = (rows: readonly Row[]): string[] =>
      rows.map(row => `${row.consumer_group ?? row.consumer_group_id} ${row.total_lag}`).sort()
    expect(behind.length).toBeGreaterThan(2)
    expect(shape(await said('14-consumer-lag'))).toEqual(shape(behind))
  })

  test('ACLs that are too wide', async () => {
    const wide = (await onClusters('/acls?principal=UserV2:*')).filter(
      ({ principal, resource_name, permission }) =>
        permission === 'ALLOW'
        && (principal === 'User:*' || resource_name === '*' || /^User:\d/.test(principal)),
    )
    expect(wide.length).toBeGreaterThan(5)
    expect(await said('16-wildcard-acls')).toHaveLength(wide.length)
  })

  test('API keys of people, of administrators, and more than are needed', async () => {
    const keys = await listed('/iam/v2/api-keys')
    const people = keys.filter(({ spec }) => spec.owner?.kind === 'User')
    const admins = new Set(
      (await bindings())
        .filter(({ role_name }) => /^(Organization|Account|Environment)Admin$/.test(role_name))
        .map(({ principal }) => principal),
    )
    const dangerous = keys.filter(
      ({ spec }) => spec.resource?.kind === 'Cloud' && admins.has(`User:${spec.owner?.id}`),
    )
    const counts = new Map<string, number>()
    for (const { spec } of keys)
      if (spec.owner?.id && spec.resource?.id) {
        const pair = `${spec.owner.id} ${spec.resource.id}`
        counts.set(pair, (counts.get(pair) ?? 0) + 1)
      }
    const spare = [...counts].filter(([, n]) => n > 2).map(([pair, n]) => `${pair} ${n}`)
    const keysOf = async (name: string): Promise<string[]> =>
      (await said(name)).map(({ api_key }) => api_key).sort()
    expect([people.length > 20, dangerous.length > 3, spare.length > 3]).toEqual([true, true, true])
    expect(await keysOf('22-api-keys-of-people')).toEqual(ids(people))
    expect(await keysOf('23-administrator-keys')).toEqual(ids(dangerous))
    expect(
      (await said('36-spare-api-keys'))
        .map(({ owner_id, opens, keys: n }) => `${owner_id} ${opens} ${n}`)
        .sort(),
    ).toEqual(spare.sort())
  })

  test('IP groups that are open, and where no filter applies', async () => {
    const groups = await listed('/iam/v2/ip-groups')
    const filters = await listed('/iam/v2/ip-filters')
    const isWide = (block: string): boolean => Number(block.split('/')[1]) < (block.includes(':') ? 32 : 16)
    const wide = groups.flatMap(({ id, cidr_blocks }) =>
      cidr_blocks.filter(isWide).map((block: string) => `${id} ${block}`),
    )
    const open = new Set(
      groups.filter(g => g.cidr_blocks.some((b: string) => b.endsWith('/0'))).map(({ id }) => id),
    )
    const narrow = filters.filter(f => !f.ip_groups.some(({ id }: Row) => open.has(id)))
    const bare = (await environments()).flatMap(({ id }) =>
      ['MANAGEMENT', 'SCHEMA', 'FLINK']
        .filter(
          operations =>
            !narrow.some(
              f =>
                f.operation_groups.includes(operations)
                && (!f.resource_scope?.includes('/environment=')
                  || f.resource_scope.endsWith(`/environment=${id}`)),
            ),
        )
        .map(operations => `${id} ${operations}`),
    )
    expect([wide.length > 1, bare.length > 1]).toEqual([true, true])
    expect(
      (await said('24-open-ip-groups')).map(({ ip_group, block }) => `${ip_group} ${block}`).sort(),
    ).toEqual(wide.sort())
    expect(
      (await said('25-without-ip-filter')).map(({ id, operations }) => `${id} ${operations}`).sort(),
    ).toEqual(bare.sort())
  })

  test('roles of nobody, and of groups and pools that administer', async () => {
    const found = await bindings()
    const pools = async (parents: string, path: string): Promise<Row[]> =>
      (await Promise.all((await listed(parents)).map(({ id }) => listed(`${parents}/${id}/${path}`)))).flat()
    const federated = [
      ...(await listed('/iam/v2/sso/group-mappings')),
      ...(await pools('/iam/v2/identity-providers', 'identity-pools')),
      ...(await pools('/iam/v2/certificate-authorities', 'identity-pools')),
    ].map(({ id }) => `User:${id}`)
    const known = new Set([
      ...federated,
      ...(await listed('/iam/v2/users')).map(({ id }) => `User:${id}`),
      ...(await listed('/iam/v2/service-accounts')).map(({ id }) => `User:${id}`),
    ])
    const lost = found.filter(({ principal }) => !known.has(principal))
    const admins = found.filter(
      ({ principal, role_name }) => federated.includes(principal) && role_name.endsWith('Admin'),
    )
    expect([lost.length > 0, admins.length > 3]).toEqual([true, true])
    expect(ids(await said('26-roles-of-nobody'))).toEqual(ids(lost))
    expect(
      (await said('27-administrators-by-group')).map(({ id, role }) => `User:${id} ${role}`).sort(),
    ).toEqual(admins.map(({ principal, role_name }) => `${principal} ${role_name}`).sort())
  })

  test('service accounts of production that work elsewhere', async () => {
    const places = new Map<string, Set<string>>()
    const add = (account: string | undefined, environment: string | undefined): void => {
      if (account === undefined || environment === undefined) return
      places.set(account, (places.get(account) ?? new Set()).add(environment))
    }
    const homes = new Map((await clusters()).map(({ id, spec }) => [id, spec.environment.id]))
    for (const { spec } of await listed('/iam/v2/api-keys')) add(spec.owner?.id, homes.get(spec.resource?.id))
    for (const { principal, crn_pattern } of await bindings())
      add(principal.slice('User:'.length), /\/environment=([^/]+)/.exec(crn_pattern)?.[1])
    const production = (await environments()).find(e => e.display_name === 'production')!.id
    const mixed = (await listed('/iam/v2/service-accounts')).filter(({ id }) => {
      const found = places.get(id)
      return found !== undefined && found.size > 1 && found.has(production)
    })
    expect(mixed.length).toBeGreaterThan(5)
    expect(ids(await said('35-mixed-environments'))).toEqual(ids(mixed))
  })

  test('networks that are not ready or not used, and costs that rise', async () => {
    const kinds = [
      'networks',
      'peerings',
      'transit-gateway-attachments',
      'private-link-accesses',
      'private-link-attachments',
      'access-points',
    ]
    const parts = await Promise.all(
      kinds.map(kind => inEnvironments(`/networking/v1/${kind}?environment={id}`)),
    )
    const ill = parts.flat().filter(({ status }) => status.phase !== 'READY')
    const used = new Set((await clusters()).map(({ spec }) => spec.network?.id))
    const connected = new Set(
      (await inEnvironments('/networking/v1/private-link-attachment-connections?environment={id}')).map(
        ({ spec }) => spec.private_link_attachment.id,
      ),
    )
    const entered = new Set(parts[5]!.map(({ spec }) => spec.gateway.id))
    const idle = [
      ...parts[0]!.filter(({ id }) => !used.has(id)),
      ...parts[4]!.filter(({ id }) => !connected.has(id)),
      ...(await inEnvironments('/networking/v1/gateways?environment={id}')).filter(
        ({ id }) => !entered.has(id),
      ),
    ]
    expect([ill.length > 3, idle.length > 2]).toEqual([true, true])
    expect(ids(await said('29-network-trouble'))).toEqual(ids(ill))
    expect(ids(await said('30-unused-networks'))).toEqual(ids(idle))

    const perDay = async (from: string, to: string, days: number): Promise<Map<string, number>> => {
      const sums = new Map<string, number>()
      for (const { resource, amount } of await listed(`/billing/v1/costs?start_date=${from}&end_date=${to}`))
        if (resource?.id) sums.set(resource.id, (sums.get(resource.id) ?? 0) + amount / days)
      return sums
    }
    const before = await perDay('2026-09-01', '2026-10-01', 30)
    const last = await perDay('2026-10-01', '2026-11-01', 31)
    const risen = [...last].filter(([id, amount]) => amount > (before.get(id) ?? 0) * 1.02).map(([id]) => id)
    expect(risen.length).toBeGreaterThan(0)
    expect((await said('33-rising-costs')).map(({ resource }) => resource).sort()).toEqual(risen.sort())
  })
})
