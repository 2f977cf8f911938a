import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { catalogOf, loadProviders } from '../../src/catalog/sources/load.ts'
import { acceptanceText, sift } from '../../src/cli/drift/accepted.ts'
import { compare } from '../../src/cli/drift/compare.ts'
import { match, methodsOf } from '../../src/cli/drift/match.ts'
import { readOpenApi } from '../../src/cli/drift/openapi.ts'
import { compiledDir } from '../catalog/compiled.ts'

/** What the registry's own description, which is newer, needs. */
const NEWER = [
  'confluent/schema_registry.yaml: type key, value, findTags, associationType',
  'confluent/schema_registry.yaml: *associations[].schema.*',
]

test('our provider files differ from the descriptions only where they accept it, and accept nothing without need', () => {
  const text = readFileSync(new URL('../sandbox/described.json', import.meta.url), 'utf8')
  const loaded = loadProviders(compiledDir())
  const matched = match(
    methodsOf(catalogOf(loaded)),
    readOpenApi('described.json', JSON.parse(text)).operations,
  )
  const { left, accepted, unused } = sift(
    compare(matched),
    loaded.flatMap(one => one.accepted()),
  )
  expect(left).toEqual([])
  expect(unused.map(acceptanceText)).toEqual(NEWER)
  expect(accepted).toBeGreaterThan(400)
  expect(matched.undescribed).toEqual(['confluent.ccl', 'confluent.notifications', 'confluent.partner'])
})
