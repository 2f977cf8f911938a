import { isName, isOp, isWord, nameOf, type Token } from './lexer.ts'
import type { Range, Source } from './query.ts'
import { afterParen } from './tokens.ts'

export const SET_OPS = ['UNION', 'INTERSECT', 'EXCEPT']
export const CLAUSES = ['FROM', 'WHERE', 'GROUP', 'HAVING', 'WINDOW', 'ORDER', 'LIMIT', ...SET_OPS]
export const JOIN_WORDS = ['JOIN', 'LEFT', 'RIGHT', 'FULL', 'INNER', 'CROSS', 'NATURAL', 'OUTER']

/** A place in the tokens of a query, and its end. */
export class Cursor {
  at: number
  readonly source: Source
  readonly end: number

  constructor(source: Source, range: Range) {
    this.source = source
    this.at = range.from
    this.end = range.to
  }

  token(ahead = 0): Token | undefined {
    return this.at + ahead < this.end ? this.source.tokens[this.at + ahead] : undefined
  }

  is(...words: readonly string[]): boolean {
    return isWord(this.token(), ...words)
  }

  isOp(...ops: readonly string[]): boolean {
    return isOp(this.token(), ...ops)
  }

  accept(...words: readonly string[]): boolean {
    if (!this.is(...words)) return false
    this.at++
    return true
  }

  /** Moves past the brackets that open here. @returns what is inside them */
  brackets(): Range {
    const from = this.at
    this.at = afterParen(this.source, from, this.end)
    const isClosed = this.at - 1 > from && isOp(this.source.tokens[this.at - 1], ')')
    return { from: from + 1, to: isClosed ? this.at - 1 : this.at }
  }

  /** The names in the brackets that open here. */
  names(): string[] {
    const { from, to } = this.brackets()
    return this.source.tokens.slice(from, to).filter(isNameOrString).map(nameOf)
  }

  /** The tokens up to the first of `stops` outside brackets, without the `skip` words of the keyword; moves past. */
  clause(stops: readonly string[], skip: number): Range {
    this.at = Math.min(this.end, this.at + skip)
    const from = this.at
    while (this.at < this.end && !this.#stops(stops)) {
      if (this.isOp('(')) this.brackets()
      else if (this.isOp(',') && stops.includes(',')) break
      else this.at++
    }
    return { from, to: this.at }
  }

  /** A stop word, unless it is a column's name after a dot or the FROM of IS DISTINCT FROM. */
  #stops(stops: readonly string[]): boolean {
    if (!this.is(...stops)) return false
    const { tokens } = this.source
    if (isOp(tokens[this.at - 1], '.')) return false
    const follows = isWord(tokens[this.at - 1], 'DISTINCT') && isWord(tokens[this.at - 2], 'IS', 'NOT')
    return !(this.is('FROM') && follows)
  }
}

/** Whether a token can name a table, a column or an alias: SQLite takes a text in single quotes for a name there. */
export function isNameOrString(token: Token | undefined): token is Token {
  return isName(token) || token?.kind === 'string'
}
