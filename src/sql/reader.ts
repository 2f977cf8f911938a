import { ConfluentqlError } from '../errors.ts'
import { isName, isOp, isWord, nameOf, type Token } from './lexer.ts'
import type { Range, Source } from './query.ts'
import { afterParen } from './tokens.ts'

/** A name of one to four parts, as written. */
export interface Name {
  readonly parts: readonly string[]
  readonly range: Range
}

/** Walks through the tokens of one statement. */
export class Reader {
  at: number
  readonly source: Source
  readonly range: Range

  constructor(source: Source, range: Range) {
    this.source = source
    this.range = range
    this.at = range.from
  }

  get token(): Token | undefined {
    return this.at < this.range.to ? this.source.tokens[this.at] : undefined
  }

  error(
    code: 'SYNTAX' | 'UNSUPPORTED',
    message: string,
    token: Token | undefined = this.token,
    hint?: string,
  ): ConfluentqlError {
    const end = this.source.tokens[this.range.to - 1]?.end ?? 0
    const span = token ? { start: token.start, end: token.end } : { start: Math.max(0, end - 1), end }
    return new ConfluentqlError(code, message, { span, ...(hint !== undefined && { hint }) })
  }

  accept(...words: readonly string[]): boolean {
    if (!isWord(this.token, ...words)) return false
    this.at++
    return true
  }

  expect(word: string): void {
    if (!this.accept(word)) throw this.error('SYNTAX', `expected ${word}${this.found()}`)
  }

  found(): string {
    return this.token ? `, found "${this.token.text.slice(0, 40)}"` : ' at the end'
  }

  done(): void {
    if (this.token) throw this.error('SYNTAX', `syntax error near "${this.token.text.slice(0, 40)}"`)
  }

  name(what: string): Name {
    const from = this.at
    const parts: string[] = []
    do {
      const { token } = this
      if (!isName(token)) throw this.error('SYNTAX', `expected ${what}${this.found()}`)
      parts.push(nameOf(token))
      this.at++
    } while (isOp(this.token, '.') && this.at++ > 0)
    const split = parts.length === 1 && parts[0]!.includes('.') ? parts[0]!.split('.') : parts
    return { parts: split, range: { from, to: this.at } }
  }

  alias(): { alias?: string } {
    const as = this.accept('AS')
    const { token } = this
    if (!isName(token) || (!as && isWord(token, 'SET', 'WHERE', 'RETURNING'))) return {}
    this.at++
    return { alias: nameOf(token) }
  }

  /** Everything up to one of the words outside brackets, or to the end. */
  upTo(...words: readonly string[]): Range {
    const from = this.at
    while (this.token && !(isWord(this.token, ...words) && !isOp(this.source.tokens[this.at - 1], '.'))) {
      this.at = isOp(this.token, '(') ? afterParen(this.source, this.at, this.range.to) : this.at + 1
    }
    return { from, to: this.at }
  }

  /** A clause that must not be empty. */
  clause(word: string, ...stops: readonly string[]): Range | undefined {
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
