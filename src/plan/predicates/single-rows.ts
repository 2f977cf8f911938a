import type { Expression, Subquery } from '../../sql/expression.ts'
import { isCombining } from '../../sql/properties.ts'
import { coresOf, type BoundCore, type BoundQuery } from '../binding/bound.ts'
import { coreNodes, nodesBelow, ownNodes, tailOf } from '../binding/traverse.ts'
import { ONE_ROW } from '../names.ts'
import { literal, quote } from '../splice.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { textOf } from './null-comparisons.ts'

/**
 * The changes of the text by which a subquery that is a value is an error if it has several rows, as in Postgres and DuckDB: SQLite
 * takes the first one, whichever that is. Queries that cannot have several rows are left as they are.
 */
export function singleRowChanges(root: BoundQuery, analysis: ExpressionAnalysis): readonly (() => void)[] {
  const cores = coresOf(root).filter(core => core.subqueries.length > 0)
  const queries = new Set(cores.map(core => core.parent.query))
  const nodes = [
    ...cores.flatMap(({ core }) => coreNodes(core)),
    ...[...queries].filter(q => q.subqueries.length > 0).flatMap(q => tailOf(q).flatMap(e => ownNodes(e))),
  ]
  const inJson = new Set(nodes.filter(isJson).flatMap(e => ownNodes(e)))
  return nodes.flatMap(node => {
    if (node.kind !== 'subquery' || hasOneRow(analysis.binder.boundQuery(node.query), analysis)) return []
    const isMade = inJson.has(node) && mayBeJson(node)
    // json() makes JSON of the text again
    const isJsonText = isMade && analysis.kindOf(node) === 'json'
    if (isMade && !isJsonText) return []
    const { source, range } = node.query
    const [before, after] = [
      'SELECT * FROM (SELECT * FROM (',
      `) LIMIT 2) GROUP BY NULL HAVING ${quote(ONE_ROW)}(`,
    ]
    const { splices } = analysis.binder
    return [
      () => {
        splices.wrap(source, range, before, `${after}count(*), ${literal(textOf(node))})`)
        if (isJsonText) splices.call(node.source, node.range, 'json')
      },
    ]
  })
}

/** Whether a query can have no more than one row. */
export function hasOneRow({ query, cores }: BoundQuery, analysis: ExpressionAnalysis): boolean {
  const count = query.limit && analysis.wholeNumber(query.limit.count)
  if (count === 0 || count === 1) return true
  const [core] = cores
  if (!core || cores.length > 1) return false
  if (core.core.kind === 'values') return core.core.values.length < 2
  return !core.core.from || aggregatesAll(core, analysis)
}

/** Whether a core has an aggregate of its rows and no groups. An aggregate of columns of the queries around it is one of theirs. */
function aggregatesAll(bound: BoundCore, { functions, binder }: ExpressionAnalysis): boolean {
  const { items, groupBy } = bound.core
  if (groupBy) return false
  return items
    .flatMap(item => ownNodes(item.expr))
    .some(e => {
      if (e.kind !== 'call' || e.over || !isCombining(e, functions)) return false
      const columns = binder.columnsIn(e)
      return columns.length === 0 || columns.some(c => c.relation.core === bound)
    })
}

/** Whether SQLite may take the value for JSON, not for a text, in a function for JSON: it does not do so behind a GROUP BY. */
const mayBeJson = ({ query }: Subquery): boolean =>
  query.cores.some(core => core.items.some(item => nodesBelow(item.expr).some(isJson)))

const isJson = (e: Expression): boolean =>
  (e.kind === 'call' && e.name.startsWith('json')) || (e.kind === 'binary' && e.operator === '->')
