import type { Comparison, Expression, Match } from './expression.ts'
import { isWord, isWordOf, nameOf } from './lexer.ts'
import { assemble, LEVELS, ORDERING, EQUALITY } from './operators.ts'
import type { Range, Source } from './query.ts'
import { OperandReader, type ReadContext } from './read-operand.ts'
import { withoutOrder } from './read-window.ts'
import { splitList } from './tokens.ts'

const MATCHES = new Set(['LIKE', 'GLOB', 'REGEXP', 'MATCH'])
/** A condition with more operands is not analysed: it becomes a node of kind `unknown`. */
const MAX_OPERANDS = 4000

/** Reads the expression in a range of tokens. */
export function readExpression(source: Source, range: Range, context: ReadContext): Expression {
  return constantIn(source, range) ?? new ExpressionReader(source, range, context).whole()
}

/** The expression in a range of one token that is a constant; undefined for others. Long lists have only such items. */
function constantIn(source: Source, range: Range): Expression | undefined {
  const { from, to } = range
  if (to - from !== 1) return undefined
  const { kind, value } = source.tokens[from]!
  if (kind === 'param') return { kind: 'parameter', name: value, at: from, source, range }
  return kind === 'string' || kind === 'number' || kind === 'blob'
    ? { kind: 'literal', type: kind, at: from, source, range }
    : undefined
}

/** Reads one expression from the beginning of a range. @returns the expression and the index of the first token after it */
export function readFirst(
  source: Source,
  range: Range,
  context: ReadContext,
): { expr: Expression; end: number } {
  const reader = new ExpressionReader(source, range, context)
  return reader.first()
}

/** Reads the expressions in a range, separated by commas; ASC, DESC and NULLS FIRST or LAST after one are left out. */
export function readExpressions(source: Source, range: Range, context: ReadContext): Expression[] {
  return splitList(source, range).map(part => readExpression(source, withoutOrder(source, part), context))
}

/** Joins operands by operators. */
class ExpressionReader extends OperandReader {
  constructor(source: Source, range: Range, context: ReadContext, depth = 0) {
    super(source, range, context, depth)
  }

  protected readWhole(range: Range, depth: number): Expression {
    return (
      constantIn(this.source, range) ?? new ExpressionReader(this.source, range, this.context, depth).whole()
    )
  }

  whole(): Expression {
    const e = this.boolean()
    return this.at >= this.range.to ? e : this.#rest(e)
  }

  first(): { expr: Expression; end: number } {
    return { expr: this.boolean(), end: this.at }
  }

