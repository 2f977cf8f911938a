import { isCombining, type Functions } from '../../sql/properties.ts'
import type { Binder } from '../binding/binder.ts'
import { keyOf, type BoundCore } from '../binding/bound.ts'
import { expressionsOf, nodesOf, ownNodes } from '../binding/traverse.ts'

/**
 * Whether a core groups its rows or looks at several at once. An aggregate in a subquery may be one of this core (if it is
 * over this core's columns), so only one without arguments there is known not to be.
 */
export function combinesRows({ core }: BoundCore, functions: Functions): boolean {
  if (core.groupBy || core.having || core.windows.length > 0) return true
  const own = expressionsOf(core).flatMap(ownNodes)
  if (own.some(e => isCombining(e, functions))) return true
  const below = core.subqueries.flatMap(s => [...nodesOf(s.query)])
  return below.some(e => e.kind === 'call' && e.args.length > 0 && !e.over && isCombining(e, functions))
}

/**
 * The result columns by which a core groups its rows, as indexes: a condition on one of them picks whole groups, so that
 * it may be asked of the rows as well. Undefined where there are none, or where groups are looked at together.
 */
export function groupKeys({ core, outputs }: BoundCore, binder: Binder): ReadonlySet<number> | undefined {
  if (!core.groupBy || !outputs || core.windows.length > 0) return undefined
  const nodes = expressionsOf(core).flatMap(ownNodes)
  if (nodes.some(e => e.kind === 'call' && e.over !== undefined)) return undefined
  const keys = new Set<number>()
  for (const e of core.groupBy) {
    const column = binder.columnOf(e)
    if (column) {
      outputs.forEach((o, i) => {
        if (o.from && o.from.relation === column.relation && keyOf(o.from) === keyOf(column)) keys.add(i)
      })
    } else if (e.kind === 'literal' && e.type === 'number') keys.add(Number(e.source.tokens[e.at]!.text) - 1)
    else if (e.kind === 'column' && e.parts.length === 1) {
      const name = e.parts[0]!.toLowerCase()
      keys.add(outputs.findIndex(o => o.name.toLowerCase() === name))
    }
  }
  return keys
}
