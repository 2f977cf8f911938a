import type { Host, Method } from '../../src/catalog/types.ts'
import type { Call } from '../../src/http/types.ts'
import { json, serve, type TestServer } from './support.ts'

/** A host whose base URL is a parameter. */
export const PLANE: Host = {
  name: 'cluster',
  kind: 'kafka',
  url: '',
  urlParam: 'rest_endpoint',
  urlEnv: 'PLANE_URL',
  domains: ['planes.example'],
  resource: { params: ['cluster_id'], idEnv: 'PLANE_ID' },
  environment: 'environment_id',
  oauth: { identity_pool_id: 'x-pool', logical_cluster: 'x-cluster' },
  auth: { kind: 'basic', userEnv: 'PLANE_KEY', passwordEnv: 'PLANE_SECRET' },
}

export const KEY = { PLANE_KEY: 'PLANEKEY', PLANE_SECRET: 'plane-secret-0123456789' }

const TOPICS: Method = {
  name: 'list_topics',
  verb: 'select',
  http: 'GET',
  path: '/topics',
  host: 'cluster',
  rows: { at: '$.data', kind: 'array' },
  params: [
    { name: 'cluster_id', in: 'query', type: 'string', required: false },
    { name: 'environment_id', in: 'query', type: 'string', required: false },
    { name: 'rest_endpoint', in: 'host', type: 'string', required: false },
  ],
}

/** A call of the plane; without a URL, whatever else gives it. */
export function at(url: string | undefined, args: Record<string, string> = {}, host: Host = PLANE): Call {
  const given = { ...args, ...(url !== undefined && { rest_endpoint: url }) }
  return {
    host,
    method: TOPICS,
    args: Object.fromEntries(Object.entries(given).map(([name, value]) => [name, [value]])),
  }
}

/** A server that answers every request with no rows. */
export function plane(): Promise<TestServer> {
  return serve((_, response) => json(response, { data: [] }))
}

export function basic(key: string, secret: string): string {
  return `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`
}

/** The credentials that a server was sent. */
export function sentTo(server: TestServer): (string | undefined)[] {
  return server.seen.map(({ headers }) => headers.authorization)
}
