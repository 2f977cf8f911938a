import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { completeRows, rowsOf } from '../../src/engine/result.ts'
import { cut, visible, widthOf } from '../../src/render/display.ts'
import { createRenderer } from '../../src/render/renderer.ts'
import type { Format, Row } from '../../src/render/types.ts'
import { arbitraryResult, column, options, random, render, type Result } from './support.ts'

const SEEDS = Array.from({ length: 300 }, (_, i) => i + 1)
const segmenter = new Intl.Segmenter()

/** The character at a column of the terminal. */
function at(line: string, position: number): string | undefined {
  let here = 0
  for (const { segment } of segmenter.segment(line)) {
    if (here === position) return segment
    here += stringWidth(segment)
  }
  return undefined
}

test('the width, the escapes and the cut of a text are those of its graphemes', () => {
  const next = random(1)
  const codes = [...Array(0x250).keys(), ...Array.from({ length: 0x70 }, (_, i) => 0x2000 + i), 0x301, 0xfe0f]
  const characters = codes.map(code => String.fromCharCode(code))
  const texts = [
    ...characters.flatMap(c => [c, `a${c}`, `${c}${c}`, `${c}\u0301`, `${c}\ufe0f`, `😀${c}`]),
    ...SEEDS.map(() =>
      Array.from({ length: 12 }, () => characters[Math.floor(next() * characters.length)]).join(''),
    ),
  ]
  const hidden = /(?!\u200c|\u200d)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u
  for (const text of texts) {
    expect(widthOf(text), JSON.stringify(text)).toBe(stringWidth(text))
    expect(visible(text) === text, JSON.stringify(text)).toBe(!hidden.test(text))
    for (const width of [0, 1, 2, 5]) {
      let kept = ''
      let left = width - 1
      for (const { segment } of segmenter.segment(text)) {
        left -= stringWidth(segment)
        if (left < 0) break
        kept += segment
      }
      const whole = stringWidth(text) <= width || text.length <= width / 2
      expect(cut(text, width), JSON.stringify(text)).toBe(whole ? text : `${kept}…`)
    }
  }
})

test('a table is aligned by display width', async () => {
  for (const seed of SEEDS) {
    const lines = (await render(options('table'), arbitraryResult(random(seed)))).split('\n').slice(0, -1)
    const rule = lines[1] ?? ''
    expect(rule).toMatch(/^-+(\+-+)*$/)
    for (const [position, mark] of Array.from(rule).entries()) {
      if (mark !== '+') continue
      for (const [i, line] of lines.entries())
        if (i !== 1) expect(at(line, position), `seed ${seed}: ${line}`).toBe('|')
    }
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(rule.length)
  }
})

test('a table that does not fit is shortened, shown as vertical where that is not enough, or shown whole', async () => {
  const long = 'x'.repeat(40)
  const one = { columns: [column('a', 'string')], rows: [[long]] }
  expect(await render(options('table', { width: 30 }), one)).toContain('…')
  const three = { columns: ['a', 'b', 'c'].map(name => column(name, 'string')), rows: [[long, long, long]] }
  expect(await render(options('table', { width: 30 }), three)).toMatch(/^-\[ 1 \]-/)
  expect(await render(options('table', { width: 30, whole: true }), three)).toBe(
    await render(options('table'), three),
  )
})

test('rows of blocks have a heading, and indented lines that fit the terminal', async () => {
  const columns = [
    { ...column('step', 'integer'), layout: 'heading' as const },
    { ...column('table', 'string'), layout: 'heading' as const },
    column('request', 'string'),
    column('local', 'string'),
  ]
  const result = {
    columns,
    rows: [
      [
        1n,
        'p.s.a',
        `GET /a?first=${'x'.repeat(30)}&second=${'y'.repeat(50)}`,
        "name LIKE 'a%', size > 1, 東京都 = '東京都'",
      ],
      [2n, 'p.s.b', null, null],
    ],
  }
  const shown = await render(options('table', { width: 40 }), result)
  expect(shown.split('\n')).toEqual([
    '  1  p.s.a',
    `     request  GET /a?first=${'x'.repeat(13)}`,
    `              ${'x'.repeat(17)}`,
    `              &second=${'y'.repeat(18)}`,
    `              ${'y'.repeat(26)}`,
    `              ${'y'.repeat(6)}`,
    "     local    name LIKE 'a%', size > 1,",
    "              東京都 = '東京都'",
    '  2  p.s.b',
    '',
  ])
  expect(await render(options('csv'), result)).toContain('step,table,request,local\n1,p.s.a,GET')
})

