import type { IncomingMessage, ServerResponse } from 'node:http'
import { compiledProvider, oneHostProvider } from '../catalog/compiled.ts'
import { listen } from '../support/cleanup.ts'
import { type Fault, plain } from './faults.ts'

const PROVIDER = oneHostProvider(
  'paging: { token: { kind: token, param: page_token, size: page_size, max: 2, next: $.metadata.next } }',
)
const SERVICE = `
service: s
resources:
  things:
    summary: Things
    columns: { id: string, name: string, size: integer }
    methods:
      get_thing: { sql: select, call: 'GET /things/{id}' }
      list_things: { sql: select, call: 'GET /things', rows: $.data, paging: token, params: { name: exact } }
      create_thing: { sql: insert, call: POST /things, body: { id: required, name: optional, size: optional } }
      update_thing: { sql: update, call: 'PATCH /things/{id}', body: { name: optional } }
      replace_thing: { sql: replace, call: 'PUT /things/{id}', body: { name: required, size: optional } }
      delete_thing: { sql: delete, call: 'DELETE /things/{id}' }
  parts:
    summary: The same, of which several may have one id
    columns: { id: string, name: string }
    methods:
      get_part: { sql: select, call: 'GET /things/{id}', params: { name: optional } }
      list_parts: { sql: select, call: 'GET /things', rows: $.data, paging: token }
  items:
    summary: Items of a group
    columns: { id: string, name: string, size: integer, grp: { type: string, input: true } }
    methods:
      list_items: { sql: select, call: 'GET /groups/{grp}/items', rows: $.data }
`

export interface Situation {
  readonly name: string
  readonly sql: string
  /** The request that meets the fault: `METHOD /path?query`, as far as it is told by its beginning. */
  readonly target: string
  readonly isWrite: boolean
  /** What the target's answer has: one thing, rows in an array, a page of such rows. */
  readonly kind: 'one' | 'lists' | 'pages'
}

const read = (name: string, sql: string, target: string, kind: Situation['kind']): Situation => ({
  name,
  sql,
  target,
  isWrite: false,
  kind,
})
const write = (name: string, sql: string, target: string): Situation => ({
  name,
  sql,
  target,
  isWrite: true,
  kind: 'one',
})
const LIST = 'SELECT id, name, size FROM p.s.things ORDER BY id'

export const SITUATIONS: readonly Situation[] = [
  read('get', "SELECT id, name, size FROM p.s.things WHERE id = 't3'", 'GET /things/t3', 'one'),
  read('page 1', LIST, 'GET /things?page_size=2', 'pages'),
  read('page 2', LIST, 'GET /things?page_size=2&page_token=2', 'pages'),
  read('last page', LIST, 'GET /things?page_size=2&page_token=4', 'pages'),
  read(
    'page by page',
    'SELECT id, name, size FROM p.s.things',
    'GET /things?page_size=2&page_token=2',
    'pages',
  ),
  read(
    'call 3 of 5',
    "SELECT grp, id, size FROM p.s.items WHERE grp IN ('g1', 'g2', 'g3', 'g4', 'g5') ORDER BY 1, 2",
    'GET /groups/g3/items',
    'lists',
  ),
  write(
    'INSERT row 1',
    "INSERT INTO p.s.things (id, name) VALUES ('n1', 'a'), ('n2', 'b'), ('n3', 'c') RETURNING id, name",
    'POST /things n1',
  ),
  write(
    'INSERT row 2',
    "INSERT INTO p.s.things (id, name) VALUES ('n1', 'a'), ('n2', 'b'), ('n3', 'c')",
    'POST /things n2',
  ),
  write('UPDATE', "UPDATE p.s.things SET name = 'new' WHERE id = 't2'", 'PATCH /things/t2'),
  write('REPLACE', "REPLACE p.s.things SET name = 'new' WHERE id = 't2'", 'PUT /things/t2'),
  write('DELETE', "DELETE FROM p.s.things WHERE id IN ('t1', 't2')", 'DELETE /things/t2'),
]

