import { loadCatalog } from '../../src/catalog/sources/load.ts'
import { Session, type SessionOptions } from '../../src/engine/session.ts'
import { createClient } from '../../src/http/client.ts'
import { compiledProvider } from '../catalog/compiled.ts'
import { atEnd, listen } from '../support/cleanup.ts'

/** environments → clusters → connectors → tasks, topics at the address of their cluster, and tables with other parents. */
const PROVIDER = `
provider: p
title: Test
version: 1.0.0
hosts:
  main: { url: 'http://127.0.0.1:1', url_env: P_URL, auth: { kind: none } }
  plane: { url_param: address, about: Base URL of the cluster, auth: { kind: none } }
host: main
paging: { token: { kind: token, param: page_token, size: page_size, max: 3, next: $.metadata.next } }
services: { s: { title: S } }
parents:
  s.environments: { environment: id }
views:
  s.busy_environments:
    summary: Environments that are small or have a certain name
    sql: SELECT e.id FROM p.s.environments e WHERE NOT (e.size > 1) OR e.name = 'dev4'
  s.inner_clusters:
    summary: Clusters of all environments
    sql: SELECT c.environment AS env, c.id AS cluster, c.kind FROM p.s.clusters c
`
const SERVICE = `
service: s
resources:
  environments:
    summary: Environments
    columns: { id: string, name: string, size: integer }
    methods:
      get_environment: { sql: select, call: 'GET /environments/{id}' }
      list_environments: { sql: select, call: 'GET /environments', rows: $.data, paging: token, params: { name: exact } }
  clusters:
    summary: Clusters of an environment
    columns: { id: string, kind: string, url: string, environment: { type: string, input: true } }
    methods:
      get_cluster: { sql: select, call: 'GET /clusters/{id}', params: { environment: required } }
      list_clusters: { sql: select, call: 'GET /clusters', rows: $.data, paging: token, params: { environment: required, kind: exact } }
      create_cluster: { sql: insert, call: 'POST /clusters', params: { environment: required }, body: { kind: optional } }
      delete_cluster: { sql: delete, call: 'DELETE /clusters/{id}', params: { environment: required } }
  connectors:
    summary: Connectors of a cluster
    parents:
      s.clusters: { environment: environment, cluster: id }
    columns: { name: string, state: string, environment: { type: string, input: true }, cluster: { type: string, input: true } }
    methods:
      list_connectors: { sql: select, call: 'GET /environments/{environment}/clusters/{cluster}/connectors', rows: $.data }
  tasks:
    summary: Tasks of a connector
    parents:
      s.connectors: { environment: environment, cluster: cluster, connector: name }
    columns: { id: integer, environment: { type: string, input: true }, cluster: { type: string, input: true }, connector: { type: string, input: true } }
    methods:
      list_tasks: { sql: select, call: 'GET /environments/{environment}/clusters/{cluster}/connectors/{connector}/tasks', rows: $.data }
  topics:
    summary: Topics of a cluster, at its own address
    host: plane
    parents:
      s.clusters: { cluster: id, address: url }
    columns: { name: string, cluster: { type: string, input: true } }
    methods:
      list_topics: { sql: select, call: 'GET /topics', rows: $.data, params: { cluster: required } }
  zones:
    summary: Zones of a cloud
    parents:
      values: { cloud: [AWS, GCP] }
    columns: { zone: string, cloud: { type: string, input: true } }
    methods:
      list_zones: { sql: select, call: 'GET /zones', rows: $.data, params: { cloud: required } }
  quotas:
    summary: Quotas of small environments
    parents:
      s.busy_environments: { environment: id }
    columns: { n: integer, environment: { type: string, input: true } }
    methods:
      list_quotas: { sql: select, call: 'GET /quotas', rows: $.data, params: { environment: required } }
  lefts:
    summary: Half of a pair
    columns: { pair: string, environment: { type: string, input: true } }
    methods:
      list_lefts: { sql: select, call: 'GET /lefts', rows: $.data, params: { environment: required } }
  rights:
    summary: The other half
    columns: { other: string, environment: { type: string, input: true } }
    methods:
      list_rights: { sql: select, call: 'GET /rights', rows: $.data, params: { environment: required } }
  owners:
    summary: Owners, found by a key made of an environment's id
    given: { key: nobody lists them }
    columns: { key: string, who: string }
    methods:
      list_owners: { sql: select, call: 'GET /owners', rows: $.data, params: { key: { required: true, filter: exact } } }
`

type Json = Readonly<Record<string, unknown>>
const ENVIRONMENTS = ['e1', 'e2', 'e3', 'e4', 'e5'].map((id, i) => ({
  id,
  name: i < 2 ? 'prod' : `dev${i}`,
  size: i,
}))

