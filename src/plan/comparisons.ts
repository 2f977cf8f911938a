import type { Value } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { isOp, isOpOf, isWord, isWordOf } from '../sql/lexer.ts'
import { splitList } from '../sql/predicate.ts'
import type { Range, Source } from '../sql/query.ts'
import { afterParen } from '../sql/skeleton.ts'
import { isNumberColumn } from './affinity.ts'
import type { Binder } from './bind.ts'
import type { Chain } from './bound.ts'
import { BOUNDARY, COMPARE, COMPARES, MATCH, OPENS } from './chains.ts'
import type { Judge } from './context.ts'
import { isNumber, isNumeric } from './fit.ts'
import { spanOf } from './names.ts'
import { onlyOrigin, originOf, UNKNOWN } from './scope.ts'

/** What a column is compared with, and whether it is a test of being the same (=, <>, IS, IN). */
interface Other {
  readonly range: Range
  readonly isEquality: boolean
}

const EQUALITY = new Set(['=', '==', '<>', '!='])
const STOPS = {
  ops: new Set([')', ',', ';', ...COMPARE]),
  words: new Set([...BOUNDARY, ...MATCH, 'IS', 'ISNULL', 'NOTNULL', 'ESCAPE', 'MATCH']),
}
const BOUNDARIES = new Set(BOUNDARY)

/** What sorts among times as APIs write them (RFC 3339): one of them, or what one begins with. A blank before the hour sorts before every `T` of the day. */
const TIME = /^\d{4}(?:-(?:\d\d(?:-(?:\d\d(?:T.*)?)?)?)?)?$/i

/**
 * Refuses a number or a boolean compared with a constant that is a text, and a text with one that is a number: SQLite holds
 * every number to be less than any text (sqlite.org/datatype3.html, 4.1), so that the condition would hold for no row, or
 * for all, without a word. A whole column of numbers takes a text that looks like a number for that number; what stands
 * inside an object does not. An empty text may be asked for: that nothing equals it is what is meant. A whole column of
 * texts takes a number for its digits, which for a timestamp is a year or nothing, and takes true for 1.
 *
 * Refuses a timestamp compared with a text that is none: texts are compared by their characters, so that '01/06/2025', or
 * a time as datetime() writes it, would find too few rows or too many.
 */
export function checkComparisons(binder: Binder, source: Source, range: Range, judge: Judge): void {
  for (const chain of binder.chainsIn(source, range)) {
    if (chain.shape === UNKNOWN || chain.implied.length > 0 || chain.merged || !isDocumented(chain)) continue
    for (const other of comparedWith(source, chain.range)) {
      const value = constantOf(binder, source, other.range, judge)
      const name = binder.splices.original(source, chain.range)
      if (isMistakenNumber(chain, value, source, other.range))
        throw refusalOfNumber(name, chain, String(value), source, other.range)
      if (typeof value !== 'string' || (value === '' && other.isEquality)) continue
      if (chain.shape.type === 'timestamp' && !TIME.test(value))
        throw refusal(name, chain, value, source, other.range)
      if (isNumeric(chain.shape.type) && !(isNumberColumn(chain) && isNumber(value)))
        throw refusal(name, chain, value, source, other.range)
    }
  }
}

/** Whether it is known what is in a column: a resource's, or what a snapshot keeps in an object. A whole column of the session's own tables may hold anything. */
function isDocumented(chain: Chain): boolean {
  const origin = onlyOrigin(chain)
  return origin?.item.kind === 'ref' || (origin?.item.kind === 'local' && origin.path.length > 0)
}

function refusal(
  name: string,
  { shape }: Chain,
  text: string,
  source: Source,
  range: Range,
): ConfluentqlError {
  const token = source.tokens[range.from]!
  const param = range.to - range.from === 1 && token.kind === 'param' ? token.text : undefined
  const shown = `'${text.length > 40 ? `${text.slice(0, 39)}…` : text}'${param === undefined ? '' : ` of ${param}`}`
  return new ConfluentqlError(
    'VALUE',
    `${name} is ${shape.type === 'integer' ? 'an' : 'a'} ${shape.type}, which does not compare as meant with the text ${shown}`,
    {
      span: spanOf(source, range),
      hint:
        shape.type === 'timestamp' ? timeInstead(text) : instead(name, shape.type === 'boolean', text, param),
    },
  )
}

