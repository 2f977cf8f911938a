import { afterEach, describe, expect, test } from 'vitest'
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts'
import { askAt, keyOf, realSandbox } from './support.ts'

const { catalog, data, sandbox, ask } = realSandbox()
const KAFKA = '/kafka/v3/clusters'

let other: Sandbox | undefined
afterEach(async () => {
  await other?.close()
  other = undefined
})

function askSite(
  site: string,
  request: string,
  body?: unknown,
  key = keyOf(data(), '', site),
  of: Sandbox = sandbox(),
) {
  return askAt(of.sites[site] ?? '', request, body, { Authorization: key })
}

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

describe('servers of clusters', () => {
  test('each have their own port, which the rows of clusters contain', async () => {
    const { sites, url } = sandbox()
    expect(new Set([url, ...Object.values(sites)]).size).toBe(14)
    for (const environment of ['env-p7r2k1', 'env-s4t9q6', 'env-d3v8n5']) {
      const { body } = await ask(`GET /cmk/v2/clusters?environment=${environment}&page_size=100`)
      for (const { id, spec, status } of body.data) {
        expect([id, spec.http_endpoint]).toEqual([id, status.phase === 'PROVISIONED' ? sites[id] : ''])
      }
      const registries = (await ask(`GET /srcm/v3/clusters?environment=${environment}`)).body.data
      expect(
        registries.map(
          ({ id, spec }: { id: string; spec: { http_endpoint: string } }) => spec.http_endpoint === sites[id],
        ),
      ).toEqual([true])
    }
    const regions = (await ask('GET /fcpm/v2/regions')).body.data
    expect(regions.map(({ http_endpoint }: { http_endpoint: string }) => http_endpoint)).toEqual(
      ['aws.eu-central-1', 'aws.us-east-1', 'azure.westeurope', 'gcp.europe-west1'].map(id => sites[id]),
    )
  })

  test('accept their own key and that of their kind, and no other', async () => {
    const request = `GET ${KAFKA}/lkc-8q3w0f/topics`
    expect((await askSite('lkc-8q3w0f', request)).status).toBe(200)
    expect(
      (await askSite('lkc-8q3w0f', request, undefined, basic('sandbox-kafka:sandbox-kafka'))).status,
    ).toBe(200)
    for (const key of [
      'sandbox:sandbox',
      'lkc-7p2v9d:sandbox-lkc-7p2v9d',
      'lkc-8q3w0f:sandbox',
      'sandbox-registry:sandbox-registry',
      '',
    ])
      expect([key, (await askSite('lkc-8q3w0f', request, undefined, basic(key))).status]).toEqual([key, 401])
    expect(
      (
        await askAt(sandbox().url, 'GET /org/v2/environments', undefined, {
          Authorization: basic('sandbox-kafka:sandbox-kafka'),
        })
      ).status,
    ).toBe(401)
    expect((await ask('GET /tableflow/v1/regions')).status).toBe(401)
  })

  test('report a wrong key in their own form', async () => {
    const wrong = basic('who:what')
    const kafka = await askSite('lkc-7p2v9d', `GET ${KAFKA}/lkc-7p2v9d`, undefined, wrong)
    expect([kafka.headers.get('content-type'), kafka.body]).toEqual([
      'text/html;charset=iso-8859-1',
      expect.stringContaining('<title>Error 401 Unauthorized</title>'),
    ])
    expect((await askSite('lsrc-1v5d8k', 'GET /subjects', undefined, wrong)).body).toEqual({
      error_code: 401,
      message: expect.any(String),
    })
    const flink = await askSite(
      'aws.us-east-1',
      'GET /sql/v1/organizations/o/environments/e/statements',
      undefined,
      wrong,
    )
    expect(flink.body.errors[0]).toMatchObject({ status: '401', code: 'user_unauthenticated' })
  })

  test('report errors in their own form', async () => {
    const gone = await askSite('lkc-7p2v9d', `GET ${KAFKA}/lkc-7p2v9d/topics/none`)
    expect([gone.status, gone.body]).toEqual([
      404,
      { error_code: 40403, message: 'This server does not host this topic-partition.' },
    ])
    const subject = await askSite('lsrc-1v5d8k', 'GET /subjects/none/versions')
    expect([subject.status, subject.body]).toEqual([
      404,
      { error_code: 40401, message: "Subject 'none' not found." },
    ])
    const connector = await ask('GET /connect/v1/environments/env-p7r2k1/clusters/lkc-7p2v9d/connectors/none')
    expect([connector.status, connector.body.error_code]).toEqual([404, 404])
  })

  test('have only their own rows', async () => {
    const wrong = await askSite('lkc-4n7a5k', `GET ${KAFKA}/lkc-7p2v9d/topics`)
    expect([wrong.status, wrong.body]).toEqual([
      404,
      { error_code: 404, message: 'Cluster lkc-7p2v9d not found' },
    ])
    const names = async (site: string) =>
      (await askSite(site, `GET ${KAFKA}/${site}/topics`)).body.data.map(
        (one: { topic_name: string }) => one.topic_name,
      )
    expect(await names('lkc-4n7a5k')).toEqual([
      'orders.events',
      'orders.state',
      'orders.dlq',
      'loyalty.events',
      'loyalty.state',
      'loyalty.dlq',
    ])
    expect(await names('lkc-3m6z4j')).not.toContain('orders.events')
  })
})

