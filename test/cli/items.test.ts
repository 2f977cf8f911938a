import { describe, expect, it } from 'vitest'
import { aboutOf, linesAbove } from '../../src/cli/script/comments.ts'
import { readItems } from '../../src/cli/script/items.ts'

const items = (text: string): string[] => {
  const { items: found } = readItems(text)
  return found.map(i =>
    i.kind === 'meta'
      ? `meta ${i.within?.text ?? text.slice(i.at.start, i.at.end)}`
      : `${i.vertical ? 'vertical ' : ''}${text.slice(i.piece.start, i.piece.end)}`,
  )
}

describe('reading a script', () => {
  it.each<readonly [string, string[]]>([
    ['SELECT 1; SELECT 2', ['SELECT 1', 'SELECT 2']],
    ['.mode csv\nSELECT 1;\n  \\x\nSELECT 2', ['meta .mode csv', 'SELECT 1', 'meta \\x', 'SELECT 2']],
    ['SELECT 1;\r\n.mode csv\r\nSELECT 2;\r\n', ['SELECT 1', 'meta .mode csv\r', 'SELECT 2']],
    ["SELECT '\n.mode csv\n';", ["SELECT '\n.mode csv\n'"]],
    [
      'SELECT \'it\'\'s\n.mode csv\n\', "a""\n.mode", `\n.x`, [\n.y];',
      ['SELECT \'it\'\'s\n.mode csv\n\', "a""\n.mode", `\n.x`, [\n.y]'],
    ],
    ['/*\n.mode csv\n*/ SELECT 1; -- ;\n-- \\x\n.timer on', ['SELECT 1', 'meta .timer on']],
    ['SELECT a\n.b FROM a', ['SELECT a\n.b FROM a']],
    [
      'SELECT 1\\gx\nSELECT 2 \\G SELECT 3 -- c\n\\g SELECT 4',
      ['vertical SELECT 1', 'vertical SELECT 2', 'SELECT 3', 'SELECT 4'],
    ],
    ["SELECT '\\gx';", ["SELECT '\\gx'"]],
    [
      'SELECT 1 \\g a.csv\nSELECT 2 \\gx | sort; cat\nSELECT 3\\g;',
      ['meta .once a.csv', 'SELECT 1', 'meta .once | sort; cat', 'vertical SELECT 2', 'SELECT 3'],
    ],
    ["SELECT 1 \\g 'a b.csv'; -- c\r\n", ["meta .once 'a b.csv'", 'SELECT 1']],
    [
      `SELECT 1 \\g "f.csv"; SELECT 2 \\gx f.csv; SELECT 3 \\G 'it''s' SELECT 4`,
      [
        'meta .once "f.csv"',
        'SELECT 1',
        'meta .once f.csv',
        'vertical SELECT 2',
        "meta .once 'it''s'",
        'vertical SELECT 3',
        'SELECT 4',
      ],
    ],
    [
      'SELECT 1 \\g a b.csv\nSELECT 2 \\g (format=csv) f -- c\nSELECT 3 \\g (select 4) \\g values.csv',
      [
        'meta .once a b.csv',
        'SELECT 1',
        'meta .once (format=csv) f',
        'SELECT 2',
        'SELECT 3',
        'meta .once values.csv',
        '(select 4)',
      ],
    ],
    ['SELECT 1 \\g -- c\nSELECT 2', ['SELECT 1', 'SELECT 2']],
    ['SELECT 1 \\g\n.mode csv', ['SELECT 1', 'meta .mode csv']],
    ["#!/bin/x'y\nSELECT 1", ['SELECT 1']],
    ["SELECT 1;\n.quit\n'", ['SELECT 1', 'meta .quit']],
    ["SELECT 1;\n\\q; -- enough\n'", ['SELECT 1', 'meta \\q; -- enough']],
    ['SELECT 1;\n.quiteslow\n', ['SELECT 1', 'meta .quiteslow']],
    ['-- nothing', []],
    ['\f\ufeff.x\n a', ['meta .x', 'a']],
    ['\u00a0 .x\na', ['\u00a0 .x\na']],
  ])('%j', (text, expected) => {
    expect(items(text)).toEqual(expected)
  })

  it('reports a syntax error at its place', () => {
    expect(() => readItems(".mode csv\nSELECT 'a")).toThrow('unterminated string')
    expect(() => readItems('SELECT 1 \\y')).toThrow('unexpected character')
  })
})

describe('comments above a statement', () => {
  const about = (text: string, which = 0): unknown => {
    const { items: found, comments } = readItems(text)
    const statements = found.flatMap(i => (i.kind === 'statement' ? [i.piece] : []))
    const from = which === 0 ? 0 : statements[which - 1]!.end
    return aboutOf(text, linesAbove(text, comments, from, statements[which]!), statements[which]!)
  }

  it.each<readonly [string, object]>([
    ['SELECT 1', {}],
    ['-- title: A\nSELECT 1', { title: 'A' }],
    ['-- title: A\n-- b\n-- c\n--\n-- d\n\n-- e\nSELECT 1', { title: 'A', note: 'b c\n\nd\n\ne' }],
    ['-- title: A\n-- b:\n-- - c\n-- - d\nSELECT 1', { title: 'A', note: 'b:\n- c\n- d' }],
    ['-- title: A\n\n-- var: x integer\n.once x.csv\nSELECT 1', { title: 'A' }],
    ['-- licence\n\n-- about\n-- it\nSELECT 1', { note: 'about it' }],
    ['-- licence\n\nSELECT 1', {}],
    ['-- x\n-- title: A\nSELECT 1', { title: 'A' }],
    ['/* title: A\n * b\n *\n * c\n */\nSELECT 1', { title: 'A', note: 'b\n\nc' }],
    ['/*+ AWAIT */ SELECT 1', {}],
  ])('%j', (text, expected) => {
    expect(about(text)).toEqual({ ...expected, sql: 'SELECT 1' })
  })

  it('exclude a comment on the last line of the previous statement', () => {
    expect(about('-- title: A\nSELECT 1; -- b\nSELECT 2', 1)).toEqual({ sql: 'SELECT 2' })
    expect(about('SELECT 1; -- b\n-- title: C\nSELECT 2', 1)).toEqual({ title: 'C', sql: 'SELECT 2' })
  })
})
