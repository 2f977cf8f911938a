import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts'
import { unneeded } from './described.ts'
import { askAt, keyOf, realSandbox, type Answer } from './support.ts'

/** What Terraform's provider asks for while it creates, changes and destroys things; `npm run test:terraform` runs it. */

const { catalog, data } = realSandbox()
let sandbox: Sandbox
beforeEach(async () => {
  sandbox = await startSandbox({ catalog, data: data() })
})
afterEach(() => sandbox.close())

const ask = (request: string, body?: unknown, key?: string): Promise<Answer> =>
  askAt(sandbox.url, request, body, key === undefined ? {} : { Authorization: key })
const askSite = (site: string, request: string, body?: unknown, key?: string): Promise<Answer> =>
  askAt(sandbox.sites[site] ?? '', request, body, { Authorization: key ?? keyOf(data(), '', site) })

const HOME = { id: 'env-p7r2k1' }

async function newCluster(config: object): Promise<string> {
  const { body } = await ask('POST /cmk/v2/clusters', {
    spec: {
      display_name: 'new',
      availability: 'LOW',
      cloud: 'AWS',
      region: 'eu-central-1',
      config,
      environment: HOME,
    },
  })
  return String(body.id)
}

describe('an address for uploads', () => {
  const presigned = [
    ['/connect/v1/presigned-upload-url', { content_format: 'ZIP', cloud: 'AWS' }],
    ['/ccpm/v1/presigned-upload-url', { content_format: 'ZIP', cloud: 'AWS', environment: HOME }],
    ['/cam/v1/presigned-upload-url', { content_format: 'JAR', cloud: 'AWS', environment: HOME.id }],
    [
      '/artifact/v1/presigned-upload-url',
      { content_format: 'JAR', cloud: 'AWS', region: 'eu-central-1', environment: HOME.id },
    ],
  ] as const

  test.each(presigned)('of %s takes a file without a key', async (path, request) => {
    const { upload_url, upload_form_data } = (await ask(`POST ${path}`, request)).body
    const form = new FormData()
    for (const [name, value] of Object.entries(upload_form_data)) form.append(name, String(value))
    form.append('file', new Blob([Buffer.alloc(2_000_000)]), 'plugin.zip')
    expect((await fetch(upload_url, { method: 'POST', body: form })).status).toBe(204)
    expect((await fetch(upload_url, { method: 'PUT', body: 'PK' })).status).toBe(201)
    expect((await fetch(upload_url)).status).toBe(401)
  })
})

test('a created key is accepted after some seconds, without a refused request', async () => {
  const { id, spec } = (
    await ask('POST /iam/v2/api-keys', {
      spec: { owner: { id: 'u-4k9x2m' }, resource: { id: 'lkc-7p2v9d' } },
    })
  ).body
  const key = `Basic ${Buffer.from(`${id}:${spec.secret}`).toString('base64')}`
  // the clock of the sandbox advances by a second with each change
  for (let second = 0; second < 5; second++)
    await ask(`PATCH /org/v2/environments/${HOME.id}`, { display_name: `name ${second}` })
  expect(
    (await askSite('lkc-7p2v9d', 'GET /kafka/v3/clusters/lkc-7p2v9d/topics', undefined, key)).status,
  ).toBe(200)
})

test('secrets in the settings of a connector are never shown', async () => {
  const path = `/connect/v1/environments/${HOME.id}/clusters/lkc-7p2v9d/connectors`
  const config = {
    'connector.class': 'PostgresCdcSourceV2',
    name: 'new',
    'kafka.auth.mode': 'KAFKA_API_KEY',
    'kafka.api.key': 'key of Kafka',
    'kafka.api.secret': 'secret of Kafka',
    'database.password': 'secret of the database',
    'tasks.max': '1',
  }
  const shown = {
    ...config,
    'kafka.api.key': '****************',
    'kafka.api.secret': '****************',
    'database.password': '****************',
  }
  expect((await ask(`POST ${path}`, { name: 'new', config })).body.config).toMatchObject(shown)
  const changed = await ask(`PUT ${path}/new/config`, { ...config, 'tasks.max': '2' })
  expect(changed.body.config).toMatchObject({ ...shown, 'tasks.max': '2' })
  const { new: listed } = (await ask(`GET ${path}?expand=info,status,id`)).body
  expect(listed.info.config).toMatchObject({ ...shown, 'tasks.max': '2' })
})

