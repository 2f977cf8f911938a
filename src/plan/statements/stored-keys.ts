import { ConfluentqlError } from '../../errors.ts'
import type { Expression } from '../../sql/expression.ts'
import type { Source } from '../../sql/query.ts'
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
    const query = conditions.flatMap(e => (e.kind === 'in query' ? [e.query] : []))[0]
    if (!(error instanceof ConfluentqlError) || error.code !== 'MISSING_PARAMETER' || !query) throw error
    if (context.requireKeys !== 'in changes' || query.source !== source || query.form === 'table') throw error
    try {
      planQuery(source, query.range, { ...context, requireKeys: false })
    } catch {
      throw error
    }
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
