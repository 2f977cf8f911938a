import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { leadingText } from '../../src/engine/pages/leading-text.ts'
import { Random } from '../fuzz/random.ts'

const db = new Database(':memory:')
const select = db.prepare('SELECT json_type(@text, @path) AS type, @text ->> @path AS value')
const bySqlite = (text: string, path: string): { type: string | null; value: unknown } =>
  select.get({ text, path }) as { type: string | null; value: unknown }

test.each([
  [
    '{"kind":"List","metadata":{"next":"https://h/x?a=1\\u0026page_token=t"},"data":[]}',
    'https://h/x?a=1&page_token=t',
  ],
  ['\n{ "api_version" : "v2" ,\n "metadata" : { "total_size" : 3 , "next" : "" } }', ''],
  ['{"metadata":{"first":"a","next":null},"data":[{"metadata":{"next":"no"}}]}', null],
  ['{"metadata":{},"data":[{"next":"no"}]}', null],
  ['{"metadata":{"next":"one","next":"two"},"metadata":{"next":"three"}}', 'one'],
  ['{"data":[{"metadata":{"next":"no"}}],"metadata":{"next":"yes"}}', undefined],
  ['{"errors":{"metadata":{"next":"no"}},"metadata":{"next":"yes"}}', undefined],
  ['{"metadata":{"next":7}}', undefined],
  ['{"metadata":{"next":{"token":"t"}}}', undefined],
  ['{"metadata":{"next":"half of a pair \\ud800"}}', undefined],
  ['{"meta\\u0064ata":{"next":"yes"},"metadata":{"next":"no"}}', undefined],
  ['{"metadata":{"pages":[1,{"next":"no"}],"next":"yes"}}', undefined],
  [`{"note":"${'x'.repeat(5000)}","metadata":{"next":"yes"}}`, undefined],
  ['["metadata"]', undefined],
  ['', undefined],
])('of %s', (text, next) => {
  expect(leadingText(text, '$.metadata.next')).toBe(next)
})

test('what is found is what SQLite finds', () => {
  const random = new Random(5)
  const space = (): string => random.pick(['', '', ' ', '\n  '])
  const scalar = (): string =>
    random.pick([
      '"a"',
      '""',
      'null',
      'true',
      '-1.5e3',
      '0',
      '"a\\"b"',
      '"\\u0041\\/"',
      '"é"',
      '"{\\"next\\":1}"',
      '"],"',
    ])
  const member = (depth: number): string =>
    `${space()}"${random.pick(['next', 'metadata', 'kind', 'ne\\u0078t', 'x'])}"${space()}:${space()}${value(depth)}${space()}`
  const value = (depth: number): string => {
    if (depth === 0 || random.chance(0.4)) return scalar()
    const items = Array.from({ length: random.int(0, 4) }, () =>
      random.chance(0.8) ? member(depth - 1) : undefined,
    )
    return random.chance(0.8)
      ? `{${items.filter(item => item !== undefined).join(',')}}`
      : `[${items.map(() => value(depth - 1)).join(',')}]`
  }
  let [found, absent] = [0, 0]
  for (let i = 0; i < 20_000; i++) {
    const text = value(3)
    for (const path of ['$.metadata.next', '$.next', '$.metadata.kind.next']) {
      const ours = leadingText(text, path)
      if (ours === undefined) continue
      const theirs = bySqlite(text, path)
      expect(theirs.value, `${path} of ${text}`).toBe(ours)
      if (ours === null) absent++
      else found++
      if (ours !== null) expect(theirs.type, text).toBe('text')
    }
  }
  expect(found).toBeGreaterThan(200)
  expect(absent).toBeGreaterThan(200)
})
