import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts'
import { askAt, keyOf, realSandbox, type Answer } from './support.ts'
import { unneeded } from './described.ts'

/** What clients of the service, and its recorded answers, showed of it; each test has a sandbox of its own. */

const { catalog, data } = realSandbox()
let sandbox: Sandbox
beforeEach(async () => {
  sandbox = await startSandbox({ catalog, data: data() })
})
afterEach(() => sandbox.close())

const ask = (request: string, body?: unknown, key?: string): Promise<Answer> =>
  askAt(sandbox.url, request, body, key === undefined ? {} : { Authorization: key })
const askSite = (
  site: string,
  request: string,
  body?: unknown,
  key = keyOf(data(), '', site),
): Promise<Answer> => askAt(sandbox.sites[site] ?? '', request, body, { Authorization: key })
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

/** Reads a thing until it is in a phase; fails if it does not get there. */
async function read(path: string, phase: string): Promise<Answer['body']> {
  for (let n = 0; n < 5; n++) {
    const { body } = await ask(`GET ${path}`)
    if (body.status.phase === phase) return body
  }
  throw new Error(`${path} is not ${phase}`)
}

const HOME = { id: 'env-p7r2k1' }

const CLUSTER = { display_name: 'first', availability: 'LOW', config: { kind: 'Basic' } }

describe('ready networks', () => {
  const made = async (spec: object): Promise<Answer['body']> => {
    const { body } = await ask('POST /networking/v1/networks', { spec: { environment: HOME, ...spec } })
    return read(`/networking/v1/networks/${body.id}?environment=env-p7r2k1`, 'READY')
  }

  test('of AWS have an account, a VPC, zones of their region and a domain in it', async () => {
    const { id, spec, status } = await made({
      cloud: 'AWS',
      region: 'us-east-2',
      connection_types: ['PRIVATELINK'],
    })
    expect(spec.zones).toEqual(['use2-az1', 'use2-az2', 'use2-az4'])
    expect(status).toMatchObject({
      active_connection_types: ['PRIVATELINK'],
      supported_connection_types: ['PEERING', 'TRANSITGATEWAY', 'PRIVATELINK'],
      dns_domain: `${id}.us-east-2.aws.example.com`,
      zonal_subdomains: { 'use2-az4': `use2-az4.${id}.us-east-2.aws.example.com` },
      cloud: {
        kind: 'AwsNetwork',
        account: expect.stringMatching(/^\d{12}$/),
        vpc: expect.stringMatching(/^vpc-[0-9a-f]{17}$/),
        private_link_endpoint_service: expect.stringMatching(/^com\.amazonaws\.vpce\.us-east-2\.vpce-svc-/),
      },
    })
  })

  test('of Azure and GCP have the members of those clouds', async () => {
    const azure = await made({ cloud: 'AZURE', region: 'westeurope', connection_types: ['PEERING'] })
    expect([azure.spec.zones, azure.status.cloud.kind]).toEqual([['1', '2', '3'], 'AzureNetwork'])
    expect(azure.status.cloud.vnet).toContain('/virtualNetworks/')
    expect(azure.status).not.toHaveProperty('dns_domain')
    const gcp = await made({ cloud: 'GCP', region: 'europe-west1', connection_types: ['PRIVATELINK'] })
    expect(gcp.status.dns_domain).toBe(`${gcp.id}.europe-west1.gcp.example.com`)
    expect(gcp.status.cloud).toMatchObject({
      kind: 'GcpNetwork',
      vpc_network: gcp.id,
      private_service_connect_service_attachments: { 'europe-west1-b': expect.any(String) },
    })
  })

  test('keep the requested zones', async () => {
    const zones = ['use1-az1', 'use1-az5', 'use1-az6']
    const { spec } = await made({ cloud: 'AWS', region: 'us-east-1', connection_types: ['PEERING'], zones })
    expect(spec.zones).toEqual(zones)
  })
})

