import { describe, expect, it } from 'vitest'
import { startEditor, type EditorState, type Effect } from '../../src/cli/repl/editor-state.ts'
import { paste, press } from '../../src/cli/repl/editor.ts'
import { commandOf, type Key } from '../../src/cli/repl/keys.ts'
import { promptsOf } from '../../src/cli/repl/prompts.ts'
import { isComplete, scan } from '../../src/cli/repl/scan.ts'

/** `C-a`, `M-b`, `left`, `return`; anything else is typed. */
function keyOf(name: string): Key {
  const [, mark, rest = ''] = /^([CM])-(.+)$/.exec(name) ?? []
  if (mark === 'C' && rest === '_') return { sequence: '\x1f', ctrl: false }
  if (mark)
    return {
      name: rest,
      ctrl: mark === 'C',
      meta: mark === 'M',
      sequence: mark === 'C' ? '\x01' : `\x1b${rest}`,
    }
  return /^(?:left|right|up|down|home|end|return|backspace|delete|tab|escape)$/.test(name)
    ? { name, sequence: '\x1b' }
    : { name, sequence: name }
}

interface Pressed {
  readonly shown: string
  readonly effects: Effect[]
  readonly editor: EditorState
}

/** Presses keys; the text with `|` at the cursor. */
function pressed(start: string, keys: readonly string[], history: readonly string[] = []): Pressed {
  const cursor = start.indexOf('|')
  let editor = startEditor(history, '', start.replace('|', ''))
  editor = {
    ...editor,
    buffer: { ...editor.buffer, cursor: cursor < 0 ? editor.buffer.text.length : cursor },
  }
  const effects: Effect[] = []
  for (const name of keys) {
    const key = keyOf(name)
    const step = press(editor, key, commandOf(key))
    editor = step.editor
    if (step.effect) effects.push(step.effect)
  }
  const { text, cursor: at } = editor.buffer
  return { shown: `${text.slice(0, at)}|${text.slice(at)}`, effects, editor }
}

describe('editing', () => {
  it.each<[string, string[], string]>([
    ['ab|', ['c'], 'abc|'],
    ['ab|c', ['C-a'], '|abc'],
    ['|abc', ['C-e'], 'abc|'],
    ['ab|c', ['C-b'], 'a|bc'],
    ['ab|c', ['C-f'], 'abc|'],
    ['ab|c', ['home', 'delete'], '|bc'],
    ['a漢|b', ['left'], 'a|漢b'],
    ['a👩‍👩‍👧|b', ['backspace'], 'a|b'],
    ['ae\u0301|', ['left'], 'a|e\u0301'],
    ['one two| three', ['M-b'], 'one |two three'],
    ['one |two three', ['M-f'], 'one two| three'],
    ['one two|', ['M-backspace'], 'one |'],
    ['one |two', ['M-d'], 'one |'],
    ['a.b-c| d', ['C-w'], '| d'],
    ['one| two\nx', ['C-k'], 'one|\nx'],
    ['one|\nx', ['C-k'], 'one|x'],
    ['x\none| two', ['C-u'], 'x\n| two'],
    ['one two|', ['C-w', 'C-a', 'C-y'], 'two|one '],
    ['one two|', ['C-w', 'C-w', 'C-y'], 'one two|'],
    ['|one two', ['M-d', 'M-d', 'C-y'], 'one two|'],
    ['one| two', ['C-u', 'right', 'C-u', 'C-y'], ' |two'],
    ['ab|c', ['C-t'], 'acb|'],
    ['abc|', ['C-t'], 'acb|'],
    ['|abc', ['C-t'], '|abc'],
    ['x\nab|', ['C-t'], 'x\nba|'],
    ['abc|', ['C-left'], '|abc'],
    ['a\nb|', ['C-home'], '|a\nb'],
    ['ab|', ['C-d'], 'ab|'],
    ['a|b', ['C-d'], 'a|'],
    ['', ['a', 'b', ' ', 'c', 'C-_'], 'ab|'],
    ['', ['a', 'b', ' ', 'c', 'C-_', 'C-_', 'C-_'], '|'],
    ['one two|', ['C-w', 'C-_'], 'one two|'],
    ['ab|', ['M-return', 'c'], 'ab\nc|'],
    ['SELECT 1|', ['return'], 'SELECT 1\n|'],
    ['abcd|\nx\nabcdef', ['down'], 'abcd\nx|\nabcdef'],
    ['abcd|\nx\nabcdef', ['down', 'down'], 'abcd\nx\nabcd|ef'],
    ['ab\ncd|', ['up'], 'ab|\ncd'],
  ])('%j %j', (start, keys, wanted) => {
    expect(pressed(start, keys).shown).toBe(wanted)
  })

  it('returns effects for the line editor', () => {
    expect(pressed('SELECT 1;|', ['return']).effects).toEqual(['enter'])
    expect(pressed('SEL|ECT 1;', ['return']).effects).toEqual(['enter'])
    expect(pressed('', ['C-d']).effects).toEqual(['end'])
    expect(pressed('x', ['tab', 'C-c', 'C-l', 'C-z']).effects).toEqual([
      'complete',
      'interrupt',
      'clear',
      'suspend',
    ])
    expect(pressed('|x', ['backspace']).effects).toEqual(['bell'])
    for (const line of ['\\q', '.tables kafka', ' quit', 'exit', 'help'])
      expect(pressed(`SELECT (1\n${line}`, ['return']).effects).toEqual(['stray'])
    for (const text of ["SELECT 'a;", 'SELECT 1,\n"b\nSELECT 2; ', 'SELECT /* 1;'])
      expect(pressed(text, ['return']).effects).toEqual(['stray'])
    for (const text of [
      'SELECT 1',
      "SELECT 'a\n\\q",
      'SELECT /*\nquit',
      'SELECT u\n.name',
      'SELECT 1 AS\nquit, 2',
    ])
      expect(pressed(text, ['return'])).toMatchObject({ effects: [], shown: `${text}\n|` })
  })

  it('a paste is inserted as text without commands', () => {
    expect(paste(startEditor([]), 'SELECT\t1;\r\nSELECT 2;\rx\x1b[A\x03').buffer.text).toBe(
      'SELECT\t1;\nSELECT 2;\nx[A',
    )
  })
})

