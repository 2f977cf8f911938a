import { beforeAll, describe, expect, it } from 'vitest'
import { refusal, world, type World } from './other-apis.ts'

const SERVICE = `
service: s
resources:
  linked:
    summary: Paged by the header Link
    columns: { id: string }
    methods: { list: { sql: select, call: GET /linked, rows: $, paging: link } }
  astray:
    summary: Links to another origin
    columns: { id: string }
    methods: { list: { sql: select, call: GET /astray, rows: $, paging: link } }
  chained:
    summary: Paged by URLs in the answer
    columns: { id: string }
    methods: { list: { sql: select, call: GET /chained, rows: $.data, paging: url } }
  numbered:
    summary: Paged by number
    columns: { id: string }
    methods: { list: { sql: select, call: GET /numbered, rows: $.data, paging: page } }
  same:
    summary: Ignores the number of the page
    columns: { id: string }
    methods: { list: { sql: select, call: GET /same, rows: $.data, paging: page } }
  total:
    summary: Says how many pages there are
    columns: { id: string }
    methods: { list: { sql: select, call: GET /total, rows: $.data, paging: counted } }
  unpaged:
    summary: Has a size of pages, but no known way to the next
    columns: { id: string }
    methods: { list: { sql: select, call: GET /unpaged, rows: $.data, paged_by: page_size } }
  zoned:
    summary: Each in a zone, whose column is a URL
    columns:
      id: string
      zone: string
      asked_zone: { type: string, input: true, hidden: true, at: $.zone }
      note: string
    methods:
      list: { sql: select, call: 'GET /zones/{zone}/things', rows: $.items, params: { zone: { column: asked_zone } } }
      remove: { sql: delete, call: 'DELETE /zones/{zone}/things/{id}', params: { zone: { column: asked_zone } } }
      change: { sql: update, call: 'PATCH /zones/{zone}/things/{id}', params: { zone: { column: asked_zone } }, body: { note: optional } }
  odd:
    summary: Odd names
    columns:
      'a "quoted" name': { type: string, at: '$."a \\"quoted\\" name"' }
      '@odata.type': { type: string, at: '$."@odata.type"' }
      'filter[x].y$': { type: string, input: true, hidden: true }
      either: { type: string, or_at: $.properties.either }
    methods:
      list:
        sql: select
        call: GET /odd
        rows: '$.items[*].things'
        query: { api-version: '2026-01-01' }
        headers: { accept: application/vnd.test+json, x-kind: fixed }
        params: { 'filter[x].y$': exact }
  wired:
    summary: Other names on the wire
    columns: { id: string, display_name: { type: string, at: $.displayName }, tags: string }
    methods:
      list: { sql: select, call: GET /wired, rows: $.data, params: { id: { repeat: true, join: ',', filter: exact, wire: ids } } }
      create:
        sql: insert
        call: POST /wired
        columns: { operation: string, state: string }
        body: { display_name: { type: string, wire: [displayName] } }
        body_constant: { kind: Thing, meta: { source: sql } }
      remove: { sql: delete, call: 'DELETE /wired/{thingId}', params: { id: { wire: thingId } } }
    unsupported:
      export: { sql: exec, call: GET /wired/export, reason: its answer is XML }
      change: { sql: update, call: 'PATCH /wired/{id}', reason: its body is a text }
`

const PROVIDER = (port: number): string => `
provider: p
title: Test
version: 1.0.0
hosts: { main: { url: 'http://127.0.0.1:${port}', auth: { kind: none } } }
host: main
paging:
  link: { kind: link, size: per_page, max: 2 }
  url: { kind: url, next: $.next }
  page: { kind: page, param: page, first: 1, size: size, max: 100 }
  counted: { kind: page, param: page, first: 1, pages: $.pages }
services: { s: { title: S } }
`

const id = (...ids: readonly string[]): { id: string }[] => ids.map(each => ({ id: each }))

const ANSWERS: Readonly<Record<string, (page: string, url: string) => object>> = {
  '/linked?per_page=2': () => ({
    headers: {
      Link: [
        '</first>; rel="first", </x>; title="a, b; rel=next"; rel=prev',
        '</linked?c=2>; rel="last NEXT"',
      ],
    },
    json: id('1', '2'),
  }),
  '/linked?c=2': () => ({ headers: { Link: "</linked?c=3>; rel='next'" }, json: id('3') }),
  '/linked?c=3': () => ({ json: id('4') }),
  '/astray?per_page=2': () => ({ headers: { Link: '<https://evil.example/x>; rel=next' }, json: id('1') }),
  '/chained': () => ({ json: { data: id('1'), next: 'chained?at=2' } }),
  '/chained?at=2': () => ({ json: { data: id('2'), next: null } }),
}

