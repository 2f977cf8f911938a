import { describe, expect, it } from 'vitest'
import type { Host, Method, Param, Value } from '../../src/catalog/types.ts'
import { ConfluentqlError } from '../../src/errors.ts'
import { call, client, CREATE, DELETE, failing, GET, hostAt, json, LIST, serve } from './support.ts'

const server = { url: 'http://127.0.0.1:9', seen: [] }
const shape = (method: Method, args: Record<string, readonly Value[]> = {}, body?: unknown) =>
  client().preview(call(server, method, args, body))
const path = (method: Method, args: Record<string, readonly Value[]> = {}) =>
  shape(method, args).url.slice(server.url.length)

function refusal(run: () => unknown): ConfluentqlError {
  try {
    run()
  } catch (error) {
    if (error instanceof ConfluentqlError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('the request of a call', () => {
  it('requests the largest page, and leaves out parameters that are NULL or not given', () => {
    expect(path(LIST, { email: [null], active: [] })).toBe('/v2/things?page_size=100')
    expect(shape(LIST)).toEqual({ method: 'GET', url: `${server.url}/v2/things?page_size=100` })
  })

  it('repeats a parameter that takes several values', () => {
    expect(path(LIST, { id: ['a', 'b&c'] })).toBe('/v2/things?id=a&id=b%26c&page_size=100')
    expect(refusal(() => shape(LIST, { email: ['a', 'b'] }))).toMatchObject({
      code: 'VALUE',
      message: expect.stringContaining('email'),
    })
  })

  it.each<[Value, string]>([
    [1, 'true'],
    [0, 'false'],
    [1n, 'true'],
    [0n, 'false'],
  ])('writes boolean %s as %s', (value, text) => {
    expect(path(LIST, { active: [value] })).toBe(`/v2/things?active=${text}&page_size=100`)
  })

  it.each<[Value, string]>([
    [5, '5'],
    [9007199254740993n, '9007199254740993'],
    [1e21, '1000000000000000000000'],
    [1.5, '1.5'],
    ['7', '7'],
    [-0, '0'],
  ])('writes number %s as %s', (value, text) => {
    expect(path(LIST, { count: [value] })).toBe(`/v2/things?count=${text}&page_size=100`)
  })

  it.each<[string, Value]>([
    ['active', 2],
    ['active', 'yes'],
    ['count', Infinity],
    ['count', Number.NaN],
    ['email', new Uint8Array([1])],
  ])('refuses %s = %s', (name, value) => {
    expect(refusal(() => shape(LIST, { [name]: [value] }))).toMatchObject({
      code: 'VALUE',
      message: expect.stringContaining(name),
    })
  })

  it.each(['', '.', '..', '\ud800'])('refuses %j in a path', value => {
    expect(refusal(() => shape(GET, { id: [value] }))).toMatchObject({
      code: 'VALUE',
      message: expect.stringContaining('id'),
    })
  })

  it('refuses a path without a value, and unknown parameters', () => {
    expect(refusal(() => shape(GET))).toMatchObject({ code: 'MISSING_PARAMETER' })
    expect(refusal(() => shape(GET, { id: [null] }))).toMatchObject({ code: 'MISSING_PARAMETER' })
    expect(refusal(() => shape(LIST, { page_token: ['x'] }))).toMatchObject({ code: 'UNKNOWN_NAME' })
    expect(refusal(() => shape({ ...GET, path: '/v2/{other}' }, { id: ['x'] }))).toMatchObject({
      code: 'PROVIDER',
    })
    expect(refusal(() => shape(GET, JSON.parse('{"__proto__": ["x"]}')))).toMatchObject({
      code: 'UNKNOWN_NAME',
    })
  })

  it("sends header parameters, except headers that could split the request or replace the client's", async () => {
    const live = await serve((request, response) => json(response, { org: request.headers['org-id'] }))
    const param: Param = { name: 'Org-Id', in: 'header', type: 'string', required: true }
    const method = (name: string): Method => ({ ...CREATE, params: [{ ...param, name }] })
    expect((await client().send(call(live, method('Org-Id'), { 'Org-Id': ['o-1'] }, {}))).text).toBe(
      '{"org":"o-1"}',
    )
    for (const value of ['a\r\nX-Evil: 1', 'a\nb', 'a\0b', 'é']) {
      await failing('VALUE', client().send(call(live, method('Org-Id'), { 'Org-Id': [value] }, {})))
    }
    for (const name of [
      'Host',
      'authorization',
      'Content-Length',
      'Transfer-Encoding',
      'X Y',
      'X:Y',
      'Cookie',
    ]) {
      await failing('PROVIDER', client().send(call(live, method(name), { [name]: ['v'] }, {})))
    }
    expect(live.seen).toHaveLength(1)
  })
})

describe('the base URL', () => {
  const host: Host = hostAt('https://provider.example', { urlEnv: 'TEST_URL' })
  const at = (endpoint: string | undefined, TEST_URL?: string) =>
    client({ endpoint, env: { TEST_URL } }).preview({ host, method: DELETE, args: { id: ['x'] } }).url

  it('is that of the option, otherwise the environment, otherwise the provider', () => {
    expect(at(undefined)).toBe('https://provider.example/v2/things/x')
    expect(at(undefined, 'https://env.example/')).toBe('https://env.example/v2/things/x')
    expect(at('https://option.example/prefix/', 'https://env.example')).toBe(
      'https://option.example/prefix/v2/things/x',
    )
  })

  it.each([
    'nonsense',
    'ftp://x',
    'https://user:hunter2@x',
    'https://x/?a=1',
    'https://x/#f',
    'file:///etc/passwd',
  ])('refuses %s', url => {
    const error = refusal(() => at(url))
    expect(error).toMatchObject({ code: 'USAGE', message: expect.stringContaining('--endpoint') })
    expect(error.message).not.toContain('hunter2')
  })
})

describe('bodies', () => {
  it('keep large integers, and leave out undefined members', () => {
    const body = {
      n: 9007199254740993n,
      big: 1e21,
      list: [1, null],
      deep: { a: true, gone: undefined },
      text: 'é"\n',
    }
    expect(shape(CREATE, {}, body).body).toBe(
      '{"n":9007199254740993,"big":1000000000000000000000,"list":[1,null],"deep":{"a":true},"text":"é\\"\\n"}',
    )
  })

  it('are wrapped in an array, or encoded as a form, according to the method', () => {
    const wrapped: Method = { ...CREATE, body: { media: 'application/json', kind: 'array', fields: [] } }
    expect(shape(wrapped, {}, { a: 1 }).body).toBe('[{"a":1}]')
    expect(shape(wrapped, {}, [{ a: 1 }]).body).toBe('[{"a":1}]')
    const form: Method = {
      ...CREATE,
      body: { media: 'application/x-www-form-urlencoded', kind: 'form', fields: [] },
    }
    const text = shape(form, {}, { 'a b': 'c&d=e+f', on: true, none: null, list: ['x'], n: 5n }).body
    expect([...new URLSearchParams(text)]).toEqual([
      ['a b', 'c&d=e+f'],
      ['on', 'true'],
      ['list', '["x"]'],
      ['n', '5'],
    ])
  })

  it('refuse values that JSON cannot represent', () => {
    expect(refusal(() => shape(CREATE, {}, { a: Number.NaN })).code).toBe('VALUE')
    expect(refusal(() => shape(CREATE, {}, { a: new Uint8Array(1) })).code).toBe('VALUE')
    let deep: unknown = 1
    for (let i = 0; i < 100_000; i++) deep = [deep]
    expect(refusal(() => shape(CREATE, {}, { deep })).code).toBe('LIMIT')
  })

  it('are sent with their media type and length', async () => {
    const live = await serve((_, response) => json(response, {}, 201))
    await client().send(call(live, CREATE, {}, { name: 'é' }))
    expect(live.seen[0]).toMatchObject({
      method: 'POST',
      body: '{"name":"é"}',
      headers: { 'content-type': 'application/json', 'content-length': '13' },
    })
  })
})

/** A small generator of pseudo-random numbers (mulberry32), so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

describe('a text with special characters', () => {
  const PIECES = [
    '/',
    '..',
    '.',
    '%2f',
    '%',
    '%00',
    '?',
    '#',
    '&',
    '=',
    '+',
    ' ',
    '\\',
    '\0',
    '\r\n',
    '\n',
    '\t',
    ';',
    ':',
    '@',
    '//',
    '{id}',
    '"',
    "'",
    '<',
    'é',
    '日本',
    '👍',
    '\u202e',
    '\u2028',
    'a',
    'Z',
    '0',
    '~',
    '!',
    '*',
    '(',
    ')',
    '[',
    ']',
    '$&',
    '$1',
    '__proto__',
    '\u007f',
    '\ufeff',
  ]
  const next = random(20)
  const text = (): string => {
    const length = 1 + Math.floor(next() * 8)
    return Array.from({ length }, () => PIECES[Math.floor(next() * PIECES.length)]).join('')
  }

  it('arrives unchanged, as one segment of the path and in the query', async () => {
    const live = await serve((_, response) => json(response, {}))
    const method: Method = {
      ...LIST,
      path: '/v2/{a}/things/{b}',
      params: [
        { name: 'a', in: 'path', type: 'string', required: true },
        { name: 'b', in: 'path', type: 'string', required: true },
        { name: 'q&=', in: 'query', type: 'string', required: false, repeat: true },
      ],
    }
    const http = client()
    for (let round = 0; round < 400; round++) {
      const [a, b, q, r] = [text(), text(), text(), text()]
      if ([a, b].some(value => value === '.' || value === '..')) continue
      await http.send(call(live, method, { a: [a], b: [b], 'q&=': [q, r] }))
      const seen = live.seen.at(-1)
      const [rawPath = ''] = (seen?.url ?? '').split('?')
      const message = JSON.stringify([a, b, q, r])
      expect(rawPath.split('/').map(decodeURIComponent), message).toEqual(['', 'v2', a, 'things', b])
      expect(new URL(`http://x${seen?.url}`).pathname, message).toBe(rawPath)
      expect(seen?.query.getAll('q&='), message).toEqual([q, r])
      expect([...(seen?.query.keys() ?? [])], message).toEqual(['q&=', 'q&=', 'page_size'])
    }
    expect(live.seen.length).toBeGreaterThan(300)
  })
})
