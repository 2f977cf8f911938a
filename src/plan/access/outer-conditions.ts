import type { Expression } from '../../sql/expression.ts'
import { rejectsNull } from '../../sql/properties.ts'
import type { Binder } from '../binding/binder.ts'
import type { BoundColumn, BoundCore, BoundQuery, ColumnPath, Relation } from '../binding/bound.ts'
import type { Conjunct } from '../predicates/conjuncts.ts'
import { missingSides, mustHold, type Place } from './must-hold.ts'
import type { Conditions } from './conditions.ts'

/** The conditions of one query around a core that also hold for the rows of the core. */
export interface OuterConditions {
  /** The derived table, view or CTE that reads the core, or the one of the level below. */
  readonly reader: Relation
  readonly conditions: readonly Expression[]
  /** Queries in the conditions, which read tables of their own. */
  readonly queries: readonly BoundQuery[]
  /** The columns of the reader that are used here or further out, with what each is one level below. */
  readonly columns: ReadonlyMap<string, ColumnPath>
}

interface Level {
  readonly reader: Relation
  /** The core that `reader` evaluates. */
  readonly inner: BoundCore
  readonly conditions: readonly { readonly condition: Expression; readonly queries: readonly BoundQuery[] }[]
}

/**
 * The conditions of the queries around `core`, innermost first, that every row of `relations` needed for the table to be
 * loaded meets: those over result columns which are plain columns of these relations. A condition is passed down through
 * derived tables, views and CTEs that are read once and have no LIMIT; through grouping only if it is over group keys.
 *
 * @param place where in `core` the table to be loaded stands
 * @param isLoaded whether all tables that a query reads are loaded before
 */
export function outerConditions(
  statement: Conditions,
  core: BoundCore,
  relations: readonly Relation[],
  place: Place,
  isLoaded: (query: BoundQuery) => boolean,
): OuterConditions[] {
  const { binder, analysis } = statement
  const levels: Level[] = []
  /** What a column of the reader of a level is in `core`, and at the levels between. */
  const trace = (level: number, column: string): ColumnPath[] | undefined => {
    const { inner, reader } = levels[level]!
    const from = statement.sourceOf(inner, reader, column)
    if (!from) return undefined
    if (level === 0) return relations.includes(from.relation) ? [from] : undefined
    if (from.relation !== levels[level - 1]!.reader) return undefined
    const below = trace(level - 1, from.column)
    return below && [...below, from]
  }
  const holdsInside = (condition: Expression, level: number): boolean =>
    levels.slice(0, level + 1).every(({ inner }, i) => {
      const sides =
        i === 0
          ? missingSides(inner, relations, place, undefined)
          : missingSides(
              inner,
              [levels[i - 1]!.reader],
              { kind: 'relation', relation: levels[i - 1]!.reader },
              undefined,
            )
      return sides.every(missing =>
        rejectsNull(condition, e => {
          const column = binder.columnOf(e)
          const at = column?.relation === levels[level]!.reader ? trace(level, column.column)?.[i] : undefined
          return at !== undefined && missing.includes(at.relation)
        }),
      )
    })
  for (let inner = core; ;) {
    const reader = statement.readerOf(inner.parent)
    if (!reader || !statement.passesConditions(inner)) break
    const level = levels.push({ reader, inner, conditions: [] }) - 1
    const usable = (c: Conjunct): Level['conditions'] => {
      const queries = analysis.queriesOver(c.condition, [reader])
      const isUsable =
        queries?.every(isLoaded) === true
        && columnsOf(c.condition, reader, binder).every(x => trace(level, x.column) !== undefined)
        && mustHold(binder, reader.core, c, [reader], { kind: 'relation', relation: reader })
        && holdsInside(c.condition, level)
      return isUsable ? [{ condition: c.condition, queries }] : []
    }
    levels[level] = { reader, inner, conditions: statement.conjunctsOf(reader.core).flatMap(usable) }
    inner = reader.core
  }
  return withColumns(levels, statement)
}

/** The levels up to the outermost that has conditions, each with the columns that it and those above it use. */
function withColumns(levels: readonly Level[], statement: Conditions): OuterConditions[] {
  const found: OuterConditions[] = []
  let wanted: readonly string[] = []
  for (const { reader, inner, conditions } of levels.toReversed()) {
    if (conditions.length === 0 && found.length === 0) continue
    const names = conditions.flatMap(c => columnsOf(c.condition, reader, statement.binder).map(x => x.column))
    const columns = new Map(
      [...new Set([...wanted, ...names])].map(name => [name, statement.sourceOf(inner, reader, name)!]),
    )
    wanted = [...columns.values()].map(from => from.column)
    found.unshift({
      reader,
      conditions: conditions.map(c => c.condition),
      queries: conditions.flatMap(c => c.queries),
      columns,
    })
  }
  return found
}

function columnsOf(condition: Expression, reader: Relation, binder: Binder): BoundColumn[] {
  return binder.columnsIn(condition).filter(c => c.relation === reader)
}
