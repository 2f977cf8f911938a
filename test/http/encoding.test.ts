import { describe, expect, it } from 'vitest'
import type { Host, Method, Param, Value } from '../../src/catalog/types.ts'
import { ConfluentqlError } from '../../src/errors.ts'
import type { RequestPreview } from '../../src/http/types.ts'
import { client, hostAt, json, serve } from './support.ts'

/** Numbers below `limit`, the same in every run. */
function numbers(seed: number): (limit: number) => number {
  let state = seed
  return limit => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

const PIECES = [
  '..',
  '.',
  '/',
  '\\',
  '%2f',
  '%2F',
  '%2e%2e',
  '%00',
  '%0d%0a',
  '%',
  '%zz',
  '\r\n',
  '\n',
  '\r',
  '\0',
  '\t',
  ' ',
  '?',
  '#',
  '&',
  '=',
  '+',
  ';',
  ':',
  '@',
  '//',
  'http://evil.example/',
  '@evil.example',
  'Host: evil',
  'X-Evil: 1',
  '\ud800',
  '\udc00',
  '\ud83d\ude00',
  'é',
  '\u2028',
  '\u202e',
  '{id}',
  '$&',
  '$1',
  '"',
  "'",
  '<',
  'a',
  'lkc-1',
  '*',
  '[',
  ']',
  '|',
  '^',
  '`',
  '~',
]

const param = (name: string, where: Param['in'], more: Partial<Param> = {}): Param => ({
  name,
  in: where,
  type: 'string',
  required: where === 'path',
  ...more,
})
const METHOD: Method = {
  name: 'get_part',
  verb: 'select',
  http: 'GET',
  path: '/v1/things/{thing}/parts/{part}',
  host: 'main',
  params: [
    param('thing', 'path'),
    param('part', 'path'),
    param('filter', 'query'),
    param('id', 'query', { repeat: true }),
    param('Org-Id', 'header'),
  ],
  rows: { at: '$', kind: 'one' },
}
const HOST: Host = { ...hostAt('https://api.example.com'), auth: { kind: 'none' } }
const BASE = 'https://api.example.com/prefix'

function shapeOf(args: Record<string, readonly Value[]>): RequestPreview | ConfluentqlError {
  try {
    return client({ endpoint: BASE, env: {} }).preview({ host: HOST, method: METHOD, args })
  } catch (error) {
    if (error instanceof ConfluentqlError) return error
    throw error
  }
}

describe('an arbitrary value', () => {
  it('stays in its segment of the path and in its value of the query', () => {
    const random = numbers(7)
    const text = (): string => Array.from({ length: random(5) }, () => PIECES[random(PIECES.length)]).join('')
    let [sent, refused] = [0, 0]
    for (let n = 0; n < 20_000; n++) {
      const [thing, part, filter, id] = [text(), text(), text(), text()]
      const shape = shapeOf({ thing: [thing], part: [part], filter: [filter], id: [id, 'second'] })
      if (shape instanceof ConfluentqlError) {
        expect(shape.code).toBe('VALUE')
        const all = [thing, part, filter, id]
        expect(
          ['', '.', '..'].some(t => t === thing || t === part) || all.some(t => /[\ud800-\udfff]/u.test(t)),
        ).toBe(true)
        refused++
        continue
      }
      sent++
      expect(shape.url).toMatch(/^[\u0021-\u007e]+$/)
      const url = new URL(shape.url)
      expect(shape.url.startsWith(`${url.origin}${url.pathname}?`)).toBe(true)
      expect(url.origin).toBe('https://api.example.com')
      expect(url.hash + url.username + url.password).toBe('')
      expect(url.pathname.split('/').map(decodeURIComponent)).toEqual([
        '',
        'prefix',
        'v1',
        'things',
        thing,
        'parts',
        part,
      ])
      expect([...url.searchParams]).toEqual([
        ['filter', filter],
        ['id', id],
        ['id', 'second'],
      ])
    }
    expect(sent).toBeGreaterThan(5000)
    expect(refused).toBeGreaterThan(500)
  })

  it('arrives unchanged in the request line and the headers, and adds nothing to them', async () => {
    const random = numbers(11)
    const raw: string[][] = []
    const server = await serve((request, response) => {
      raw.push([request.url, ...Object.keys(request.headers).sort()])
      json(response, {})
    })
    const http = client()
    const text = (): string =>
      Array.from({ length: 1 + random(4) }, () => PIECES[random(PIECES.length)]).join('')
    let sent = 0
    for (let n = 0; n < 300; n++) {
      const args = { thing: [`x${text()}`], part: [`x${text()}`], filter: [text()], 'Org-Id': [text()] }
      sent += await http
        .send({ host: { ...hostAt(server.url), auth: { kind: 'none' } }, method: METHOD, args })
        .then(
          () => 1,
          (error: unknown) => {
            expect(error).toMatchObject({ code: 'VALUE' })
            return 0
          },
        )
    }
    expect(raw).toHaveLength(sent)
    expect(sent).toBeGreaterThan(50)
    expect(new Set(raw.map(([, ...names]) => names.join()))).toEqual(
      new Set(['accept,accept-encoding,connection,host,org-id,user-agent']),
    )
    for (const [url = ''] of raw)
      expect(url).toMatch(/^\/v1\/things\/[^/?#]+\/parts\/[^/?#]+\?filter=[^&?#]*$/)
  })
})
