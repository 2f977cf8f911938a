/**
 * The boundary to node-sql-parser: the one file that knows its tree. It is given
 * only what predicate.ts writes (parameters, AND, OR, NOT, =, <, IN, brackets),
 * never the user's text, and nothing it prints is ever used.
 */

export type BooleanTree =
  | { readonly kind: 'and' | 'or' | 'equal' | 'in' | 'other'; readonly args: readonly BooleanTree[] }
  | { readonly kind: 'leaf'; readonly leaf: number }

/** Text of a boolean expression over parameters `:n0`, `:n1`, … → its tree, or undefined if it cannot be read. */
export type ParseBoolean = (text: string) => BooleanTree | undefined

/** The parts of the parser's tree that are read here. */
interface Node {
  readonly type?: string
  readonly operator?: string
  readonly parentheses?: boolean
  readonly left?: Node
  readonly right?: Node
  readonly expr?: Node
  readonly args?: Node
  readonly value?: string | number | readonly Node[]
}

/** Loads the parser (about 0.1 s of start-up, so only when a statement has a predicate). */
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

function toTree(node: Node): BooleanTree {
  if (node.type === 'param') return { kind: 'leaf', leaf: Number(String(node.value).slice(1)) }
  if (node.type === 'binary_expr' && (node.operator === 'AND' || node.operator === 'OR')) return regroup(node)
  if (node.type === 'binary_expr' && node.left && node.right) {
    const kind = node.operator === '=' ? 'equal' : node.operator === 'IN' ? 'in' : 'other'
    return { kind, args: [toTree(node.left), toTree(node.right)] }
  }
  if (node.type === 'expr_list' && Array.isArray(node.value)) {
    const values = node.value as readonly Node[]
    return values.length === 1 ? toTree(values[0]!) : { kind: 'other', args: values.map(toTree) }
  }
  return {
    kind: 'other',
    args: [node.expr, node.args, node.left, node.right]
      .filter(n => n !== undefined && n !== null)
      .map(toTree),
  }
}

/**
 * node-sql-parser 5.4.0 reads `a OR b AND c` as `(a OR b) AND c` in this
 * dialect. The chain is taken apart down to brackets and built again with AND
 * binding tighter (sqlite.org/lang_expr.html).
 */
function regroup(node: Node): BooleanTree {
  const operands: BooleanTree[] = []
  const operators: string[] = []
  const flatten = (n: Node): void => {
    if (
      n.type === 'binary_expr'
      && (n.operator === 'AND' || n.operator === 'OR')
      && (n === node || !n.parentheses)
    ) {
      flatten(n.left!)
      operators.push(n.operator)
      flatten(n.right!)
    } else operands.push(toTree(n))
  }
  flatten(node)
  const groups: BooleanTree[][] = [[operands[0]!]]
  operators.forEach((op, i) => {
    if (op === 'OR') groups.push([operands[i + 1]!])
    else groups.at(-1)!.push(operands[i + 1]!)
  })
  const args = groups.map(g => (g.length === 1 ? g[0]! : { kind: 'and' as const, args: g }))
  return args.length === 1 ? args[0]! : { kind: 'or', args }
}
