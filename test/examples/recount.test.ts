import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Session } from 'confluentql'
import { profileOf } from '../../src/sandbox-profile.ts'
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts'
import { compiledCatalog, sandboxData } from '../catalog/compiled.ts'
import { askAt, keyOf, type Ask } from '../sandbox/support.ts'
import { oddData } from './odd-data.ts'
import { plainApi, type Row } from '../sandbox/plain.ts'

let sandbox: Sandbox
let session: Session
const data = oddData(await sandboxData())
const ask: Ask = (request, body) => askAt(sandbox.url, request, body)
const { listed, environments, inEnvironments, clusters, bindings } = plainApi({ ask, data: () => data })

beforeAll(async () => {
  sandbox = await startSandbox({ catalog: compiledCatalog(), data })
  session = new Session({ env: sandbox.env, profile: profileOf(() => sandbox.sites) })
})
afterAll(async () => {
  await session.close()
  await sandbox.close()
})

const all = (view: string, columns = '*', more = ''): Promise<Row[]> =>
  session.all(`SELECT ${columns} FROM confluent.${view} ${more}`)

/** Rows as texts, in an order of their own. */
const sorted = (rows: readonly Row[]): string[] => rows.map(row => JSON.stringify(row)).sort()

/** Answers of each Kafka cluster, with its id. */
async function byCluster(path: string): Promise<Row[]> {
  const there = (await clusters()).filter(({ status }) => status.phase === 'PROVISIONED')
  const answers = there.map(async ({ id, spec }) => {
    const { body } = await askAt(spec.http_endpoint, `GET /kafka/v3/clusters/${id}${path}`, undefined, {
      Authorization: keyOf(data, 'kafka.cluster', id),
    })
    return body.data.map((row: Row) => ({ ...row, cluster: id }))
  })
  return (await Promise.all(answers)).flat()
}

/** A change by plain HTTP. */
async function changed(request: string, body?: unknown): Promise<Row> {
  const { status, body: row } = await ask(request, body)
  expect(status).toBeLessThan(300)
  return row
}