/** One statement against one fault, with what the server knows of it. */
export interface Case {
  readonly situation: Situation
  readonly fault: Fault | undefined
  /** Only the first request that it could meet. */
  readonly isOnce: boolean
  readonly things: Map<string, Record<string, unknown>>
  /** Changes that were carried out: `METHOD id`. */
  readonly done: string[]
  hits: number
  /** Whether the change that met the fault was carried out. */
  isHitDone: boolean
}

export function newCase(situation: Situation, fault: Fault | undefined, isOnce: boolean): Case {
  const things = new Map(
    ['t1', 't2', 't3', 't4', 't5'].map((id, i) => [id, { id, name: `name ${i}`, size: i }]),
  )
  return { situation, fault, isOnce, things, done: [], hits: 0, isHitDone: false }
}

export interface World {
  /** Folder of the compiled provider. */
  readonly providers: string
  /** Gives a case an address of its own. */
  open(of: Case): string
}

/** One server for all cases, each below its own path; it ends with the test file. */
export async function startWorld(): Promise<World> {
  const cases: Case[] = []
  const base = await listen((request, response) => {
    const chunks: Buffer[] = []
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => {
        const [, prefix = '', url = ''] = /^(\/\d+)(.*)$/.exec(request.url ?? '') ?? []
        const found = cases[Number(prefix.slice(1))]
        if (found) meet(found, request, response, Buffer.concat(chunks).toString(), prefix, url)
        else response.writeHead(404).end()
      })
  })
  return { providers: compiledProvider(PROVIDER, SERVICE), open: of => `${base}/${cases.push(of) - 1}` }
}

function meet(
  of: Case,
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
  prefix: string,
  url: string,
): void {
  const method = request.method ?? ''
  const sent = body === '' ? {} : (JSON.parse(body) as Record<string, unknown>)
  const id = method === 'POST' ? String(sent['id']) : (url.split('/').at(-1) ?? '')
  const isTarget = `${method} ${url}${method === 'POST' ? ` ${id}` : ''}` === of.situation.target
  const { fault } = of
  const isHit = isTarget && fault !== undefined && (!of.isOnce || of.hits === 0)
  if (isHit) of.hits++
  if (isHit && !fault.isDone && method !== 'GET')
    return fault.act({ response, status: 200, text: '{"data":[]}', url, prefix })
  const [status, answer] = method === 'GET' ? reply(of, url) : change(of, method, id, sent)
  if (isHit) of.isHitDone ||= method !== 'GET' && status < 300
  const act = isHit ? fault.act : plain
  act({ response, status, text: status === 204 ? '' : JSON.stringify(answer), url, prefix })
}

function reply(of: Case, url: string): [number, unknown] {
  const { pathname, searchParams: q } = new URL(url, 'http://127.0.0.1')
  const [, first, second] = pathname.split('/')
  if (first === 'groups')
    return [
      200,
      {
        data: [
          { id: `${second}-a`, name: 'x', size: 1 },
          { id: `${second}-b`, name: 'y', size: 2 },
        ],
      },
    ]
  if (second !== undefined)
    return of.things.has(second) ? [200, of.things.get(second)] : [404, { errors: [{ detail: 'not found' }] }]
  const from = Number(q.get('page_token') ?? 0)
  const all = [...of.things.values()].sort((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1))
  return [
    200,
    {
      data: all.slice(from, from + 2),
      metadata: from + 2 < all.length ? { next: `http://elsewhere/things?page_token=${from + 2}` } : {},
    },
  ]
}

function change(of: Case, method: string, id: string, sent: Record<string, unknown>): [number, unknown] {
  const known = of.things.get(id)
  if (method === 'POST' ? known !== undefined : known === undefined)
    return [method === 'POST' ? 409 : 404, { errors: [{ detail: 'no' }] }]
  of.done.push(`${method} ${id}`)
  if (method === 'DELETE') {
    of.things.delete(id)
    return [204, undefined]
  }
  const thing = method === 'PATCH' ? { ...known, ...sent } : { ...sent, id }
  of.things.set(id, thing)
  return [method === 'POST' ? 201 : 200, thing]
}
