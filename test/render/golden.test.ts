import { expect, test } from 'vitest'
import type { Format } from '../../src/render/types.ts'
import { column, options, render, type Result } from './support.ts'

const SMALL: Result = {
  columns: [
    column('id', 'string'),
    column('name', 'string'),
    column('n', 'integer'),
    column('ok', 'boolean'),
    column('user', 'object'),
    column('id', 'any'),
  ],
  rows: [
    ['i-1', 'Ada, "A"', 5.0, 1, '{"ids":[1,9007199254740993],"e":"a|b"}', null],
    ['i-2', '', 9007199254740993n, 0n, '{\n "x_y": "_z_"}', '日本語'],
    ['i-3', '👩‍👩‍👧 x\ty\\', null, null, 'not json', 0.5],
    [null, 'e\u0301<b>\nNULL', -5, 2, null, new Uint8Array([1, 255])],
  ],
}

// An e with a combining accent: one column wide.
const E = 'e\u0301'

const EXPECTED: Record<Exclude<Format, 'html' | 'xlsx' | 'parquet' | 'chart'>, string> = {
  table: String.raw`
 id   | name       |                n | ok    | user                                   | id
------+------------+------------------+-------+----------------------------------------+---------
 i-1  | Ada, "A"   |                5 | true  | {"ids":[1,9007199254740993],"e":"a|b"} | NULL
 i-2  |            | 9007199254740993 | false | {\n "x_y": "_z_"}                      | 日本語
 i-3  | 👩‍👩‍👧 x\ty\   |             NULL | NULL  | not json                               | 0.5
 NULL | ${E}<b>\nNULL |               -5 | 2     | NULL                                   | x'01ff'
`,
  vertical: String.raw`
-[ 1 ]----------------------------------
id   | i-1
name | Ada, "A"
n    | 5
ok   | true
user | {"ids":[1,9007199254740993],"e":"a|b"}
id   | NULL
-[ 2 ]----------------------------------
id   | i-2
name |
n    | 9007199254740993
ok   | false
user | {\n "x_y": "_z_"}
id   | 日本語
-[ 3 ]----------------------------------
id   | i-3
name | 👩‍👩‍👧 x\ty\
n    | NULL
ok   | NULL
user | not json
id   | 0.5
-[ 4 ]----------------------------------
id   | NULL
name | ${E}<b>\nNULL
n    | -5
ok   | 2
user | NULL
id   | x'01ff'
`,
  csv: `
id,name,n,ok,user,id
i-1,"Ada, ""A""",5,true,"{""ids"":[1,9007199254740993],""e"":""a|b""}",
i-2,"",9007199254740993,false,"{
 ""x_y"": ""_z_""}",日本語
i-3,👩‍👩‍👧 x\ty\\,,,not json,0.5
,"${E}<b>
NULL",-5,2,,x'01ff'
`,
  tsv: `
id\tname\tn\tok\tuser\tid
i-1\tAda, "A"\t5\ttrue\t{"ids":[1,9007199254740993],"e":"a|b"}\t\\N
i-2\t\t9007199254740993\tfalse\t{\\n "x_y": "_z_"}\t日本語
i-3\t👩‍👩‍👧 x\\ty\\\\\t\\N\t\\N\tnot json\t0.5
\\N\t${E}<b>\\nNULL\t-5\t2\t\\N\tx'01ff'
`,
  text: `
id,name,n,ok,user,id
i-1,Ada, "A",5,true,{"ids":[1,9007199254740993],"e":"a|b"},null
i-2,,9007199254740993,false,{
 "x_y": "_z_"},日本語
i-3,👩‍👩‍👧 x\ty\\,null,null,not json,0.5
null,${E}<b>
NULL,-5,2,null,x'01ff'
`,
  pptext: `
id,name,n,ok,user,id
i-1,Ada, "A",5,true,{
  "ids": [
    1,
    9007199254740993
  ],
  "e": "a|b"
},null
i-2,,9007199254740993,false,{
  "x_y": "_z_"
},日本語
i-3,👩‍👩‍👧 x\ty\\,null,null,not json,0.5
null,${E}<b>
NULL,-5,2,null,x'01ff'
`,
  json: String.raw`
[
{"id":"i-1","name":"Ada, \"A\"","n":5,"ok":true,"user":{"ids":[1,9007199254740993],"e":"a|b"},"id_2":null},
{"id":"i-2","name":"","n":9007199254740993,"ok":false,"user":{  "x_y": "_z_"},"id_2":"日本語"},
{"id":"i-3","name":"👩‍👩‍👧 x\ty\\","n":null,"ok":null,"user":"not json","id_2":0.5},
{"id":null,"name":"${E}<b>\nNULL","n":-5,"ok":2,"user":null,"id_2":"x'01ff'"}
]
`,
  ndjson: String.raw`
{"id":"i-1","name":"Ada, \"A\"","n":5,"ok":true,"user":{"ids":[1,9007199254740993],"e":"a|b"},"id_2":null}
{"id":"i-2","name":"","n":9007199254740993,"ok":false,"user":{  "x_y": "_z_"},"id_2":"日本語"}
{"id":"i-3","name":"👩‍👩‍👧 x\ty\\","n":null,"ok":null,"user":"not json","id_2":0.5}
{"id":null,"name":"${E}<b>\nNULL","n":-5,"ok":2,"user":null,"id_2":"x'01ff'"}
`,
  markdown: String.raw`
| id | name | n | ok | user | id |
| --- | --- | ---: | --- | --- | --- |
| i-1 | Ada, "A" | 5 | true | {"ids":\[1,9007199254740993\],"e":"a\|b"} | NULL |
| i-2 |  | 9007199254740993 | false | {<br> "x_y": "\_z\_"} | 日本語 |
| i-3 | 👩‍👩‍👧 x\\ty\\ | NULL | NULL | not json | 0.5 |
| NULL | ${E}&lt;b&gt;<br>NULL | -5 | 2 | NULL | x'01ff' |
`,
}

