import { isOp, isWord, type Token } from '../../sql/lexer.ts'
import type { Operand } from './operands.ts'

/** ILIKE as SQLite's LIKE, which ignores case. In Postgres a backslash in a pattern makes the next character no wildcard. */
export function likeAt(tokens: readonly Token[], at: number, to: number): Operand | undefined {
  const [before, pattern] = [tokens[at - 1], tokens[at + 1]]
  if (!isWord(tokens[at], 'ILIKE') || !before || !pattern || at + 1 >= to) return undefined
  if (isOp(before, '.') || isWord(pattern, 'ANY', 'ALL')) return undefined
  let end = at + 2
  while (end + 1 < to && isOp(tokens[end], '||')) end += 2
  const isEscaped = tokens.slice(at + 1, end).some(t => t.text.includes('\\'))
  if (!isEscaped || isWord(tokens[end], 'ESCAPE')) return { to: at + 1, parts: [' LIKE'], kind: 'any' }
  if (end !== at + 2) return undefined
  return { to: end, parts: [' LIKE ', { from: at + 1, to: end }, " ESCAPE '\\'"], kind: 'any' }
}
