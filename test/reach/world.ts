import { loadCatalog } from '../../src/catalog/sources/load.ts'
import type { Entry, Profile } from '../../src/config/types.ts'
import { Session, type SessionOptions } from '../../src/engine/session.ts'
import type { LeftOut } from '../../src/engine/lacks.ts'
import { createClient } from '../../src/http/client.ts'
import { compiledProvider } from '../catalog/compiled.ts'
import { atEnd, listen } from '../support/cleanup.ts'

/** A provider with clusters at one address, and topics of a cluster at its own, each with its own key. */
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
    environment: environment
    domains: [planes.example]
    auth: { kind: basic, user_env: P_KEY, password_env: P_SECRET }
host: main
paging: { token: { kind: token, param: page_token, size: page_size, max: 2, next: $.next } }
services: { s: { title: S } }
`
const SERVICE = `
service: s
resources:
  clusters:
    summary: Clusters
    columns: { id: string, env: string, url: string }
    methods:
      list_clusters: { sql: select, call: 'GET /clusters', rows: $.data }
  quotas:
    summary: Quotas of an environment
    columns: { id: string, env: { type: string, input: true } }
    methods:
      list_quotas: { sql: select, call: 'GET /environments/{env}/quotas', rows: $.data }
  topics:
    summary: Topics of a cluster
    host: plane
    columns: { name: string, size: integer, cluster: { type: string, input: true } }
    methods:
      list_topics: { sql: select, call: 'GET /{cluster}/topics', rows: $.data, paging: token }
      delete_topic: { sql: delete, call: 'DELETE /{cluster}/topics/{name}' }
`

/** Clusters: two answer, the others fail in the way that their id tells. */
export const CLUSTERS = [
  'lkc-a',
  'lkc-b',
  'lkc-nokey',
  'lkc-401',
  'lkc-403',
  'lkc-404',
  'lkc-refused',
  'lkc-nohost',
  'lkc-half',
  'lkc-500',
  'lkc-cut',
] as const

export interface World {
  /** The requests since the last call, as paths, sorted. */
  requests(): string[]
  /** Opens a session; `heard` gets its notices. */
  session(options?: Partial<SessionOptions> & { readonly without?: readonly string[] }): Session
  readonly heard: string[]
  readonly url: string
}

/** Starts the provider; it ends with the test file. */
export async function startWorld(): Promise<World> {
  const providers = compiledProvider(PROVIDER, SERVICE)
  const log: string[] = []
  const heard: string[] = []
  const url = await listen((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://127.0.0.1')
    const after = searchParams.get('page_token')
    log.push(pathname + (after === null ? '' : `?after=${after}`))
    const [, first, second] = pathname.split('/')
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (first === 'clusters')
      return send(200, { data: CLUSTERS.map(id => ({ id, env: envOf(id), url: urlOf(url, id) })) })
    if (first === 'environments')
      return second === 'e1'
        ? send(200, { data: [{ id: 'q1' }] })
        : send(403, { errors: [{ detail: 'not yours' }] })
    const status = Number(/^lkc-(\d+)$/.exec(first!)?.[1] ?? 200)
    if (status !== 200) return send(status, { error_code: status, message: 'no' })
    if (first === 'lkc-half' && after !== null) return send(403, { message: 'no longer' })
    if (first === 'lkc-cut') {
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
        .write('{"data":[')
      return response.destroy()
    }
    const from = Number(after ?? 0)
    const names = [0, 1, 2].map(i => ({ name: `${first}-${i}`, size: i }))
    return send(200, { data: names.slice(from, from + 2), ...(from === 0 && { next: '2' }) })
  })
  const sessions: Session[] = []
  atEnd(async () => {
    for (const s of sessions) await s.close()
  })
  return {
    url,
    heard,
    requests: () => log.splice(0).sort(),
    session({ without = ['lkc-nokey'], ...options } = {}) {
      const session = new Session({
        catalog: loadCatalog(providers),
        connect: async onTrace =>
          createClient(
            { env: { P_URL: url }, profile: profileOf(without), retries: 0, onTrace },
            { backoff: 1 },
          ),
        onNotice: text => heard.push(text),
        skipUnreachable: async () => true,
        ...options,
      })
      sessions.push(session)
      return session
    },
  }
}

const envOf = (id: string): string => (id === 'lkc-a' ? 'e1' : 'e2')

/** The address of a cluster. */
export function urlOf(url: string, id: string): string {
  if (id === 'lkc-refused') return 'http://127.0.0.1:1'
  return id === 'lkc-nohost' ? 'https://nothing.invalid' : url
}

function profileOf(without: readonly string[]): Profile {
  const entry = (id: string, i: number): Entry => ({
    at: `config.yaml:${i + 1}`,
    scopes: [{ resource: id }],
    secret: {
      kind: 'key',
      key: { kind: 'literal', text: 'k' },
      secret: { kind: 'literal', text: `secret-of-${id}` },
    },
  })
  return {
    name: 'default',
    file: 'config.yaml',
    endpoints: { 'lkc-nohost': 'https://nothing.invalid' },
    credentials: CLUSTERS.filter(id => !without.includes(id)).map(entry),
  }
}

export interface Ran {
  readonly rows: unknown[][]
  readonly leftOut: readonly LeftOut[]
}

/** Runs one statement to its end. */
export async function run(session: Session, sql: string): Promise<Ran> {
  const ran: { rows: unknown[][]; leftOut: readonly LeftOut[] } = { rows: [], leftOut: [] }
  for await (const result of session.run(sql)) {
    for await (const row of result.rows) ran.rows.push([...row])
    result.finish()
    ran.leftOut = result.leftOut?.() ?? []
  }
  return ran
}
