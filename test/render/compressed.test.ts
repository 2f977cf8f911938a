import { expect, test } from 'vitest'
import type { Value } from '../../src/catalog/types.ts'
import { compressed, textsOf, valuesOf } from '../../src/render/compressed.ts'
import { arbitraryText, random } from './support.ts'

test.each<[string, Value[]]>([
  ['none', []],
  ['NULL and the empty text', [null, '', null, '']],
  ['numbers', [0, -0, 0.1, 1e21, -5e-324, Number.MAX_VALUE, Infinity, -Infinity, Number.NaN]],
  ['integers of 64 bits', [0n, 2n ** 63n - 1n, -(2n ** 63n), 9_007_199_254_740_993n]],
  ['bytes', [new Uint8Array(), Uint8Array.from({ length: 256 }, (_, i) => i)]],
  ['texts that are not ASCII', ['é', '😀', '\u{10FFFF}', '\uD800', 'a\0b', 'ASCII']],
  ['all of them', [null, 'é', -0, 2n ** 62n, Uint8Array.of(0xe9, 0xff), '', 1.5, '12']],
  ['many', Array.from({ length: 3000 }, (_, i) => (i % 3 === 0 ? null : i % 2 === 0 ? i : `text ${i}`))],
])('values are what they were: %s', (_, values) => {
  const back = valuesOf(compressed(values))
  expect(back).toHaveLength(values.length)
  for (const [i, value] of values.entries()) {
    const same = back[i]
    if (value instanceof Uint8Array) expect(Uint8Array.from(same as Uint8Array)).toEqual(value)
    else expect(Object.is(same, value)).toBe(true)
  }
})

test('texts are read in UTF-8', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const next = random(seed)
    const texts = Array.from({ length: 20 }, (_, i) => (i % 7 === 0 ? null : arbitraryText(next)))
    const back = textsOf(compressed(texts))
    expect(back.map(text => text && Buffer.from(text).toString())).toEqual(texts)
  }
})
