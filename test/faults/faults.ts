import type { ServerResponse } from 'node:http'
import { brotliCompressSync, gzipSync } from 'node:zlib'

/** What the server would have answered, and where. */
export interface Answer {
  readonly response: ServerResponse
  readonly status: number
  /** JSON; empty where there is nothing to answer. */
  readonly text: string
  /** Path and query of the request, without the case. */
  readonly url: string
  /** What stands before it: `/17`. */
  readonly prefix: string
}

export interface Fault {
  readonly name: string
  /** Whether a change that meets it is carried out before. */
  readonly isDone: boolean
  /** Answers in its way. */
  readonly act: (answer: Answer) => void
  /** It never ends, so that the request's time must. */
  readonly isEndless?: boolean
  /** Only for requests whose answer has rows in an array below `data`, or for pages. */
  readonly only?: 'lists' | 'pages'
}

type Act = Fault['act']

const plain: Act = ({ response, status, text }) => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(text)
}
const destroy = (response: ServerResponse): void => {
  response.socket?.resetAndDestroy()
}
/** What comes down the line, byte by byte as it is here; then the connection ends. */
const raw =
  (make: (text: string) => string | Buffer): Act =>
  ({ response, text }) => {
    response.socket?.end(make(text))
  }
const answering =
  (make: (text: string) => string | Buffer, headers: Record<string, string> = {}): Act =>
  ({ response, status, text }) => {
    const body = make(text)
    response
      .writeHead(status === 204 ? 200 : status, { 'content-type': 'application/json', ...headers })
      .end(body)
  }
const saying =
  (
    status: number,
    headers: Record<string, string> = {},
    body = '{"errors":[{"code":"some_code","detail":"in words"}]}',
  ): Act =>
  ({ response }) => {
    response
      .writeHead(status, {
        'content-type': body.startsWith('<') ? 'text/html' : 'application/json',
        ...headers,
      })
      .end(body)
  }
const head = (length: number): string =>
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`
const HTML = '<html><head><title>Sign in</title></head><body>Please sign in</body></html>'
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`
/** The text with the first object in it that has an id changed. */
const inRow =
  (change: (row: string) => string) =>
  (text: string): string =>
    text.replace(/\{"id"[^{}]*\}/, change)

const CONNECTION: readonly Fault[] = [
  { name: 'reset, nothing done', isDone: false, act: ({ response }) => destroy(response) },
  { name: 'reset before the answer', isDone: true, act: ({ response }) => destroy(response) },
  { name: 'closed within the headers', isDone: true, act: raw(() => 'HTTP/1.1 200 OK\r\nContent-Ty') },
  {
    name: 'reset within the body',
    isDone: true,
    act: ({ response, text }) => {
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': text.length + 10 })
        .write(text.slice(0, text.length / 2))
      setTimeout(() => destroy(response), 5)
    },
  },
  {
    name: 'closed after the body',
    isDone: true,
    act: raw(
      text =>
        `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    ),
  },
  {
    name: '100 Continue before the answer',
    isDone: true,
    act: raw(
      text =>
        `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    ),
  },
  {
    name: 'body ended by the connection alone',
    isDone: true,
    act: raw(text => `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n${text}`),
  },
  {
    name: 'cut body ended by the connection alone',
    isDone: true,
    act: raw(text => `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n${text.slice(0, -1)}`),
  },
  {
    name: 'cut chunks',
    isDone: true,
    act: ({ response, text }) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write(text.slice(0, text.length / 2))
      setTimeout(() => response.socket?.end(), 5)
    },
  },
  { name: 'length above the body', isDone: true, act: raw(text => head(Buffer.byteLength(text) + 7) + text) },
  { name: 'length below the body', isDone: true, act: raw(text => head(Buffer.byteLength(text) - 2) + text) },
  { name: 'not HTTP', isDone: false, act: raw(() => 'SSH-2.0-OpenSSH_9.6\r\n') },
  {
    name: 'headers of 40 KB',
    isDone: true,
    act: ({ response, text }) => {
      response.writeHead(200, { 'x-long': 'x'.repeat(40_000) }).end(text)
    },
  },
  { name: 'stalls', isDone: true, isEndless: true, act: () => {} },
  {
    name: 'stalls within the body',
    isDone: true,
    isEndless: true,
    act: ({ response, text }) => {
      response.writeHead(200).write(text.slice(0, 5))
    },
  },
  {
    name: 'trickles',
    isDone: true,
    isEndless: true,
    act: ({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{')
      const timer = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(timer))
    },
  },
]

