import Database from 'better-sqlite3'
import { beforeAll, describe, expect, test } from 'vitest'
import { lex } from '../../src/sql/lexer.ts'
import { loadParser, type ParseBoolean } from '../../src/sql/parser.ts'
import { conjuncts, readPredicate, type Predicate } from '../../src/sql/predicate.ts'
import type { Range, Source } from '../../src/sql/query.ts'

let parse: ParseBoolean
beforeAll(async () => {
  parse = await loadParser()
})

const sourceOf = (text: string): Source => ({ text, tokens: lex(text).tokens })
const textOf = (s: Source, r: Range): string =>
  s.tokens
    .slice(r.from, r.to)
    .map(t => t.text)
    .join(' ')

/** A predicate written out: what a planner can know of it. */
function shown(s: Source, p: Predicate | undefined): string {
  if (!p) return 'unread'
  if ('args' in p) return `${p.kind}(${p.args.map(a => shown(s, a)).join(', ')})`
  if (p.kind === 'equal') return `${textOf(s, p.left)} = ${textOf(s, p.right)}`
  if (p.kind === 'in') return `${textOf(s, p.left)} IN [${p.list.map(r => textOf(s, r)).join('; ')}]`
  if (p.kind === 'inQuery') return `${textOf(s, p.left)} IN query[${textOf(s, p.query)}]`
  return p.kind === 'operand' ? `(${textOf(s, p.range)})` : '?'
}

function read(text: string): string {
  const source = sourceOf(text)
  return conjuncts(source, { from: 0, to: source.tokens.length })
    .map(r => shown(source, readPredicate(source, r, parse)))
    .join(' & ')
}

describe('what is read of a condition', () => {
  test.each([
    // the parser's AND and OR have one precedence
    ['a = 1 AND b = 2 OR c = 3 AND d = 4', 'or(and(a = 1, b = 2), and(c = 3, d = 4))'],
    ['a = 1 OR b = 2 AND c = 3', 'or(a = 1, and(b = 2, c = 3))'],
    ['(a = 1 OR b = 2) AND c = 3', 'or(a = 1, b = 2) & c = 3'],
    ['a = 1 OR (b = 2 AND (c = 3 OR d = 4))', 'or(a = 1, and(b = 2, or(c = 3, d = 4)))'],
    // BETWEEN has an AND of its own
    ['a BETWEEN 1 AND 2 AND b = 3', '? & b = 3'],
    ['a NOT BETWEEN 1 AND 2 OR b = 3', 'or(?, b = 3)'],
    // forms that the parser refuses or misreads
    ["a GLOB 'x*' AND b = 3", '? & b = 3'],
    ['a == 1 AND b <> 2', 'a = 1 & ?'],
    ['a & 1 = 1 AND b | c = 2', 'a & 1 = 1 & b | c = 2'],
    ["a LIKE 'x' || '%' AND b = 3", '? & b = 3'],
    ["a LIKE 'x\\%' ESCAPE '\\' OR b = 3", 'or(?, b = 3)'],
    ['a ISNULL AND b NOTNULL AND c NOT NULL AND d = 1', '? & ? & ? & d = 1'],
    ['a IS NOT DISTINCT FROM 1 AND b = 2', '? & b = 2'],
    ["a = 'x' COLLATE NOCASE OR b = 2", "or(a = 'x' COLLATE NOCASE, b = 2)"],
    ['a = :v OR b = ?1 OR c = $x', 'or(a = :v, b = ?1, c = $x)'],
    ["a = x'00ff' OR b = .5 OR c = 1.50", "or(a = x'00ff', b = .5, c = 1.50)"],
    ["[a] = 'it''s' OR `b` = 'a\\nb'", "or([a] = 'it''s', `b` = 'a\\nb')"],
    ['a IN () OR b = 1', 'or(a IN [], b = 1)'],
    ['a = 1 = 2 OR b = 1', 'or(?, b = 1)'],
    ['a < b = c OR d = 1', 'or(?, d = 1)'],
    ['a = b IS NULL OR d = 1', 'or(?, d = 1)'],
    ['a = NOT b AND c = 1', '? & c = 1'],
    ['NOT a = 1 OR b = 2', 'or(?, b = 2)'],
    ['NOT (a = 1) OR NOT b', 'or(?, ?)'],
    ['NOT NOT a = 1 OR b = 1', 'or(?, b = 1)'],
    ['count(*) FILTER (WHERE x = 1) = 2 OR a = 1', 'or(count ( * ) FILTER ( WHERE x = 1 ) = 2, a = 1)'],
    [
      'CASE WHEN a = 1 OR b = 2 THEN 1 ELSE 2 END = 1 OR c = 3',
      'or(CASE WHEN a = 1 OR b = 2 THEN 1 ELSE 2 END = 1, c = 3)',
    ],
    ["a -> '$.x' = 1 OR b ->> 'y' = 2", "or(a -> '$.x' = 1, b ->> 'y' = 2)"],
    ['(a, b) = (1, 2) OR c = 3', 'or(( a , b ) = ( 1 , 2 ), c = 3)'],
    ['a = - - 3 OR b = +0x1F', 'or(a = - - 3, b = + 0x1F)'],
    [
      'a = 1 OR a IN (SELECT x FROM t WHERE y = 1 OR z = 2)',
      'or(a = 1, a IN query[SELECT x FROM t WHERE y = 1 OR z = 2])',
    ],
    ['EXISTS (SELECT 1) OR a = 1', 'or((EXISTS ( SELECT 1 )), a = 1)'],
    ['t.end = 1 AND "and" = 2', 't . end = 1 & "and" = 2'],
    ['((((a = 1))))', 'a = 1'],
  ])('%s', (text, expected) => {
    expect(read(text)).toBe(expected)
  })

  test('brackets nested deep are read at once', () => {
    const deep = (n: number): string => `${'('.repeat(n)}a = 1${')'.repeat(n)} OR b = 2`
    expect(read(deep(60))).toBe('or(a = 1, b = 2)')
    expect(read(`${'(b = 2 OR '.repeat(60)}a = 1${')'.repeat(60)}`)).toContain('a = 1')
  })

  test('a thousand ORs, a list of ten thousand', () => {
    expect(read(Array.from({ length: 1000 }, (_, i) => `a = ${i}`).join(' OR '))).toContain('a = 999')
    expect(
      read(`a IN (${Array.from({ length: 10_000 }, (_, i) => `'v${i}'`).join(', ')}) OR b = 1`),
    ).toContain("'v9999'")
  })
})