  /** Tokens after an expression that should be its end: read as well, for the names in them. */
  #rest(first: Expression): Expression {
    const parts = [first]
    while (this.at < this.range.to) {
      const before = this.at
      parts.push(this.boolean())
      if (this.at === before) this.at++
    }
    return { kind: 'unknown', parts, source: this.source, range: this.range }
  }

  /** `NOT* operand (AND | OR NOT* operand)*`: node-sql-parser gives the structure of a copy with numbered operands. */
  protected boolean(): Expression {
    const from = this.at
    const operands: Expression[] = []
    let text = ''
    let connectives = 0
    let isFlat = true
    for (;;) {
      while (this.accept('NOT')) {
        text += 'NOT '
        isFlat = false
      }
      text += `:n${operands.length}`
      operands.push(this.#operators(EQUALITY))
      const operator = this.token()
      if (!isWord(operator, 'AND', 'OR')) break
      isFlat &&= operator!.value === 'AND'
      connectives++
      text += ` ${operator!.value} `
      this.at++
    }
    if (connectives === 0 && isFlat) return operands[0]!
    const at = this.node(from)
    if (isFlat) return { kind: 'and', operands, ...at }
    const tree = operands.length > MAX_OPERANDS ? undefined : this.context.parse(text)
    return tree ? assemble(tree, operands) : { kind: 'unknown', parts: operands, ...at }
  }

  /** NOT in the place of an operand: its own operand is everything that binds tighter than AND. */
  protected not(): Expression {
    const from = this.at
    if (!this.accept('NOT')) return this.#operators(EQUALITY)
    const operand = this.not()
    return { kind: 'not', operand, source: this.source, range: this.rangeFrom(from) }
  }

  /** Operands joined by operators that bind at least as tightly as `level`. */
  #operators(level: number): Expression {
    const from = this.at
    let left = this.unary()
    for (let next = this.#infix(left, from, level); next; next = this.#infix(left, from, level)) left = next
    return left
  }

  /** The node for the operator at the cursor and its left side; undefined if no operator here binds tightly enough. */
  #infix(left: Expression, from: number, level: number): Expression | undefined {
    const token = this.token()
    if (token?.kind === 'op') {
      const binds = LEVELS.get(token.value)
      return binds === undefined || binds < level ? undefined : this.#binary(left, token.value, binds, from)
    }
    if (isWord(token, 'COLLATE')) {
      const name = this.token(1)
      this.at += 2
      return {
        kind: 'collate',
        operand: left,
        collation: name ? nameOf(name) : '',
        source: this.source,
        range: this.rangeFrom(from),
      }
    }
    return level <= EQUALITY ? this.#predicate(left, from) : undefined
  }

  #binary(left: Expression, operator: string, level: number, from: number): Expression {
    this.at++
    const right = this.#operators(level + 1)
    const at = this.node(from)
    if (level > ORDERING) return { kind: 'binary', operator, left, right, ...at }
    const plain = operator === '==' ? '=' : operator === '!=' ? '<>' : operator
    return { kind: 'comparison', operator: plain as Comparison['operator'], left, right, ...at }
  }

  /** IS, IN, LIKE, GLOB, REGEXP, MATCH, BETWEEN, ISNULL, NOTNULL. */
  #predicate(left: Expression, from: number): Expression | undefined {
    const token = this.token()
    const isNull = (negated: boolean, length: number): Expression => {
      this.at += length
      return { kind: 'is', negated, left, right: undefined, source: this.source, range: this.rangeFrom(from) }
    }
    if (isWord(token, 'ISNULL')) return isNull(false, 1)
    if (isWord(token, 'NOTNULL')) return isNull(true, 1)
    if (this.accept('IS')) return this.#is(left, from)
    const negated = isWord(token, 'NOT')
    const operator = this.token(negated ? 1 : 0)
    if (negated && isWord(operator, 'NULL')) return isNull(true, 2)
    if (!isWord(operator, 'IN', 'BETWEEN') && !isWordOf(operator, MATCHES)) return undefined
    this.at += negated ? 2 : 1
    if (operator!.value === 'IN') return this.#in(left, negated, from)
    return operator!.value === 'BETWEEN'
      ? this.#between(left, negated, from)
      : this.#match(left, operator!.value as Match['operator'], negated, from)
  }

  #is(left: Expression, from: number): Expression {
    let negated = this.accept('NOT')
    if (this.is('DISTINCT') && isWord(this.token(1), 'FROM')) {
      this.at += 2
      negated = !negated
    }
    const right = this.#operators(EQUALITY + 1)
    const isNull = right.kind === 'literal' && right.type === 'null'
    return {
      kind: 'is',
      negated,
      left,
      right: isNull ? undefined : right,
      source: this.source,
      range: this.rangeFrom(from),
    }
  }

  #match(left: Expression, operator: Match['operator'], negated: boolean, from: number): Expression {
    const right = this.#operators(EQUALITY + 1)
    const escape = this.accept('ESCAPE') ? this.#operators(EQUALITY + 1) : undefined
    return {
      kind: 'match',
      operator,
      negated,
      left,
      right,
      escape,
      source: this.source,
      range: this.rangeFrom(from),
    }
  }

  #between(operand: Expression, negated: boolean, from: number): Expression {
    const low = this.not()
    if (!this.accept('AND'))
      return { kind: 'unknown', parts: [operand, low], source: this.source, range: this.rangeFrom(from) }
    const high = this.#operators(EQUALITY + 1)
    return { kind: 'between', negated, operand, low, high, source: this.source, range: this.rangeFrom(from) }
  }

  #in(left: Expression, negated: boolean, from: number): Expression {
    if (this.isOp('(')) {
      const inside = this.brackets()
      if (this.startsQuery(inside)) {
        const query = this.context.readQuery(inside)
        return { kind: 'in query', negated, left, query, source: this.source, range: this.rangeFrom(from) }
      }
      const list = this.list(inside)
      return { kind: 'in list', negated, left, list, source: this.source, range: this.rangeFrom(from) }
    }
    const start = this.at
    const parts = this.dottedName()
    if (parts.length === 0)
      return { kind: 'unknown', parts: [left], source: this.source, range: this.rangeFrom(from) }
    const name = this.rangeFrom(start)
    const inside = this.isOp('(') ? this.brackets() : undefined
    const args = inside && { args: this.list(inside), inside }
    const query = this.context.readTable(name, parts, args)
    return { kind: 'in query', negated, left, query, source: this.source, range: this.rangeFrom(from) }
  }
}