function answer({ method, url }: { method: string; url: string }): object {
  const known = ANSWERS[url]
  if (known) return known('', url)
  const page = Number(new URLSearchParams(url.split('?')[1]).get('page') ?? 0)
  if (url.startsWith('/numbered'))
    return { json: { data: [id('1', '2'), id('3', '4'), id('5')][page - 1] ?? [] } }
  if (url.startsWith('/same')) return { json: { data: id('1', '2') } }
  if (url.startsWith('/total'))
    return { json: { data: [id('1', '2'), id('3'), id('4', '5')][page - 1] ?? [], pages: 3 } }
  if (url.startsWith('/unpaged')) return { json: { data: id('1') } }
  if (url.startsWith('/zones')) {
    if (method === 'DELETE') return { status: 204 }
    if (method === 'PATCH') return { json: {} }
    const zone = url.split('/')[2]!
    return {
      json: { items: id(`${zone}-1`, `${zone}-2`).map(row => ({ ...row, zone: `https://x/${zone}` })) },
    }
  }
  if (url.startsWith('/odd'))
    return {
      json: {
        items: {
          none: { warning: 'empty' },
          one: { things: [{ 'a "quoted" name': 'q', '@odata.type': 't', properties: { either: 'second' } }] },
          two: { things: [{ either: 'first', properties: { either: 'x' } }] },
        },
      },
    }
  if (method === 'POST') return { json: { operation: 'op-1', state: 'DONE' } }
  if (method === 'DELETE') return { status: 204 }
  return { json: { data: [{ id: 'a', displayName: 'A' }] } }
}

let w: World
beforeAll(async () => {
  w = await world(PROVIDER, SERVICE, answer)
})

const ids = async (table: string): Promise<unknown[]> =>
  (await w.rows(`SELECT id FROM p.s.${table}`)).map(r => r['id'])

describe('paging', () => {
  it('follows all Link headers, and sends a size only first', async () => {
    expect(await ids('linked')).toEqual(['1', '2', '3', '4'])
    expect(w.asked()).toEqual(['GET /linked?per_page=2', 'GET /linked?c=2', 'GET /linked?c=3'])
  })

  it('follows relative URLs of the answer', async () => {
    expect(await ids('chained')).toEqual(['1', '2'])
  })

  it('refuses a link to another origin', async () => {
    const { code, text } = await refusal(ids('astray'))
    expect(code).toBe('RESPONSE')
    expect(text).toContain('https://evil.example, which is not followed')
  })

  it('reads numbered pages to an empty one, whatever size was asked for', async () => {
    expect(await ids('numbered')).toEqual(['1', '2', '3', '4', '5'])
    expect(w.asked()).toHaveLength(4)
  })

  it('drops a page that equals the one before, and ends', async () => {
    expect(await ids('same')).toEqual(['1', '2'])
    // the last shows that the server ignores the number
    expect(w.asked()).toEqual([1, 2, 1002].map(n => `GET /same?page=${n}&size=100`))
  })

  it('reads as many pages as the answer says, also after a short one', async () => {
    expect(await ids('total')).toEqual(['1', '2', '3', '4', '5'])
    expect(w.asked()).toHaveLength(3)
  })

  it('says that rows may be missing where paging is not known', async () => {
    expect(await ids('unpaged')).toEqual(['1'])
    expect(w.notices.join()).toContain('rows may be missing: its API has page_size')
  })
})

