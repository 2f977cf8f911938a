import { describe, expect, it } from 'vitest'
import { highlight } from '../../src/cli/repl/highlight.ts'
import { columns, commonPrefix } from '../../src/cli/repl/listing.ts'
import { promptsOf } from '../../src/cli/repl/prompts.ts'
import { afterResize, below, difference, layout, type Screen as View } from '../../src/cli/repl/view.ts'
import { Screen } from './screen.ts'

const plain = (text: string): string => text.replaceAll(/\x1b\[[\d;]*m/g, '')
const view = (text: string, cursor: number, width = 20, height = 50): View =>
  layout({
    text,
    cursor,
    width,
    height,
    highlight: (from, to) => highlight(text, () => false, from, to),
    prompt: promptsOf('x', text),
  })

describe('layout', () => {
  it('puts a prompt before each line and finds the cursor', () => {
    const { rows, row, column } = view('SELECT 1,\n  2', 12)
    expect(rows.map(plain)).toEqual(['x> SELECT 1,', '->   2'])
    expect({ row, column }).toEqual({ row: 1, column: 5 })
  })

  it.each([
    ['breaks a line where the terminal ends', 'abcdefghij', 10, 10, ['x> abcdefg', 'hij'], 1, 3],
    ['goes to a new line behind the last column', 'abcdefg', 7, 10, ['x> abcdefg', ''], 1, 0],
    ['does not cut a wide character in two', 'abcdef漢', 7, 10, ['x> abcdef', '漢'], 1, 2],
    ['counts a wide character as two', 'a漢b', 2, 10, ['x> a漢b'], 0, 6],
    ['counts an emoji of several code points as one', '👩‍👩‍👧x', 8, 10, ['x> 👩‍👩‍👧x'], 0, 5],
    ['counts a letter and its accent as one', 'e\u0301x', 2, 10, ['x> e\u0301x'], 0, 4],
    ['shows a tab as blanks', 'a\tb', 2, 12, ['x> a   b'], 0, 7],
    ['shows a control character', 'a\x1b[2J', 2, 12, ['x> a^[[2J'], 0, 6],
  ])('%s', (_what, text, cursor, width, wanted, row, column) => {
    const found = view(text, cursor, width)
    expect(found.rows.map(plain)).toEqual(wanted)
    expect([found.row, found.column]).toEqual([row, column])
  })

  it('shows the lines around the cursor of a text longer than the terminal', () => {
    const text = Array.from({ length: 100 }, (_, i) => `line${i}`).join('\n')
    const found = view(text, text.indexOf('line50'), 20, 11)
    expect(found.rows).toHaveLength(11)
    expect(plain(found.rows[found.row]!)).toContain('line50')
  })
})

describe('drawing', () => {
  it('incremental updates give the same screen as a full drawing', () => {
    let seed = 11
    const next = (n: number): number => (seed = (seed * 48_271) % 2_147_483_647) % n
    const bits = [
      'a',
      'SELECT ',
      "'",
      '漢字',
      '\n',
      'x = 1',
      '(',
      ')',
      '👍',
      '-- c',
      '\t',
      'long words here ',
      ';',
    ]
    const screen = new Screen(24, 40)
    screen.write('before\r\n')
    let old: View | undefined
    let text = ''
    for (let i = 0; i < 1500; i++) {
      const at = next(text.length + 1)
      text =
        next(4) === 0
          ? text.slice(0, at) + text.slice(at + 1 + next(5))
          : next(40) === 0
            ? ''
            : text.slice(0, at) + bits[next(bits.length)] + text.slice(at)
      if (text.length > 200) text = text.slice(100)
      text = text.replaceAll(/\p{Cs}/gu, '')
      const now = view(text, next(text.length + 1), 24, 30)
      screen.write(difference(old, now, 24))
      old = now
      expect(screen.text, JSON.stringify(text)).toBe(
        `before\n${now.rows
          .map(plain)
          .map(r => r.trimEnd())
          .join('\n')}`.trimEnd(),
      )
      expect([screen.row, screen.column]).toEqual([now.row + 1, Math.min(now.column, 23)])
    }
  })

  it('moves the cursor below the text at the end', () => {
    const screen = new Screen(24, 40)
    const now = view('a\nb\nc', 0)
    screen.write(difference(undefined, now, 24) + below(now))
    expect([screen.row, screen.column]).toEqual([3, 0])
  })

  it('redraws in place after the terminal has become narrower', () => {
    const wide = view('SELECT aaaaaaaaaa, bbbbbbbbbbb\nFROM t', 10, 40)
    const screen = new Screen(20, 40)
    screen.write('before\r\n')
    // the terminal has broken the lines that became too long
    for (const [i, row] of wide.rows.entries()) screen.write(`${i > 0 ? '\r\n' : ''}${row}`)
    screen.write(`\x1b[${wide.rows.length - 1 + 1 - wide.row}A\r\x1b[${wide.column}C`)
    const narrow = view('SELECT aaaaaaaaaa, bbbbbbbbbbb\nFROM t', 10, 20)
    screen.write(afterResize(wide, 20) + difference(undefined, narrow, 20))
    expect(screen.text).toBe(`before\n${narrow.rows.map(plain).join('\n')}`)
  })

  it('a key in a long statement redraws only its line', () => {
    const text =
      "SELECT i.email, u.full_name AS sent_by FROM confluent.iam.invitations i -- why\nWHERE status = 'x' AND n > 12\n".repeat(
        40,
      )
    let old = view(text, 0, 160)
    for (let i = 0; i < 30; i++) {
      const now = view(`${'x'.repeat(i + 1)}${text}`, i + 1, 160)
      const drawn = difference(old, now, 160)
      old = now
      expect(plain(drawn).length).toBeLessThan(160)
    }
  })
})

describe('highlighting', () => {
  const styled = (text: string): [string, string][] =>
    highlight(text, parts => parts.join('.') === 'confluent.iam.users').map(s => [
      text.slice(s.start, s.end),
      s.style,
    ])

  it('styles keywords, strings, numbers, comments, parameters and tables', () => {
    expect(styled("SELECT id, 12, 'it''s' FROM confluent.iam.users -- all\nWHERE x = :v /* c */")).toEqual([
      ['SELECT', '1;34'],
      ['12', '36'],
      ["'it''s'", '32'],
      ['FROM', '1;34'],
      ['confluent.iam.users', '36;1'],
      ['-- all', '90'],
      ['WHERE', '1;34'],
      [':v', '33'],
      ['/* c */', '90'],
    ])
  })

  it('styles open strings and comments, and unmatched parentheses', () => {
    expect(styled("SELECT 'abc")).toEqual([
      ['SELECT', '1;34'],
      ["'abc", '32'],
    ])
    expect(styled('SELECT (1))')).toContainEqual([')', '1;31'])
    expect(styled('.mode csv')).toEqual([['.mode', '35']])
    expect(styled('SELECT /* open')).toContainEqual(['/* open', '90'])
    expect(styled('SELECT a.select')).toEqual([['SELECT', '1;34']])
  })
})

describe('lists', () => {
  it('are arranged in columns, in column order', () => {
    expect(columns(['a', 'bb', 'ccc', 'd', 'e'], 12)).toEqual(['a    d', 'bb   e', 'ccc'])
    expect(columns(['漢字', 'b'], 8)).toEqual(['漢字', 'b'])
  })

  it('have a common prefix', () => {
    expect(commonPrefix(['email', 'emit', 'EMU'])).toBe('em')
    expect(commonPrefix(['a'])).toBe('a')
    expect(commonPrefix([])).toBe('')
  })
})
