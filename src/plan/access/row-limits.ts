import type { Binder } from '../binding/binder.ts'
import { queryOf, coresOf, refsOf, type BoundCore, type BoundQuery, type TableRef } from '../binding/bound.ts'
import { coreNodes } from '../binding/traverse.ts'
import type { Scan, ScanCalls } from '../plan.ts'
import { ExpressionAnalysis } from '../predicates/analysis.ts'
import { isNullable } from '../predicates/conjuncts.ts'
import { withText } from './key-query.ts'

/**
 * Gives a row limit to the last scan of a query with LIMIT, or in EXISTS: it ends when the query returns as many rows over
 * the loaded tables as it needs. Further rows of the scan must only add rows to the query: it does not aggregate or sort rows,
 * and the scan is not on the null-extended side of an outer join. All other tables of the query are loaded before, except
 * those that may end early as well.
 */
export function withRowLimits(
  scans: readonly Scan[],
  binder: Binder,
  root: BoundQuery,
  analysis: ExpressionAnalysis,
): Scan[] {
  const queries = [...new Set(coresOf(root).map(core => core.parent))]
  let limited = [...scans]
  for (const query of queries) {
    const rows = neededRows(query, analysis)
    if (!rows) continue
    const [core] = query.cores
    const growing = new Set(growingRefs(core!, analysis).map(ref => ref.id))
    const read = new Set(refsOf(query).map(ref => ref.id))
    const isRead = ({ id }: Scan): boolean => scans.some(s => sourcesOf(s).includes(id))
    const last = limited.findLast(s => growing.has(s.id) && !isRead(s))
    if (!last || last.rowLimit !== undefined || !(hasKeys(last) || scans.length === 1)) continue
    const others = scans.filter(s => s !== last)
    const after = others.filter(s => read.has(s.id) || query === root).map(s => s.id)
    const early = others.filter(s => growing.has(s.id)).map(s => s.id)
    const countQuery = { sql: countText(query, rows, binder), after, early }
    limited = limited.map(s => (s === last ? { ...s, rowLimit: rows, countQuery } : s))
  }
  return limited
}

/** The scans whose rows give parameters of a scan. */
export function sourcesOf({ sets, fallback }: Pick<Scan, 'sets' | 'fallback'>): readonly number[] {
  return [...sets, ...(fallback?.sets ?? [])].flat().flatMap(b => (b.kind === 'query' ? b.after : []))
}

/** The calls by keys that may take the place of the list of a scan: not in statements that read tables only as far as needed. */
export function keyedOf(scan: Scan, scans: readonly Scan[]): ScanCalls | undefined {
  return scans.every(s => s.rowLimit === undefined) ? scan.keyed : undefined
}

/** Whether a scan has several calls, or calls that depend on rows. */
function hasKeys({ sets, fallback }: Scan): boolean {
  return fallback !== undefined || sets.flat().some(b => b.kind === 'query' || b.rows.length > 1)
}

/** How many rows of a query are needed, whichever they are; undefined if all or particular rows are needed. */
function neededRows(query: BoundQuery, analysis: ExpressionAnalysis): number | undefined {
  const [core] = query.cores
  const { limit, orderBy, source } = query.query
  if (!limit && !isTestedByExists(query)) return undefined
  const isAny = query.cores.length === 1 && !orderBy && !analysis.combinesRows(core!)
  if (!isAny || analysis.isVolatileQuery(query) || analysis.isCorrelated(query)) return undefined
  if (!limit) return 1
  if (source.tokens.slice(limit.range.from, limit.range.to).some(t => t.kind === 'param')) return undefined
  const count = analysis.wholeNumber(limit.count)
  const offset = limit.offset ? analysis.wholeNumber(limit.offset) : 0
  return count === undefined || offset === undefined ? undefined : count + offset
}

function isTestedByExists({ query, outer }: BoundQuery): boolean {
  const nodes = outer ? coreNodes(outer.core) : []
  return nodes.some(e => e.kind === 'exists' && e.query === query)
}

/** The tables of a core, and of the subqueries in its FROM, whose further rows can only add rows to its result. */
function growingRefs(core: BoundCore, analysis: ExpressionAnalysis): TableRef[] {
  return core.relations.flatMap(relation => {
    if (isNullable(core, relation)) return []
    if (relation.kind === 'ref') return relation.ref.exec ? [] : [relation.ref]
    const query = queryOf(relation)
    const isOnce = relation.kind !== 'cte' || (relation.cte.uses === 1 && !relation.cte.recursive)
    const [inner] = query?.cores ?? []
    if (!query || !isOnce || query.cores.length > 1 || query.query.limit || analysis.combinesRows(inner!))
      return []
    return growingRefs(inner!, analysis)
  })
}

/** SQL that counts the rows of a query over the loaded tables, up to the number that is needed. */
function countText({ query, outer, cores }: BoundQuery, rows: number, binder: Binder): string {
  const { source, range, limit } = query
  const relations = cores.flatMap(c => c.relations)
  const ctes = outer ? withText(binder, [outer.parent], relations) : ''
  const text = binder.splices.render(source, { from: range.from, to: limit?.range.from ?? range.to })
  // a comment may end the text
  return `${ctes}SELECT count(*) FROM (${text}\nLIMIT ${rows})`
}