test.each(Object.keys(EXPECTED) as (keyof typeof EXPECTED)[])('%s of a small result', async format => {
  expect(await render(options(format), SMALL)).toBe(EXPECTED[format].slice(1))
})

test.each([
  ['table', ' id | n\n----+---\n'],
  ['vertical', ''],
  ['csv', 'id,n\n'],
  ['tsv', 'id\tn\n'],
  ['json', '[]\n'],
  ['ndjson', ''],
  ['markdown', '| id | n |\n| --- | ---: |\n'],
] as const)('%s of an empty result', async (format, expected) => {
  expect(
    await render(options(format), { columns: [column('id', 'string'), column('n', 'integer')], rows: [] }),
  ).toBe(expected)
})

const ONE: Result = { title: 'First', columns: [column('a')], rows: [['x']] }
const NONE: Result = { columns: [column('a')], rows: [] }

test.each([
  ['table', 'First\n a\n---\n x\n\nFirst\n a\n---\n x\n'],
  ['vertical', `First\n-[ 1 ]${'-'.repeat(34)}\na | x\n\nFirst\n-[ 1 ]${'-'.repeat(34)}\na | x\n`],
  ['ndjson', '{"a":"x"}\n{"a":"x"}\n'],
  ['markdown', '## First\n\n| a |\n| --- |\n| x |\n\n## First\n\n| a |\n| --- |\n| x |\n'],
] as const)('%s shows two results', async (format, expected) => {
  expect(await render(options(format), ONE, ONE)).toBe(expected)
})

test('markdown shows the note, and escapes values', async () => {
  const result = { title: 'T', note: 'One\nand <b>.\n\nTwo.', columns: [column('a')], rows: [['$x$ | *y*']] }
  expect(await render(options('markdown'), result)).toBe(
    '## T\n\nOne<br>and &lt;b&gt;.\n\nTwo.\n\n| a |\n| --- |\n| \\$x\\$ \\| \\*y\\* |\n',
  )
})

