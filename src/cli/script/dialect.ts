import type { Dialect } from '../../sql/scan.ts'
import { isMeta } from './read-meta.ts'

/** What a script accepts besides SQL: commands on lines of their own, and terminators in place of the semicolon. */
export const SCRIPT: Dialect = {
  isCommand: isMeta,
  inLine: false,
  terminator: /\\(?:gx|g|G)(?![A-Za-z0-9_])/y,
}

/** Whether a command line ends its script. */
export function isQuit(line: string): boolean {
  return /^\s*(?:\.quit|\.exit|\\q)\s*(?:;\s*)?(?:--.*)?$/.test(line)
}