describe('phases', () => {
  test('a Kafka cluster is provisioned after two reads, with a server and its own key; the server is stopped with its deletion', async () => {
    other = await startSandbox({ catalog, data: data() })
    const to = other
    const made = await askAt(to.url, 'POST /cmk/v2/clusters', {
      spec: {
        display_name: 'new',
        availability: 'LOW',
        cloud: 'AWS',
        region: 'eu-central-1',
        config: { kind: 'Basic' },
        environment: { id: 'env-d3v8n5' },
      },
    })
    const { id } = made.body
    expect([made.status, made.body.status.phase, made.body.spec.http_endpoint]).toEqual([
      202,
      'PROVISIONING',
      '',
    ])
    const phases = []
    let endpoint = ''
    for (let reads = 0; reads < 4; reads++) {
      const { body } = await askAt(to.url, `GET /cmk/v2/clusters/${id}?environment=env-d3v8n5`)
      phases.push(body.status.phase)
      endpoint = body.spec.http_endpoint
    }
    expect(phases).toEqual(['PROVISIONING', 'PROVISIONING', 'PROVISIONED', 'PROVISIONED'])
    const headers = { Authorization: keyOf(data(), '', id) }
    expect((await askAt(endpoint, `GET ${KAFKA}/${id}`, undefined, headers)).body.cluster_id).toBe(id)
    const topic = await askAt(
      endpoint,
      `POST ${KAFKA}/${id}/topics`,
      { topic_name: 't', partitions_count: 2, configs: [{ name: 'retention.ms', value: '1' }] },
      headers,
    )
    expect([topic.status, topic.body.metadata.self]).toEqual([200, `${endpoint}${KAFKA}/${id}/topics/t`])
    expect(topic.body).not.toHaveProperty('authorized_operations')
    expect(
      (await askAt(endpoint, `GET ${KAFKA}/${id}/topics/t/partitions`, undefined, headers)).body.data,
    ).toHaveLength(2)
    const config = await askAt(
      endpoint,
      `GET ${KAFKA}/${id}/topics/t/configs/retention.ms`,
      undefined,
      headers,
    )
    expect([config.body.value, config.body.is_default, config.body.source]).toEqual([
      '1',
      false,
      'DYNAMIC_TOPIC_CONFIG',
    ])
    expect((await askAt(to.url, `DELETE /cmk/v2/clusters/${id}?environment=env-d3v8n5`)).status).toBe(204)
    await expect(fetch(endpoint)).rejects.toThrow('fetch failed')
  })

  test('a list counts as a read; initial rows do not change', async () => {
    other = await startSandbox({ catalog, data: data() })
    await askAt(other.url, 'POST /fcpm/v2/compute-pools', {
      spec: {
        display_name: 'new',
        cloud: 'AWS',
        region: 'eu-central-1',
        max_cfu: 5,
        environment: { id: 'env-s4t9q6' },
      },
    })
    const phases = []
    for (let reads = 0; reads < 3; reads++) {
      const { body } = await askAt(other.url, 'GET /fcpm/v2/compute-pools?environment=env-s4t9q6')
      phases.push(body.data.map((one: { status: { phase: string } }) => one.status.phase))
    }
    expect(phases).toEqual([
      ['PROVISIONED', 'PROVISIONING'],
      ['PROVISIONED', 'PROVISIONING'],
      ['PROVISIONED', 'PROVISIONED'],
    ])
  })

  test('a connector starts, is paused, and is deleted', async () => {
    other = await startSandbox({ catalog, data: data() })
    const { url } = other
    const path = '/connect/v1/environments/env-d3v8n5/clusters/lkc-4n7a5k/connectors'
    const made = await askAt(url, `POST ${path}`, {
      name: 'c',
      config: { 'connector.class': 'S3_SINK', name: 'c' },
    })
    expect([made.status, made.body]).toMatchObject([
      201,
      { name: 'c', type: 'sink', config: { 'connector.class': 'S3_SINK' } },
    ])
    const state = async () => (await askAt(url, `GET ${path}/c/status`)).body.connector.state as string
    expect([await state(), await state(), await state()]).toEqual(['PROVISIONING', 'PROVISIONING', 'RUNNING'])
    expect((await askAt(url, `PUT ${path}/c/pause`)).status).toBe(202)
    expect(await state()).toBe('PAUSED')
    const { body } = await askAt(url, `GET ${path}?expand=info,status,id`)
    expect([Object.keys(body), body.c.status.connector.state]).toEqual([['dev-datagen', 'c'], 'PAUSED'])
    expect((await askAt(url, `GET ${path}`)).body).toEqual(['dev-datagen', 'c'])
    expect((await askAt(url, `DELETE ${path}/c`)).body).toEqual({ error: null })
    expect((await askAt(url, `GET ${path}/c/status`)).status).toBe(404)
  })
})

