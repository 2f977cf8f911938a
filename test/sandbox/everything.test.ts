import { describe, expect, test } from 'vitest'
import type { Column, Method, Resource } from '../../src/catalog/types.ts'
import { at } from '../../src/sandbox/rows/json.ts'
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts'
import type { SeedRow } from '../../src/sandbox/rows/parts.ts'
import type { Json, JsonObject } from '../../src/sandbox/types.ts'
import { describedCalls, unneeded } from './described.ts'
import { bodyFor, misfits, requestFor } from './requests.ts'
import { DOCUMENTED } from './statuses.ts'
import { askAt, keyOf, realSandbox } from './support.ts'

const { catalog, data, sandbox } = realSandbox()

interface One {
  readonly resource: Resource
  readonly method: Method
  readonly full: string
}

const all: readonly One[] = catalog
  .providers()
  .flatMap(provider =>
    provider.services.flatMap(service =>
      [...(catalog.service(provider.name, service.name)?.values() ?? [])].flatMap(resource =>
        resource.methods.map(method => ({
          resource,
          method,
          full: `${provider.name}.${service.name}.${resource.name}`,
        })),
      ),
    ),
  )

function send(
  to: Sandbox,
  target: string,
  site: string | undefined,
  { resource, method }: One,
  body?: { text: string; media: string },
) {
  const url = site === undefined ? to.url : (to.sites[site] ?? '')
  const headers = { Authorization: keyOf(data(), `${resource.provider}.${method.host}`, site) }
  return askAt(
    url,
    target,
    body?.text,
    body === undefined ? headers : { ...headers, 'Content-Type': body.media },
  )
}

/** Rows of an answer, as objects by column. */
function rowsIn(body: Json, { resource, method }: One): readonly JsonObject[] {
  const path = (method.rows?.at ?? '$').replace(/^\$\.?/, '')
  const found = path === '' ? body : at(body, path)
  if (method.rows?.kind === 'map')
    return Object.entries(found as JsonObject).map(([key, value]) =>
      columnsOf(value, method.columns ?? resource.columns, key),
    )
  const list = method.rows?.kind === 'array' ? (found as readonly Json[]) : [found ?? null]
  return list.map(row => columnsOf(row, method.columns ?? resource.columns))
}

function columnsOf(row: Json, columns: readonly Column[], key = ''): JsonObject {
  const told = columns.filter(({ isInput }) => isInput !== true)
  const value = ({ name, at: place }: Column) => {
    if (place === '#key') return key
    if (place === '$') return row
    return at(row, (place ?? `$.${name}`).slice(2))
  }
  return Object.fromEntries(told.map(column => [column.name, value(column) ?? null]))
}

