import { isOp, isOpOf, isWord, isWordOf } from '../sql/lexer.ts'
import { afterCase } from '../sql/predicate.ts'
import type { Range, Source } from '../sql/query.ts'
import { afterParen } from '../sql/skeleton.ts'
import { COMPARES, MATCH } from './chains.ts'
import { BLIND } from './held.ts'

/** What an operand is compared for. */
export type Comparison = 'condition' | 'group' | 'order' | 'distinct' | 'extreme'

const BEFORE = new Set(['BY', 'WHERE', 'CASE', 'WHEN', 'THEN', 'ELSE'])
const AFTER = new Set(['WHEN', 'THEN', 'ELSE', 'END', 'ORDER', 'ROWS', 'RANGE', 'GROUPS'])
const COMPARING = ['NULLIF', 'INSTR', 'LIKE', 'GLOB', 'REGEXP', 'MATCH']

/** Words between two operands that are compared, or taken for truths. */
const JOINING = new Set([...MATCH, 'MATCH', 'AND', 'OR'])

/** Whether the operand at a range, or what is made of it, is compared within `limit`, walking outward through brackets and CASE. */
export function comparisonOf(source: Source, operand: Range, limit: Range): Comparison | undefined {
  const { tokens } = source
  for (let at = operand; ;) {
    const from = back(source, at.from, limit.from)
    const to = ahead(source, at.to, limit.to)
    if (compares(source, { from, to: at.from }) || compares(source, { from: at.to, to })) return 'condition'
    let head = from
    while (head > limit.from && isOp(tokens[head - 1], ',')) head = back(source, head - 1, limit.from)
    const opener = head > limit.from ? tokens[head - 1] : undefined
    if (opener === undefined) return undefined
    if (isWord(opener, 'BY')) return isWord(tokens[head - 2], 'ORDER') ? 'order' : 'group'
    if (isWord(opener, 'WHERE', 'CASE', 'WHEN')) return 'condition'
    if (isWord(opener, 'DISTINCT')) return 'distinct'
    if (isWord(opener, 'THEN', 'ELSE')) {
      const start = caseAround(source, head - 1, limit.from)
      at = { from: start, to: afterCase(source, start, limit.to) }
      continue
    }
    const called = tokens[head - 2]
    if (isWord(called, ...BLIND)) return undefined
    if (isWord(called, 'MIN', 'MAX')) return 'extreme'
    if (isWord(called, ...COMPARING) || (isWord(called, 'IIF', 'IF') && from === head)) return 'condition'
    at = { from: head - 1, to: afterParen(source, head - 1, limit.to) }
  }
}

/** Index of the first token of the expression that ends before `at`. */
function back({ tokens }: Source, at: number, limit: number): number {
  let depth = 0
  for (let i = at; i > limit; i--) {
    const token = tokens[i - 1]
    if (isOp(token, ')') || isWord(token, 'END')) depth++
    else if (depth > 0) depth -= isOp(token, '(') || isWord(token, 'CASE') ? 1 : 0
    else if (
      isOp(token, '(', ',')
      || isWordOf(token, BEFORE)
      || (isWord(token, 'DISTINCT') && isOp(tokens[i - 2], '('))
    )
      return i
  }
  return limit
}

/** Index after the last token of the expression that goes on at `at`. */
function ahead(source: Source, at: number, limit: number): number {
  const { tokens } = source
  let i = at
  while (i < limit && !isOp(tokens[i], ')', ',') && !isWordOf(tokens[i], AFTER))
    i = afterWhole(source, i, limit)
  return i
}

/** Index after a token, or after the brackets or the CASE that it opens. */
function afterWhole(source: Source, i: number, limit: number): number {
  if (isOp(source.tokens[i], '(')) return afterParen(source, i, limit)
  return isWord(source.tokens[i], 'CASE') ? afterCase(source, i, limit) : i + 1
}

/** Whether a comparison, or a word that takes truth, stands in a range outside brackets; IS NULL is none. */
function compares(source: Source, { from, to }: Range): boolean {
  const { tokens } = source
  for (let i = from; i < to; i = afterWhole(source, i, to)) {
    const token = tokens[i]
    if (isOpOf(token, COMPARES) || isWordOf(token, JOINING)) return true
    if (isWord(token, 'IS') && !isWord(tokens[isWord(tokens[i + 1], 'NOT') ? i + 2 : i + 1], 'NULL'))
      return true
    if (isWord(token, 'NOT') && !isWord(tokens[i + 1], 'NULL')) return true
  }
  return false
}

/** Index of the CASE whose THEN or ELSE is at `at`. */
function caseAround({ tokens }: Source, at: number, limit: number): number {
  let depth = 0
  for (let i = at - 1; i >= limit; i--) {
    if (isWord(tokens[i], 'END')) depth++
    else if (isWord(tokens[i], 'CASE') && depth-- === 0) return i
  }
  return limit
}
