import { beforeAll, describe, expect, it } from 'vitest'
import { refusal, world, type Seen, type World } from './other-apis.ts'

const list = (name: string, paging: string): string => `
  ${name}:
    summary: x
    columns: { id: string }
    methods: { list: { sql: select, call: GET /${name}, rows: $.data, paging: ${paging} } }`

const SERVICE = `
service: s
resources:${list('long_pages', 'page')}${list('long_offsets', 'offset')}${list('gap', 'counted')}${list('same', 'page')}${list('deep', 'page')}${list('twice', 'token')}${list('repeated', 'token')}${list('uniform', 'token')}
  joined:
    summary: Takes several ids as one text
    columns: { id: string }
    methods: { list: { sql: select, call: GET /joined, rows: $.data, params: { id: { wire: ids, repeat: true, join: ',', filter: exact } } } }
  headed:
    summary: Takes its condition in a header
    columns: { id: string, name: string }
    methods: { list: { sql: select, call: GET /headed, rows: $.data, params: { id: { in: header, wire: X-Id, filter: exact } } } }
  below:
    summary: The same, below each of them
    columns: { headed: { type: string, input: true }, id: string }
    parents: { s.headed: { headed: id } }
    methods: { list: { sql: select, call: 'GET /headed/{headed}/below', rows: $.data } }
  things:
    summary: In a zone, which the answer has as a URL
    columns: { id: string, zone: string, asked_zone: { type: string, input: true, hidden: true, at: $.zone } }
    methods: { list: { sql: select, call: GET /things, rows: $.data, params: { zone: { column: asked_zone } } } }
  discs:
    summary: The same, below the zone
    columns: { id: string, zone: string, asked_zone: { type: string, input: true, hidden: true, at: $.zone } }
    parents: { s.zones: { asked_zone: name } }
    methods: { list: { sql: select, call: 'GET /zones/{zone}/discs', rows: $.data, params: { zone: { column: asked_zone } } } }
  single:
    summary: Has a get
    columns: { id: string, name: { type: string, at: $.spec.name } }
    methods: { get: { sql: select, call: 'GET /single/{id}' } }
  wholes:
    summary: Objects that are whole rows, or their only members, below a zone
    columns:
      zone: { type: string, input: true }
      whole: { type: object, at: $ }
      only: { type: object, at: '#member' }
    parents: { s.zones: { zone: name } }
    methods: { list: { sql: select, call: 'GET /zones/{zone}/wholes', rows: $.data, params: { id: { column: whole.x.id }, kind: { column: only.id } } } }
  zones:
    summary: Zones
    columns: { name: string }
    methods: { list: { sql: select, call: GET /zones, rows: $.data } }
`

/** JSON.stringify takes less. */
const DEEP = 100_000

const PROVIDER = (port: number): string => `
provider: p
title: Test
version: 1.0.0
hosts: { main: { url: 'http://127.0.0.1:${port}', auth: { kind: none } } }
host: main
paging:
  page: { kind: page, param: page, first: 1, size: size, max: 2 }
  counted: { kind: page, param: page, first: 1, pages: $.pages }
  offset: { kind: offset, offset: offset, limit: size, max: 2 }
  token: { kind: token, param: token, next: $.next }
services: { s: { title: S } }
`

const id = (...ids: readonly string[]): { id: string }[] => ids.map(each => ({ id: each }))
const inZone = (zone: string): object[] =>
  id(`${zone}1`, `${zone}2`).map(row => ({ ...row, zone: `https://x/${zone}` }))

