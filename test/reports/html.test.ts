import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { flatJson, readableJson } from '../../src/render/html/json.ts'
import { createRenderer } from '../../src/render/renderer.ts'
import { arbitraryResult, column, iterate, options, random, render, type Result } from '../render/support.ts'
import { HARD } from './hard.ts'

const AT = new Date('2026-11-23T22:05:00Z')
const page = (result: Result, ...more: Result[]): Promise<string> =>
  render(options('html', { document: { at: AT, profile: 'prod' } }), result, ...more)
const cells = (text: string): string[] =>
  [...text.matchAll(/<td([^>]*)>(.*?)<\/td>/gs)].map(([, attributes, inside]) =>
    `${attributes}|${inside}`.trim(),
  )

test('one page says what was asked, when, and of whom', async () => {
  const text = await page(HARD)
  expect(text).toContain('<title>Hard: values [of] every/kind</title>')
  expect(text).toContain(
    '<h1 id="result-1-title">Hard: values [of] every/kind</h1>\n<p class="facts"><time datetime="2026-11-23T22:05:00.000Z">2026-11-23 22:05 UTC</time> · prod</p>',
  )
  expect(text).toContain(
    '<p class="note">First paragraph.</p>\n<p class="note">Second &lt;paragraph&gt;.</p>',
  )
  expect(text).toContain('<code>SELECT *\nFROM "&lt;t&gt;" WHERE a = \'&lt;/code&gt;\'</code>')
  expect(text).not.toContain('<nav')
})

test('several results have contents and headings', async () => {
  const text = await page(
    { title: 'A & B', columns: [column('a')], rows: [['x']] },
    { columns: [column('a')], rows: [] },
  )
  expect(text).toContain('<h1>Query results</h1>')
  expect(text).toContain(
    '<li><a href="#result-1">A &amp; B</a> <span class="muted">1 row</span></li>\n<li><a href="#result-2">Result 2</a> <span class="muted">0 rows</span></li>',
  )
  expect(text).toContain('<section id="result-2">\n<h2 id="result-2-title">Result 2</h2>')
})

test('every value is shown, as text', async () => {
  const text = await page(HARD)
  const shown = cells(text)
  expect(shown).toContain('class="num"|9007199254740993')
  expect(shown).toContain('class="num"|-9223372036854775808')
  expect(shown).toContain('class="null"|NULL')
  expect(shown).toContain('class="null num"|NULL')
  expect(shown).toContain('|')
  expect(shown).toContain('|true')
  expect(shown).toContain('class="time"|2025-10-09<i>T</i>16:07:53<i>.218302Z</i>')
  expect(shown).toContain('class="json"|{"id": 9007199254740993, "e": []}')
  const hidden = ['\\r', '\\x00', '\\x1b', '\\u202e'].map(
    spelled => `<span class="hidden-char">${spelled}</span>`,
  )
  expect(shown).toContain(
    `class="wraps"|a\tb\nc${hidden[0]}d${hidden[1]}e${hidden[2]}[31m${hidden[3]}_x000A_ &lt;script&gt;alert(1)&lt;/script&gt;`,
  )
})

test('nothing in a value is markup, whatever it holds', async () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const result = arbitraryResult(random(seed))
    const text = await page({ ...result, title: '</title><b>"\'', note: '<b>', sql: '</pre><b>' })
    const tags = new Set([...text.matchAll(/<\/?([a-z!][a-z0-9]*)/gi)].map(([, name]) => name))
    expect(
      [...tags].filter(tag => ['b', 'img', 'a', '!'].includes(tag ?? '')),
      `seed ${seed}`,
    ).toEqual([])
    // oxlint-disable-next-line no-control-regex -- none may be left
    expect(text, `seed ${seed}`).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
    expect(text.match(/<td/g)?.length ?? 0, `seed ${seed}`).toBe(result.rows.length * result.columns.length)
  }
})

