import { isName, isOp, isWord, nameOf, type Token } from './lexer.ts'
import type { Range, Source } from './query.ts'
import { afterParen } from './tokens.ts'

export const SET_OPS = ['UNION', 'INTERSECT', 'EXCEPT']
export const CLAUSES = ['FROM', 'WHERE', 'GROUP', 'HAVING', 'WINDOW', 'ORDER', 'LIMIT', ...SET_OPS]
export const JOIN_WORDS = ['JOIN', 'LEFT', 'RIGHT', 'FULL', 'INNER', 'CROSS', 'NATURAL', 'OUTER']

/** A position in a range of tokens. */
export class Cursor {
  at: number
  readonly source: Source
  readonly range: Range

  constructor(source: Source, range: Range) {
    this.source = source
    this.range = range
    this.at = range.from
  }

  token(ahead = 0): Token | undefined {
    return this.at + ahead < this.range.to ? this.source.tokens[this.at + ahead] : undefined
  }

  is(...words: readonly string[]): boolean {
    const token = this.token()
    return token?.kind === 'word' && words.includes(token.value)
  }

  isOp(...ops: readonly string[]): boolean {
    const token = this.token()
    return token?.kind === 'op' && ops.includes(token.value)
  }

  /** Moves past one of the words. @returns whether it was there */
  accept(...words: readonly string[]): boolean {
    if (!this.is(...words)) return false
    this.at++
    return true
  }

  /** Moves past the brackets that open here. @returns the tokens inside them */
  brackets(): Range {
    const from = this.at
    this.at = afterParen(this.source, from, this.range.to)
    const isClosed = this.at - 1 > from && isOp(this.source.tokens[this.at - 1], ')')
    return { from: from + 1, to: isClosed ? this.at - 1 : this.at }
  }

  /** Moves past a dotted name. @returns its parts; empty if there is no name here */
  dottedName(): string[] {
    const parts: string[] = []
    for (let token = this.token(); isNameOrString(token); token = this.token()) {
      parts.push(nameOf(token))
      this.at++
      if (!this.isOp('.') || !isNameOrString(this.token(1))) break
      this.at++
    }
    return parts
  }

  /** Moves past the brackets that open here. @returns the names in them */
  namesInBrackets(): string[] {
    const { from, to } = this.brackets()
    return this.source.tokens.slice(from, to).filter(isNameOrString).map(nameOf)
  }

  /** Moves past `skip` tokens (the clause's keywords) and to the first of `stops` outside brackets. @returns the tokens between */
  clause(stops: readonly string[], skip: number): Range {
    this.at = Math.min(this.range.to, this.at + skip)
    const from = this.at
    const { tokens } = this.source
    while (this.at < this.range.to) {
      const { kind, value } = tokens[this.at]!
      const isStop = (kind === 'word' || (kind === 'op' && value === ',')) && stops.includes(value)
      if (isStop && (kind === 'op' || this.#isClause(value))) break
      if (kind === 'op' && value === '(') this.brackets()
      else this.at++
    }
    return { from, to: this.at }
  }

  /** Whether a word here begins a clause: not if it is a column's name after a dot, or the FROM of IS DISTINCT FROM. */
  #isClause(word: string): boolean {
    const { tokens } = this.source
    if (isOp(tokens[this.at - 1], '.')) return false
    const follows = isWord(tokens[this.at - 1], 'DISTINCT') && isWord(tokens[this.at - 2], 'IS', 'NOT')
    return !(word === 'FROM' && follows)
  }
}

/** Whether a token can name a table, a column or an alias: SQLite takes a text in single quotes for a name there. */
export function isNameOrString(token: Token | undefined): token is Token {
  return isName(token) || token?.kind === 'string'
}
