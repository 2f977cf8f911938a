import { children, someNode, type Expression } from './expression.ts'

/** Properties of SQLite's functions (pragma_function_list). */
export interface Functions {
  /** Whether a function with this number of arguments combines rows: an aggregate or a window function. */
  combinesRows(name: string, args: number): boolean
  /** Whether it returns the same for the same arguments throughout a statement. */
  isDeterministic(name: string): boolean
}

const isQuery = (e: Expression): boolean =>
  e.kind === 'subquery' || e.kind === 'exists' || e.kind === 'in query'

/** Whether an expression contains a subquery. */
export function hasSubquery(e: Expression): boolean {
  return someNode(e, isQuery)
}

/** Whether a call in an expression, outside its subqueries, may return another value each time. */
export function isVolatile(e: Expression, functions: Functions): boolean {
  return someNode(e, x => x.kind === 'call' && !functions.isDeterministic(x.name))
}

/** Whether an expression is a call that combines rows: an aggregate or a window function. */
export function isCombining(e: Expression, functions: Functions): boolean {
  return (
    e.kind === 'call' && (e.over !== undefined || functions.combinesRows(e.name, e.star ? 0 : e.args.length))
  )
}

/** Whether an expression has the same value for every row: no columns, no subqueries, nothing volatile. */
export function isConstant(e: Expression, functions: Functions): boolean {
  return !someNode(
    e,
    x =>
      x.kind === 'column'
      || x.kind === 'unknown'
      || isQuery(x)
      || isCombining(x, functions)
      || (x.kind === 'call' && !functions.isDeterministic(x.name)),
  )
}

/**
 * The number of the result column that a term of ORDER BY or GROUP BY means: 1, also as `+1` or `1 COLLATE NOCASE`. Undefined for
 * any other expression: `1.0` is a constant.
 */
export function positionOf(e: Expression): number | undefined {
  return e.kind === 'collate' ? positionOf(e.operand) : integerOf(e)
}

function integerOf(e: Expression): number | undefined {
  if (e.kind === 'unary' && e.operator !== '~') {
    const operand = integerOf(e.operand)
    return operand !== undefined && e.operator === '-' ? -operand : operand
  }
  if (e.kind !== 'literal' || e.type !== 'number') return undefined
  const text = e.source.tokens[e.at]!.text.replaceAll('_', '')
  return /^(?:\d+|0x[\da-f]+)$/i.test(text) ? Number(text) : undefined
}

/**
 * Whether an expression is certainly NULL where some of its columns are NULL.
 * @param isNull whether a column is one of those
 */
export function isNullWhere(e: Expression, isNull: (e: Expression) => boolean): boolean {
  const sub = (x: Expression): boolean => isNullWhere(x, isNull)
  switch (e.kind) {
    case 'column':
      return isNull(e)
    case 'literal':
      return e.type === 'null'
    case 'unary':
    case 'not':
    case 'cast':
    case 'collate':
      return sub(e.operand)
    case 'binary':
      return sub(e.left) || sub(e.right)
    case 'comparison':
      return e.left.kind !== 'row' && e.right.kind !== 'row' && (sub(e.left) || sub(e.right))
    case 'match':
      return sub(e.left) || sub(e.right)
    case 'between':
      return sub(e.operand)
    case 'in list':
      return e.list.length > 0 && sub(e.left)
    case 'and':
    case 'or':
      return e.operands.every(sub)
    default:
      return false
  }
}

/** Whether a condition is certainly false or NULL where some columns are NULL. */
export function rejectsNull(e: Expression, isNull: (e: Expression) => boolean): boolean {
  if (isNullWhere(e, isNull)) return true
  const isNullNode = (x: Expression): boolean => isNullWhere(x, isNull)
  switch (e.kind) {
    case 'and':
      return e.operands.some(x => rejectsNull(x, isNull))
    case 'or':
      return e.operands.every(x => rejectsNull(x, isNull))
    case 'is':
      return e.right
        ? !e.negated && isNullNode(e.left) && isNonNullLiteral(e.right)
        : e.negated && isNullNode(e.left)
    case 'in list':
      return !e.negated && isNullNode(e.left)
    case 'in query':
      return !e.negated && isNullNode(e.left)
    case 'between':
      return !e.negated && children(e).some(isNullNode)
    case 'comparison':
      return (
        e.left.kind === 'row'
        && e.right.kind === 'row'
        && e.operator === '='
        && [...e.left.items, ...e.right.items].some(isNullNode)
      )
    default:
      return false
  }
}

function isNonNullLiteral(e: Expression): boolean {
  return e.kind === 'literal' && e.type !== 'null'
}
