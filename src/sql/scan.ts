import type { Span } from '../errors.ts'
import { commentEnd, isBlank, quotedEnd } from './lexer.ts'

/** What is open at an offset of a text. `/*`: a comment; `-`: an unfinished statement, or comments before one. */
export type Open = "'" | '"' | '(' | '/*' | '-'

/** A statement or a command of a text; the last one may be incomplete. */
export interface ScanItem extends Span {
  readonly kind: 'statement' | 'command'
  /** The semicolon, or another terminator, which is not part of the statement. */
  readonly ending?: Span | undefined
  /** It holds more than comments. */
  readonly hasToken: boolean
  /** It is terminated: by a semicolon, another terminator, or the end of a command's line. */
  readonly isClosed: boolean
}

export interface Scan {
  readonly items: readonly ScanItem[]
  /** In the order of the text; an unclosed one ends with the text. */
  readonly comments: readonly Span[]
  /** What is open at the end of the text; undefined where a statement could begin. */
  readonly open: Open | undefined
  /** What is open at the beginning of each line. */
  readonly lines: readonly (Open | undefined)[]
}

/** What scripts may contain besides SQL. */
export interface Dialect {
  /** Whether the rest of a line, from an offset where a statement could begin, is a command. */
  isCommand(line: string): boolean
  /** Whether a command may follow a statement on the same line. */
  readonly inLine: boolean
  /** Terminators besides the semicolon: a sticky pattern that begins with a backslash. */
  readonly terminator: RegExp
}

/** Characters of a statement after which nothing changes, blanks among them. */
const PLAIN = /[^\n'"`[\-/;\\()]+/y

/**
 * Finds the statements, commands and comments of a text that may be incomplete, and what is open at each line. This is
 * the one place that decides where a statement ends. It never fails: errors in a statement are found by the lexer.
 */
export function scan(text: string, dialect?: Dialect): Scan {
  const scanner = new Scanner(text, dialect)
  while (scanner.at < text.length) scanner.step()
  return scanner.end()
}

class Scanner {
  at = 0
  readonly #text: string
  readonly #dialect: Dialect | undefined
  readonly #items: ScanItem[] = []
  readonly #comments: Span[] = []
  readonly #lines: (Open | undefined)[] = [undefined]
  /** Offset of the current statement, or of the comments before it. */
  #start: number | undefined
  #hasToken = false
  #depth = 0
  #isLineStart = true
  /** Offset of the line end found last. */
  #lineEnd = -1
  /** The string, quoted name or comment that is not closed at the end of the text. */
  #cut: Open | undefined

  constructor(text: string, dialect: Dialect | undefined) {
    this.#text = text
    this.#dialect = dialect
  }

  step(): void {
    const c = this.#text[this.at]!
    if (isBlank(c)) this.#blank(c)
    else if (!this.#command() && !this.#comment()) this.#token(c)
  }

  end(): Scan {
    const open = this.#cut ?? this.#here()
    if (this.#start !== undefined) this.#push(this.#text.length, undefined)
    return { items: this.#items, comments: this.#comments, open, lines: this.#lines }
  }

  /** What is open here, outside strings and comments. */
  #here(): Open | undefined {
    if (this.#depth > 0) return '('
    return this.#start === undefined ? undefined : '-'
  }

  #blank(c: string): void {
    this.at++
    if (c !== '\n') return
    this.#lines.push(this.#here())
    this.#isLineStart = true
  }

  #command(): boolean {
    if (!this.#dialect || this.#hasToken || !(this.#isLineStart || this.#dialect.inLine)) return false
    const end = lineEnd(this.#text, this.at)
    if (!this.#dialect.isCommand(this.#text.slice(this.at, end))) return false
    this.#items.push({ kind: 'command', start: this.at, end, hasToken: true, isClosed: true })
    this.#start = undefined
    this.at = end
    return true
  }

  #comment(): boolean {
    const c = this.#text[this.at]
    const found = c === '-' || c === '/' ? commentEnd(this.#text, this.at) : undefined
    if (!found) return false
    this.#comments.push({ start: this.at, end: found.end })
    // a comment on the line of a statement's end belongs to that statement
    const isTrailing = this.#start === undefined && !this.#isLineStart
    if (!isTrailing) this.#start ??= this.at
    this.#isLineStart = false
    this.#pass(found.end, '/*', found.isClosed)
    return true
  }

  #token(c: string): void {
    const start = this.at
    this.#start ??= start
    this.#isLineStart = false
    const terminatorEnd = c === '\\' && this.#hasToken ? this.#terminatorEnd() : undefined
    if (c === ';' || terminatorEnd !== undefined) {
      const end = terminatorEnd ?? start + 1
      this.#push(start, { start, end })
      this.at = end
      return
    }
    this.#hasToken = true
    const quoted = quotedEnd(this.#text, start)
    if (quoted) return this.#pass(quoted.end, c === "'" ? "'" : '"', quoted.isClosed)
    if (c === '(') this.#depth++
    if (c === ')') this.#depth = Math.max(0, this.#depth - 1)
    PLAIN.lastIndex = start
    this.at = PLAIN.test(this.#text) ? PLAIN.lastIndex : start + 1
  }

  #terminatorEnd(): number | undefined {
    const { terminator } = this.#dialect ?? {}
    if (!terminator) return undefined
    terminator.lastIndex = this.at
    return terminator.test(this.#text) ? terminator.lastIndex : undefined
  }

  /** Moves to the end of a string, quoted name or comment, recording the lines that begin in it. */
  #pass(end: number, as: Open, isClosed: boolean): void {
    for (let i = this.#lineEndFrom(this.at); i < end; i = this.#lineEndFrom(i + 1)) this.#lines.push(as)
    if (!isClosed) this.#cut = as
    this.at = end
  }

  /** The next line end, remembered: a long line may hold many strings. */
  #lineEndFrom(at: number): number {
    if (this.#lineEnd < at) this.#lineEnd = lineEnd(this.#text, at)
    return this.#lineEnd
  }

  #push(end: number, ending: Span | undefined): void {
    const isClosed = ending !== undefined
    this.#items.push({
      kind: 'statement',
      start: this.#start!,
      end,
      ending,
      hasToken: this.#hasToken,
      isClosed,
    })
    this.#start = undefined
    this.#hasToken = false
    this.#depth = 0
  }
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}
