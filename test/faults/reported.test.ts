import { describe, expect, it } from 'vitest'
import { type ConfluentqlError, Session } from '../../src/index.ts'
import { compiledDir, compiledProvider } from '../catalog/compiled.ts'
import { cli, server } from '../cli/support.ts'
import { run } from '../session/support.ts'
import { atEnd, listen } from '../support/cleanup.ts'

const KEYS = {
  CONFLUENT_CLOUD_API_KEY: 'k',
  CONFLUENT_CLOUD_API_SECRET: 's',
  KAFKA_API_KEY: 'k',
  KAFKA_API_SECRET: 's',
  SCHEMA_REGISTRY_API_KEY: 'k',
  SCHEMA_REGISTRY_API_SECRET: 's',
}
const URLS = [
  'CONFLUENT_CLOUD_ENDPOINT',
  'KAFKA_REST_ENDPOINT',
  'CATALOG_REST_ENDPOINT',
  'SCHEMA_REGISTRY_REST_ENDPOINT',
]

/** A session whose every host answers each request with status 200 and one body, and the requests that it sent. */
async function answering(body: unknown): Promise<{ session: Session; requests: string[] }> {
  const requests: string[] = []
  const url = await listen((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  const env = { ...KEYS, ...Object.fromEntries(URLS.map(name => [name, url])) }
  const session = new Session({ env, builtIn: compiledDir() })
  atEnd(() => session.close())
  return { session, requests }
}

async function errorOf(sql: string, body: unknown): Promise<ConfluentqlError> {
  const { session, requests } = await answering(body)
  const error = await run(session, sql).then(
    ran => ran.error,
    (thrown: unknown) => thrown,
  )
  expect(requests.length, 'something was asked').toBeGreaterThan(0)
  expect(error, `an error of ${sql}`).toBeInstanceOf(Error)
  return error as ConfluentqlError
}

const PRODUCE =
  "INSERT INTO kafka.kafka.records (cluster_id, topic_name, value.type, value.data) VALUES ('lkc-1', 't', 'STRING', 'x')"
const PROMOTE =
  "EXEC kafka.kafka.mirror_topics.update_kafka_mirror_topics_promote @cluster_id = 'lkc-1', @link_name = 'l'"
const TAG =
  "INSERT INTO confluent.catalog.tags (typeName, entityType, entityName) VALUES ('PII', 'kafka_topic', 'lkc-1:t')"
const CONNECTOR =
  "confluent.connect.connectors WHERE environment_id = 'env-1' AND kafka_cluster_id = 'lkc-1' AND name = 'c'"
const ACCOUNT = "confluent.iam.service_accounts WHERE id = 'sa-1'"
const FAILED = { code: 'out_of_gas', detail: 'Something went wrong' }

/** An answer of status 200 may say itself that nothing, or not everything, was done. */
describe('a success that reports a failure is an error', () => {
  it.each<[string, unknown, string]>([
    [
      PRODUCE,
      { error_code: 40002, message: 'Record too large' },
      '200, but the answer reports a failure: 40002: Record too large',
    ],
    [
      PRODUCE,
      { error_code: 42206, message: 'no partition 7', cluster_id: 'lkc-1', topic_name: 't', partition_id: 0 },
      '42206: no partition 7',
    ],
    [
      PROMOTE,
      {
        data: [
          { mirror_topic_name: 'a', error_code: null, error_message: null },
          { mirror_topic_name: 'b', error_code: 40903, error_message: 'Already promoted' },
          { mirror_topic_name: 'c', error_code: 40403, error_message: 'No such mirror' },
        ],
      },
      '200, but 2 of 3 failed: b: 40903: Already promoted; c: 40403: No such mirror',
    ],
    [
      TAG,
      [{ typeName: 'PII', error: { error_code: 4041, message: 'No such entity' } }],
      '1 of 1 failed: PII: 4041: No such entity',
    ],
    [`DELETE FROM ${CONNECTOR}`, { error: 'cannot be deleted now' }, 'cannot be deleted now'],
    [
      `DELETE FROM ${CONNECTOR}`,
      { error: { code: 409, message: 'is being changed' } },
      '409: is being changed',
    ],
    ['SELECT id FROM confluent.iam.users', { code: 403, message: 'forbidden', data: [] }, '403: forbidden'],
    [
      'SELECT id FROM confluent.iam.users',
      { code: '40301', message: 'forbidden', data: null },
      '40301: forbidden',
    ],
    [`DELETE FROM ${ACCOUNT}`, { errors: [FAILED] }, 'out_of_gas: Something went wrong'],
    [
      "INSERT INTO confluent.iam.invitations (email) VALUES ('a@example.com')",
      { id: 'i-1', errors: [FAILED] },
      'out_of_gas: Something went wrong; whether it was carried out is unknown',
    ],
    [
      "UPDATE confluent.iam.service_accounts SET description = 'x' WHERE id = 'sa-1'",
      { code: 7, message: 'no' },
      '7: no',
    ],
    [
      "EXEC confluent.connect.managed_connector_plugins.translate_connectv1connector_plugin @environment_id = 'env-1', @kafka_cluster_id = 'lkc-1', @plugin_name = 'p', @@json = '{}'",
      { config: {}, errors: [{ field: 'topics', message: 'is unknown' }] },
      'is unknown',
    ],
  ])('%s: %j', async (sql, body, message) => {
    const error = await errorOf(sql, body)
    expect(error).toMatchObject({ code: 'API', status: 200 })
    expect(error.message).toContain(message)
    expect(error.hint).toMatch(/./)
  })

  it.each<[string, unknown, string]>([
    [`SELECT * FROM ${ACCOUNT}`, { errors: [FAILED] }, 'out_of_gas: Something went wrong'],
    [
      'SELECT * FROM confluent.iam.service_accounts',
      { errors: [FAILED] },
      'out_of_gas: Something went wrong',
    ],
    ['SELECT id FROM confluent.iam.users', { data: [{ id: 'u-1' }], errors: [FAILED] }, 'out_of_gas'],
    ['SELECT count(*) FROM confluent.iam.users', { data: null, errors: ['no more'] }, 'no more'],
    [`SELECT * FROM ${ACCOUNT}`, { error_code: 40301, message: 'not yours' }, '40301: not yours'],
    [`SELECT * FROM ${ACCOUNT}`, { error: { code: 403, message: 'not yours' } }, '403: not yours'],
    [`SELECT * FROM ${ACCOUNT}`, { code: 'x', message: 'not yours' }, 'x: not yours'],
    [
      "SELECT name FROM confluent.connect.connectors WHERE environment_id = 'env-1' AND kafka_cluster_id = 'lkc-1'",
      { error: { code: 500, message: 'try later' } },
      '500: try later',
    ],
    [
      "SELECT name FROM confluent.connect.connectors WHERE environment_id = 'env-1' AND kafka_cluster_id = 'lkc-1'",
      { error_code: 500, message: 'try later' },
      '500: try later',
    ],
    [
      'SELECT * FROM confluent.catalog.tag_defs',
      [{ name: 'PII' }, { name: 'GDPR', error: { error_code: 5001, message: 'cannot be read' } }],
      '1 of 2 failed: GDPR: 5001: cannot be read',
    ],
    [
      "SELECT config FROM confluent.schema_registry.exporter_configs WHERE name = 'e'",
      { error_code: 40450, message: 'no e' },
      '40450: no e',
    ],
  ])('%s: %j', async (sql, body, message) => {
    const error = await errorOf(sql, body)
    expect(error.message).toContain(message)
    expect(error).toMatchObject({ code: 'API', hint: expect.stringMatching(/./) })
  })

  it('has a hint that fits its code', async () => {
    expect((await errorOf(PRODUCE, { error_code: 40301, message: 'no' })).hint).toContain('may not do this')
    expect((await errorOf(`DELETE FROM ${ACCOUNT}`, { errors: [FAILED], data: {} })).hint).toContain(
      'SELECT * FROM',
    )
  })

  it('ends the program with status 1 and no count', async () => {
    const url = await server((_, response) =>
      response.end('{"error_code":40002,"message":"Record too large"}'),
    )
    const env = { KAFKA_REST_ENDPOINT: url, KAFKA_API_KEY: 'k', KAFKA_API_SECRET: 's' }
    expect(await cli([PRODUCE], { env })).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/^error: POST .*40002: Record too large.*\nhint: .+\n$/),
    })
  })

  it('stops a statement of several changes, and says which were made', async () => {
    let n = 0
    const url = await listen((_, response) => {
      n++
      response.end(
        JSON.stringify({ error_code: n === 2 ? 40002 : 200, message: n === 2 ? 'too large' : undefined }),
      )
    })
    const session = new Session({ env: { ...KEYS, KAFKA_REST_ENDPOINT: url }, builtIn: compiledDir() })
    atEnd(() => session.close())
    const { affected, error } = await run(
      session,
      `${PRODUCE}, ('lkc-1', 't', 'STRING', 'y'), ('lkc-1', 't', 'STRING', 'z')`,
    )
    expect(affected).toEqual({ verb: 'INSERT', count: 1 })
    expect((error as Error).message).toMatch(/failed at row 2 of 3 .*40002: too large/)
    expect(n).toBe(2)
  })

  it('is not kept in the cache', async () => {
    let n = 0
    const url = await listen((_, response) => {
      n++
      response.end(n === 1 ? JSON.stringify({ errors: [FAILED] }) : '{"data":[{"id":"u-1"}]}')
    })
    const session = new Session({
      env: { ...KEYS, CONFLUENT_CLOUD_ENDPOINT: url },
      builtIn: compiledDir(),
      cache: () => 60,
    })
    atEnd(() => session.close())
    const ids = 'SELECT id FROM confluent.iam.users'
    await expect(run(session, ids)).rejects.toThrow('out_of_gas')
    expect((await run(session, ids)).rows).toEqual([['u-1']])
  })
})