function answer({ url, headers }: Seen): object {
  const { pathname, searchParams: query } = new URL(url, 'http://x')
  const page = Number(query.get('page') ?? 1)
  const offset = Number(query.get('offset') ?? 0)
  const token = Number(query.get('token') ?? 0)
  switch (pathname) {
    case '/long_pages':
      return { json: { data: [id('1', '2', '3'), id('4', '5', '6'), id('7')][page - 1] ?? [] } }
    case '/long_offsets':
      return { json: { data: id('1', '2', '3', '4', '5', '6', '7').slice(offset, offset + 3) } }
    case '/gap':
      return { json: { data: [id('1', '2'), [], id('3')][page - 1] ?? [], pages: 3 } }
    case '/twice':
      return { text: '{"data":[{"id":"1"}],"next":null,"data":[{"id":"2"}]}' }
    case '/deep':
      return { text: `{"data":[{"id":"1","x":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}]}` }
    case '/same':
      return { json: { data: id('1', '2', '3') } }
    case '/repeated':
      return {
        json: {
          data: [id('1', '2'), id('1', '2'), id('5')][token],
          next: token < 2 ? String(token + 1) : '',
        },
      }
    case '/uniform':
      return { json: { data: id('x', 'x'), next: token < 1 ? '1' : null } }
    case '/joined':
      return {
        json: { data: id('a', 'b', 'a,b').filter(r => query.get('ids')?.split(',').includes(r.id) ?? true) },
      }
    case '/headed':
      return { json: { data: id('a', 'b').filter(row => row.id === (headers['x-id'] ?? row.id)) } }
    case '/headed/a/below':
    case '/headed/b/below':
      return { json: { data: pathname.includes('/a/') ? id('a1') : [] } }
    case '/single/gateway':
      return { json: { redirect: '/login', expires: 1 } }
    case '/single/wrapped':
      return { json: { data: { id: 'wrapped', spec: { name: 'x' } } } }
    case '/single/part':
      return { json: { kind: 'x', spec: {} } }
    case '/single/empty':
      return { json: {} }
    case '/zones':
      return { json: { data: [{ name: 'a' }, { name: 'b' }] } }
    case '/zones/a/wholes':
    case '/zones/b/wholes':
      return { json: { data: id('1', '2').map(x => ({ x })) } }
    case '/things':
      return { json: { data: ['a', 'b'].filter(z => (query.get('zone') ?? z) === z).flatMap(inZone) } }
    default:
      return { json: { data: inZone(pathname.split('/')[2]!) } }
  }
}

let w: World
beforeAll(async () => {
  w = await world(PROVIDER, SERVICE, answer)
})

const ids = async (sql: string): Promise<unknown[]> => (await w.rows(sql)).map(r => r['id'])

describe('pages of servers that do not do as they are asked', () => {
  it('has more rows a page than were asked for, and goes on', async () => {
    expect(await ids('SELECT id FROM p.s.long_pages')).toEqual(['1', '2', '3', '4', '5', '6', '7'])
    expect(await ids('SELECT id FROM p.s.long_offsets')).toEqual(['1', '2', '3', '4', '5', '6', '7'])
  })

  it('ends if such a page comes again, since the server has sent all', async () => {
    expect(await ids('SELECT id FROM p.s.same')).toEqual(['1', '2', '3'])
    expect(w.asked()).toHaveLength(2)
  })

  it('reads the pages after an empty one, if the answer says that there are more', async () => {
    expect(await ids('SELECT id FROM p.s.gap')).toEqual(['1', '2', '3'])
  })

  it('refuses two lists under one name', async () => {
    expect((await refusal(ids('SELECT id FROM p.s.twice'))).text).toContain('the answer has "data" twice')
  })

  it('refuses rows that are nested too deep to be compared', async () => {
    const { code, text } = await refusal(ids('SELECT id FROM p.s.deep'))
    expect(code).toBe('RESPONSE')
    expect(text).toContain('nested')
  })

  it('refuses a page that equals the one before, also without keys', async () => {
    const { code, text } = await refusal(ids('SELECT id FROM p.s.repeated'))
    expect(code).toBe('RESPONSE')
    expect(text).toContain('the server repeats a page')
    expect(await ids('SELECT id FROM p.s.uniform')).toEqual(['x', 'x', 'x', 'x'])
  })
})

describe('values that cannot be sent', () => {
  it('are compared with the rows, if they have the text that stands between joined values', async () => {
    expect(await ids(`SELECT id FROM p.s.joined WHERE id IN ('a,b', 'b') ORDER BY 1`)).toEqual(['a,b', 'b'])
    expect(w.asked()).toEqual(['GET /joined'])
    expect(await ids(`SELECT id FROM p.s.joined WHERE id IN ('a', 'b')`)).toEqual(['a', 'b'])
    expect(w.asked()).toEqual(['GET /joined?ids=a%2Cb'])
  })

  it('are compared with the rows, if a header would lose blanks at their ends', async () => {
    expect(await ids(`SELECT id FROM p.s.headed WHERE id IN ('a ', 'b')`)).toEqual(['b'])
    expect(w.seen.map(s => s.headers['x-id'])).toEqual([undefined])
  })
})

