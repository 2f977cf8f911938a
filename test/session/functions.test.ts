import { describe, expect, it } from 'vitest'
import { Random } from '../fuzz/random.ts'
import { harness, rowsOf } from './support.ts'

const U = 'confluent.iam.users'
const { open, requestsOf } = harness()

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

async function valueOf(expression: string): Promise<unknown> {
  const [row] = await rowsOf(open(), `SELECT ${expression}`)
  return row![0]
}

describe('functions for texts', () => {
  it.each<readonly [expression: string, value: unknown]>([
    ["split_part('a/b/c', '/', 1)", 'a'],
    ["split_part('a/b/c', '/', -1)", 'c'],
    ["split_part('a/b/c', '/', -3)", 'a'],
    ["split_part('a/b/c', '/', 4)", ''],
    ["split_part('a/b/c', '/', -4)", ''],
    ["split_part('a~@~b', '~@~', 2)", 'b'],
    ["split_part('abc', '', 1)", 'abc'],
    ["split_part('abc', '', 2)", ''],
    ["split_part(17.5, '.', 2)", '5'],
    ["split_part(NULL, '/', 1)", null],
    ["split_part('a', NULL, 1)", null],
    ["'lkc-12' REGEXP '^lkc-\\d+$'", 1],
    ["'lkc-x' REGEXP '^lkc-\\d+$'", 0],
    ["'lkc-x' NOT REGEXP '^lkc-\\d+$'", 1],
    ["NULL REGEXP 'a'", null],
    ["'a' REGEXP NULL", null],
    ["regexp('b', 'abc')", 1],
    ["regexp_like('abc', 'b')", 1],
    ["regexp_like('ABC', 'b')", 0],
    ["regexp_like('ABC', '(?i)b')", 1],
    ["regexp_like('a' || char(10) || 'b', '(?s)a.b')", 1],
    ["regexp_like('é', '^.$')", 1],
    ["regexp_like('😀', '^.$')", 1],
    ["regexp_like('é', '^[[:alpha:]]$')", 1],
    ["regexp_like('https://x', 'https\\:\\/\\/')", 1],
    ["regexp_like('{a}]', '{a}]')", 1],
    ["regexp_like('a]', '^a[]]$')", 1],
    ["regexp_like('abab', '^(?P<x>ab)(?P=x)$')", 1],
    ["regexp_like('ab' || char(10), 'b\\z')", 0],
    ["regexp_like('a' || char(10) || 'b', '(?m)^b')", 1],
    ["regexp_like('a' || char(10) || 'b', '(?m)\\Ab')", 0],
    ["regexp_substr('x 42 y 43', '[0-9]+')", '42'],
    ["regexp_substr('x', '[0-9]+')", null],
    ["typeof(regexp_like('a', 'a'))", 'integer'],
    ["regexp_replace('a-b-c', '-', '+')", 'a+b+c'],
    ["regexp_replace('2026-03-15', '(\\d+)-(\\d+)-(?<day>\\d+)', '${day}/$2/$1')", '15/03/2026'],
    ["regexp_replace('a', '(a)|(b)', '[$1$2]')", '[a]'],
    ["regexp_replace('5', '\\d', '$$5')", '$5'],
    ["regexp_replace('abc', 'x', 'y')", 'abc'],
    ["regexp_replace('abc', 'b', NULL)", null],
    [`json_equal('{"a":1,"b":[1,2.0]}', '{ "b": [1, 2], "a": 1e0 }')`, 1],
    ["json_equal('[1,2]', '[2,1]')", 0],
    [`json_equal('{"a":1}', '{"a":1,"b":null}')`, 0],
    [`json_equal('{"a":null}', '{"b":null}')`, 0],
    [`json_equal('["1"]', '[1]')`, 0],
    ["json_equal('[]', '{}')", 0],
    ["json_equal('9007199254740993', '9007199254740992')", 0],
    ["json_equal('0.10', '1e-1')", 1],
    ["json_equal('-0', '0')", 1],
    ["json_equal(1, '1.0')", 1],
    ["json_equal(NULL, '1')", null],
  ])('%s is %s', async (expression, value) => {
    expect(await valueOf(expression)).toBe(value)
  })

  it.each<readonly [expression: string, message: RegExp]>([
    ["split_part('a', '/', 0)", /counts parts from 1, or from -1 at the end: 0 is no part/],
    ["split_part('a', '/', 'x')", /x is no part/],
    ["json_equal('{', '1')", /an argument is not JSON/],
    ["regexp_replace('a', 'a', '$1')", /no group 1, which \$1 means/],
    ["regexp_replace('a', 'a', '${x}')", /no group x/],
    ["regexp_like('a', 'a' || email) FROM (SELECT '(' AS email)", /the group at character 2 is not closed/],
    [
      "json_equal(a, a) FROM (SELECT replace(hex(zeroblob(20000)), '00', '[') || replace(hex(zeroblob(20000)), '00', ']') AS a)",
      /nested too deeply/,
    ],
  ])('%s fails', async (expression, message) => {
    await expect(valueOf(expression)).rejects.toMatchObject({
      code: 'VALUE',
      message: expect.stringMatching(message),
    })
  })

  it.each<readonly [condition: string, message: RegExp]>([
    ["email REGEXP «'a(b'»", /the group at character 2 is not closed/],
    ["NOT email REGEXP «'a)'»", /the \) at character 2 closes no group/],
    ["regexp_like(email, «'[a'»)", /the \[ at character 1 is not closed/],
    ["id = regexp_substr(email, «'*'»)", /nothing to repeat/],
    ["id IN (SELECT regexp_replace(id, «'[[:nope:]]'», '') FROM confluent.iam.users)", /no class \[:nope:\]/],
    ["email REGEXP «'a' || '\\'»", /it ends in a backslash/],
  ])('a bad expression is refused before any request: %s', async (marked, message) => {
    const marks = `SELECT id FROM ${U} WHERE ${marked}`
    const sql = marks.replace(/[«»]/g, '')
    const sent = await requestsOf(() =>
      expect(rowsOf(open(), sql)).rejects.toMatchObject({
        code: 'VALUE',
        message: expect.stringMatching(message),
        span: { start: marks.indexOf('«'), end: marks.indexOf('»') - 1 },
      }),
    )
    expect(sent).toEqual([])
  })

  it('an expression that backtracks without end is ended', async () => {
    for (const pattern of ['^(a+)+$', '^(a|a)*$'])
      await expect(valueOf(`regexp_like('${'a'.repeat(50)}!', '${pattern}')`)).rejects.toMatchObject({
        code: 'VALUE',
        message: expect.stringMatching(/takes more than 1 s for a text of 51 characters/),
      })
    expect(await valueOf(`regexp_like('${'a'.repeat(50)}', '^(a+)+$')`)).toBe(1)
    expect(await valueOf(`regexp_replace('${'ab'.repeat(20)}', '(?:ab)+', 'x')`)).toBe('x')
  })

  it('the condition is applied to rows, and a constant is a key', async () => {
    const session = open()
    const all = (await rowsOf(session, `SELECT id, email FROM ${U}`)) as [string, string][]
    const expected = all.filter(([, email]) => /^[a-m].*@/.test(email)).map(([id]) => id)
    expect(expected.length).toBeGreaterThan(1)
    expect(expected.length).toBeLessThan(all.length)
    const found = await rowsOf(session, `SELECT id FROM ${U} WHERE email REGEXP '^[a-m].*@'`)
    expect(found.map(([id]) => id)).toEqual(expected)
    const [[first]] = all as [[string, string]]
    const sent = await requestsOf(() =>
      rowsOf(session, `SELECT email FROM ${U} WHERE id = split_part('users/${first}', '/', -1)`),
    )
    expect(sent).toEqual([`GET /iam/v2/users/${first}`])
  })

  it('an outer join keeps rows without a match where the function is not NULL for them', async () => {
    const session = open()
    const on = `FROM (VALUES ('x')) a LEFT JOIN ${U} u ON u.id = a.column1`
    expect(await rowsOf(session, `SELECT 1 ${on} WHERE coalesce(u.email REGEXP '@', 1)`)).toHaveLength(1)
    expect(await rowsOf(session, `SELECT 1 ${on} WHERE NOT u.email REGEXP '@'`)).toHaveLength(0)
  })
})