const BODIES: readonly Fault[] = [
  {
    name: 'no content type',
    isDone: true,
    act: ({ response, status, text }) => {
      response.writeHead(status).end(text)
    },
  },
  { name: 'wrong content type', isDone: true, act: answering(text => text, { 'content-type': 'image/png' }) },
  { name: 'gzip', isDone: true, act: answering(text => gzipSync(text), { 'content-encoding': 'gzip' }) },
  {
    name: 'brotli',
    isDone: true,
    act: answering(text => brotliCompressSync(text), { 'content-encoding': 'br' }),
  },
  {
    name: 'cut gzip',
    isDone: true,
    act: answering(text => gzipSync(`${text}${' '.repeat(999)}`).subarray(0, -9), {
      'content-encoding': 'gzip',
    }),
  },
  { name: 'damaged gzip', isDone: true, act: answering(text => text, { 'content-encoding': 'gzip' }) },
  {
    name: 'gzip bomb',
    isDone: true,
    act: answering(() => gzipSync(`{"data":[]${' '.repeat(3 << 20)}}`), { 'content-encoding': 'gzip' }),
  },
  { name: 'unknown encoding', isDone: true, act: answering(text => text, { 'content-encoding': 'zzz' }) },
  { name: 'HTML', isDone: false, act: saying(200, {}, HTML) },
  {
    name: 'an empty body',
    isDone: true,
    act: ({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end()
    },
  },
  {
    name: '204',
    isDone: true,
    act: ({ response }) => {
      response.writeHead(204).end()
    },
  },
  {
    name: '206',
    isDone: true,
    act: ({ response, text }) => {
      response.writeHead(206, { 'content-type': 'application/json' }).end(text)
    },
  },
  {
    name: 'invalid UTF-8',
    isDone: true,
    act: answering(text => Buffer.from(text.replace('"', '"\u00ff'), 'latin1')),
  },
  { name: 'truncated JSON', isDone: true, act: answering(text => text.slice(0, -1)) },
  { name: 'JSON with a hole', isDone: true, act: answering(text => `${text.slice(0, 1)},${text.slice(1)}`) },
  {
    name: 'nested 700 deep',
    isDone: true,
    act: answering(inRow(row => row.replace('}', `,"more":${nested(700)}}`))),
  },
  { name: 'nested 100,000 deep', isDone: true, act: answering(() => nested(100_000)) },
  {
    name: 'larger than allowed',
    isDone: true,
    act: answering(text => `${text.slice(0, -1)}${' '.repeat(2 << 20)}${text.slice(-1)}`),
  },
  {
    name: 'duplicate keys',
    isDone: true,
    act: answering(text => text.replaceAll(/("id":"[^"]*")/g, '$1,$1')),
  },
  {
    name: '__proto__ keys',
    isDone: true,
    act: answering(text => text.replaceAll('{"id"', '{"__proto__":{"name":"evil"},"constructor":1,"id"')),
  },
  {
    name: 'a number beyond 2^53',
    isDone: true,
    act: answering(text => text.replace(/"size":\d+/, '"size":9007199254740993')),
  },
  { name: 'null instead of everything', isDone: true, act: answering(() => 'null') },
  { name: 'a text instead of everything', isDone: true, act: answering(() => '"maintenance"') },
  { name: 'an array instead of an object', isDone: true, act: answering(text => `[${text}]`) },
  {
    name: 'an object instead of an array',
    isDone: true,
    only: 'lists',
    act: answering(text => text.replace(/"data":\[(.*?)\]/, '"data":{"0":$1}')),
  },
  { name: 'no array at all', isDone: true, only: 'lists', act: answering(() => '{"items":[]}') },
  {
    name: 'null among the rows',
    isDone: true,
    only: 'lists',
    act: answering(text => text.replace('"data":[', '"data":[null,')),
  },
  {
    name: 'a text among the rows',
    isDone: true,
    only: 'lists',
    act: answering(text => text.replace('"data":[', '"data":["x",')),
  },
  {
    name: 'an array among the rows',
    isDone: true,
    only: 'lists',
    act: answering(text => text.replace('"data":[', '"data":[[1],')),
  },
]

const STATUSES: readonly Fault[] = [
  ...[301, 302, 303, 307, 308].map((status): Fault => ({
    name: `${status} to itself`,
    isDone: false,
    act: answer => saying(status, { location: answer.prefix + answer.url })(answer),
  })),
  {
    name: '301 to another host',
    isDone: false,
    act: saying(301, { location: 'http://127.0.0.2:9/elsewhere' }),
  },
  {
    name: '307 to another scheme',
    isDone: false,
    act: saying(307, { location: 'https://127.0.0.1/elsewhere' }),
  },
  { name: '301 to nowhere', isDone: false, act: saying(301) },
  { name: '302 to a file', isDone: false, act: saying(302, { location: 'file:///etc/passwd' }) },
  ...[400, 401, 402, 403, 404, 405, 409, 410, 413, 422, 451].map((status): Fault => ({
    name: String(status),
    isDone: false,
    act: saying(status),
  })),
  { name: '404 in HTML', isDone: false, act: saying(404, {}, HTML) },
  { name: '429', isDone: false, act: saying(429) },
  { name: '429, Retry-After 0', isDone: false, act: saying(429, { 'retry-after': '0' }) },
  { name: '429, Retry-After an hour', isDone: false, act: saying(429, { 'retry-after': '3600' }) },
  { name: '429, Retry-After nonsense', isDone: false, act: saying(429, { 'retry-after': 'soon' }) },
  {
    name: '429, X-RateLimit-Reset',
    isDone: false,
    act: saying(429, {
      'x-ratelimit-limit': '10',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': '0.01',
    }),
  },
  {
    name: '429, X-RateLimit-Reset a date',
    isDone: false,
    act: saying(429, { 'x-ratelimit-reset': '1765432100' }),
  },
  ...[500, 501, 502, 503, 504].map((status): Fault => ({
    name: `${status}, nothing done`,
    isDone: false,
    act: saying(status, {}, status === 502 ? HTML : undefined),
  })),
  ...[500, 502, 503, 504].map((status): Fault => ({
    name: `${status}, but done`,
    isDone: true,
    act: saying(status, {}, status === 502 ? HTML : undefined),
  })),
  { name: '503, Retry-After an hour', isDone: false, act: saying(503, { 'retry-after': '3600' }) },
  { name: '599', isDone: false, act: saying(599) },
]

const withNext = (next: string) =>
  answering(text => text.replace(/"metadata":\{[^}]*\}/, `"metadata":{"next":${next}}`))
/** As a listing is when a row was added in front of it since its last page. */
const withRowBefore = (text: string): string =>
  text.replace(/"data":\[\{"id":"t([2-9])"/, (rows, n: string) =>
    rows.replace('[', `[{"id":"t${Number(n) - 1}","name":"name ${Number(n) - 2}","size":${Number(n) - 2}},`),
  )
const PAGES: readonly Fault[] = [
  { name: 'a page token that repeats', isDone: false, only: 'pages', act: withNext('"?page_token=2"') },
  {
    name: 'a link without a token',
    isDone: false,
    only: 'pages',
    act: withNext('"http://elsewhere/things?other=1"'),
  },
  { name: 'a row of the page before', isDone: false, only: 'pages', act: answering(withRowBefore) },
  { name: 'a token that is an object', isDone: false, only: 'pages', act: withNext('{"token":[1]}') },
]

/** Every way in which an answer can be wrong. */
export const FAULTS: readonly Fault[] = [...CONNECTION, ...BODIES, ...STATUSES, ...PAGES]

export { plain }
