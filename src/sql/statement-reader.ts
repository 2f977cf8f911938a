import { ConfluentqlError } from '../errors.ts'
import { CLAUSES, Cursor } from './cursor.ts'
import { isName, isOp, isWord, nameOf, type Token } from './lexer.ts'
import type { Range, Source } from './query.ts'
import { afterParen, isStartOfLine } from './tokens.ts'

/** A name of one to four parts, as written. */
export interface Name {
  readonly parts: readonly string[]
  readonly range: Range
}

/** A cursor over one statement that reports what is missing as an error with its place. */
export class StatementReader extends Cursor {
  error(
    code: 'SYNTAX' | 'UNSUPPORTED',
    message: string,
    token: Token | undefined = this.token(),
    hint?: string,
  ): ConfluentqlError {
    const end = this.source.tokens[this.range.to - 1]?.end ?? 0
    const span = token ? { start: token.start, end: token.end } : { start: Math.max(0, end - 1), end }
    return new ConfluentqlError(code, message, { span, ...(hint !== undefined && { hint }) })
  }

  expect(word: string, hint?: string): void {
    if (!this.accept(word))
      throw this.error('SYNTAX', `expected ${word}${this.foundHere()}`, this.token(), hint)
  }

  /** The name at this place as typed, for a hint; `table` if there is none. */
  typedName(): string {
    const token = this.token()
    if (!isName(token)) return 'table'
    const { range } = new StatementReader(this.source, { from: this.at, to: this.range.to }).name('a table')
    return this.source.text.slice(token.start, this.source.tokens[range.to - 1]!.end)
  }

  /** The end of a message: the token that stands here instead of the expected one. */
  foundHere(): string {
    const token = this.token()
    return token ? `, found "${token.text.slice(0, 40)}"` : ' at the end'
  }

  expectEnd(): void {
    const token = this.token()
    if (token) throw this.error('SYNTAX', `syntax error near "${token.text.slice(0, 40)}"`)
  }

  name(what: string): Name {
    const from = this.at
    const parts: string[] = []
    do {
      const token = this.token()
      if (!isName(token)) throw this.error('SYNTAX', `expected ${what}${this.foundHere()}`)
      parts.push(nameOf(token))
      this.at++
    } while (this.isOp('.') && this.at++ > 0)
    const split = parts.length === 1 && parts[0]!.includes('.') ? parts[0]!.split('.') : parts
    return { parts: split, range: { from, to: this.at } }
  }

  alias(): { alias?: string } {
    const as = this.accept('AS')
    const token = this.token()
    const isClause = isWord(token, ...CLAUSES, 'SET', 'RETURNING')
    if (!isName(token) || (!as && (isClause || isStartOfLine(this.source, this.at)))) return {}
    this.at++
    return { alias: nameOf(token) }
  }

  /** Everything up to one of the words outside brackets, or to the end. */
  upTo(...words: readonly string[]): Range {
    const from = this.at
    while (this.token() && !(this.is(...words) && !this.#isWithin())) {
      this.at = this.isOp('(') ? afterParen(this.source, this.at, this.range.to) : this.at + 1
    }
    return { from, to: this.at }
  }

  /** Whether the word here is part of a name or an operator: `a.from`, `IS DISTINCT FROM`. */
  #isWithin(): boolean {
    const before = this.source.tokens[this.at - 1]
    return isOp(before, '.') || (this.is('FROM') && isWord(before, 'DISTINCT'))
  }

  /** The tokens after a keyword, if the keyword stands here. @throws ConfluentqlError SYNTAX when there are none */
  optionalClause(word: string, ...stops: readonly string[]): Range | undefined {
    if (!this.accept(word)) return undefined
    const range = this.upTo(...stops)
    if (range.to === range.from) throw this.error('SYNTAX', `nothing follows ${word}`)
    return range
  }
}

/** A range without the brackets around all of it: SQLite takes none around a query. */
export function withoutBrackets(source: Source, { from, to }: Range): Range {
  const isWhole = isOp(source.tokens[from], '(') && to - from > 2 && afterParen(source, from, to) === to
  return isWhole ? withoutBrackets(source, { from: from + 1, to: to - 1 }) : { from, to }
}
