import { stripVTControlCharacters as stripped } from 'node:util'
import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import type { ResultColumn, Row } from '../../src/render/types.ts'
import { createRenderer } from '../../src/render/renderer.ts'
import { column, iterate, options, render } from '../render/support.ts'

const NAMES = [column('name', 'string'), column('n', 'integer')]
const PAIRS = [column('name', 'string'), column('up'), column('down')]
const DAYS = [column('at', 'timestamp'), column('n')]
const lines = async (columns: ResultColumn[], rows: Row[], more: object = {}): Promise<string[]> =>
  (await render(options('chart', { width: 40, ...more }), { columns, rows })).split('\n').slice(0, -1)

const KEYS: Row[] = [
  ['a', 8],
  ['bb', 4n],
  ['日本', 1],
  [null, 0],
  ['e', null],
]

test('bars of labels and numbers', async () => {
  expect(await lines(NAMES, KEYS)).toEqual([
    'a    ██████████████████████████████ 8',
    'bb   ███████████████ 4',
    '日本 ███▊ 1',
    'NULL  0',
    'e     NULL',
  ])
  expect(await lines(NAMES, KEYS, { ascii: true })).toEqual([
    `a    ${'#'.repeat(30)} 8`,
    'bb   ############### 4',
    '日本 #### 1',
    'NULL  0',
    'e     NULL',
  ])
})

test('several columns are grouped on one scale; what is below zero goes left', async () => {
  expect(
    await lines(PAIRS, [
      ['a', 10, -5],
      ['b', 5.5, null],
      ['c', 0.01, -0.01],
    ]),
  ).toEqual([
    'a up            █████████████████▍ 10',
    '  down ▐████████ -5',
    'b up            █████████▌ 5.5',
    '  down           NULL',
    'c up            ▏ 0.01',
    '  down         ▐ -0.01',
  ])
})

const WEEK: Row[] = [
  ['2026-01-03', 9],
  ['2026-01-01', 0],
  ['2026-01-02', 5],
  ['2026-01-05', 0],
]

test('times and numbers are a line, in the order of time', async () => {
  expect(await lines(DAYS, WEEK)).toEqual([
    'n',
    '9 ┤                ⢀⠔⠊⠢⣀',
    '  ┤             ⢀⡠⠊⠁    ⠑⢄',
    '  ┤           ⡠⠔⠁         ⠑⠢⡀',
    '5 ┤        ⢀⠔⠊              ⠈⠢⡀',
    '  ┤      ⢀⠔⠁                  ⠈⠑⢄',
    '  ┤    ⣀⠔⠁                       ⠑⠤⡀',
    '  ┤  ⡠⠊                            ⠈⠢⡀',
    '0 ┤⡠⠊                                ⠈⠑⢄',
    '   2026-01-01   2026-01-03    2026-01-05',
  ])
})

test('a line in ASCII, broken at NULL; one drawing for each column', async () => {
  const ascii = await lines(DAYS, [...WEEK.slice(0, 3), ['2026-01-04', null], ['2026-01-05', 0]], {
    ascii: true,
  })
  expect(ascii[1]).toBe('9 |                 **')
  expect(ascii[8]).toBe(`0 |**${' '.repeat(34)}*`)
  expect(
    await lines(
      [...DAYS, column('m', 'integer')],
      WEEK.map(row => [...row, 1]),
    ),
  ).toHaveLength(21)
})

test('fewer than three times, or one time twice, are bars', async () => {
  expect(await lines(DAYS, WEEK.slice(0, 2))).toHaveLength(2)
  expect(await lines(DAYS, [...WEEK, ['2026-01-01', 3]])).toHaveLength(5)
})

test('of nothing but numbers, the first column names the rows', async () => {
  expect(
    await lines(
      [column('partition', 'integer'), column('lag', 'integer')],
      [
        [0, 9],
        [1, 3],
      ],
    ),
  ).toEqual([`0 ${'█'.repeat(36)} 9`, `1 ${'█'.repeat(12)} 3`])
})