describe('every select', () => {
  test.each(
    all
      // a query by POST is made of conditions: test/sandbox/metrics.test.ts
      .filter(({ method }) => method.verb === 'select' && method.queryBody === undefined)
      .map(one => [`${one.full}.${one.method.name}`, one] as const),
  )('%s', async (_, one) => {
    const { resource, method } = one
    const ready = requestFor(data(), resource, method)
    expect(ready).toBeDefined()
    const { status, body } = await send(sandbox(), ready?.target ?? '', ready?.site, one)
    expect([ready?.target, status, status < 300 ? '' : body]).toEqual([ready?.target, 200, ''])
    const rows = rowsIn(body, one)
    expect(rows.length).toBeGreaterThan(0)
    const columns = method.columns ?? resource.columns
    const wrong = rows.flatMap(row =>
      columns.flatMap(column => misfits(row[column.name], column, column.name)),
    )
    expect(wrong).toEqual([])
    expect(rows.some(row => Object.values(row).some(value => value !== null))).toBe(true)
    expect(JSON.stringify(body)).not.toMatch(/"_|site:/)
  })
})

/** Rows that a change is granted on, where not all are. */
const CHANGEABLE: Readonly<Record<string, (row: SeedRow) => boolean>> = {
  'DELETE confluent.iam.invitations': ({ doc }) => doc.status === 'INVITE_STATUS_SENT',
  'DELETE confluent.iam.ip_groups': ({ doc }) => doc.group_name === 'Empty so far',
  'DELETE confluent.flink_compute_pools.compute_pools': ({ doc }) => doc.id === 'lfcp-0j1k2l',
  'DELETE confluent.networking.networks': ({ doc }) => doc.id === 'n-7jf5vd',
  'DELETE confluent.encryption_keys.keys': ({ doc }) => doc.state === 'AVAILABLE',
  'DELETE confluent.schema_registry.subjects': ({ doc }) => doc.subject === 'orders.events-value',
  'DELETE confluent.schema_registry.versions': ({ doc }) => doc.subject === 'orders.events-value',
  'DELETE confluent.notifications.integrations': ({ doc }) => doc.id === 'NI-100003',
}

/** Parts of bodies that must name what is there. */
const PARTS: Readonly<Record<string, (row: JsonObject | undefined) => Readonly<Record<string, Json>>>> = {
  'confluent.provider_integrations.integrations_v2': () => ({ id: 'cspi-1x6n5q' }),
  'confluent.provider_integrations.integrations_v1': () => ({ 'config.kind': 'AwsIntegrationConfig' }),
  'confluent.networking.transit_gateway_attachments': () => ({
    'spec.cloud.kind': 'AwsTransitGatewayAttachment',
  }),
  'confluent.networking.dns_records': () => ({ 'spec.config.kind': 'PrivateLinkAccessPoint' }),
  'confluent.stream_sharing.provider_shares': () => ({ 'consumer_restriction.kind': 'Email' }),
  'confluent.sql.connections': () => ({ 'spec.auth_data.kind': 'PlaintextProvider' }),
  'confluent.sql.materialized_tables': () => ({
    'spec.distribution.kind': 'HASH',
    'spec.columns[].type': { type: 'STRING', nullable: true },
  }),
  'confluent.flink_artifacts.flink_artifacts': () => ({
    'versions[].upload_source': { location: 'PRESIGNED_URL_LOCATION', upload_id: 'x' },
  }),
  'confluent.iam.api_keys': () => ({
    'spec.resources[].id': 'lkc-7p2v9d',
    'spec.resources[].environment': 'env-p7r2k1',
  }),
  'kafka.kafka.cluster_configs': () => ({ 'data[].name': 'num.partitions' }),
  'kafka.kafka.topic_configs': () => ({ 'data[].name': 'retention.ms' }),
  'kafka.kafka.cluster_link_configs': () => ({ 'data[].name': 'acl.sync.enable' }),
  'kafka.kafka.group_configs': () => ({ 'data[].name': 'consumer.session.timeout.ms' }),
  'kafka.kafka.mirror_topics': () => ({ 'mirror_topic_names[]': 'orders.events.mirror' }),
  'confluent.catalog.tag_defs': row => ({ name: row?.name ?? '' }),
  'confluent.catalog.business_metadata_defs': row => ({ name: row?.name ?? '' }),
  'confluent.catalog.tags': row => ({ typeName: row?.typeName ?? '', entityName: row?.entityName ?? '' }),
  'confluent.catalog.business_metadata': row => ({
    typeName: row?.typeName ?? '',
    entityName: row?.entityName ?? '',
  }),
  'confluent.catalog.entities': row => ({ entity: row?.entity ?? {} }),
  'confluent.schema_registry.subjects': row => ({
    schema: row?.schema ?? '',
    schemaType: 'AVRO',
    references: [],
    metadata: {},
    ruleSet: {},
  }),
  'confluent.schema_registry.versions': row => ({
    schema: row?.schema ?? '',
    schemaType: 'AVRO',
    references: [],
    id: -1,
  }),
  'confluent.sts.oauth_tokens': () => ({
    identity_pool_id: String(data().resources['confluent.iam.identity_pools']?.rows[0]?.doc.id),
  }),
  'confluent.sql.statements': () => ({ path: '/spec/principal', op: 'REPLACE', value: 'sa-0w3vj0' }),
}

/** Requests that say too little with the least body that is documented, and the status that says so. */
const TOO_LITTLE: Readonly<Record<string, number>> = {
  'PUT /catalog/v1/types/tagdefs': 404,
  'PUT /catalog/v1/types/businessmetadatadefs': 404,
  'PUT /catalog/v1/entity/tags': 404,
  'PUT /catalog/v1/entity': 404,
  'PUT /catalog/v1/entity/businessmetadata': 404,
  'POST /subjects/{subject}': 422,
  'POST /subjects/{subject}/versions': 422,
}

/** What a row belongs to, which a PATCH must name. */
function placeOf({ http, body }: Method, row: SeedRow | undefined): JsonObject {
  const references = body?.fields.filter(({ required, path }) => required && path.endsWith('.id')) ?? []
  return http !== 'PATCH' || row === undefined
    ? {}
    : Object.fromEntries(references.map(({ path }) => [path, at(row.doc, path) ?? null]))
}

describe.each(['minimal', 'full'] as const)('every other method with a %s body', size => {
  test.each(
    all
      .filter(({ method }) => method.verb !== 'select')
      .map(one => [`${one.full}.${one.method.name}`, one] as const),
  )('%s', async (_, one) => {
    const { resource, method, full } = one
    const signature = `${method.http} ${method.path}`
    const ready = requestFor(data(), resource, method, CHANGEABLE[`${method.http} ${full}`])
    expect(ready).toBeDefined()
    const other = await startSandbox({ catalog, data: data() })
    const sent = bodyFor(method, size, { ...placeOf(method, ready?.row), ...PARTS[full]?.(ready?.row?.doc) })
    const { status, body } = await send(other, ready?.target ?? '', ready?.site, one, sent)
    await other.close()
    const usual =
      method.http === 'GET' ? 200 : method.http === 'POST' ? 201 : method.rows === undefined ? 204 : 200
    const expected =
      (size === 'minimal' ? TOO_LITTLE[signature] : undefined) ?? DOCUMENTED[signature] ?? usual
    expect([ready?.target, status, status === expected ? '' : body]).toEqual([ready?.target, expected, ''])
    if (method.rows === undefined || status >= 300) return
    const wrong = rowsIn(body, one).flatMap(row =>
      (method.columns ?? resource.columns).flatMap(column => misfits(row[column.name], column, column.name)),
    )
    expect(wrong).toEqual([])
  })
})

test('most methods are described', () => {
  const described = new Set(describedCalls().map(call => call.replace(/\?.*/, '')))
  const signatures = all.map(({ method }) => `${method.http} ${method.path.replaceAll(/\{[^}]*\}/g, '{}')}`)
  expect(signatures.filter(signature => described.has(signature)).length).toBeGreaterThan(430)
})

test('all methods of both providers are there', () => {
  expect(all.length).toBeGreaterThan(480)
  expect(Object.keys(data().resources).sort()).toEqual([...new Set(all.map(({ full }) => full))].sort())
})

test('every deviation from the descriptions is needed', () => {
  expect(unneeded('everything')).toEqual([])
})
