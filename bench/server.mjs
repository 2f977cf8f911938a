// Loopback server of the benchmark, a separate process. Prints its port; POST /set configures it; exits with its parent.
import { createServer } from 'node:http'
import { gzipSync } from 'node:zlib'
import { environmentsText, invitation, pageText } from './pages.mjs'

/** Bytes a millisecond of a connection of 1 Gbit/s. */
const PACE = 125_000

/** What is measured since it was configured. */
const nothingSeen = () => ({ first: undefined, last: undefined, requests: 0 })
/** `gzip`: answers are compressed, and take the time of 1 Gbit/s. `clusters`: of each environment. */
const configuration = () => ({
  rows: 0,
  page: 100,
  latency: 0,
  gzip: false,
  clusters: 1,
  environments: undefined,
})
const state = { ...configuration(), ...nothingSeen() }
/** Compressed answers by address: a service compresses on other processors. */
let compressed = new Map()

const cluster = (environment, n) => ({
  api_version: 'cmk/v2',
  kind: 'Cluster',
  id: `lkc-${environment}${n === 0 ? '' : `-${n}`}`,
  metadata: {},
  spec: {
    display_name: `cluster of ${environment}`,
    availability: 'SINGLE_ZONE',
    cloud: 'AWS',
    region: 'eu-west-1',
    http_endpoint: `http://127.0.0.1:${server.address().port}`,
    environment: { id: environment },
  },
  status: { phase: 'PROVISIONED' },
})

function answer(url) {
  const one = /^\/iam\/v2\/invitations\/(.+)$/.exec(url.pathname)
  if (one) return JSON.stringify(invitation(1, one[1]))
  if (url.pathname === '/iam/v2/invitations')
    return pageText(Number(url.searchParams.get('page_token') ?? 0), state.page, state.rows)
  if (url.pathname === '/org/v2/environments')
    return environmentsText(
      Number(url.searchParams.get('page_token') ?? 0),
      state.page,
      state.environments ?? state.rows,
    )
  if (url.pathname === '/cmk/v2/clusters')
    return JSON.stringify({
      api_version: 'cmk/v2',
      kind: 'ClusterList',
      metadata: {},
      data: Array.from({ length: state.clusters }, (_, n) => cluster(url.searchParams.get('environment'), n)),
    })
  const topics = /^\/kafka\/v3\/clusters\/(.+)\/topics$/.exec(url.pathname)
  if (topics)
    return JSON.stringify({
      kind: 'KafkaTopicList',
      metadata: { next: null },
      data: Array.from({ length: 10 }, (_, n) => ({
        kind: 'KafkaTopic',
        metadata: {},
        cluster_id: topics[1],
        topic_name: `topic ${n}`,
        is_internal: false,
        replication_factor: 3,
        partitions_count: 6,
        partitions: {},
        configs: {},
        partition_reassignments: {},
      })),
    })
  return undefined
}

const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://127.0.0.1')
  if (url.pathname === '/set') {
    let text = ''
    request
      .on('data', part => {
        text += part
      })
      .on('end', () => {
        Object.assign(state, configuration(), nothingSeen(), JSON.parse(text))
        compressed = new Map()
        response.end()
      })
    return
  }
  if (url.pathname === '/seen') {
    response.end(JSON.stringify(state))
    return
  }
  const now = () => Number(process.hrtime.bigint()) / 1e6
  state.first ??= now()
  state.requests++
  const body = bodyOf(url)
  const send = () => {
    response.writeHead(body === undefined ? 404 : 200, {
      'content-type': 'application/json',
      ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
      ...(state.gzip && body !== undefined && { 'content-encoding': 'gzip' }),
    })
    response.end(body ?? '{"errors":[{"status":"404"}]}', () => {
      state.last = now()
    })
  }
  const ms = state.latency + (state.gzip && body !== undefined ? body.length / PACE : 0)
  if (ms > 0) setTimeout(send, ms)
  else send()
})

function bodyOf(url) {
  if (!state.gzip) return answer(url)
  if (!compressed.has(url.href)) {
    const text = answer(url)
    compressed.set(url.href, text && gzipSync(text))
  }
  return compressed.get(url.href)
}

server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
process.stdin.resume().on('end', () => process.exit())