function instead(name: string, isBoolean: boolean, text: string, param: string | undefined): string {
  if (isBoolean) {
    const isFalse = /^(?:false|f|no|n|off|0)$/i.test(text.trim())
    return param === undefined
      ? `write ${String(!isFalse)}, without quotes`
      : `give ${param} as ${isFalse ? '0' : '1'}`
  }
  if (isNumber(text))
    return param === undefined ? `write ${text.trim()} without quotes` : `give ${param} as a number`
  return `compare it with a number, or as a text: CAST(${name} AS TEXT)`
}

function timeInstead(text: string): string {
  const [, day, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d(?::\d\d(?:\.\d+)?)?)$/.exec(text) ?? []
  const own = day === undefined ? "such as '2026-01-31' or '2026-01-31T08:00:00Z'" : `'${day}T${time}Z'`
  return `the API writes a T before the hour and a Z behind it: write ${own}; for a time that is computed, strftime('%Y-%m-%dT%H:%M:%SZ', 'now')`
}

/** Whether a number stands beside a text that is no number's digits. */
function isMistakenNumber(
  { item, column, path, shape }: Chain,
  value: Value | undefined,
  source: Source,
  range: Range,
): boolean {
  if (
    (shape.type !== 'string' && shape.type !== 'timestamp')
    || (typeof value !== 'number' && typeof value !== 'bigint')
  )
    return false
  if (isBoolean(source, range)) return !isWord(source.tokens[range.from - 1], 'IS', 'NOT')
  const isWhole = (originOf(item, column, path)?.path ?? path).length === 0
  return !isWhole || (shape.type === 'timestamp' && !/^\d{4}$/.test(String(value)))
}

const isBoolean = (source: Source, { from, to }: Range): boolean =>
  to - from === 1 && isWord(source.tokens[from], 'TRUE', 'FALSE')

function refusalOfNumber(
  name: string,
  { shape }: Chain,
  value: string,
  source: Source,
  range: Range,
): ConfluentqlError {
  const number = isBoolean(source, range) ? source.tokens[range.from]!.text : value
  const text =
    /^\d{4}$/.test(value) || isBoolean(source, range)
      ? `write '${number.toLowerCase()}'`
      : "compare it with a text such as '2026-01-31', or strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"
  return new ConfluentqlError(
    'VALUE',
    `${name} is a ${shape.type}, which does not compare as meant with the ${isBoolean(source, range) ? 'boolean' : 'number'} ${number}`,
    {
      span: spanOf(source, range),
      hint:
        shape.type === 'timestamp'
          ? text
          : `write '${number.toLowerCase()}', or compare it as a number: CAST(${name} AS NUMERIC)`,
    },
  )
}

/** The value that a range of tokens always is; undefined where it depends on rows. A number given for a variable beside a text is compared as a text. */
function constantOf(binder: Binder, source: Source, range: Range, judge: Judge): Value | undefined {
  const token = source.tokens[range.from]
  if (!token || range.to <= range.from) return undefined
  if (range.to - range.from === 1 && token.kind === 'string') return token.value
  const tokens = source.tokens.slice(range.from, range.to)
  if (tokens.some(t => isWord(t, 'SELECT', 'VALUES')) || binder.chainsIn(source, range).length > 0)
    return undefined
  try {
    const [value] = judge.values([binder.splices.original(source, range)])
    return token.kind === 'param' && range.to - range.from === 1 && typeof value !== 'string'
      ? undefined
      : value
  } catch {
    return undefined
  }
}