describe('access control lists', () => {
  const principals = async (query: string): Promise<string[]> =>
    (await askSite('lkc-7p2v9d', `GET ${KAFKA}/lkc-7p2v9d/acls${query}`)).body.data.map(
      (one: { principal: string }) => one.principal,
    )

  test('name principals by number, unless asked for UserV2:*, which leaves the deleted ones', async () => {
    const plain = await principals('')
    expect(plain.every(one => /^User:(\d+|\*)$/.test(one))).toBe(true)
    const named = await principals('?principal=UserV2:*')
    expect(named).toHaveLength(plain.length)
    expect(named.filter(one => /^User:\d+$/.test(one))).toEqual(['User:209871'])
    expect(named.filter(one => one.startsWith('User:sa-')).length).toBeGreaterThan(10)
    const one = named.find(principal => principal.startsWith('User:sa-')) ?? ''
    expect(new Set(await principals(`?principal=${one}`))).toEqual(new Set([one]))
    expect(await principals('?principal=User:*')).toEqual(['User:*'])
  })

  test('match a name by pattern', async () => {
    const { body } = await askSite(
      'lkc-7p2v9d',
      `GET ${KAFKA}/lkc-7p2v9d/acls?pattern_type=MATCH&resource_name=orders.state&resource_type=TOPIC`,
    )
    const found = body.data.map((one: { resource_name: string }) => one.resource_name)
    expect(new Set(found)).toEqual(new Set(['orders.', 'orders.state', '*']))
  })

  test('are created and deleted, and the answer lists the deleted ones', async () => {
    other = await startSandbox({ catalog, data: data() })
    const acl = {
      resource_type: 'TOPIC',
      resource_name: 'x',
      pattern_type: 'LITERAL',
      principal: 'User:sa-1',
      host: '*',
      operation: 'READ',
      permission: 'ALLOW',
    }
    const send = (request: string, body?: unknown) => askSite('lkc-4n7a5k', request, body, undefined, other)
    expect((await send(`POST ${KAFKA}/lkc-4n7a5k/acls`, acl)).status).toBe(201)
    expect(
      (await send(`POST ${KAFKA}/lkc-4n7a5k/acls:batch`, { data: [acl, { ...acl, operation: 'WRITE' }] }))
        .status,
    ).toBe(201)
    const gone = await send(
      `DELETE ${KAFKA}/lkc-4n7a5k/acls?resource_type=TOPIC&resource_name=x&pattern_type=LITERAL&operation=READ&permission=ALLOW`,
    )
    expect([gone.status, gone.body.data.length, gone.body.data[0].resource_name]).toEqual([200, 2, 'x'])
    expect(gone.body.data[0].principal).toMatch(/^User:\d+$/)
  })
})

