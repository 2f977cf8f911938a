import { createServer, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { call, client, collect, CREATE, LIST, type TestServer } from './support.ts'

/** A server that answers each request with pieces of bytes, one after the other. */
async function sending(pieces: (request: number) => readonly string[]): Promise<TestServer> {
  const sockets = new Set<Socket>()
  let requests = 0
  const server = createServer(socket => {
    sockets.add(socket.on('error', () => {}).setNoDelay(true))
    socket.on('data', () => {
      const all = [...pieces(requests++)]
      const next = (): void => {
        const piece = all.shift()
        if (piece === undefined) return
        socket.write(piece)
        setTimeout(next, 5)
      }
      next()
    })
  })
  const port = await new Promise<number>(resolve => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { url: `http://127.0.0.1:${port}`, seen: [] }
}

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'
const body = '{"data":["HTTP/1.1 100 Continue"]}'
const answer = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`

describe('an unsolicited 100 Continue', () => {
  it.each<[string, readonly string[]]>([
    ['before the answer', [CONTINUE + answer]],
    ['alone', [CONTINUE, answer]],
    ['with headers', [`HTTP/1.1 100 Continue\r\nserver: x\r\n\r\n${answer}`]],
    ['without a reason', [`HTTP/1.1 100\r\n\r\n${answer}`]],
    ['of HTTP 1.0', [`HTTP/1.0 100 Continue\r\n\r\n`, answer]],
    ['twice', [CONTINUE + CONTINUE, CONTINUE + answer]],
    ['in pieces', [...CONTINUE, answer]],
    [
      'in pieces with the answer',
      ['HTTP/1', '.1 10', '0 Continue\r\n', '\r', `\n${answer.slice(0, 9)}`, answer.slice(9)],
    ],
    ['not at all', [answer.slice(0, 12), answer.slice(12, -30), answer.slice(-30)]],
  ])('%s is left out', async (_, pieces) => {
    const server = await sending(() => pieces)
    const http = client({ retries: 0, timeout: 5000 })
    expect(await collect(http, call(server, LIST))).toMatchObject([{ text: body }])
    // on the same connection
    expect(await collect(http, call(server, LIST))).toMatchObject([{ text: body }])
    expect(await http.send(call(server, CREATE, {}, { a: 1 }))).toMatchObject({ status: 200, text: body })
  })

  it('is skipped in a tunnel through a proxy', async () => {
    const server = await sending(n => (n === 0 ? ['HTTP/1.1 200 OK\r\n\r\n'] : [CONTINUE, answer]))
    const http = client({ env: { HTTP_PROXY: server.url }, retries: 0, timeout: 5000 })
    const target = { url: 'http://api.invalid', seen: [] }
    const open = {
      ...call(target, LIST),
      host: { ...call(target, LIST).host, auth: { kind: 'none' as const } },
    }
    expect(await collect(http, open)).toMatchObject([{ text: body }])
  })
})
