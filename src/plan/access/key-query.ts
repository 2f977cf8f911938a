import { leaves, type ClauseName } from '../../sql/query.ts'
import { rejectsNull } from '../../sql/properties.ts'
import type { Binder } from '../binding/binder.ts'
import {
  aliasApart,
  coresOf,
  relationRefs,
  type BoundCore,
  type BoundCte,
  type BoundQuery,
  type Relation,
  type TableRef,
} from '../binding/bound.ts'
import { isNullable, isUnder, nulledWith, onFilters, type Conjunct } from '../predicates/conjuncts.ts'
import type { ConstraintReader } from '../predicates/constraint-reader.ts'
import { quote } from '../splice.ts'

/** A query over tables loaded before, and the refs that it reads. */
export interface KeyQuery {
  readonly sql: string
  readonly refs: readonly TableRef[]
}

/** Where in a core the table to be loaded stands: the item that is or contains it, or the clause of the subquery that does. */
export type Place =
  | { readonly kind: 'item'; readonly relation: Relation }
  | { readonly kind: 'subquery'; readonly clause: ClauseName }
  | { readonly kind: 'unknown' }

/**
 * The values that expressions over some items of a core take in rows that can matter to the table to be loaded:
 * `SELECT DISTINCT … FROM items WHERE …`, with every condition of the core that speaks of these items alone and that such
 * a row must meet.
 *
 * @param allowedValues further tests, on the expressions
 */
export function keyQuery(
  binder: Binder,
  reader: ConstraintReader,
  core: BoundCore,
  expressions: readonly string[],
  allowedValues: readonly string[],
  relations: readonly Relation[],
  place: Place,
  conditions: readonly Conjunct[],
): KeyQuery {
  const usable = conditions.filter(
    c => reader.isOver(c, relations) && holds(binder, core, c, relations, place),
  )
  const tests = [
    ...expressions.map(e => `${e} IS NOT NULL`),
    ...allowedValues,
    ...usable.map(c => `(${binder.splices.renderApart(c.condition.source, c.condition.range)})`),
  ]
  const from = leaves(core.core.from)
    .map(l => core.relationOf.get(l)!)
    .filter(i => relations.includes(i))
    .map(i => fromText(binder, core, i))
  const columns = expressions.map((e, i) => `${e} AS p${i}`)
  const sql = `${withText(binder, core.parent, relations)}SELECT DISTINCT ${columns.join(', ')} FROM ${from.join(', ')} WHERE ${tests.join(' AND ')}`
  return { sql, refs: [...new Set(relations.flatMap(i => relationRefs(i)))] }
}

/**
 * Whether each row of the items that can matter to the table to be loaded must meet the condition. One that holds where
 * items are NULL is met by rows that appear only because that table's rows were left out, so it must reject NULL.
 */
function holds(
  binder: Binder,
  core: BoundCore,
  c: Conjunct,
  relations: readonly Relation[],
  place: Place,
): boolean {
  const target = place.kind === 'item' ? place.relation : undefined
  if (!reaches(core, c, relations, target)) return false
  const isSafe = place.kind === 'subquery' && place.clause !== 'on'
  const nulled = target
    ? nulledWith(core, target, relations, c.join)
    : isSafe
      ? []
      : relations.filter(i => isNullable(core, i)).map(i => [i])
  return nulled.every(missing =>
    rejectsNull(c.condition, e => {
      const column = binder.columnOf(e)
      return column !== undefined && missing.includes(column.relation)
    }),
  )
}

/** Whether a condition decides about rows of the items: one of an outer join's ON leaves the rows of the preserved side. */
function reaches(
  core: BoundCore,
  { join }: Conjunct,
  relations: readonly Relation[],
  target: Relation | undefined,
): boolean {
  if (!join || join.type === 'inner') return true
  if (join.type === 'full') return false
  if (target && onFilters(core, join, target)) return true
  const nullable = join.type === 'left' ? join.right : join.left
  return relations.some(i => isUnder(core, nullable, i))
}

function fromText(binder: Binder, core: BoundCore, relation: Relation): string {
  const { source } = core.parent.query
  const alias = quote(aliasApart(relation))
  if (relation.kind === 'ref') return `${quote(relation.ref.table)} AS ${alias}`
  if (relation.kind === 'cte') return `${quote(relation.cte.name)} AS ${alias}`
  if (relation.kind === 'local') return `${relation.schema}.${quote(relation.table)} AS ${alias}`
  if (relation.kind === 'function')
    return `${relation.node.name}(${binder.splices.renderApart(source, relation.node.inside)}) AS ${alias}`
  return `(${binder.splices.render(relation.query.query.source, relation.query.query.range)}) AS ${alias}`
}

/** The WITH clause that makes the CTEs which some items read known to a text taken out of a query. */
export function withText(binder: Binder, query: BoundQuery, relations: readonly Relation[]): string {
  const needed = new Set<BoundCte>()
  relations.forEach(i => {
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

function addCtes(relation: Relation, needed: Set<BoundCte>): void {
  if (relation.kind === 'cte' && needed.has(relation.cte)) return
  if (relation.kind === 'cte') needed.add(relation.cte)
  const query =
    relation.kind === 'cte' ? relation.cte.query : relation.kind === 'derived' ? relation.query : undefined
  if (query)
    for (const core of coresOf(query))
      for (const inner of core.relations) if (inner !== relation) addCtes(inner, needed)
}
