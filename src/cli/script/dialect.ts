import type { Dialect } from '../../sql/scan.ts'
import { isMeta } from './read-meta.ts'

/**
 * After `\g`, `\gx` and `\G`, what the result goes to, as in psql: `| command` to the end of the line, or a file as the last
 * word of the line. A word with a dot or a backslash before a letter is a command, as after a semicolon.
 */
const DESTINATION = String.raw`[ \t]+(?:\|[ \t]*[^\s][^\n]*|(?:"[^"\n]+"|'[^'\n]+'|(?![.\\][A-Za-z]|--|/\*)[^\s;'"|]+)(?=[ \t]*;?[ \t\r]*(?:--[^\n]*)?(?:\n|$(?![^]))))`

/** What may follow a backslash in place of a semicolon and runs the statement. */
export const RUNS = String.raw`(?:gx|g|G)(?![A-Za-z0-9_])(?:${DESTINATION})?`

/** The word and the destination of a terminator that matches `RUNS`. */
export function readTerminator(text: string): {
  readonly isVertical: boolean
  readonly destination: string | undefined
} {
  const [, word = '', rest = ''] = /^\\(gx|g|G)[ \t]*([^]*)$/.exec(text) ?? []
  return { isVertical: word === 'gx' || word === 'G', destination: rest.trim() || undefined }
}

/** What a script accepts besides SQL: commands on lines of their own, and terminators in place of the semicolon. */
export const SCRIPT: Dialect = {
  isCommand: isMeta,
  inLine: false,
  terminator: new RegExp(`\\\\${RUNS}`, 'y'),
}

/** Whether a command line ends its script. */
export function isQuit(line: string): boolean {
  return /^\s*(?:\.quit|\.exit|\\q)\s*(?:;\s*)?(?:--.*)?$/.test(line)
}