test('results without lines leave no blank lines', async () => {
  const vertical = await render(options('vertical'), ONE)
  expect(await render(options('vertical'), NONE, ONE, NONE)).toBe(vertical)
})

test.each(['csv', 'tsv', 'json'] as const)('%s rejects a second result with a hint', async format => {
  await expect(render(options(format), ONE, ONE)).rejects.toMatchObject({
    code: 'OUTPUT',
    message: expect.stringContaining(format),
    hint: expect.stringContaining('--out'),
  })
})

test('a header can be omitted', async () => {
  expect(await render(options('table', { header: false }), ONE)).toBe('First\n x\n')
  expect(await render(options('csv', { header: false }), ONE)).toBe('x\n')
  expect(await render(options('tsv', { header: false }), ONE)).toBe('x\n')
})

test('NULL is shown as nullText', async () => {
  const result: Result = { columns: [column('a'), column('b'), column('c')], rows: [[null, '', '-']] }
  const settings = { header: false, nullText: '-' }
  expect(await render(options('csv', settings), result)).toBe('-,"","-"\n')
  expect(await render(options('tsv', settings), result)).toBe('-\t\t-\n')
  expect(await render(options('table', settings), result)).toBe(' - |  | -\n')
  expect(await render(options('json', settings), result)).toBe('[\n{"a":null,"b":"","c":"-"}\n]\n')
})

test('csv quotes text that a reader might trim', async () => {
  const result: Result = {
    columns: [column(' a'), column('b')],
    rows: [
      ['x ', 'x y'],
      ['\t', '\ufeffx'],
    ],
  }
  expect(await render(options('csv'), result)).toBe('" a",b\n"x ",x y\n"\'\t","\ufeffx"\n')
})

test('numbers that JSON cannot hold are null', async () => {
  const result: Result = {
    columns: [column('a'), column('b'), column('c'), column('d', 'number')],
    rows: [[Infinity, -Infinity, Number.NaN, -0]],
  }
  expect(await render(options('ndjson'), result)).toBe('{"a":null,"b":null,"c":null,"d":0}\n')
  expect(await render(options('csv', { header: false }), result)).toBe('Infinity,-Infinity,NaN,0\n')
})

test('columns with the same name keep their values in JSON', async () => {
  const names = ['a', 'a', 'a_2', 'a', 'A']
  const result: Result = { columns: names.map(name => column(name)), rows: [[1, 2, 3, 4, 5]] }
  expect(await render(options('ndjson'), result)).toBe('{"a":1,"a_3":2,"a_2":3,"a_4":4,"A":5}\n')
})

test('only JSON text of nested columns is written as JSON', async () => {
  const result: Result = {
    columns: [
      column('o', 'object'),
      column('l', 'array'),
      column('j', 'json'),
      column('s', 'string'),
      column('x', 'any'),
    ],
    rows: [
      ['{}', '[1e400]', '12345678901234567890', '{}', '[]'],
      ['{', '', 'NaN', '', 'null'],
      ['null', '5', 'null', 'null', 'null'],
    ],
  }
  expect(await render(options('ndjson'), result)).toBe(
    '{"o":{},"l":[1e400],"j":12345678901234567890,"s":"{}","x":"[]"}\n{"o":"{","l":"","j":"NaN","s":"","x":"null"}\n{"o":"null","l":"5","j":null,"s":"null","x":"null"}\n',
  )
})

test('NULL is dim in colour, unlike the text NULL', async () => {
  const result: Result = { columns: [column('a'), column('b')], rows: [[null, 'NULL']] }
  expect(await render(options('table', { color: true, header: false }), result)).toBe(
    ' \x1b[2mNULL\x1b[22m | NULL\n',
  )
  expect(await render(options('vertical', { color: true }), result)).toContain(
    'a | \x1b[2mNULL\x1b[22m\nb | NULL\n',
  )
})
