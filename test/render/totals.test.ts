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

test('the total of an html table is its foot; other formats have none', async () => {
  const html = await render(options('html', { document: { at: new Date(0) } }), { columns, rows })
  expect(html).toContain(
    '<tfoot><tr><td>Total</td><td class="num">-$1,234.20</td><td class="num">9007199254740995</td><td></td><td></td><td></td></tr></tfoot>',
  )
  for (const format of ['csv', 'json', 'vertical', 'markdown'] as const)
    expect(await render(options(format), { columns, rows })).not.toContain('9007199254740995')
})
