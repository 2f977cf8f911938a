import type { Expression } from '../../sql/expression.ts'
import type { Binder } from '../binding/binder.ts'
import { keyOf, pathOf, type ColumnPath, type Relation } from '../binding/bound.ts'
import { columnAt } from '../binding/columns.ts'
import type { Conditions } from './conditions.ts'

/** A condition of a query around a relation, over columns of views, derived tables and CTEs that come from this relation alone. */
export interface ConditionAround {
  readonly condition: Expression
  /** The keys of the columns that it is over; undefined for one that is computed. */
  readonly keys: readonly (string | undefined)[]
}

/** The conditions of the queries around a relation that are about it alone. */
export function conditionsAround(conditions: Conditions, relation: Relation): ConditionAround[] {
  const { binder } = conditions
  const found: ConditionAround[] = []
  const seen = new Set<Relation>()
  for (let inner = relation.core; ;) {
    const reader = conditions.readerOf(inner.parent)
    if (!reader || seen.has(reader)) return found
    seen.add(reader)
    for (const { condition } of conditions.conjunctsOf(reader.core)) {
      const columns = binder.columnsIn(condition)
      if (columns.length === 0 || columns.some(c => c.relation.core !== reader.core)) continue
      const sources = columns.map(c => sourcesOf(pathOf(c), binder, new Set()))
      if (sources.some(all => all === undefined || !all.some(s => s.of.relation === relation))) continue
      // each part of a UNION has a source of its own
      const own = sources.map(all => all!.filter(s => s.of.relation.core === relation.core))
      if (own.some(all => all.some(s => s.of.relation !== relation))) continue
      found.push({
        condition,
        keys: own.map(all => (all.every(s => s.isPlain) ? keyOf(all[0]!.of) : undefined)),
      })
    }
    inner = reader.core
  }
}

interface ColumnSource {
  readonly of: ColumnPath
  /** The column is this one as it is, not computed from it. */
  readonly isPlain: boolean
}

/** The columns of tables that a column is, or is computed from; undefined if they are not all known. */
function sourcesOf(of: ColumnPath, binder: Binder, seen: Set<Relation>): ColumnSource[] | undefined {
  const { relation, column, path } = of
  if (relation.kind !== 'derived' && relation.kind !== 'cte') return [{ of, isPlain: true }]
  const query = relation.kind === 'derived' ? relation.query : relation.cte.query
  const index = columnAt(relation, column)
  if (!query || index < 0 || seen.has(relation)) return undefined
  const below = new Set(seen).add(relation)
  const parts = query.cores.map(core => {
    const from = core.outputs?.[index]?.from
    if (from) return sourcesOf({ ...from, path: [...from.path, ...path] }, binder, below)
    const { items } = core.core
    const expr = items.some(i => i.star) ? undefined : items[index]?.expr
    const columns = expr && binder.columnsIn(expr)
    if (!columns || columns.length === 0) return undefined
    const inside = columns.map(c => sourcesOf(pathOf(c), binder, below))
    return inside.some(s => s === undefined)
      ? undefined
      : inside.flatMap(s => s!.map(x => ({ of: x.of, isPlain: false })))
  })
  return parts.some(p => p === undefined) ? undefined : parts.flatMap(p => p!)
}
