import { describe, expect, it } from 'vitest'
import { createCache } from '../../src/http/cache/cache.ts'
import type { Request } from '../../src/http/exchange.ts'
import type { Trace } from '../../src/http/types.ts'
import { call, client, collect, CREATE, DELETE, failing, GET, json, LIST, rowsOf, serve } from './support.ts'

/** Numbers its answers, in two pages. */
const numbered = () =>
  serve((request, response, index) =>
    json(
      response,
      request.query.has('page_token') ? { data: [index] } : { data: [index], metadata: { next: 't1' } },
    ),
  )

describe('reads with a cache', () => {
  it('are answered from memory page by page, and traced as cached', async () => {
    const traces: Trace[] = []
    const server = await numbered()
    const http = client({ cache: () => 60, onTrace: trace => traces.push(trace) })
    expect(await rowsOf(http, call(server, LIST))).toEqual([0, 1])
    expect(await rowsOf(http, call(server, LIST))).toEqual([0, 1])
    expect(await rowsOf(http, call(server, LIST, { email: ['a'] }))).toEqual([2, 3])
    expect(server.seen).toHaveLength(4)
    expect(traces.map(trace => trace.cached ?? false)).toEqual([false, false, true, true, false, false])
    expect(traces[2]).toMatchObject({
      method: 'GET',
      url: `${server.url}/v2/things?page_size=100`,
      status: 200,
      bytes: 0,
    })
  })

  it('are sent when the cache is off, is switched off, or has an answer that is too old', async () => {
    const server = await numbered()
    let seconds: number | undefined
    const http = client({ cache: () => seconds })
    await rowsOf(http, call(server, LIST))
    await rowsOf(http, call(server, LIST))
    expect(server.seen).toHaveLength(4)
    seconds = 60
    await rowsOf(http, call(server, LIST))
    seconds = 0.000_001
    await rowsOf(http, call(server, LIST))
    expect(server.seen).toHaveLength(8)
  })

  it('are not answered with the answer for another key', async () => {
    const server = await serve((request, response) =>
      json(response, { data: [request.headers.authorization] }),
    )
    const env: Record<string, string> = { TEST_KEY: 'one', TEST_SECRET: 'first-secret-0123456789' }
    const http = client({ cache: () => 60, env })
    const [first] = await rowsOf(http, call(server, LIST))
    env['TEST_KEY'] = 'two'
    const [second] = await rowsOf(http, call(server, LIST))
    expect(second).not.toBe(first)
  })

  it.each(['answered', 'refused', 'lost'])('are sent again after a change that was %s', async how => {
    const server = await serve((request, response, index) => {
      if (request.method === 'GET') return json(response, { data: [index] })
      if (how === 'lost') return response.socket?.destroy()
      return json(response, {}, how === 'refused' ? 409 : 201)
    })
    const http = client({ cache: () => 60 })
    await rowsOf(http, call(server, LIST))
    await http.send(call(server, CREATE, {}, {})).catch(() => {})
    expect(await rowsOf(http, call(server, LIST))).toEqual([2])
  })

  it('that were sent before a change and answered after it are not cached', async () => {
    let answer = (): void => {}
    const server = await serve((request, response, index) => {
      if (request.method === 'GET' && index === 0) answer = () => json(response, { data: ['old'] })
      else if (request.method === 'GET') json(response, { data: ['new'] })
      else response.writeHead(204).end()
    })
    const http = client({ cache: () => 60 })
    const early = rowsOf(http, call(server, LIST))
    await expect.poll(() => server.seen.length).toBe(1)
    await http.send(call(server, DELETE, { id: ['x'] }))
    answer()
    expect(await early).toEqual(['old'])
    expect(await rowsOf(http, call(server, LIST))).toEqual(['new'])
  })

  it('that failed are sent again', async () => {
    const server = await serve((_, response, index) => json(response, {}, index === 0 ? 403 : 200))
    const http = client({ cache: () => 60 })
    await failing('API', collect(http, call(server, GET, { id: ['x'] })))
    expect(await collect(http, call(server, GET, { id: ['x'] }))).toHaveLength(1)
  })
})

const request = (path: string): Request => ({
  method: 'GET',
  isRead: true,
  origin: 'https://a',
  path,
  headers: {},
})

it('a cache is limited in size, and removes the oldest answers first', () => {
  const cache = createCache(() => 60, 10)
  const keep = (path: string, text: string): void =>
    cache.store(request(path), { text, status: 200 }, cache.epoch())
  keep('/a', '1234')
  keep('/b', '1234')
  keep('/c', '1234')
  keep('/d', 'longer than all')
  expect(['/a', '/b', '/c', '/d'].map(path => cache.find(request(path))?.text)).toEqual([
    undefined,
    '1234',
    '1234',
    undefined,
  ])
  keep('/b', '123456')
  expect(['/b', '/c'].map(path => cache.find(request(path))?.text)).toEqual(['123456', '1234'])
})

it('a cache returns each answer as it was, whatever was removed before', () => {
  const cache = createCache(() => 60, 3 * 2 ** 20)
  const texts = new Map<string, string>()
  let lost = 0
  for (let i = 0; i < 1000; i++) {
    const path = `/${(i * 7919) % 120}`
    // some longer than a megabyte, and some that are not ASCII
    const text = `${i} ${(i % 3 ? 'x' : 'ü€😀').repeat(i % 300 === 0 ? 400_000 : (i * 613) % 10_000)}`
    if (i % 11 === 0) {
      cache.drop(request(path))
      texts.delete(path)
    } else {
      cache.store(request(path), { text, status: 200 }, cache.epoch())
      texts.set(path, text)
    }
    const other = `/${(i * 31) % 120}`
    const found = cache.find(request(other))?.text
    if (found === undefined) lost++
    else expect(found === texts.get(other)).toBe(true)
  }
  expect(lost).toBeLessThan(900)
})
