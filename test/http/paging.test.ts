import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Method } from '../../src/catalog/types.ts'
import {
  call,
  client,
  collect,
  extract,
  failing,
  GET,
  json,
  LIST,
  rowsOf,
  serve,
  type TestServer,
} from './support.ts'

interface Listing {
  readonly data: unknown
  readonly metadata?: unknown
}

/** A server whose pages are given; page n is asked for by the token `t<n>`. */
function listing(pages: readonly Listing[]): Promise<TestServer> {
  return serve((request, response) => {
    const token = request.query.get('page_token')
    const page = pages[token === null ? 0 : Number(token.slice(1))]
    if (page === undefined) json(response, { errors: [{ code: 'bad_token' }] }, 400)
    else json(response, page)
  })
}

/** Six pages, from a thread of its own; counts the requests in memory that the test shares. */
const COUNTING_SERVER = `
const { createServer } = require('node:http')
const { parentPort, workerData } = require('node:worker_threads')
const server = createServer((request, response) => {
  const page = Atomics.add(workerData, 0, 1) + 1
  Atomics.notify(workerData, 0)
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ data: [page], metadata: page < 6 ? { next: '?page_token=t' + page } : {} }))
})
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))`

describe('following page tokens', () => {
  it.each([
    ['an absolute link', 'https://api.example.com/v2/things?page_token=t1'],
    ['a relative link', '/v2/things?page_token=t1'],
    ['a query alone', '?page_token=t1'],
    ['another host and path prefix', 'https://example.com/api/v2/things?page_token=t1&email=other#part'],
    ['the token alone', 't1'],
  ])('takes the token from %s, and sends the original arguments again', async (_, next) => {
    const server = await listing([
      { data: [1], metadata: { next } },
      { data: [2], metadata: {} },
    ])
    expect(await rowsOf(client(), call(server, LIST, { email: ['a@b.c'] }))).toEqual([1, 2])
    expect(server.seen.map(request => request.url)).toEqual([
      '/v2/things?email=a%40b.c&page_size=100',
      '/v2/things?email=a%40b.c&page_size=100&page_token=t1',
    ])
  })

  it.each([
    ['what?', 'what%3F'],
    ['a?b=c&d', 'a%3Fb%3Dc%26d'],
    ['a+b/c==', 'a%2Bb%2Fc%3D%3D'],
    ['/a+b', '%2Fa%2Bb'],
    ['/v2/things?page_token=a%2Bb', 'a%2Bb'],
    ['/v2/things?page_token=a%20b', 'a%20b'],
    // which character a plus in a link stands for is known to the server alone
    ['/v2/things?page_token=a+b/c==', 'a+b/c=='],
    ['?x=1&page_token=a+b"', 'a+b%22'],
  ])('sends the token of %s as %s', async (next, sent) => {
    const server = await serve((request, response) =>
      json(response, request.url.includes('page_token') ? { data: [2] } : { data: [1], metadata: { next } }),
    )
    expect(await rowsOf(client(), call(server, LIST))).toEqual([1, 2])
    expect(server.seen[1]!.url).toBe(`/v2/things?page_size=100&page_token=${sent}`)
  })

  it.each([[{}], [{ next: null }], [{ next: '' }], [null], [undefined]])(
    'ends at metadata %j',
    async metadata => {
      const server = await listing([
        { data: [1], metadata: { next: '?page_token=t1' } },
        { data: [2], metadata },
      ])
      expect(await rowsOf(client(), call(server, LIST))).toEqual([1, 2])
      expect(server.seen).toHaveLength(2)
    },
  )

  it('continues after short and empty pages, and ignores total_size', async () => {
    const server = await listing([
      { data: [1], metadata: { next: '?page_token=t1', total_size: 1 } },
      { data: [], metadata: { next: '?page_token=t2', total_size: 1 } },
      { data: [2], metadata: { next: '?page_token=t3' } },
      { data: null, metadata: { next: '' } },
    ])
    expect(await rowsOf(client(), call(server, LIST))).toEqual([1, 2])
  })

  it('sends a token back unchanged', async () => {
    const token = 'a+b/c==&d é'
    const server = await serve((request, response) =>
      json(response, {
        data: [],
        metadata: request.query.has('page_token')
          ? {}
          : { next: `?x=1&${new URLSearchParams({ page_token: token })}` },
      }),
    )
    await collect(client(), call(server, LIST))
    expect(server.seen[1]?.query.get('page_token')).toBe(token)
  })

  it('fails when a token is repeated', async () => {
    const server = await listing([
      { data: [1], metadata: { next: '?page_token=t1' } },
      { data: [2], metadata: { next: '?page_token=t2' } },
      { data: [3], metadata: { next: '?page_token=t1' } },
    ])
    const error = await failing('RESPONSE', collect(client(), call(server, LIST)))
    expect(error.message).toMatch(/^GET http.*page_token=t2: the server repeats a page/)
    expect(server.seen).toHaveLength(3)
  })

  it('fails when the tokens of a long listing are repeated', async () => {
    const server = await serve((request, response) => {
      const n = Number(request.query.get('page_token') ?? 0)
      json(response, { data: [], metadata: { next: `?page_token=${n === 1300 ? 1201 : n + 1}` } })
    })
    const error = await failing('RESPONSE', collect(client(), call(server, LIST)))
    expect(error.message).toContain('the server repeats a page (page_token ')
    // the 2,048th token is remembered, and comes again after a hundred pages
    expect(server.seen).toHaveLength(2148)
  })

  it('fails when the link holds no token, and when the answer is not JSON after all', async () => {
    const without = await listing([{ data: [1], metadata: { next: 'https://x.example/v2/things?token=1' } }])
    expect((await failing('RESPONSE', collect(client(), call(without, LIST)))).message).toContain(
      'no page_token',
    )
    const broken = await serve((_, response) => response.end('{"data": [}'))
    expect((await failing('RESPONSE', collect(client(), call(broken, LIST)))).message).toContain(
      'not valid JSON',
    )
  })

  it('requests a page only when it is read, unless reading ahead is enabled', async () => {
    const pages = Array.from({ length: 5 }, (_, n) => ({
      data: [n],
      metadata: { next: n < 4 ? `?page_token=t${n + 1}` : null },
    }))
    const lazy = await listing(pages)
    for await (const page of client().pages(call(lazy, LIST), extract)) if (page.text.includes('[1]')) break
    expect(lazy.seen).toHaveLength(2)

    const eager = await listing(pages)
    const walk = client().pages(call(eager, LIST), extract, undefined, { ahead: () => true })
    await walk.next()
    await expect.poll(() => eager.seen.length).toBe(2)
    await walk.return()
    expect(
      (await collect(client(), call(eager, LIST), undefined, { ahead: () => true })).map(
        page => JSON.parse(page.text).data[0],
      ),
    ).toEqual([0, 1, 2, 3, 4])
    expect(eager.seen).toHaveLength(7)
  })

  it('has sent the request for the next page before it yields one, even if the consumer blocks the thread', async () => {
    const asked = new Int32Array(new SharedArrayBuffer(4))
    const worker = new Worker(COUNTING_SERVER, { eval: true, workerData: asked })
    onTestFinished(async () => {
      await worker.terminate()
    })
    const [port] = (await once(worker, 'message')) as [number]
    let pages = 0
    for await (const _ of client().pages(
      call({ url: `http://127.0.0.1:${port}`, seen: [] }, LIST),
      extract,
      undefined,
      { ahead: () => true },
    )) {
      pages++
      // this thread does nothing meanwhile, as SQLite has it
      if (pages < 6)
        expect(Atomics.wait(asked, 0, pages, 20_000), `page ${pages + 1} was asked for`).not.toBe('timed-out')
    }
    expect(pages).toBe(6)
  })

  it('reports the failure of a page read ahead when that page is read', async () => {
    const server = await serve((request, response) =>
      request.query.has('page_token')
        ? json(response, {}, 403)
        : json(response, { data: [1], metadata: { next: 't1' } }),
    )
    const walk = client().pages(call(server, LIST), extract, undefined, { ahead: () => true })
    expect((await walk.next()).value?.text).toContain('[1]')
    await expect.poll(() => server.seen.length).toBe(2)
    await failing('API', walk.next())
  })
})

