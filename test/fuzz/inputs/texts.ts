import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Random } from '../random.ts'

const EXAMPLES = fileURLToPath(new URL('../../../examples', import.meta.url))

/** Control characters, non-ASCII characters, and characters with special treatment. */
const UNUSUAL_CHARACTERS = [
  '\0',
  '\x01',
  '\b',
  '\v',
  '\f',
  '\x1b',
  '\x7f',
  '\x85',
  '\xa0',
  '\u00ad',
  '\u061c',
  '\u200b',
  '\u200d',
  '\u2028',
  '\u202e',
  '\ufeff',
  '\ufffd',
  '\ud800',
  '\udc00',
  'é',
  'ß',
  'İ',
  'ſ',
  '漢',
  '👩‍👩‍👧',
  '𝒳',
]

const PIECES = [
  'SELECT',
  'FROM',
  'WHERE',
  'AND',
  'OR',
  'NOT',
  'IN',
  'LIKE',
  'AS',
  'JOIN',
  'ON',
  'GROUP BY',
  'ORDER BY',
  'LIMIT',
  'UNION',
  'WITH',
  'INSERT INTO',
  'VALUES',
  'UPDATE',
  'SET',
  'DELETE FROM',
  'EXEC',
  'SHOW',
  'DESCRIBE',
  'USE',
  'EXPLAIN',
  'CREATE TABLE',
  'DROP',
  'RETURNING',
  'CASE',
  'END',
  'NULL',
  'x',
  'id',
  'a.b',
  'confluent.iam.users',
  'iam',
  '(',
  ')',
  ',',
  ';',
  '.',
  '..',
  '*',
  '=',
  '==',
  '<>',
  '->',
  '->>',
  '||',
  '%',
  '?',
  '?1',
  ':x',
  '@x',
  '@@json',
  '$x',
  '#',
  '\\',
  '\\G',
  '\\gx',
  '\\g',
  '\\watch 2',
  '\\e',
  '\\d',
  '\\x',
  '.mode',
  '.mode csv',
  '.read',
  '.quit',
  '\n.quit\n',
  '\n.once a.csv\n',
  '\n.x',
  '.once "',
  "'",
  "''",
  '"',
  '""',
  '`',
  '[',
  ']',
  "'a'",
  '"b"',
  '`c`',
  '[d]',
  "x'00ff'",
  "x'0'",
  '--',
  '-- c\n',
  '/*',
  '*/',
  '/*+',
  '/*+ AWAIT */',
  '/* c */',
  '#!',
  '#!/bin/x\n',
  '0',
  '1',
  '1.5',
  '.5',
  '5.',
  '1e',
  '1e5',
  '1e+5',
  '0x',
  '0xfF',
  '1_000',
  '9223372036854775808',
  ' ',
  '  ',
  '\t',
  '\n',
  '\r\n',
  '\r',
  '-- title: t\n',
  '-- var: x integer = 1\n',
  '-- report: r\n',
]

let examples: readonly string[] | undefined

/** The example scripts. */
export function exampleScripts(): readonly string[] {
  examples ??= readdirSync(EXAMPLES)
    .filter(f => f.endsWith('.sql'))
    .map(f => readFileSync(`${EXAMPLES}/${f}`, 'utf8'))
  return examples
}

/** Tokens of SQL, meta-commands and comments in random order. */
export function randomTokens(r: Random, most = 20): string {
  const between = r.pick(['', ' ', ' ', '\n'])
  return Array.from({ length: r.int(0, most) }, () =>
    r.chance(0.05) ? r.pick(UNUSUAL_CHARACTERS) : r.pick(PIECES),
  ).join(between)
}

/** Random characters, many of them unusual. */
export function randomCharacters(r: Random, most = 20): string {
  return Array.from({ length: r.int(0, most) }, () =>
    r.weighted<() => string>([
      [4, () => String.fromCharCode(r.int(32, 126))],
      [2, () => r.pick(UNUSUAL_CHARACTERS)],
      [1, () => String.fromCharCode(r.int(0, 0xffff))],
      [1, () => String.fromCodePoint(r.int(0, 0x10ffff))],
    ])(),
  ).join('')
}

/** The text with random parts deleted, repeated, moved or replaced. */
export function mutated(r: Random, text: string, pieces: readonly string[] = PIECES, most = 4): string {
  let result = text
  for (let n = r.int(1, most); n > 0; n--) {
    const at = r.int(0, result.length)
    const end = Math.min(
      result.length,
      at
        + r.weighted([
          [3, 1],
          [2, r.int(0, 8)],
          [1, r.int(0, 80)],
        ]),
    )
    const part = result.slice(at, end)
    const by = r.weighted<() => string>([
      [3, () => ''],
      [2, () => part + part],
      [3, () => r.pick(pieces)],
      [2, () => r.pick(pieces) + part],
      [1, () => randomCharacters(r, 3)],
      [1, () => part.toUpperCase()],
      [
        1,
        () => {
          const from = r.int(0, result.length)
          return result.slice(from, from + r.int(0, 40))
        },
      ],
    ])()
    result = result.slice(0, at) + by + result.slice(end)
  }
  // sometimes truncated
  return r.chance(0.1) ? result.slice(0, r.int(0, result.length)) : result
}

/** A random or mutated script of at most a few thousand characters. */
export function randomScript(r: Random): string {
  return r.weighted<() => string>([
    [4, () => randomTokens(r)],
    [1, () => randomCharacters(r)],
    [4, () => mutated(r, r.pick(exampleScripts()))],
    [1, () => randomTokens(r, 5).repeat(r.int(1, 200)).slice(0, 4000)],
  ])()
}
