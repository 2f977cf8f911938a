import { describe, expect, it } from 'vitest'
import { Session } from '../../src/index.ts'
import { compiledProvider } from '../catalog/compiled.ts'
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
  token: { kind: token, param: page_token, next: $.metadata.next }
  numbered: { kind: page, param: page, first: 1 }
services: { s: { title: S } }
`,
  `
service: s
resources:
  things:
    summary: Things
    columns: { id: string, n: integer, x: number, more: object }
    methods:
      list_things: { sql: select, call: GET /things, rows: $.data, paging: token }
      create_thing: { sql: insert, call: POST /things, body: { id: required } }
  names:
    summary: Names
    columns: { name: { type: string, at: $ } }
    methods: { list_names: { sql: select, call: GET /names, rows: $ } }
  numbered:
    summary: In pages by number
    columns: { text: string, n: integer }
    methods: { list_numbered: { sql: select, call: GET /numbered, rows: $.data, paging: numbered } }
  parts:
    summary: Parts
    columns: { part: { type: object, at: $ } }
    methods: { list_parts: { sql: select, call: GET /parts, rows: $.parts } }
  entries:
    summary: Entries of a map
    columns: { name: { type: string, at: '#key' }, state: string }
    methods: { list_entries: { sql: select, call: GET /entries, rows: { at: $, kind: map } } }
