import type { Call, Expression, Window } from './expression.ts'
import { Cursor } from './cursor.ts'
import { isName, isOp, isWord, nameOf, type Token } from './lexer.ts'
import { isReserved } from './operators.ts'
import type { ParseBoolean } from './parser.ts'
import type { Query, Range, Source } from './query.ts'
import { readWindow, withoutOrder } from './read-window.ts'
import { afterParen, splitList } from './tokens.ts'

/** What the reader of an expression needs besides its tokens. */
export interface ReadContext {
  /** Reads the boolean structure of a condition that has OR or NOT. */
  readonly parse: ParseBoolean
  /** Reads a subquery; called for each in the order of the text. */
  readonly readQuery: (range: Range) => Query
  /** Reads the table or table-valued function of `x IN name`. */
  readonly readTable: (name: Range, parts: readonly string[], args: TableArguments | undefined) => Query
}

/** The arguments of a table-valued function, and the tokens between its brackets. */
export interface TableArguments {
  readonly args: readonly Expression[]
  readonly inside: Range
}

const MAX_DEPTH = 500

/** Reads one expression's operands: what stands between its operators. */
export abstract class OperandReader extends Cursor {
  protected readonly context: ReadContext
  protected depth: number

  constructor(source: Source, range: Range, context: ReadContext, depth: number) {
    super(source, range)
    this.context = context
    this.depth = depth
  }

  /** Reads operands joined by AND, OR and NOT. */
  protected abstract boolean(): Expression

  /** Reads NOT in the place of an operand of an operator that binds tighter. */
  protected abstract not(): Expression

  /** Reads a whole range as one expression. */
  protected abstract readWhole(range: Range, depth: number): Expression

  protected rangeFrom(from: number): Range {
    return { from, to: this.at }
  }

  /** The source and range of a node that begins at `from` and ends here. */
  protected node(from: number): { source: Source; range: Range } {
    return { source: this.source, range: this.rangeFrom(from) }
  }

  protected unary(): Expression {
    const from = this.at
    const token = this.token()
    if (isWord(token, 'NOT')) return this.not()
    if (!isOp(token, '+', '-', '~')) return this.#primary()
    this.at++
    if (++this.depth > MAX_DEPTH) return this.#skip(from)
    const operand = this.unary()
    this.depth--
    return {
      kind: 'unary',
      operator: token!.value as '+',
      operand,
      source: this.source,
      range: this.rangeFrom(from),
    }
  }

