import { describe, expect, test } from 'vitest'
import { ConfluentqlError } from '../../src/errors.ts'
import type { Expression } from '../../src/sql/expression.ts'
import { lex } from '../../src/sql/lexer.ts'
import { leaves, type FromNode, type Query, type Source } from '../../src/sql/query.ts'
import { readQuery } from '../../src/sql/read-query.ts'
import { split } from '../../src/sql/split.ts'

const tokens = (text: string): string[] => lex(text).tokens.map(t => t.text)

describe('lex', () => {
  test.each([
    ["SELECT 'it''s' -- note\n, x", ['SELECT', "'it''s'", ',', 'x']],
    ['a/* b */c', ['a', 'c']],
    ['a /* never closed', ['a']],
    ['"a ""b""" `c` [d e]', ['"a ""b"""', '`c`', '[d e]']],
    ["x'00Ff' X''", ["x'00Ff'", "X''"]],
    ['1.5e-3 .5 0x1F 1_000 5.', ['1.5e-3', '.5', '0x1F', '1_000', '5.']],
    [':v @w $x ?1 ? @@json', [':v', '@w', '$x', '?1', '?', '@@json']],
    [
      'a->>b->c||d<<e<>f!=g==h',
      ['a', '->>', 'b', '->', 'c', '||', 'd', '<<', 'e', '<>', 'f', '!=', 'g', '==', 'h'],
    ],
    ['größe 名前 🙂', ['größe', '名前', '🙂']],
  ])('%s', (text, expected) => {
    expect(tokens(text)).toEqual(expected)
  })

  test.each([
    ["SELECT 'abc", 7, 'unterminated string'],
    ['SELECT "a', 7, 'unterminated quoted name'],
    ['SELECT \0', 7, 'the statement has a NUL byte'],
    ['a ^ b', 2, 'unexpected character "^"'],
    ['a : b', 2, 'unexpected character ":"'],
  ])('%j is refused at its place', (text, start, message) => {
    const error = (() => {
      try {
        return lex(text)
      } catch (e) {
        return e
      }
    })()
    expect(error).toBeInstanceOf(ConfluentqlError)
    expect(error).toMatchObject({ message, span: { start } })
  })
})

describe('split', () => {
  const pieces = (text: string): string[] => split(text).map(p => text.slice(p.start, p.end))
  test.each([
    ["a; b 'x;y'; -- c; d\n e", ['a', "b 'x;y'", 'e']],
    [';;; /* ; */ ;', []],
    ['', []],
    ['-- only a comment', []],
    ['a /* ; */ b', ['a /* ; */ b']],
  ])('%j', (text, expected) => {
    expect(pieces(text)).toEqual(expected)
  })

  test('hints belong to their statement', () => {
    expect(split('INSERT /*+ AWAIT */ a; b').map(p => p.hints)).toEqual([['AWAIT'], []])
  })
})

describe('the tree of a query', () => {
  const source = (text: string): Source => ({ text, tokens: lex(text).tokens })
  const queryOf = (text: string): Query => {
    const s = source(text)
    return readQuery(s, { from: 0, to: s.tokens.length }, () => undefined)
  }
  const shape = (node: FromNode | undefined): string => {
    if (!node) return '-'
    if (node.kind === 'join')
      return `(${shape(node.left)} ${node.natural ? 'natural ' : ''}${node.type}${node.using ? ` using ${node.using.join()}` : ''} ${shape(node.right)})`
    if (node.kind === 'table') return node.parts.join('.') + (node.alias ? `:${node.alias}` : '')
    if (node.kind === 'function') return `${node.name}()`
    return `${node.kind}${node.alias ? `:${node.alias}` : ''}`
  }

  test.each([
    [
      'SELECT * FROM a, b c JOIN d ON 1 LEFT OUTER JOIN e USING (x)',
      '(((a inner b:c) inner d) left using x e)',
    ],
    ['SELECT * FROM a NATURAL JOIN b', '(a natural inner b)'],
    ['SELECT * FROM a CROSS JOIN b RIGHT JOIN c FULL OUTER JOIN d', '(((a inner b) right c) full d)'],
    ['SELECT * FROM (a JOIN b ON 1) JOIN (SELECT 1) x', '((a inner b) inner derived:x)'],
    ['SELECT * FROM p.s.r AS x, json_each(x.y)', '(p.s.r:x inner json_each())'],
    ['SELECT a IS DISTINCT FROM b FROM t', 't'],
    ['SELECT a.left FROM a JOIN b ON a.left = b.right WHERE 1', '(a inner b)'],
    ['SELECT * FROM t NOT INDEXED WHERE 1', 't'],
    ['SELECT * FROM "p.s.r"', 'p.s.r'],
    ["SELECT * FROM (EXEC p.s.r.m @a = 'x') y", 'exec:y'],
  ])('%s', (text, expected) => {
    expect(shape(queryOf(text).cores[0]!.from)).toBe(expected)
  })

  test('CTEs, set operations, clauses, subqueries', () => {
    const q = queryOf(
      'WITH RECURSIVE a(x) AS (SELECT 1), b AS NOT MATERIALIZED (SELECT 2) SELECT x, (SELECT 3) FROM a WHERE x IN (SELECT 4) GROUP BY 1 HAVING 1 UNION ALL VALUES (5) ORDER BY 1 LIMIT 6 OFFSET 7',
    )
    expect(q.recursive).toBe(true)
    expect(q.ctes.map(c => [c.name, c.columns])).toEqual([
      ['a', ['x']],
      ['b', undefined],
    ])
    expect(q.setOps).toEqual(['UNION ALL'])
    expect(q.cores[0]!.subqueries.map(s => s.clause)).toEqual(['select', 'where'])
    expect(q.cores[1]!.kind).toBe('values')
    expect(q.limit?.offset).toBeDefined()
    expect(leaves(q.cores[0]!.from)).toHaveLength(1)
  })

  test('LIMIT a, b has its offset first', () => {
    const q = queryOf('SELECT 1 LIMIT 5, 6')
    const at = (e: Expression | undefined): string => q.source.tokens[e!.range.from]!.text
    expect([at(q.limit?.count), at(q.limit?.offset)]).toEqual(['6', '5'])
  })

  test('random texts are read without a crash', () => {
    const words = [
      'SELECT',
      'FROM',
      'WHERE',
      '(',
      ')',
      ',',
      'JOIN',
      'ON',
      'a',
      'b.c',
      'AS',
      'WITH',
      'UNION',
      "'x'",
      'GROUP',
      'BY',
      'LIMIT',
      '1',
      'CASE',
      'END',
      'EXEC',
      'VALUES',
      '=',
      'IN',
      'NOT',
    ]
    let seed = 1
    const next = (n: number): number => {
      seed = (seed * 48271) % 2147483647
      return seed % n
    }
    for (let i = 0; i < 5000; i++) {
      const text = Array.from({ length: 1 + next(14) }, () => words[next(words.length)]).join(' ')
      expect(() => queryOf(text), text).not.toThrow()
    }
  })

  test('subqueries nested too deep are an error, not a crash', () => {
    expect(() => queryOf(`${'SELECT ('.repeat(300)}1${')'.repeat(300)}`)).toThrow(
      'subqueries nest deeper than 100',
    )
  })
})
