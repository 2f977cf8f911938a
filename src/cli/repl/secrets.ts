import { maskText } from '../../secrets.ts'
import { lexOpen } from '../../sql/lexer.ts'
import { typeOf } from '../../sql/read-statement.ts'
import { secretsOfScript } from '../script/masked.ts'
import { isMeta } from '../script/meta.ts'

/** Whether an entry may hold a secret, so that it must not be kept: a command, or a statement with its comments. */
export function mayHoldSecret(entry: string): boolean {
  if (secretsOfScript(entry, { start: 0, end: entry.length }).spans.length > 0) return true
  // what is no statement may be a line for another program
  return !isMeta(entry) && typeOf(lexOpen(entry)) === undefined && maskText(entry) !== entry
}