describe('following offsets', () => {
  const method: Method = {
    ...LIST,
    rows: { at: '$.found.items', kind: 'array' },
    paging: { kind: 'offset', offset: 'from', limit: 'limit', max: 3 },
  }
  const rows = (count: number) =>
    serve((request, response) => {
      const from = Number(request.query.get('from'))
      json(response, {
        found: {
          items: Array.from({ length: count }, (_, n) => n).slice(
            from,
            from + Number(request.query.get('limit')),
          ),
        },
      })
    })

  it.each([
    [0, 1],
    [2, 2],
    [3, 3],
    [6, 4],
    [7, 4],
  ])('reads %i rows in %i requests', async (count, requests) => {
    const server = await rows(count)
    const pages = await collect(client(), call(server, method))
    expect(pages.flatMap(page => JSON.parse(page.text).found.items)).toEqual(
      Array.from({ length: count }, (_, n) => n),
    )
    expect(server.seen).toHaveLength(requests)
  })

  it('reads bare arrays', async () => {
    const server = await serve((request, response) =>
      json(response, { 0: ['a', 'b', 'c'], 3: ['d'] }[request.query.get('from')!] ?? []),
    )
    const pages = await collect(client(), call(server, { ...method, rows: { at: '$', kind: 'array' } }))
    expect(pages.map(page => page.text)).toEqual(['["a","b","c"]', '["d"]'])
  })

  it('reads rows that differ only in the last digits of a long number', async () => {
    const ids = ['9007199254740992', '9007199254740993', '0.12345678901234567', '0.123456789012345671']
    const server = await serve((request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(
        `{"found":{"items":[${ids
          .slice(Number(request.query.get('from')))
          .slice(0, 1)
          .join('')}]}}`,
      ),
    )
    const pages = await collect(client(), call(server, method))
    expect(pages.map(page => page.text)).toEqual(ids.map(id => `{"found":{"items":[${id}]}}`))
  })

  it.each([
    [416, 4, true],
    [416, 3, true],
    [404, 4, true],
    [400, 5, true],
    [404, 3, false],
    [400, 2, false],
    [500, 4, false],
    [403, 4, false],
  ])('a refused position (%i) after %i rows ends the list: %s', async (status, count, isEnd) => {
    const server = await serve((request, response) => {
      const from = Number(request.query.get('from'))
      const items = Array.from({ length: count }, (_, n) => n).slice(from, from + 3)
      if (items.length > 0) json(response, { found: { items } })
      else json(response, { error: 'no such page' }, status)
    })
    const pages = collect(client({ retries: 0 }), call(server, method))
    if (isEnd) expect((await pages).flatMap(page => JSON.parse(page.text).found.items)).toHaveLength(count)
    else await failing('API', pages)
  })

  it('ends when the server sends everything at once, and fails when it repeats a page', async () => {
    const all = await serve((_, response) => json(response, { found: { items: [1, 2, 3, 4, 5] } }))
    expect(await collect(client(), call(all, method))).toHaveLength(1)
    const still = await serve((_, response) => json(response, { found: { items: [1, 2, 3] } }))
    await failing('RESPONSE', collect(client(), call(still, method)))
    expect(still.seen).toHaveLength(2)
  })
})

describe('a lookup', () => {
  it('yields its one page', async () => {
    const server = await serve((_, response) => json(response, { id: 'x' }))
    expect(await collect(client(), call(server, GET, { id: ['x'] }))).toMatchObject([
      {
        isResent: false,
        text: '{"id":"x"}',
        status: 200,
        bytes: 10,
        request: `GET ${server.url}/v2/things/x`,
        failure: expect.any(Function),
      },
    ])
  })

  it('yields nothing at 404, whatever its body', async () => {
    const server = await serve((_, response, index) =>
      index === 0 ? json(response, { errors: [] }, 404) : response.writeHead(404).end(),
    )
    expect(await collect(client(), call(server, GET, { id: ['x'] }))).toEqual([])
    expect(await collect(client(), call(server, GET, { id: ['x'] }))).toEqual([])
  })

  it('fails at 403, at a 404 with an HTML page, and at a 404 of a listing', async () => {
    const server = await serve((request, response) => {
      if (request.url.endsWith('/forbidden')) return json(response, {}, 403)
      return response
        .writeHead(404, { 'content-type': 'text/html' })
        .end('<html><title>Not here</title></html>')
    })
    expect(await failing('API', collect(client(), call(server, GET, { id: ['forbidden'] })))).toMatchObject({
      status: 403,
    })
    expect((await failing('API', collect(client(), call(server, GET, { id: ['x'] })))).message).toContain(
      'Not here',
    )
    const json404 = await serve((_, response) => json(response, {}, 404))
    expect(await failing('API', collect(client(), call(json404, LIST)))).toMatchObject({ status: 404 })
  })
})