test('settings are changed and reset, several at once', async () => {
  other = await startSandbox({ catalog, data: data() })
  const path = `${KAFKA}/lkc-4n7a5k/topics/orders.events/configs`
  const send = (request: string, body?: unknown) => askSite('lkc-4n7a5k', request, body, undefined, other)
  const values = async () => {
    const all = (await send(`GET ${path}`)).body.data as {
      name: string
      value: string
      is_default: boolean
    }[]
    return all
      .filter(({ name }) => /^(retention|segment)\.ms$/.test(name))
      .map(({ value, is_default }) => [value, is_default])
  }
  const week = '604800000'
  expect(await values()).toEqual([
    [week, true],
    [week, true],
  ])
  const changes = [
    { name: 'retention.ms', value: '1' },
    { name: 'segment.ms', value: '2', operation: 'SET' },
  ]
  expect((await send(`POST ${path}:alter`, { data: changes })).status).toBe(204)
  expect(await values()).toEqual([
    ['1', false],
    ['2', false],
  ])
  expect(
    (await send(`POST ${path}:alter`, { data: [{ name: 'retention.ms', operation: 'DELETE' }] })).status,
  ).toBe(204)
  expect((await send(`DELETE ${path}/segment.ms`)).status).toBe(204)
  expect(await values()).toEqual([
    [week, true],
    [week, true],
  ])
})

test('a Schema Registry is provisioned, visible in both versions of its API, and deleted with its environment', async () => {
  other = await startSandbox({ catalog, data: data() })
  const { url } = other
  const environment = (await askAt(url, 'POST /org/v2/environments', { display_name: 'new' })).body.id
  const made = await askAt(url, 'POST /srcm/v2/clusters', {
    spec: { package: 'ESSENTIALS', environment: { id: environment }, region: { id: 'sgreg-2' } },
  })
  const { id } = made.body
  const read = async (version: number) =>
    (await askAt(url, `GET /srcm/v${version}/clusters/${id}?environment=${environment}`)).body
  for (const version of [2, 3]) {
    const phases = [await read(version), await read(version), await read(version)].map(
      ({ status }) => status.phase,
    )
    expect(phases).toEqual(['PROVISIONING', 'PROVISIONING', 'PROVISIONED'])
    expect((await read(version)).spec.http_endpoint).toBe(other.sites[id])
  }
  const endpoint = other.sites[id] ?? ''
  expect((await askSite(id, 'GET /config', undefined, undefined, other)).body).toMatchObject({
    compatibilityLevel: 'BACKWARD',
  })
  expect((await askSite(id, 'GET /subjects', undefined, undefined, other)).body).toEqual([])
  expect((await askAt(url, `DELETE /org/v2/environments/${environment}`)).status).toBe(204)
  expect((await askAt(url, `GET /srcm/v3/clusters?environment=${environment}`)).status).toBe(403)
  await expect(fetch(endpoint)).rejects.toThrow('fetch failed')
})

