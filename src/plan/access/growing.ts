import { coresOf, refsOf, type BoundQuery } from '../binding/bound.ts'
import { joinsOf } from '../binding/joins.ts'
import type { ExpressionAnalysis } from '../predicates/analysis.ts'

/**
 * Whether a query reads one table, each row of which gives its rows of the result whichever other rows there are: nothing
 * in it combines, orders, counts or excludes rows.
 */
export function isGrowingQuery(query: BoundQuery, analysis: ExpressionAnalysis): boolean {
  const refs = new Set(refsOf(query))
  if (refs.size !== 1 || [...refs].some(ref => ref.exec)) return false
  return coresOf(query).every(
    core =>
      core.parent.cores.length === 1
      && core.parent.query.limit === undefined
      && core.subqueries.length === 0
      && joinsOf(core.core.from).every(join => join.type === 'inner')
      && !analysis.combinesRows(core),
  )
}