describe('an answer in place of a row', () => {
  it.each(['gateway', 'wrapped'])('is an error if it has no field of one: %s', async key => {
    const { code, text } = await refusal(ids(`SELECT * FROM p.s.single WHERE id = '${key}'`))
    expect(code).toBe('RESPONSE')
    expect(text).toContain('has an object at $ without any field of a row')
  })

  it.each(['part', 'empty'])('is a row if it has a field, or no member at all: %s', async key => {
    expect(await w.rows(`SELECT * FROM p.s.single WHERE id = '${key}'`)).toEqual([{ id: key, name: null }])
  })
})

describe('a filter on a field of the whole row', () => {
  it.each(['whole.x.id', 'only.id'])('selects the rows of several calls: %s', async field => {
    const rows = await w.rows(`SELECT zone, ${field} AS id FROM p.s.wholes WHERE ${field} = '2' ORDER BY 1`)
    expect(rows).toEqual([
      { zone: 'a', id: '2' },
      { zone: 'b', id: '2' },
    ])
    expect(w.asked()[1]).toMatch(/^GET \/zones\/a\/wholes\?(?:id|kind)=2$/)
  })
})

describe('calls that differ only in a header', () => {
  it('are each sent where a statement reads a table twice', async () => {
    const both = `SELECT x.id || y.id AS id FROM p.s.headed x, p.s.headed y WHERE x.id = 'a' AND y.id = 'b'`
    expect(await ids(both)).toEqual(['ab'])
    expect(w.seen.map(s => s.headers['x-id'])).toEqual(['a', 'b'])
    expect(await ids(`SELECT b.id FROM p.s.headed h, p.s.below b WHERE h.id = 'b'`)).toEqual(['a1'])
  })

  it('are each sent where the answers are kept for the check of a key', async () => {
    const given = (values: string): string =>
      `SELECT h.id FROM p.s.headed h LEFT JOIN p.s.below b ON b.headed = 'b' WHERE h.id IN (${values}) ORDER BY 1`
    expect(await ids(given(`'a', 'b'`))).toEqual(['a', 'b'])
    expect(await ids(given(`'a'`))).toEqual(['a'])
    expect(w.notices.join()).not.toContain('has the id')
  })
})

describe('a parameter that means something else than the column of its name', () => {
  it('is an error where it cannot be sent, and its input column is tested on the rows of all parents', async () => {
    for (const condition of [`NOT (zone IN ('a'))`, `(zone = 'a') IS TRUE`])
      expect((await refusal(ids(`SELECT id FROM p.s.discs WHERE ${condition}`))).code).toBe(
        'MISSING_PARAMETER',
      )
    expect(await ids(`SELECT id FROM p.s.discs d WHERE NOT (d.asked_zone IN ('a'))`)).toEqual(['b1', 'b2'])
    expect(await ids(`SELECT id FROM p.s.discs WHERE (asked_zone = 'a') IS TRUE`)).toEqual(['a1', 'a2'])
  })

  it('is not asked through a subquery, a CTE or an alias, and a notice says so', async () => {
    const said = 'zone is compared with zone as p.s.things answers it'
    for (const sql of [
      `SELECT id FROM (SELECT * FROM p.s.things) WHERE zone = 'a'`,
      `WITH t AS (SELECT * FROM p.s.things) SELECT id FROM t WHERE zone IN ('a', 'b')`,
    ]) {
      expect(await ids(sql)).toEqual([])
      expect(w.notices.join()).toContain(said)
    }
    expect(await ids(`SELECT id, zone AS z FROM p.s.things WHERE z = 'a'`)).toEqual([])
    expect(w.notices.join()).toContain('z is compared with zone as p.s.things answers it')
    expect(await ids(`SELECT id FROM p.s.things WHERE zone = 'a'`)).toEqual(['a1', 'a2'])
    expect(await ids(`SELECT id FROM (SELECT * FROM p.s.things WHERE zone = 'a') WHERE id > ''`)).toEqual([
      'a1',
      'a2',
    ])
    expect(w.notices).toEqual([])
  })
})
