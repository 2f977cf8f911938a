import { leaves, type ClauseName } from '../../sql/query.ts'
import { rejectsNull } from '../../sql/properties.ts'
import type { Binder } from '../binding/binder.ts'
import {
  aliasApart,
  coresOf,
  itemRefs,
  type BoundCore,
  type BoundCte,
  type BoundQuery,
  type Item,
  type Ref,
} from '../binding/bound.ts'
import { isNullable, isUnder, nulledWith, onFilters, type Conjunct } from '../predicates/conjuncts.ts'
import type { ConstraintReader } from '../predicates/constraint-reader.ts'
import { quote } from '../splice.ts'

/** A query over tables loaded before, and the refs that it reads. */
export interface KeyQuery {
  readonly sql: string
  readonly refs: readonly Ref[]
}

/** Where in a core the table to be loaded stands: the item that is or contains it, or the clause of the subquery that does. */
export type Place =
  | { readonly kind: 'item'; readonly item: Item }
  | { readonly kind: 'subquery'; readonly clause: ClauseName }
  | { readonly kind: 'unknown' }

/**
 * The values that expressions over some items of a core take in rows that can matter to the table to be loaded:
 * `SELECT DISTINCT … FROM items WHERE …`, with every condition of the core that speaks of these items alone and that such
 * a row must meet.
 *
 * @param among further tests, on the expressions
 */
export function keyQuery(
  binder: Binder,
  reader: ConstraintReader,
  core: BoundCore,
  expressions: readonly string[],
  among: readonly string[],
  items: readonly Item[],
  place: Place,
  conditions: readonly Conjunct[],
): KeyQuery {
  const usable = conditions.filter(c => reader.isOver(c, items) && holds(binder, core, c, items, place))
  const tests = [
    ...expressions.map(e => `${e} IS NOT NULL`),
    ...among,
    ...usable.map(c => `(${binder.splices.renderApart(c.condition.source, c.condition.range)})`),
  ]
  const from = leaves(core.core.from)
    .map(l => core.itemOf.get(l)!)
    .filter(i => items.includes(i))
    .map(i => fromText(binder, core, i))
  const columns = expressions.map((e, i) => `${e} AS p${i}`)
  const sql = `${withText(binder, core.parent, items)}SELECT DISTINCT ${columns.join(', ')} FROM ${from.join(', ')} WHERE ${tests.join(' AND ')}`
  return { sql, refs: [...new Set(items.flatMap(i => itemRefs(i)))] }
}

/**
 * Whether each row of the items that can matter to the table to be loaded must meet the condition. One that holds where
 * items are NULL is met by rows that appear only because that table's rows were left out, so it must reject NULL.
 */
function holds(binder: Binder, core: BoundCore, c: Conjunct, items: readonly Item[], place: Place): boolean {
  const target = place.kind === 'item' ? place.item : undefined
  if (!reaches(core, c, items, target)) return false
  const isSafe = place.kind === 'subquery' && place.clause !== 'on'
  const nulled = target
    ? nulledWith(core, target, items, c.join)
    : isSafe
      ? []
      : items.filter(i => isNullable(core, i)).map(i => [i])
  return nulled.every(missing =>
    rejectsNull(c.condition, e => {
      const column = binder.columnOf(e)
      return column !== undefined && missing.includes(column.item)
    }),
  )
}

/** Whether a condition decides about rows of the items: one of an outer join's ON leaves the rows of the preserved side. */
function reaches(
  core: BoundCore,
  { join }: Conjunct,
  items: readonly Item[],
  target: Item | undefined,
): boolean {
  if (!join || join.type === 'inner') return true
  if (join.type === 'full') return false
  if (target && onFilters(core, join, target)) return true
  const nullable = join.type === 'left' ? join.right : join.left
  return items.some(i => isUnder(core, nullable, i))
}

function fromText(binder: Binder, core: BoundCore, item: Item): string {
  const { source } = core.parent.query
  const alias = quote(aliasApart(item))
  if (item.kind === 'ref') return `${quote(item.ref.table)} AS ${alias}`
  if (item.kind === 'cte') return `${quote(item.cte.name)} AS ${alias}`
  if (item.kind === 'local') return `${item.schema}.${quote(item.table)} AS ${alias}`
  if (item.kind === 'function')
    return `${item.node.name}(${binder.splices.renderApart(source, item.node.inside)}) AS ${alias}`
  return `(${binder.splices.render(item.query.query.source, item.query.query.range)}) AS ${alias}`
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
