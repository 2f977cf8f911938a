import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { call, client, collect, CREATE, extract, failing, GET, hostAt, json, LIST, serve } from './support.ts'

describe('an aborted signal', () => {
  it('ends a call before it is sent', async () => {
    const server = await serve((_, response) => json(response, {}))
    await failing('ABORTED', collect(client(), call(server, LIST), AbortSignal.abort()))
    await failing('ABORTED', client().send(call(server, CREATE, {}, {}), AbortSignal.abort()))
    expect(server.seen).toHaveLength(0)
  })

  it('ends a call in flight, and its connection', async () => {
    let closed = false
    const server = await serve((_, response) => {
      response.on('close', () => {
        closed = true
      })
    })
    const controller = new AbortController()
    const ended = failing('ABORTED', collect(client(), call(server, LIST), controller.signal))
    await expect.poll(() => server.seen.length).toBe(1)
    controller.abort()
    await ended
    await expect.poll(() => closed).toBe(true)
  })

  it('ends a call within its body', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200).write('{')
    })
    const controller = new AbortController()
    const ended = failing(
      'ABORTED',
      client({ timeout: 60_000 }).send(call(server, CREATE, {}, {}), controller.signal),
    )
    await expect.poll(() => server.seen.length).toBe(1)
    controller.abort()
    await ended
  })

  it.each([429, 503])('ends the wait after %i, and leaves no timer', async status => {
    const timers = (): number => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
    const before = timers()
    const server = await serve((_, response) => json(response, {}, status, { 'retry-after': '200' }))
    const controller = new AbortController()
    const http = client({ concurrency: 1, onTrace: () => setImmediate(() => controller.abort()) })
    await Promise.all(
      [1, 2, 3].map(() => failing('ABORTED', collect(http, call(server, LIST), controller.signal))),
    )
    expect(server.seen.length).toBeLessThan(4)
    await http.close()
    // others of the process come and go in a second; the one that waits would be there for 200
    await expect.poll(timers, { timeout: 10_000 }).toBeLessThanOrEqual(before)
  })

  it('ends the wait for other calls, and leaves them alone', async () => {
    const release: (() => void)[] = []
    const server = await serve((_, response) => {
      release.push(() => json(response, {}))
    })
    const http = client({ concurrency: 1 })
    const controller = new AbortController()
    const first = collect(http, call(server, GET, { id: ['first'] }))
    const second = failing('ABORTED', collect(http, call(server, GET, { id: ['second'] }), controller.signal))
    const third = collect(http, call(server, GET, { id: ['third'] }))
    await expect.poll(() => release.length).toBe(1)
    controller.abort()
    await second
    release[0]?.()
    await first
    await expect.poll(() => release.length).toBe(2)
    release[1]?.()
    expect(await third).toHaveLength(1)
    expect(server.seen.map(request => request.url)).toEqual(['/v2/things/first', '/v2/things/third'])
  })

  it('ends a connection that is still being made', async () => {
    const blackhole = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => {
      blackhole.close()
    })
    await new Promise(resolve => {
      blackhole.once('listening', resolve)
    })
    const controller = new AbortController()
    const ended = failing(
      'ABORTED',
      collect(
        client(),
        {
          host: hostAt(`https://127.0.0.1:${(blackhole.address() as AddressInfo).port}`),
          method: LIST,
          args: {},
        },
        controller.signal,
      ),
    )
    const socket = await new Promise<Socket>(resolve => {
      blackhole.once('connection', resolve)
    })
    const closed = new Promise<boolean>(resolve => {
      socket.on('error', () => {}).once('close', () => resolve(true))
    })
    controller.abort()
    expect((await ended).uncertain).toBe(false)
    socket.resume()
    expect(await closed).toBe(true)
  })

  it('rejects with its reason when that is a ConfluentqlError', async () => {
    const { ConfluentqlError } = await import('../../src/errors.ts')
    const reason = new ConfluentqlError('ABORTED', 'the statement took too long')
    const server = await serve(() => {})
    expect(await failing('ABORTED', collect(client(), call(server, LIST), AbortSignal.abort(reason)))).toBe(
      reason,
    )
  })
})

describe('a listing that is not read to its end', () => {
  it('aborts the request for the next page', async () => {
    let closed = false
    const server = await serve((_, response, index) => {
      if (index === 0) json(response, { data: [1], metadata: { next: 't1' } })
      else
        response.on('close', () => {
          closed = true
        })
    })
    for await (const _ of client().pages(call(server, LIST), extract, undefined, { ahead: () => true })) {
      await expect.poll(() => server.seen.length).toBe(2)
      break
    }
    await expect.poll(() => closed).toBe(true)
  })
})

describe('close', () => {
  it('aborts requests in flight, queued and waiting to be repeated, and closes every connection', async () => {
    const server = await serve((request, response) => {
      if (request.url.endsWith('/failing')) json(response, {}, 503)
    })
    const http = client({ concurrency: 2 }, { backoff: 100_000_000 })
    const ended = ['failing', 'a', 'b', 'c'].map(id =>
      failing('ABORTED', collect(http, call(server, GET, { id: [id] }))),
    )
    await expect.poll(() => server.seen.length).toBe(3)
    await http.close()
    await Promise.all(ended)
    await failing('ABORTED', collect(http, call(server, LIST)))
    expect(process.getActiveResourcesInfo().filter(name => name === 'TLSSocketWrap')).toEqual([])
  })

  it('holds for two thousand waiting calls without a warning', async () => {
    const warnings: unknown[] = []
    const onWarning = (warning: unknown): void => {
      warnings.push(warning)
    }
    process.on('warning', onWarning)
    onTestFinished(() => {
      process.off('warning', onWarning)
    })
    const server = await serve((_, response) => json(response, {}))
    const http = client()
    const controller = new AbortController()
    await Promise.all(
      Array.from({ length: 2000 }, (_, n) =>
        collect(http, call(server, GET, { id: [String(n)] }), controller.signal),
      ),
    )
    expect(server.seen).toHaveLength(2000)
    expect(warnings).toEqual([])
  })
})