describe('a parameter that asks for something else than the column of its name', () => {
  it('selects by its hidden column, and the column is that of the answer', async () => {
    const rows = await w.rows(`SELECT * FROM p.s.zoned WHERE zone = 'z' AND id <> 'z-2'`)
    expect(rows).toEqual([{ id: 'z-1', zone: 'https://x/z', note: null }])
    expect(w.asked()).toEqual(['GET /zones/z/things'])
  })

  it('fans out over IN, and is compared as data elsewhere', async () => {
    const rows = await w.rows(
      `SELECT t.*, t.asked_zone FROM p.s.zoned t WHERE zone IN ('a', 'b') AND zone LIKE '%/b' ORDER BY id`,
    )
    expect(rows.map(r => [r['id'], r['asked_zone']])).toEqual([
      ['b-1', 'b'],
      ['b-2', 'b'],
    ])
    expect(w.asked().toSorted()).toEqual(['GET /zones/a/things', 'GET /zones/b/things'])
  })

  it('takes values from a join', async () => {
    const sql = `WITH z(n) AS (VALUES ('a'), ('c')) SELECT n, t.id FROM z JOIN p.s.zoned t ON t.zone = z.n ORDER BY 2`
    expect((await w.rows(sql)).map(r => `${String(r['n'])} ${String(r['id'])}`)).toEqual([
      'a a-1',
      'a a-2',
      'c c-1',
      'c c-2',
    ])
  })

  it('stays out of DESCRIBE, and is in DESCRIBE EXTENDED', async () => {
    expect((await w.rows('DESCRIBE p.s.zoned')).map(r => r['name'])).toEqual(['id', 'zone', 'note'])
    expect((await w.rows('DESCRIBE EXTENDED p.s.zoned')).map(r => r['name'])).toContain('asked_zone')
  })

  it('is asked in EXPLAIN', async () => {
    const text = JSON.stringify(await w.rows(`EXPLAIN SELECT id FROM p.s.zoned WHERE zone = 'z'`))
    expect(text).toContain("zone = 'z' (asked)")
  })

  it('cannot be negated, as rows cannot tell', async () => {
    expect((await refusal(w.rows(`SELECT id FROM p.s.zoned WHERE NOT zone = 'z'`))).code).toBe(
      'MISSING_PARAMETER',
    )
  })

  it('selects the rows of a change', async () => {
    await w.rows(`DELETE FROM p.s.zoned WHERE zone = 'z' AND id = 'z-1'`)
    expect(w.asked()).toEqual(['DELETE /zones/z/things/z-1'])
    await w.rows(`UPDATE p.s.zoned SET note = 'n' WHERE zone = 'z' AND id = 'z-2' AND note IS NULL`)
    expect(w.asked()).toEqual(['GET /zones/z/things', 'PATCH /zones/z/things/z-2'])
  })
})

describe('names and places', () => {
  it('reads rows below several elements, and columns of odd names and two places', async () => {
    const rows = await w.rows(`SELECT * FROM p.s.odd WHERE "filter[x].y$" = 'v & w'`)
    expect(rows).toEqual([
      { 'a "quoted" name': 'q', '@odata.type': 't', either: 'second' },
      { 'a "quoted" name': null, '@odata.type': null, either: 'first' },
    ])
    expect(w.asked()).toEqual(['GET /odd?filter%5Bx%5D.y%24=v%20%26%20w&api-version=2026-01-01'])
    expect(w.seen[0]!.headers).toMatchObject({ accept: 'application/vnd.test+json', 'x-kind': 'fixed' })
  })

  it('joins values, and sends other names', async () => {
    await w.rows(`SELECT id FROM p.s.wired WHERE id IN ('a', 'b')`)
    expect(w.asked()).toEqual(['GET /wired?ids=a%2Cb'])
    const rows = await w.rows(`INSERT INTO p.s.wired (display_name) VALUES ('N') RETURNING *`)
    expect(rows).toEqual([{ operation: 'op-1', state: 'DONE' }])
    expect(JSON.parse(w.seen[0]!.body)).toEqual({ kind: 'Thing', meta: { source: 'sql' }, displayName: 'N' })
    await w.rows(`DELETE FROM p.s.wired WHERE id = 'a'`)
    expect(w.asked()).toEqual(['DELETE /wired/a'])
  })

  it('says why a method cannot be called', async () => {
    expect((await refusal(w.rows('EXEC p.s.wired.export'))).text).toContain('its answer is XML')
    expect((await refusal(w.rows(`UPDATE p.s.wired SET tags = 'x' WHERE id = 'a'`))).text).toContain(
      'its body is a text',
    )
    expect(JSON.stringify(await w.rows('SHOW EXTENDED METHODS IN p.s.wired'))).toContain('its answer is XML')
    expect(JSON.stringify(await w.rows('SHOW METHODS IN p.s.wired'))).not.toContain('export')
  })
})
