import type { Expression } from '../../sql/expression.ts'
import type { Binder } from '../binding/binder.ts'
import {
  coresOf,
  isText,
  mayBeNumeric,
  pathOf,
  type BoundColumn,
  type BoundQuery,
  type TableRef,
} from '../binding/bound.ts'
import { joinsOf } from '../binding/joins.ts'
import { UNKNOWN } from '../binding/fields.ts'
import { onlyOrigin } from '../binding/origins.ts'
import { kindsOfPath } from '../binding/value-types.ts'
import { ownNodes } from '../binding/traverse.ts'
import type { Lookup } from '../plan.ts'
import { aroundField, fieldText, jsonPath, literal, quote } from '../splice.ts'
import { byTables, computedLookup, type FoundLookup } from './computed-lookups.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { areAround, conjunctsOf, isRightOfLeft, type Conjunct } from './conjuncts.ts'

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
export function lookupsOf(root: BoundQuery, analysis: ExpressionAnalysis): Lookups {
  const of = new Map<TableRef, Lookup[]>()
  const changes: (() => void)[] = []
  for (const core of coresOf(root))
    for (const conjunct of conjunctsOf(core))
      for (const [side, other] of sidesOf(conjunct.condition))
        for (const find of [computedLookup, derivedLookup, columnLookup]) {
          const { index, change } = find(side, other, conjunct, analysis) ?? {}
          if (change) changes.push(change)
          if (!index) continue
          const known = of.get(index.ref) ?? []
          of.set(index.ref, known)
          if (!known.some(l => l.expression === index.lookup.expression)) known.push(index.lookup)
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

/** The column that is one side of an equality, if SQLite may look its rows up by it. */
function columnOf(side: Expression, binder: Binder): BoundColumn | undefined {
  const column = binder.columnOf(side)
  return column && !column.isJson && !column.isAlias && !column.merged ? column : undefined
}

/**
 * Whether SQLite reads the rows of the column in an outer loop, and looks those of the other side up: those before an outer join, and
 * in a join of two tables those of a field beside a column, of which SQLite makes an index itself.
 */
function isOuterLoop(
  column: BoundColumn,
  other: Expression,
  { core, join }: Conjunct,
  analysis: ExpressionAnalysis,
): boolean {
  const { relations, parent } = core
  const at = relations.indexOf(column.relation)
  const isAfter = analysis.columnsIn(other).some(c => relations.indexOf(c.relation) > at)
  if (at >= 0 && isAfter && join !== undefined && join.type !== 'inner') return true
  const from = analysis.binder.columnOf(other)
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

/** The lookup of a column or field of a resource. */
function columnLookup(
  side: Expression,
  other: Expression,
  conjunct: Conjunct,
  analysis: ExpressionAnalysis,
): FoundLookup | undefined {
  const { binder } = analysis
  const column = columnOf(side, binder)
  const { core, join } = conjunct
  if (column?.relation.core !== core || isOuterLoop(column, other, conjunct, analysis)) return undefined
  const others = analysis.columnsIn(other)
  const isOfOthers = others.length > 0 && others.every(c => c.relation !== column.relation)
  if (!isOfOthers || ownNodes(other).some(e => e.kind === 'collate')) return undefined
  const isJoined = join?.type === 'right' || join?.type === 'full'
  const isField = pathOf(column).path.length > 0
  const origin = isField
    ? pathOf(column)
    : areAround(others, core) || isJoined
      ? onlyOrigin(column)
      : undefined
  if (origin?.relation.kind !== 'ref' || (!isField && origin.path.length > 0)) return undefined
  const affinity = binder.affinityOf(other)
  if (isField && (mayBeNumeric(affinity) || column.affinity !== 'none')) return undefined
  const isCast = isField && affinity === 'text'
  const name = quote(origin.column)
  const text = isField ? fieldText(name, origin.path) : name
  if (isField && column.shape === UNKNOWN && isText(analysis.kindOf(other))) {
    // the text that field-texts.ts makes of it
    const [before, after] = aroundField(name, literal(jsonPath(origin.path)))
    return {
      index: {
        ref: origin.relation.ref,
        lookup: { expression: `${before}${text}${after}`, ...byTables(others) },
      },
    }
  }
  const expression = isCast ? `CAST(${text} AS TEXT)` : text
  const { source, range } = column.node
  return {
    index: { ref: origin.relation.ref, lookup: { expression, ...byTables(others) } },
    ...(isCast && { change: () => binder.splices.cast(source, range, 'TEXT') }),
  }
}

/**
 * The lookup of a column of a subquery, CTE or view without affinity, whose values are texts, by a text: in a conjunct of a
 * correlated subquery, or of ON on the right of a LEFT JOIN. An index is for a subquery that SQLite merges with the query.
 */
function derivedLookup(
  side: Expression,
  other: Expression,
  conjunct: Conjunct,
  analysis: ExpressionAnalysis,
): FoundLookup | undefined {
  const { binder } = analysis
  const column = columnOf(side, binder)
  const { core } = conjunct
  if (column?.relation.core !== core) return undefined
  const { relation } = column
  const isDerived = relation.kind === 'derived' || relation.kind === 'cte'
  if (!isDerived || column.affinity !== 'none' || binder.affinityOf(other) !== 'text') return undefined
  if (!kindsOfPath(pathOf(column)).every(kind => kind === 'string')) return undefined
  const others = analysis.columnsIn(other)
  const isCorrelated = areAround(others, core)
  if (!isCorrelated && !isRightOfLeft(relation, others, conjunct)) return undefined
  const change = (): void => binder.splices.removeAffinity(other.source, other.range)
  // SQLite makes an index of a column that is joined, but none of a field in it
  const isField = pathOf(column).path.length > 0
  const origin = isCorrelated || isField ? onlyOrigin(pathOf(column)) : undefined
  if (origin?.relation.kind !== 'ref' || origin.path.length === 0) return isField ? undefined : { change }
  const expression = fieldText(quote(origin.column), origin.path)
  return { index: { ref: origin.relation.ref, lookup: { expression, ...byTables(others) } }, change }
}
