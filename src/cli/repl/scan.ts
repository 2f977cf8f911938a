import { scan as scanText, type Dialect, type Open, type Scan } from '../../sql/scan.ts'
import { runPattern } from '../script/dialect.ts'
import { isMeta, strayMeta } from '../script/read-meta.ts'

/** Commands that also work without a dot. */
const BARE_COMMAND = /^(?:quit|exit|help)\s*;?\s*$/i

/**
 * What the prompt accepts besides SQL: commands, also after a statement on the same line; and terminators in place of the
 * semicolon: `\g` runs the statement, `\gx` and `\G` run it in vertical format, each perhaps for a file; `\e` edits it, `\watch` repeats it.
 */
const PROMPT: Dialect = {
  isCommand: line => isMeta(line) || BARE_COMMAND.test(line),
  inLine: true,
  terminator: new RegExp(
    String.raw`\\(?:${runPattern()}|(?:e|watch)(?![A-Za-z0-9_])(?:(?<=watch)[ \t]+[\d.]+)?)[ \t]*;?`,
    'y',
  ),
}

/** The statements and commands of an entry. */
export function scan(text: string): Scan {
  return scanText(text, PROMPT)
}

/** A command's line with its dot. */
export function withDot(line: string): string {
  return BARE_COMMAND.test(line) ? `.${line.toLowerCase()}` : line
}

/** Whether Enter runs the text: every statement in it is terminated, or it is blank. */
export function isComplete(text: string): boolean {
  return scan(text).open === undefined
}

/** What a text, a quoted name or a comment that is not closed is called, and what closes it. */
const UNCLOSED: Partial<Record<Open, readonly [what: string, end: string]>> = {
  "'": ['a text', "'"],
  '"': ['a quoted name', 'the same quote'],
  '/*': ['a comment', '*/'],
}

/**
 * What to say about a last line that looks like a command but is part of an unterminated statement, or that ends with a semicolon which
 * is within a text; undefined if it does not.
 */
export function strayNotice(text: string): string | undefined {
  const { lines, open } = scan(text)
  const [what, end] = (open && UNCLOSED[open]) ?? []
  if (what !== undefined && /;\s*$/.test(text)) {
    const last = lines.findLastIndex(before => before !== open)
    return `(${what} that begins in line ${last + 1} is not closed; ${end} closes it, Ctrl-C discards the entry)`
  }
  const line = text.slice(text.lastIndexOf('\n') + 1)
  const before = lines.at(-1)
  if (before !== '-' && before !== '(') return undefined
  return BARE_COMMAND.test(line.trimStart()) || strayMeta(line) !== undefined
    ? '(this is part of the statement, which no ; has ended yet; Ctrl-C discards it)'
    : undefined
}
