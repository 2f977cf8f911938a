import { loadCatalog } from '../../src/catalog/sources/load.ts'
import { Session } from '../../src/engine/session.ts'
import type { Entry } from '../../src/config/types.ts'
import { createClient } from '../../src/http/client.ts'
import { compiledProvider } from '../catalog/compiled.ts'
import { atEnd, listen } from '../support/cleanup.ts'
import type { Random } from '../fuzz/random.ts'

const PROVIDER = `
provider: p
title: Test
version: 1.0.0
hosts:
  main: { url: 'http://127.0.0.1:1', url_env: P_URL, auth: { kind: none } }
  plane:
    url_param: url
    url_env: P_PLANE_URL
    resource: { params: [cluster], id_env: P_ID }
    auth: { kind: basic, user_env: P_KEY, password_env: P_SECRET }
host: main
paging: { token: { kind: token, param: page_token, size: page_size, max: 3, next: $.metadata.next } }
services: { s: { title: S } }
parents:
  s.environments: { environment: id }
views:
  s.largest_environments:
    summary: The largest environments
    sql: SELECT id FROM p.s.environments ORDER BY size DESC LIMIT 2
  s.single_twins:
    summary: Twins of one environment
    sql: SELECT twin AS id FROM p.s.environments GROUP BY twin HAVING count(*) = 1
  s.sized_environments:
    summary: Environments of a size
    sql: SELECT id FROM p.s.environments WHERE size < 100
`
const SERVICE = `
service: s
resources:
  environments:
    summary: Environments
    columns: { id: string, size: integer, twin: string }
    methods:
      list_environments: { sql: select, call: 'GET /environments', rows: $.data, paging: token }
  clusters:
    summary: Clusters of an environment
    columns: { id: string, url: string, environment: { type: string, input: true } }
    methods:
      list_clusters: { sql: select, call: 'GET /clusters', rows: $.data, paging: token, params: { environment: required } }
  of_largest:
    summary: Clusters of some environments
    parents: { s.largest_environments: { environment: id } }
    columns: { id: string, environment: { type: string, input: true } }
    methods:
      list_of_largest: { sql: select, call: 'GET /clusters', rows: $.data, paging: token, params: { environment: required } }
  of_twins:
    summary: Clusters of some environments
    parents: { s.single_twins: { environment: id } }
    columns: { id: string, environment: { type: string, input: true } }
    methods:
      list_of_twins: { sql: select, call: 'GET /clusters', rows: $.data, paging: token, params: { environment: required } }
  of_sized:
    summary: Clusters of some environments
    parents: { s.sized_environments: { environment: id } }
    columns: { id: string, environment: { type: string, input: true } }
    methods:
      list_of_sized: { sql: select, call: 'GET /clusters', rows: $.data, paging: token, params: { environment: required } }
  connectors:
    summary: Connectors of a cluster
    parents:
      s.clusters: { environment: environment, cluster: id }
    columns: { name: string, environment: { type: string, input: true }, cluster: { type: string, input: true } }
    methods:
      list_connectors: { sql: select, call: 'GET /environments/{environment}/clusters/{cluster}/connectors', rows: $.data }
  topics:
    summary: Topics of a cluster, at its own address
    host: plane
    columns: { name: string, cluster: { type: string, input: true } }
    methods:
      list_topics: { sql: select, call: 'GET /{cluster}/topics', rows: $.data }
`

/** Rows of every table, as the server has them. */
export interface Data {
  environments: { id: string; size: number; twin: string | null }[]
  clusters: { id: string; environment: string }[]
  connectors: { name: string; environment: string; cluster: string }[]
}

export const PAGE = 3

/** Environments in several pages, some with the same twin, one that does not exist, or none. */
export function randomData(random: Random): Data {
  const data: Data = { environments: [], clusters: [], connectors: [] }
  const count = random.int(0, 11)
  for (let e = 0; e < count; e++) {
    const environment = `e${e}`
    const twin = random.chance(0.2) ? null : `e${random.int(0, count)}`
    data.environments.push({ id: environment, size: random.int(0, 3), twin })
    for (let c = random.int(0, 5); c > 0; c--) {
      const cluster = `${environment}c${c}`
      data.clusters.push({ id: cluster, environment })
      for (let k = random.int(0, 2); k > 0; k--) data.connectors.push({ name: `k${k}`, environment, cluster })
    }
  }
  return data
}

export interface World {
  data: Data
  /** Milliseconds until a request is answered, or a promise to wait for. */
  delay: (path: string) => number | Promise<void>
  /** Requests that are answered with 403. */
  refused: ReadonlySet<string>
  /** The requests since the last call, in order of arrival. */
  requests(): string[]
  /** The most requests at the same time since the last call. */
  busiest(): number
  /** @param keys clusters whose key the profile has */
  session(concurrency?: number, keys?: readonly string[]): Session
}

/** Starts the provider; it ends with the test file. */
export async function startWorld(): Promise<World> {
  const catalog = loadCatalog(compiledProvider(PROVIDER, SERVICE))
  let log: string[] = []
  let [busy, most] = [0, 0]
  const url = await listen(async (request, response) => {
    const asked = new URL(request.url!, 'http://127.0.0.1')
    asked.searchParams.delete('page_size')
    const path = asked.pathname + asked.search
    log.push(path)
    most = Math.max(most, ++busy)
    const delay = world.delay(path)
    await (typeof delay === 'number' ? new Promise(resolve => setTimeout(resolve, delay)) : delay)
    busy--
    const status = world.refused.has(path) ? 403 : 200
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify(status === 200 ? reply(world.data, asked, url) : { errors: [{ detail: 'no' }] }))
  })
  const sessions: Session[] = []
  atEnd(async () => {
    for (const s of sessions) await s.close()
  })
  const world: World = {
    data: { environments: [], clusters: [], connectors: [] },
    delay: () => 0,
    refused: new Set(),
    requests() {
      const all = log
      log = []
      return all
    },
    busiest() {
      const was = most
      most = 0
      return was
    },
    session(concurrency = 32, keys = []) {
      const profile = { name: 'default', file: 'config.yaml', endpoints: {}, credentials: keys.map(entry) }
      const session = new Session({
        catalog,
        connect: async onTrace =>
          createClient({ env: { P_URL: url, P_PLANE_URL: url }, profile, retries: 0, concurrency, onTrace }),
      })
      sessions.push(session)
      return session
    },
  }
  return world
}

const entry = (id: string, i: number): Entry => ({
  at: `config.yaml:${i + 1}`,
  scopes: [{ resource: id }],
  secret: {
    kind: 'key',
    key: { kind: 'literal', text: 'k' },
    secret: { kind: 'literal', text: `secret-of-${id}` },
  },
})

function reply(data: Data, { pathname, searchParams: q }: URL, url: string): unknown {
  const [, first, environment, , cluster] = pathname.split('/')
  if (cluster !== undefined)
    return { data: data.connectors.filter(k => k.environment === environment && k.cluster === cluster) }
  if (pathname.endsWith('/topics')) return { data: [{ name: `topic of ${first}` }] }
  const rows =
    pathname === '/environments'
      ? data.environments
      : data.clusters.flatMap(c => (c.environment === q.get('environment') ? [{ ...c, url }] : []))
  const from = Number(q.get('page_token') ?? 0)
  const next = from + PAGE < rows.length ? { next: String(from + PAGE) } : {}
  return { data: rows.slice(from, from + PAGE), metadata: next }
}
