import { describe, expect, it } from 'vitest'
import type { Method, Resource } from '../../src/catalog/types.ts'
import { openSandbox } from '../session/sandbox.ts'
import { harness, rowsOf } from '../session/support.ts'

const { open, catalog } = harness()
/** With credentials for all clusters. */
const all = await openSandbox({ dryRun: true })
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
    expect(
      await proposalFor(
        `UPDATE ${table} SET config.kind = 'x' WHERE status = 'DRAFT' AND environment.id = 'env-1'`,
      ),
    ).toBe(
      `UPDATE ${table} SET config.kind = 'x' WHERE (id, environment.id) IN (SELECT id, environment.id FROM ${table} WHERE status = 'DRAFT' AND environment.id = 'env-1')`,
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

describe('the statements that the hint for a change in all parents proposes', () => {
  const STORED = 'store all keys of the rows first, as a SELECT finds them: '
  const read = async (sql: string): Promise<string[][]> =>
    (await all.session.all(sql)).map(row => Object.values(row).map(String))

  /** The requests that the statements in the hint of an error would send. */
  async function follow(sql: string): Promise<string[]> {
    const { code, hint } = await all.errorOf(sql)
    expect({ code, hint }).toEqual({ code: 'MISSING_PARAMETER', hint: expect.stringContaining(STORED) })
    const [create, change, ...more] = hint!.split(STORED)[1]!.split('; ')
    expect(more).toEqual([])
    await all.session.all(create!)
    return (await read(change!)).map(([method, url]) => `${method} ${url}`).toSorted()
  }

  const TOPICS = `SELECT 'DELETE ' || c.http_endpoint || '/kafka/v3/clusters/' || cluster || '/topics/' || topic
    FROM confluent.kafka_topics t JOIN confluent.clusters c ON c.id = t.cluster`

  it.each([
    ["topic_name LIKE 'orders.%'", "topic LIKE 'orders.%'"],
    [
      "topic_name LIKE '%s%' AND topic_name NOT LIKE 'orders%'",
      "topic LIKE '%s%' AND topic NOT LIKE 'orders%'",
    ],
    ["topic_name = 'orders.dlq' OR partitions_count > 6", "topic = 'orders.dlq' OR partitions > 6"],
    [
      "(cluster_id, topic_name) IN (SELECT cluster_id, topic_name FROM kafka.kafka.topics WHERE topic_name LIKE 'o%')",
      "topic LIKE 'o%'",
    ],
    [
      "(cluster_id, topic_name) IN (SELECT cluster, topic FROM confluent.kafka_topics WHERE topic LIKE 'o%')",
      "topic LIKE 'o%'",
    ],
    [
      "topic_name LIKE 'o%' AND cluster_id IN (SELECT id FROM confluent.clusters WHERE region LIKE 'eu%')",
      "topic LIKE 'o%' AND region LIKE 'eu%'",
    ],
  ])('delete the topics of all clusters: %s', async (where, same) => {
    const shown = await read(`${TOPICS} WHERE ${same}`)
    expect(shown.length).toBeGreaterThan(1)
    expect(await follow(`DELETE FROM kafka.kafka.topics WHERE ${where}`)).toEqual(shown.flat().toSorted())
  })

  it('set the configs of topics of all clusters', async () => {
    const sent = await follow(
      "REPLACE kafka.kafka.topic_configs SET value = '1' WHERE name = 'retention.ms' AND topic_name LIKE 'o%'",
    )
    const shown = await read(
      "SELECT cluster_id, topic_name FROM kafka.kafka.topic_configs WHERE name = 'retention.ms' AND topic_name LIKE 'o%'",
    )
    expect(new Set(shown.map(([cluster]) => cluster)).size).toBeGreaterThan(1)
    expect(sent.map(url => url.replace(/^PUT http:..[^/]*/, '')).toSorted()).toEqual(
      shown.map(([c, t]) => `/kafka/v3/clusters/${c}/topics/${t}/configs/retention.ms`).toSorted(),
    )
  })

  it('delete the ACLs of a principal in all clusters', async () => {
    const where = "principal = 'User:209871'"
    const sent = await follow(`DELETE FROM kafka.kafka.acls WHERE ${where}`)
    const shown = await read(
      `SELECT cluster_id, principal, resource_name FROM kafka.kafka.acls WHERE ${where}`,
    )
    expect(new Set(shown.map(([cluster]) => cluster)).size).toBeGreaterThan(1)
    const asked = sent.map(request => {
      const { pathname, searchParams } = new URL(request.replace('DELETE ', ''))
      return [pathname.split('/')[4], searchParams.get('principal'), searchParams.get('resource_name')].join()
    })
    expect(asked.toSorted()).toEqual(shown.map(row => row.join()).toSorted())
  })

  it('change as many rows as a SELECT shows, of every resource with parents', async () => {
    const proposed: string[] = []
    for (const { resource } of deletable()) {
      const name = `${resource.provider}.${resource.service}.${resource.name}`
      const { hint } = await all.errorOf(`DELETE FROM ${name} WHERE 1 = 1`)
      if (!hint?.includes(STORED)) continue
      const sent = await follow(`DELETE FROM ${name} WHERE 1 = 1`)
      const [[count] = []] = await read(`SELECT count(*) FROM ${name}`)
      expect(new Set(sent).size, name).toBe(Number(count))
      proposed.push(name)
    }
    expect(proposed.length).toBeGreaterThan(30)
  })

  it.each([
    ['kafka_topics', "topic LIKE 'orders.%'", 'kafka.kafka.topics', 5],
    ['kafka_topics', "environment_name = 'staging' AND partitions > 2", 'kafka.kafka.topics', 3],
    ['kafka_topic_configs', "name = 'retention.ms' AND topic = 'orders.dlq'", undefined, 0],
    ['connectors', "name LIKE '%o%'", 'confluent.connect.connectors', 3],
    // its registry is not among the keys
    ['subjects', "subject LIKE 'orders%'", undefined, 0],
    ['topic_retention', 'retention_ms = -1', undefined, 0],
  ])('delete the rows of the view %s WHERE %s', async (view, where, table, least) => {
    const { code, hint } = await all.errorOf(`DELETE FROM confluent.${view} WHERE ${where}`)
    expect(code).toBe('UNSUPPORTED')
    const [, statements] = hint!.split('; delete its rows by their keys: ')
    if (table === undefined) return expect(statements).toBeUndefined()
    const [create, change, ...more] = statements!.split('; ')
    expect(more).toEqual([])
    expect(change).toMatch(new RegExp(`^DELETE FROM ${table} WHERE `))
    await all.session.all(create!)
    const sent = await read(change!)
    const [[count] = []] = await read(`SELECT count(*) FROM confluent.${view} WHERE ${where}`)
    expect(new Set(sent.map(([, url]) => url)).size).toBe(Number(count))
    return expect(sent.length).toBeGreaterThan(least)
  })

  it('are not complete without a WHERE', async () => {
    const { hint } = await all.errorOf('DELETE FROM kafka.kafka.topics')
    expect(hint).toContain('FROM kafka.kafka.topics WHERE …; DELETE ')
  })
})
