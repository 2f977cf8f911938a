// Loopback server of the benchmark, a separate process. Prints its port; POST /set configures it; exits with its parent.
import { createServer } from 'node:http'
import { environmentsText, invitation, pageText } from './pages.mjs'

const state = { rows: 0, page: 100, latency: 0, first: undefined, last: undefined, requests: 0 }

const cluster = environment => ({
  api_version: 'cmk/v2',
  kind: 'Cluster',
  id: `lkc-${environment}`,
  metadata: {},
  spec: {
    display_name: `cluster of ${environment}`,
    availability: 'SINGLE_ZONE',
    cloud: 'AWS',
    region: 'eu-west-1',
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
      data: [cluster(url.searchParams.get('environment'))],
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
        Object.assign(
          state,
          { first: undefined, last: undefined, requests: 0, environments: undefined },
          JSON.parse(text),
        )
        response.end()
      })
    return
  }
  if (url.pathname === '/seen') {
    response.end(JSON.stringify({ first: state.first, last: state.last, requests: state.requests }))
    return
  }
  const now = () => Number(process.hrtime.bigint()) / 1e6
  state.first ??= now()
  state.requests++
  const send = () => {
    const text = answer(url)
    response.writeHead(text === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(text ?? '{"errors":[{"status":"404"}]}', () => {
      state.last = now()
    })
  }
  if (state.latency > 0) setTimeout(send, state.latency)
  else send()
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
process.stdin.resume().on('end', () => process.exit())
