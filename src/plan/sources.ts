import { leaves } from '../sql/query.ts'
import type { Binder } from './bind.ts'
import {
  coresOf,
  itemRefs,
  type BoundCore,
  type BoundCte,
  type BoundQuery,
  type Item,
  type Ref,
} from './bound.ts'
import { onFilters, type Conjunct } from './conjuncts.ts'
import type { FilterReader } from './filters.ts'
import { quote } from './splice.ts'

/** A query over tables loaded before, and the refs that it reads. */
export interface SourceQuery {
  readonly sql: string
  readonly refs: readonly Ref[]
}

/**
 * The values that expressions over some items of a core take in rows that can
 * matter to `target`: `SELECT DISTINCT … FROM items WHERE …`, with every
 * condition of the core that speaks of these items alone and that such a row
 * must meet.
 *
 * @param among further tests, on the expressions
 * @param target the item of the same core that is, or contains, the table to be loaded; undefined for one in a subquery of an expression
 */
export function sourceQuery(
  binder: Binder,
  reader: FilterReader,
  core: BoundCore,
  expressions: readonly string[],
  among: readonly string[],
  items: readonly Item[],
  target: Item | undefined,
  conditions: readonly Conjunct[],
): SourceQuery {
  const usable = conditions.filter(c => reader.isOver(c, items) && holds(core, c, items, target))
  const tests = [
    ...expressions.map(e => `${e} IS NOT NULL`),
    ...among,
    ...usable.map(c => `(${binder.splices.render(c.source, c.range, false)})`),
  ]
  const from = leaves(core.core.from)
    .map(l => core.itemOf.get(l)!)
    .filter(i => items.includes(i))
    .map(i => fromText(binder, core, i))
  const columns = expressions.map((e, i) => `${e} AS p${i}`)
  const sql = `${withText(binder, core.parent, items)}SELECT DISTINCT ${columns.join(', ')} FROM ${from.join(', ')} WHERE ${tests.join(' AND ')}`
  return { sql, refs: [...new Set(items.flatMap(i => itemRefs(i)))] }
}

/** Whether each row of the items that can matter to the target must meet the condition. */
function holds(core: BoundCore, c: Conjunct, items: readonly Item[], target: Item | undefined): boolean {
  const { join } = c
  if (!join || join.type === 'inner') return true
  if (join.type === 'full') return false
  if (target && onFilters(core, join, target)) return true
  const nullable = new Set(
    leaves(join.type === 'left' ? join.right : join.left).map(l => core.itemOf.get(l)!),
  )
  return items.some(i => nullable.has(i))
}

function fromText(binder: Binder, core: BoundCore, item: Item): string {
  const { source } = core.parent.query
  if (item.kind === 'ref') return `${quote(item.ref.table)} AS ${quote(item.alias)}`
  if (item.kind === 'cte') return `${quote(item.cte.name)} AS ${quote(item.alias)}`
  if (item.kind === 'local') return `${quote(item.table)} AS ${quote(item.alias)}`
  if (item.kind === 'function')
    return `${item.node.name}(${binder.splices.render(source, item.node.args, false)}) AS ${quote(item.alias)}`
  return `(${binder.splices.render(item.query.query.source, item.query.query.range)}) AS ${quote(item.alias)}`
}

/** The WITH clause that makes the CTEs which some items read known to a text taken out of a query. */
export function withText(binder: Binder, query: BoundQuery, items: readonly Item[]): string {
  const needed = new Set<BoundCte>()
  items.forEach(i => {
    addCtes(i, needed)
  })
  const around = binder.around(query)
  const ctes = around
    .flatMap(q => q.query.ctes.map(c => ({ c, bound: q.ctes.get(c.name.toLowerCase())! })))
    .filter(x => needed.has(x.bound))
  if (ctes.length === 0) return ''
  const texts = ctes.map(({ c }) => {
    const columns = c.columns ? `(${c.columns.map(quote).join(', ')})` : ''
    return `${quote(c.name)}${columns} AS (${binder.splices.render(c.query.source, c.query.range)})`
  })
  return `WITH ${around.some(q => q.query.recursive) ? 'RECURSIVE ' : ''}${texts.join(', ')} `
}

function addCtes(item: Item, needed: Set<BoundCte>): void {
  if (item.kind === 'cte' && needed.has(item.cte)) return
  if (item.kind === 'cte') needed.add(item.cte)
  const query = item.kind === 'cte' ? item.cte.query : item.kind === 'derived' ? item.query : undefined
  if (query)
    for (const core of coresOf(query))
      for (const inner of core.items) if (inner !== item) addCtes(inner, needed)
}
