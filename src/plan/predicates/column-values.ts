import type { Expression } from '../../sql/expression.ts'
import type { Core } from '../../sql/query.ts'
import type { Binder } from '../binding/binder.ts'
import { queryOf, type BoundQuery, type ColumnPath } from '../binding/bound.ts'
import { columnAt, same } from '../binding/columns.ts'
import { resultsOfIif } from '../binding/iif.ts'
import { alternativesOf, kindOf } from '../binding/value-types.ts'

/** The expressions of a result column, without those of `*`. */
function itemsAt(cores: readonly Core[], at: number): readonly Expression[] {
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

/** Whether all values of a column are literals, whose digits are those that are written. */
export function hasOnlyLiterals(of: ColumnPath, seen: readonly ColumnPath[] = []): boolean {
  const { relation, column, path } = of
  const query = queryOf(relation)
  const at = columnAt(relation, column)
  const isSeen = seen.some(c => c.relation === relation && same(c.column, column))
  if (!query || at < 0 || path.length > 0 || isSeen) return false
  return query.cores.every(({ core, outputs }) => {
    const from = outputs?.[at]?.from
    return from ? hasOnlyLiterals(from, [...seen, of]) : itemsAt([core], at).every(e => e.kind === 'literal')
  })
}

/** The expression that a subquery such as `(SELECT 'x')` is. */
export function onlyValue(e: Expression): Expression {
  if (e.kind !== 'subquery' || e.query.cores.length !== 1) return e
  const values = itemsAt(e.query.cores, 0)
  return values.length === 1 ? onlyValue(values[0]!) : e
}

/**
 * The expressions of which an expression has one as its value: the branches of CASE, the arguments of coalesce, the result column of
 * a subquery. None if it is a column, or computes its value.
 */
export function partsOf(e: Expression, binder?: Binder): readonly Expression[] {
  switch (e.kind) {
    case 'collate':
      return [e.operand]
    case 'unary':
      return e.operator === '+' ? [e.operand] : []
    case 'subquery':
      return e.query.cores.every(core => core.items.length <= 1 && !core.items[0]?.star)
        ? itemsAt(e.query.cores, 0)
        : []
    case 'call':
      return binder && (e.name === 'iif' || e.name === 'if')
        ? resultsOfIif(e.args, x => kindOf(x, binder))
        : alternativesOf(e)
    default:
      return alternativesOf(e)
  }
}

/** The same, also of a column that a derived table, view, CTE or the select list computes. */
export function sourcesOf(e: Expression, binder?: Binder): readonly Expression[] {
  const column = binder?.columnOf(e)
  if (column) return column.merged ? [] : valuesOf(column)
  const computed = binder?.aliased(e)
  return computed ? [computed] : partsOf(e, binder)
}

/** The expressions that may give an expression its value, in the query itself. */
export function possibleValues(e: Expression, binder: Binder): readonly Expression[] {
  const parts = e.kind === 'literal' || e.kind === 'column' ? [] : partsOf(e, binder)
  return parts.length === 0 ? [e] : parts.flatMap(part => possibleValues(part, binder))
}