describe('functions against plain implementations', () => {
  const random = new Random(17)
  const anyJson = (depth: number): unknown => {
    const kind = random.int(0, depth > 0 ? 5 : 3)
    if (kind === 0) return random.pick([null, true, false])
    if (kind === 1) return random.pick([0, 1, -1, 1.5, 100, 1e21])
    if (kind <= 3) return random.pick(['', 'n1', '1', 's', '"', '\\', 'é'])
    const items = Array.from({ length: random.int(0, 2) }, () => anyJson(depth - 1))
    return kind === 4 ? items : Object.fromEntries(items.map(v => [random.pick(['a', 'b', '__proto__']), v]))
  }
  const sorted = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map(sorted)
    const fields = Object.entries(value).map(([k, v]): [string, unknown] => [k, sorted(v)])
    return { o: fields.sort(([a], [b]) => (a < b ? -1 : 1)) }
  }

  it('json_equal: equal if the texts with sorted keys are', async () => {
    const pairs = Array.from({ length: 400 }, () => [anyJson(2), anyJson(2)] as const)
    const sql = pairs.map(p => `json_equal(${p.map(v => literal(JSON.stringify(v))).join(', ')})`).join(', ')
    const [row] = await rowsOf(open(), `SELECT ${sql}`)
    const expected = pairs.map(([a, b]) => (JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)) ? 1 : 0))
    expect(row).toEqual(expected)
    expect(new Set(expected)).toEqual(new Set([0, 1]))
  })

  it('split_part: parts joined again are the text, from either end', async () => {
    for (let i = 0; i < 60; i++) {
      const text = Array.from({ length: random.int(0, 8) }, () => random.pick(['a', ',', ';', 'é'])).join('')
      const parts = text.split(',')
      const calls = (n: (i: number) => number): string =>
        parts.map((_, at) => `split_part(${literal(text)}, ',', ${n(at)})`).join(" || ',' || ")
      const [row] = await rowsOf(
        open(),
        `SELECT ${calls(at => at + 1)}, ${calls(at => at - parts.length)}, split_part(${literal(text)}, ',', ${parts.length + 1})`,
      )
      expect(row).toEqual([text, text, ''])
    }
  })
})
