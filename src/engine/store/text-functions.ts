import type Database from 'better-sqlite3'
import { instantText } from '../../catalog/times.ts'
import { ConfluentqlError } from '../../errors.ts'
import {
  INSTANT,
  NO_BOOLEAN,
  NO_TEXT,
  ONE_ROW,
  ONLY_NUMBER,
  ONLY_TIME,
  TIME_KEY,
  TIME_OF_KEY,
} from '../../plan/names.ts'
import { compilePattern, type Pattern } from '../../sql/regular-expression.ts'
import { areEqualJson } from './json-equal.ts'

type Argument = string | number | bigint | Buffer | null

/** Adds the functions for texts that StackQL has beside those of SQLite. Like most of SQLite's, they are NULL if an argument is. */
export function addTextFunctions(db: Database.Database): void {
  const add = (name: string, implementation: (...args: string[]) => string | bigint | null): void => {
    // better-sqlite3 takes the number of arguments from the function's length
    const call = (...args: Argument[]): string | bigint | null =>
      args.includes(null) ? null : implementation(...args.map(textOf))
    Object.defineProperty(call, 'length', { value: implementation.length })
    db.function(name, { deterministic: true }, call)
  }
  add('split_part', splitPart)
  add('regexp', (pattern, text) => toInteger(firstMatch(text, pattern) !== null))
  add('regexp_like', (text, pattern) => toInteger(firstMatch(text, pattern) !== null))
  add('regexp_substr', (text, pattern) => firstMatch(text, pattern)?.[0] ?? null)
  add('regexp_replace', replaceMatches)
  const addExact = (name: string, read: (value: string | number | bigint) => number | bigint): void => {
    db.function(name, { deterministic: true }, (value: Argument) =>
      value === null ? value : read(typeof value === 'object' ? textOf(value) : value),
    )
  }
  addExact('exact_integer', exactInteger)
  addExact('exact_number', exactNumber)
  const addTimes = (name: string, of: (text: string) => string): void => {
    db.function(name, { deterministic: true }, (value: Argument) =>
      typeof value === 'string' ? of(value) : value,
    )
  }
  addTimes(INSTANT, text => instantText(text) ?? text)
  addTimes(TIME_KEY, timeKey)
  addTimes(TIME_OF_KEY, timeOfKey)
  addTimes(ONLY_TIME, onlyTime)
  db.function(ONLY_NUMBER, { deterministic: true }, (value: Argument) => {
    if (typeof value === 'string' && !NUMBER.test(value)) throw noNumber(value, 'a number')
    return value
  })
  db.function(NO_TEXT, { deterministic: true }, (value: Argument, of: Argument, isEquality: Argument) => {
    if (typeof value === 'string' && (Number(isEquality) === 0 || NUMBER.test(value)))
      throw textBesideNumber(value, String(of))
    return value
  })
  db.function(
    NO_BOOLEAN,
    { deterministic: true },
    (value: Argument, json: Argument, of: Argument, use: Argument) => {
      const isJson = use === 'json'
      if (
        typeof json === 'string'
        && (isJson ? /^(?:true|false|object|array|[{[])/ : /^(?:true|false)$/).test(json)
      )
        throw nestedValue(String(of), isJson)
      return value
    },
  )
  db.function(ONE_ROW, (rows: Argument, query: Argument) => oneRow(Number(rows), String(query)))
  add('json_equal', (left, right) => toInteger(areEqualJson(left, right)))
}

/** Less than every character of a time. */
const SEPARATOR = '\u0001'

/** A text that sorts as the time that a text is, and has the text in it. */
function timeKey(text: string): string {
  const instant = instantText(text)
  return instant === undefined ? text + SEPARATOR : instant + SEPARATOR + text
}

function timeOfKey(key: string): string {
  return key.endsWith(SEPARATOR) ? key.slice(0, -1) : key.slice(key.indexOf(SEPARATOR) + 1)
}

/** A text that is a time, or empty, of which SQLite's functions make NULL. */
function onlyTime(text: string): string {
  if (text === '' || instantText(text) !== undefined) return text
  throw new ConfluentqlError('VALUE', `${JSON.stringify(text.slice(0, 40))} is no day or time`, {
    hint: "a condition before it leaves such values out, such as value GLOB '[0-9][0-9][0-9][0-9]-*' AND …; date(value) is NULL for them",
  })
}

/** True for a subquery with one row. */
function oneRow(rows: number, query: string): bigint {
  if (rows === 1) return 1n
  throw new ConfluentqlError('VALUE', `${query} has several rows, and stands for one value`, {
    hint: 'add a condition that only one row meets, or ORDER BY … LIMIT 1 for the first row, or take max() or another aggregate; IN (SELECT …) compares with all rows',
  })
}

// better-sqlite3 binds every number as a REAL
const toInteger = (isTrue: boolean): bigint => (isTrue ? 1n : 0n)

/** The text of an argument, as SQLite would convert it. */
function textOf(value: Argument): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number')
    return Number.isInteger(value) && Math.abs(value) < 1e15 ? value.toFixed(1) : String(value)
  return typeof value === 'bigint' ? String(value) : (value?.toString('utf8') ?? '')
}

/** A number as an integer, rounded as Postgres does; a text must have the digits of one. CAST would make 0 of any other. */
function exactInteger(value: string | number | bigint): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'string') {
    if (!/^\s*[+-]?\d{1,18}\s*$/.test(value)) throw noNumber(value, 'an integer')
    return BigInt(value.trim().replace(/^\+/, ''))
  }
  if (Math.abs(value) >= 2 ** 63) throw noNumber(String(value), 'an integer')
  return BigInt(Math.sign(value) * Math.round(Math.abs(value)))
}