describe('connections of networks', () => {
  test('a ready transit gateway attachment has the id of the attachment', async () => {
    const { body } = await ask('POST /networking/v1/transit-gateway-attachments', {
      spec: {
        environment: HOME,
        network: { id: 'n-6kq3mz' },
        cloud: {
          kind: 'AwsTransitGatewayAttachment',
          ram_share_arn: 'arn:aws:ram:eu-central-1:000000000004:resource-share/x',
          transit_gateway_id: 'tgw-1',
          routes: ['192.168.0.0/16'],
        },
      },
    })
    const { spec, status } = await read(
      `/networking/v1/transit-gateway-attachments/${body.id}?environment=env-p7r2k1`,
      'READY',
    )
    expect(status.cloud).toEqual({
      kind: 'AwsTransitGatewayAttachmentStatus',
      transit_gateway_attachment_id: expect.stringMatching(/^tgw-attach-[0-9a-f]{17}$/),
    })
    expect(spec.network).toEqual({
      api_version: 'networking/v1',
      kind: 'Network',
      id: 'n-6kq3mz',
      environment: 'env-p7r2k1',
      related: 'https://api.confluent.cloud/networking/v1/networks/n-6kq3mz',
      resource_name: `${String(data().vars.org_crn)}/environment=env-p7r2k1/network=n-6kq3mz`,
    })
  })

  test.each([
    ['AwsEgressPrivateLinkGatewaySpec', { principal_arn: expect.stringContaining('arn:aws:iam:') }],
    ['AwsIngressPrivateLinkGatewaySpec', { vpc_endpoint_service_name: expect.stringContaining('eu-west-1') }],
    ['AwsPrivateNetworkInterfaceGatewaySpec', { account: expect.stringMatching(/^\d{12}$/) }],
    ['AzureEgressPrivateLinkGatewaySpec', { subscription: expect.any(String) }],
    ['GcpEgressPrivateServiceConnectGatewaySpec', { project: expect.any(String) }],
  ])('a gateway of kind %s has the status of its kind', async (kind, more) => {
    const { body } = await ask('POST /networking/v1/gateways', {
      spec: { environment: HOME, config: { kind, region: 'eu-west-1' } },
    })
    const { status } = await read(`/networking/v1/gateways/${body.id}?environment=env-p7r2k1`, 'READY')
    expect(status.cloud_gateway).toEqual({ kind: kind.replace(/Spec$/, 'Status'), ...more })
  })

  test('gateways are filtered by words of their own, active for READY', async () => {
    const found = async (phase: string): Promise<number> =>
      (await ask(`GET /networking/v1/gateways?environment=env-p7r2k1&status.phase=${phase}`)).body.data.length
    expect([await found('active'), await found('READY'), await found('failed')]).toEqual([2, 0, 0])
  })
})

describe('the first cluster of an environment', () => {
  const environment = async (package_: string): Promise<{ id: string }> =>
    (
      await ask('POST /org/v2/environments', {
        display_name: `with ${package_}`,
        stream_governance_config: { package: package_ },
      })
    ).body
  const cluster = (id: string): Promise<Answer> =>
    ask('POST /cmk/v2/clusters', {
      spec: { ...CLUSTER, environment: { id }, cloud: 'GCP', region: 'europe-west1' },
    })
  const registries = async (id: string): Promise<Answer['body'][]> =>
    (await ask(`GET /srcm/v3/clusters?environment=${id}`)).body.data

  test('creates a Schema Registry with a server and settings', async () => {
    const { id } = await environment('ADVANCED')
    expect(await registries(id)).toEqual([])
    await cluster(id)
    await cluster(id)
    const [registry, ...others] = await registries(id)
    expect(others).toEqual([])
    expect(registry.spec).toMatchObject({ cloud: 'GCP', region: 'europe-west1' })
    const { spec } = await read(`/srcm/v3/clusters/${registry.id}?environment=${id}`, 'PROVISIONED')
    expect(spec.http_endpoint).toBe(sandbox.sites[registry.id])
    const { body } = await askSite(registry.id, 'GET /config')
    expect(body.compatibilityLevel).toBe('BACKWARD')
  })
})

