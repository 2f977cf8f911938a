import { expect, test } from 'vitest'
import { withFormats } from '../../src/render/column-format.ts'
import type { Row } from '../../src/render/types.ts'
import { column, options, render } from './support.ts'

const money = { kind: 'money', currency: 'USD' } as const
const columns = withFormats(
  [
    column('id'),
    column('cost'),
    column('n', 'integer'),
    column('ok', 'boolean'),
    column('mixed'),
    column('none'),
  ],
  [
    { name: 'cost', format: money, total: true },
    ...['n', 'ok', 'mixed', 'none'].map(name => ({ name, format: undefined, total: true })),
  ],
)
const rows: Row[] = [
  ['a', 0.1, 9007199254740993n, 1, 1, null],
  ['b', 0.2, 1, 0, 'x', null],
  ['c', null, null, 1, 2, null],
  ['d', -1234.5, 1, null, null, null],
]

test('the total of a table is exact, without NULL, and only of columns of numbers', async () => {
  expect(await render(options('table'), { columns, rows })).toBe(`\
 id    |       cost |                n | ok    | mixed | none
-------+------------+------------------+-------+-------+------
 a     |      $0.10 | 9007199254740993 | true  | 1     | NULL
 b     |      $0.20 |                1 | false | x     | NULL
 c     |       NULL |             NULL | true  | 2     | NULL
 d     | -$1,234.50 |                1 | NULL  | NULL  | NULL
-------+------------+------------------+-------+-------+------
 Total | -$1,234.20 | 9007199254740995 |       |       | 
`)
  const plain = withFormats([column('x')], [{ name: 'x', format: undefined, total: true }])
  expect(await render(options('table'), { columns: plain, rows: [[0.1], [0.2], [1e-7]] })).toMatch(
    /\n 0\.3000001\n$/,
  )
  expect(await render(options('table'), { columns: plain, rows: [] })).toBe(' x\n---\n')
})

test('a total with more digits than a double has keeps them in every format, and columns are as wide as their totals', async () => {
  const formats = [
    money,
    { kind: 'thousands' },
    { kind: 'decimals', decimals: 1 },
    { kind: 'percent' },
  ] as const
  const wide = withFormats(
    formats.map(({ kind }) => column(kind)),
    formats.map(format => ({ name: format.kind, format, total: true })),
  )
  const values = [9223372036854775807n, 9223372036854775807n, 0.25, 0.01]
  const lines = (
    await render(options('table'), { columns: wide, rows: values.map(v => [v, v, v, v]) })
  ).split('\n')
  expect(lines.at(-2)).toBe(
    ' $18,446,744,073,709,551,614.26 | 18,446,744,073,709,551,614.26 | 18446744073709551614.3 | 1,844,674,407,370,955,161,426.0%',
  )
  const bars = (line: string): number[] => [...line.matchAll(/[|+]/g)].map(({ index }) => index)
  expect(new Set(lines.slice(0, -1).map(line => String(bars(line)))).size).toBe(1)
})

test('people are shown fractions without the noise of doubles and their totals add up; programs get every digit', async () => {
  const noisy = withFormats(
    [column('day'), column('x', 'number')],
    [{ name: 'x', format: undefined, total: true }],
  )
  const values = [0.1 + 0.2, 1.1 * 3, 1 / 3, 2 ** 53 + 2, 1234567890123456, 9007199254740993n, 1.5e-9 * 3]
  const result = { columns: noisy, rows: values.map(value => ['a', value]) }
  const shown = [
    '0.3',
    '3.3',
    '0.333333333333333',
    '9007199254740994',
    '1234567890123456',
    '9007199254740993',
    '4.5e-9',
  ]
  const text = await render(options('table'), result)
  expect(
    text
      .split('\n')
      .slice(2, 9)
      .map(line => line.split('|')[1]!.trim()),
  ).toEqual(shown)
  expect(text).toMatch(/ Total \| 19248966399605446\.9333333378333\d*\n$/)
  const html = await render(options('html', { document: { at: new Date(0) } }), result)
  for (const one of shown) expect(html).toContain(`>${one}</td>`)
  expect(html).toContain('<td class="num" title="0.30000000000000004">0.3</td>')
  expect(await render(options('vertical'), result)).toContain('x   | 0.3\n')
  expect(await render(options('markdown'), result)).toContain('| a | 0.3 |')
  for (const format of ['csv', 'tsv', 'json', 'ndjson', 'text'] as const)
    expect(await render(options(format), result)).toContain('0.30000000000000004')
})

test('people are shown a computed fraction without its last digits only if these are noise, and a given one with all', async () => {
  const shown: readonly (readonly [number, string])[] = [
    [0.03070000000000012, '0.0307'],
    [-88.79999999999973, '-88.8'],
    [2752.7999999999997, '2752.8'],
    [2 / 3, '0.666666666666667'],
    [1234567890.12 / 7, '176366841.445714'],
    [9876543.210123, '9876543.210123'],
    [88.7999999999997, '88.7999999999997'],
    [123456789.000001, '123456789.000001'],
    [0.1 + 0.2 - 0.3, '5.55111512312578e-17'],
  ]
  const result = { columns: [column('x', 'number')], rows: shown.map(([value]) => [value]) }
  const lines = (await render(options('table'), result)).split('\n').slice(2, -1)
  expect(lines.map(line => line.trim())).toEqual(shown.map(([, text]) => text))
  for (const format of ['csv', 'json'] as const) {
    const text = await render(options(format), result)
    for (const [value] of shown) expect(text).toContain(String(value))
  }
})

test('totals are a last record where rows are records, and a last row in markdown', async () => {
  const record = `-[ Total ]------------------------------
cost  | -$1,234.20
n     | 9007199254740995
`
  const vertical = await render(options('vertical'), { columns, rows })
  expect(vertical.endsWith(`none  | NULL\n${record}`)).toBe(true)
  const narrow = await render(options('table', { width: 30 }), { columns, rows })
  expect(narrow.endsWith(`none  | NULL\n${record}`)).toBe(true)
  const markdown = await render(options('markdown'), { columns, rows })
  expect(markdown.endsWith('| **Total** | **-\\$1,234.20** | **9007199254740995** |  |  |  |\n')).toBe(true)
  for (const format of ['vertical', 'markdown'] as const) {
    expect(await render(options(format), { columns, rows: [] })).not.toContain('Total')
    const plain = columns.map(({ name, type }) => ({ name, type }))
    expect(await render(options(format), { columns: plain, rows })).not.toContain('Total')
  }
})

test('the total of an html table is its foot; formats for programs have none', async () => {
  const html = await render(options('html', { document: { at: new Date(0) } }), { columns, rows })
  expect(html).toContain(
    '<tfoot><tr><td>Total</td><td class="num">-$1,234.20</td><td class="num">9007199254740995</td><td></td><td></td><td></td></tr></tfoot>',
  )
  for (const format of ['csv', 'tsv', 'json', 'ndjson', 'text'] as const)
    expect(await render(options(format), { columns, rows })).not.toContain('9007199254740995')
})
