import { describe, expect, it } from 'vitest'
import {
  AUTHORIZATION,
  call,
  client,
  collect,
  CREATE,
  DELETE,
  ENV,
  failing,
  GET,
  hostAt,
  json,
  LIST,
  serve,
  type TestServer,
} from './support.ts'

describe('credentials', () => {
  it('are sent as Basic', async () => {
    const server = await serve((_, response) => json(response, {}))
    await collect(client(), call(server, LIST))
    expect(server.seen[0]?.headers.authorization).toBe(AUTHORIZATION)
  })

  it.each<[Record<string, string>, string]>([
    [{}, 'TEST_KEY and TEST_SECRET are not set'],
    [{ TEST_KEY: 'k' }, 'TEST_SECRET is not set'],
    [{ TEST_KEY: '', TEST_SECRET: 's' }, 'TEST_KEY is not set'],
  ])('that are missing (%j) end the call before it is sent', async (env, message) => {
    const server = await serve((_, response) => json(response, {}))
    const error = await failing('CREDENTIALS', collect(client({ env }), call(server, LIST)))
    expect(error.message).toContain(message)
    expect(error.hint).toContain('--sandbox')
    expect(server.seen).toHaveLength(0)
  })

  it.each([
    'http://api.example.com',
    'http://10.0.0.1',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'http://0.0.0.0',
  ])('are not sent to %s', async url => {
    const error = await failing('USAGE', collect(client(), { host: hostAt(url), method: LIST, args: {} }))
    expect(error.message).toContain('not encrypted')
  })

  it('are sent to localhost', async () => {
    const server = await serve((_, response) => json(response, {}))
    await collect(client(), {
      host: hostAt(server.url.replace('127.0.0.1', 'localhost')),
      method: LIST,
      args: {},
    })
    expect(server.seen).toHaveLength(1)
  })

  it('are not needed for a host without authentication', async () => {
    const server = await serve((_, response) => json(response, {}))
    await collect(client({ env: {} }), {
      host: { name: 'open', url: server.url, auth: { kind: 'none' } },
      method: LIST,
      args: {},
    })
    expect(server.seen[0]?.headers.authorization).toBeUndefined()
  })
})

describe('redirects', () => {
  const redirecting = (
    status: number,
    location: (server: { url: string }) => string,
  ): Promise<TestServer> => {
    const made = serve((request, response) => {
      if (request.url.startsWith('/v2/')) response.writeHead(status, { location: location(own) }).end()
      else json(response, { data: [request.url] })
    })
    const own = { url: '' }
    return made.then(server => {
      own.url = server.url
      return server
    })
  }

  it.each([301, 302, 307, 308])('%i of a read are followed within the origin', async status => {
    for (const location of [
      () => '/moved?to=here',
      (server: { url: string }) => `${server.url}/moved?to=here`,
    ]) {
      const server = await redirecting(status, location)
      expect((await collect(client(), call(server, LIST)))[0]?.text).toBe('{"data":["/moved?to=here"]}')
      expect(server.seen.at(-1)?.headers.authorization).toBe(AUTHORIZATION)
    }
  })

  it('are not followed to another origin', async () => {
    const other = await serve((_, response) => json(response, {}))
    for (const location of [
      `${other.url}/v2/things`,
      `//${other.url.slice(7)}/x`,
      'https://example.invalid/',
      'javascript:alert(1)',
      'http://[bad',
    ]) {
      const server = await redirecting(302, () => location)
      const error = await failing('API', collect(client(), call(server, LIST)))
      expect(error).toMatchObject({ status: 302, message: expect.stringContaining('redirects to ') })
      expect(server.seen).toHaveLength(1)
    }
    const server = await redirecting(307, () => other.url)
    expect((await failing('API', collect(client(), call(server, LIST)))).message).toContain(other.url)
    expect(other.seen).toHaveLength(0)
  })

  it('are followed five times at most', async () => {
    const server = await redirecting(301, () => '/v2/things')
    expect((await failing('API', collect(client(), call(server, LIST)))).message).toContain(
      'more than 5 times',
    )
    expect(server.seen).toHaveLength(6)
  })

  it.each([301, 302, 307, 308])('%i of a write are not followed', async status => {
    const server = await redirecting(status, () => '/moved')
    expect(await failing('API', client().send(call(server, CREATE, {}, {})))).toMatchObject({ status })
    expect(await failing('API', client().send(call(server, DELETE, { id: ['x'] })))).toMatchObject({ status })
    expect(server.seen).toHaveLength(2)
  })

  it('are followed for a lookup, whose 404 still means no row', async () => {
    const server = await serve((request, response) =>
      request.url.startsWith('/v2/')
        ? response.writeHead(302, { location: '/gone' }).end()
        : json(response, {}, 404),
    )
    expect(await collect(client({ env: ENV }), call(server, GET, { id: ['x'] }))).toEqual([])
  })
})