describe('created keys', () => {
  const key = async (resource: object): Promise<{ id: string; pair: string; spec: Answer['body'] }> => {
    const { status, body } = await ask('POST /iam/v2/api-keys', {
      spec: { owner: { id: 'u-4k9x2m' }, resource },
    })
    expect(status).toBe(202)
    return { id: body.id, pair: basic(`${body.id}:${body.spec.secret}`), spec: body.spec }
  }

  test('are accepted by their cluster after a delay, and by nothing else', async () => {
    const { id, pair } = await key({ id: 'lkc-7p2v9d' })
    const topics = (site = 'lkc-7p2v9d'): Promise<Answer> =>
      askSite(site, `GET /kafka/v3/clusters/${site}/topics`, undefined, pair)
    const statuses = [(await topics()).status, (await topics()).status, (await topics()).status]
    expect(statuses).toEqual([401, 401, 200])
    expect((await topics('lkc-8q3w0f')).status).toBe(401)
    expect((await ask('GET /org/v2/environments', undefined, pair)).status).toBe(401)
    expect(
      (await askSite('lkc-7p2v9d', 'GET /kafka/v3/clusters', undefined, basic(`${id}:guessed`))).status,
    ).toBe(401)
    await ask(`DELETE /iam/v2/api-keys/${id}`)
    expect((await topics()).status).toBe(401)
  })

  test('are accepted by the cloud API or Tableflow, whichever they are for', async () => {
    const [cloud, tableflow] = [await key({ id: 'cloud' }), await key({ id: 'tableflow' })]
    const last = async (path: string, { pair }: { pair: string }): Promise<number> => {
      for (let n = 0; n < 2; n++) await ask(path, undefined, pair)
      return (await ask(path, undefined, pair)).status
    }
    expect(await last('GET /org/v2/environments', cloud)).toBe(200)
    expect(await last('GET /tableflow/v1/regions', tableflow)).toBe(200)
    expect(await last('GET /tableflow/v1/regions', cloud)).toBe(401)
  })

  test('for a region of Flink contain the region', async () => {
    const { pair, spec } = await key({ id: 'aws.us-east-1', environment: 'env-p7r2k1' })
    expect(spec.resource).toEqual({
      api_version: 'fcpm/v2',
      kind: 'Region',
      id: 'aws.us-east-1',
      environment: 'env-p7r2k1',
      related: expect.stringContaining('/fcpm/v2/regions/aws.us-east-1'),
      resource_name: expect.stringContaining('/environment=env-p7r2k1/flink-region=aws.us-east-1'),
    })
    const path = `GET /sql/v1/organizations/${String(data().vars.org)}/environments/env-p7r2k1/statements`
    for (let n = 0; n < 2; n++) await askSite('aws.us-east-1', path, undefined, pair)
    expect((await askSite('aws.us-east-1', path, undefined, pair)).status).toBe(200)
  })

  test('for a created cluster have its environment', async () => {
    const made = await ask('POST /cmk/v2/clusters', {
      spec: { ...CLUSTER, cloud: 'AWS', region: 'eu-central-1', environment: { id: 'env-s4t9q6' } },
    })
    const { spec } = await key({ id: made.body.id })
    expect(spec.resource).toMatchObject({
      environment: 'env-s4t9q6',
      resource_name: expect.stringContaining(`/environment=env-s4t9q6/cloud-cluster=${made.body.id}/`),
    })
  })
})

test('a program for connectors is accepted, and has no region', async () => {
  const { body } = await ask('GET /cam/v1/connect-artifacts?spec.cloud=AWS&environment=env-p7r2k1')
  expect(body.data.map(({ spec }: Answer['body']) => spec.region)).toEqual([undefined])
})

describe('Flink', () => {
  const SQL = () => `/sql/v1/organizations/${String(data().vars.org)}/environments/env-p7r2k1`
  const region = (path: string): Promise<Answer> => askSite('aws.eu-central-1', `GET ${SQL()}${path}`)

  test('lists end with an empty link', async () => {
    for (const path of ['/statements', '/connections', '/materialized-tables', '/agents'])
      expect([path, (await region(path)).body.metadata.next]).toEqual([path, ''])
  })

  test('columns of materialized tables have their kind', async () => {
    const { body } = await region('/materialized-tables')
    expect(body.data[0].spec.columns.map(({ kind }: Answer['body']) => kind)).toEqual([
      'Physical',
      'Computed',
    ])
  })

  test('versions of programs have their upload location', async () => {
    const { body } = await ask(
      'GET /artifact/v1/flink-artifacts?cloud=AWS&region=eu-central-1&environment=env-p7r2k1',
    )
    expect(body.data[0].versions[0].upload_source).toEqual({
      location: 'PRESIGNED_URL_LOCATION',
      upload_id: expect.any(String),
    })
  })
})

describe('Kafka', () => {
  const SITE = 'lkc-2k5y3h'
  const KAFKA = `/kafka/v3/clusters/${SITE}`
  const kafka = (request: string, body?: unknown): Promise<Answer> =>
    askSite(SITE, request.replace(' ', ` ${KAFKA}`), body)

  test('a mirror topic is a topic, with partitions and settings, until it is deleted', async () => {
    const names = async (): Promise<string[]> =>
      (await kafka('GET /topics')).body.data.map(({ topic_name }: Answer['body']) => topic_name)
    expect(await names()).toEqual(expect.arrayContaining(['orders.events.mirror', 'orders.state.mirror']))
    const { status } = await kafka('POST /links/from-production/mirrors', {
      source_topic_name: 'orders.dlq',
      mirror_topic_name: 'copy',
    })
    expect(status).toBe(204)
    expect(await names()).toContain('copy')
    expect((await kafka('GET /topics/copy/partitions')).body.data).toHaveLength(2)
    expect((await kafka('GET /topics/copy/configs')).body.data.length).toBeGreaterThan(5)
    await kafka('DELETE /topics/copy')
    expect((await kafka('GET /links/from-production/mirrors/copy')).status).toBe(404)
  })

  test('a request for several mirrors is answered for each, and changes each', async () => {
    const names = ['orders.events.mirror', 'orders.state.mirror']
    const { body } = await kafka('POST /links/from-production/mirrors:pause', { mirror_topic_names: names })
    expect(
      body.data.map(({ mirror_topic_name, error_code }: Answer['body']) => [mirror_topic_name, error_code]),
    ).toEqual(names.map(name => [name, null]))
    const mirrors = (await kafka('GET /links/from-production/mirrors')).body.data
    expect(mirrors.map(({ mirror_status }: Answer['body']) => mirror_status)).toEqual(['PAUSED', 'PAUSED'])
  })

  test('settings of brokers are dynamic defaults, also in their synonyms', async () => {
    const setting = async (): Promise<Answer['body']> =>
      (await kafka('GET /broker-configs/num.partitions')).body
    const source = 'DYNAMIC_DEFAULT_BROKER_CONFIG'
    expect(await setting()).toMatchObject({
      config_type: 'BROKER',
      is_default: false,
      source,
      synonyms: [{ name: 'num.partitions', value: '6', source }],
    })
    await kafka('PUT /broker-configs/num.partitions', { value: '9' })
    expect(await setting()).toMatchObject({ value: '9', synonyms: [{ value: '9' }] })
    await kafka('DELETE /broker-configs/num.partitions')
    expect((await kafka('GET /broker-configs/num.partitions')).status).toBe(404)
  })
})

