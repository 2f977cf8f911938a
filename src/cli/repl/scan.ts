import { isMeta, strayMeta } from '../script/meta.ts'

/** What is open at a place in a text. `/*`: a comment; `-`: a statement that no semicolon has ended. */
export type Open = "'" | '"' | '(' | '/*' | '-'

/** A statement or a meta-command of a text; what was typed so far may not be the end of it. */
export interface Item {
  readonly kind: 'sql' | 'meta'
  /** Without the blanks before it; with its semicolon. */
  readonly start: number
  readonly end: number
  /** A semicolon, or the end of the line of a meta-command, ends it. */
  readonly isClosed: boolean
}

export interface Scanned {
  readonly items: readonly Item[]
  /** What is open at the end of the text; undefined where a statement could begin. */
  readonly open: Open | undefined
  /** The same at the beginning of each line. */
  readonly lines: readonly (Open | undefined)[]
}

/** What ends a statement besides a semicolon: run it, run it as `.expanded on` would, edit it, watch it. */
const ENDING = /^\\(?:gx|g|G|e|watch)(?![A-Za-z0-9_])(?:(?<=watch)[ \t]+[\d.]+)?[ \t]*;?/

/** Commands that are understood without a mark, as people try them. */
const UNMARKED = /^(?:quit|exit|help)\s*;?\s*$/i

/** A line of the kind `meta` with its mark. */
export function marked(line: string): string {
  return UNMARKED.test(line) ? `.${line.toLowerCase()}` : line
}

/** What nothing depends on. */
const PLAIN = /[^\s'"`[\-/;\\()]+/y
const CLOSE: Readonly<Record<string, string>> = { "'": "'", '"': '"', '`': '`', '[': ']' }

/**
 * Finds the statements and meta-commands of a text that may end anywhere, and what is open at each line. It never fails:
 * what a token is, is for the lexer to say; here only what a semicolon may stand in is looked for.
 */
export function scan(text: string): Scanned {
  const items: Item[] = []
  const lines: (Open | undefined)[] = [undefined]
  let at = 0
  let open: Open | undefined
  while (at < text.length) {
    if (/\s/.test(text[at]!)) {
      if (text[at] === '\n') lines.push(undefined)
      at++
      continue
    }
    const eol = endOf(text, '\n', at)
    if (isMeta(text.slice(at, eol)) || UNMARKED.test(text.slice(at, eol))) {
      items.push({ kind: 'meta', start: at, end: text[eol - 1] === '\n' ? eol - 1 : eol, isClosed: true })
      if (text[eol - 1] === '\n') lines.push(undefined)
      at = eol
      continue
    }
    const found = statement(text, at, lines)
    if (found.hasToken || found.open !== undefined)
      items.push({ kind: 'sql', start: at, end: found.end, isClosed: found.open === undefined })
    at = found.end
    open = found.open
  }
  return { items, open, lines }
}

const endOf = (text: string, what: string, from: number): number => {
  const found = text.indexOf(what, from)
  return found < 0 ? text.length : found + what.length
}

interface Found {
  readonly end: number
  readonly open: Open | undefined
  readonly hasToken: boolean
}

/** Reads one statement; the lines in it are told what is open where they begin. */
function statement(text: string, start: number, lines: (Open | undefined)[]): Found {
  let at = start
  let depth = 0
  let hasToken = false
  const here = (): Open => (depth > 0 ? '(' : '-')
  while (at < text.length) {
    PLAIN.lastIndex = at
    if (PLAIN.test(text)) {
      hasToken = true
      at = PLAIN.lastIndex
      continue
    }
    const c = text[at]!
    const [open, end] = quoted(text, at)
    if (open !== undefined) {
      for (
        let i = text.indexOf('\n', at);
        i >= 0 && i < end - (open === '-' ? 1 : 0);
        i = text.indexOf('\n', i + 1)
      )
        lines.push(open)
      const isOver = open === '-' || (end <= text.length && closes(text, at, end))
      hasToken ||= open !== '-' && open !== '/*'
      if (!isOver) return { end: text.length, open, hasToken }
      at = end
      if (open === '-' && text[end - 1] === '\n') lines.push(here())
      continue
    }
    const ending = c === '\\' && hasToken ? ENDING.exec(text.slice(at, at + 80)) : null
    if (ending) return { end: at + ending[0].length, open: undefined, hasToken }
    if (c === '\n') lines.push(here())
    else if (c === ';') return { end: at + 1, open: undefined, hasToken }
    else if (c === '(') depth++
    else if (c === ')') depth = Math.max(0, depth - 1)
    if (!/\s/.test(c)) hasToken = true
    at++
  }
  return { end: text.length, open: here(), hasToken }
}

/** A string, quoted name or comment that begins here, and where it ends; a comment to the end of its line is `-`. */
function quoted(text: string, at: number): [Open | undefined, number] {
  const c = text[at]!
  if (c === '-' && text[at + 1] === '-') return ['-', endOf(text, '\n', at)]
  if (c === '/' && text[at + 1] === '*') return ['/*', endOf(text, '*/', at + 2)]
  const close = CLOSE[c]
  if (close === undefined) return [undefined, at]
  const kind = c === "'" ? "'" : '"'
  let end = endOf(text, close, at + 1)
  if (close === ']') return [kind, end]
  while (text.startsWith(close, end)) end = endOf(text, close, end + 1)
  return [kind, end]
}

function closes(text: string, at: number, end: number): boolean {
  if (text[at] === '/') return end - at >= 4 && text.endsWith('*/', end)
  if (end - at < 2 || text[end - 1] !== CLOSE[text[at]!]) return false
  return text[at] === '[' || (text.slice(at, end).split(text[at]!).length - 1) % 2 === 0
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
