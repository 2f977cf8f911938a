import Database from 'better-sqlite3'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Expression } from '../../src/sql/expression.ts'
import { walk } from '../../src/sql/expression.ts'
import { lex } from '../../src/sql/lexer.ts'
import { loadParser, type ParseBoolean } from '../../src/sql/parser.ts'
import type { Range, Source } from '../../src/sql/query.ts'
import { readQuery } from '../../src/sql/read-query.ts'

let parse: ParseBoolean
const db = new Database(':memory:')
beforeAll(async () => {
  parse = await loadParser()
  db.exec(`CREATE TABLE t (a, b TEXT, c INTEGER, d REAL, e TEXT COLLATE NOCASE)`)
  const values = ['NULL', '0', '1', '2', "'1'", "'a'", "'A'", "''", '-3', '1.5', "'%a'"]
  let n = 7
  const next = (): string => values[(n = (n * 31 + 11) % 1009) % values.length]!
  for (let i = 0; i < 40; i++)
    db.exec(`INSERT INTO t VALUES (${[next(), next(), next(), next(), next()].join(', ')})`)
})

function read(text: string): { e: Expression; source: Source } {
  const source = { text, tokens: lex(text).tokens }
  const query = readQuery(source, { from: 0, to: source.tokens.length }, parse)
  return {
    e: query.cores[0]!.items[0]?.expr ?? { kind: 'unknown', parts: [], source, range: query.range },
    source,
  }
}

/** An expression written from its tree, with brackets around every part. */
function written(e: Expression, source: Source): string {
  const w = (x: Expression): string => `(${written(x, source)})`
  const text = ({ from, to }: Range): string =>
    source.tokens
      .slice(from, to)
      .map(t => t.text)
      .join(' ')
  const not = (negated: boolean): string => (negated ? 'NOT ' : '')
  switch (e.kind) {
    case 'column':
      return text(e.name)
    case 'literal':
    case 'parameter':
      return source.tokens[e.at]!.text
    case 'unary':
      return `${e.operator} ${w(e.operand)}`
    case 'not':
      return `NOT ${w(e.operand)}`
    case 'binary':
    case 'comparison':
      return `${w(e.left)} ${e.operator} ${w(e.right)}`
    case 'is':
      return `${w(e.left)} IS ${not(e.negated)}${e.right ? w(e.right) : 'NULL'}`
    case 'and':
    case 'or':
      return e.operands.map(w).join(` ${e.kind.toUpperCase()} `)
    case 'in list':
      return `${w(e.left)} ${not(e.negated)}IN (${e.list.map(w).join(', ')})`
    case 'in query':
      return `${w(e.left)} ${not(e.negated)}IN (${text(e.query.range)})`
    case 'between':
      return `${w(e.operand)} ${not(e.negated)}BETWEEN ${w(e.low)} AND ${w(e.high)}`
    case 'match':
      return `${w(e.left)} ${not(e.negated)}${e.operator} ${w(e.right)}${e.escape ? ` ESCAPE ${w(e.escape)}` : ''}`
    case 'case':
      return `CASE ${e.base ? w(e.base) : ''} ${e.branches.map(b => `WHEN ${w(b.when)} THEN ${w(b.result)}`).join(' ')} ${e.fallback ? `ELSE ${w(e.fallback)}` : ''} END`
    case 'cast':
      return `CAST(${w(e.operand)} AS ${e.type})`
    case 'collate':
      return `${w(e.operand)} COLLATE ${e.collation}`
    case 'call':
      return `${e.name}(${e.distinct ? 'DISTINCT ' : ''}${e.star ? '*' : e.args.map(w).join(', ')})${e.filter ? ` FILTER (WHERE ${w(e.filter)})` : ''}`
    case 'row':
      return e.items.map(w).join(', ')
    case 'subquery':
      return text(e.query.range)
    case 'exists':
      return `EXISTS (${text(e.query.range)})`
    case 'unknown':
      throw new Error(`unread: ${text(e.range)}`)
  }
}

