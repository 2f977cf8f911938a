import { expect, test } from 'vitest'
import { type PathStep, pathSteps } from '../../src/catalog/json-path.ts'
import type { RowsAt } from '../../src/catalog/types.ts'
import { Elements, typeName } from '../../src/engine/pages/jsonb.ts'
import { RowPlaces } from '../../src/engine/pages/row-places.ts'
import { rowsFrom } from '../../src/engine/pages/rows-sql.ts'
import { Store } from '../../src/engine/store/store.ts'
import { pick, random } from '../render/support.ts'

const PLACES: readonly RowsAt[] = [
  { at: '$', kind: 'array' },
  { at: '$', kind: 'map' },
  { at: '$.a', kind: 'array' },
  { at: '$.a', kind: 'map' },
  { at: '$.a.b', kind: 'one' },
  { at: '$."é".b', kind: 'array' },
  { at: '$.a[*].b', kind: 'array' },
  { at: '$.a[*].b', kind: 'map' },
  { at: '$.a[*].b', kind: 'one' },
  { at: '$[*].a[*].b', kind: 'array' },
]

const some = (next: () => number): number[] => Array.from({ length: Math.floor(next() * 4) })
const nameOf = (next: () => number, text: string): string =>
  next() < 0.8 ? JSON.stringify(text) : `"\\u${text.charCodeAt(0).toString(16).padStart(4, '0')}"`

/** Any JSON text. */
function json(next: () => number, depth = 3): string {
  const text = (): string => pick(next, ['""', '"a"', '"\\n"', `"${'long '.repeat(60)}"`])
  const member = (): string => `${nameOf(next, pick(next, ['a', 'b', 'é']))}: ${json(next, depth - 1)}`
  const kinds = [
    text,
    () => pick(next, ['1', '-2.5e3', 'true', 'false', 'null']),
    () =>
      `[${some(next)
        .map(() => json(next, depth - 1))
        .join(', ')}]`,
    () => `{${some(next).map(member).join(',')}}`,
  ]
  return pick(next, depth > 0 ? kinds : kinds.slice(0, 2))()
}

/** JSON text that mostly has something at a path: members at times come twice, and have escapes in their names. */
function jsonAt(next: () => number, [step, ...more]: readonly PathStep[]): string {
  if (step === undefined || next() < 0.1) return json(next)
  const inner = (): string => jsonAt(next, more)
  if (step === 'all' && next() < 0.7) return `[${some(next).map(inner).join(',')}]`
  const name = (): string => (step === 'all' ? pick(next, ['"a"', '"z"']) : nameOf(next, step.name))
  const others = some(next).map(() => `"${pick(next, ['x', 'ab'])}":${json(next)}`)
  return `{${[...others, ...some(next).map(() => `${name()} : ${inner()}`)].join(',')}}`
}

test.each(PLACES)('the rows at $at, kind $kind, are those of the SQL that loads them', rows => {
  const store = new Store()
  const places = new RowPlaces(rows)
  const types = store.db.prepare(`SELECT r.type FROM ${rowsFrom(rows)}`).pluck()
  let found = 0
  for (let seed = 0; seed < 800; seed++) {
    const text = jsonAt(random(seed), pathSteps(rows.at))
    const page = store.db.prepare('SELECT jsonb(?)').pluck().get(text) as Buffer
    const elements = new Elements(page)
    const seen: string[] = []
    const kind = places.container(elements)
    places.some(elements, at => {
      elements.read(at)
      seen.push(typeName(elements.kind))
      return false
    })
    // what is no container of rows is an error, or has none if it is null
    const isContainer =
      rows.kind === 'one' || rows.at.includes('[*]')
        ? kind !== undefined
        : kind !== undefined && typeName(kind) === (rows.kind === 'map' ? 'object' : 'array')
    const expected = isContainer ? (types.all({ page }) as (string | null)[]).filter(t => t !== null) : []
    expect(seen, text).toEqual(expected)
    found += seen.length
  }
  expect(found).toBeGreaterThan(100)
  store.close()
})
