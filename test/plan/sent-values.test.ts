import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/sources/load.ts'
import { Session } from '../../src/engine/session.ts'
import { createClient } from '../../src/http/client.ts'
import { compiledProvider, oneHostProvider } from '../catalog/compiled.ts'
import { atEnd, listen } from '../support/cleanup.ts'

const COLUMNS = 'columns: { id: string, tag: string, n: integer, on: boolean }'
const listWith = (name: string, params: string): string => `
  ${name}:
    summary: Things
    ${COLUMNS}
    methods: { list: { sql: select, call: GET /things, rows: $.data, params: { ${params} } } }`

const SERVICE = `
service: s
resources:${listWith('by_query', 'tag: { repeat: true, filter: exact }')}${listWith('by_list', "tag: { repeat: true, join: ',', filter: exact }")}${listWith('by_headers', 'X-Tag: { in: header, column: tag, repeat: true, filter: exact }')}${listWith('by_header', 'X-Tag: { in: header, column: tag, filter: exact }')}${listWith('by_needed_header', 'X-Tag: { in: header, column: tag, repeat: true, required: true }')}${listWith('by_types', 'X-N: { in: header, type: integer, column: n, filter: exact }, X-On: { in: header, type: boolean, column: on, filter: exact }')}
  zones:
    summary: Zones
    columns: { id: string, zone: string }
    methods: { list: { sql: select, call: GET /zones, rows: $.data } }
  in_zones:
    summary: Things of a zone, which the answer does not have
    columns: { zone: { type: string, input: true }, id: string }
    parents: { s.zones: { zone: zone } }
    methods: { list: { sql: select, call: GET /in_zones, rows: $.data, params: { zone: required } } }
  with_prefix:
    summary: Things, by a prefix, which may be empty
    columns: { prefix: { type: string, input: true }, id: string }
    methods: { list: { sql: select, call: GET /with_prefix, rows: $.data, params: { prefix: optional } } }
`

const THINGS = [
  { id: '1', tag: 'x', n: 1, on: true },
  { id: '2', tag: 'a,b', n: 2, on: false },
  { id: '3', tag: '', n: 3, on: true },
  { id: '4', tag: 'é', n: 2, on: true },
  { id: '5', tag: ' y', n: 5, on: false },
  { id: '6', tag: 'a', n: 6, on: true },
]
const IN_ZONES: Readonly<Record<string, readonly object[]>> = {
  z1: [{ id: 'a' }],
  z2: [{ id: 'b' }],
  'z\0': [{ id: 'nul' }],
}

/** Values in a request as servers often read them: separated by commas and trimmed, and empty ones are none. */
const list = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')

const requests: string[] = []
const notices: string[] = []
let session: Session

