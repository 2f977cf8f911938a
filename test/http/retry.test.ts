import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { askedWait } from '../../src/http/limits/retry.ts'
import type { Trace } from '../../src/http/types.ts'
import {
  call,
  client,
  collect,
  CREATE,
  DELETE,
  failing,
  GET,
  json,
  LIST,
  REPLACE,
  rowsOf,
  serve,
  type Respond,
} from './support.ts'

/** Answers with each status in turn, the last one for ever. */
const statuses =
  (...all: readonly number[]): Respond =>
  (_, response, index) => {
    const status = all[Math.min(index, all.length - 1)] ?? 500
    if (status === 204) response.writeHead(204).end()
    else json(response, status < 300 ? { data: ['ok'] } : { errors: [{ code: `code_${status}` }] }, status)
  }

const lose: Respond = (_, response) => response.socket?.destroy()

describe('a read', () => {
  it.each([429, 500, 502, 503, 504])('is sent again after %i', async status => {
    const server = await serve(statuses(status, status, 200))
    expect(await rowsOf(client(), call(server, LIST))).toEqual(['ok'])
    expect(server.seen).toHaveLength(3)
  })

  it.each([400, 401, 402, 403, 409, 422, 501, 505, 600])('is not sent again after %i', async status => {
    const server = await serve(statuses(status, 200))
    expect(await failing('API', collect(client(), call(server, LIST)))).toMatchObject({ status })
    expect(server.seen).toHaveLength(1)
  })

  it('is given up after as many retries as allowed', async () => {
    const server = await serve(statuses(503))
    const error = await failing('API', collect(client({ retries: 2 }), call(server, LIST)))
    expect(error.message).toContain('503 Service Unavailable, code_503 (sent 3 times)')
    expect(server.seen).toHaveLength(3)
    await failing('API', collect(client({ retries: 0 }), call(server, LIST)))
    expect(server.seen).toHaveLength(4)
  })

  it.each<[string, Respond]>([
    ['before the answer', lose],
    [
      'within the headers',
      (_, response) => {
        response.socket?.end('HTTP/1.1 200 OK\r\nContent-Ty')
      },
    ],
    [
      'within the body',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{"data": [1')
        setImmediate(() => response.socket?.destroy())
      },
    ],
    [
      'within a chunked body',
      (_, response) => {
        response.writeHead(200).write('{"data": [1')
        setImmediate(() => response.socket?.destroy())
      },
    ],
    [
      'in a body that only the connection delimits',
      (_, response) => {
        response.socket?.end('HTTP/1.1 200 OK\r\n\r\n{"data": [1')
      },
    ],
    [
      'with a length above the body',
      (_, response) => {
        response.socket?.end('HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"data": [1]}')
      },
    ],
    [
      'with what is not HTTP',
      (_, response) => {
        response.socket?.end('SSH-2.0-OpenSSH_9.6\r\n')
      },
    ],
  ])('is sent again when the connection is lost %s', async (_, breakIt) => {
    const once = await serve((request, response, index) =>
      index === 0 ? breakIt(request, response, index) : json(response, { data: ['ok'] }),
    )
    expect(await rowsOf(client(), call(once, LIST))).toEqual(['ok'])
    expect(once.seen).toHaveLength(2)

    const always = await serve(breakIt)
    const error = await failing('NETWORK', collect(client({ retries: 1 }), call(always, LIST)))
    expect(error.message).toMatch(/^GET http:\/\/127.*127\.0\.0\.1:\d+.*\(sent 2 times\)$/)
    expect(error.hint).toMatch(/^[A-Z].*\S$/)
    expect(always.seen).toHaveLength(2)
  })

  it('accepts a complete body without length or chunks', async () => {
    const server = await serve((_, response) => {
      response.socket?.end('HTTP/1.1 200 OK\r\n\r\n{"data": [1]}\n')
    })
    expect(await rowsOf(client(), call(server, LIST))).toEqual([1])
  })

  it('asks for the same page again in the middle of a listing', async () => {
    const server = await serve((_, response, index) => {
      if (index === 1) return json(response, {}, 503)
      return json(response, { data: [index], metadata: index === 0 ? { next: '?page_token=t1' } : {} })
    })
    expect(await rowsOf(client(), call(server, LIST))).toEqual([0, 2])
    expect(server.seen.map(request => request.query.get('page_token'))).toEqual([null, 't1', 't1'])
  })
})

describe('a POST', () => {
  it.each([500, 502, 503, 504])(
    'is sent once at %i, and its outcome is reported as unknown',
    async status => {
      const server = await serve(statuses(status, 201))
      const error = await failing('API', client().send(call(server, CREATE, {}, {})))
      expect(error).toMatchObject({
        status,
        message: expect.stringContaining('unknown'),
        hint: expect.stringContaining('SELECT'),
      })
      expect(server.seen).toHaveLength(1)
    },
  )

  it('is sent once when the connection is lost', async () => {
    const server = await serve(lose)
    const error = await failing('NETWORK', client().send(call(server, CREATE, {}, {})))
    expect(error).toMatchObject({
      message: expect.stringContaining('whether it was carried out is unknown'),
      hint: expect.stringContaining('SELECT'),
    })
    expect(server.seen).toHaveLength(1)
  })

  it('is sent again after 429', async () => {
    const server = await serve(statuses(429, 429, 201))
    expect(await client().send(call(server, CREATE, {}, { a: 1 }))).toMatchObject({ status: 201 })
    expect(server.seen.map(request => request.body)).toEqual(['{"a":1}', '{"a":1}', '{"a":1}'])
  })

  it('is refused at 4xx, with a known outcome', async () => {
    const server = await serve(statuses(409))
    expect((await failing('API', client().send(call(server, CREATE, {}, {})))).message).not.toContain(
      'unknown',
    )
  })

  it('is sent again while the connection is refused', async () => {
    const traces: Trace[] = []
    const port = await freePort()
    const http = client({ retries: 2, onTrace: trace => traces.push(trace) })
    const error = await failing(
      'NETWORK',
      http.send(call({ url: `http://127.0.0.1:${port}`, seen: [] }, CREATE, {}, {})),
    )
    expect(error.message).toMatch(/refused the connection \(sent 3 times\)$/)
    expect(traces.map(trace => trace.attempt)).toEqual([1, 2, 3])
  })
})

describe('PUT and DELETE', () => {
  it('are sent again after a lost answer, and 404 then means that the object is deleted', async () => {
    const server = await serve((request, response, index) =>
      index === 0 ? lose(request, response, index) : json(response, {}, 404),
    )
    expect(await client().send(call(server, DELETE, { id: ['x'] }))).toMatchObject({ status: 204, text: '' })
    expect(server.seen).toHaveLength(2)
  })

  it('fail at a 404 when no earlier attempt can have deleted the object', async () => {
    const plain = await serve(statuses(404))
    await failing('API', client().send(call(plain, DELETE, { id: ['x'] })))
    const limited = await serve(statuses(429, 404))
    expect((await failing('API', client().send(call(limited, DELETE, { id: ['x'] })))).message).not.toContain(
      'unknown',
    )
  })

  it('say that the outcome is unknown when a retry ends in another error', async () => {
    const server = await serve((request, response, index) =>
      index === 0 ? lose(request, response, index) : json(response, {}, 404),
    )
    const error = await failing('API', client().send(call(server, REPLACE, {}, {})))
    expect(error).toMatchObject({ status: 404, message: expect.stringContaining('unknown') })
  })

  it('take 204', async () => {
    const server = await serve(statuses(503, 204))
    expect(await client().send(call(server, DELETE, { id: ['x'] }))).toMatchObject({
      status: 204,
      text: '',
      bytes: 0,
    })
  })
})

describe('the wait that a server asks for', () => {
  const date = 'Wed, 21 Oct 2015 07:28:00 GMT'
  it.each<[number, Record<string, string>, number | undefined]>([
    [429, { 'retry-after': '7' }, 7000],
    [503, { 'retry-after': '7' }, 7000],
    [429, { 'retry-after': '1.5', 'x-ratelimit-reset': '9' }, 1500],
    [503, { 'retry-after': ' 0.25 ' }, 250],
    [429, { 'retry-after': '0.0' }, undefined],
    [429, { 'retry-after': 'Wed, 21 Oct 2015 07:28:09 GMT', date }, 9000],
    [429, { 'retry-after': date, date }, undefined],
    [429, { 'retry-after': '0' }, undefined],
    [429, { 'retry-after': '-5' }, undefined],
    [429, { 'retry-after': 'soon' }, undefined],
    [429, { 'x-ratelimit-reset': '3' }, 3000],
    [429, { 'x-ratelimit-reset': '0.5' }, 500],
    [429, { 'x-ratelimit-reset': '1445412480' }, undefined],
    [429, { 'x-ratelimit-reset': '1445412490', date: 'Wed, 21 Oct 2015 07:28:00 GMT' }, 10_000],
    [
      403,
      {
        'x-ratelimit-reset': '1445412490',
        'x-ratelimit-remaining': '0',
        date: 'Wed, 21 Oct 2015 07:28:00 GMT',
      },
      10_000,
    ],
    [403, { 'x-ratelimit-reset': '3', 'x-ratelimit-remaining': '7' }, undefined],
    [503, { 'x-ratelimit-reset': '3' }, undefined],
    [429, { 'retry-after': '2', 'x-ratelimit-reset': '9' }, 2000],
    [429, {}, undefined],
  ])('of %i with %j is %s ms', (status, headers, ms) => {
    expect(askedWait({ status, headers })).toBe(ms)
  })

  it('is observed, traced, and pauses every call to that host once', async () => {
    const traces: Trace[] = []
    const server = await serve((_, response, index) => {
      if (index === 0) json(response, {}, 429, { 'x-ratelimit-reset': '0.05' })
      else json(response, {})
    })
    const http = client({ concurrency: 1, onTrace: trace => traces.push(trace) })
    const all = ['a', 'b', 'c', 'd'].map(id => collect(http, call(server, GET, { id: [id] })))
    await Promise.all(all)
    expect(server.seen.map(request => request.url.at(-1))).toEqual(['a', 'a', 'b', 'c', 'd'])
    expect(traces.map(({ status, attempt, retryIn }) => ({ status, attempt, retryIn }))).toEqual([
      { status: 429, attempt: 1, retryIn: 50 },
      { status: 200, attempt: 2, retryIn: undefined },
      ...[1, 1, 1].map(attempt => ({ status: 200, attempt, retryIn: undefined })),
    ])
  })

  it('is refused when it is longer than five minutes', async () => {
    const server = await serve((_, response) => json(response, {}, 429, { 'retry-after': '3600' }))
    const error = await failing('API', collect(client(), call(server, LIST)))
    expect(error).toMatchObject({ status: 429, hint: expect.stringContaining('wait 3600 s') })
    expect(server.seen).toHaveLength(1)
  })

  it('is at most the backoff, doubled each time, when the server gives none', async () => {
    const traces: Trace[] = []
    const server = await serve(statuses(500))
    await failing(
      'API',
      collect(client({ onTrace: trace => traces.push(trace) }, { backoff: 4 }), call(server, LIST)),
    )
    const waits = traces.map(trace => trace.retryIn)
    expect(waits).toHaveLength(5)
    expect(waits[4]).toBeUndefined()
    waits.slice(0, 4).forEach((wait, n) => expect(wait).toBeLessThanOrEqual(4 * 2 ** n))
  })
})

describe('the trace', () => {
  it('has every attempt, without credentials', async () => {
    const traces: Trace[] = []
    const server = await serve((request, response, index) =>
      index === 0 ? lose(request, response, index) : json(response, { data: [] }),
    )
    await collect(client({ onTrace: trace => traces.push(trace) }), call(server, LIST))
    expect(traces).toMatchObject([
      {
        method: 'GET',
        url: `${server.url}/v2/things?page_size=100`,
        attempt: 1,
        bytes: 0,
        retryIn: expect.any(Number),
        error: expect.stringContaining('lost'),
      },
      { method: 'GET', url: `${server.url}/v2/things?page_size=100`, attempt: 2, bytes: 11, status: 200 },
    ])
    expect(JSON.stringify(traces)).not.toContain('secret')
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => {
    server.once('listening', resolve)
  })
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => {
    server.close(resolve)
  })
  return port
}

describe('a server that is overloaded', () => {
  /** Takes `most` requests each 50 ms, and puts off the others, with or without saying how long. */
  const limited = (most: number, headers: Record<string, string>): Respond => {
    let began = performance.now()
    let count = 0
    return (_, response) => {
      if (performance.now() - began > 50) [began, count] = [performance.now(), 0]
      if (++count > most) json(response, {}, 429, headers)
      else json(response, { data: ['ok'] })
    }
  }

  it.each([{ 'x-ratelimit-reset': '0.05' }, {}])(
    'fails no call as long as it accepts some, with %j',
    async headers => {
      const server = await serve(limited(20, headers))
      const http = client({ retries: 4, concurrency: 16 }, { backoff: 60 })
      const all = await Promise.all(
        Array.from({ length: 300 }, (_, n) => collect(http, call(server, GET, { id: [String(n)] }))),
      )
      expect(all.flat()).toHaveLength(300)
      expect(server.seen.length).toBeLessThan(600)
    },
  )

  it('fails a call when it accepts none', async () => {
    const server = await serve((_, response, index) => json(response, {}, index < 3 ? 200 : 429))
    const http = client({ retries: 2, concurrency: 2 })
    const results = await Promise.allSettled(
      Array.from({ length: 6 }, (_, n) => collect(http, call(server, GET, { id: [String(n)] }))),
    )
    expect(results.filter(result => result.status === 'fulfilled')).toHaveLength(3)
  })

  it('gets no request during the wait that a 503 asks for', async () => {
    const server = await serve((_, response, index) =>
      index === 0 ? json(response, {}, 503, { 'retry-after': '1' }) : json(response, {}),
    )
    const http = client({ concurrency: 1 })
    await Promise.all(['a', 'b', 'c'].map(id => collect(http, call(server, GET, { id: [id] }))))
    expect(server.seen.map(request => request.url.at(-1))).toEqual(['a', 'a', 'b', 'c'])
  })
})
