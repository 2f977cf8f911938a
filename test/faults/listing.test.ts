import { describe, expect, it } from 'vitest'
import { Session } from '../../src/index.ts'
import { compiledDir, compiledProvider } from '../catalog/compiled.ts'
import { run } from '../session/support.ts'
import { atEnd, listen } from '../support/cleanup.ts'

const providers = compiledProvider(
  `
provider: p
title: Test
version: 1.0.0
hosts: { main: { url: 'http://127.0.0.1:1', url_env: P_URL, auth: { kind: none } } }
host: main
paging:
  offset: { kind: offset, offset: offset, limit: limit, max: 5 }
  counted: { kind: offset, offset: offset, limit: limit, max: 5, total: $.total }
  flagged: { kind: offset, offset: offset, limit: limit, max: 5, more: $.more }
services: { s: { title: S } }
`,
  `
service: s
resources:
  names:
    summary: Names
    columns: { name: { type: string, at: $ } }
    methods: { list_names: { sql: select, call: GET /names, rows: $, paging: offset } }
  counted:
    summary: Names with their number
    columns: { name: { type: string, at: $ } }
    methods: { list: { sql: select, call: GET /names, rows: $.names, paging: counted } }
  flagged:
    summary: Names with a mark if more follow
    columns: { name: { type: string, at: $ } }
    methods: { list: { sql: select, call: GET /names, query: { more: 'true' }, rows: $.names, paging: flagged } }
  things:
    summary: Things
    columns: { id: string, kind: { type: string, input: true }, grp: { type: string, input: true } }
    methods:
      list_things: { sql: select, call: GET /things, rows: $.data, params: { kind: optional }, query: { all: 'true' } }
      list_of_group: { sql: select, call: 'GET /groups/{grp}/things', rows: $.data }
`,
)

interface Asked {
  readonly rows: readonly (readonly unknown[])[]
  readonly requests: readonly string[]
}

/** The rows of a statement and the requests that it sent, each answered by what `answer` gives for its URL. */
async function asked(sql: string, answer: (url: URL) => unknown): Promise<Asked> {
  const requests: string[] = []
  const url = await listen((request, response) => {
    requests.push(request.url!)
    response.end(JSON.stringify(answer(new URL(request.url!, 'http://127.0.0.1'))))
  })
  const session = new Session({ env: { P_URL: url }, builtIn: providers })
  atEnd(() => session.close())
  return { rows: (await run(session, sql)).rows, requests }
}

const NAMES = Array.from({ length: 12 }, (_, i) => `n${String(i).padStart(2, '0')}`)
const NAMED = 'SELECT name FROM p.s.names'

/** A server that gives at most `cap` of so many names a page. */
const capped =
  (count: number, cap: number) =>
  ({ searchParams }: URL): readonly string[] => {
    const from = Number(searchParams.get('offset'))
    return NAMES.slice(0, count).slice(from, from + Math.min(cap, Number(searchParams.get('limit'))))
  }

