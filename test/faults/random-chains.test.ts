import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { loadCatalog } from '../../src/catalog/sources/load.ts'
import { Session } from '../../src/engine/session.ts'
import { ConfluentqlError } from '../../src/errors.ts'
import { createClient } from '../../src/http/client.ts'
import { compiledProvider } from '../catalog/compiled.ts'
import { Random } from '../fuzz/random.ts'
import { listen } from '../support/cleanup.ts'

const SEED = Number(process.env.FUZZ_SEED ?? 1)
const CHAINS = Number(process.env.FUZZ_CHAINS ?? 100)

const providers = compiledProvider(
  `
provider: p
title: Test
version: 1.0.0
hosts: { main: { url: 'http://127.0.0.1:1', url_env: P_URL, auth: { kind: none } } }
host: main
paging:
  token: { kind: token, param: page_token, size: page_size, max: 3, next: $.metadata.next }
  offset: { kind: offset, offset: offset, limit: limit, max: 3 }
services: { s: { title: S } }
`,
  `
service: s
resources:
  environments:
    summary: Environments
    columns: { id: string }
    methods: { list: { sql: select, call: GET /environments, rows: $.data, paging: token } }
  clusters:
    summary: Clusters
    columns: { id: string, environment: { type: string, input: true } }
    parents: { s.environments: { environment: id } }
    methods: { list: { sql: select, call: GET /clusters, rows: $.data, paging: token, params: { environment: required } } }
  topics:
    summary: Topics
    columns: { name: { type: string, at: $ }, cluster: { type: string, input: true } }
    parents: { s.clusters: { cluster: id } }
    methods: { list: { sql: select, call: 'GET /clusters/{cluster}/topics', rows: $, paging: offset } }
`,
)

/** What a server does instead of answering as it should; `lasting`: at each attempt. */
const FAULTS: Readonly<Record<string, (response: ServerResponse, body: string) => void>> = {
  '403': response => void response.writeHead(403).end('{"errors":[{"detail":"no"}]}'),
  '404': response => void response.writeHead(404, JSON_TYPE).end('{"errors":[{"detail":"no"}]}'),
  '429': response => void response.writeHead(429, { 'retry-after': '0' }).end(),
  '500': response => void response.writeHead(500).end('oops'),
  '503': response => void response.writeHead(503).end(),
  reset: response => void response.destroy(),
  html: response => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Login</html>'),
  nothing: response => void response.writeHead(200, JSON_TYPE).end(),
  object: response => void response.writeHead(200, JSON_TYPE).end('{"error_code":50001,"message":"no"}'),
  'no content': response => void response.writeHead(204).end(),
  partial: (response, body) => void response.writeHead(206, JSON_TYPE).end(body),
  'cut length': (response, body) => {
    response.writeHead(200, { ...JSON_TYPE, 'content-length': body.length + 9 })
    response.write(body, () => response.destroy())
  },
  'cut chunks': (response, body) => {
    response.writeHead(200, JSON_TYPE)
    response.write(body, () => response.destroy())
  },
  'cut gzip': (response, body) => {
    const packed = gzipSync(body)
    response
      .writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' })
      .end(packed.subarray(0, packed.length - 9))
  },
  'cut json': (response, body) => void response.writeHead(200, JSON_TYPE).end(body.slice(0, -1)),
}
const JSON_TYPE = { 'content-type': 'application/json' }

const STATEMENTS = [
  'SELECT t.cluster, t.name FROM p.s.environments e JOIN p.s.clusters c ON c.environment = e.id JOIN p.s.topics t ON t.cluster = c.id',
  'SELECT cluster, name FROM p.s.topics',
  'SELECT cluster, name FROM p.s.topics WHERE cluster IN (SELECT id FROM p.s.clusters WHERE environment IN (SELECT id FROM p.s.environments))',
  `SELECT cluster, name FROM p.s.topics WHERE cluster IN (SELECT id FROM p.s.clusters WHERE environment IN ('e0', 'e1', 'e2', 'e3', 'e4'))`,
  'WITH c AS (SELECT id FROM p.s.clusters) SELECT t.cluster, t.name FROM c LEFT JOIN p.s.topics t ON t.cluster = c.id WHERE t.name IS NOT NULL',
]

/** Environments with clusters with topics: the numbers of the ones in each of the others. */
interface World {
  readonly environments: readonly string[]
  readonly clusters: ReadonlyMap<string, readonly string[]>
  readonly topics: ReadonlyMap<string, readonly string[]>
}

function worldOf(random: Random): World {
  const some = (name: string, most: number): string[] =>
    Array.from({ length: random.int(0, most) }, (_, i) => `${name}${i}`)
  const environments = ['e0', ...some('e', 5).slice(1)]
  const clusters = new Map(environments.map(e => [e, some(`${e}c`, 5)]))
  return {
    environments,
    clusters,
    topics: new Map([...clusters.values()].flat().map(c => [c, some(`${c}t`, 8)])),
  }
}

