import type { Expression } from '../../sql/expression.ts'
import { isCombining, positionOf, type Functions } from '../../sql/properties.ts'
import type { Binder } from '../binding/binder.ts'
import { coresOf, keyOf, type BoundCore } from '../binding/bound.ts'
import { coreNodes, nodesOf } from '../binding/traverse.ts'

/**
 * Whether a core groups its rows or looks at several at once. An aggregate in a subquery is one of the innermost query that
 * has a column of its arguments (sqlite.org/src, resolve.c), so it may be one of this core.
 */
export function combinesRows(bound: BoundCore, functions: Functions, binder: Binder): boolean {
  const { core } = bound
  if (core.groupBy || core.having || core.windows.length > 0) return true
  const own = coreNodes(core)
  if (own.some(e => e.kind === 'call' && isCombining(e, functions))) return true
  return combinesInside(bound, functions, binder)
}

/** Whether a subquery of a core has an aggregate that may be one of the core: it has only columns of queries around the subquery. */
export function combinesInside(bound: BoundCore, functions: Functions, binder: Binder): boolean {
  const inner = new Set(bound.subqueries.flatMap(s => coresOf(s)))
  const isOwn = (e: Expression): boolean =>
    e.kind === 'call' && e.args.some(arg => binder.columnsIn(arg).some(c => inner.has(c.relation.core)))
  return bound.subqueries
    .flatMap(s => nodesOf(s.query))
    .some(e => e.kind === 'call' && e.args.length > 0 && !e.over && isCombining(e, functions) && !isOwn(e))
}

/**
 * The indexes of the result columns that a core groups by. A condition on one of them selects whole groups, so it can be
 * pushed down to the rows. Undefined without GROUP BY, or if window functions look at several groups.
 */
export function groupKeys({ core, outputs }: BoundCore, binder: Binder): ReadonlySet<number> | undefined {
  if (!core.groupBy || !outputs || core.windows.length > 0) return undefined
  const nodes = coreNodes(core)
  if (nodes.some(e => e.kind === 'call' && e.over !== undefined)) return undefined
  const keys = new Set<number>()
  for (const e of core.groupBy) {
    const position = positionOf(e)
    const column = binder.columnOf(e)
    if (column) {
      outputs.forEach((o, i) => {
        if (o.from && o.from.relation === column.relation && keyOf(o.from) === keyOf(column)) keys.add(i)
      })
    } else if (position !== undefined) keys.add(position - 1)
    else if (e.kind === 'column' && e.parts.length === 1) {
      const name = e.parts[0]!.toLowerCase()
      keys.add(outputs.findIndex(o => o.name.toLowerCase() === name))
    }
  }
  return keys
}