describe('history', () => {
  const history = ['one;', 'SELECT 2\nFROM t;', 'three;']
  it.each<[string, string[], string]>([
    ['', ['up'], 'three;|'],
    ['', ['up', 'up'], 'SELECT 2\nFROM t;|'],
    ['', ['up', 'up', 'up'], 'SELECT |2\nFROM t;'],
    ['', ['up', 'up', 'up', 'up'], 'one;|'],
    ['new|', ['up', 'down'], 'new|'],
    ['', ['up', '!', 'down', 'up'], 'three;!|'],
    ['', ['C-p', 'C-n'], '|'],
    ['', ['M-p', 'M-p', 'M-p'], 'one;|'],
  ])('%j %j', (start, keys, wanted) => {
    expect(pressed(start, keys, history).shown).toBe(wanted)
  })

  it('rings the bell at both ends', () => {
    expect(pressed('', ['down'], history).effects).toEqual(['bell'])
    expect(pressed('', ['up', 'up'], ['one']).effects).toEqual(['bell'])
  })

  it.each<[string, string[], string]>([
    ['', ['C-r', 'e'], 'thre|e;'],
    ['', ['C-r', 'o'], 'SELECT 2\nFR|OM t;'],
    ['', ['C-r', 'o', 'C-r'], '|one;'],
    ['', ['C-r', 'o', 'C-r', 'C-s'], 'SELECT 2\nFR|OM t;'],
    ['', ['C-r', 's', 'e', 'l', 'C-a'], '|SELECT 2\nFROM t;'],
    ['x|', ['C-r', 'o', 'C-g'], 'x|'],
    ['x|', ['C-r', 'o', 'C-c'], 'x|'],
    ['', ['C-r', 'o', 'n', 'backspace', 'backspace'], '|'],
    ['', ['C-r', 'S'], '|SELECT 2\nFROM t;'],
  ])('search %j %j', (start, keys, wanted) => {
    expect(pressed(start, keys, history).shown).toBe(wanted)
  })

  it('a failed search keeps the last match', () => {
    const { editor, effects } = pressed('', ['C-r', 'o', 'n', 'e', 'x'], history)
    expect(editor.search).toMatchObject({ pattern: 'onex', isFound: false })
    expect(editor.buffer.text).toBe('one;')
    expect(effects).toEqual(['bell'])
  })

  it('Enter runs the match', () => {
    expect(pressed('', ['C-r', 'o', 'n', 'return'], history)).toMatchObject({
      effects: ['enter'],
      shown: '|one;',
    })
  })
})

describe('a typed text', () => {
  it.each<[string, boolean]>([
    ['', true],
    ['  \n', true],
    ['SELECT 1', false],
    ['SELECT 1;', true],
    ['SELECT 1; -- done', true],
    ['SELECT 1;\n-- next', false],
    ["SELECT ';", false],
    ["SELECT 'a'';';", true],
    ['SELECT "a;', false],
    ['SELECT [a;]', false],
    ['SELECT /* ; */ 1;', true],
    ['SELECT /* ;', false],
    ['.mode csv', true],
    ['\\x', true],
    ['\\?', true],
    ['SELECT 1;\n.mode csv', true],
    ['SELECT 1\n.mode csv', false],
    ['SELECT 1 \\gx', true],
    ['SELECT 1 \\watch 2', true],
    ["SELECT '\\gx'", false],
    ['quit', true],
    ['exit;', true],
    ['quit it', false],
    ['help', true],
    ['Help;', true],
    ['help me', false],
    ['-- a note', false],
    ['SELECT 1;\n\n', true],
  ])('%j is complete: %j', (text, wanted) => {
    expect(isComplete(text)).toBe(wanted)
  })

  it('the prompt of each line shows what is open', () => {
    const text = 'SELECT 1,\n(2\n+ \'a\nb\' -- )\n) /* x\n */ "y\n";\n.mode csv\nSELECT'
    expect(text.split('\n').map((_line, i) => promptsOf('p', text)(i))).toEqual([
      'p> ',
      '-> ',
      '(> ',
      "'> ",
      '(> ',
      '/*> ',
      '"> ',
      '-> ',
      '-> ',
    ])
    expect(scan(text).items.map(i => text.slice(i.start, i.end))).toEqual([
      text.slice(0, text.indexOf(';')),
      '.mode csv',
      'SELECT',
    ])
  })
})