test('the units of a dedicated cluster follow their setting', async () => {
  const id = await newCluster({ kind: 'Dedicated', cku: 1 })
  const change = { spec: { environment: HOME, config: { kind: 'Dedicated', cku: 2 } } }
  expect((await ask(`PATCH /cmk/v2/clusters/${id}`, change)).body.status.cku).toBe(2)
})

test('a network has the status of its cloud from the beginning, in whichever phase it is', async () => {
  const clouds = { AWS: 'AwsNetwork', AZURE: 'AzureNetwork', GCP: 'GcpNetwork' }
  for (const [cloud, kind] of Object.entries(clouds)) {
    const spec = { cloud, region: 'somewhere', connection_types: ['PEERING'], environment: HOME }
    expect((await ask('POST /networking/v1/networks', { spec })).body.status).toMatchObject({
      phase: 'PROVISIONING',
      cloud: { kind },
    })
  }
  const { data: networks } = (await ask('GET /networking/v1/networks?environment=env-d3v8n5')).body
  expect(networks.map(({ status }: Answer['body']) => [status.phase, status.cloud.kind])).toEqual([
    ['PROVISIONING', 'AwsNetwork'],
    ['FAILED', 'GcpNetwork'],
  ])
})

describe('the settings of a new cluster', () => {
  test('are those that were set, until they are reset', async () => {
    const id = await newCluster({ kind: 'Dedicated', cku: 1 })
    const path = `/kafka/v3/clusters/${id}/broker-configs`
    const listed = async (): Promise<unknown[]> =>
      (await askSite(id, `GET ${path}`)).body.data.map(({ name, value }: Answer['body']) => [name, value])
    const alter = (...settings: object[]): Promise<Answer> =>
      askSite(id, `POST ${path}:alter`, { data: settings })
    expect(await listed()).toEqual([])
    await alter({ name: 'num.partitions', value: '8' }, { name: 'auto.create.topics.enable', value: 'true' })
    await alter({ name: 'num.partitions', value: '9' })
    await askSite(id, `PUT ${path}/log.retention.ms`, { value: '60000' })
    expect(await listed()).toEqual([
      ['num.partitions', '9'],
      ['auto.create.topics.enable', 'true'],
      ['log.retention.ms', '60000'],
    ])
    await alter({ name: 'num.partitions', operation: 'DELETE' })
    await askSite(id, `DELETE ${path}/log.retention.ms`)
    expect(await listed()).toEqual([['auto.create.topics.enable', 'true']])
  })
})

test('a setting of a topic that is not among the usual ones can be set, and reset, but not of a topic that is not there', async () => {
  const site = 'lkc-7p2v9d'
  const path = `/kafka/v3/clusters/${site}/topics`
  const name = 'max.compaction.lag.ms'
  const set = async (): Promise<unknown[]> =>
    (await askSite(site, `GET ${path}/new/configs`)).body.data
      .filter(({ source }: Answer['body']) => source === 'DYNAMIC_TOPIC_CONFIG')
      .map((row: Answer['body']) => [row.name, row.value])
  await askSite(site, `POST ${path}`, { topic_name: 'new', configs: [{ name, value: '1' }] })
  expect(await set()).toEqual([[name, '1']])
  const alter = (topic: string, ...settings: object[]): Promise<Answer> =>
    askSite(site, `POST ${path}/${topic}/configs:alter`, { data: settings })
  await alter('new', { name, value: '2' }, { name: 'min.cleanable.dirty.ratio', value: '0.5' })
  await alter('new', { name: 'unclean.leader.election.enable', operation: 'DELETE' })
  expect(await set()).toEqual([
    [name, '2'],
    ['min.cleanable.dirty.ratio', '0.5'],
  ])
  await alter('new', { name, operation: 'DELETE' })
  expect(await set()).toEqual([['min.cleanable.dirty.ratio', '0.5']])
  expect((await alter('none', { name, value: '2' })).status).toBe(404)
})

