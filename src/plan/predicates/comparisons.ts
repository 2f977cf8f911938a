import type { Comparison, Expression, InQuery } from '../../sql/expression.ts'
import { operationsIn } from '../binding/traverse.ts'

/** Two operands that are compared. */
export interface OperandPair {
  readonly left: Expression
  readonly right: Expression
  /** `=` also for IS, IN and CASE, `<>` also for their negations. */
  readonly operator: Operator
  readonly is?: true
}

export type Operator = Comparison['operator']

export const isEquality = (operator: Operator): boolean => operator === '=' || operator === '<>'

const FLIPPED = { '=': '=', '<>': '<>', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const

/** The operator for the same comparison with its sides exchanged. */
export const flipped = <T extends Operator>(operator: T): (typeof FLIPPED)[T] => FLIPPED[operator]

/**
 * Whether times are compared as times, not as texts: nullif() returns what it compares, `*` stands for columns that are not written,
 * and LIMIT chooses rows in an order of the texts.
 */
export function comparesTimes(node: Expression): boolean {
  if (node.kind !== 'in query') return node.kind !== 'call'
  const { cores, limit, form } = node.query
  return form === 'query' && !limit && cores.every(({ items }) => items.every(item => !item.star))
}

/** Trees are read-only, and every check reads the pairs of a list. */
const pairsOf = new WeakMap<Expression, readonly OperandPair[]>()

/** The pairs of operands that a node compares. */
export function comparisons(e: Expression): readonly OperandPair[] {
  if (e.kind === 'literal' || e.kind === 'column') return []
  let found = pairsOf.get(e)
  if (!found) pairsOf.set(e, (found = comparedBy(e)))
  return found
}

const comparingLists = new WeakMap<readonly Expression[], readonly Expression[]>()

/** The nodes of a list that compare operands, or the rows of a query. */
export function comparingIn(nodes: readonly Expression[]): readonly Expression[] {
  let list = comparingLists.get(nodes)
  if (!list) comparingLists.set(nodes, (list = operationsIn(nodes).filter(isComparing)))
  return list
}

const isComparing = (e: Expression): boolean => e.kind === 'in query' || comparisons(e).length > 0

function comparedBy(e: Expression): readonly OperandPair[] {
  switch (e.kind) {
    case 'comparison':
      return pairs(e.left, e.right, e.operator)
    case 'is':
      return e.right ? pairs(e.left, e.right, e.negated ? '<>' : '=').map(p => ({ ...p, is: true })) : []
    case 'in list':
      return e.list.flatMap(item => pairs(e.left, item, e.negated ? '<>' : '='))
    case 'in query': {
      const values = e.query.cores.flatMap(core => core.values)
      const columns = e.left.kind === 'row' ? e.left.items : [e.left]
      return values.flatMap(row =>
        columns.flatMap((c, i) => (row[i] ? pairs(c, row[i], e.negated ? '<>' : '=') : [])),
      )
    }
    case 'between':
      return e.negated
        ? [...pairs(e.operand, e.low, '<'), ...pairs(e.operand, e.high, '>')]
        : [...pairs(e.operand, e.low, '>='), ...pairs(e.operand, e.high, '<=')]
    case 'case':
      return e.base ? e.branches.flatMap(b => pairs(e.base!, b.when, '=')) : []
    case 'call':
      return e.name === 'nullif' && e.args.length === 2 ? pairs(e.args[0]!, e.args[1]!, '=') : []
    default:
      return []
  }
}

/** The pairs of columns that IN compares with the result columns of its query, apart from those of `*`. */
export function queryPairs({ left, query, negated }: InQuery): readonly OperandPair[] {
  const columns = left.kind === 'row' ? left.items : [left]
  return query.cores.flatMap(({ items }) =>
    columns.flatMap((column, i) =>
      items[i] && !items.slice(0, i + 1).some(item => item.star)
        ? [{ left: column, right: items[i].expr, operator: negated ? '<>' : '=' } as const]
        : [],
    ),
  )
}

function pairs(left: Expression, right: Expression, operator: Operator): OperandPair[] {
  if (left.kind !== 'row' || right.kind !== 'row') return [{ left, right, operator }]
  return left.items.flatMap((item, i) => (right.items[i] ? pairs(item, right.items[i], operator) : []))
}