`,
)

/** The rows of a statement whose requests are answered with these texts in turn, the last again and again. */
async function rows(sql: string, ...texts: string[]): Promise<unknown> {
  let n = 0
  const url = await listen((_, response) => {
    response.end(texts[Math.min(n++, texts.length - 1)])
  })
  const session = new Session({ env: { P_URL: url }, builtIn: providers })
  atEnd(() => session.close())
  const ran = await run(session, sql)
  if (ran.error !== undefined) throw ran.error
  return ran.rows
}

const THINGS = 'SELECT id FROM p.s.things'
const next = (data: string): string => `{"data":${data},"metadata":{"next":"?page_token=2"}}`

describe('null', () => {
  it.each([
    [THINGS, [next('[{"id":"a"}]'), '{"data":null}'], [['a']]],
    [THINGS, [next('[{"id":"a"}]'), '{"data":null,"metadata":{"next":null}}'], [['a']]],
    [THINGS, ['{"data":null}'], []],
    [`${THINGS} ORDER BY id`, [next('null'), '{"data":[{"id":"b"}]}'], [['b']]],
    ['SELECT count(*) FROM p.s.things', ['{"data":null}'], [[0]]],
    ['SELECT name FROM p.s.names', ['null'], []],
    ['SELECT count(*) FROM p.s.names', ['null'], [[0]]],
    ['SELECT part FROM p.s.parts', ['{"parts":null}'], []],
    ['SELECT name FROM p.s.entries', ['null'], []],
  ])('is a list without rows: %s of %j', async (sql, texts, expected) => {
    expect(await rows(sql, ...texts)).toEqual(expected)
  })

  it.each([
    [THINGS, '{"data":[null]}', 'a null at $.data where a row, which is an object, was expected'],
    [THINGS, '{"data":[{"id":"a"},null]}', 'a null at $.data'],
    [
      'SELECT name FROM p.s.names',
      '["a",null]',
      'a null at $ where a row, which is a single value, was expected',
    ],
    ['SELECT name FROM p.s.names', '["a",{"name":"b"}]', 'an object at $'],
    [
      'SELECT part FROM p.s.parts',
      '{"parts":[{},null]}',
      'a null at $.parts where a row, which is a value, was expected',
    ],
    ['SELECT name FROM p.s.entries', '{"a":{"state":"x"},"b":null}', 'a null at $'],
    [THINGS, '{"metadata":{}}', 'nothing at $.data where an array was expected'],
    [THINGS, '{"data":{}}', 'an object at $.data where an array was expected'],
  ])('is no row: %s of %s', async (sql, text, message) => {
    await expect(rows(sql, text)).rejects.toThrow(message)
  })
})

describe('an answer that is not JSON is refused', () => {
  it.each([
    '{"data":[{"id":NaN}]}',
    '{"data":[{"n":Infinity}]}',
    '{"data":[{"n":-Infinity}]}',
    '{"data":[{"id":"a"},]}',
    '{"data":[{"id":"a",}]}',
    "{'data':[{'id':'a'}]}",
    '{data:[{id:"a"}]}',
    '{"data":[/* none */]}',
    '{"data":[] // none\n}',
    '{"data":[{"n":0x10}]}',
    '{"data":[{"n":+1}]}',
    '{"data":[{"n":.5}]}',
    '{"data":[{"n":5.}]}',
    '{"data":[{"n":01}]}',
    '{"data":[{"id":"a\\x41"}]}',
    '{"data":[{"id":"a\\\nb"}]}',
    '{"data":[{"id":"a\tb"}]}',
    '{"data":[\u00a0]}',
    '{"data":[{"id":"a"}] "metadata":{}}',
    '{"data":[{"id":"a"}]} {}',
  ])('%s', async text => {
    await expect(rows(THINGS, text)).rejects.toThrow(/: the answer is not valid JSON$/)
    await expect(rows(`${THINGS} ORDER BY id`, text)).rejects.toThrow(/: the answer is not valid JSON$/)
    await expect(rows("INSERT INTO p.s.things (id) VALUES ('a')", text)).rejects.toThrow(
      /it is not valid JSON; it was probably carried out$/,
    )
  })

  it('JSON that is nested too deep for SQLite is refused as such', async () => {
    const deep = `${'['.repeat(1100)}${']'.repeat(1100)}`
    await expect(rows(THINGS, next(`[{"id":"a","more":${deep}}]`))).rejects.toThrow(
      /\/things: the answer is nested more than 1,000 deep$/,
    )
  })

  it('valid JSON is accepted', async () => {
    const text =
      '\t{ "data" : [ {"id":"\\u00e9\\ud83d\\ude00\\n\\/","n":-0,"x":1E+2,"more":{"a":[true,false,null]}} ] }\r\n'
    expect(await rows('SELECT * FROM p.s.things', text)).toEqual([
      ['é😀\n/', 0, 100, '{"a":[true,false,null]}'],
    ])
  })
})

describe('a value that SQLite would change silently is an error', () => {
  it.each([
    ['{"data":[{"n":9223372036854775808}]}', 'the integer 9223372036854775808, which has more than 64 bits'],
    ['{"data":[{"id":"a","more":{"big":-9223372036854775809}}]}', 'the integer -9223372036854775809'],
    [
      '{"data":[{"id":"a","n":1234567890123456789012345678901234567890}]}',
      'the integer 1234567890123456789012345678901234567890, which has more than 64 bits',
    ],
    ['{"data":[{"id":"a\\ud83d"}]}', '\\ud83d, half of a surrogate pair, which is no character'],
    ['{"data":[{"id":"\\uDE00 a"}]}', '\\uDE00, half of a surrogate pair'],
    ['{"data":[{"id":"\\ud83d\\ud83d\\ude00"}]}', '\\ud83d, half of a surrogate pair'],
    ['{"data":[{"id":"a","x":1},{"id":"b","x":-1e400}]}', 'a number in x that is too large'],
    ['{"data":[{"n":1e999}]}', 'a number in n that is too large'],
  ])('%s', async (text, message) => {
    await expect(rows('SELECT * FROM p.s.things', text)).rejects.toThrow(`the answer has ${message}`)
  })

  it('values that SQLite preserves are accepted', async () => {
    const text =
      '{"data":[{"id":"12345678901234567890 \\\\ud83d","n":9223372036854775807,"x":12345678901234567890.5},{"id":"\\"12345678901234567890","n":-9223372036854775808}]}'
    expect(await rows('SELECT id, n FROM p.s.things', text)).toEqual([
      ['12345678901234567890 \\ud83d', 9223372036854775807n],
      ['"12345678901234567890', -9223372036854775808n],
    ])
  })
})

describe('pages by number', () => {
  const escaped = String.raw`\"`.repeat(5_000_000)
  const page = `{"data":[{"n":9007199254740993,"text":"${escaped}"}]}`

  it('may have long texts of escapes', async () => {
    expect(await rows('SELECT n, length(text) FROM p.s.numbered', page, '{"data":[]}')).toEqual([
      [9007199254740993n, 5_000_000],
    ])
  })

  it('may end within such a text, which is an error', async () => {
    await expect(
      rows('SELECT n FROM p.s.numbered ORDER BY n', page.slice(0, 1_000_000)),
    ).rejects.toMatchObject({
      code: 'RESPONSE',
      message: expect.stringContaining('is not valid JSON') as string,
    })
  })
})
