import { rejectsNull } from '../../sql/properties.ts'
import type { ClauseName, JoinNode } from '../../sql/query.ts'
import type { Binder } from '../binding/binder.ts'
import type { BoundCore, Relation } from '../binding/bound.ts'
import { isNullable, isUnder, nulledWith, onFilters, type Conjunct } from '../predicates/conjuncts.ts'

/** Where the table to be loaded stands in a core: in one of its relations, or in a subquery of a clause. */
export type Place =
  | { readonly kind: 'relation'; readonly relation: Relation }
  | { readonly kind: 'subquery'; readonly clause: ClauseName }
  | { readonly kind: 'unknown' }

/**
 * Whether every row of the relations that needs the table to be loaded meets the condition. A condition that is true
 * where relations are NULL can also be met by a row that an outer join adds only because the table's rows are not loaded,
 * so there it must reject NULL.
 */
export function mustHold(
  binder: Binder,
  core: BoundCore,
  c: Conjunct,
  relations: readonly Relation[],
  place: Place,
): boolean {
  const target = place.kind === 'relation' ? place.relation : undefined
  if (!decidesRows(core, c, relations, target)) return false
  return missingSides(core, relations, place, c.join).every(missing =>
    rejectsNull(c.condition, e => {
      const column = binder.columnOf(e)
      return column !== undefined && missing.includes(column.relation)
    }),
  )
}

/**
 * The relations that are NULL in rows which outer joins of a core add because rows of the table to be loaded are missing, a
 * list for each such join.
 *
 * @param within the join whose ON the condition stands in; none for WHERE and for queries around the core
 */
export function missingSides(
  core: BoundCore,
  relations: readonly Relation[],
  place: Place,
  within: JoinNode | undefined,
): readonly (readonly Relation[])[] {
  if (place.kind === 'relation') return nulledWith(core, place.relation, relations, within)
  const isBehindJoins = place.kind === 'subquery' && place.clause !== 'on'
  return isBehindJoins ? [] : relations.filter(r => isNullable(core, r)).map(r => [r])
}

/** Whether a condition removes rows of the relations: the ON of an outer join keeps the rows of its preserved side. */
function decidesRows(
  core: BoundCore,
  { join }: Conjunct,
  relations: readonly Relation[],
  target: Relation | undefined,
): boolean {
  if (!join || join.type === 'inner') return true
  if (join.type === 'full') return false
  if (target && onFilters(core, join, target)) return true
  const nullable = join.type === 'left' ? join.right : join.left
  return relations.some(r => isUnder(core, nullable, r))
}
