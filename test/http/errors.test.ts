import { describe, expect, it } from 'vitest'
import {
  call,
  client,
  collect,
  CREATE,
  DELETE,
  ENV,
  AUTHORIZATION,
  failing,
  GET,
  json,
  LIST,
  serve,
  type Respond,
} from './support.ts'

async function messageOf(respond: Respond): Promise<string> {
  const server = await serve(respond)
  const error = await failing('API', collect(client({ retries: 0 }), call(server, LIST)))
  return error.message.replace(`GET ${server.url}/v2/things?page_size=100: `, '')
}

describe('an error of the API', () => {
  it.each<[string, unknown, string]>([
    [
      'a list of errors',
      {
        errors: [
          { id: 'r-1', status: '403', code: 'user_unauthorized', title: 'Forbidden', detail: 'No access' },
        ],
      },
      '403 Forbidden, user_unauthorized: No access [request id r-1]',
    ],
    [
      'with the parameter',
      { errors: [{ code: 'invalid_filter', detail: 'bad', source: { parameter: 'status' } }] },
      '403 Forbidden, invalid_filter: bad (parameter status)',
    ],
    [
      'with the field',
      { errors: [{ detail: 'is required', source: { pointer: '/spec/name' } }] },
      '403 Forbidden, is required (field /spec/name)',
    ],
    ['with the title alone', { errors: [{ title: 'Nope', source: null }] }, '403 Forbidden, Nope'],
    [
      'of several',
      { errors: [1, 2, 3, 4, 5].map(n => ({ code: `c${n}`, detail: `d${n}` })) },
      '403 Forbidden, c1: d1; c2: d2; c3: d3; and 2 more',
    ],
    [
      'error_code and message',
      { error_code: 40301, message: 'Either unauthorized or not there' },
      '403 Forbidden, 40301: Either unauthorized or not there',
    ],
    [
      'error with code and message',
      { error: { code: 403, message: 'not yours' } },
      '403 Forbidden, 403: not yours',
    ],
    ['code and message', { code: 7, message: 'legacy' }, '403 Forbidden, 7: legacy'],
    [
      'a request id in the body',
      { status: 403, error: { code: 'X', message: 'm' }, requestId: 'r-2' },
      '403 Forbidden, X: m [request id r-2]',
    ],
    [
      'an OAuth error',
      { error: 'invalid_grant', error_description: 'expired' },
      '403 Forbidden, invalid_grant: expired',
    ],
    ['another object', { why: 'because' }, '403 Forbidden, {"why":"because"}'],
    ['a list', ['x'], '403 Forbidden, ["x"]'],
    ['errors that are none', { errors: null, message: 'm' }, '403 Forbidden, m'],
    ['a null', null, '403 Forbidden, null'],
  ])('is told from %s', async (_, body, message) => {
    expect(await messageOf((_request, response) => json(response, body, 403))).toBe(message)
  })

  it('is read from an HTML page, a plain text, and an empty body', async () => {
    const page =
      '<html><head><title>\n Error 401\n Unauthorized</title></head><body><script>1</script></body></html>'
    expect(
      await messageOf((_, response) => response.writeHead(403, { 'content-type': 'text/html' }).end(page)),
    ).toBe('403 Forbidden, Error 401 Unauthorized')
    expect(await messageOf((_, response) => response.writeHead(502).end('upstream  failed\n'))).toBe(
      '502 Bad Gateway, upstream failed',
    )
    expect(await messageOf((_, response) => response.writeHead(403).end())).toBe('403 Forbidden')
  })

  it('has the request id of the header, a limited length, and no control characters', async () => {
    const detail = `\u001b[31mred\u0007\r\n\u202e${'x'.repeat(10_000)}`
    const text = await messageOf((_, response) =>
      json(response, { errors: [{ id: 'in-body', code: 'c', detail }] }, 400, { 'x-request-id': 'r-9' }),
    )
    expect(text).toContain('400 Bad Request, c: \\x1b[31mred\\x07\\x0d\\n\\u202exxx')
    expect(text).toContain('[request id r-9]')
    expect(text.length).toBeLessThan(700)
  })

  it('shows no credentials, even when the server repeats them', async () => {
    const text = await messageOf((_, response) =>
      json(response, { message: `key ${ENV.TEST_SECRET} of ${AUTHORIZATION} is wrong` }, 401),
    )
    expect(text).toBe('401 Unauthorized, key [hidden] of Basic [hidden] is wrong')
  })

  it.each([
    [401, 'Check TEST_KEY and TEST_SECRET'],
    [402, 'quota'],
    [403, 'roles'],
    [404, 'names'],
    [409, 'exists'],
    [429, 'concurrency'],
    [503, 'later'],
    [304, '--endpoint'],
  ])('with status %i has a hint', async (status, words) => {
    const server = await serve((_, response) =>
      status === 304 ? response.writeHead(304).end() : json(response, {}, status),
    )
    expect(await failing('API', collect(client({ retries: 0 }), call(server, LIST)))).toMatchObject({
      status,
      hint: expect.stringContaining(words),
    })
  })

  it('is reported for a partial answer (206)', async () => {
    const server = await serve((_, response) => json(response, { data: [1] }, 206))
    const error = await failing('API', collect(client(), call(server, LIST)))
    expect([error.status, server.seen.length]).toEqual([206, 1])
  })
})

describe('an answer that cannot be used', () => {
  it('is shown with its type and beginning', async () => {
    const server = await serve((_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>\u001b[2J<title>Login</title>'),
    )
    const error = await failing('RESPONSE', collect(client(), call(server, LIST)))
    expect(error.message).toBe(
      `GET ${server.url}/v2/things?page_size=100 answered 200 with text/html, not JSON: <html>\\x1b[2J<title>Login</title>`,
    )
    expect(server.seen).toHaveLength(1)
    const write = await failing('RESPONSE', client().send(call(server, DELETE, { id: ['x'] })))
    expect(write.message).toContain('probably carried out')
  })

  it.each(['', ' \n', 'OK', 'NaN', '503 Service', '{"data": [', '[1', '"abc', '}{', 'nulls', ','])(
    'is %j where rows are expected',
    async text => {
      const server = await serve((_, response) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(text),
      )
      const error = await failing('RESPONSE', collect(client(), call(server, GET, { id: ['x'] })))
      expect(error.message).toContain(`GET ${server.url}/v2/things/x answered 200 with `)
    },
  )

  it.each(['null', '1', '-1.5e3', '"x"', '[]', ' {} \n', '\ufeff{}'])('is not %j', async text => {
    const server = await serve((_, response) => response.end(text))
    const [page] = await collect(client(), call(server, GET, { id: ['x'] }))
    expect(page?.text).toBe(text.replace('\ufeff', ''))
  })

  it('is one that is not UTF-8', async () => {
    const server = await serve((_, response) =>
      response.end(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])),
    )
    expect((await failing('RESPONSE', collect(client(), call(server, LIST)))).message).toContain(
      'not valid UTF-8',
    )
    expect((await failing('RESPONSE', client().send(call(server, CREATE, {}, {})))).message).toContain(
      'answered 200',
    )
    expect(server.seen).toHaveLength(2)
  })
})
