import type { ValueKind } from './bound.ts'
import { affinityOfType } from './outputs.ts'

/** The declared type of the column of a snapshot that has results of datetime(). */
export const DATETIME = 'STRING BLOB DATETIME'

/** By the declared types of columns of tables of the session: the computed values of snapshots, and texts. */
const LOCAL_KINDS: Readonly<Record<string, ValueKind>> = {
  [DATETIME]: 'datetime',
  'TIMESTAMP TEXT': 'timestamp',
  'TIMESTAMP BLOB': 'timestamp',
  'DATE TEXT': 'day',
  'STRING BLOB': 'string',
  'WHOLE NUMBER BLOB': 'integer',
  'NUMBER BLOB': 'number',
}

/** What the values of a column of the session are: of texts SQLite makes of a number its digits, other columns may hold anything. */
export function localKind(declared: string): ValueKind | undefined {
  const kind = LOCAL_KINDS[declared]
  if (kind !== undefined || /^bool/i.test(declared)) return kind ?? 'boolean'
  return affinityOfType(declared) === 'text' && !/^JSON/i.test(declared) ? 'string' : undefined
}