test('a table fits the terminal or is shown as vertical, and cuts no number', async () => {
  const seen = { whole: 0, cut: 0, vertical: 0 }
  for (const seed of SEEDS) {
    const result = arbitraryResult(random(seed))
    const plain = await render(options('table'), result)
    const shown = await render(options('table', { width: 70 }), result)
    if (shown === plain) seen.whole += 1
    else if (shown.startsWith('-[ 1 ]')) {
      seen.vertical += 1
      expect(shown).toBe(await render(options('vertical'), result))
    } else {
      seen.cut += 1
      for (const line of shown.split('\n'))
        expect(stringWidth(line), `seed ${seed}: ${line}`).toBeLessThanOrEqual(70)
      for (const value of result.rows.flat())
        if (typeof value === 'bigint' && value > 1n) expect(shown).toContain(String(value))
    }
  }
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(5)
})

test('only long texts are cut, as little as necessary', async () => {
  const result: Result = {
    columns: [
      column('id'),
      column('at', 'timestamp'),
      column('n', 'integer'),
      column('text'),
      column('更多'),
    ],
    rows: [
      [
        'lkc-123',
        '2025-11-23T19:00:00.000Z',
        12345678901234567890n,
        '0123456789'.repeat(4),
        '日本語'.repeat(6),
      ],
    ],
  }
  expect((await render(options('table', { width: 112, header: false }), result)).trimEnd()).toBe(
    ` lkc-123 | 2025-11-23T19:00:00.000Z | 12345678901234567890 | 0123456789012345678901… | 日本語日本語日本語日本…`,
  )
  expect(await render(options('table', { width: 80 }), result)).toMatch(/^-\[ 1 \]-/)
})

test('an empty result is its header, or its names on several lines if the terminal is narrow', async () => {
  const columns = [column('a long name of a column'), column('another long name')]
  expect(await render(options('table', { width: 45 }), { columns, rows: [] })).toMatch(
    /^ a long name of a column \| another long name\n-+\+-+\n$/,
  )
  expect(await render(options('table', { width: 44 }), { columns, rows: [] })).toBe(
    ' a long name of a column |\n another long name\n',
  )
})

/** Characters that control a terminal or are invisible. */
const HOSTILE = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u

test.each([
  ['table', {}],
  ['table', { width: 60 }],
  ['vertical', {}],
  ['markdown', {}],
] as const)('%s %j shows what a terminal would obey', async (format, settings) => {
  for (const seed of SEEDS) {
    const { columns, rows } = arbitraryResult(random(seed))
    const text = await render(options(format, settings), { title: 'x\x1b]0;y\x07\u202e', columns, rows })
    expect(text.replaceAll('\n', ''), `seed ${seed}`).not.toMatch(HOSTILE)
  }
})

test.each(['json', 'ndjson'] as const)(
  '%s leaves nothing bare that a terminal would obey',
  async (format: Format) => {
    for (const seed of SEEDS) {
      const text = await render(options(format), arbitraryResult(random(seed)))
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u)
    }
  },
)

test.each(['csv', 'tsv'] as const)('%s is exact in a pipe and harmless on a terminal', async format => {
  const result: Result = { columns: [column('a')], rows: [['\x1b[2J\u202e\x9b1m']] }
  expect(await render(options(format), result)).toContain('\x1b[2J\u202e\x9b1m')
  expect(await render(options(format, { width: 80 }), result)).toContain(String.raw`\x1b[2J\u202e\x9b1m`)
})

test('escapes are readable', async () => {
  const result: Result = { columns: [column('a')], rows: [['\t\r\n\0\x1b\x9f\u202e\ud800\u{e0041}']] }
  expect(await render(options('table', { header: false }), result)).toBe(
    String.raw` \t\r\n\x00\x1b\x9f\u202e\ud800\u{e0041}` + '\n',
  )
})