/** The number that a text has the digits of: a REAL, so that a division has a fraction, unless only an integer has all digits. */
function exactNumber(value: string | number | bigint): number | bigint {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return isSafe(value) ? Number(value) : value
  if (/^\s*[+-]?\d{16,18}\s*$/.test(value)) return exactNumber(exactInteger(value))
  if (NUMBER.test(value)) return Number(value)
  throw noNumber(value, 'a number')
}

/** A text that is a number. */
export const NUMBER = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*$/i

const isSafe = (value: bigint): boolean => Number.isSafeInteger(Number(value))

function noNumber(text: string, wanted: string): ConfluentqlError {
  return new ConfluentqlError('VALUE', `${JSON.stringify(text.slice(0, 40))} is not ${wanted}`, {
    hint: "a condition before it leaves such values out, such as value NOT GLOB '*[^0-9]*' AND …; iif(value GLOB '*[^0-9]*', 0, value) makes 0 of them",
  })
}

function textBesideNumber(text: string, of: string): ConfluentqlError {
  return new ConfluentqlError(
    'VALUE',
    `${of} is the text ${JSON.stringify(text.slice(0, 40))} in a row, and is compared with a number`,
    {
      hint: `compare exact_number(${of}), which makes numbers of digits; typeof(${of}) <> 'text' AND … leaves texts out`,
    },
  )
}

function nestedValue(of: string, isJson: boolean): ConfluentqlError {
  return isJson
    ? new ConfluentqlError(
        'VALUE',
        `${of} is a boolean, an object or an array in a row, which is a number or a text outside of the query that names it`,
        { hint: `make the JSON in that query: json_object('name', ${of})` },
      )
    : new ConfluentqlError(
        'VALUE',
        `${of} is a boolean in a row: outside of the query that names it, it is 1 or 0 instead of the text true or false`,
        { hint: `write CAST(${of} AS TEXT) there` },
      )
}

/** The n-th part between separators, counted from 1, or from the end if n is negative; empty if there is none. */
function splitPart(text: string, separator: string, nth: string): string {
  const n = Number(nth)
  if (!Number.isInteger(n) || n === 0)
    throw new ConfluentqlError(
      'VALUE',
      `split_part() counts parts from 1, or from -1 at the end: ${nth} is no part`,
    )
  const parts = separator === '' ? [text] : text.split(separator)
  return parts.at(n > 0 ? n - 1 : n) ?? ''
}

const MOST_PATTERNS = 100
const patterns = new Map<string, Pattern>()

function patternOf(text: string): Pattern {
  const known = patterns.get(text)
  if (known) return known
  let pattern: Pattern
  try {
    pattern = compilePattern(text)
  } catch (cause) {
    throw new ConfluentqlError('VALUE', `not a regular expression: ${(cause as Error).message}`, { cause })
  }
  if (patterns.size >= MOST_PATTERNS) patterns.clear()
  patterns.set(text, pattern)
  return pattern
}

function firstMatch(text: string, pattern: string): RegExpExecArray | null {
  const compiled = patternOf(pattern)
  return limited(compiled, text, () => compiled.regExp.exec(text))
}

/** Replaces every match. In the replacement, `$1` and `${name}` are groups, and `$$` is a dollar. */
function replaceMatches(text: string, pattern: string, replacement: string): string {
  const compiled = patternOf(pattern)
  const everywhere = new RegExp(compiled.regExp, `${compiled.regExp.flags}g`)
  return limited(compiled, text, () => text.replace(everywhere, (...match) => filled(replacement, match)))
}

/** The replacement for a match. @param match the arguments that String.replace gives: groups, offset, text, named groups */
function filled(replacement: string, match: readonly unknown[]): string {
  const named = (typeof match.at(-1) === 'object' ? match.at(-1) : {}) as Record<string, string | undefined>
  const count = match.findIndex(part => typeof part === 'number')
  return replacement.replace(/\$(?:\$|(\d{1,2})|\{(\w+)\}|)/g, (whole, digits?: string, braced?: string) => {
    const group = digits ?? braced
    if (group === undefined) return '$'
    const value = /^\d+$/.test(group) && Number(group) < count ? match[Number(group)] : named[group]
    if (value === undefined && !Object.hasOwn(named, group) && !(Number(group) < count))
      throw new ConfluentqlError(
        'VALUE',
        `regexp_replace(): the expression has no group ${group}, which ${whole} means`,
        { hint: 'write $$ for a dollar' },
      )
    return (value as string | undefined) ?? ''
  })
}

/** More steps than this may block the thread for long. */
const MOST_STEPS = 1e7
/** Matching a text with few characters is fast whatever the expression is. */
const SHORT = 12
/** Milliseconds that one value may take. */
const MOST_MS = 1000

/** Runs a match that may take exponential time with a time limit. The limit costs about 60 µs, so others run without. */
function limited<T>(pattern: Pattern, text: string, match: () => T): T {
  if (text.length <= SHORT || pattern.steps(text.length) <= MOST_STEPS) return match()
  const vm = process.getBuiltinModule('node:vm')
  try {
    return vm.runInNewContext('match()', { match }, { timeout: MOST_MS }) as T
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    throw new ConfluentqlError(
      'VALUE',
      `the regular expression takes more than ${MOST_MS / 1000} s for a text of ${text.length} characters`,
      {
        hint: 'avoid a repetition within a repetition, as in (a+)+: each part of a text should match in one way only',
      },
    )
  }
}
