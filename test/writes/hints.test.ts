import { describe, expect, it } from 'vitest'
import type { Method, Resource } from '../../src/catalog/types.ts'
import { harness, rowsOf } from '../session/support.ts'

const { open, catalog } = harness()
const PROPOSAL = 'let a SELECT give all keys of the rows: '

async function proposalFor(sql: string): Promise<string | undefined> {
  const error = await open({ dryRun: true })
    .plan(sql)
    .catch((e: unknown) => e)
  expect(error).toMatchObject({ code: 'MISSING_PARAMETER' })
  return (error as { hint: string }).hint.split(PROPOSAL)[1]
}

const columnsOf = (method: Method): string[] =>
  method.params.flatMap(p => (p.required && p.column !== undefined ? [p.column] : []))

/** For each resource that can be read and deleted: the keys that its list requires, and the further ones of DELETE. */
function deletable(): { resource: Resource; given: readonly string[] }[] {
  return catalog()
    .providers()
    .flatMap(p => p.services.flatMap(v => [...catalog().service(p.name, v.name)!.values()]))
    .flatMap(resource => {
      const deletes = resource.methods.filter(m => m.verb === 'delete').map(columnsOf)
      const [given] = resource.methods
        .filter(m => m.verb === 'select' && (!m.columns || m.single !== true))
        .map(columnsOf)
        .sort((a, b) => a.length - b.length)
      const lacks = (columns: readonly string[]): boolean => columns.some(c => !given!.includes(c))
      return given && deletes.length > 0 && deletes.every(lacks) ? [{ resource, given }] : []
    })
}

describe('the statement that the hint for missing keys proposes', () => {
  it('can be planned for every resource', async () => {
    const faults: string[] = []
    let planned = 0
    for (const { resource, given } of deletable()) {
      const name = `${resource.provider}.${resource.service}.${resource.name}`
      const isNumber = (c: string): boolean =>
        resource.columns.some(x => x.name === c && x.type === 'integer')
      const conditions = [...given.map(c => `${c} = ${isNumber(c) ? 1 : "'x'"}`), '1 = 1']
      const proposal = await proposalFor(`DELETE FROM ${name} WHERE ${conditions.join(' AND ')}`)
      if (proposal === undefined) {
        faults.push(name)
        continue
      }
      const plan = await open({ dryRun: true }).plan(proposal)
      expect(plan).toMatchObject({ kind: 'calls', resource: { name: resource.name } })
      expect(plan.kind === 'calls' && plan.each.scans.length, proposal).toBe(1)
      planned++
    }
    // reading these requires the missing key too
    expect(faults).toEqual([
      'confluent.encryption_keys.data_encryption_keys',
      'confluent.encryption_keys.dek_versions',
      'confluent.sql.agents',
    ])
    expect(planned).toBeGreaterThan(40)
  })

  it.each([
    [
      "DELETE FROM kafka.kafka.acls WHERE cluster_id = 'lkc-7p2v9d' AND principal = 'User:sa-0w3vj0'",
      "SELECT resource_type, resource_name, operation FROM kafka.kafka.acls WHERE cluster_id = 'lkc-7p2v9d' AND principal = 'User:sa-0w3vj0'",
    ],
    [
      "DELETE FROM kafka.kafka.acls WHERE cluster_id = 'lkc-7p2v9d' AND host = '*' AND resource_name LIKE 'orders%'",
      "SELECT resource_type, resource_name, operation FROM kafka.kafka.acls WHERE cluster_id = 'lkc-7p2v9d' AND host = '*' AND resource_name LIKE 'orders%'",
    ],
  ])('deletes the rows that a SELECT shows: %s', async (sql, select) => {
    const proposal = (await proposalFor(sql))!
    const sent = await rowsOf(open({ dryRun: true }), proposal)
    const asked = sent.map(([, url]) => {
      const query = new URL(String(url)).searchParams
      return ['resource_type', 'resource_name', 'operation'].map(name => query.get(name))
    })
    const shown = await rowsOf(open(), select)
    expect(shown.length).toBeGreaterThan(1)
    expect(asked.map(a => a.join(' ')).sort()).toEqual(shown.map(r => r.join(' ')).sort())
  })
})

describe('the proposal for a method whose body must have fields', () => {
  it('takes them from the rows, so that it can be followed', async () => {
    const table = 'confluent.ccl.custom_code_loggings'
    const where = "environment.id = 'env-p7r2k1' AND region LIKE '%-%'"
    const sql = `UPDATE ${table} SET destination_settings.log_level = 'x' WHERE ${where}`
    const sent = await rowsOf(open({ dryRun: true }), (await proposalFor(sql))!)
    const shown = await rowsOf(
      open(),
      `SELECT id, json_object('environment', json_object('id', environment.id), 'destination_settings', json_object('log_level', 'x')) FROM ${table} WHERE ${where}`,
    )
    expect(shown.length).toBeGreaterThan(0)
    expect(sent.map(([, url, body]) => [new URL(String(url)).pathname.split('/').at(-1), body])).toEqual(
      shown,
    )
  })

  it('names a row by its environment as well, where that is in the body', async () => {
    const table = 'confluent.provider_integrations.integrations_v2'
    expect(await proposalFor(`UPDATE ${table} SET config.kind = 'x' WHERE status = 'DRAFT'`)).toBe(
      `UPDATE ${table} SET config.kind = 'x' WHERE (id, environment.id) IN (SELECT id, environment.id FROM ${table} WHERE status = 'DRAFT' AND environment.id = '…')`,
    )
  })
})

