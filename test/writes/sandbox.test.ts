import { describe, expect, it } from 'vitest'
import type { Resource } from '../../src/catalog/types.ts'
import type { CallTarget, QueryPlan } from '../../src/plan/plan.ts'
import { planWait } from '../../src/plan/statements/wait.ts'
import { harness, rowsOf, run } from '../session/support.ts'

const { open, requestsOf, catalog } = harness()
const NOTHING: QueryPlan = { kind: 'query', scans: [], sql: '', columns: [], params: [] }
const ENV = 'env-p7r2k1'
const quick = { awaitEvery: 1 }
const pathsOf = (requests: readonly string[]): string[] =>
  requests.map(r => r.replace(/(?<=[/=])(?:n|lkc|lfcp|lksqlc)-[a-z0-9]+/g, '…'))

describe('AWAIT on the sandbox', () => {
  it.each([
    [
      'networking.networks',
      'spec.display_name, spec.cloud, spec.region, spec.connection_types, spec.environment.id',
      `'n', 'AWS', 'eu-central-1', '["PEERING"]', '${ENV}'`,
      'status.phase',
      'PROVISIONING',
      'READY',
    ],
    [
      'managed_kafka_clusters.clusters',
      'spec.display_name, spec.availability, spec.cloud, spec.region, spec.config.kind, spec.environment.id',
      `'k', 'LOW', 'AWS', 'eu-central-1', 'Basic', '${ENV}'`,
      'status.phase',
      'PROVISIONING',
      'PROVISIONED',
    ],
    [
      'flink_compute_pools.compute_pools',
      'spec.display_name, spec.cloud, spec.region, spec.max_cfu, spec.environment.id',
      `'f', 'AWS', 'eu-central-1', 5, '${ENV}'`,
      'status.phase',
      'PROVISIONING',
      'PROVISIONED',
    ],
    [
      'encryption_keys.keys',
      'key.kind, key.key_arn',
      "'AwsKey', 'arn:aws:kms:eu-central-1:123456789012:key/1'",
      'validation.phase',
      'INITIALIZING',
      'VALID',
    ],
    [
      'connect.connectors',
      'environment_id, kafka_cluster_id, name, config',
      `'${ENV}', 'lkc-7p2v9d', 'c~', '{"connector.class":"S3_SINK","name":"c~"}'`,
      'state',
      undefined,
      'RUNNING',
    ],
  ])('confluent.%s', async (name, columns, values, phase, first, last) => {
    const phases: string[] = []
    const statement = (hint: string, n: string): string =>
      `INSERT ${hint} INTO confluent.${name} (${columns}) VALUES (${values.replaceAll('~', n)}) RETURNING ${phase}`
    expect(await rowsOf(open(), statement('', '1'))).toEqual([[first ?? null]])
    expect(
      await rowsOf(open({ ...quick, onProgress: p => phases.push(p.phase) }), statement('/*+ AWAIT */', '2')),
    ).toEqual([[last]])
    expect(new Set(phases)).toEqual(new Set(first === undefined ? ['not found', 'PROVISIONING'] : [first]))
  })

  it('UPDATE and DELETE of a network that was waited for', async () => {
    const session = open({ ...quick, await: true })
    const [[id]] = (await rowsOf(
      session,
      `INSERT INTO confluent.networking.networks (spec.display_name, spec.cloud, spec.region, spec.connection_types, spec.environment.id) VALUES ('n', 'AWS', 'eu-central-1', '["PEERING"]', '${ENV}') RETURNING id`,
    )) as [[string]]
    expect(
      await rowsOf(
        session,
        `UPDATE confluent.networking.networks SET spec.display_name = 'm', spec.environment.id = '${ENV}' WHERE id = '${id}' RETURNING spec.display_name, status.phase, environment`,
      ),
    ).toEqual([['m', 'READY', ENV]])
    const requests = await requestsOf(() =>
      run(session, `DELETE FROM confluent.networking.networks WHERE id = '${id}' AND environment = '${ENV}'`),
    )
    expect(pathsOf(requests)).toEqual([
      `DELETE /networking/v1/networks/…?environment=${ENV}`,
      `GET /networking/v1/networks/…?environment=${ENV}`,
    ])
  })

  it('every resource with phases can be read after INSERT, and after DELETE if it has a read method', () => {
    const resources = catalog()
      .providers()
      .flatMap(p => p.services.flatMap(v => [...catalog().service(p.name, v.name)!.values()]))
    const waits = (r: Resource, verb: 'INSERT' | 'DELETE'): boolean | undefined => {
      const method = r.methods.find(m => m.verb === verb.toLowerCase())
      const targets: CallTarget[] =
        method?.params.filter(p => p.required).map(p => ({ kind: 'param', name: p.name, shape: p })) ?? []
      return (
        method && planWait({ kind: 'calls', verb, resource: r, method, targets, each: NOTHING }) !== undefined
      )
    }
    const settling = resources.filter(r => r.settles)
    expect(settling.length).toBeGreaterThan(18)
    expect(settling.filter(r => waits(r, 'INSERT') === false).map(r => r.name)).toEqual([])
    expect(settling.filter(r => waits(r, 'DELETE') === false).map(r => r.name)).toEqual([])
    const alone = resources.filter(
      r => r.methods.some(m => m.verb === 'select' && m.single) && waits(r, 'DELETE') === false,
    )
    // a singleton, which always exists
    expect(alone.map(r => `${r.service}.${r.name}`)).toEqual(['schema_registry.top_level_config'])
  })
})