test('an access point keeps its kind, whatever a change of its settings says', async () => {
  const { data: points } = (await ask(`GET /networking/v1/access-points?environment=${HOME.id}`)).body
  const [{ id, spec }] = points
  const { body } = await ask(`PATCH /networking/v1/access-points/${id}`, {
    spec: {
      environment: HOME,
      config: { kind: 'aws_private_network_interface', egress_routes: ['10.0.0.0/8'] },
    },
  })
  expect(body.spec.config).toMatchObject({ kind: spec.config.kind, egress_routes: ['10.0.0.0/8'] })
})

test('settings of a cluster link that are given when it is created are set, and all others are defaults', async () => {
  const site = 'lkc-7p2v9d'
  const path = `/kafka/v3/clusters/${site}/links`
  const { status } = await askSite(site, `POST ${path}?link_name=new`, {
    source_cluster_id: 'lkc-8q3w0f',
    configs: [{ name: 'acl.sync.ms', value: '5100' }],
  })
  expect(status).toBe(204)
  const set = async (): Promise<unknown[]> =>
    (await askSite(site, `GET ${path}/new/configs`)).body.data
      .filter(({ source }: Answer['body']) => source === 'DYNAMIC_CLUSTER_LINK_CONFIG')
      .map(({ name, value, is_default }: Answer['body']) => [name, value, is_default])
  expect(await set()).toEqual([['acl.sync.ms', '5100', false]])
  await askSite(site, `PUT ${path}/new/configs:alter`, {
    data: [
      { name: 'acl.sync.ms', operation: 'DELETE' },
      { name: 'topic.config.sync.ms', value: '6000' },
    ],
  })
  expect(await set()).toEqual([['topic.config.sync.ms', '6000', false]])
})

describe('Flink', () => {
  const SITE = 'aws.eu-central-1'
  const base = (): string => `/sql/v1/organizations/${String(data().vars.org)}/environments/${HOME.id}`

  test('a statement is stopped and resumed by a PUT of its specification', async () => {
    const path = `${base()}/statements`
    const spec = {
      statement: 'INSERT INTO a SELECT * FROM b',
      compute_pool_id: 'lfcp-1a2b3c',
      properties: {},
    }
    await askSite(SITE, `POST ${path}`, { name: 'new', spec })
    const put = async (stopped: boolean): Promise<unknown> => {
      await askSite(SITE, `PUT ${path}/new`, { name: 'new', spec: { ...spec, stopped } })
      return phase()
    }
    const phase = async (): Promise<unknown> => (await askSite(SITE, `GET ${path}/new`)).body.status.phase
    expect(await put(true)).toBe('STOPPED')
    for (let reads = 0; reads < 4; reads++) expect(await phase()).toBe('STOPPED')
    expect(await put(false)).toBe('RUNNING')
  })

  test('a materialized table is stopped and resumed in the same way', async () => {
    const path = `${base()}/databases/lkc-7p2v9d/materialized-tables`
    const spec = { kafka_cluster_id: 'lkc-7p2v9d', compute_pool_id: 'lfcp-1a2b3c', query: 'SELECT 1' }
    await askSite(SITE, `POST ${path}`, { name: 'new', spec: { ...spec, stopped: true } })
    const phase = async (): Promise<unknown> => (await askSite(SITE, `GET ${path}/new`)).body.status.phase
    for (let reads = 0; reads < 2; reads++) await phase()
    expect(await phase()).toBe('STOPPED')
    await askSite(SITE, `PUT ${path}/new`, { name: 'new', spec: { ...spec, stopped: false } })
    expect(await phase()).toBe('RUNNING')
  })
})

test('every deviation from the descriptions is needed', () => {
  expect(unneeded('terraform')).toEqual([])
})
