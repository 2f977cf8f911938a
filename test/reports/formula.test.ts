import { expect, test } from 'vitest'
import { shielded, unshielded } from '../../src/render/formula.ts'
import { column, options, render } from '../render/support.ts'

test.each([
  '=1+1',
  '+cmd',
  '-2+3',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  '\n=1',
  '+49 30 123',
  '-',
  '--',
  '-x',
  "'=1",
  "''-a",
  '\uff1d1',
  '=',
  '-1.2.3',
  '-1e',
  "'",
])('%j comes back', text => {
  expect(unshielded(shielded(text))).toBe(text)
})

test.each(['=1+1', '+cmd|x', '-2+3', '@SUM(A1)', '\t=1', '\r=1', '+49 30 123', '-a', "'=1"])(
  '%j is shielded',
  text => {
    expect(shielded(text)).toBe(`'${text}`)
  },
)

test.each(['-5', '+5', '-0.5', '+4930123', '-1e-9', '-', '---', 'a=b', '1-2', "it's", "'quoted'", ' x', ''])(
  '%j stays as it is',
  text => {
    expect(shielded(text)).toBe(text)
  },
)

test('csv shields texts and names, never numbers; tsv and json stay exact', async () => {
  const result = {
    columns: [column('=n', 'integer'), column('s', 'string')],
    rows: [
      [-5, '-5'],
      [-5n, '-a'],
      [null, '=HYPERLINK("x")'],
    ],
  }
  expect(await render(options('csv'), result)).toBe(`'=n,s\n-5,-5\n-5,'-a\n,"'=HYPERLINK(""x"")"\n`)
  expect(await render(options('tsv'), result)).toBe('=n\ts\n-5\t-5\n-5\t-a\n\\N\t=HYPERLINK("x")\n')
  expect(JSON.parse(await render(options('json'), result))).toEqual([
    { '=n': -5, s: '-5' },
    { '=n': -5, s: '-a' },
    { '=n': null, s: '=HYPERLINK("x")' },
  ])
})
