import type { Client } from 'pg'
import { beforeAll, expect, it } from 'vitest'
import { compiledProvider, oneHostProvider } from '../catalog/compiled.ts'
import { listen } from '../support/cleanup.ts'
import { bind, exchange, executeMessage, parse, query, sync } from './messages.ts'
import { lines, serve, stateOf, type Served } from './support.ts'

/* Reads that fail after some of their rows, and keys that no longer exist when they are asked for. */

const SERVICE = `
service: s
resources:
  groups:
    summary: Groups
    columns: { id: string, site: string }
    methods:
      list_groups: { sql: select, call: GET /groups, rows: $.rows }
  items:
    summary: Items of groups
    columns: { group: { type: string, input: true }, id: string }
    parents: { s.groups: { group: id } }
    methods:
      list_items: { sql: select, call: 'GET /groups/{group}/items', rows: $.rows }
      delete_item: { sql: delete, call: 'DELETE /groups/{group}/items/{id}' }
  events:
    summary: Events, of which the third page fails
    columns: { id: integer }
    methods:
      list_events: { sql: select, call: GET /events, rows: $.rows, paging: pages }
`
const PAGING = 'paging: { pages: { kind: token, param: page_token, next: $.next } }'

let server: Served
let client: Client
const deleted: string[] = []
beforeAll(async () => {
  const url = await listen((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://h')
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    const [, group] = /^\/groups\/(\w+)\/items/.exec(pathname) ?? []
    if (request.method === 'DELETE') {
      deleted.push(pathname)
      return response.writeHead(204).end()
    }
    if (pathname === '/groups')
      return answer(200, {
        rows: ['a', 'gone', 'b', 'lost'].map(id => ({ id, site: id === 'lost' ? 'y' : 'x' })),
      })
    if (group === 'a' || group === 'b')
      return answer(200, { rows: [{ id: `${group}1` }, { id: `${group}2` }] })
    const page = Number(searchParams.get('page_token') ?? 0)
    if (pathname !== '/events' || page === 2)
      return answer(pathname === '/events' ? 400 : 404, { message: 'no' })
    return answer(200, {
      rows: Array.from({ length: 10 }, (_, i) => ({ id: page * 10 + i })),
      next: String(page + 1),
    })
  })
  const args = ['--provider-path', compiledProvider(oneHostProvider(PAGING), SERVICE), '--cache', '0']
  server = await serve([...args, '--allow-changes'], { P_URL: url })
  client = await server.client()
})

it('a portal whose rows have failed does not end as if they were complete', async () => {
  const send = await exchange(server)
  await send(query('BEGIN; SAVEPOINT s'))
  const first = await send(
    parse('', 'SELECT id FROM p_s.events'),
    bind('p', ''),
    executeMessage('p', 15),
    sync,
  )
  expect(first.filter(line => line.startsWith('D'))).toHaveLength(15)
  await send(query('SAVEPOINT t'))
  const failed = await send(executeMessage('p', 15), sync)
  expect(failed.slice(-2)).toEqual(['E 58030', 'Z E'])
  expect(await send(executeMessage('p', 15), sync)).toEqual(['E 25P02', 'Z E'])
  await send(query('ROLLBACK TO t'))
  expect(await send(executeMessage('p', 15), sync)).toEqual(['E 55000', 'Z E'])
})

it('nor does a cursor', async () => {
  await client.query('DECLARE c CURSOR WITH HOLD FOR SELECT id FROM p_s.events')
  expect(await lines(client, 'FETCH 15 FROM c')).toHaveLength(15)
  expect(await stateOf(client, 'FETCH ALL FROM c')).toBe('58030')
  expect(await stateOf(client, 'FETCH ALL FROM c')).toBe('55000')
  expect(await stateOf(client, 'MOVE 1 FROM c')).toBe('55000')
  await client.query('CLOSE c')
})

const JOIN =
  "SELECT g.id, i.id FROM p_s.groups g JOIN p_s.items i ON i.group = g.id WHERE g.site = 'x' ORDER BY 1, 2"
const ROWS = ['a|a1', 'a|a2', 'b|b1', 'b|b2']

it('a key from the rows of another table that the API answers with 404 has no rows, and a notice', async () => {
  const notices: (string | undefined)[] = []
  client.on('notice', notice => notices.push(notice.message))
  expect(await lines(client, JOIN)).toEqual(ROWS)
  expect(notices.splice(0)).toEqual([expect.stringContaining('1 of 3 calls answered 404')])
  const [kept] = await lines(
    client,
    JOIN.replace('JOIN p_s.items', 'LEFT JOIN p_s.items')
      .replace(/SELECT .* FROM p_s.groups/, 'SELECT count(*), count(i.id) FROM p_s.groups')
      .replace(/ ORDER.*/, ''),
  )
  expect(kept).toBe('5|4')
})

it('it is an error if the statement gives the key, or no key exists', async () => {
  expect(await stateOf(client, "SELECT id FROM p_s.items WHERE \"group\" IN ('a', 'gone')")).toBe('58030')
  expect(
    await stateOf(client, "SELECT i.id FROM p_s.items i JOIN (VALUES ('a'), ('gone')) v(k) ON i.group = v.k"),
  ).toBe('58030')
  expect(await stateOf(client, JOIN.replace("'x'", "'y'"))).toBe('58030')
})

it('a change affects the rows that such a SELECT returns', async () => {
  await client.query(
    "DELETE FROM p_s.items i WHERE i.group IN (SELECT g.id FROM p_s.groups g WHERE g.site = 'x')",
  )
  expect(deleted.toSorted()).toEqual(
    ['a/items/a1', 'a/items/a2', 'b/items/b1', 'b/items/b2'].map(path => `/groups/${path}`),
  )
})
