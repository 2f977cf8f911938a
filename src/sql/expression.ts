import type { Query, Range, Source } from './query.ts'

/**
 * An expression as a tree. `range` covers the tokens of a node, brackets around it included, so that the text of a
 * range can stand wherever the node stood. Precedence and forms follow sqlite.org/lang_expr.html.
 *
 * The tree is built before SQLite has checked the text. For a text that SQLite refuses it may be incomplete: a part that
 * cannot be read is a node of kind `unknown`.
 */
export type Expression =
  | ColumnReference
  | Literal
  | Parameter
  | Unary
  | Binary
  | Comparison
  | Is
  | Logical
  | Not
  | InList
  | InQuery
  | Between
  | Match
  | Case
  | Cast
  | Collate
  | Call
  | Row
  | Subquery
  | Exists
  | Unknown

interface Node {
  readonly source: Source
  readonly range: Range
}

/** A name of one part or more: qualifiers, a column, fields of an object column. */
export interface ColumnReference extends Node {
  readonly kind: 'column'
  readonly parts: readonly string[]
  /** The tokens of the name, without brackets around it. */
  readonly name: Range
}

export interface Literal extends Node {
  readonly kind: 'literal'
  readonly type: 'string' | 'number' | 'blob' | 'null' | 'boolean' | 'time'
  /** Index of its token. */
  readonly at: number
}

/** `:name`, `?`, … */
export interface Parameter extends Node {
  readonly kind: 'parameter'
  readonly name: string
  /** Index of its token. */
  readonly at: number
}

export interface Unary extends Node {
  readonly kind: 'unary'
  readonly operator: '+' | '-' | '~'
  readonly operand: Expression
}

/** An operator that computes: arithmetic, bits, `||`, `->`, `->>`. */
export interface Binary extends Node {
  readonly kind: 'binary'
  readonly operator: string
  readonly left: Expression
  readonly right: Expression
}

export interface Comparison extends Node {
  readonly kind: 'comparison'
  readonly operator: '=' | '<>' | '<' | '<=' | '>' | '>='
  readonly left: Expression
  readonly right: Expression
}

/** IS, IS NOT, IS [NOT] DISTINCT FROM, ISNULL, NOTNULL; `negated`: true where the sides differ. */
export interface Is extends Node {
  readonly kind: 'is'
  readonly negated: boolean
  readonly left: Expression
  /** Undefined for IS NULL, ISNULL, NOTNULL, NOT NULL. */
  readonly right: Expression | undefined
}

/** AND and OR of two or more. */
export interface Logical extends Node {
  readonly kind: 'and' | 'or'
  readonly operands: readonly Expression[]
}

export interface Not extends Node {
  readonly kind: 'not'
  readonly operand: Expression
}

export interface InList extends Node {
  readonly kind: 'in list'
  readonly negated: boolean
  readonly left: Expression
  readonly list: readonly Expression[]
}

export interface InQuery extends Node {
  readonly kind: 'in query'
  readonly negated: boolean
  readonly left: Expression
  /** For `x IN name`, a query of the form 'table'. */
  readonly query: Query
}

export interface Between extends Node {
  readonly kind: 'between'
  readonly negated: boolean
  readonly operand: Expression
  readonly low: Expression
  readonly high: Expression
}

export interface Match extends Node {
  readonly kind: 'match'
  readonly operator: 'LIKE' | 'GLOB' | 'REGEXP' | 'MATCH'
  readonly negated: boolean
  readonly left: Expression
  readonly right: Expression
  readonly escape: Expression | undefined
}

export interface Case extends Node {
  readonly kind: 'case'
  readonly base: Expression | undefined
  readonly branches: readonly { readonly when: Expression; readonly result: Expression }[]
  /** ELSE. */
  readonly fallback: Expression | undefined
}

export interface Cast extends Node {
  readonly kind: 'cast'
  readonly operand: Expression
  /** The name of the type, upper case, words joined by a blank. */
  readonly type: string
}

export interface Collate extends Node {
  readonly kind: 'collate'
  readonly operand: Expression
  readonly collation: string
}

/** A function call; `name` is lower case, whether it is quoted or not. */
export interface Call extends Node {
  readonly kind: 'call'
  readonly name: string
  readonly distinct: boolean
  readonly args: readonly Expression[]
  /** `count(*)` */
  readonly star: boolean
  /** ORDER BY inside the brackets of an aggregate. */
  readonly orderBy: readonly Expression[]
  readonly filter: Expression | undefined
  readonly over: Window | undefined
}

/** The operand of OVER: the name of a window, or its definition. */
export interface Window {
  readonly name: string | undefined
  readonly partitionBy: readonly Expression[]
  readonly orderBy: readonly Expression[]
  /** Expressions of the frame's bounds. */
  readonly bounds: readonly Expression[]
}

/** `(a, b)` */
export interface Row extends Node {
  readonly kind: 'row'
  readonly items: readonly Expression[]
}

/** A query in brackets as an operand. */
export interface Subquery extends Node {
  readonly kind: 'subquery'
  readonly query: Query
}

export interface Exists extends Node {
  readonly kind: 'exists'
  readonly query: Query
}

/** A part of the text that could not be read, with the expressions in it that could. */
export interface Unknown extends Node {
  readonly kind: 'unknown'
  readonly parts: readonly Expression[]
}

/** The expressions directly inside one, in the order of the text, without those of subqueries. */
export function children(e: Expression): readonly Expression[] {
  switch (e.kind) {
    case 'column':
    case 'literal':
    case 'parameter':
    case 'subquery':
    case 'exists':
      return []
    case 'unary':
    case 'not':
    case 'cast':
    case 'collate':
      return [e.operand]
    case 'binary':
    case 'comparison':
      return [e.left, e.right]
    case 'is':
      return e.right ? [e.left, e.right] : [e.left]
    case 'and':
    case 'or':
      return e.operands
    case 'in list':
      return [e.left, ...e.list]
    case 'in query':
      return [e.left]
    case 'between':
      return [e.operand, e.low, e.high]
    case 'match':
      return e.escape ? [e.left, e.right, e.escape] : [e.left, e.right]
    case 'case':
      return [
        ...(e.base ? [e.base] : []),
        ...e.branches.flatMap(b => [b.when, b.result]),
        ...(e.fallback ? [e.fallback] : []),
      ]
    case 'call':
      return [...e.args, ...e.orderBy, ...(e.filter ? [e.filter] : []), ...windowParts(e.over)]
    case 'row':
      return e.items
    case 'unknown':
      return e.parts
  }
}

function windowParts(w: Window | undefined): readonly Expression[] {
  return w ? [...w.partitionBy, ...w.orderBy, ...w.bounds] : []
}

/** An expression and all its descendants, itself first. A subquery is yielded as a node, without the expressions in it. */
export function* walk(e: Expression): Generator<Expression, void, void> {
  yield e
  for (const child of children(e)) yield* walk(child)
}

/** Whether a test holds for an expression or for any descendant. */
export function someNode(e: Expression, test: (e: Expression) => boolean): boolean {
  return test(e) || children(e).some(child => someNode(child, test))
}