describe('schemas', () => {
  test('are numbered, deleted in two steps, and paged by offset and limit', async () => {
    other = await startSandbox({ catalog, data: data() })
    const send = (request: string, body?: unknown) => askSite('lsrc-3x7g0n', request, body, undefined, other)
    const first = await send('POST /subjects/new/versions', { schema: '"int"' })
    expect([first.status, first.body.version]).toEqual([200, 1])
    expect((await send('POST /subjects/new/versions', { schema: '"long"' })).body.version).toBe(2)
    expect((await send('POST /subjects/new/versions', { schema: '"int"' })).body).toMatchObject({
      id: first.body.id,
      version: 1,
    })
    expect((await send('GET /subjects/new/versions/latest')).body).toMatchObject({
      subject: 'new',
      version: 2,
      schema: '"long"',
    })
    const subjects = (await send('GET /subjects')).body
    expect((await send('GET /subjects?offset=1&limit=2')).body).toEqual(subjects.slice(1, 3))
    expect((await send('DELETE /subjects/new?permanent=true')).body.error_code).toBe(40405)
    expect((await send('DELETE /subjects/new')).body).toEqual([1, 2])
    expect((await send('GET /subjects/new/versions')).status).toBe(404)
    expect((await send('GET /subjects?deletedOnly=true')).body).toEqual(['new'])
    expect((await send('DELETE /subjects/new?permanent=true')).body).toEqual([1, 2])
    expect((await send('GET /subjects?deleted=true')).body).not.toContain('new')
  })

  test('settings of a subject fall back to the global ones only on request', async () => {
    const of = async (path: string) => (await askSite('lsrc-1v5d8k', `GET ${path}`)).body
    expect(await of('/config/orders.events-value')).toMatchObject({ compatibilityLevel: 'FULL_TRANSITIVE' })
    expect(await of('/config/payments.events-value')).toMatchObject({ error_code: 40408 })
    expect(await of('/config/payments.events-value?defaultToGlobal=true')).toMatchObject({
      compatibilityLevel: 'BACKWARD',
    })
    expect(await of('/mode')).toEqual({ mode: 'READWRITE' })
  })
})

test('a body that is a list changes each of its elements', async () => {
  other = await startSandbox({ catalog, data: data() })
  const send = (request: string, body?: unknown) => askSite('lsrc-3x7g0n', request, body, undefined, other)
  const tags = ['a', 'b'].map(name => ({ name, entityTypes: ['kafka_topic'] }))
  const { status, body } = await send('POST /catalog/v1/types/tagdefs', tags)
  expect([status, body.map(({ name }: { name: string }) => name)]).toEqual([200, ['a', 'b']])
  const names = (await send('GET /catalog/v1/types/tagdefs')).body.map(({ name }: { name: string }) => name)
  expect(names).toEqual(expect.arrayContaining(['a', 'b']))
})

test('an exchanged token is accepted by the cloud API', async () => {
  const pool = String(data().resources['confluent.iam.identity_pools']?.rows[0]?.doc.id)
  const form = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: 'jwt',
    identity_pool_id: pool,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    expires_in: '900',
  })
  const media = { 'Content-Type': 'application/x-www-form-urlencoded' }
  const response = await fetch(`${sandbox().url}/sts/v1/oauth2/token`, {
    method: 'POST',
    headers: media,
    body: form,
  })
  const token = (await response.json()) as { access_token: string; expires_in: number; token_type: string }
  expect([response.status, token.expires_in, token.token_type]).toEqual([200, 900, 'Bearer'])
  const bearer = { Authorization: `Bearer ${token.access_token}` }
  expect((await askAt(sandbox().url, 'GET /org/v2/environments', undefined, bearer)).status).toBe(200)
  expect(
    (await askAt(sandbox().url, 'GET /org/v2/environments', undefined, { Authorization: 'Bearer made-up' }))
      .status,
  ).toBe(401)
  form.set('identity_pool_id', 'pool-none')
  expect(
    (await fetch(`${sandbox().url}/sts/v1/oauth2/token`, { method: 'POST', headers: media, body: form }))
      .status,
  ).toBe(400)
})
