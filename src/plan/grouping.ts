import { isName, isWord, nameOf } from '../sql/lexer.ts'
import { splitList } from '../sql/predicate.ts'
import { leaves, type Range } from '../sql/query.ts'
import { afterParen } from '../sql/skeleton.ts'
import type { Binder } from './bind.ts'
import { keyOf, type BoundCore } from './bound.ts'

const AGGREGATES = new Set([
  'COUNT',
  'SUM',
  'TOTAL',
  'AVG',
  'MIN',
  'MAX',
  'GROUP_CONCAT',
  'STRING_AGG',
  'JSON_GROUP_ARRAY',
  'JSON_GROUP_OBJECT',
  'JSONB_GROUP_ARRAY',
  'JSONB_GROUP_OBJECT',
  'MEDIAN',
  'PERCENTILE',
  'PERCENTILE_CONT',
  'PERCENTILE_DISC',
])

/**
 * Whether a core groups its rows or looks at several at once. An aggregate in a subquery may be one of this core
 * (if it is over this core's columns), so only count(*) there is known not to be.
 */
export function combinesRows(core: BoundCore): boolean {
  const { range, groupBy, having, window, subqueries, from } = core.core
  const { source } = core.parent.query
  const { tokens } = source
  const derived = leaves(from).flatMap(l => (l.kind === 'derived' ? [l.query.range] : []))
  const isIn = (ranges: readonly Range[], i: number): boolean => ranges.some(r => i >= r.from && i < r.to)
  const isAggregate = (i: number): boolean => {
    const t = tokens[i]!
    if (t.kind !== 'word' || isIn(derived, i)) return false
    if (t.value === 'OVER')
      return !isIn(
        subqueries.map(q => q.query.range),
        i,
      )
    if (!AGGREGATES.has(t.value) || tokens[i + 1]?.value !== '(') return false
    if (tokens[i + 2]?.value === '*')
      return !isIn(
        subqueries.map(q => q.query.range),
        i,
      )
    const args = splitList(source, { from: i + 2, to: afterParen(source, i + 1, range.to) - 1 })
    return !((t.value === 'MIN' || t.value === 'MAX') && args.length > 1)
  }
  if (groupBy || having || window) return true
  for (let i = range.from; i < range.to; i++) if (isAggregate(i)) return true
  return false
}

/**
 * The result columns by which a core groups its rows, as indexes: a condition on one of them picks whole groups, so that
 * it may be asked of the rows as well. Undefined where there are none, or where groups are looked at together.
 */
export function groupKeys(
  { core, outputs, parent }: BoundCore,
  binder: Binder,
): ReadonlySet<number> | undefined {
  const { source } = parent.query
  if (!core.groupBy || !outputs || core.window) return undefined
  for (let i = core.range.from; i < core.range.to; i++) if (isWord(source.tokens[i], 'OVER')) return undefined
  const keys = new Set<number>()
  for (const range of splitList(source, core.groupBy)) {
    const token = source.tokens[range.from]!
    const chain = binder.chainAt(source, range)
    const isAlone = range.to - range.from === 1
    if (chain)
      outputs.forEach((o, i) => {
        if (o.from && o.from.item === chain.item && keyOf(o.from) === keyOf(chain)) keys.add(i)
      })
    else if (isAlone && token.kind === 'number') keys.add(Number(token.text) - 1)
    else if (isAlone && isName(token))
      keys.add(outputs.findIndex(o => o.name.toLowerCase() === nameOf(token).toLowerCase()))
  }
  return keys
}
