import type { BodyField, Method, Resource, Shape } from '../../src/catalog/types.ts'
import { signatureOf } from '../../src/sandbox/requests/request.ts'
import { allAt, merge, nest } from '../../src/sandbox/rows/json.ts'
import type { SeedRow } from '../../src/sandbox/rows/parts.ts'
import type { Json, SandboxData } from '../../src/sandbox/types.ts'

/** A request to a server of the sandbox. */
export interface Ready {
  readonly target: string
  readonly site: string | undefined
  readonly row: SeedRow | undefined
}

/** Values of parameters that are no values of rows. */
const ASKED: Readonly<Record<string, string>> = {
  'confluent.billing.costs start_date': '2026-10-01',
  'confluent.billing.costs end_date': '2026-11-01',
  'confluent.connect.managed_connector_plugins environment_id': 'env-p7r2k1',
  'confluent.connect.managed_connector_plugins kafka_cluster_id': 'lkc-7p2v9d',
  'confluent.connect.managed_connector_plugins plugin_name': 'S3_SINK',
  'confluent.connect.connectors environment_id': 'env-p7r2k1',
  'confluent.schema_registry.compatibilities subject': 'orders.events-value',
  'confluent.schema_registry.compatibilities version': 'latest',
  'confluent.iam.role_bindings crn_pattern':
    'crn://confluent.cloud/organization=3f6c1d0e-52b7-4c1a-9f27-8e0d4b7a91c5/*',
  'confluent.stream_sharing.provider_shared_resources file_name': 'logo.png',
  'POST kafka.kafka.cluster_links link_name': 'new-link',
  'kafka.kafka.records topic_name': 'orders.events',
  'DELETE confluent.schema_registry.contexts context': '.export',
  'confluent.schema_registry_clusters.v3_access id': 'lsrc-1v5d8k',
  'confluent.schema_registry_clusters.v3_access cluster_id': 'lkc-7p2v9d',
  'confluent.schema_registry_clusters.v3_access environment': 'env-p7r2k1',
  'confluent.ai.chat_completions chat_completion_id': 'chat-1a2b3c',
}

/** Servers of requests that are about no row. */
const SITES: Readonly<Record<string, string>> = {
  kafka: 'lkc-7p2v9d',
  registry: 'lsrc-1v5d8k',
  flink: 'aws.eu-central-1',
}

/**
 * The request of a method with all that it requires, its values taken from a row that the data has; undefined if
 * no row has them. `fits` chooses among the rows.
 */
export function requestFor(
  data: SandboxData,
  resource: Resource,
  method: Method,
  fits: (row: SeedRow) => boolean = () => true,
): Ready | undefined {
  const name = `${resource.provider}.${resource.service}.${resource.name}`
  const behaviour = data.resources[name]
  const own = behaviour?.methods?.[signatureOf(method)]
  const base = own?.in ?? name
  const plane = Object.entries(data.planes ?? {}).find(([, { hosts }]) =>
    hosts.includes(`${resource.provider}.${method.host}`),
  )
  const sited = plane?.[1].sites !== undefined
  const rows = (data.resources[base]?.rows ?? []).filter(fits)
  for (const row of [...rows, undefined]) {
    const site = sited ? (row?.site ?? SITES[plane?.[0] ?? '']) : undefined
    const params = method.params.map(p => ({ ...p, name: p.wire ?? p.name }))
    const values = params.map((param): readonly [typeof param, string | undefined] => {
      const places = [
        own?.params?.[param.name],
        ...matchedBy(data, base, param.name),
        param.column,
        param.name,
      ]
      const asked = ASKED[`${method.http} ${name} ${param.name}`] ?? ASKED[`${name} ${param.name}`]
      if (param.name === 'cluster_id' && site !== undefined) return [param, site]
      const found = places.flatMap(place =>
        typeof place === 'string' && row !== undefined ? allAt(row.doc, place) : [],
      )
      const key = own?.params?.[param.name] === undefined ? row?.keys?.[param.name] : undefined
      const value = asked ?? key ?? found.find(one => typeof one !== 'object')
      return [param, value === undefined || value === null ? undefined : String(value)]
    })
    const needed = values.filter(([param]) => param.in !== 'host' && (param.in === 'path' || param.required))
    if (needed.some(([, value]) => value === undefined)) continue
    const path = method.path.replace(/\{(\w+)\}/g, (_, param: string) =>
      encodeURIComponent(values.find(([one]) => one.name === param)?.[1] ?? ''),
    )
    const query = new URLSearchParams([
      ...Object.entries(method.query ?? {}),
      ...needed
        .filter(([param]) => param.in === 'query')
        .map(([param, value]): [string, string] => [param.name, value ?? '']),
    ])
    return { target: `${method.http} ${path}${query.size === 0 ? '' : `?${query.toString()}`}`, site, row }
  }
  return undefined
}