describe('pages by offset', () => {
  it.each([
    [12, 3],
    [12, 5],
    [12, 1],
    [11, 4],
    [3, 3],
    [3, 5],
    [5, 5],
    [1, 1],
    [0, 3],
  ])('of %i names, of which the server sends at most %i at once, are read completely', async (count, cap) => {
    const expected = NAMES.slice(0, count).map(name => [name])
    expect((await asked(NAMED, capped(count, cap))).rows).toEqual(expected)
    expect((await asked(`${NAMED} ORDER BY name DESC`, capped(count, cap))).rows).toEqual(
      expected.toReversed(),
    )
    expect((await asked(`SELECT count(*) FROM p.s.names`, capped(count, cap))).rows).toEqual([[count]])
  })

  it('end at an empty page, whatever the length of the others', async () => {
    expect((await asked(NAMED, capped(11, 4))).requests).toEqual(
      [0, 4, 8, 11].map(offset => `/names?offset=${offset}&limit=5`),
    )
    const sizes = [4, 2, 5, 1]
    const uneven = ({ searchParams }: URL): readonly string[] => {
      const from = Number(searchParams.get('offset'))
      return NAMES.slice(from, from + (sizes.shift() ?? 5))
    }
    expect((await asked(NAMED, uneven)).rows).toEqual(NAMES.map(name => [name]))
    // after a full page, all rows of the next one may be left out
    expect((await asked(NAMED, capped(6, 3))).requests).toHaveLength(4)
    expect((await asked(`${NAMED} LIMIT 3`, capped(12, 3))).requests).toEqual(['/names?offset=0&limit=3'])
    expect((await asked(`${NAMED} LIMIT 4`, capped(12, 3))).rows).toHaveLength(4)
  })

  it.each([
    ['the last rows of the first page', ['n03', 'n04']],
    ['rows at the end of a page', ['n08', 'n09']],
    ['every other row', ['n00', 'n02', 'n04', 'n06', 'n08', 'n10']],
    ['all but the last rows of each page', ['n00', 'n01', 'n02', 'n05', 'n06', 'n07', 'n10']],
    ['the first rows of each page', ['n00', 'n01', 'n05', 'n06', 'n10']],
    ['rows on both sides of a page', ['n03', 'n05', 'n06', 'n09', 'n10']],
    ['the last row', ['n11']],
  ])('that the server takes %s out of are read completely, each row once', async (_, hidden) => {
    const left = ({ searchParams }: URL): readonly string[] => {
      const from = Number(searchParams.get('offset'))
      return NAMES.slice(from, from + Number(searchParams.get('limit'))).filter(n => !hidden.includes(n))
    }
    const shown = NAMES.filter(n => !hidden.includes(n))
    expect((await asked(NAMED, left)).rows).toEqual(shown.map(name => [name]))
    expect((await asked(`${NAMED} LIMIT 5`, left)).rows).toEqual(shown.slice(0, 5).map(name => [name]))
    expect((await asked('SELECT count(*) FROM p.s.names', left)).rows).toEqual([[shown.length]])
  })

  it.each([
    ['with a lower limit than requested', ['n00', 'n01', 'n04', 'n08', 'n09'], 3],
    ['so that the next page is equal', ['n00', 'n01', 'n02', 'n05'], 5],
    ['so that the next page has only known rows', ['n00', 'n01', 'n05', 'n06', 'n07', 'n09'], 5],
    ['all but one', NAMES.filter(n => n !== 'n03'), 5],
  ])('that the server takes rows out of %s are read completely', async (_, hidden, cap) => {
    const left = ({ searchParams }: URL): readonly string[] => {
      const from = Number(searchParams.get('offset'))
      return NAMES.slice(from, from + cap).filter(n => !hidden.includes(n))
    }
    const shown = NAMES.filter(n => !hidden.includes(n))
    expect((await asked(NAMED, left)).rows).toEqual(shown.map(name => [name]))
    expect((await asked('SELECT count(*) FROM p.s.names', left)).rows).toEqual([[shown.length]])
  })

  it.each([
    ['after a full page', ['n05', 'n06', 'n07', 'n08', 'n09'], 5],
    ['of a server with a lower limit', ['n06', 'n07', 'n08'], 3],
    ['after a page with rows left out', ['n01', 'n02', 'n06', 'n07', 'n08', 'n09', 'n10'], 5],
  ])('of which all rows are left out do not end the list %s', async (_, hidden, cap) => {
    const left = ({ searchParams }: URL): readonly string[] => {
      const from = Number(searchParams.get('offset'))
      return NAMES.slice(from, from + cap).filter(n => !hidden.includes(n))
    }
    const shown = NAMES.filter(n => !hidden.includes(n)).map(name => [name])
    expect((await asked(NAMED, left)).rows).toEqual(shown)
    expect((await asked('SELECT count(*) FROM p.s.names', left)).rows).toEqual([[shown.length]])
  })

  it('without rows do not end the list if the answer says that more follow', async () => {
    const hidden = ({ searchParams }: URL): object => {
      const from = Number(searchParams.get('offset'))
      const names = NAMES.slice(from, from + 5).filter(n => n > 'n06')
      return searchParams.has('more') ? { names, more: from < 7 } : { names, total: NAMES.length }
    }
    const shown = NAMES.filter(n => n > 'n06').map(name => [name])
    for (const table of ['counted', 'flagged'])
      expect((await asked(`SELECT name FROM p.s.${table}`, hidden)).rows).toEqual(shown)
    const endless = (): object => ({ names: [], total: 1_000_000 })
    await expect(asked('SELECT name FROM p.s.counted', endless)).rejects.toThrow(
      '1000 pages in a row have no rows, but say that there are more',
    )
  })

  it('that begin with rows equal to the last before them are read completely', async () => {
    const names = ['a', 'b', 'b', 'c', 'c', 'd', 'e']
    const equal = ({ searchParams }: URL): readonly string[] => {
      const from = Number(searchParams.get('offset'))
      return names.slice(from, from + 2)
    }
    expect((await asked(NAMED, equal)).rows).toEqual(names.map(name => [name]))
  })

  it('that begin with rows of the page before because the list has grown are an error', async () => {
    let n = 0
    const grown = ({ searchParams }: URL): readonly string[] => {
      const all = n++ === 0 ? NAMES : ['new', ...NAMES]
      const from = Number(searchParams.get('offset'))
      return all.slice(from, from + 3)
    }
    await expect(asked(NAMED, grown)).rejects.toThrow(
      'offset=3&limit=5: the page begins with rows of the page before',
    )
  })

  it('that repeat for every offset are shown once', async () => {
    const all = await asked(NAMED, () => ['a', 'b'])
    expect(all).toEqual({
      rows: [['a'], ['b']],
      requests: expect.arrayContaining(['/names?offset=2&limit=5']),
    })
    let n = 0
    const shuffled = await asked(NAMED, () => (n++ % 2 === 0 ? ['a', 'b'] : ['b', 'a']))
    expect(shuffled.rows).toEqual([['a'], ['b']])
    // more rows than asked for may also be the size of the server's pages
    const more = await asked(NAMED, () => NAMES)
    expect(more.rows).toHaveLength(NAMES.length)
    expect(more.requests).toHaveLength(2)
  })

  it('that repeat and are full, or repeat in part, are an error', async () => {
    await expect(asked(NAMED, () => ['a', 'b', 'c', 'd', 'e'])).rejects.toThrow(
      'the server repeats a page (offset 5)',
    )
    let n = 0
    await expect(asked(NAMED, () => (n++ === 0 ? ['a', 'b'] : ['a', 'c']))).rejects.toThrow('repeats a page')
  })

  it('that report a failure, or are not arrays, are an error after the first page too', async () => {
    const after = (answer: unknown) => (url: URL) => (url.searchParams.get('offset') === '0' ? ['a'] : answer)
    await expect(asked(NAMED, after({ error_code: 50001, message: 'broken' }))).rejects.toThrow(
      '50001: broken',
    )
    await expect(asked(NAMED, after({ names: [] }))).rejects.toThrow('an object at $')
    expect((await asked(NAMED, after(null))).rows).toEqual([['a']])
  })

  it('are read completely from a registry that sends fewer rows than requested', async () => {
    const url = await listen((request, response) => {
      const { searchParams: query } = new URL(request.url!, 'http://127.0.0.1')
      const from = Number(query.get('offset'))
      response.end(JSON.stringify(Array.from({ length: 650 }, (_, i) => `s-${i}`).slice(from, from + 200)))
    })
    const env = {
      SCHEMA_REGISTRY_REST_ENDPOINT: url,
      SCHEMA_REGISTRY_API_KEY: 'k',
      SCHEMA_REGISTRY_API_SECRET: 's',
    }
    const session = new Session({ env, builtIn: compiledDir() })
    atEnd(() => session.close())
    expect((await run(session, 'SELECT count(*) FROM confluent.schema_registry.subjects')).rows).toEqual([
      [650],
    ])
  })
})

