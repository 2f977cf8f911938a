import { isOp, isWord, type Token } from '../../sql/lexer.ts'
import { operandStart } from '../../sql/nearby.ts'
import type { Part } from '../compose.ts'
import { TIME } from './operands.ts'

/**
 * The present for CURRENT_TIMESTAMP, as the API writes times. Undefined for a name, and beside datetime(), which writes
 * a blank before the hour as SQLite's CURRENT_TIMESTAMP does.
 */
export function presentAt(tokens: readonly Token[], at: number): Part[] | undefined {
  const [before, after] = [tokens[at - 1], tokens[at + 1]]
  if (isOp(before, '.') || isWord(before, 'AS')) return undefined
  if (isWord(before, 'DEFAULT')) return [`(strftime(${TIME}, 'now'))`]
  const isCompared = (token: Token | undefined): boolean =>
    isOp(token, '=', '==', '<>', '!=', '<', '<=', '>', '>=')
  const isDatetime = (index: number): boolean =>
    isWord(tokens[index], 'DATETIME') && isOp(tokens[index + 1], '(')
  if (isCompared(after) && isDatetime(at + 2)) return undefined
  if (isCompared(before) && isDatetime(operandStart(tokens, at - 1))) return undefined
  return [`strftime(${TIME}, 'now')`]
}