beforeAll(async () => {
  const url = await listen((request, response) => {
    const { pathname, searchParams: query } = new URL(request.url!, 'http://x')
    const { 'x-tag': tag, 'x-n': n, 'x-on': on } = request.headers as Record<string, string | undefined>
    const sent = Object.entries({ tag, n, on }).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}: ${value}`],
    )
    requests.push([request.url, ...sent].join(' '))
    const tags = [...query.getAll('tag').flatMap(list), ...list(tag)]
    const things = THINGS.filter(
      row =>
        (tags.length === 0 || tags.includes(row.tag))
        && (n === undefined || String(row.n) === n)
        && (on === undefined || String(row.on) === on),
    )
    const zone = query.get('zone')
    const data = {
      '/things': things,
      '/zones': ['z1', '', 'z2', 'z\0'].map((name, i) => ({ id: String(i), zone: name })),
      '/in_zones': zone ? (IN_ZONES[zone] ?? []) : Object.values(IN_ZONES).flat(),
      '/with_prefix': [{ id: 'p' }],
    }[pathname]
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }))
  })
  session = new Session({
    catalog: loadCatalog(compiledProvider(oneHostProvider(''), SERVICE)),
    connect: async onTrace => createClient({ env: { P_URL: url }, onTrace }),
    onNotice: notice => notices.push(notice),
  })
  atEnd(() => session.close())
})

beforeEach(() => {
  requests.length = 0
  notices.length = 0
})

async function idsOf(from: string): Promise<string[]> {
  const found: string[] = []
  for await (const { rows } of session.run(`SELECT id FROM p.s.${from}`))
    for await (const [id] of rows) found.push(String(id))
  return found.sort()
}

describe('values that a server cannot read back as they are', () => {
  test.each([
    ["by_headers WHERE tag IN ('a,b', 'x')", ['1', '2'], ['/things']],
    ["by_headers WHERE tag = 'a,b'", ['2'], ['/things']],
    ["by_headers WHERE tag IN (' y', 'x')", ['1', '5'], ['/things']],
    ["by_headers WHERE tag IN ('a', 'x')", ['1', '6'], ['/things tag: a,x']],
    ["by_list WHERE tag IN ('a,b', 'x')", ['1', '2'], ['/things']],
    ["by_header WHERE tag = 'é'", ['4'], ['/things']],
    ["by_header WHERE tag = 'é' LIMIT 1", ['4'], ['/things']],
    // an empty value among others is skipped by servers
    ["by_headers WHERE tag IN ('', 'x')", ['1', '3'], ['/things tag: ', '/things tag: x']],
    ["by_list WHERE tag IN ('x', '')", ['1', '3'], ['/things?tag=', '/things?tag=x']],
    ["by_query WHERE tag IN ('x', '', 'a')", ['1', '3', '6'], ['/things?tag=', '/things?tag=x&tag=a']],
  ])('%s', async (from, ids, sent) => {
    expect(await idsOf(from)).toEqual(ids)
    expect([...requests].sort()).toEqual(sent)
  })

  test.each(["tag = 'a,b'", "tag IN ('x', 'é')"])(
    'are an error where the API needs the parameter: %s',
    async condition => {
      await expect(idsOf(`by_needed_header WHERE ${condition}`)).rejects.toThrow(
        /^parameter X-Tag sends|is sent in a header/,
      )
      expect(requests).toEqual([])
    },
  )
})

test('a text with NUL is a key as any other', async () => {
  const of = (from: string): Promise<string[]> => idsOf(`in_zones AS i WHERE ${from}`)
  expect(
    await of("EXISTS (SELECT 1 FROM p.s.zones z WHERE z.zone = i.zone) AND i.zone = 'z' || char(0)"),
  ).toEqual(['nul'])
  expect(requests).toContain('/in_zones?zone=z%00')
})

test.each([
  ['by_types WHERE n = 2', ['2', '4'], ['/things n: 2']],
  ['by_types WHERE "on" = true', ['1', '3', '4', '6'], ['/things on: true']],
  [
    'by_types WHERE n IN (2, 5) AND "on" = false',
    ['2', '5'],
    ['/things n: 2 on: false', '/things n: 5 on: false'],
  ],
])('numbers and booleans are sent in headers: %s', async (from, ids, sent) => {
  expect(await idsOf(from)).toEqual(ids)
  expect([...requests].sort()).toEqual(sent)
})

describe('an empty key that the answer does not have, which servers take for no filter', () => {
  test.each(['in_zones WHERE zone IN (SELECT zone FROM p.s.zones)', 'in_zones'])(
    'is not sent if it comes from rows, but an error: %s',
    async from => {
      await expect(idsOf(from)).rejects.toMatchObject({
        message: "zone cannot be '' in p.s.in_zones: servers may ignore an empty parameter",
        hint: "the value comes from rows of another table; leave those out with a condition there, such as zone <> ''",
      })
      expect(requests).toEqual(['/zones'])
    },
  )

  test.each([
    "in_zones WHERE zone IN (SELECT zone FROM p.s.zones WHERE zone <> '')",
    "in_zones WHERE zone <> ''",
  ])('is left out by a condition: %s', async from => {
    expect(await idsOf(from)).toEqual(['a', 'b', 'nul'])
    expect([...requests].sort()).toEqual([
      '/in_zones?zone=z%00',
      '/in_zones?zone=z1',
      '/in_zones?zone=z2',
      '/zones',
    ])
  })

  test('is an error in the statement', async () => {
    await expect(idsOf("in_zones WHERE zone = ''")).rejects.toThrow("zone cannot be '' in p.s.in_zones")
    expect(requests).toEqual([])
  })

  test('is sent for a parameter that the API does not need', async () => {
    expect(await idsOf("with_prefix WHERE prefix = ''")).toEqual(['p'])
    expect(requests).toEqual(['/with_prefix?prefix='])
  })
})
