// The floor of the cases: the same requests with bare undici. `one URL`, `list URL`, or `many URL COUNT CONNECTIONS`.
import { Pool, request } from 'undici'

const [what, address, count, connections] = process.argv.slice(2)
const url = new URL(address)
if (what === 'one') {
  const { body } = await request(url)
  process.stdout.write(await body.text())
} else if (what === 'list') {
  const pool = new Pool(url.origin, { connections: 1 })
  let rows = 0
  for (let path = url.pathname; path;) {
    const { body } = await pool.request({ path, method: 'GET' })
    const { data, metadata } = JSON.parse(await body.text())
    rows += data.length
    path = metadata.next && `${url.pathname}${new URL(metadata.next).search}`
  }
  await pool.close()
  process.stdout.write(`${rows}\n`)
} else {
  const pool = new Pool(url.origin, { connections: Number(connections) })
  let rows = 0
  await Promise.all(
    Array.from({ length: Number(count) }, async (_, i) => {
      const { body } = await pool.request({
        path: `${url.pathname}?environment=env-${i}&page_size=100`,
        method: 'GET',
      })
      rows += JSON.parse(await body.text()).data.length
    }),
  )
  await pool.close()
  process.stdout.write(`${rows}\n`)
}