  #primary(): Expression {
    const from = this.at
    const token = this.token()
    if (!token) return { kind: 'unknown', parts: [], source: this.source, range: this.rangeFrom(from) }
    if (isOp(token, '(')) return this.#bracketed()
    if (token.kind === 'param') {
      this.at++
      return {
        kind: 'parameter',
        name: token.value,
        at: from,
        source: this.source,
        range: this.rangeFrom(from),
      }
    }
    if (
      token.kind === 'number'
      || token.kind === 'blob'
      || (token.kind === 'string' && !isOp(this.token(1), '.'))
    ) {
      this.at++
      return { kind: 'literal', type: token.kind, at: from, source: this.source, range: this.rangeFrom(from) }
    }
    if (isWord(token, 'CASE')) return this.#case()
    if (isWord(token, 'CAST') && isOp(this.token(1), '(')) return this.#cast()
    if (isWord(token, 'EXISTS') && isOp(this.token(1), '(')) return this.#exists()
    const literal = this.#wordLiteral(token)
    if (literal) return literal
    if ((isName(token) || token.kind === 'string') && !isReserved(token)) return this.#named()
    if (isName(token) && isOp(this.token(1), '(')) return this.#named()
    this.at++
    return { kind: 'unknown', parts: [], source: this.source, range: this.rangeFrom(from) }
  }

  #wordLiteral(token: Token): Expression | undefined {
    if (token.kind !== 'word' || isOp(this.token(1), '.', '(')) return undefined
    const from = this.at
    const type = isWord(token, 'NULL')
      ? 'null'
      : isWord(token, 'TRUE', 'FALSE')
        ? 'boolean'
        : isWord(token, 'CURRENT_DATE', 'CURRENT_TIME', 'CURRENT_TIMESTAMP')
          ? 'time'
          : undefined
    if (!type) return undefined
    this.at++
    return { kind: 'literal', type, at: from, source: this.source, range: this.rangeFrom(from) }
  }

  /** Brackets: a subquery, a row value, or one expression, whose range then includes the brackets. */
  #bracketed(): Expression {
    const from = this.at
    const inside = this.brackets()
    const at = this.node(from)
    if (this.startsQuery(inside)) return { kind: 'subquery', query: this.context.readQuery(inside), ...at }
    const items = this.list(inside)
    return items.length === 1 ? { ...items[0]!, ...at } : { kind: 'row', items, ...at }
  }

  protected startsQuery({ from, to }: Range): boolean {
    return from < to && isWord(this.source.tokens[from], 'SELECT', 'WITH', 'VALUES')
  }

  protected list(range: Range): Expression[] {
    return splitList(this.source, range).map(part => this.inside(part))
  }

  protected inside(range: Range): Expression {
    if (this.depth >= MAX_DEPTH) return { kind: 'unknown', parts: [], source: this.source, range }
    return this.readWhole(range, this.depth + 1)
  }

  #skip(from: number): Expression {
    this.at = this.range.to
    return { kind: 'unknown', parts: [], source: this.source, range: this.rangeFrom(from) }
  }

  #case(): Expression {
    const from = this.at++
    const base = this.is('WHEN') ? undefined : this.boolean()
    const branches: { when: Expression; result: Expression }[] = []
    while (this.accept('WHEN')) {
      const when = this.boolean()
      if (!this.accept('THEN')) break
      branches.push({ when, result: this.boolean() })
    }
    const fallback = this.accept('ELSE') ? this.boolean() : undefined
    this.accept('END')
    return { kind: 'case', base, branches, fallback, source: this.source, range: this.rangeFrom(from) }
  }

  #cast(): Expression {
    const from = this.at++
    const inside = this.brackets()
    const { tokens } = this.source
    let as = inside.to - 1
    while (as > inside.from && !isWord(tokens[as], 'AS')) as--
    const operand = this.inside({ from: inside.from, to: as })
    const names = tokens.slice(as + 1, inside.to).map(t => (isName(t) ? nameOf(t) : t.text))
    return {
      kind: 'cast',
      operand,
      type: names.join(' ').toUpperCase(),
      source: this.source,
      range: this.rangeFrom(from),
    }
  }

  #exists(): Expression {
    const from = this.at++
    const inside = this.brackets()
    if (!this.startsQuery(inside))
      return { kind: 'unknown', parts: this.list(inside), source: this.source, range: this.rangeFrom(from) }
    return {
      kind: 'exists',
      query: this.context.readQuery(inside),
      source: this.source,
      range: this.rangeFrom(from),
    }
  }

  /** A column or a function call. */
  #named(): Expression {
    const from = this.at
    const parts = this.dottedName()
    const name = this.rangeFrom(from)
    if (!this.isOp('(')) {
      if (this.isOp('.')) this.at++
      return { kind: 'column', parts, name, source: this.source, range: this.rangeFrom(from) }
    }
    return this.#call(parts.join('.'), from)
  }

  #call(name: string, from: number): Expression {
    const { tokens } = this.source
    let { from: start, to } = this.brackets()
    const distinct = isWord(tokens[start], 'DISTINCT')
    if (start < to && isWord(tokens[start], 'DISTINCT', 'ALL')) start++
    const star = to - start === 1 && isOp(tokens[start], '*')
    const order = this.#orderIn({ from: start, to })
    const args = star ? [] : this.list({ from: start, to: order?.from ?? to })
    const orderBy = order ? this.#terms({ from: order.from + 2, to: order.to }) : []
    let filter: Expression | undefined
    if (this.is('FILTER') && isOp(this.token(1), '(')) {
      this.at++
      const inside = this.brackets()
      filter = this.inside(
        isWord(tokens[inside.from], 'WHERE') ? { from: inside.from + 1, to: inside.to } : inside,
      )
    }
    const over = this.#over()
    const call: Omit<Call, 'range' | 'source'> = {
      kind: 'call',
      name: name.toLowerCase(),
      distinct,
      args,
      star,
      orderBy,
      filter,
      over,
    }
    return { ...call, source: this.source, range: this.rangeFrom(from) }
  }

  /** Terms of ORDER BY, without their directions. */
  #terms(range: Range): Expression[] {
    return splitList(this.source, range).map(part => this.inside(withoutOrder(this.source, part)))
  }

  /** The range of an ORDER BY outside brackets, up to the end. */
  #orderIn({ from, to }: Range): Range | undefined {
    for (let i = from; i < to; i++) {
      if (isOp(this.source.tokens[i], '(')) i = afterParen(this.source, i, to) - 1
      else if (isWord(this.source.tokens[i], 'ORDER') && isWord(this.source.tokens[i + 1], 'BY'))
        return { from: i, to }
    }
    return undefined
  }

  #over(): Window | undefined {
    if (!this.is('OVER')) return undefined
    const next = this.token(1)
    if (isOp(next, '(')) {
      this.at++
      return readWindow(this.source, this.brackets(), range => this.inside(range))
    }
    if (!isName(next)) return undefined
    this.at += 2
    return { name: nameOf(next), partitionBy: [], orderBy: [], bounds: [] }
  }
}
