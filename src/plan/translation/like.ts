import { isOp, isWord, type Token } from '../../sql/lexer.ts'
import { operandEnd } from '../../sql/nearby.ts'
import type { Range } from '../../sql/query.ts'
import type { Part } from '../compose.ts'
import type { Operand } from './operands.ts'

/**
 * ILIKE as SQLite's LIKE, which ignores case. In Postgres a backslash in a pattern makes the next character no wildcard.
 * `partsOf` translates the pattern.
 */
export function likeAt(
  tokens: readonly Token[],
  at: number,
  to: number,
  partsOf: (range: Range) => Part[],
): Operand | undefined {
  const [before, pattern] = [tokens[at - 1], tokens[at + 1]]
  if (!isWord(tokens[at], 'ILIKE') || !before || !pattern || at + 1 >= to) return undefined
  if (isOp(before, '.') || isWord(pattern, 'ANY', 'ALL')) return undefined
  const end = Math.min(patternEnd(tokens, at + 1), to)
  const isEscaped = tokens.slice(at + 1, end).some(t => t.text.includes('\\'))
  if (!isEscaped || isWord(tokens[end], 'ESCAPE')) return { to: at + 1, parts: [' LIKE'], kind: 'any' }
  return { to: end, parts: [' LIKE ', ...partsOf({ from: at + 1, to: end }), " ESCAPE '\\'"], kind: 'any' }
}

/** The index behind operands that are joined. */
function patternEnd(tokens: readonly Token[], start: number): number {
  const end = isWord(tokens[start], 'CASE') ? caseEnd(tokens, start) : operandEnd(tokens, start)
  return isOp(tokens[end], '||', '->', '->>') ? patternEnd(tokens, end + 1) : end
}

function caseEnd(tokens: readonly Token[], start: number): number {
  let depth = 0
  for (let at = start; at < tokens.length; at++) {
    if (isWord(tokens[at], 'CASE')) depth++
    else if (isWord(tokens[at], 'END') && --depth === 0) return at + 1
  }
  return tokens.length
}
