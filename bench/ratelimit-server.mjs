// A server with limits on requests per second, burst, and requests in flight; runs as a separate process.
import { createServer } from 'node:http'

const [rate, burst, width, latency] = process.argv.slice(2).map(Number)
const log = { start: 0, accepted: [], refused: [], serving: [] }
let [tokens, filled, serving] = [burst, performance.now(), 0]

const server = createServer((request, response) => {
  if (request.url === '/log') return response.end(JSON.stringify(log))
  const now = performance.now()
  log.start ||= now
  tokens = Math.min(burst, tokens + ((now - filled) * rate) / 1000)
  filled = now
  if (serving >= width || tokens < 1) {
    log.refused.push(now - log.start)
    return response.writeHead(429, { 'retry-after': '1' }).end()
  }
  tokens--
  serving++
  log.accepted.push(now - log.start)
  log.serving.push(serving)
  setTimeout(() => {
    serving--
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end('{"data":[{"id":"lkc-1"}],"metadata":{}}')
  }, latency)
})
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
process.on('disconnect', () => process.exit())
