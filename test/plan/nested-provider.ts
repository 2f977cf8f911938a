import { loadCatalog } from '../../src/catalog/sources/load.ts'
import { Session, type SessionOptions } from '../../src/engine/session.ts'
import { createClient } from '../../src/http/client.ts'
import { compiledProvider, oneHostProvider } from '../catalog/compiled.ts'
import { atEnd, listen } from '../support/cleanup.ts'

/** A small provider: environments → clusters → connectors → tasks, each listed below its parent. */
const PROVIDER = oneHostProvider(
  'paging: { token: { kind: token, param: page_token, size: page_size, max: 3, next: $.metadata.next } }',
)
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
    columns: { id: string, kind: string, spec: { type: object, fields: { name: string } }, environment: { type: string, input: true } }
    methods:
      get_cluster: { sql: select, call: 'GET /clusters/{id}', params: { environment: required } }
      list_clusters: { sql: select, call: 'GET /clusters', rows: $.data, paging: token, params: { environment: required, kind: exact } }
  connectors:
    summary: Connectors of a cluster
    columns: { name: string, state: string, environment: { type: string, input: true }, cluster: { type: string, input: true } }
    methods:
      list_connectors: { sql: select, call: 'GET /environments/{environment}/clusters/{cluster}/connectors', rows: $.data }
  tasks:
    summary: Tasks of a connector
    columns: { id: integer, state: string, environment: { type: string, input: true }, cluster: { type: string, input: true }, connector: { type: string, input: true } }
    methods:
      list_tasks: { sql: select, call: 'GET /environments/{environment}/clusters/{cluster}/connectors/{connector}/tasks', rows: $.data }
  owners:
    summary: Owners, found by a key made of an environment's id
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
const CLUSTERS: Readonly<Record<string, readonly Json[]>> = {
  e1: [
    { id: 'c1', kind: 'Basic', spec: { name: 'one' } },
    { id: 'c2', kind: 'Dedicated', spec: { name: 'two' } },
  ],
  e2: [{ id: 'c3', kind: 'Basic', spec: { name: 'three' } }],
  e3: [],
}
const CONNECTORS: Readonly<Record<string, readonly Json[]>> = {
  'e1/c1': [
    { name: 'k1', state: 'RUNNING' },
    { name: 'k2', state: 'FAILED' },
  ],
  'e2/c3': [{ name: 'k3', state: 'FAILED' }],
}

export interface Chain {
  /** The requests since the last call, in order of arrival. */
  requests(): string[]
  /** The highest number of concurrent requests since the last call. */
  busiest(): number
  /** Milliseconds until an answer. */
  delay: number
  session(options?: Partial<SessionOptions>): Session
}

/** Starts the provider; it ends with the test file. */
export async function startChain(): Promise<Chain> {
  const providers = compiledProvider(PROVIDER, SERVICE)
  const log: string[] = []
  let busy = 0
  let most = 0
  const url = await listen(async (request, response) => {
    log.push(withoutSize(request.url!))
    most = Math.max(most, ++busy)
    await new Promise(resolve => {
      setTimeout(resolve, chain.delay)
    })
    busy--
    if (/\/clusters\/(html|denied)\//.test(request.url!)) {
      const isHtml = request.url!.includes('/html/')
      response
        .writeHead(isHtml ? 404 : 403, { 'content-type': isHtml ? 'text/html' : 'application/json' })
        .end(isHtml ? '<html><title>Not found</title></html>' : '{"errors":[{"detail":"no"}]}')
      return
    }
    const answer = reply(new URL(request.url!, 'http://127.0.0.1'))
    response
      .writeHead(answer ? 200 : 404, { 'content-type': 'application/json' })
      .end(JSON.stringify(answer ?? { errors: [{ detail: 'not found' }] }))
  })
  const sessions: Session[] = []
  atEnd(async () => {
    for (const s of sessions) await s.close()
  })
  const chain: Chain = {
    delay: 5,
    requests: () => log.splice(0),
    busiest: () => {
      const was = most
      most = 0
      return was
    },
    session(options = {}) {
      const session = new Session({
        catalog: loadCatalog(providers),
        connect: async onTrace => createClient({ env: { P_URL: url }, onTrace }),
        ...options,
      })
      sessions.push(session)
      return session
    },
  }
  return chain
}

/** A request's path and query without the page size, the page token named `after`. */
function withoutSize(url: string): string {
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1')
  const rest = [...searchParams]
    .filter(([name]) => name !== 'page_size')
    .map(([name, value]) => `${name === 'page_token' ? 'after' : name}=${value}`)
  return pathname + (rest.length > 0 ? `?${rest.join('&')}` : '')
}

function reply({ pathname, searchParams: q }: URL): unknown {
  const parts = pathname.split('/').slice(1)
  if (pathname === '/environments')
    return page(
      ENVIRONMENTS.filter(e => !q.has('name') || e.name === q.get('name')),
      q,
    )
  if (pathname === '/clusters')
    return page(
      (CLUSTERS[q.get('environment')!] ?? []).filter(c => !q.has('kind') || c.kind === q.get('kind')),
      q,
    )
  if (pathname === '/owners') return { data: [{ key: q.get('key'), who: `owner of ${q.get('key')}` }] }
  if (parts.length === 2 && parts[0] === 'environments') return ENVIRONMENTS.find(e => e.id === parts[1])
  if (parts.length === 2) return CLUSTERS[q.get('environment')!]?.find(c => c.id === parts[1])
  const [, environment, , cluster, , connector] = parts
  if (parts.length === 5)
    return CLUSTERS[environment!]?.some(c => c.id === cluster)
      ? { data: CONNECTORS[`${environment}/${cluster}`] ?? [] }
      : undefined
  return {
    data: [
      { id: 0, state: connector === 'k3' ? 'FAILED' : 'RUNNING' },
      { id: 1, state: 'RUNNING' },
    ],
  }
}

function page(rows: readonly Json[], q: URLSearchParams): unknown {
  const from = Number(q.get('page_token') ?? 0)
  const to = from + Number(q.get('page_size'))
  return {
    data: rows.slice(from, to),
    metadata: { next: to < rows.length ? `http://elsewhere/x?page_token=${to}` : '' },
  }
}

/** The rows of the last statement of a script. */
export async function rowsOf(session: Session, sql: string): Promise<unknown[][]> {
  let rows: unknown[][] = []
  for await (const result of session.run(sql)) {
    rows = []
    for await (const row of result.rows) rows.push([...row])
    result.finish()
  }
  return rows
}
