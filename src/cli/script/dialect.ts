import type { Dialect } from '../../sql/scan.ts'
import { STARTS } from '../../sql/tokens.ts'
import { isMeta } from './read-meta.ts'

const WORD = String.raw`(?!--|/\*)[^\s;'"|]+`

/**
 * After `\g`, `\gx` and `\G`, what the result goes to: `| command` to the end of the line, a file in quotes, or the words up to a
 * semicolon, a comment or the end of the line, of which there may be only one. A word that begins a statement is not a file, nor is one
 * with a dot or a backslash before a letter, which is a command, as after a semicolon.
 */
function destinationPattern(): string {
  const start = STARTS.map(word => word.replaceAll(/[A-Z]/g, c => `[${c}${c.toLowerCase()}]`)).join('|')
  const statement = String.raw`\(*(?:${start})(?![\w.])`
  return String.raw`[ \t]+(?:\|[ \t]*[^\s][^\n]*|(?:"[^"\n]+")+|(?:'[^'\n]+')+|(?!${statement}|[.\\][A-Za-z])${WORD}(?:[ \t]+${WORD})*)`
}

/** A pattern of what may follow a backslash in place of a semicolon and runs the statement. */
export function runPattern(): string {
  return String.raw`(?:gx|g|G)(?![A-Za-z0-9_])(?:${destinationPattern()})?`
}

/** The word and the destination of a terminator that matches `runPattern`. */
export function readTerminator(text: string): {
  /** As it was typed: `\\gx`. */
  readonly spelling: string
  readonly isVertical: boolean
  readonly destination: string | undefined
} {
  if (!text.startsWith('\\')) return { spelling: '', isVertical: false, destination: undefined }
  const [, spelling = '', rest = ''] = /^(\\(?:gx|g|G))[ \t]*([^]*)$/.exec(text) ?? []
  return { spelling, isVertical: /^\\(?:gx|G)$/.test(spelling), destination: rest.trim() || undefined }
}

let terminator: RegExp | undefined

/** What a script accepts besides SQL: commands on lines of their own, and terminators in place of the semicolon. */
export const SCRIPT: Dialect = {
  isCommand: isMeta,
  inLine: false,
  /** Made at the first backslash: most scripts have none. */
  get terminator() {
    return (terminator ??= new RegExp(`\\\\${runPattern()}`, 'y'))
  },
}

/** Whether a command line ends its script. */
export function isQuit(line: string): boolean {
  return /^\s*(?:\.quit|\.exit|\\q)\s*(?:;\s*)?(?:--.*)?$/.test(line)
}
