import type { Core, Source } from '../../sql/query.ts'
import type { Expression, InQuery } from '../../sql/expression.ts'
import { coresOf, type BoundQuery } from '../binding/bound.ts'
import { nodesOf, operationsIn } from '../binding/traverse.ts'
import { writtenText } from '../names.ts'
import type { NullList } from '../plan.ts'
import type { ExpressionAnalysis } from './analysis.ts'

/**
 * The lists of NOT IN (SELECT …), each with SQL that says whether a NULL is in it, for which NOT IN is never true. Correlated
 * queries are left out, since they have a list for each row.
 */
export function nullListsOf(root: BoundQuery, analysis: ExpressionAnalysis): NullList[] {
  return operationsIn(nodesOf(root.query)).flatMap(node => {
    const test = notIn(node)
    if (!test || test.left.kind === 'row') return []
    const bound = analysis.binder.boundQuery(test.query)
    if (analysis.isCorrelated(bound) || analysis.isVolatileQuery(bound) || readsOutside(bound)) return []
    const { source, range } = test.query
    const list = analysis.binder.splices.render(source, range)
    return [
      {
        sql: `WITH "list~"("value~") AS (${list}) SELECT EXISTS (SELECT 1 FROM "list~" WHERE "value~" IS NULL)`,
        notice: `${textOf(source, test.left.range)} NOT IN (SELECT …) is never true, since the query gives a NULL: ${withoutNulls(bound, analysis)}`,
      },
    ]
  })
}

/** What to write so that a query gives no NULL. */
function withoutNulls(bound: BoundQuery, analysis: ExpressionAnalysis): string {
  const { source, range, cores, limit } = bound.query
  const [{ items, where, kind }] = cores as [Core]
  const isPlain = cores.length === 1 && kind === 'select' && !limit && !analysis.combinesRows(bound.cores[0]!)
  const expr = items[0]?.star ? undefined : items[0]?.expr
  if (isPlain && expr && where?.kind !== 'or') {
    const test = `${textOf(expr.source, expr.range)} IS NOT NULL`
    return where ? `add AND ${test} to its WHERE` : `add WHERE ${test} to it`
  }
  return `write (WITH listed(value) AS (${textOf(source, range)}) SELECT value FROM listed WHERE value IS NOT NULL)`
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
