import type { Source } from '../../sql/query.ts'
import type { Expression, InQuery } from '../../sql/expression.ts'
import { coresOf, type BoundQuery } from '../binding/bound.ts'
import { nodesOf } from '../binding/traverse.ts'
import { writtenText } from '../names.ts'
import type { NullList } from '../plan.ts'
import type { ExpressionAnalysis } from './analysis.ts'

/**
 * The lists of NOT IN (SELECT …), each with SQL that says whether a NULL is in it, for which NOT IN is never true. Correlated
 * queries are left out, since they have a list for each row.
 */
export function nullListsOf(root: BoundQuery, analysis: ExpressionAnalysis): NullList[] {
  return [...nodesOf(root.query)].flatMap(node => {
    const test = notIn(node)
    if (!test || test.left.kind === 'row') return []
    const bound = analysis.binder.boundQuery(test.query)
    if (analysis.isCorrelated(bound) || analysis.isVolatileQuery(bound) || readsOutside(bound)) return []
    const { source, range } = test.query
    const list = analysis.binder.splices.render(source, range)
    const [item] = bound.cores[0]!.core.items
    const column = item && !item.star ? textOf(item.expr.source, item.expr.range) : undefined
    return [
      {
        sql: `WITH "list~"("value~") AS (${list}) SELECT EXISTS (SELECT 1 FROM "list~" WHERE "value~" IS NULL)`,
        notice: `${textOf(source, test.left.range)} NOT IN (SELECT …) is never true, since the query gives a NULL${column === undefined ? '' : `: add WHERE ${column} IS NOT NULL to it`}`,
      },
    ]
  })
}

function notIn(e: Expression): InQuery | undefined {
  if (e.kind === 'in query') return e.negated && e.query.form === 'query' ? e : undefined
  if (e.kind !== 'not' || e.operand.kind !== 'in query') return undefined
  return e.operand.negated || e.operand.query.form !== 'query' ? undefined : e.operand
}

/** Whether a query reads a CTE that is defined outside it. */
function readsOutside(bound: BoundQuery): boolean {
  const cores = coresOf(bound)
  const inside = new Set(cores.map(c => c.parent))
  return cores.some(c => c.relations.some(r => r.kind === 'cte' && !inside.has(r.cte.owner)))
}

function textOf(source: Source, range: InQuery['range']): string {
  return writtenText(source, range).replaceAll(/\s+/g, ' ')
}