test('a table is shown after its first rows; rows of later batches widen columns', async () => {
  const written: string[] = []
  const renderer = createRenderer(options('table'), async chunk => {
    written.push(Buffer.from(chunk as Uint8Array).toString())
  })
  const seen: number[] = []
  const rows = rowsOf(async function* () {
    for (let batch = 0; batch < 4; batch++) {
      seen.push(written.join('').split('\n').length - 1)
      yield Array.from({ length: 100 }, (_, i): Row => [batch * 100 + i, batch < 3 ? 'short' : 'much longer'])
    }
  })
  expect(await renderer.result({}, [column('n'), column('text')], rows)).toBe(400)
  expect(seen.slice(0, 3)).toEqual([0, 0, 202])
  const lines = written.join('').split('\n')
  expect([lines[0], lines[1], lines[2], lines[302]]).toEqual([
    '   n | text',
    '-----+-------',
    '   0 | short',
    ' 300 | much longer',
  ])
  expect(lines[1 + 400]).toBe(' 399 | much longer')
})

test('the rows of one batch are measured as a whole', async () => {
  const rows = Array.from({ length: 700 }, (_, i): Row => [i < 699 ? 'short' : 'much longer', 'x'])
  const renderer = createRenderer(options('table'), async chunk => {
    expect(Buffer.from(chunk as Uint8Array).toString()).toMatch(/^ a {10} \| b\n/)
  })
  expect(await renderer.result({}, [column('a'), column('b')], completeRows(rows))).toBe(700)
})

const about = (name: string) => ({ ...column(name, 'string'), layout: 'wrapped' as const })
const narrow = async (result: Result, width: number): Promise<string[]> => {
  const lines = (await render(options('table', { width }), result)).split('\n').slice(0, -1)
  for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(Math.max(width, 40))
  return lines
}

test('a wrapped column goes on below its beginning, and leaves names whole', async () => {
  const rows = [
    ['table', 'p.s.short', 'words '.repeat(8).trim()],
    ['view', `p.s.${'long_'.repeat(7)}name`, 'what it is'],
    ['view', 'p.s.none', null],
  ]
  const result = { columns: [column('kind', 'string'), column('name', 'string'), about('about')], rows }
  expect(await narrow(result, 60)).toEqual([
    ' kind  | name               | about',
    '-------+--------------------+-------------------------------',
    ' table | p.s.short          | words words words words words',
    '       |                    | words words words',
    ' view  | p.s.long_long_long_long_long_long_long_name',
    '       |                    | what it is',
    ' view  | p.s.none           |',
  ])
  for (const width of [80, 120, 200])
    expect((await narrow(result, width)).filter(line => line.includes(String(rows[1]![1])))).toHaveLength(1)
})

test('on a very narrow terminal a wrapped column takes nearly half of it', async () => {
  const result: Result = {
    columns: [column('table', 'string'), column('type', 'string'), about('summary')],
    rows: [['confluent.costs', 'view', 'Costs by day, resource and kind, with the name of the environment']],
  }
  const lines = await narrow(result, 40)
  expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(40)
  expect(lines.filter(line => line.includes('confluent.costs'))).toHaveLength(1)
})

test('wrapped columns that do not fit side by side share one; rows from # on take the whole width', async () => {
  const result = {
    columns: [column('name', 'string'), about('description'), about('values')],
    rows: [
      ['state', 'Whether it runs', 'RUNNING, FAILED, PAUSED, UNASSIGNED'],
      ['id', 'Its id', ''],
      ['# SQL', 'SELECT a', null],
      ['', `       ${'b, '.repeat(20)}c`, null],
    ],
  }
  expect(await narrow(result, 50)).toEqual([
    ' name  | description, values',
    '-------+----------------------------------',
    ' state | Whether it runs',
    '       | values: RUNNING, FAILED, PAUSED,',
    '       | UNASSIGNED',
    ' id    | Its id',
    ' # SQL',
    '   SELECT a',
    '          b, b, b, b, b, b, b, b, b, b, b, b, b,',
    '            b, b, b, b, b, b, b, c',
  ])
})
