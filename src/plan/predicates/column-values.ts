import type { Expression } from '../../sql/expression.ts'
import type { Core } from '../../sql/query.ts'
import type { Binder } from '../binding/binder.ts'
import type { BoundQuery, ColumnPath } from '../binding/bound.ts'
import { columnAt, same } from '../binding/columns.ts'
import { resultsOfIif } from '../binding/iif.ts'
import { kindOf } from '../binding/value-types.ts'
import { queryOf } from './analysis.ts'

/** The expressions of a result column, without those of `*`. */
export function itemsAt(cores: readonly Core[], at: number): readonly Expression[] {
  return cores.flatMap(({ values, items }) => [
    ...values.flatMap(row => row[at] ?? []),
    ...(items[at] && !items.slice(0, at + 1).some(i => i.star) ? [items[at].expr] : []),
  ])
}

/** The expressions that give a result column its values, through columns of derived tables and CTEs. */
export function valuesAt(
  { cores }: BoundQuery,
  at: number,
  seen: readonly ColumnPath[] = [],
): readonly Expression[] {
  return cores.flatMap(({ core, outputs }) => {
    const from = outputs?.[at]?.from
    return from ? valuesOf(from, seen) : itemsAt([core], at)
  })
}

/** The expressions that give a column of a derived table, view or CTE its values. */
export function valuesOf(of: ColumnPath, seen: readonly ColumnPath[] = []): readonly Expression[] {
  const { relation, column, path } = of
  const query = queryOf(relation)
  const at = columnAt(relation, column)
  const isSeen = seen.some(c => c.relation === relation && same(c.column, column))
  return !query || at < 0 || path.length > 0 || isSeen ? [] : valuesAt(query, at, [...seen, of])
}

/** The expression that a subquery such as `(SELECT 'x')` is. */
export function onlyValue(e: Expression): Expression {
  if (e.kind !== 'subquery' || e.query.cores.length !== 1) return e
  const values = itemsAt(e.query.cores, 0)
  return values.length === 1 ? onlyValue(values[0]!) : e
}

/** The expressions that may give an expression its value: branches of CASE, arguments of coalesce, and so on. */
export function possibleValues(e: Expression, binder: Binder): readonly Expression[] {
  const of = (x: Expression): readonly Expression[] => possibleValues(x, binder)
  switch (e.kind) {
    case 'collate':
      return of(e.operand)
    case 'unary':
      return e.operator === '+' ? of(e.operand) : [e]
    case 'case':
      return [...e.branches.map(b => b.result), ...(e.fallback ? [e.fallback] : [])].flatMap(of)
    case 'call':
      if (e.name === 'coalesce' || e.name === 'ifnull') return e.args.flatMap(of)
      if (e.name === 'iif' || e.name === 'if') return resultsOfIif(e.args, x => kindOf(x, binder)).flatMap(of)
      if ((e.name === 'min' || e.name === 'max') && e.filter === undefined) return e.args.flatMap(of)
      return e.name === 'nullif' ? e.args.slice(0, 1).flatMap(of) : [e]
    case 'subquery': {
      const items = e.query.cores.map(core => (core.items.length === 1 ? core.items[0]! : undefined))
      return items.every(i => i && !i.star) ? items.flatMap(i => of(i!.expr)) : [e]
    }
    default:
      return [e]
  }
}
