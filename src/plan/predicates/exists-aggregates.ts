import { someNode, type Exists } from '../../sql/expression.ts'
import { isCombining } from '../../sql/properties.ts'
import type { Mistakes } from './mistakes.ts'
import { textOf } from './null-comparisons.ts'

/** Notes `EXISTS (SELECT count(*) …)`, which is true whatever the query finds: an aggregate without GROUP BY has one row of no rows. */
export function noteExistsAggregate(mistakes: Mistakes, node: Exists): void {
  const { cores, limit } = node.query
  const [core, ...others] = cores
  if (!core || others.length > 0 || limit || core.groupBy || core.having) return
  const { functions, binder } = mistakes.analysis
  const isAggregate = core.items.some(
    item => !item.star && someNode(item.expr, e => e.kind === 'call' && !e.over && isCombining(e, functions)),
  )
  if (!isAggregate) return
  const [first, last] = [core.items[0]!, core.items.at(-1)!]
  const range = { from: first.expr.range.from, to: last.expr.range.to }
  const items = binder.splices.original(first.expr.source, range)
  mistakes.add(
    node,
    binder.refs[0],
    `${textOf(node)} is true for every row, since an aggregate without GROUP BY has a result of no rows too: write 1 instead of ${items}`,
    false,
  )
}
