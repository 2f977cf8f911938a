import {
  children,
  type ColumnReference,
  type Expression,
  type InList,
  type InQuery,
} from '../../sql/expression.ts'
import type { ClauseName, Query } from '../../sql/query.ts'

export type Clause = ClauseName | 'order'

/** How the value of an expression is used. */
export interface Use {
  readonly clause: Clause
  /** It is compared with a scalar, so an object there can only mean one of its fields. */
  readonly compared: boolean
  /** It is a side of `=`, with the other side, or the left side of IN. */
  readonly equated?: { readonly other: Expression | undefined }
  /** It is compared, and then the result of nullif(). */
  readonly returned?: true
  /** Rows depend on it: it is part of a condition. */
  readonly condition: boolean
  /**
   * Of a condition: whether every row must meet it, since it is that of the clause or an operand of AND in it. Below OR: the names, in
   * lower case, that each alternative equates, since a row may meet another alternative.
   */
  readonly required?: 'any' | ReadonlySet<string>
}

/** Receives the nodes of an expression, in the order of the text. */
export interface UseVisitor {
  column(node: ColumnReference, use: Use): void
  /** Called for `->>` and for a function, after the columns in it. */
  json(node: Expression, use: Use): void
  /** Called for a subquery whose result column is compared. */
  comparedQuery(query: Query, use: Use): void
  /** Called with an expression and those that it is compared with, after their columns. */
  comparison(side: Expression, others: readonly Expression[]): void
}

/** Functions whose result is one of their arguments, from the given index on. */
const RETURNS_ARGUMENT_FROM: Readonly<Record<string, number>> = {
  coalesce: 0,
  ifnull: 0,
  nullif: 0,
  iif: 1,
  if: 1,
  min: 0,
  max: 0,
}

/** Visits the columns of an expression, each with how its value is used; subqueries are left to the caller. */
export function visitUses(e: Expression, use: Use, visitor: UseVisitor): void {
  if (e.kind === 'literal' || e.kind === 'parameter') return
  if (e.kind === 'column') visitor.column(e, use)
  else visitOperation(e, use, visitor)
}

function visitOperation(e: Expression, use: Use, visitor: UseVisitor): void {
  const unused: Use = { clause: use.clause, compared: false, condition: use.condition }
  // what is compared with something need not be true
  const required = use.compared ? undefined : use.required
  const compared: Use = { clause: use.clause, compared: true, condition: true }
  const tested: Use = { ...unused, condition: true }
  const { required: _, ...computed } = use
  const visit = (child: Expression, childUse: Use): void => {
    visitUses(child, childUse, visitor)
  }
  switch (e.kind) {
    case 'subquery':
      if (use.compared) visitor.comparedQuery(e.query, use)
      return
    case 'collate':
      visit(e.operand, computed)
      return
    case 'unary':
      visit(e.operand, e.operator === '+' ? computed : unused)
      return
    case 'row':
      for (const item of e.items) visit(item, use)
      return
    case 'and':
      for (const operand of e.operands) visit(operand, { ...unused, ...(required && { required }) })
      return
    case 'or': {
      const common = required && { required: commonNames(e.operands, required) }
      for (const operand of e.operands) visit(operand, { ...unused, ...common })
      return
    }
    case 'comparison':
      visitSides(e.left, e.right, { ...compared, ...(required && { required }) }, e.operator === '=', visitor)
      return
    case 'is':
      visit(e.left, e.right ? compared : tested)
      if (!e.right) return
      visit(e.right, compared)
      visitor.comparison(e.left, [e.right])
      visitor.comparison(e.right, [e.left])
      return
    case 'in list':
      visit(e.left, { ...compared, ...equatedIn(e, required) })
      for (const item of e.list) if (item.kind !== 'literal') visit(item, compared)
      visitor.comparison(e.left, e.list)
      return
    case 'in query':
      visit(e.left, { ...compared, ...equatedIn(e, required) })
      visitor.comparedQuery(e.query, compared)
      return
    case 'between':
      for (const x of [e.operand, e.low, e.high]) visit(x, compared)
      visitor.comparison(e.operand, [e.low, e.high])
      return
    case 'match':
      for (const x of children(e)) visit(x, compared)
      return
    case 'case':
      if (e.base) visit(e.base, compared)
      for (const { when, result } of e.branches) {
        visit(when, e.base ? compared : tested)
        if (e.base) visitor.comparison(e.base, [when])
        visit(result, { ...computed, ...(use.equated && { equated: { other: undefined } }) })
      }
      if (e.fallback) visit(e.fallback, computed)
      return
    case 'call': {
      const from = RETURNS_ARGUMENT_FROM[e.name] ?? Infinity
      e.args.forEach((arg, i) => {
        visit(arg, e.name === 'nullif' ? { ...compared, returned: true } : i >= from ? computed : unused)
      })
      for (const x of children(e).slice(e.args.length)) visit(x, x === e.filter ? tested : unused)
      visitor.json(e, use)
      return
    }
    case 'binary':
      for (const child of children(e)) visit(child, unused)
      visitor.json(e, use)
      return
    default:
      for (const child of children(e)) visit(child, unused)
  }
}

/** The left side of IN is equated; that of NOT IN is not, as with `<>`. */
function equatedIn(
  { negated }: InList | InQuery,
  required: Use['required'],
): Pick<Use, 'equated' | 'required'> {
  if (negated) return {}
  return { equated: { other: undefined }, ...(required && { required }) }
}

/** The names, in lower case, that a condition equates whichever of its alternatives is true. */
function equatedNames(e: Expression): ReadonlySet<string> {
  if (e.kind === 'and') return new Set(e.operands.flatMap(operand => [...equatedNames(operand)]))
  if (e.kind === 'or') return commonNames(e.operands, 'any')
  if (e.kind === 'comparison' && e.operator === '=') return new Set([e.left, e.right].flatMap(namesOf))
  if ((e.kind === 'in list' || e.kind === 'in query') && !e.negated) return new Set(namesOf(e.left))
  return new Set()
}

/** The names that each of several alternatives equates, if they are in `among`. */
function commonNames(alternatives: readonly Expression[], among: 'any' | ReadonlySet<string>): Set<string> {
  const [first, ...others] = alternatives.map(equatedNames)
  return new Set(
    [...first!].filter(name => (among === 'any' || among.has(name)) && others.every(o => o.has(name))),
  )
}

function namesOf(e: Expression): string[] {
  if (e.kind === 'row') return e.items.flatMap(namesOf)
  return e.kind === 'column' ? [e.parts.at(-1)!.toLowerCase()] : []
}

/** Both sides of a comparison; of two row values, their items in pairs. */
function visitSides(
  left: Expression,
  right: Expression,
  use: Use,
  isEquality: boolean,
  visitor: UseVisitor,
): void {
  if (left.kind === 'row' && right.kind === 'row' && left.items.length === right.items.length) {
    left.items.forEach((item, i) => {
      visitSides(item, right.items[i]!, use, isEquality, visitor)
    })
    return
  }
  visitUses(left, isEquality ? { ...use, equated: { other: right } } : use, visitor)
  visitUses(right, isEquality ? { ...use, equated: { other: left } } : use, visitor)
  visitor.comparison(left, [right])
  visitor.comparison(right, [left])
}
