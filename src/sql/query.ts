import type { Expression, Window } from './expression.ts'
import type { Token } from './lexer.ts'

/** A text and its tokens. Ranges index the tokens; token offsets index the text. */
export interface Source {
  readonly text: string
  readonly tokens: readonly Token[]
}

/** Token indexes, end exclusive. */
export interface Range {
  readonly from: number
  readonly to: number
}

/**
 * The tree of a query: its tables, joins, clauses and expressions. It is built without validating the text: for a text
 * that SQLite refuses it is incomplete, and SQLite reports the error.
 */
export interface Query {
  /** 'table': the name of a table in the place of a query, as in `x IN name`. */
  readonly form: 'query' | 'table'
  readonly source: Source
  readonly range: Range
  readonly ctes: readonly Cte[]
  readonly recursive: boolean
  readonly cores: readonly Core[]
  readonly setOps: readonly string[]
  /** The terms, without their directions. */
  readonly orderBy?: readonly Expression[]
  readonly limit?: Limit
  /** Subqueries in ORDER BY and LIMIT. */
  readonly subqueries: readonly Query[]
}

/** `range` is the whole clause; `LIMIT a, b` has its offset first. */
export interface Limit {
  readonly range: Range
  readonly count: Expression
  readonly offset?: Expression
}

export interface Cte {
  readonly name: string
  readonly columns?: readonly string[]
  readonly query: Query
  /** The tokens of its name. */
  readonly at: Range
}

export type ClauseName = 'select' | 'where' | 'group' | 'having' | 'window' | 'on' | 'from'

/** One SELECT or VALUES of a query. */
export interface Core {
  readonly kind: 'select' | 'values'
  readonly range: Range
  readonly distinct: boolean
  readonly items: readonly SelectItem[]
  readonly from?: FromNode
  readonly where?: Expression
  readonly groupBy?: readonly Expression[]
  readonly having?: Expression
  /** Windows that the WINDOW clause defines. */
  readonly windows: readonly Window[]
  /** Expressions of VALUES, row by row. */
  readonly values: readonly (readonly Expression[])[]
  /** Subqueries in expressions of this core, each with its clause. */
  readonly subqueries: readonly { readonly clause: ClauseName; readonly query: Query }[]
}

export interface SelectItem {
  /** The expression, without its alias. For a star: a node of kind `unknown` over its tokens. */
  readonly expr: Expression
  readonly alias?: string
  /** `*` or `x.*` */
  readonly star?: { readonly qualifier: readonly string[] }
}

export type FromNode = TableNode | DerivedNode | FunctionNode | ExecNode | JoinNode

export interface TableNode {
  readonly kind: 'table'
  /** The name's tokens, dots included. */
  readonly name: Range
  readonly parts: readonly string[]
  readonly alias?: string
}

export interface DerivedNode {
  readonly kind: 'derived'
  readonly query: Query
  readonly alias?: string
}

/** `(EXEC p.s.r.m @a = …)`; `range` is without the brackets, `whole` with them. */
export interface ExecNode {
  readonly kind: 'exec'
  readonly range: Range
  readonly whole: Range
  readonly alias?: string
}

/** A table-valued function such as json_each(…). */
export interface FunctionNode {
  readonly kind: 'function'
  readonly name: string
  readonly args: readonly Expression[]
  /** The tokens of its name, and of its arguments without the brackets. */
  readonly at: Range
  readonly inside: Range
  readonly alias?: string
}

export interface JoinNode {
  readonly kind: 'join'
  readonly type: 'inner' | 'left' | 'right' | 'full'
  readonly natural: boolean
  /** CROSS JOIN. */
  readonly isCross: boolean
  readonly left: FromNode
  readonly right: FromNode
  readonly on?: Expression
  readonly using?: readonly string[]
}

type Leaf = Exclude<FromNode, JoinNode>

/** Trees are read-only, and most steps of planning read their leaves. */
const leafLists = new WeakMap<FromNode, readonly Leaf[]>()

/** The leaves of a FROM tree, in the order of the text. */
export function leaves(node: FromNode | undefined): readonly Leaf[] {
  if (!node) return []
  let list = leafLists.get(node)
  if (!list) {
    list = node.kind === 'join' ? [...leaves(node.left), ...leaves(node.right)] : [node]
    leafLists.set(node, list)
  }
  return list
}
