import { describe, expect, test } from 'vitest'
import type { Matcher } from '../../src/sandbox/requests/matcher.ts'
import { matched } from '../../src/sandbox/requests/matchers.ts'
import type { JsonObject } from '../../src/sandbox/types.ts'

const ROWS: readonly JsonObject[] = [
  {
    id: 'a1',
    team: 'Orders',
    day: '2026-01-01',
    tags: ['x', 'y'],
    scope: 'org',
    kind: 'LITERAL',
    gone: true,
  },
  { id: 'a2', team: 'orders', day: '2026-01-02', tags: ['y'], scope: 'org/env', kind: 'PREFIXED' },
  {
    id: 'b1',
    team: 'Billing',
    day: '2026-01-03',
    tags: [],
    scope: 'org/env/topic',
    kind: 'LITERAL',
    other: 'B1',
  },
]

/** Ids of the rows that a parameter `p` with these values leaves. */
function left(matcher: Matcher, values: readonly string[], query: Record<string, string> = {}): unknown[] {
  const rows = ROWS.map((doc, index) => ({ seq: index + 1, keys: {}, doc }))
  return matched(matcher, 'p', values, new URLSearchParams(query))(rows).map(({ doc }) => doc.id)
}

const ALL = ['a1', 'a2', 'b1']

describe('a parameter that selects rows', () => {
  test.each<readonly [Matcher, readonly string[], readonly string[]]>([
    [{ match: 'exact', column: 'tags' }, ['y'], ['a1', 'a2']],
    [{ match: 'exact', column: 'id' }, ['a1', 'b1'], ['a1', 'b1']],
    [{ match: 'exact', column: 'id' }, [], ALL],
    [{ match: 'all' }, ['none'], ALL],
    [{ match: 'words', column: 'team', words: { billing: 'Billing' } }, ['billing'], ['b1']],
    [{ match: 'words', column: 'team', words: { billing: 'Billing' } }, ['Billing'], []],
    [{ match: 'from', column: 'day' }, ['2026-01-02'], ['a2', 'b1']],
    [{ match: 'until', column: 'day' }, ['2026-01-02'], ['a1', 'a2']],
    [{ match: 'prefix', column: 'id' }, ['a'], ['a1', 'a2']],
    [{ match: 'within', column: 'team' }, ['ORD'], ['a1', 'a2']],
    [{ match: 'wild', column: 'id' }, ['ANY'], ALL],
    [{ match: 'wild', column: 'id' }, ['a2'], ['a2']],
    [{ match: 'latest', column: 'id' }, ['latest'], ALL],
    [{ match: 'latest', column: 'id' }, ['-1'], ALL],
    [{ match: 'latest', column: 'id' }, ['b1'], ['b1']],
    [{ match: 'scope', column: 'scope' }, ['org'], ['a1']],
    [{ match: 'scope', column: 'scope' }, ['org/env/*'], ['a2', 'b1']],
    [{ match: 'marked', column: 'gone' }, ['false'], ['a2', 'b1']],
    [{ match: 'marked', column: 'gone' }, ['TRUE'], ALL],
    [{ match: 'only', column: 'gone' }, ['true'], ['a1']],
    [{ match: 'only', column: 'gone' }, [], ALL],
    [{ match: 'newest', column: 'scope' }, ['true'], ALL],
    [{ match: 'newest', column: 'kind' }, ['true'], ['a2', 'b1']],
    [{ match: 'form', column: 'id', other: 'other', every: '*' }, ['*'], ['a1', 'a2', 'B1']],
    [{ match: 'form', column: 'id', other: 'other', every: '*' }, ['a1'], ['a1']],
  ])('%j by %j leaves %j', (matcher, values, expected) => {
    expect(left(matcher, values)).toEqual(expected)
  })

  test('may depend on another parameter', () => {
    const marked: Matcher = { match: 'marked', column: 'gone', unless: 'all' }
    expect([left(marked, []), left(marked, [], { all: 'true' })]).toEqual([['a2', 'b1'], ALL])
    const scope: Matcher = { match: 'ancestors', column: 'scope', with: 'parents' }
    expect(left(scope, ['org/env'])).toEqual(['a2'])
    expect(left(scope, ['org/env'], { parents: 'true' })).toEqual(['a1', 'a2'])
  })

  test('matches names by the pattern of each row', () => {
    const pattern: Matcher = { match: 'pattern', column: 'kind', name: 'id' }
    expect(left(pattern, ['LITERAL'])).toEqual(['a1', 'b1'])
    expect(left(pattern, ['MATCH'], { id: 'a23', kind: 'MATCH' })).toEqual(['a2'])
    expect(left(pattern, ['MATCH'])).toEqual(ALL)
  })
})

test('a member that is shown on demand is otherwise left out', () => {
  const rows = ROWS.map((doc, index) => ({ seq: index, keys: {}, doc }))
  const shown = (values: readonly string[]): unknown[] =>
    matched(
      { match: 'showing', shows: 'tags' },
      'p',
      values,
      new URLSearchParams(),
    )(rows).map(({ doc }) => doc.tags)
  expect(shown([])).toEqual([undefined, undefined, undefined])
  expect(shown(['true'])).toEqual(ROWS.map(({ tags }) => tags))
})
