import type { Relation } from '../binding/bound.ts'
import { coreNodes } from '../binding/traverse.ts'
import type { Conjunct } from '../predicates/conjuncts.ts'
import type { Conditions } from './conditions.ts'

/**
 * How many matching rows of a relation a subquery needs: its LIMIT, or one for EXISTS. Undefined if all rows are needed, or
 * if a condition cannot be evaluated over the relation alone.
 */
export function rowLimitOf(relation: Relation, conditions: Conditions): number | undefined {
  const { core } = relation
  const { analysis } = conditions
  const { query, outer, cores } = core.parent
  const isOnlyTable =
    core.relations.length === 1
    && cores.length === 1
    && core.subqueries.length === 0
    && !query.orderBy
    && !core.core.distinct
    && !analysis.combinesRows(core)
  const isLocal = ({ condition }: Conjunct): boolean =>
    analysis.isOver(condition, [relation]) || conditions.constraintsIn(condition, relation).length === 0
  if (!isOnlyTable || !conditions.conjunctsOf(core).every(isLocal)) return undefined
  if (query.limit) {
    const limit = analysis.wholeNumber(query.limit.count)
    const offset = query.limit.offset ? analysis.wholeNumber(query.limit.offset) : 0
    return limit === undefined || offset === undefined ? undefined : limit + offset
  }
  const outerNodes = outer ? coreNodes(outer.core) : []
  return outerNodes.some(e => e.kind === 'exists' && e.query === query) ? 1 : undefined
}