describe('views, recounted from the API', () => {
  test('tasks of connectors, and connectors without tasks', async () => {
    const answers = (await clusters()).map(async ({ id, spec }) => {
      const path = `/connect/v1/environments/${spec.environment.id}/clusters/${id}/connectors?expand=info,status,id`
      return Object.entries<Row>((await ask(`GET ${path}`)).body).flatMap(([name, { status }]) =>
        (status.tasks.length > 0 ? status.tasks : [{}]).map((task: Row) => ({
          cluster: id,
          connector: name,
          connector_state: status.connector.state,
          task: task.id ?? null,
          state: task.state ?? null,
          trace: task.msg || null,
        })),
      )
    })
    const expected = (await Promise.all(answers)).flat()
    expect(expected.filter(({ task }) => task === null).length).toBeGreaterThan(0)
    const rows = await all('connector_tasks', 'cluster, connector, connector_state, task, state, trace')
    expect(sorted(rows)).toEqual(sorted(expected))
  })

  test('subjects with the address of the registry and both compatibilities', async () => {
    const expected: Row[] = []
    for (const { id, spec } of await inEnvironments('/srcm/v3/clusters?environment={id}')) {
      const get = async (path: string): Promise<Row> =>
        (
          await askAt(spec.http_endpoint, `GET ${path}`, undefined, {
            Authorization: keyOf(data, 'confluent.registry', id),
          })
        ).body
      const whole = (await get('/config')).compatibilityLevel
      for (const subject of await get('/subjects'))
        expected.push({
          registry: id,
          registry_url: spec.http_endpoint,
          subject,
          compatibility: (await get(`/config/${encodeURIComponent(subject)}`)).compatibilityLevel ?? whole,
          registry_compatibility: whole,
        })
    }
    const columns = 'registry, registry_url, subject'
    expect(expected.filter(row => row.compatibility !== row.registry_compatibility)).not.toEqual([])
    const rows = await all('subjects_with_compatibility', `${columns}, compatibility, registry_compatibility`)
    expect(sorted(rows)).toEqual(sorted(expected))
    expect(sorted(await all('subjects', columns))).toEqual(
      sorted(expected.map(({ registry, registry_url, subject }) => ({ registry, registry_url, subject }))),
    )
  })

  test('cluster links with the lag of their mirror topics, and mirror topics', async () => {
    const mirrors = await byCluster('/links/-/mirrors')
    const lagsOf = (mirror: Row): number[] => mirror.mirror_lags.map(({ lag }: Row) => lag)
    const sum = (lags: readonly number[]): number | null =>
      lags.length > 0 ? lags.reduce((a, b) => a + b) : null
    const most = (lags: readonly number[]): number | null => (lags.length > 0 ? Math.max(...lags) : null)
    const names = new Map((await clusters()).map(({ id, spec }) => [id, spec.display_name]))
    const links = (await byCluster('/links')).map(link => {
      const its = mirrors.filter(m => m.cluster === link.cluster && m.link_name === link.link_name)
      return {
        cluster: link.cluster,
        link: link.link_name,
        state: link.link_state,
        error_message: link.link_error_message,
        remote_cluster_name: names.get(link.remote_cluster_id) ?? null,
        mirror_topics: its.length,
        active_mirror_topics: its.filter(m => m.mirror_status === 'ACTIVE').length,
        total_lag: sum(its.flatMap(lagsOf)),
        max_lag: most(its.flatMap(lagsOf)),
      }
    })
    expect([links.length, mirrors.length]).toEqual([3, 3])
    expect(sorted(await all('kafka_cluster_links', Object.keys(links[0]!).join(', ')))).toEqual(sorted(links))
    const rows = await all(
      'kafka_mirror_topics',
      'cluster, link, mirror_topic, source_topic, state, total_lag, max_lag',
    )
    expect(sorted(rows)).toEqual(
      sorted(
        mirrors.map(m => ({
          cluster: m.cluster,
          link: m.link_name,
          mirror_topic: m.mirror_topic_name,
          source_topic: m.source_topic_name,
          state: m.mirror_status,
          total_lag: sum(lagsOf(m)),
          max_lag: most(lagsOf(m)),
        })),
      ),
    )
  })

  test('private endpoints by network, also where the network is gone', async () => {
    const list = (path: string): Promise<Row[]> => inEnvironments(`/networking/v1/${path}?environment={id}`)
    const networks = [
      ...(await list('networks')),
      ...(await list('private-link-attachments')),
      ...(await list('gateways')),
    ]
    const endpoints = [
      ...(await list('private-link-accesses')).map(row => ({ ...row, at: row.spec.network.id })),
      ...(await list('private-link-attachment-connections')).map(row => ({
        ...row,
        at: row.spec.private_link_attachment.id,
      })),
      ...(await list('access-points')).map(row => ({ ...row, at: row.spec.gateway.id })),
    ]
    expect(endpoints.length).toBeGreaterThan(6)
    const expected = endpoints.map(({ id, at, spec, status }) => ({
      environment: spec.environment.id,
      network: at,
      network_name: networks.find(network => network.id === at)?.spec.display_name ?? null,
      id,
      phase: status.phase,
    }))
    const columns = 'environment, network, network_name, id, phase'
    expect(sorted(await all('private_endpoints', columns))).toEqual(sorted(expected))
    const [first] = expected
    const here = expected.filter(({ environment }) => environment === first!.environment)
    expect(
      sorted(await all('private_endpoints', columns, `WHERE environment = '${first!.environment}'`)),
    ).toEqual(sorted(here))
    expect((await all('private_endpoints', 'endpoint', 'WHERE endpoint IS NULL')).length).toBe(0)
  })

  test('who may do what, deleted principals and scopes of every kind included', async () => {
    const [organization] = await listed('/org/v2/organizations')
    const account = await changed('POST /iam/v2/service-accounts', { display_name: 'short-lived' })
    const crn: string = organization.metadata.resource_name
    const bind = (crn_pattern: string): Promise<Row> =>
      changed('POST /iam/v2/role-bindings', {
        principal: `User:${account.id}`,
        role_name: 'ResourceOwner',
        crn_pattern,
      })
    await bind(`${crn}/environment=*`)
    await bind(`${crn}/environment=env-gone0/cloud-cluster=lkc-gone00`)
    const pools = async (parent: string): Promise<Row[]> =>
      (
        await Promise.all((await listed(parent)).map(({ id }) => listed(`${parent}/${id}/identity-pools`)))
      ).flat()
    const principals = new Map<string, Row>()
    for (const [kind, rows] of [
      ['User', await listed('/iam/v2/users')],
      ['ServiceAccount', await listed('/iam/v2/service-accounts')],
      ['IdentityPool', await pools('/iam/v2/identity-providers')],
      ['CertificatePool', await pools('/iam/v2/certificate-authorities')],
      ['GroupMapping', await listed('/iam/v2/sso/group-mappings')],
    ] as const)
      for (const row of rows)
        principals.set(`User:${row.id}`, {
          kind,
          name: row.display_name ?? (row.full_name || row.email),
          filter: row.filter ?? null,
        })
    const environmentNames = new Map((await environments()).map(({ id, display_name }) => [id, display_name]))
    const clusterNames = new Map((await clusters()).map(({ id, spec }) => [id, spec.display_name]))
    const expected = (await bindings()).map(({ id, principal, role_name, crn_pattern }) => {
      const parts = crn_pattern
        .slice('crn://confluent.cloud/'.length)
        .split('/')
        .map((part: string) => part.split('='))
      const named = Object.fromEntries(parts)
      const [scope_kind, scope_name] = parts.at(-1)
      return {
        id,
        principal,
        principal_name: principals.get(principal)?.name ?? null,
        principal_kind: principals.get(principal)?.kind ?? null,
        principal_filter: principals.get(principal)?.filter ?? null,
        role_name,
        scope_kind,
        scope_name,
        environment: named.environment ?? null,
        environment_name: environmentNames.get(named.environment) ?? null,
        cluster: named['cloud-cluster'] ?? null,
        cluster_name: clusterNames.get(named['cloud-cluster']) ?? null,
      }
    })
    expect(new Set(expected.map(({ principal_kind }) => principal_kind)).size).toBe(6)
    expect(expected.filter(({ environment }) => environment === '*').length).toBe(1)
    expect(sorted(await all('iam.access', Object.keys(expected[0]!).join(', ')))).toEqual(sorted(expected))

    // what applies to an environment, and to a cluster, wherever it is held
    const isIn = (environment: string, row: Row): boolean =>
      row.environment === environment || row.environment === '*'
    const byEnvironment = [...environmentNames].flatMap(([environment, environment_name]) =>
      expected
        .filter(row => row.scope_kind === 'organization' || isIn(environment, row))
        .map(({ id, principal_name }) => ({ environment, environment_name, id, principal_name })),
    )
    expect(byEnvironment.length).toBeGreaterThan(expected.length)
    const columns = 'environment, environment_name, id, principal_name'
    expect(sorted(await all('iam.access_by_environment', columns))).toEqual(sorted(byEnvironment))
    const onClusters = (await clusters()).flatMap(({ id: cluster, spec }) =>
      expected
        .filter(
          row =>
            row.scope_kind === 'organization'
            || (isIn(spec.environment.id, row)
              && (row.scope_kind === 'environment' || row.cluster === cluster)),
        )
        .map(({ id, scope_kind }) => ({ cluster, cluster_name: spec.display_name, id, scope_kind })),
    )
    expect(new Set(onClusters.map(({ scope_kind }) => scope_kind)).size).toBeGreaterThan(3)
    expect(sorted(await all('iam.access_by_cluster', 'cluster, cluster_name, id, scope_kind'))).toEqual(
      sorted(onClusters),
    )
  })

  test('certificates of each authority, those without a date and authorities without any', async () => {
    const authorities = await listed('/iam/v2/certificate-authorities')
    const expected = authorities.flatMap(({ id, expiration_dates, serial_numbers, fingerprints }) => {
      const count = Math.max(
        ...[expiration_dates, serial_numbers, fingerprints].map(list => list?.length ?? 0),
      )
      return Array.from({ length: Math.max(count, 1) }, (_, index) => {
        const expires_at = expiration_dates?.[index] ?? null
        return {
          authority: id,
          position: count === 0 ? null : index + 1,
          serial_number: serial_numbers?.[index] ?? null,
          fingerprint: fingerprints?.[index] ?? null,
          expires_at,
          is_expired: expires_at === null ? null : Date.parse(expires_at) <= Date.now(),
        }
      })
    })
    expect(
      expected.filter(({ position, expires_at }) => position !== null && expires_at === null),
    ).toHaveLength(3)
    expect(new Set(expected.map(({ is_expired }) => is_expired))).toEqual(new Set([false, true, null]))
    const rows = await all('iam.certificate_expiry', Object.keys(expected[0]!).join(', '))
    expect(sorted(rows)).toEqual(sorted(expected))
  })
})
