import { ConfluentqlError } from '../errors.ts'
import { isOp, isWord } from '../sql/lexer.ts'
import { splitList } from '../sql/predicate.ts'
import type { Range, Source } from '../sql/query.ts'
import { afterParen } from '../sql/skeleton.ts'
import { isNumberColumn } from './affinity.ts'
import type { Binder } from './bind.ts'
import type { Chain } from './bound.ts'
import { BOUNDARY, COMPARE, MATCH } from './chains.ts'
import type { Judge } from './context.ts'
import { isNumber, isNumeric } from './fit.ts'
import { spanOf } from './names.ts'
import { onlyOrigin } from './scope.ts'

/** What a column is compared with, and whether it is a test of being the same (=, <>, IS, IN). */
interface Other {
  readonly range: Range
  readonly isEquality: boolean
}

const EQUALITY = ['=', '==', '<>', '!=']
const STOPS = [...BOUNDARY, ...MATCH, 'IS', 'ISNULL', 'NOTNULL', 'ESCAPE', 'MATCH']

/**
 * Refuses a number or a boolean compared with a constant that is a text: SQLite holds every number to be less than any
 * text (sqlite.org/datatype3.html, 4.1), so that the condition would hold for no row, or for all, without a word. A whole
 * column of numbers takes a text that looks like a number for that number; what stands inside an object does not. An
 * empty text may be asked for: that nothing equals it is what is meant.
 */
export function checkComparisons(binder: Binder, source: Source, range: Range, judge: Judge): void {
  for (const chain of binder.chainsIn(source, range)) {
    if (!isNumeric(chain.shape.type) || chain.implied.length > 0 || chain.merged || !isDocumented(chain)) continue
    for (const other of comparedWith(source, chain.range)) {
      const text = textOf(binder, source, other.range, judge)
      if (text === undefined || (text === '' && other.isEquality) || (isNumberColumn(chain) && isNumber(text))) continue
      throw refusal(binder.splices.original(source, chain.range), chain, text, source, other.range)
    }
  }
}

/** Whether it is known what is in a column: a resource's, or what a snapshot keeps in an object. A whole column of the session's own tables may hold anything. */
function isDocumented(chain: Chain): boolean {
  const origin = onlyOrigin(chain)
  return origin?.item.kind === 'ref' || (origin?.item.kind === 'local' && origin.path.length > 0)
}

function refusal(name: string, { shape }: Chain, text: string, source: Source, range: Range): ConfluentqlError {
  const token = source.tokens[range.from]!
  const param = range.to - range.from === 1 && token.kind === 'param' ? token.text : undefined
  const shown = `'${text.length > 40 ? `${text.slice(0, 39)}…` : text}'${param === undefined ? '' : ` of ${param}`}`
  return new ConfluentqlError('VALUE', `${name} is ${shape.type === 'integer' ? 'an' : 'a'} ${shape.type}, which does not compare as meant with the text ${shown}`, {
    span: spanOf(source, range), hint: instead(name, shape.type === 'boolean', text, param),
  })
}

function instead(name: string, isBoolean: boolean, text: string, param: string | undefined): string {
  if (isBoolean) {
    const isFalse = /^(?:false|f|no|n|off|0)$/i.test(text.trim())
    return param === undefined ? `write ${String(!isFalse)}, without quotes` : `give ${param} as ${isFalse ? '0' : '1'}`
  }
  if (isNumber(text)) return param === undefined ? `write ${text.trim()} without quotes` : `give ${param} as a number`
  return `compare it with a number, or as a text: CAST(${name} AS TEXT)`
}

/** The text that a range of tokens always is; undefined where it is none, or depends on rows. */
function textOf(binder: Binder, source: Source, range: Range, judge: Judge): string | undefined {
  const token = source.tokens[range.from]
  if (!token || range.to <= range.from) return undefined
  if (range.to - range.from === 1 && token.kind !== 'param') return token.kind === 'string' ? token.value : undefined
  const tokens = source.tokens.slice(range.from, range.to)
  if (tokens.some(t => isWord(t, 'SELECT', 'VALUES')) || binder.chainsIn(source, range).length > 0) return undefined
  try {
    const [value] = judge.values([binder.splices.original(source, range)])
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

/** All that the operand in a range, with the brackets around it, is compared with. */
function comparedWith(source: Source, range: Range): Other[] {
  const { tokens } = source
  let { from, to } = range
  while (isOp(tokens[from - 1], '(') && isOp(tokens[to], ')') && (tokens[from - 2] === undefined || tokens[from - 2]!.kind === 'op' || isWord(tokens[from - 2], ...BOUNDARY))) {
    from--
    to++
  }
  const before = tokens[from - 1]
  const after = tokens[to]
  if (isWord(before, 'CASE') && isWord(after, 'WHEN')) return whens(source, to)
  if (isOp(before, '(') && isWord(tokens[from - 2], 'NULLIF') && isOp(after, ',')) return [{ range: operandFrom(source, to + 1), isEquality: true }]
  const opens = before === undefined || isOp(before, '(', ',', ...COMPARE) || isWord(before, ...BOUNDARY, ...MATCH, 'IS')
  const closes = after === undefined || isOp(after, ')', ',', ';', ...COMPARE) || isWord(after, ...STOPS)
  return [...(opens ? behind(source, to) : []), ...(closes ? ahead(source, from - 1) : [])]
}

/** What stands behind an operand and a comparison. */
function behind(source: Source, at: number): Other[] {
  const { tokens } = source
  const after = tokens[at]
  if (isOp(after, ...COMPARE)) return [{ range: operandFrom(source, at + 1), isEquality: isOp(after, ...EQUALITY) }]
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
  return isWord(tokens[list.from], 'SELECT', 'WITH', 'VALUES') ? [] : splitList(source, list).map(range => ({ range, isEquality: true }))
}

/** What stands before a comparison that ends at the token `at`. */
function ahead(source: Source, at: number): Other[] {
  const { tokens } = source
  if (isOp(tokens[at], ...COMPARE)) return [{ range: operandTo(source, at), isEquality: isOp(tokens[at], ...EQUALITY) }]
  if (isWord(tokens[at], 'BETWEEN')) return [{ range: operandTo(source, isWord(tokens[at - 1], 'NOT') ? at - 1 : at), isEquality: false }]
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
    else if (depth === 0 && isWord(tokens[i], 'WHEN')) found.push({ range: operandFrom(source, i + 1), isEquality: true })
  }
  return found
}

const isEnd = (source: Source, i: number): boolean => isOp(source.tokens[i], ')', ',', ';', ...COMPARE) || isWord(source.tokens[i], ...STOPS)

function operandFrom(source: Source, from: number): Range {
  let to = from
  while (to < source.tokens.length && !isEnd(source, to)) to = isOp(source.tokens[to], '(') ? afterParen(source, to, source.tokens.length) : to + 1
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
