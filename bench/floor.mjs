// The floor of the cases: the same requests with bare undici. `one URL`, `list URL`, `many URL COUNT CONNECTIONS`,
// `join LIST-URL URL CONNECTIONS`: the list, then a request for each of its rows; or `chain SERVER CONNECTIONS`: environments, then
// clusters of each, then topics of each cluster. `socket URL` reads a list without undici: the latency of each page as a client sees it.
import { connect } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { Pool, request } from 'undici'

const [what, address, count, connections] = process.argv.slice(2)
const url = new URL(address)
if (what === 'one') {
  const { body } = await request(url)
  process.stdout.write(await body.text())
} else if (what === 'list') {
  const pool = new Pool(url.origin, { connections: 1 })
  let rows = 0
  for await (const data of pages(pool)) rows += data.length
  await pool.close()
  process.stdout.write(`${rows}\n`)
} else if (what === 'socket') {
  const socket = connect(url.port, url.hostname).setNoDelay(true)
  let received = Buffer.alloc(0)
  const ask = path => socket.write(`GET ${path} HTTP/1.1\r\nhost: ${url.host}\r\n\r\n`)
  ask(`${url.pathname}${url.search}`)
  for await (const bytes of socket) {
    received = Buffer.concat([received, bytes])
    const head = received.indexOf('\r\n\r\n') + 4
    if (head < 4) continue
    const body = received.subarray(head)
    if (body.length < Number(/content-length: (\d+)/.exec(received.toString('latin1', 0, head))[1])) continue
    received = Buffer.alloc(0)
    const next = /"next":"([^"]*)"/.exec(gunzipSync(body).toString('latin1', 0, 1000))
    if (!next) break
    ask(`${url.pathname}${new URL(next[1]).search}`)
  }
} else if (what === 'chain') {
  const pool = new Pool(url.origin, { connections: Number(count) })
  const data = async path => (await json(pool, path)).data
  const environments = await data('/org/v2/environments')
  const clusters = await Promise.all(environments.map(e => data(`/cmk/v2/clusters?environment=${e.id}`)))
  const topics = await Promise.all(clusters.flat().map(c => data(`/kafka/v3/clusters/${c.id}/topics`)))
  await pool.close()
  process.stdout.write(`${topics.flat().length}\n`)
} else {
  const pool = new Pool(url.origin, { connections: Number(connections) })
  const keys = Array.from({ length: what === 'many' ? Number(count) : 0 }, (_, i) => `env-${i}`)
  if (what === 'join') for await (const data of pages(pool)) keys.push(...data.map(row => row.id))
  const { pathname } = what === 'join' ? new URL(count) : url
  let rows = 0
  await Promise.all(
    keys.map(async key => {
      const { body } = await pool.request({
        path: `${pathname}?environment=${key}&page_size=100`,
        method: 'GET',
      })
      rows += JSON.parse(await body.text()).data.length
    }),
  )
  await pool.close()
  process.stdout.write(`${rows}\n`)
}

async function json(pool, path) {
  const { body, headers } = await pool.request({ path, method: 'GET' })
  const isCompressed = headers['content-encoding'] === 'gzip'
  return JSON.parse(isCompressed ? gunzipSync(await body.arrayBuffer()) : await body.text())
}

async function* pages(pool) {
  for (let path = `${url.pathname}${url.search}`; path;) {
    const { data, metadata } = await json(pool, path)
    yield data
    path = metadata.next && `${url.pathname}${new URL(metadata.next).search}`
  }
}