test('the policy lets nothing in but the one style and the one script', async () => {
  const text = await page(HARD)
  const policy = /Content-Security-Policy" content="([^"]+)"/.exec(text)?.[1] ?? ''
  expect(policy).toMatch(/^default-src 'none'; /)
  for (const [tag, directive] of [
    ['style', 'style-src'],
    ['script', 'script-src'],
  ] as const) {
    const inside = [...text.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gs'))].map(
      ([, code]) => code ?? '',
    )
    expect(inside).toHaveLength(1)
    expect(policy).toContain(
      `${directive} 'sha256-${createHash('sha256')
        .update(inside[0] ?? '')
        .digest('base64')}'`,
    )
  }
  expect(text).not.toMatch(/\b(?:src|style|on\w+)=|url\(|@import/)
})

test('labels and numbers are drawn; other results are not', async () => {
  const bars = await page({
    columns: [column('who', 'string'), column('n', 'integer'), column('m', 'any')],
    rows: [
      ['a<', 1, 2],
      ['b', 5, -2],
      ['c', null, 0],
    ],
  })
  expect(bars.match(/<svg/g)).toHaveLength(2)
  expect(bars).toContain('aria-label="Bars of n by who; the highest is 5 at b. The table has all values."')
  expect(bars.match(/<rect/g)).toHaveLength(6)
  const line = await page({
    columns: [column('day', 'any'), column('n', 'any')],
    rows: [
      ['2026-01-01', 1],
      ['2026-01-02', 5],
      ['2026-01-03', 2],
    ],
  })
  expect(line.match(/<path/g)).toHaveLength(1)
  const many = await page({
    columns: [column('who'), column('n')],
    rows: Array.from({ length: 31 }, (_, i) => [`x${i}`, i]),
  })
  expect(many).toContain('first 30 of 31 rows')
  for (const [columns, row] of [
    [
      ['a', 'b'],
      ['x', 'y'],
    ],
    [
      ['n', 'm'],
      [1, 2],
    ],
    [
      ['a', 'b', 'n'],
      ['x', 'y', 1],
    ],
  ] as const) {
    expect(
      await page({ columns: columns.map(name => column(name)), rows: [[...row], [...row]] }),
    ).not.toContain('<svg')
  }
})

test('rows of a long result are in bodies, of which two are shown at first', async () => {
  const text = await page({
    columns: [column('n', 'integer')],
    rows: Array.from({ length: 3001 }, (_, i) => [i]),
  })
  expect(text.match(/<tbody>/g)).toHaveLength(2)
  expect(text.match(/<tbody class="more">/g)).toHaveLength(5)
  expect(text.match(/<td/g)).toHaveLength(3001)
})

test('a result that fails ends the page, which says so', async () => {
  let text = ''
  const renderer = createRenderer(options('html'), async chunk => void (text += chunk))
  await expect(renderer.result({}, [column('a')], iterate([['x']], new Error('broken')))).rejects.toThrow(
    'broken',
  )
  expect(text).toContain('<td>x</td>')
  expect(text).toContain('Incomplete: reading the rows failed')
  expect(text).toContain('</html>')
  await expect(renderer.result({}, [column('a')], iterate([]))).rejects.toMatchObject({ code: 'OUTPUT' })
})

test('a run without results is a page too', async () => {
  expect(await render(options('html'))).toContain('<p>No results: no statement has rows,')
})

test('JSON is laid out with its tokens as they are', () => {
  const json =
    '{"id":9007199254740993,"list":[1.10,"a,b:{}\\"",[],{}],"text":"a long text that does not fit on one line with the rest"}'
  expect(flatJson('{ "a":1,\n"b" : [1,2] }')).toBe('{"a": 1, "b": [1, 2]}')
  expect(readableJson('[1,2]')).toBe('[1, 2]')
  expect(readableJson(json)).toBe(`{
  "id": 9007199254740993,
  "list": [
    1.10,
    "a,b:{}\\"",
    [],
    {}
  ],
  "text": "a long text that does not fit on one line with the rest"
}`)
  for (let seed = 1; seed <= 100; seed += 1) {
    const { columns, rows } = arbitraryResult(random(seed))
    const texts = rows.flatMap(row =>
      row.filter((value, i) => typeof value === 'string' && columns[i]?.type === 'object'),
    ) as string[]
    for (const text of texts) {
      let value: unknown
      try {
        value = JSON.parse(text)
      } catch {
        continue
      }
      expect(JSON.parse(readableJson(text))).toEqual(value)
    }
  }
})
