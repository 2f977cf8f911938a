import type { Expression } from '../../sql/expression.ts'
import type { Core } from '../../sql/query.ts'
import { joinsOf } from '../binding/joins.ts'
import { isBooleanLiteral } from './type-errors.ts'

/** The conditions of the clauses of a core. */
export function conditionsOf({ where, having, from }: Core): readonly (Expression | undefined)[] {
  return [where, having, ...joinsOf(from).map(join => join.on)]
}

/** The operands that a node takes as conditions. */
export function conditionsIn(e: Expression): readonly (Expression | undefined)[] {
  if (e.kind === 'and' || e.kind === 'or') return e.operands
  if (e.kind === 'not') return [e.operand]
  if (e.kind === 'is') return e.right && isBooleanLiteral(e.right) ? [e.left] : []
  if (e.kind === 'case') return e.base ? [] : e.branches.map(b => b.when)
  if (e.kind !== 'call') return []
  return [e.filter, ...(e.name === 'iif' || e.name === 'if' ? e.args.slice(0, 1) : [])]
}
