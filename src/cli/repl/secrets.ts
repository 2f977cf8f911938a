import { maskText } from '../../secrets.ts'
import { lexOpen } from '../../sql/lexer.ts'
import { typeOf } from '../../sql/read-statement.ts'
import { secretsOfScript } from '../script/script-secrets.ts'
import { isMeta } from '../script/read-meta.ts'

/** Whether an entry may contain a secret and must not be written to the history file. */
export function mayHoldSecret(entry: string): boolean {
  if (secretsOfScript(entry, { start: 0, end: entry.length }).spans.length > 0) return true
  // not SQL: possibly a command line meant for another program
  return !isMeta(entry) && typeOf(lexOpen(entry)) === undefined && maskText(entry) !== entry
}
