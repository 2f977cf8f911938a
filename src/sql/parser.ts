/**
 * The boundary to node-sql-parser: the one file that reads its tree. Its input is always written by read-expression.ts
 * (numbered parameters, AND, OR, NOT), never the user's text. SQL that it prints is never used.
 */

/** AND, OR and NOT over operands, which are numbered from 0 in the order of the text. */
export type BooleanTree =
  | { readonly kind: 'and' | 'or'; readonly args: readonly BooleanTree[] }
  | { readonly kind: 'not'; readonly arg: BooleanTree }
  | { readonly kind: 'operand'; readonly index: number }

/** Text of a boolean expression over parameters `:n0`, `:n1`, … → its tree, or undefined if it cannot be read. */
export type ParseBoolean = (text: string) => BooleanTree | undefined

/** The parts of the parser's tree that are used here. */
interface Node {
  readonly type?: string
  readonly operator?: string
  readonly left?: Node
  readonly right?: Node
  readonly expr?: Node
  readonly value?: string | number
}

/** Loads the parser (about 0.1 s of start-up, so only when a statement has an OR or a NOT). */
export async function loadParser(): Promise<ParseBoolean> {
  const module = await import('node-sql-parser/build/postgresql.js')
  const { Parser } = module.default
  const parser = new Parser()
  return text => {
    let ast: unknown
    try {
      ast = parser.astify(`SELECT 1 WHERE ${text}`, { database: 'postgresql' })
    } catch {
      return undefined
    }
    const statement = (Array.isArray(ast) ? ast[0] : ast) as { where?: Node | null } | undefined
    return statement?.where ? toTree(statement.where) : undefined
  }
}

function toTree(node: Node): BooleanTree | undefined {
  if (node.type === 'param') return { kind: 'operand', index: Number(String(node.value).slice(1)) }
  if (node.type === 'unary_expr' && node.operator === 'NOT' && node.expr) {
    const arg = toTree(node.expr)
    return arg && { kind: 'not', arg }
  }
  return node.type === 'binary_expr' ? regroup(node) : undefined
}

/**
 * node-sql-parser 5.4.0 reads `a OR b AND c` as `(a OR b) AND c` in this dialect. The chain is taken apart (the text has
 * no brackets) and built again with AND binding tighter (sqlite.org/lang_expr.html).
 */
function regroup(node: Node): BooleanTree | undefined {
  const operands: (BooleanTree | undefined)[] = []
  const operators: string[] = []
  // a long chain is a left-deep tree: it is walked in a loop, since recursion would exceed the stack
  let at: Node | undefined = node
  for (; at?.type === 'binary_expr'; at = at.left) {
    if ((at.operator !== 'AND' && at.operator !== 'OR') || at.right?.type === 'binary_expr') return undefined
    operands.unshift(at.right && toTree(at.right))
    operators.unshift(at.operator)
  }
  operands.unshift(at && toTree(at))
  if (!operands.every(o => o !== undefined)) return undefined
  const groups: BooleanTree[][] = [[operands[0]!]]
  operators.forEach((op, i) => {
    if (op === 'OR') groups.push([operands[i + 1]!])
    else groups.at(-1)!.push(operands[i + 1]!)
  })
  const args = groups.map(g => (g.length === 1 ? g[0]! : { kind: 'and' as const, args: g }))
  return args.length === 1 ? args[0]! : { kind: 'or', args }
}