test('a title, several results, none, colours, escapes', async () => {
  const settings = options('chart', { color: true })
  const text = await render(
    settings,
    { title: 'T', columns: NAMES, rows: [['\x1b[2Ja', 1]] },
    { columns: NAMES, rows: [] },
  )
  expect(text).toBe(`T\n\\x1b[2Ja \x1b[36m${'█'.repeat(69)}\x1b[39m 1\n\n(no rows)\n`)
})

test('no line is wider than the terminal', async () => {
  for (const width of [30, 41, 80, 200]) {
    const long = [
      [
        'a label that is much longer than the terminal is wide, 日本日本日本日本日本日本',
        -12345.678,
        99999999999n,
      ],
      ['b', 1, 2],
    ] as Row[]
    const times = Array.from(
      { length: 50 },
      (_, i) => [`2026-01-01T00:00:${String(i).padStart(2, '0')}Z`, Math.sin(i) * 1e6, i] as Row,
    )
    const all = [
      ...(await lines(PAIRS, long, { width })),
      ...(await lines([column('at'), column('x'), column('y')], times, { width, color: true })),
    ]
    for (const line of all) expect(stringWidth(stripped(line)), line).toBeLessThanOrEqual(width)
  }
})

test.each<[string, ResultColumn[], Row]>([
  ['texts alone', [column('a'), column('b')], ['x', 'y']],
  ['several texts', [column('a'), column('b'), column('c'), column('n')], ['x', 'y', 'z', 1]],
  ['a text', [column('a')], ['x']],
  ['a number beside text', [column('a', 'string'), column('n', 'boolean')], ['x', 1]],
])('%s are no chart, and the error says what is', async (_, columns, row) => {
  await expect(lines(columns, [row])).rejects.toMatchObject({
    code: 'OUTPUT',
    message: expect.stringContaining('a chart needs one column of labels or times'),
    hint: expect.stringContaining('-o table'),
  })
})

test('one row of numbers has a bar for each column', async () => {
  expect(await lines([column('n', 'integer')], [[7]])).toEqual([`n ${'█'.repeat(36)} 7`])
  expect(await lines([column('n', 'integer'), column('none', 'integer')], [[7n, null]])).toEqual([
    `n    ${'█'.repeat(30)} 7`,
    'none  NULL',
  ])
})

test('the scale of lines has round numbers between its ends', async () => {
  const scale = async (values: readonly number[], more: object = {}, shown = DAYS): Promise<string[]> => {
    const rows = values.map((value, i): Row => [`2026-01-0${i + 1}`, value])
    const drawn = await lines(shown, rows, { width: 60, ...more })
    return drawn.flatMap(line => /^ *(\S.*?) ?[┤|]/.exec(line)?.[1] ?? [])
  }
  expect(await scale([0, 70, 100])).toEqual(['100', '50', '0'])
  expect(await scale([0, 70, 100], { height: 44 })).toEqual(['100', '80', '60', '40', '20', '0'])
  expect(await scale([0, 70, 100], { ascii: true })).toEqual(['100', '50', '0'])
  expect(await scale([-811, 0, 30])).toEqual(['30', '-500', '-811'])
  const bytes = [DAYS[0]!, { ...DAYS[1]!, display: { number: { kind: 'bytes' } } }] as ResultColumn[]
  expect(await scale([0, 2e9, 11e9], {}, bytes)).toEqual(['10.2 GiB', '5.0 GiB', '0 B'])
  expect(await scale([2 ** 53, 2 ** 53 + 2, 2 ** 53 + 2])).toEqual(['9007199254740994', '9007199254740992'])
})

test('when rows fail, what came is drawn and the failure told', async () => {
  let text = ''
  const renderer = createRenderer(options('chart'), async chunk => void (text += chunk))
  await expect(renderer.result({}, NAMES, iterate([['a', 1]], new Error('broken')))).rejects.toThrow('broken')
  expect(text).toMatch(/^a █+ 1\n$/)
})

