import { describe, expect, test } from 'vitest'
import { sandboxed } from '../cli/support.ts'
import { askAt, keyOf, realSandbox } from '../sandbox/support.ts'
import { plainApi, type Row } from '../sandbox/plain.ts'
import { scripts } from './scripts.ts'

const real = realSandbox()
const { ask, data, sandbox } = real
const { listed, clusters, onClusters, bindings } = plainApi(real)
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
})