describe('truth', () => {
  /** mulberry32 */
  const random = (seed: number) => () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const NAMES = ['a', 'b', 'c', 'd']

  function make(next: () => number, depth: number): string {
    const r = next()
    const name = NAMES[Math.floor(next() * 4)]!
    if (depth === 0 || r < 0.25)
      return next() < 0.7 ? `${name} = 1` : next() < 0.5 ? `${name} IN (1, 2)` : `1 = ${name}`
    if (r < 0.85) {
      const parts = Array.from({ length: 2 + Math.floor(next() * 3) }, () => make(next, depth - 1))
      return parts.reduce((x, y) => `${x} ${next() < 0.5 ? 'AND' : 'OR'} ${y}`)
    }
    return `(${make(next, depth - 1)})`
  }

  function holds(s: Source, p: Predicate, row: Readonly<Record<string, number>>): boolean {
    if (p.kind === 'and') return p.args.every(a => holds(s, a, row))
    if (p.kind === 'or') return p.args.some(a => holds(s, a, row))
    if (p.kind === 'equal')
      return NAMES.some(n => [textOf(s, p.left), textOf(s, p.right)].includes(n) && row[n] === 1)
    if (p.kind === 'in') return row[textOf(s, p.left)] === 1
    throw new Error(`not read: ${p.kind}`)
  }

  test('2,000 random conditions mean what SQLite says on every row', () => {
    const db = new Database(':memory:')
    const rows = Array.from({ length: 16 }, (_, i) =>
      Object.fromEntries(NAMES.map((n, j) => [n, (i >> j) & 1])),
    )
    db.exec('CREATE TABLE t (a, b, c, d)')
    for (const row of rows) db.prepare('INSERT INTO t VALUES (?, ?, ?, ?)').run(...NAMES.map(n => row[n]))
    const next = random(7)
    for (let i = 0; i < 2000; i++) {
      const text = make(next, 3)
      const source = sourceOf(text)
      const parts = conjuncts(source, { from: 0, to: source.tokens.length }).map(r =>
        readPredicate(source, r, parse)!,
      )
      const expected = db.prepare(`SELECT ${text} FROM t`).pluck().all()
      expect(
        rows.map(row => Number(parts.every(p => holds(source, p, row)))),
        text,
      ).toEqual(expected)
    }
    db.close()
  })
})
