import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { cli, folder, server, type Outcome } from '../cli/support.ts'

/* A provider of environments, their clusters, and the topics of these, on a server that can be told to fail. */

const PROVIDER = `provider: lake
title: Lake
version: 1.0.0
hosts: { main: { url: 'https://lake.example', url_env: LAKE_URL, auth: { kind: basic, user_env: LAKE_KEY, password_env: LAKE_SECRET } } }
host: main
paging: { token: { kind: token, param: page_token, size: page_size, max: 400, next: $.metadata.next } }
services: { s: { title: S } }
`
const SERVICE = `service: s
resources:
  environments:
    summary: Environments
    columns: { id: string }
    methods: { list_environments: { sql: select, call: GET /environments, rows: $.data } }
  clusters:
    summary: Clusters
    parents: { s.environments: { environment: id } }
    columns: { id: string, cloud: string, environment: { type: string, input: true } }
    methods: { list_clusters: { sql: select, call: GET /clusters, rows: $.data, params: { environment: required } } }
  topics:
    summary: Topics
    parents: { s.clusters: { cluster_id: id } }
    columns: { name: string, created_at: timestamp, size: integer, cluster_id: { type: string, input: true } }
    methods: { list_topics: { sql: select, call: 'GET /clusters/{cluster_id}/topics', rows: $.data, paging: token } }
`

/** Topics by cluster, clusters by environment; a number is the status that the list of a cluster's topics has. */
export type Data = Record<string, Record<string, readonly (readonly [string, string])[] | number>>

export const TWO: Data = {
  'env-1': {
    'lkc-1': [['orders', '2026-10-01T00:00:00Z']],
    'lkc-2': [['users', '2026-10-02T00:00:00Z'], ['logs', '2026-10-03T00:00:00Z']],
  },
  'env-2': { 'lkc-3': [['tests', '2026-10-04T00:00:00Z']] },
} // prettier-ignore

export interface Lake {
  readonly url: string
  /** The requests so far: path and query. */
  readonly asked: string[]
  data: Data
  /** Milliseconds before an answer. */
  delay: number
  /** Called with each request for topics. */
  onTopics: () => void
}

/** Starts the API. A page has 400 topics. The key of a request must be the secret. */
export async function lake(data: Data): Promise<Lake> {
  const url = await server((request, response) => {
    const { pathname, searchParams: q } = new URL(request.url!, 'http://h')
    const send = (status: number, body: unknown): void => {
      setTimeout(() => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      }, made.delay)
    }
    made.asked.push(request.url!)
    const [user, secret] = Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64').toString().split(':') // prettier-ignore
    if (user !== secret) return send(401, { message: 'who are you?' })
    if (pathname === '/environments') return send(200, { data: Object.keys(made.data).map(id => ({ id })) })
    if (pathname === '/clusters') {
      const ids = Object.keys(made.data[q.get('environment')!] ?? {})
      return send(200, { data: ids.map(id => ({ id, cloud: id.endsWith('1') ? 'AWS' : 'GCP' })) })
    }
    made.onTopics()
    const [, , cluster = ''] = pathname.split('/')
    const all = Object.values(made.data).find(c => cluster in c)?.[cluster] ?? []
    if (typeof all === 'number') return send(all, { message: 'no' })
    const at = Number(q.get('page_token') ?? 0)
    return send(200, {
      data: all.slice(at, at + 400).map(([name, created_at]) => ({ name, created_at, size: name.length })),
      metadata: at + 400 < all.length ? { next: String(at + 400) } : {},
    })
  })
  const made: Lake = { url, asked: [], data, delay: 0, onTopics: () => {} }
  return made
}

let provider: string | undefined

/** Arguments and environment of the program for the provider. */
export function toLake({ url }: Lake): { args: readonly string[]; env: Record<string, string> } {
  // the folder goes with the test file that made it
  if (provider === undefined || !existsSync(provider)) {
    provider = folder()
    mkdirSync(join(provider, 'lake'))
    writeFileSync(join(provider, 'lake/provider.yaml'), PROVIDER)
    writeFileSync(join(provider, 'lake/s.yaml'), SERVICE)
  }
  return {
    args: ['--provider-path', join(provider, 'lake'), '--retries', '0'],
    env: { LAKE_URL: url, LAKE_KEY: 'k', LAKE_SECRET: 'k' },
  }
}

/** Runs `export`. */
export function exported(
  to: Lake,
  args: readonly string[],
  env: Record<string, string | undefined> = {},
): Promise<Outcome> {
  const run = toLake(to)
  return cli(['export', ...run.args, ...args], { env: { ...run.env, ...env } })
}

/** The files of a folder, by their paths; what a run keeps for itself is left out. */
export function filesOf(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter(e => e.isFile() && !e.name.startsWith('_confluentql'))
    .map(e => join(e.parentPath, e.name).slice(dir.length + 1))
    .toSorted()
}

/** The rows of a parquet file. It fails where the file is not whole. */
export async function rowsOf(path: string): Promise<Record<string, unknown>[]> {
  return (await parquetReadObjects({ file: bytesOf(path) })) as Record<string, unknown>[]
}

/** The names of the columns of a parquet file, with their types. */
export function typesOf(path: string): string[] {
  const [, ...columns] = parquetMetadata(bytesOf(path)).schema
  return columns.map(
    c =>
      `${c.name} ${c.logical_type?.type ?? c.type}${c.logical_type && 'unit' in c.logical_type ? ` ${String(c.logical_type.unit)}` : ''}`,
  )
}

const bytesOf = (path: string): ArrayBuffer => new Uint8Array(readFileSync(path)).buffer
