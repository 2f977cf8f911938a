import { scan as scanText, type Dialect, type Scan } from '../../sql/scan.ts'
import { isMeta, strayMeta } from '../script/meta.ts'

/** Commands that are understood without a mark, as people try them. */
const UNMARKED = /^(?:quit|exit|help)\s*;?\s*$/i

/**
 * What a prompt takes besides SQL: commands, behind a statement as well; and marks that end a statement: run it, run it
 * as `.expanded on` would, edit it, watch it.
 */
const PROMPT: Dialect = {
  isCommand: line => isMeta(line) || UNMARKED.test(line),
  inLine: true,
  terminator: /\\(?:gx|g|G|e|watch)(?![A-Za-z0-9_])(?:(?<=watch)[ \t]+[\d.]+)?[ \t]*;?/y,
}

/** The statements and commands of what was typed. */
export function scan(text: string): Scan {
  return scanText(text, PROMPT)
}

/** A command's line with its mark. */
export function marked(line: string): string {
  return UNMARKED.test(line) ? `.${line.toLowerCase()}` : line
}

/** Whether Enter runs the text: all of it is closed, or it is blank. */
export function isComplete(text: string): boolean {
  return scan(text).open === undefined
}

/** Whether the last line would be a command, were it not part of a statement that no semicolon has ended. */
export function endsInStray(text: string): boolean {
  const open = scan(text).lines.at(-1)
  const line = text.slice(text.lastIndexOf('\n') + 1)
  return (open === '-' || open === '(') && (UNMARKED.test(line.trimStart()) || strayMeta(line) !== undefined)
}
