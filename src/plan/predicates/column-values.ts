import type { Expression } from '../../sql/expression.ts'
import type { Core } from '../../sql/query.ts'
import type { BoundQuery, ColumnPath } from '../binding/bound.ts'
import { same } from '../binding/scope.ts'
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
  const at = relation.columns?.findIndex(c => same(c.name, column)) ?? -1
  const isSeen = seen.some(c => c.relation === relation && same(c.column, column))
  return !query || at < 0 || path.length > 0 || isSeen ? [] : valuesAt(query, at, [...seen, of])
}
