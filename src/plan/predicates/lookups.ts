import type { Expression } from '../../sql/expression.ts'
import type { Binder } from '../binding/binder.ts'
import {
  coresOf,
  mayBeNumeric,
  pathOf,
  type BoundColumn,
  type BoundQuery,
  type TableRef,
} from '../binding/bound.ts'
import { joinsOf } from '../binding/joins.ts'
import { onlyOrigin } from '../binding/origins.ts'
import { kindsOfPath } from '../binding/value-types.ts'
import { ownNodes } from '../binding/traverse.ts'
import type { Lookup } from '../plan.ts'
import { fieldText, quote } from '../splice.ts'
import { byTables, computedLookup } from './computed-lookups.ts'
import { conjunctsOf, isUnder, type Conjunct } from './conjuncts.ts'

/** The lookups of each resource, and the changes of the text that make SQLite use them. */
export interface Lookups {
  readonly of: ReadonlyMap<TableRef, readonly Lookup[]>
  readonly changes: readonly (() => void)[]
}

/**
 * Finds the columns and fields by which SQLite looks rows up for each row around, where it would read the whole table each time:
 * it makes an index itself for a column in a join, but none in a correlated subquery, a RIGHT or FULL JOIN, and none for a field.
 *
 * A field has no affinity. Beside a text SQLite compares it as a text, so that CAST changes nothing, but an index of the CAST can be used.
 * A computed column of a subquery has none either, and SQLite makes no index of it for a comparison as texts. If all its values are
 * texts, the comparison means the same without the affinity of the other side.
 */
export function lookupsOf(binder: Binder, root: BoundQuery): Lookups {
  const of = new Map<TableRef, Lookup[]>()
  const changes: (() => void)[] = []
  const add = ({ ref, lookup }: Pick<Found, 'ref' | 'lookup'>): void => {
    const known = of.get(ref) ?? []
    of.set(ref, known)
    if (!known.some(l => l.expression === lookup.expression)) known.push(lookup)
  }
  for (const core of coresOf(root))
    for (const conjunct of conjunctsOf(core)) {
      for (const [side, other] of sidesOf(conjunct.condition)) {
        const computed = computedLookup(side, other, conjunct, binder)
        if (!computed) continue
        add(computed)
        if (computed.hasAffinity) changes.push(() => binder.splices.removeAffinity(other.source, other.range))
      }
      for (const equality of equalities(conjunct.condition, binder)) {
        const derived = derivedLookup(equality, conjunct, binder)
        if (derived) {
          const { source, range } = equality.other
          changes.push(() => binder.splices.removeAffinity(source, range))
          if (derived.found) add(derived.found)
        }
        const found = isOuterLoop(equality, conjunct, binder)
          ? undefined
          : lookupOf(equality, conjunct, binder)
        if (!found) continue
        add(found)
        const { source, range } = equality.column.node
        if (found.isCast) changes.push(() => binder.splices.cast(source, range, 'TEXT'))
      }
    }
  return { of, changes }
}

/** The sides of an equality, each with the other. */
function sidesOf(e: Expression): readonly (readonly [side: Expression, other: Expression])[] {
  if (e.kind !== 'comparison' || e.operator !== '=') return []
  return [
    [e.left, e.right],
    [e.right, e.left],
  ]
}

interface Equality {
  readonly column: BoundColumn
  readonly other: Expression
}

function equalities(e: Expression, binder: Binder): Equality[] {
  return sidesOf(e).flatMap(([side, other]) => {
    const column = binder.columnOf(side)
    return column && !column.isJson && !column.isAlias && !column.merged ? [{ column, other }] : []
  })
}

/**
 * Whether SQLite reads the rows of the column in an outer loop, and looks those of the other side up: those before an outer join, and
 * in a join of two tables those of a field beside a column, of which SQLite makes an index itself.
 */
function isOuterLoop({ column, other }: Equality, { core, join }: Conjunct, binder: Binder): boolean {
  const { relations, parent } = core
  const at = relations.indexOf(column.relation)
  const isAfter = binder.columnsIn(other).some(c => relations.indexOf(c.relation) > at)
  if (at >= 0 && isAfter && join !== undefined && join.type !== 'inner') return true
  const from = binder.columnOf(other)
  return (
    parent.outer === undefined
    && parent.enclosing === undefined
    && relations.length === 2
    && relations.every(r => r.kind === 'ref')
    && joinsOf(core.core.from).every(j => j.type === 'inner' && !j.isCross)
    && from?.relation.core === core
    && pathOf(from).path.length === 0
  )
}

interface Found {
  readonly ref: TableRef
  readonly lookup: Lookup
  readonly isCast: boolean
}

function lookupOf({ column, other }: Equality, { core, join }: Conjunct, binder: Binder): Found | undefined {
  const others = binder.columnsIn(other)
  const isOfOthers = others.length > 0 && others.every(c => c.relation !== column.relation)
  const isCollated = ownNodes(other).some(e => e.kind === 'collate')
  if (column.relation.core !== core || !isOfOthers || isCollated) return undefined
  const isCorrelated = others.every(c => c.relation.core !== core)
  const isJoined = join?.type === 'right' || join?.type === 'full'
  const isField = pathOf(column).path.length > 0
  const origin = isField ? pathOf(column) : isCorrelated || isJoined ? onlyOrigin(column) : undefined
  if (origin?.relation.kind !== 'ref' || (!isField && origin.path.length > 0)) return undefined
  const affinity = binder.affinityOf(other)
  if (isField && (mayBeNumeric(affinity) || column.affinity !== 'none')) return undefined
  const isCast = isField && affinity === 'text'
  const name = quote(origin.column)
  const text = isField ? fieldText(name, origin.path) : name
  const expression = isCast ? `CAST(${text} AS TEXT)` : text
  return { ref: origin.relation.ref, lookup: { expression, ...byTables(others) }, isCast }
}

/**
 * Whether SQLite may look up a column of a subquery, CTE or view without affinity, whose values are texts, by a text: a conjunct
 * of a correlated subquery, or of ON on the right of a LEFT JOIN. The lookup is for a subquery that SQLite merges with the query.
 */
function derivedLookup(
  { column, other }: Equality,
  { core, join }: Conjunct,
  binder: Binder,
): { readonly found?: Found } | undefined {
  const { relation } = column
  const isDerived = relation.kind === 'derived' || relation.kind === 'cte'
  if (
    !isDerived
    || relation.core !== core
    || column.affinity !== 'none'
    || binder.affinityOf(other) !== 'text'
  )
    return undefined
  if (!kindsOfPath(pathOf(column)).every(kind => kind === 'string')) return undefined
  const others = binder.columnsIn(other)
  const isCorrelated = others.length > 0 && others.every(c => c.relation.core !== core)
  const isJoined =
    join?.type === 'left'
    && isUnder(core, join.right, relation)
    && !others.some(c => isUnder(core, join.right, c.relation))
  if (!isCorrelated && !(others.length > 0 && isJoined)) return undefined
  // SQLite makes an index of a column that is joined, but none of a field in it
  const isField = pathOf(column).path.length > 0
  const origin = isCorrelated || isField ? onlyOrigin(pathOf(column)) : undefined
  if (origin?.relation.kind !== 'ref' || origin.path.length === 0) return isField ? undefined : {}
  const expression = fieldText(quote(origin.column), origin.path)
  return { found: { ref: origin.relation.ref, lookup: { expression, ...byTables(others) }, isCast: false } }
}
