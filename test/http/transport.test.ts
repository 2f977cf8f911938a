import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import zlib from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { call, client, collect, CREATE, failing, GET, hostAt, json, LIST, rowsOf, serve } from './support.ts'

const BODY = JSON.stringify({ data: ['é', 'x'.repeat(1000)] })

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await new Promise(resolve => {
    server.once('listening', resolve)
  })
  onTestFinished(() => {
    server.close()
  })
  return (server.address() as AddressInfo).port
}

describe('compression', () => {
  it.each<[string, Buffer]>([
    ['gzip', zlib.gzipSync(BODY)],
    ['x-gzip', zlib.gzipSync(BODY)],
    ['br', zlib.brotliCompressSync(BODY)],
    ['deflate', zlib.deflateSync(BODY)],
    ['deflate', zlib.deflateRawSync(BODY)],
    ['gzip, br', zlib.brotliCompressSync(zlib.gzipSync(BODY))],
    ['identity', Buffer.from(BODY)],
    ['GZIP', zlib.gzipSync(BODY)],
  ])('%s is undone', async (encoding, bytes) => {
    const server = await serve((_, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(bytes),
    )
    const [page] = await collect(client(), call(server, LIST))
    expect(page).toMatchObject({ text: BODY, bytes: bytes.length })
    expect(server.seen[0]?.headers['accept-encoding']).toBe('gzip, br, deflate')
  })

  it('that is truncated counts as a lost connection; damaged or unknown, as an unusable answer', async () => {
    const whole = zlib.gzipSync(BODY)
    const cut = await serve((_, response, index) =>
      response
        .writeHead(200, { 'content-encoding': 'gzip' })
        .end(index === 0 ? whole.subarray(0, 40) : whole),
    )
    expect(await rowsOf(client(), call(cut, LIST))).toHaveLength(2)
    expect(cut.seen).toHaveLength(2)
    const damaged = await serve((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('not compressed'),
    )
    expect((await failing('RESPONSE', collect(client(), call(damaged, LIST)))).message).toContain('damaged')
    const unknown = await serve((_, response) =>
      response.writeHead(200, { 'content-encoding': 'zzz' }).end('{}'),
    )
    expect((await failing('RESPONSE', collect(client(), call(unknown, LIST)))).message).toContain('zzz')
  })
})

describe('size', () => {
  it('is limited, both as received and as decompressed', async () => {
    const large = JSON.stringify({ data: ['x'.repeat(3 << 20)] })
    const plain = await serve((_, response) => response.end(large))
    const packed = await serve((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(zlib.gzipSync(large)),
    )
    for (const server of [plain, packed]) {
      const error = await failing('LIMIT', collect(client({}, { maxBody: 1 << 20 }), call(server, LIST)))
      expect(error.message).toContain('larger than 1 MB')
      expect(server.seen).toHaveLength(1)
      expect(await rowsOf(client({}, { maxBody: 4 << 20 }), call(server, LIST))).toHaveLength(1)
    }
  })

  it('of headers is limited', async () => {
    const server = await serve((_, response) =>
      response.writeHead(200, { 'x-long': 'x'.repeat(20_000) }).end('{}'),
    )
    expect((await failing('NETWORK', collect(client(), call(server, LIST)))).message).toContain(
      'headers above 16 KB',
    )
  })

  it('is an error when the answer is not HTTP', async () => {
    const server = await serve((_, response) => {
      response.socket?.end('SSH-2.0-OpenSSH_9.6\r\n')
    })
    const error = await failing('NETWORK', collect(client({ retries: 0 }), call(server, LIST)))
    expect(error.message).toMatch(/127\.0\.0\.1:\d+ sent what is not HTTP \(Response does not match/)
  })
})

describe('time', () => {
  it('is limited for an answer that does not begin, and for one that does not end', async () => {
    const server = await serve((request, response) => {
      if (request.url.includes('/drip')) {
        response.writeHead(200).write('{')
        const timer = setInterval(() => response.write(' '), 5)
        response.on('close', () => clearInterval(timer))
      }
    })
    for (const id of ['silent', 'drip']) {
      const error = await failing(
        'NETWORK',
        collect(client({ timeout: 500 }), call(server, GET, { id: [id] })),
      )
      expect(error).toMatchObject({
        message: expect.stringContaining('within 0.5 s'),
        hint: expect.stringContaining('--timeout'),
      })
    }
    expect(
      (await failing('NETWORK', client({ timeout: 500 }).send(call(server, CREATE, {}, {})))).message,
    ).toContain('unknown')
    expect(server.seen).toHaveLength(3)
  })
})

describe('a host that cannot be reached', () => {
  const get = (url: string) => collect(client({ retries: 0 }), { host: hostAt(url), method: LIST, args: {} })

  it('is named when its name is unknown', async () => {
    const error = await failing('NETWORK', get('https://no-such-host.invalid'))
    expect(error.message).toMatch(/no-such-host\.invalid/)
    expect(error.hint).toMatch(/network/)
  })

  it('is named when it does not speak TLS', async () => {
    const port = await listen(
      createTcpServer(socket => {
        socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n')
      }),
    )
    const error = await failing('NETWORK', get(`https://127.0.0.1:${port}`))
    expect(error.message).toContain(`no secure connection to 127.0.0.1:${port}`)
    expect(error.hint).toContain('https')
  })
})

describe('connections', () => {
  it('are reused for the next request', async () => {
    const ports = new Set<number | undefined>()
    const server = await serve((_, response) => {
      ports.add(response.socket?.remotePort)
      json(response, {})
    })
    const http = client()
    for (let n = 0; n < 5; n++) await collect(http, call(server, GET, { id: ['x'] }))
    expect(ports.size).toBe(1)
  })

  it('are never more than allowed, and answer in order of arrival', async () => {
    let now = 0
    let most = 0
    const server = await serve((_, response) => {
      most = Math.max(most, ++now)
      setTimeout(() => {
        now--
        json(response, {})
      }, 3)
    })
    const http = client({ concurrency: 3 })
    const ids = Array.from({ length: 60 }, (_, n) => String(n))
    await Promise.all(ids.map(id => collect(http, call(server, GET, { id: [id] }))))
    expect(most).toBe(3)
    expect(
      server.seen
        .slice(0, 3)
        .map(request => request.url)
        .sort(),
    ).toEqual(['/v2/things/0', '/v2/things/1', '/v2/things/2'])
    expect(server.seen.at(-1)?.url).toMatch(/5[789]$/)
  })

  describe('and proxies', () => {
    /** A proxy that answers every CONNECT with `status`, and whatever comes through the tunnel with an empty object. */
    const proxy = async (status: string) => {
      const asked: string[] = []
      const port = await listen(
        createTcpServer(socket => {
          socket
            .on('error', () => {})
            .on('data', (data: Buffer) => {
              const line = data.toString().split('\r\n')[0] ?? ''
              asked.push(line)
              socket.write(
                line.startsWith('CONNECT')
                  ? `HTTP/1.1 ${status}\r\n\r\n`
                  : 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}',
              )
            })
        }),
      )
      return { asked, url: `http://127.0.0.1:${port}` }
    }
    const get = (url: string, env: Record<string, string>) =>
      collect(client({ env, retries: 0 }), {
        host: { ...hostAt(url), auth: { kind: 'none' } },
        method: LIST,
        args: {},
      })

    it('use the proxy in the environment', async () => {
      const { asked, url } = await proxy('200 OK')
      expect(await get('http://api.invalid', { http_proxy: url, NO_PROXY: 'other.invalid' })).toHaveLength(1)
      expect(asked).toEqual(['CONNECT api.invalid:80 HTTP/1.1', 'GET /v2/things?page_size=100 HTTP/1.1'])
    })

    it('bypass it for loopback addresses and hosts in NO_PROXY', async () => {
      const { asked, url } = await proxy('200 OK')
      const server = await serve((_, response) => json(response, {}))
      expect(await get(server.url, { HTTPS_PROXY: url, HTTP_PROXY: url })).toHaveLength(1)
      expect(
        (
          await failing(
            'NETWORK',
            get('https://direct.invalid', { HTTPS_PROXY: url, NO_PROXY: 'direct.invalid' }),
          )
        ).message,
      ).toContain('direct.invalid')
      expect(asked).toEqual([])
    })

    it.each([
      ['* in a list', 'localhost, *'],
      ['a domain with a dot', '.invalid'],
      ['a domain with a star, in capitals', 'x.example,*.INVALID'],
      ['the host with its port', 'direct.invalid:443'],
      ['the host with a dot at its end', 'direct.invalid.'],
    ])('bypass it for hosts in NO_PROXY by %s', async (_, NO_PROXY) => {
      const { asked, url } = await proxy('200 OK')
      for (const env of [{ NO_PROXY }, { no_proxy: NO_PROXY, NO_PROXY: 'other.invalid' }])
        expect(
          (await failing('NETWORK', get('https://direct.invalid', { HTTPS_PROXY: url, ...env }))).message,
        ).toContain('there is no host direct.invalid')
      expect(asked).toEqual([])
    })

    it('fail with its answer, or its address', async () => {
      const { url } = await proxy('407 Proxy Authentication Required')
      const env = { HTTPS_PROXY: url.replace('//', '//user:hunter2-hunter2@') }
      const error = await failing('NETWORK', get('https://api.invalid', env))
      expect(error.message).toContain('the proxy answered 407 instead of connecting to api.invalid')
      expect(error.message).not.toContain('hunter2')
      const gone = await failing('NETWORK', get('https://api.invalid', { HTTPS_PROXY: 'http://127.0.0.1:9' }))
      expect(gone.message).toContain('127.0.0.1:9 for api.invalid refused the connection')
      for (const HTTP_PROXY of ['proxy:3128', 'socks5://proxy', 'http://'])
        expect(() => client({ env: { HTTP_PROXY } })).toThrow(/HTTP_PROXY is not a/)
      for (const HTTPS_PROXY of ['http://proxy:3128/path', 'http://proxy/?a=1', 'http://proxy#x'])
        expect(() => client({ env: { HTTPS_PROXY } })).toThrow('HTTPS_PROXY has more than a host and a port')
      expect(() => client({ env: { HTTPS_PROXY: 'http://user:hunter2%zz@proxy' } })).toThrow(
        'HTTPS_PROXY has a % in its user or password that begins no escape: write it as %25',
      )
    })

    it.each([
      [
        'ends the connection',
        (socket: Socket) => {
          socket.end()
        },
      ],
      [
        'resets the connection',
        (socket: Socket) => {
          socket.resetAndDestroy()
        },
      ],
      [
        'does not speak HTTP',
        (socket: Socket) => {
          socket.write('SSH-2.0-OpenSSH_9.6\r\n')
        },
      ],
    ])('fail when it %s instead, asked once a try', async (_, act) => {
      let asked = 0
      const port = await listen(
        createTcpServer(socket => {
          socket
            .on('error', () => {})
            .once('data', () => {
              asked++
              act(socket)
            })
        }),
      )
      const http = client({ env: { HTTPS_PROXY: `http://127.0.0.1:${port}` }, retries: 1, timeout: 5000 })
      const create = {
        host: { ...hostAt('https://api.invalid'), auth: { kind: 'none' as const } },
        method: CREATE,
        args: {},
        body: {},
      }
      const error = await failing('NETWORK', http.send(create))
      expect(error.message).toMatch(/the proxy did not connect to api\.invalid: .* \(sent 2 times\)$/)
      expect(asked).toBe(2)
    })

    it('that do not answer mean that a change was not made, as nothing was sent', async () => {
      const port = await listen(
        createTcpServer(socket => {
          socket.on('error', () => {}).resume()
        }),
      )
      const http = client({ env: { HTTPS_PROXY: `http://127.0.0.1:${port}` }, timeout: 200 })
      const error = await failing(
        'NETWORK',
        http.send({
          host: { ...hostAt('https://api.invalid'), auth: { kind: 'none' } },
          method: CREATE,
          args: {},
          body: {},
        }),
      )
      expect(error.message).toMatch(/no complete answer within 0\.2 s$/)
      expect(error.hint).toContain('--timeout')
    })

    it('that do not answer mean the same when the change is interrupted', async () => {
      const interrupt = new AbortController()
      const port = await listen(
        createTcpServer(socket => {
          socket.on('error', () => {}).once('data', () => interrupt.abort())
        }),
      )
      const http = client({ env: { HTTPS_PROXY: `http://127.0.0.1:${port}` } })
      const sending = http.send(
        {
          host: { ...hostAt('https://api.invalid'), auth: { kind: 'none' } },
          method: CREATE,
          args: {},
          body: {},
        },
        interrupt.signal,
      )
      const error = await failing('ABORTED', sending)
      expect(error.message).toBe('interrupted')
      expect(error.uncertain).toBe(false)
    })

    it('leave no pending connection when the client is closed', async () => {
      const sockets = new Set<Socket>()
      // says nothing, so that TLS with it is never made
      const port = await listen(
        createTcpServer(socket => {
          sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)))
          socket.resume()
        }),
      )
      const http = client({ env: { HTTPS_PROXY: `https://localhost:${port}` } })
      const ended = failing(
        'ABORTED',
        collect(http, {
          host: { ...hostAt('https://api.invalid'), auth: { kind: 'none' } },
          method: LIST,
          args: {},
        }),
      )
      await expect.poll(() => sockets.size).toBe(1)
      await http.close()
      await ended
      await expect.poll(() => sockets.size, { timeout: 5000 }).toBe(0)
    })
  })
})