/** All that the operand in a range, with the brackets around it, is compared with. */
function comparedWith(source: Source, range: Range): Other[] {
  const { tokens } = source
  let { from, to } = range
  while (
    isOp(tokens[from - 1], '(')
    && isOp(tokens[to], ')')
    && (tokens[from - 2] === undefined
      || tokens[from - 2]!.kind === 'op'
      || isWordOf(tokens[from - 2], BOUNDARIES))
  ) {
    from--
    to++
  }
  const before = tokens[from - 1]
  const after = tokens[to]
  if (isWord(before, 'CASE') && isWord(after, 'WHEN')) return whens(source, to)
  if (isOp(before, '(') && isWord(tokens[from - 2], 'NULLIF') && isOp(after, ','))
    return [{ range: operandFrom(source, to + 1), isEquality: true }]
  const opens = before === undefined || isOpOf(before, OPENS.ops) || isWordOf(before, OPENS.words)
  const closes = after === undefined || isOpOf(after, STOPS.ops) || isWordOf(after, STOPS.words)
  return [...(opens ? behind(source, to) : []), ...(closes ? ahead(source, from - 1) : [])]
}

/** What stands behind an operand and a comparison. */
function behind(source: Source, at: number): Other[] {
  const { tokens } = source
  const after = tokens[at]
  if (isOpOf(after, COMPARES))
    return [{ range: operandFrom(source, at + 1), isEquality: isOpOf(after, EQUALITY) }]
  if (isWord(after, 'IS')) {
    let i = at + 1
    while (isWord(tokens[i], 'NOT', 'DISTINCT', 'FROM')) i++
    return [{ range: operandFrom(source, i), isEquality: true }]
  }
  const next = isWord(after, 'NOT') ? at + 1 : at
  if (isWord(tokens[next], 'BETWEEN')) {
    const low = operandFrom(source, next + 1)
    const high = isWord(tokens[low.to], 'AND') ? [operandFrom(source, low.to + 1)] : []
    return [low, ...high].map(range => ({ range, isEquality: false }))
  }
  if (!isWord(tokens[next], 'IN') || !isOp(tokens[next + 1], '(')) return []
  const list = { from: next + 2, to: afterParen(source, next + 1, tokens.length) - 1 }
  return isWord(tokens[list.from], 'SELECT', 'WITH', 'VALUES')
    ? []
    : splitList(source, list).map(range => ({ range, isEquality: true }))
}

/** What stands before a comparison that ends at the token `at`. */
function ahead(source: Source, at: number): Other[] {
  const { tokens } = source
  if (isOpOf(tokens[at], COMPARES))
    return [{ range: operandTo(source, at), isEquality: isOpOf(tokens[at], EQUALITY) }]
  if (isWord(tokens[at], 'BETWEEN'))
    return [{ range: operandTo(source, isWord(tokens[at - 1], 'NOT') ? at - 1 : at), isEquality: false }]
  let i = at
  while (isWord(tokens[i], 'NOT', 'DISTINCT', 'FROM')) i--
  return isWord(tokens[i], 'IS') ? [{ range: operandTo(source, i), isEquality: true }] : []
}

/** The values that `CASE x WHEN …` compares x with. */
function whens(source: Source, from: number): Other[] {
  const { tokens } = source
  const found: Other[] = []
  let depth = 0
  for (let i = from; i < tokens.length && depth >= 0; i++) {
    if (isOp(tokens[i], '(')) i = afterParen(source, i, tokens.length) - 1
    else if (isWord(tokens[i], 'CASE')) depth++
    else if (isWord(tokens[i], 'END')) depth--
    else if (depth === 0 && isWord(tokens[i], 'WHEN'))
      found.push({ range: operandFrom(source, i + 1), isEquality: true })
  }
  return found
}

const isEnd = (source: Source, i: number): boolean =>
  isOpOf(source.tokens[i], STOPS.ops) || isWordOf(source.tokens[i], STOPS.words)

function operandFrom(source: Source, from: number): Range {
  let to = from
  while (to < source.tokens.length && !isEnd(source, to))
    to = isOp(source.tokens[to], '(') ? afterParen(source, to, source.tokens.length) : to + 1
  return { from, to }
}

function operandTo(source: Source, to: number): Range {
  let from = to
  let depth = 0
  for (; from > 0; from--) {
    const token = source.tokens[from - 1]
    if (isOp(token, ')')) depth++
    else if (isOp(token, '(') && depth > 0) depth--
    else if (depth === 0 && (isOp(token, '(') || isEnd(source, from - 1))) break
  }
  return { from, to }
}
