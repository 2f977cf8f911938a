import { ConfluentqlError } from '../../errors.ts'
import type { Expression } from '../../sql/expression.ts'
import type { Query, Source } from '../../sql/query.ts'
import type { PlanContext } from '../context.ts'
import { spanOf, writtenText } from '../names.ts'
import { planQuery } from './query.ts'

/**
 * Plans the rows of a change. A query after IN that lacks keys, which a change does not take from parents, is an error; if a SELECT
 * by itself takes them from there, the hint has the statements that store them first.
 * @param conditions the conjuncts of WHERE
 */
export function withStoredKeys<T>(
  plan: () => T,
  conditions: readonly Expression[],
  source: Source,
  context: PlanContext,
): T {
  try {
    return plan()
  } catch (error) {
    if (!(error instanceof ConfluentqlError) || error.code !== 'MISSING_PARAMETER') throw error
    if (context.requireKeys !== 'in changes') throw error
    const query = queryToStore(conditions, source, context)
    if (!query) throw error
    const { from, to } = query.range
    const [before, after] = [
      writtenText(source, { from: 0, to: from }),
      to < source.tokens.length ? writtenText(source, { from: to, to: source.tokens.length }) : '',
    ]
    let table = 'found_keys'
    while (context.tables.has(table)) table += '_'
    throw new ConfluentqlError('MISSING_PARAMETER', `a change takes no keys from parents: ${error.message}`, {
      cause: error,
      span: spanOf(source, query.range),
      hint: `store them first, which reads all parents: CREATE TEMP TABLE ${table} AS ${writtenText(source, query.range)}; ${before}SELECT * FROM ${table}${after}`,
    })
  }
}

/** The query after IN to store first: one that lacks keys itself, or else the first that reads tables of a provider. */
function queryToStore(
  conditions: readonly Expression[],
  source: Source,
  context: PlanContext,
): Query | undefined {
  const scansOf = (query: Query, requireKeys: PlanContext['requireKeys']): number | undefined => {
    try {
      return planQuery(source, query.range, { ...context, requireKeys }).scans.length
    } catch {
      return undefined
    }
  }
  const queries = conditions
    .flatMap(e => (e.kind === 'in query' ? [e.query] : []))
    .filter(q => q.source === source && q.form !== 'table' && scansOf(q, false))
  return queries.find(q => scansOf(q, 'in changes') === undefined) ?? queries[0]
}