test('the ends of a scale have as many digits as it takes to tell them apart', async () => {
  const near: Row[] = [
    ['2026-01-01', 1_000_000_000_000],
    ['2026-01-02', 1_000_000_000_001],
    ['2026-01-03', 1_000_000_000_002],
  ]
  const drawn = await lines(DAYS, near)
  const axis = drawn.filter(line => line.includes('┤'))
  expect([axis[0], axis[7]].map(line => line?.split(' ')[0])).toEqual(['1000000000002', '1000000000000'])
  const html = await render(options('html'), { columns: DAYS, rows: near })
  expect(html).toContain('<div class="scale"><span>1000000000002</span><span>1000000000000</span></div>')
})

const LONG_FORM = [column('at', 'timestamp'), column('topic', 'string'), column('bytes', 'integer')]
const hour = (h: number): string => `2026-01-01T0${h}:00:00Z`

test('a time, a text and a number are a line for each text, on one scale, with more than two labels of time', async () => {
  const rows: Row[] = [0, 1, 2, 3, 4].flatMap(h => [
    [hour(h), 'orders', 100 + h],
    ...(h === 2 ? [] : [[hour(h), 'pay\x1b', 60] as Row]),
  ])
  const drawn = await lines(LONG_FORM, rows, { width: 70 })
  expect(drawn.slice(0, 2)).toEqual([
    'bytes by at and topic (the axis begins at 60, not at 0)',
    String.raw`a orders  b pay\x1b`,
  ])
  expect(drawn[2]).toMatch(/^104 ┤ +a+$/)
  expect(drawn[9]).toMatch(/^ 60 ┤b+ +b+$/)
  expect(drawn[10]).toMatch(/^ +2026-01-01 +01-01 02:00 +01-01 04:00$/)
  expect(stripped((await lines(LONG_FORM, rows, { width: 70, color: true }))[1]!)).toBe(
    String.raw`█ orders  █ pay\x1b`,
  )
  const html = await render(options('html'), { columns: LONG_FORM, rows })
  expect(html.match(/<path class="path s\d"/g)).toHaveLength(2)
  expect(html).toContain('<p class="base">(the axis begins at 60, not at 0)</p>')
  expect(html.match(/<text x="[\d.]+%"/g)!.length).toBeGreaterThan(2)
})

test('two texts and a number are stacked bars; the smallest of many parts are one, and none is lost', async () => {
  const labels = [column('env', 'string'), column('topic', 'string'), column('n', 'integer')]
  const rows: Row[] = ['x', 'y'].flatMap(env => [9, 8, 7, 6, 5, 4, 1].map((n, i): Row => [env, `t${i}`, n]))
  const drawn = await lines(labels, [...rows, ['z', 't0', 20]], { width: 48 })
  expect(drawn[1]).toBe('a t0  b t1  c t2  d t3  e t4  f 2 others')
  expect(drawn.slice(2)).toEqual([
    expect.stringMatching(/^x a+b+c+d+e+f+ 40$/),
    expect.stringMatching(/^y a+b+c+d+e+f+ 40$/),
    expect.stringMatching(/^z a{21,22} 20$/),
  ])
  const html = await render(options('html'), { columns: labels, rows })
  expect(html.match(/<rect class="bar s\d" x=/g)).toHaveLength(12)
  // negative numbers cannot be stacked: side by side
  expect(
    (
      await lines(labels, [
        ['x', 'a', 1],
        ['x', 'b', -1],
      ])
    ).slice(1),
  ).toHaveLength(2)
  // a part with two numbers is none
  await expect(
    lines(labels, [
      ['x', 'a', 1],
      ['x', 'a', 2],
    ]),
  ).rejects.toThrow('a chart needs')
})

test('the sum of a stack has all digits of integers and no noise of fractions, and NULL is no text', async () => {
  const labels = [column('env', 'string'), column('topic', 'string'), column('n', 'any')]
  const rows: Row[] = [
    ['x', 'a', 9007199254740993n],
    ['x', 'b', 2],
    ['y', 'a', 0.1],
    ['y', 'b', 0.1 + 0.2],
    [null, 'a', 1],
    ['NULL', 'b', 3],
    ['z', 'a', null],
  ]
  const sums = (await lines(labels, rows)).slice(2).map(line => line.replace(/ .* /, ' '))
  expect(sums).toEqual(['x 9007199254740995', 'y 0.4', 'NULL 1', 'NULL 3', 'z NULL'])
})