describe('data that looks like a failure stays data', () => {
  const rows = async (sql: string, body: unknown): Promise<unknown> =>
    (await run((await answering(body)).session, sql)).rows

  it.each<[string, unknown, unknown]>([
    [`${PRODUCE} RETURNING error_code, offset`, { error_code: 200, offset: 7 }, [[200, 7]]],
    [`SELECT id FROM ${ACCOUNT}`, { id: 'sa-1', error: null, errors: [], error_code: null }, [['sa-1']]],
    [
      "SELECT tasks FROM kafka.kafka.cluster_links WHERE cluster_id = 'lkc-1' AND link_name = 'l'",
      { link_name: 'l', link_error: 'TIMEOUT_ERROR', tasks: [{ errors: [{ error_code: 'X' }] }] },
      [['[{"errors":[{"error_code":"X"}]}]']],
    ],
    [
      "SELECT id, status.error_code AS code FROM confluent.networking.networks WHERE environment = 'env-1'",
      {
        data: [{ id: 'n-1', spec: { environment: { id: 'env-1' } }, status: { error_code: 'CIDR_OVERLAP' } }],
      },
      [['n-1', 'CIDR_OVERLAP']],
    ],
    [
      "SELECT name, state FROM confluent.connect.connectors WHERE environment_id = 'env-1' AND kafka_cluster_id = 'lkc-1'",
      {
        error: {
          info: { name: 'error' },
          status: { name: 'error', connector: { state: 'FAILED', trace: 'x' } },
        },
      },
      [['error', 'FAILED']],
    ],
    [
      "SELECT config FROM confluent.connect.connector_config WHERE environment_id = 'env-1' AND kafka_cluster_id = 'lkc-1' AND connector_name = 'c'",
      { error: 'all', 'errors.tolerance': 'all' },
      [['{"error":"all","errors.tolerance":"all"}']],
    ],
  ])('%s: %j', async (sql, body, expected) => {
    expect(await rows(sql, body)).toEqual(expected)
  })

  it('if the provider file declares it', async () => {
    const providers = compiledProvider(
      `
provider: p
title: Test
version: 1.0.0
hosts: { main: { url: 'http://127.0.0.1:1', url_env: P_URL, auth: { kind: none } } }
host: main
services: { s: { title: S } }
`,
      `
service: s
resources:
  checks:
    summary: Checks
    columns: { id: string, errors: 'string[]', error_code: integer }
    methods:
      get_check: { sql: select, call: 'GET /checks/{id}', failure: none }
      run_check: { sql: insert, call: POST /checks, body: { id: required }, failure: { at: $.outcome, code: state, success: [OK], message: why } }
`,
    )
    let body: unknown = { id: 'c', errors: ['bad'], error_code: 7 }
    const url = await listen((_, response) => response.end(JSON.stringify(body)))
    const session = new Session({ env: { P_URL: url }, builtIn: providers })
    atEnd(() => session.close())
    expect((await run(session, "SELECT errors, error_code FROM p.s.checks WHERE id = 'c'")).rows).toEqual([
      ['["bad"]', 7],
    ])
    const insert = "INSERT INTO p.s.checks (id) VALUES ('c')"
    body = { outcome: { state: 'OK', why: 'fine' } }
    expect((await run(session, insert)).error).toBeUndefined()
    body = { outcome: { state: 'BAD', why: 'not fine' } }
    expect(((await run(session, insert)).error as Error).message).toContain('BAD: not fine')
  })
})
