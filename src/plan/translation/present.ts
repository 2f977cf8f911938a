import { isOp, isWord, type Token } from '../../sql/lexer.ts'
import type { Part } from '../compose.ts'
import { TIME } from './operands.ts'

/** Words for the present and for today, each of which is translated with other blanks: its text gives the name of a result column. */
const WORDS = ['now', 'current_timestamp', 'getdate', 'today', 'curdate', 'current_date']

export const blanksFor = (word: string): string => ' '.repeat(1 + WORDS.indexOf(word))

export const presentParts = (word: string): Part[] => [`strftime(${TIME},${blanksFor(word)}'now')`]

/** The present for CURRENT_TIMESTAMP, as the API writes times. Undefined for a name. */
export function presentAt(tokens: readonly Token[], at: number): Part[] | undefined {
  const before = tokens[at - 1]
  if (isOp(before, '.') || isWord(before, 'AS')) return undefined
  const parts = presentParts('current_timestamp')
  return isWord(before, 'DEFAULT') ? ['(', ...parts, ')'] : parts
}
