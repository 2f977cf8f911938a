import type { Span } from '../errors.ts'
import { commentEnd, isBlank, quotedEnd } from './lexer.ts'

/** What is open at a place in a text. `/*`: a comment; `-`: a statement that nothing has ended, or comments before one. */
export type Open = "'" | '"' | '(' | '/*' | '-'

/** A statement or a command of a text; what is there so far may not be the end of it. */
export interface ScanItem extends Span {
  readonly kind: 'statement' | 'command'
  /** The semicolon, or the mark that stands for one, which ends the statement and is not part of it. */
  readonly ending?: Span | undefined
  /** There is more to it than comments. */
  readonly hasToken: boolean
  /** Something ends it: a semicolon, a mark, or the end of a command's line. */
  readonly isClosed: boolean
}

export interface Scan {
  readonly items: readonly ScanItem[]
  /** In order; an open one ends with the text. */
  readonly comments: readonly Span[]
  /** What is open at the end of the text; undefined where a statement could begin. */
  readonly open: Open | undefined
  /** The same at the beginning of each line. */
  readonly lines: readonly (Open | undefined)[]
}

/** What a program takes besides SQL. */
export interface Dialect {
  /** Whether a line, from where a statement could begin, is a command. */
  isCommand(line: string): boolean
  /** Commands may follow a statement on its line. */
  readonly inLine: boolean
  /** What ends a statement as a semicolon does: a sticky pattern, for what begins with a backslash. */
  readonly mark: RegExp
}

const PLAIN = /[^ \t\n\r\f\ufeff'"`[\-/;\\()]+/y

/**
 * Finds the statements and commands of a text that may end anywhere, what is open at each line, and the comments. This is
 * the one place that decides where a statement ends. It never fails: whether what is between is SQL the lexer finds out.
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
  /** Where the statement begins, or the comments before it. */
  #start: number | undefined
  #hasToken = false
  #depth = 0
  #isLineStart = true
  /** The line end that was found last. */
  #lineEnd = -1
  /** What the text ends in. */
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

  /** What is open outside strings and comments. */
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
    const found = commentEnd(this.#text, this.at)
    if (!found) return false
    this.#comments.push({ start: this.at, end: found.end })
    // one behind the end of a statement belongs to that
    const isBehind = this.#start === undefined && !this.#isLineStart
    if (!isBehind) this.#start ??= this.at
    this.#isLineStart = false
    this.#pass(found.end, '/*', found.isClosed)
    return true
  }

  #token(c: string): void {
    const start = this.at
    this.#start ??= start
    this.#isLineStart = false
    const mark = c === '\\' && this.#hasToken ? this.#markEnd() : undefined
    if (c === ';' || mark !== undefined) {
      this.#push(start, { start, end: mark ?? start + 1 })
      this.at = mark ?? start + 1
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

  #markEnd(): number | undefined {
    const { mark } = this.#dialect ?? {}
    if (!mark) return undefined
    mark.lastIndex = this.at
    return mark.test(this.#text) ? mark.lastIndex : undefined
  }

  /** Goes to the end of what lines may be in. */
  #pass(end: number, as: Open, isClosed: boolean): void {
    for (let i = this.#lineEndFrom(this.at); i < end; i = this.#lineEndFrom(i + 1)) this.#lines.push(as)
    if (!isClosed) this.#cut = as
    this.at = end
  }

  /** The next line end; it is looked for once, since many strings may stand on a long line. */
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
