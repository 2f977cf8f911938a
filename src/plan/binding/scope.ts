import type { Shape } from '../../catalog/types.ts'
import type { Affinity, BoundCore, Relation } from './bound.ts'
import type { Clause } from './uses.ts'
import { columnNamed, same } from './columns.ts'

/** What a name in an expression stands for. */
export type ResolvedName = ResolvedColumn | ResolvedAlias

export interface ResolvedColumn {
  readonly kind: 'column'
  readonly relation: Relation
  /** As the relation spells it. */
  readonly column: string
  readonly shape: Shape
  readonly affinity: Affinity
  readonly isHidden: boolean
  /** The names after the column: a path into an object. */
  readonly rest: readonly string[]
  /** The number of names before the column. */
  readonly qualifier: number
}

/** The name of a result column. */
export interface ResolvedAlias {
  readonly kind: 'alias'
  readonly core: BoundCore
  readonly index: number
}

/**
 * Resolves a name by SQLite's rules (resolve.c): first the tables of the innermost query, then the names of its result
 * columns, then the queries around it. In ORDER BY the names of result columns come first. A table alias comes before a
 * column of the same name. A table whose columns are not known may have any unqualified name, so the search ends there.
 */
export function lookup(core: BoundCore, parts: readonly string[], clause: Clause): ResolvedName | undefined {
  let at: Clause | undefined = clause
  for (let scope: BoundCore | undefined = core; scope; at = scope.parent.clause, scope = scope.parent.outer) {
    const alias = at === 'select' || at === 'from' ? undefined : aliasOf(scope, parts)
    const column = qualified(scope, parts) ?? unqualified(scope, parts)
    const name = at === 'order' ? (alias ?? column) : (column ?? alias)
    if (name) return name
    if (scope.relations.some(i => !i.columns && (parts.length === 1 || named(i, parts.slice(0, 1)))))
      return undefined
    // SQLite does not look for terms of ORDER BY and GROUP BY in the queries around.
    if (scope === core && (clause === 'order' || clause === 'group')) return undefined
  }
  return undefined
}

/** The column of a view that has a name as a synonym, if nothing has the name itself and only one view has it. */
export function synonymOf(
  core: BoundCore,
  parts: readonly string[],
  clause: Clause,
): ResolvedColumn | undefined {
  const [name, qualifier] = [parts.at(-1)!.toLowerCase(), parts.slice(0, -1)]
  for (let scope: BoundCore | undefined = core; scope; scope = scope.parent.outer) {
    const { relations } = scope
    if (relations.some(r => !r.columns)) return undefined
    const found = relations
      .filter(r => qualifier.length === 0 || named(r, qualifier))
      .flatMap(relation => {
        const column = relation.columns!.find(c => c.synonyms?.includes(name))
        return column ? [{ relation, column }] : []
      })
    if (found.length > 1) return undefined
    if (found.length === 1) {
      const { relation, column } = found[0]!
      const { name: columnName, shape, affinity } = column
      return {
        kind: 'column',
        relation,
        column: columnName,
        shape,
        affinity,
        isHidden: false,
        rest: [],
        qualifier: qualifier.length,
      }
    }
    if (scope === core && (clause === 'order' || clause === 'group')) return undefined
  }
  return undefined
}

function aliasOf(core: BoundCore, parts: readonly string[]): ResolvedAlias | undefined {
  if (parts.length > 1) return undefined
  const index = core.core.items.findIndex(i => i.alias !== undefined && same(i.alias, parts[0]!))
  return index < 0 ? undefined : { kind: 'alias', core, index }
}

function qualified(scope: BoundCore, parts: readonly string[]): ResolvedColumn | undefined {
  for (let n = Math.min(3, parts.length - 1); n > 0; n--) {
    const relation = relationNamed(scope, parts.slice(0, n))
    const found = relation && columnOf(relation, parts, n)
    if (found) return found
  }
  return undefined
}

function relationNamed({ relations }: BoundCore, qualifier: readonly string[]): Relation | undefined {
  for (const relation of relations) if (named(relation, qualifier)) return relation
  return undefined
}

function named(relation: Relation, qualifier: readonly string[]): boolean {
  if (qualifier.length === 1) return same(relation.alias, qualifier[0]!)
  if (relation.kind === 'function' || relation.node.kind !== 'table' || relation.node.alias !== undefined)
    return false
  const { parts } = relation.node
  return (
    parts.length >= qualifier.length
    && qualifier.every((q, i) => same(q, parts[parts.length - qualifier.length + i]!))
  )
}

function unqualified(scope: BoundCore, parts: readonly string[]): ResolvedColumn | undefined {
  let hidden: ResolvedColumn | undefined
  for (const relation of scope.relations) {
    const column = columnOf(relation, parts, 0)
    if (column && !column.isHidden) return column
    hidden ??= column
  }
  return hidden
}

function columnOf(relation: Relation, parts: readonly string[], at: number): ResolvedColumn | undefined {
  const column = columnNamed(relation, parts[at]!)
  if (!column) return undefined
  const rest = parts.slice(at + 1)
  if (rest.length > 0 && column.shape.type !== 'object') return undefined
  const { name, shape, affinity, isHidden = false } = column
  return { kind: 'column', relation, column: name, shape, affinity, isHidden, rest, qualifier: at }
}