describe('wildcards of ACLs', () => {
  const WHERE =
    "cluster_id = 'lkc-7p2v9d' AND resource_type = 'ANY' AND pattern_type = 'ANY' AND operation = 'ANY' AND permission = 'ANY'"

  it('are rejected with the keys in the hint', async () => {
    const error = await rowsOf(open(), `DELETE FROM kafka.kafka.acls WHERE ${WHERE} AND host = '*'`).catch(
      (e: unknown) => e,
    )
    expect(error).toMatchObject({
      code: 'VALUE',
      message: expect.stringMatching('resource_type = "ANY"'),
      hint: expect.stringMatching(
        /DELETE FROM kafka\.kafka\.acls WHERE \(cluster_id, resource_type, .*permission\) IN \(SELECT .* WHERE cluster_id = 'lkc-7p2v9d' AND host = '\*' AND …\)$/,
      ),
    })
    expect(
      await rowsOf(open(), `SELECT count(*) > 10 FROM kafka.kafka.acls WHERE cluster_id = 'lkc-7p2v9d'`),
    ).toEqual([[1]])
  })

  it.each([
    [
      "pattern_type = 'MATCH' AND resource_type = 'TOPIC' AND operation = 'READ' AND permission = 'ALLOW'",
      'MATCH',
    ],
    [
      "principal = 'UserV2:*' AND pattern_type = 'LITERAL' AND resource_type = 'TOPIC' AND operation = 'READ' AND permission = 'ALLOW'",
      'UserV2:*',
    ],
  ])('WHERE %s', async (where, word) => {
    await expect(
      rowsOf(open(), `DELETE FROM kafka.kafka.acls WHERE cluster_id = 'lkc-7p2v9d' AND ${where}`),
    ).rejects.toMatchObject({ code: 'VALUE', message: expect.stringContaining(word) })
  })
})

describe('the statements that the hint for keys of parents proposes', () => {
  const CONNECTORS = 'confluent.connect.connectors'
  const KEYS = 'environment_id, kafka_cluster_id, name'

  it.each([
    `DELETE FROM ${CONNECTORS} WHERE (${KEYS}) IN (SELECT ${KEYS} FROM ${CONNECTORS} WHERE name LIKE '%o%')`,
    `DELETE FROM ${CONNECTORS} AS x WHERE (${KEYS}) IN (SELECT ${KEYS} FROM ${CONNECTORS} WHERE name LIKE '%o%') AND x.name <> 'orders-cdc'`,
  ])('change the rows that the query gives: %s', async sql => {
    const session = open({ dryRun: true })
    const error: unknown = await session.plan(sql).catch((e: unknown) => e)
    expect(error).toMatchObject({
      code: 'MISSING_PARAMETER',
      message: expect.stringMatching(
        /^a change takes no keys from parents: confluent.connect.connectors needs /,
      ),
    })
    const { hint } = error as { hint: string }
    const [, create, change] = /^store them first, which reads all parents: (CREATE .*?); (DELETE .*)$/.exec(
      hint,
    )!
    await rowsOf(session, create!)
    const sent = (await rowsOf(session, change!)).map(([method, url]) => `${String(method)} ${String(url)}`)
    const rows = await rowsOf(
      session,
      `SELECT ${KEYS} FROM found_keys ${sql.includes(' AS x ') ? "WHERE name <> 'orders-cdc'" : ''}`,
    )
    expect(rows.length).toBeGreaterThan(3)
    const paths = rows.map(
      ([environment, cluster, name]) =>
        `/connect/v1/environments/${String(environment)}/clusters/${String(cluster)}/connectors/${encodeURIComponent(String(name))}`,
    )
    expect(sent.map(url => url.replace(/^DELETE http:\/\/[^/]*/, '')).toSorted()).toEqual(paths.toSorted())
  })

  it('store the query that lacks keys, also if it is not the first', async () => {
    const session = open({ dryRun: true })
    await rowsOf(session, 'CREATE TEMP TABLE few AS SELECT id FROM confluent.org.environments LIMIT 1')
    const lacking = `SELECT ${KEYS} FROM ${CONNECTORS} WHERE name LIKE '%o%'`
    for (const first of ['SELECT * FROM few', 'SELECT id FROM confluent.org.environments']) {
      const sql = `DELETE FROM ${CONNECTORS} WHERE environment_id IN (${first}) AND (${KEYS}) IN (${lacking})`
      const error: unknown = await session.plan(sql).catch((e: unknown) => e)
      expect((error as { hint?: string }).hint).toBe(
        `store them first, which reads all parents: CREATE TEMP TABLE found_keys AS ${lacking}; ${sql.replace(lacking, 'SELECT * FROM found_keys')}`,
      )
    }
  })

  it('are not proposed with --require-keys', async () => {
    const sql = `DELETE FROM ${CONNECTORS} AS c WHERE (${KEYS}) IN (SELECT ${KEYS} FROM ${CONNECTORS} WHERE name = 'x')`
    const error: unknown = await open({ dryRun: true, requireKeys: true })
      .plan(sql)
      .catch((e: unknown) => e)
    expect((error as { hint?: string }).hint).not.toContain('CREATE TEMP TABLE')
  })
})