describe('the catalog', () => {
  const SITE = 'lsrc-1v5d8k'
  const path = '/catalog/v1/entity/type/kafka_topic/name/lkc-7p2v9d:orders.events'
  const key = (): string => keyOf(data(), 'confluent.catalog', SITE)

  test('PUT of an entity changes the given members, and keeps the others', async () => {
    const before = (await askSite(SITE, `GET ${path}`, undefined, key())).body.entity
    const { status, body } = await askSite(
      SITE,
      'PUT /catalog/v1/entity',
      {
        entity: {
          typeName: 'kafka_topic',
          attributes: {
            qualifiedName: 'lkc-7p2v9d:orders.events',
            description: 'Changed',
            owner: 'new@example.com',
          },
        },
      },
      key(),
    )
    expect([status, body.mutatedEntities.UPDATE[0].guid]).toEqual([200, before.guid])
    const after = (await askSite(SITE, `GET ${path}`, undefined, key())).body.entity
    expect(after.attributes).toEqual({
      ...before.attributes,
      description: 'Changed',
      owner: 'new@example.com',
    })
    expect([after.guid, after.classificationNames]).toEqual([before.guid, before.classificationNames])
  })

  test('PUT of an entity that does not exist is answered with 404', async () => {
    const entity = { typeName: 'kafka_topic', attributes: { qualifiedName: 'none' } }
    expect((await askSite(SITE, 'PUT /catalog/v1/entity', { entity }, key())).status).toBe(404)
  })
})

test('integrations with Azure and GCP name their provider in lower case, whichever was sent', async () => {
  const { body } = await ask('POST /pim/v2/integrations', {
    display_name: 'x',
    provider: 'AZURE',
    environment: HOME,
  })
  expect(body.provider).toBe('azure')
  for (const word of ['azure', 'AZURE'])
    expect(
      (await ask(`GET /pim/v2/integrations?environment=env-p7r2k1&provider=${word}`)).body.data,
    ).toHaveLength(2)
})

describe('keys for fields', () => {
  test.each(['/deks', '/deks/orders-value/versions'])(
    'below a missing one are answered with 404, code 40470: %s',
    async path => {
      const { status, body } = await askSite('lsrc-1v5d8k', `GET /dek-registry/v1/keks/nope${path}`)
      expect([status, body]).toEqual([404, { error_code: 40470, message: "Key 'nope' not found." }])
    },
  )
})

describe('the last page of a list', () => {
  test('has no link to the next, a null, or an empty one', async () => {
    const next = async (path: string): Promise<unknown> => (await ask(`GET ${path}`)).body.metadata.next
    expect(await next('/org/v2/environments')).toBeUndefined()
    expect(await next('/cmk/v2/clusters?environment=env-p7r2k1')).toBeUndefined()
    const topics = await askSite('lkc-7p2v9d', 'GET /kafka/v3/clusters/lkc-7p2v9d/topics')
    expect(topics.body.metadata.next).toBeNull()
    expect(await next('/srcm/v2/regions')).toBe('')
  })

  test('may follow a full one, with null for rows', async () => {
    const pages: (number | null)[] = []
    for (let path = '/iam/v2/service-accounts?page_size=30'; path !== '';) {
      const { body } = await ask(`GET ${path}`)
      pages.push(body.data?.length ?? body.data)
      const next = body.metadata.next === undefined ? undefined : new URL(body.metadata.next)
      path = next === undefined ? '' : next.pathname + next.search
    }
    expect(pages).toEqual([30, 30, null])
    expect((await ask('GET /iam/v2/service-accounts?display_name=none')).body.data).toEqual([])
  })
})

test('every deviation from the descriptions is needed', () => {
  expect(unneeded('service')).toEqual([])
})
