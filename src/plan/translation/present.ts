import { isOp, isWord, type Token } from '../../sql/lexer.ts'
import type { Part } from '../compose.ts'
import { TIME } from './operands.ts'

/** The present for CURRENT_TIMESTAMP, as the API writes times. Undefined for a name. */
export function presentAt(tokens: readonly Token[], at: number): Part[] | undefined {
  const before = tokens[at - 1]
  if (isOp(before, '.') || isWord(before, 'AS')) return undefined
  return isWord(before, 'DEFAULT') ? [`(strftime(${TIME}, 'now'))`] : [`strftime(${TIME}, 'now')`]
}