export interface World {
  /** The requests so far, in the order they came, emptied by reading. */
  requests(): string[]
  /** What has been told, emptied by reading. */
  notices(): string[]
  /** Environments whose clusters are answered with a status. */
  readonly failing: Map<string, number>
  session(options?: Partial<SessionOptions>): Session
}

/** Starts the provider; it ends with the test file. */
export async function startWorld(): Promise<World> {
  const providers = compiledProvider(PROVIDER, SERVICE)
  const log: string[] = []
  const told: string[] = []
  const failing = new Map<string, number>()
  const url = await listen((request, response) => {
    const asked = new URL(request.url!, url)
    log.push(`${request.method === 'GET' ? '' : `${request.method!} `}${withoutSize(asked)}`)
    const status =
      asked.pathname === '/clusters' ? failing.get(asked.searchParams.get('environment')!) : undefined
    const answer = status === undefined ? reply(asked, url) : undefined
    response
      .writeHead(status ?? (answer ? 200 : 404), { 'content-type': 'application/json' })
      .end(JSON.stringify(answer ?? { errors: [{ detail: 'no' }] }))
  })
  const sessions: Session[] = []
  atEnd(async () => {
    for (const s of sessions) await s.close()
  })
  return {
    requests: () => log.splice(0),
    notices: () => told.splice(0),
    failing,
    session(options = {}) {
      const session = new Session({
        catalog: loadCatalog(providers),
        connect: async onTrace => createClient({ env: { P_URL: url }, retries: 0, onTrace }),
        onNotice: text => told.push(text),
        ...options,
      })
      sessions.push(session)
      return session
    },
  }
}

/** A request's path and query without the page size, the page token named `after`. */
function withoutSize({ pathname, searchParams }: URL): string {
  const rest = [...searchParams]
    .filter(([name]) => name !== 'page_size')
    .map(([name, value]) => `${name === 'page_token' ? 'after' : name}=${value}`)
  return pathname + (rest.length > 0 ? `?${rest.join('&')}` : '')
}

function clustersOf(environment: string, url: string): readonly Json[] {
  if (environment === 'e1')
    return [
      { id: 'c1', kind: 'Basic', url },
      { id: 'c2', kind: 'Dedicated', url: '' },
    ]
  return environment === 'e2' ? [{ id: 'c3', kind: 'Basic', url }] : []
}

const CONNECTORS: Readonly<Record<string, readonly Json[]>> = {
  'e1/c1': [
    { name: 'k1', state: 'RUNNING' },
    { name: null, state: 'NEW' },
    { name: 'k2', state: 'FAILED' },
  ],
  'e2/c3': [{ name: 'k3', state: 'FAILED' }],
}

function reply({ pathname, searchParams: q }: URL, url: string): unknown {
  const parts = pathname.split('/').slice(1)
  const environment = q.get('environment')!
  const known = ENVIRONMENTS.find(e => e.id === environment)
  switch (pathname) {
    case '/environments':
      return page(
        ENVIRONMENTS.filter(e => !q.has('name') || e.name === q.get('name')),
        q,
      )
    case '/clusters':
      return page(
        clustersOf(environment, url).filter(c => !q.has('kind') || c.kind === q.get('kind')),
        q,
      )
    case '/topics':
      return { data: [{ name: `${q.get('cluster')}-a` }, { name: `${q.get('cluster')}-b` }] }
    case '/zones':
      return { data: [{ zone: `${q.get('cloud')}-1` }] }
    case '/quotas':
      return { data: [{ n: known?.size ?? null }] }
    case '/lefts':
      return { data: [{ pair: environment === 'e1' ? 'e2' : 'e1' }] }
    case '/rights':
      return { data: [{ other: environment === 'e2' ? 'e1' : 'e2' }] }
    case '/owners':
      return { data: [{ key: q.get('key'), who: 'me' }] }
    default:
  }
  if (parts.length === 2 && parts[0] === 'environments') return ENVIRONMENTS.find(e => e.id === parts[1])
  if (parts.length === 2) return clustersOf(environment, url).find(c => c.id === parts[1])
  const [, owner, , cluster, , connector] = parts
  if (!clustersOf(owner!, url).some(c => c.id === cluster)) return undefined
  if (parts.length === 5) return { data: CONNECTORS[`${owner}/${cluster}`] ?? [] }
  return { data: connector === 'k2' ? [] : [{ id: 0 }, { id: 1 }] }
}

function page(rows: readonly Json[], q: URLSearchParams): unknown {
  const from = Number(q.get('page_token') ?? 0)
  const to = from + Number(q.get('page_size'))
  return {
    data: rows.slice(from, to),
    metadata: { next: to < rows.length ? `http://elsewhere/x?page_token=${to}` : '' },
  }
}