describe('a list that is documented to have one page', () => {
  const page = (ids: readonly string[], next?: unknown) => ({
    data: ids.map(id => ({ id })),
    metadata: { self: 'x', ...(next !== undefined && { next }) },
  })
  const THINGS = 'SELECT id FROM p.s.things'

  it.each([[undefined], [null], ['']])('ends where the next page is %j', async next => {
    const found = await asked(THINGS, () => page(['a'], next))
    expect(found).toEqual({ rows: [['a']], requests: ['/things?all=true'] })
  })

  it.each([
    [
      'https://elsewhere.example.com/other/things?all=true&kind=x&page_token=t%2B1&size=2',
      'page_token=t%2B1&size=2',
    ],
    ['/things?page_token=t1#part', 'page_token=t1'],
    ['?cursor=9', 'cursor=9'],
    ['?cursor=a+b', 'cursor=a+b'],
  ])('continues with the parameters that a link adds: %s', async (next, query) => {
    const found = await asked(`${THINGS} WHERE kind = 'y'`, url =>
      url.search.endsWith(`&${query}`) ? page(['b']) : page(['a'], next),
    )
    expect(found.rows).toEqual([['a'], ['b']])
    expect(found.requests).toEqual(['/things?kind=y&all=true', `/things?kind=y&all=true&${query}`])
  })

  it('continues for each of several calls', async () => {
    const found = await asked(`SELECT grp, id FROM p.s.things WHERE grp IN ('g', 'h') ORDER BY 1, 2`, url =>
      url.search === '' ? page(['a'], '?page_token=2') : page(['b']),
    )
    expect(found.rows).toEqual(
      ['g', 'h'].flatMap(grp => [
        [grp, 'a'],
        [grp, 'b'],
      ]),
    )
  })

  it.each([
    ['a-token-alone', 'has nothing to ask for it with'],
    ['https://elsewhere.example.com/things?all=true&kind=x', 'has nothing to ask for it with'],
    ['?page_token=same', 'the server repeats a page'],
    [{ token: 1 }, 'has an object at $.metadata.next'],
  ])('is an error if the link cannot be followed: %j', async (next, message) => {
    await expect(asked(THINGS, () => page(['a'], next))).rejects.toThrow(message)
  })
})
