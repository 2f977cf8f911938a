import type { Dialect } from '../../sql/scan.ts'
import { isMeta } from './meta.ts'

/** What a script takes besides SQL: commands on lines of their own, and marks that run a statement. */
export const SCRIPT: Dialect = {
  isCommand: isMeta,
  inLine: false,
  terminator: /\\(?:gx|g|G)(?![A-Za-z0-9_])/y,
}

/** Whether a meta-command ends its script. */
export function isQuit(line: string): boolean {
  return /^\s*(?:\.quit|\.exit|\\q)\s*(?:;\s*)?(?:--.*)?$/.test(line)
}