/** A random expression; operators stand without brackets as often as not, so that precedence decides. */
function generate(random: () => number, depth: number): string {
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!
  const sub = (): string =>
    random() < 0.3 ? `(${generate(random, depth - 1)})` : generate(random, depth - 1)
  if (depth <= 0)
    return pick([
      'a',
      'b',
      'c',
      'd',
      'e',
      't.a',
      '"b"',
      '[c]',
      '1',
      '0',
      "'a'",
      "'1'",
      'NULL',
      '1.5',
      'TRUE',
      "''",
      '-c',
      '~ c',
    ])
  switch (Math.floor(random() * 22)) {
    case 0:
    case 1:
    case 2:
      return `${sub()} ${pick(['AND', 'OR'])} ${sub()}`
    case 3:
      return `NOT ${sub()}`
    case 4:
    case 5:
      return `${sub()} ${pick(['=', '==', '<>', '!=', '<', '<=', '>', '>='])} ${sub()}`
    case 6:
    case 7:
      return `${sub()} ${pick(['+', '-', '*', '/', '%', '&', '|', '<<', '>>', '||'])} ${sub()}`
    case 8:
      return `${sub()} ${pick(['IS', 'IS NOT', 'IS DISTINCT FROM', 'IS NOT DISTINCT FROM'])} ${sub()}`
    case 9:
      return `${sub()} ${pick(['ISNULL', 'NOTNULL', 'NOT NULL', 'IS NULL', 'IS NOT NULL'])}`
    case 10:
      return `${sub()} ${pick(['', 'NOT '])}IN (${[sub(), sub()].join(', ')})`
    case 11:
      return `${sub()} ${pick(['', 'NOT '])}IN (SELECT ${pick(['a', 'c', "'a'"])} FROM t WHERE ${sub()})`
    case 12:
      return `${sub()} ${pick(['', 'NOT '])}BETWEEN ${sub()} AND ${sub()}`
    case 13:
      return `${sub()} ${pick(['', 'NOT '])}${pick(['LIKE', 'GLOB'])} ${sub()}`
    case 14:
      return `${sub()} LIKE ${sub()} ESCAPE '!'`
    case 15:
      return `CASE WHEN ${sub()} THEN ${sub()} ELSE ${sub()} END`
    case 16:
      return `CASE ${sub()} WHEN ${sub()} THEN ${sub()} END`
    case 17:
      return `CAST(${sub()} AS ${pick(['TEXT', 'INTEGER', 'VARCHAR (10)'])})`
    case 18:
      return `${sub()} COLLATE NOCASE`
    case 19:
      return `${pick(['coalesce', 'nullif', '"ifnull"', 'max'])}(${sub()}, ${sub()})`
    case 20:
      return `${pick(['-', '+', '~', '- -'])} ${sub()}`
    default:
      return `(${sub()}, ${sub()}) ${pick(['=', '<', 'IS', '<>'])} (${sub()}, ${sub()})`
  }
}

function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 4294967296
  }
}

const rowsOf = (expression: string): unknown => {
  try {
    return db.prepare(`SELECT (${expression}) FROM t`).pluck().all()
  } catch (error) {
    return (error as Error).message
  }
}

describe('the tree of an expression', () => {
  test('groups operators as SQLite does', () => {
    const random = randomOf(20261129)
    let answered = 0
    for (let n = 0; n < 4000; n++) {
      const text = generate(random, 1 + Math.floor(random() * 4))
      const expected = rowsOf(text)
      if (typeof expected === 'string') continue
      const { e, source } = read(`SELECT ${text} FROM t`)
      expect([text, rowsOf(written(e, source))]).toEqual([text, expected])
      answered++
    }
    expect(answered).toBeGreaterThan(3000)
  })

  test.each([
    ['a.b.c', 'column'],
    ["'t'.'a'", 'column'],
    [
      'count(*) FILTER (WHERE a = 1) OVER (PARTITION BY a ORDER BY b DESC NULLS LAST ROWS 1 PRECEDING)',
      'call',
    ],
    ['"count"(DISTINCT a)', 'call'],
    ["group_concat(a, ',' ORDER BY b)", 'call'],
    ['a IN b', 'in query'],
    ['a NOT IN x.y', 'in query'],
    ["a IN json_each('[1]')", 'in query'],
    ['a ISNULL', 'is'],
    ['CASE a WHEN 1 THEN 2 END', 'case'],
    ['CURRENT_TIMESTAMP', 'literal'],
    ['(a, b)', 'row'],
    ['((a))', 'column'],
    ['EXISTS (SELECT 1)', 'exists'],
    ['(VALUES (1))', 'subquery'],
    ["a -> '$.x' ->> 'y'", 'binary'],
    ['t.end = 1', 'comparison'],
    [':x', 'parameter'],
    ['NOT a = 1 AND b', 'and'],
    ['a OR NOT b', 'or'],
  ])('%s is of kind %s', (text, kind) => {
    expect(read(`SELECT ${text} FROM t`).e.kind).toBe(kind)
  })

  test('has no node of kind unknown in a text that SQLite accepts, and each range lies in that of its parent', () => {
    const random = randomOf(4711)
    for (let n = 0; n < 1500; n++) {
      const text = generate(random, 3)
      if (typeof rowsOf(text) === 'string') continue
      const { e, source } = read(`SELECT ${text} FROM t`)
      for (const node of walk(e)) {
        expect([text, node.kind]).not.toEqual([text, 'unknown'])
        expect(node.range.to).toBeGreaterThan(node.range.from)
      }
      expect([e.range.from, e.range.to]).toEqual([1, source.tokens.length - 2])
    }
  })

  test.each([
    'a b c',
    'a = ',
    'a IN',
    'CASE WHEN',
    'CAST(a',
    '(a',
    'f(',
    'a BETWEEN 1',
    'NOT',
    '- ',
    'a.',
    '',
    'a COLLATE',
    ')',
    'a OVER',
    'x IN (',
  ])('terminates for %j, which SQLite refuses', text => {
    expect(() => read(`SELECT ${text}`)).not.toThrow()
  })
})
