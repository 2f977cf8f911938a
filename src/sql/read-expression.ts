import type { Call, Comparison, Expression, Match, Window } from './expression.ts'
import { isName, isOp, isWord, isWordOf, nameOf, type Token } from './lexer.ts'
import { assemble, isReserved, LEVELS, ORDER, TEST } from './operators.ts'
import type { ParseBoolean } from './parser.ts'
import type { Query, Range, Source } from './query.ts'
import { afterParen, splitList } from './tokens.ts'

/** What reading an expression needs besides its tokens. */
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

const MATCHES = new Set(['LIKE', 'GLOB', 'REGEXP', 'MATCH'])
/** More operands than this in one condition are not worth planning over. */
const MAX_OPERANDS = 4000
const MAX_DEPTH = 500

/** Reads the expression in a range of tokens. */
export function readExpression(source: Source, range: Range, context: ReadContext): Expression {
  const reader = new ExpressionReader(source, range, context)
  return reader.whole()
}

/** Reads as much as is one expression. @returns the expression and the index of the first token behind it */
export function readFirst(
  source: Source,
  range: Range,
  context: ReadContext,
): { expr: Expression; end: number } {
  const reader = new ExpressionReader(source, range, context)
  return reader.first()
}

/** Reads the expressions in a range, separated by commas; ASC, DESC and NULLS FIRST or LAST behind one are left out. */
export function readExpressions(source: Source, range: Range, context: ReadContext): Expression[] {
  return splitList(source, range).map(part => readExpression(source, withoutOrder(source, part), context))
}

/** A term of ORDER BY without its direction. */
function withoutOrder({ tokens }: Source, { from, to }: Range): Range {
  let end = to
  if (isWord(tokens[end - 1], 'FIRST', 'LAST') && isWord(tokens[end - 2], 'NULLS')) end -= 2
  if (isWord(tokens[end - 1], 'ASC', 'DESC')) end--
  return { from, to: Math.max(from, end) }
}

/** Walks through the tokens of one expression. */
class ExpressionReader {
  #at: number
  readonly #source: Source
  readonly #range: Range
  readonly #context: ReadContext
  #depth: number

  constructor(source: Source, range: Range, context: ReadContext, depth = 0) {
    this.#source = source
    this.#range = range
    this.#context = context
    this.#at = range.from
    this.#depth = depth
  }

  whole(): Expression {
    const e = this.#boolean()
    return this.#at >= this.#range.to ? e : this.#rest(e)
  }