function matchedBy(data: SandboxData, base: string, param: string): readonly (string | undefined)[] {
  const matcher = data.resources[base]?.filters?.[param] ?? data.filters?.[param]
  return [matcher !== undefined && 'column' in matcher ? matcher.column : undefined]
}

/** Values that a part of a body must have to pass, where any of its type will not do. */
const VALUES: Readonly<Record<string, Json>> = {
  email: 'minimal@example.com',
  principal: 'User:u-4k9x2m',
  crn_pattern: 'crn://confluent.cloud/organization=x',
  topic_name: 'made.by.test',
  identity_pool_id: 'POOL',
  upload_id: 'x',
  'spec.owner.id': 'u-4k9x2m',
  'spec.resource.id': 'lkc-7p2v9d',
  'environment.id': 'env-p7r2k1',
  'spec.environment.id': 'env-p7r2k1',
  'spec.network.id': 'n-6kq3mz',
  'spec.byok.id': 'cck-1z0y9x',
  'spec.gateway.id': 'gw-3c7n5t',
  'spec.network_link_service.id': 'nls-3y9b7f',
  'spec.private_link_attachment.id': 'platt-4f8r2c',
  'spec.cluster.id': 'lkc-7p2v9d',
  'spec.kafka_cluster.id': 'lkc-7p2v9d',
  'spec.credential_identity.id': 'u-4k9x2m',
  'spec.region.id': 'sgreg-2',
  environment: 'env-p7r2k1',
  cloud: 'AWS',
  'spec.cloud': 'AWS',
  'spec.upload_source.location': 'PRESIGNED_URL_LOCATION',
}

/** A value of a shape, for the part of a body at a path. */
export function sample(shape: Shape, path: string, values: Readonly<Record<string, Json>>): Json {
  const known = values[path] ?? VALUES[path]
  if (known !== undefined) return known
  if (shape.type === 'array')
    return shape.items === undefined ? [] : [sample(shape.items, `${path}[]`, values)]
  if (shape.type === 'object')
    return Object.fromEntries(
      Object.entries(shape.fields ?? {}).map(([name, inner]) => [
        name,
        sample(inner, `${path}.${name}`, values),
      ]),
    )
  if (shape.type === 'boolean') return true
  if (shape.type === 'string') return shape.values?.[0] ?? `a ${path}`
  return shape.type === 'timestamp' ? '2026-01-01T00:00:00Z' : 1
}

/** The body of a method as text, with all its parts or the required ones, and its media type. */
export function bodyFor(
  method: Method,
  size: 'minimal' | 'full',
  values: Readonly<Record<string, Json>>,
): { text: string; media: string } | undefined {
  const { body } = method
  if (body === undefined) return undefined
  const fields = size === 'full' ? body.fields : body.fields.filter(({ required }: BodyField) => required)
  const object = fields.reduce<Json>(
    (whole, field) => merge(whole, nest(field.path, sample(field, field.path, values))),
    {},
  )
  if (body.kind === 'form')
    return { text: new URLSearchParams(object as Record<string, string>).toString(), media: body.media }
  return { text: JSON.stringify(body.kind === 'array' ? [object] : object), media: body.media }
}

/** What does not fit a shape in a value, in words; empty if all does. */
export function misfits(value: Json | undefined, shape: Shape, path: string): readonly string[] {
  if (value === undefined || value === null) return []
  const is = {
    string: 'string',
    timestamp: 'string',
    integer: 'number',
    number: 'number',
    boolean: 'boolean',
    object: 'object',
    array: 'object',
  } as const
  const right = typeof value === is[shape.type] && Array.isArray(value) === (shape.type === 'array')
  if (!right || (shape.type === 'integer' && !Number.isInteger(value)))
    return [`${path} is no ${shape.type}: ${JSON.stringify(value)}`]
  if (shape.type === 'timestamp' && Number.isNaN(Date.parse(String(value))))
    return [`${path} is no time: ${JSON.stringify(value)}`]
  if (Array.isArray(value)) {
    const { items } = shape
    return items === undefined
      ? []
      : (value as readonly Json[]).flatMap((element, index) => misfits(element, items, `${path}[${index}]`))
  }
  const fields = Object.entries(shape.fields ?? {})
  return fields.flatMap(([name, inner]) =>
    misfits((value as Record<string, Json>)[name], inner, `${path}.${name}`),
  )
}