/** The answer to a request. */
function answerOf({ environments, clusters, topics }: World, url: URL): unknown {
  const cluster = /^\/clusters\/(.*)\/topics$/.exec(url.pathname)?.[1]
  if (cluster !== undefined) {
    const from = Number(url.searchParams.get('offset'))
    return (topics.get(cluster) ?? []).slice(from, from + 3)
  }
  const all =
    url.pathname === '/environments'
      ? environments
      : (clusters.get(url.searchParams.get('environment')!) ?? [])
  const from = Number(url.searchParams.get('page_token') ?? 0)
  const next = from + 3 < all.length ? { next: `https://x.example/y?page_token=${from + 3}` } : {}
  return { data: all.slice(from, from + 3).map(id => ({ id })), metadata: next }
}

it('chains of keys give all rows, or say what is missing, whatever fails', async () => {
  let world: World
  let faults = new Map<string, { readonly name: string; readonly isLasting: boolean }>()
  let met: string[] = []
  let runs = 0
  const url = await listen((request, response) => {
    // a late request of an earlier run is none of this one
    const asked = request.url!.replace(`/run${runs}/`, '/')
    const body = JSON.stringify(answerOf(world, new URL(asked, 'http://127.0.0.1')))
    const fault = faults.get(asked)
    if (fault) {
      met.push(`${fault.name} ${asked}`)
      if (!fault.isLasting) faults.delete(asked)
      return FAULTS[fault.name]!(response, body)
    }
    response.writeHead(200, JSON_TYPE).end(body)
  })
  const catalog = loadCatalog(providers)
  const wrong: string[] = []
  const tally = { whole: 0, error: 0, told: 0, missing: 0 }
  for (let seed = SEED; seed < SEED + CHAINS; seed++) {
    const random = new Random(seed)
    world = worldOf(random)
    const sql = random.pick(STATEMENTS) + (random.chance(0.2) ? ' LIMIT 4' : '')
    const skips = random.chance(0.4)
    const run = async () => {
      runs++
      const notices: string[] = []
      const session = new Session({
        catalog,
        connect: async () =>
          createClient(
            {
              env: { P_URL: `${url}/run${runs}` },
              retries: 2,
              ...(random.chance(0.3) && { cache: () => 60 }),
            },
            { backoff: 1 },
          ),
        onNotice: text => notices.push(text),
        skipUnreachable: async () => skips,
      })
      const rows: unknown[][] = []
      let leftOut = 0
      let error: unknown
      try {
        for await (const result of session.run(sql)) {
          for await (const row of result.rows) rows.push([...row])
          result.finish()
          leftOut = result.leftOut?.().length ?? 0
        }
      } catch (thrown) {
        error = thrown
      }
      await session.close()
      return { rows: rows.map(r => r.join()).sort(), notices, leftOut, error }
    }
    faults = new Map()
    const urls = new Set<string>()
    const right = await run()
    if (right.error !== undefined) {
      wrong.push(`FUZZ_SEED=${seed}: without faults: ${String(right.error)} ${sql}`)
      continue
    }
    // requests of a list, of which some fail
    for (const e of world.environments) {
      for (let at = 0; at < world.environments.length; at += 3)
        urls.add(`/environments?page_size=3${at > 0 ? `&page_token=${at}` : ''}`)
      for (let at = 0; at < Math.max(1, world.clusters.get(e)!.length); at += 3)
        urls.add(`/clusters?environment=${e}&page_size=3${at > 0 ? `&page_token=${at}` : ''}`)
      for (const c of world.clusters.get(e)!)
        for (let at = 0; at <= world.topics.get(c)!.length; at += 3)
          urls.add(`/clusters/${c}/topics?offset=${at}&limit=3`)
    }
    const count = random.int(1, 3)
    for (let i = 0; i < count; i++)
      faults.set(random.pick([...urls]), {
        name: random.chance(0.5) ? random.pick(['403', '404']) : random.pick(Object.keys(FAULTS)),
        isLasting: random.chance(0.7),
      })
    met = []
    const found = await run()
    const says = (what: string): void => {
      wrong.push(
        `FUZZ_SEED=${seed} FUZZ_CHAINS=1: ${what}\n  ${sql}\n  ${met.join(', ')}\n  ${found.notices.join('\n  ')}`,
      )
    }
    const isWhole =
      found.rows.length === right.rows.length
      && (sql.includes('LIMIT') || found.rows.join() === right.rows.join())
    if (found.error !== undefined) {
      tally.error++
      if (!(found.error instanceof ConfluentqlError)) says(`not ours: ${String(found.error)}`)
      if (met.length === 0) says(`an error without a fault: ${String(found.error)}`)
      continue
    }
    if (isWhole) tally.whole++
    else if (found.leftOut > 0) {
      tally.told++
      if (!skips || !found.notices.some(n => n.startsWith('the result is incomplete')))
        says('left out without a word')
    } else if (found.notices.some(n => / answered 404 and /.test(n)) && met.some(m => m.startsWith('404 ')))
      tally.missing++
    else
      says(
        `${found.rows.length} of ${right.rows.length} rows: ${found.rows.join(' ')} instead of ${right.rows.join(' ')}`,
      )
    const isNew = found.rows.filter(r => !right.rows.includes(r))
    if (isNew.length > 0 && !sql.includes('LIMIT')) says(`other rows: ${isNew.join(' ')}`)
  }
  expect(wrong.join('\n\n')).toBe('')
  if (CHAINS > 1) expect(Math.min(...Object.values(tally))).toBeGreaterThan(0)
}, 600_000)