  first(): { expr: Expression; end: number } {
    return { expr: this.#boolean(), end: this.#at }
  }

  /** What follows an expression where nothing should: read for the names in it. */
  #rest(first: Expression): Expression {
    const parts = [first]
    while (this.#at < this.#range.to) {
      const before = this.#at
      parts.push(this.#boolean())
      if (this.#at === before) this.#at++
    }
    return { kind: 'unknown', parts, source: this.#source, range: this.#range }
  }

  #token(ahead = 0): Token | undefined {
    return this.#at + ahead < this.#range.to ? this.#source.tokens[this.#at + ahead] : undefined
  }

  #accept(...words: readonly string[]): boolean {
    if (!isWord(this.#token(), ...words)) return false
    this.#at++
    return true
  }

  #from(from: number): Range {
    return { from, to: this.#at }
  }

  /** Where a node that begins at `from` and ends here stands. */
  #node(from: number): { source: Source; range: Range } {
    return { source: this.#source, range: this.#from(from) }
  }

  /** `NOT* operand (AND | OR NOT* operand)*`: the structure is what node-sql-parser says of a copy with numbered operands. */
  #boolean(): Expression {
    const from = this.#at
    const operands: Expression[] = []
    let text = ''
    let connectives = 0
    let isFlat = true
    for (;;) {
      while (this.#accept('NOT')) {
        text += 'NOT '
        isFlat = false
      }
      text += `:n${operands.length}`
      operands.push(this.#operators(TEST))
      const operator = this.#token()
      if (!isWord(operator, 'AND', 'OR')) break
      isFlat &&= operator!.value === 'AND'
      connectives++
      text += ` ${operator!.value} `
      this.#at++
    }
    if (connectives === 0 && isFlat) return operands[0]!
    const at = this.#node(from)
    if (isFlat) return { kind: 'and', operands, ...at }
    const tree = operands.length > MAX_OPERANDS ? undefined : this.#context.parse(text)
    return tree ? assemble(tree, operands) : { kind: 'unknown', parts: operands, ...at }
  }

  /** NOT where an operand of something tighter stands: it takes all that binds tighter than AND. */
  #not(): Expression {
    const from = this.#at
    if (!this.#accept('NOT')) return this.#operators(TEST)
    const operand = this.#not()
    return { kind: 'not', operand, ...this.#node(from) }
  }

  /** Operands joined by operators that bind at least as tightly as `level`. */
  #operators(level: number): Expression {
    const from = this.#at
    let left = this.#unary()
    for (let next = this.#join(left, from, level); next; next = this.#join(left, from, level)) left = next
    return left
  }

  /** What the operator at the cursor makes of its left side; undefined if there is none that binds tightly enough. */
  #join(left: Expression, from: number, level: number): Expression | undefined {
    const token = this.#token()
    if (token?.kind === 'op') {
      const own = LEVELS.get(token.value)
      return own === undefined || own < level ? undefined : this.#binary(left, token.value, own, from)
    }
    if (isWord(token, 'COLLATE')) {
      const name = this.#token(1)
      this.#at += 2
      return { kind: 'collate', operand: left, collation: name ? nameOf(name) : '', ...this.#node(from) }
    }
    return level <= TEST ? this.#test(left, from) : undefined
  }

  #binary(left: Expression, operator: string, level: number, from: number): Expression {
    this.#at++
    const right = this.#operators(level + 1)
    const at = this.#node(from)
    if (level > ORDER) return { kind: 'binary', operator, left, right, ...at }
    const own = operator === '==' ? '=' : operator === '!=' ? '<>' : operator
    return { kind: 'comparison', operator: own as Comparison['operator'], left, right, ...at }
  }

  /** IS, IN, LIKE and kin, BETWEEN, ISNULL, NOTNULL. */
  #test(left: Expression, from: number): Expression | undefined {
    const token = this.#token()
    const isNull = (negated: boolean, length: number): Expression => {
      this.#at += length
      return { kind: 'is', negated, left, right: undefined, ...this.#node(from) }
    }
    if (isWord(token, 'ISNULL')) return isNull(false, 1)
    if (isWord(token, 'NOTNULL')) return isNull(true, 1)
    if (this.#accept('IS')) return this.#is(left, from)
    const negated = isWord(token, 'NOT')
    const operator = this.#token(negated ? 1 : 0)
    if (negated && isWord(operator, 'NULL')) return isNull(true, 2)
    if (!isWord(operator, 'IN', 'BETWEEN') && !isWordOf(operator, MATCHES)) return undefined
    this.#at += negated ? 2 : 1
    if (operator!.value === 'IN') return this.#in(left, negated, from)
    return operator!.value === 'BETWEEN'
      ? this.#between(left, negated, from)
      : this.#match(left, operator!.value as Match['operator'], negated, from)
  }

  #is(left: Expression, from: number): Expression {
    let negated = this.#accept('NOT')
    if (isWord(this.#token(), 'DISTINCT') && isWord(this.#token(1), 'FROM')) {
      this.#at += 2
      negated = !negated
    }
    const right = this.#operators(TEST + 1)
    const isNull = right.kind === 'literal' && right.type === 'null'
    return { kind: 'is', negated, left, right: isNull ? undefined : right, ...this.#node(from) }
  }

  #match(left: Expression, operator: Match['operator'], negated: boolean, from: number): Expression {
    const right = this.#operators(TEST + 1)
    const escape = this.#accept('ESCAPE') ? this.#operators(TEST + 1) : undefined
    return { kind: 'match', operator, negated, left, right, escape, ...this.#node(from) }
  }

  #between(operand: Expression, negated: boolean, from: number): Expression {
    const low = this.#not()
    if (!this.#accept('AND')) return { kind: 'unknown', parts: [operand, low], ...this.#node(from) }
    const high = this.#operators(TEST + 1)
    return { kind: 'between', negated, operand, low, high, ...this.#node(from) }
  }

  #in(left: Expression, negated: boolean, from: number): Expression {
    if (isOp(this.#token(), '(')) {
      const inside = this.#brackets()
      if (this.#startsQuery(inside)) {
        const query = this.#context.readQuery(inside)
        return { kind: 'in query', negated, left, query, ...this.#node(from) }
      }
      const list = this.#list(inside)
      return { kind: 'in list', negated, left, list, ...this.#node(from) }
    }
    const start = this.#at
    const parts = this.#names()
    if (parts.length === 0) return { kind: 'unknown', parts: [left], ...this.#node(from) }
    const name = this.#from(start)
    const inside = isOp(this.#token(), '(') ? this.#brackets() : undefined
    const args = inside && { args: this.#list(inside), inside }
    const query = this.#context.readTable(name, parts, args)
    return { kind: 'in query', negated, left, query, ...this.#node(from) }
  }

  #unary(): Expression {
    const from = this.#at
    const token = this.#token()
    if (isWord(token, 'NOT')) return this.#not()
    if (!isOp(token, '+', '-', '~')) return this.#primary()
    this.#at++
    if (++this.#depth > MAX_DEPTH) return this.#skip(from)
    const operand = this.#unary()
    this.#depth--
    return { kind: 'unary', operator: token!.value as '+', operand, ...this.#node(from) }
  }

  #primary(): Expression {
    const from = this.#at
    const token = this.#token()
    if (!token) return { kind: 'unknown', parts: [], ...this.#node(from) }
    if (isOp(token, '(')) return this.#bracketed()
    if (token.kind === 'param') {
      this.#at++
      return { kind: 'parameter', name: token.value, at: from, ...this.#node(from) }
    }
    if (
      token.kind === 'number'
      || token.kind === 'blob'
      || (token.kind === 'string' && !isOp(this.#token(1), '.'))
    ) {
      this.#at++
      return { kind: 'literal', type: token.kind, at: from, ...this.#node(from) }
    }
    if (isWord(token, 'CASE')) return this.#case()
    if (isWord(token, 'CAST') && isOp(this.#token(1), '(')) return this.#cast()
    if (isWord(token, 'EXISTS') && isOp(this.#token(1), '(')) return this.#exists()
    const literal = this.#wordLiteral(token)
    if (literal) return literal
    if ((isName(token) || token.kind === 'string') && !isReserved(token)) return this.#named()
    if (isName(token) && isOp(this.#token(1), '(')) return this.#named()
    this.#at++
    return { kind: 'unknown', parts: [], ...this.#node(from) }
  }

  #wordLiteral(token: Token): Expression | undefined {
    if (token.kind !== 'word' || isOp(this.#token(1), '.', '(')) return undefined
    const from = this.#at
    const type = isWord(token, 'NULL')
      ? 'null'
      : isWord(token, 'TRUE', 'FALSE')
        ? 'boolean'
        : isWord(token, 'CURRENT_DATE', 'CURRENT_TIME', 'CURRENT_TIMESTAMP')
          ? 'time'
          : undefined
    if (!type) return undefined
    this.#at++
    return { kind: 'literal', type, at: from, ...this.#node(from) }
  }

  /** Brackets: a query, a row value, or a whole expression, whose range then has the brackets too. */
  #bracketed(): Expression {
    const from = this.#at
    const inside = this.#brackets()
    const at = this.#node(from)
    if (this.#startsQuery(inside)) return { kind: 'subquery', query: this.#context.readQuery(inside), ...at }
    const items = this.#list(inside)
    return items.length === 1 ? { ...items[0]!, ...at } : { kind: 'row', items, ...at }
  }

  /** Moves past the brackets at the cursor. @returns what is inside */
  #brackets(): Range {
    const from = this.#at
    const { tokens } = this.#source
    this.#at = afterParen(this.#source, from, this.#range.to)
    const isClosed = isOp(tokens[this.#at - 1], ')') && this.#at - 1 > from
    return { from: from + 1, to: isClosed ? this.#at - 1 : this.#at }
  }

  #startsQuery({ from, to }: Range): boolean {
    return from < to && isWord(this.#source.tokens[from], 'SELECT', 'WITH', 'VALUES')
  }

  #list(range: Range): Expression[] {
    return splitList(this.#source, range).map(part => this.#inside(part))
  }

  #inside(range: Range): Expression {
    if (this.#depth >= MAX_DEPTH) return { kind: 'unknown', parts: [], source: this.#source, range }
    return new ExpressionReader(this.#source, range, this.#context, this.#depth + 1).whole()
  }

  #skip(from: number): Expression {
    this.#at = this.#range.to
    return { kind: 'unknown', parts: [], ...this.#node(from) }
  }

  #case(): Expression {
    const from = this.#at++
    const base = isWord(this.#token(), 'WHEN') ? undefined : this.#boolean()
    const branches: { when: Expression; result: Expression }[] = []
    while (this.#accept('WHEN')) {
      const when = this.#boolean()
      if (!this.#accept('THEN')) break
      branches.push({ when, result: this.#boolean() })
    }
    const otherwise = this.#accept('ELSE') ? this.#boolean() : undefined
    this.#accept('END')
    return { kind: 'case', base, branches, otherwise, ...this.#node(from) }
  }

  #cast(): Expression {
    const from = this.#at++
    const inside = this.#brackets()
    const { tokens } = this.#source
    let as = inside.to - 1
    while (as > inside.from && !isWord(tokens[as], 'AS')) as--
    const operand = this.#inside({ from: inside.from, to: as })
    const names = tokens.slice(as + 1, inside.to).map(t => (isName(t) ? nameOf(t) : t.text))
    return { kind: 'cast', operand, type: names.join(' ').toUpperCase(), ...this.#node(from) }
  }

  #exists(): Expression {
    const from = this.#at++
    const inside = this.#brackets()
    if (!this.#startsQuery(inside)) return { kind: 'unknown', parts: this.#list(inside), ...this.#node(from) }
    return { kind: 'exists', query: this.#context.readQuery(inside), ...this.#node(from) }
  }

  /** A column or a function call. */
  #named(): Expression {
    const from = this.#at
    const parts = this.#names()
    const name = this.#from(from)
    if (!isOp(this.#token(), '(')) {
      if (isOp(this.#token(), '.')) this.#at++
      return { kind: 'column', parts, name, ...this.#node(from) }
    }
    return this.#call(parts.join('.'), from)
  }

  #names(): string[] {
    const parts: string[] = []
    const isPart = (t: Token | undefined): t is Token => isName(t) || t?.kind === 'string'
    while (isPart(this.#token())) {
      parts.push(nameOf(this.#token()!))
      this.#at++
      if (!isOp(this.#token(), '.') || !isPart(this.#token(1))) break
      this.#at++
    }
    return parts
  }

  #call(name: string, from: number): Expression {
    const { tokens } = this.#source
    let { from: start, to } = this.#brackets()
    const distinct = isWord(tokens[start], 'DISTINCT')
    if (start < to && isWord(tokens[start], 'DISTINCT', 'ALL')) start++
    const star = to - start === 1 && isOp(tokens[start], '*')
    const order = this.#orderIn({ from: start, to })
    const args = star ? [] : this.#list({ from: start, to: order?.from ?? to })
    const orderBy = order
      ? readExpressions(this.#source, { from: order.from + 2, to: order.to }, this.#context)
      : []
    let filter: Expression | undefined
    if (isWord(this.#token(), 'FILTER') && isOp(this.#token(1), '(')) {
      this.#at++
      const inside = this.#brackets()
      filter = this.#inside(
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
    return { ...call, ...this.#node(from) }
  }

  /** Where ORDER BY stands outside brackets. */
  #orderIn({ from, to }: Range): Range | undefined {
    for (let i = from; i < to; i++) {
      if (isOp(this.#source.tokens[i], '(')) i = afterParen(this.#source, i, to) - 1
      else if (isWord(this.#source.tokens[i], 'ORDER') && isWord(this.#source.tokens[i + 1], 'BY'))
        return { from: i, to }
    }
    return undefined
  }

  #over(): Window | undefined {
    if (!isWord(this.#token(), 'OVER')) return undefined
    const next = this.#token(1)
    if (isOp(next, '(')) {
      this.#at++
      return readWindow(this.#source, this.#brackets(), this.#context)
    }
    if (!isName(next)) return undefined
    this.#at += 2
    return { name: nameOf(next), partitionBy: [], orderBy: [], bounds: [] }
  }
}

/** Reads what stands in the brackets of a window. */
export function readWindow(source: Source, range: Range, context: ReadContext): Window {
  const { tokens } = source
  const words = ['PARTITION', 'ORDER', 'ROWS', 'RANGE', 'GROUPS']
  const stops: number[] = []
  for (let i = range.from; i < range.to; i++) {
    if (isOp(tokens[i], '(')) i = afterParen(source, i, range.to) - 1
    else if (
      isWord(tokens[i], ...words)
      && (isWord(tokens[i + 1], 'BY') || !isWord(tokens[i], 'PARTITION', 'ORDER'))
    )
      stops.push(i)
  }
  const first = tokens[range.from]
  const name = isName(first) && stops[0] !== range.from && range.from < range.to ? nameOf(first) : undefined
  const part = (...named: string[]): Range | undefined => {
    const at = stops.findIndex(i => isWord(tokens[i], ...named))
    return at < 0 ? undefined : { from: stops[at]!, to: stops[at + 1] ?? range.to }
  }
  const list = (found: Range | undefined): Expression[] =>
    found ? readExpressions(source, { from: found.from + 2, to: found.to }, context) : []
  const frame = part('ROWS', 'RANGE', 'GROUPS')
  const bounds = frame ? frameBounds(source, frame, context) : []
  return { name, partitionBy: list(part('PARTITION')), orderBy: list(part('ORDER')), bounds }
}

/** The expressions before PRECEDING and FOLLOWING. */
function frameBounds(source: Source, { from, to }: Range, context: ReadContext): Expression[] {
  const { tokens } = source
  const found: Expression[] = []
  let start = from + 1
  for (let i = from + 1; i < to; i++) {
    if (isOp(tokens[i], '(')) i = afterParen(source, i, to) - 1
    else if (isWord(tokens[i], 'BETWEEN', 'AND')) start = i + 1
    else if (isWord(tokens[i], 'PRECEDING', 'FOLLOWING')) {
      const isExpression = i > start && !isWord(tokens[start], 'UNBOUNDED')
      if (isExpression) found.push(readExpression(source, { from: start, to: i }, context))
    }
  }
  return found
}
