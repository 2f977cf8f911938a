import type { ColumnPath, Relation } from './bound.ts'
import { same } from './scope.ts'

/** The column of a resource (or of what else stands at the bottom) that a column of an item is, through derived tables and CTEs. */
export function originOf(
  relation: Relation,
  column: string,
  path: readonly string[],
): ColumnPath | undefined {
  if (relation.kind !== 'derived' && relation.kind !== 'cte') return { relation, column, path }
  const from = outputsNamed(relation, column)[0]
  return from && originOf(from.relation, from.column, [...from.path, ...path])
}

/** The columns at the bottom that a column of an item takes values from: of each part of a set operation one. */
export function originsOf(of: ColumnPath, seen = new Set<Relation>()): ColumnPath[] {
  if (of.relation.kind !== 'derived' && of.relation.kind !== 'cte') return [of]
  if (seen.has(of.relation)) return []
  seen.add(of.relation)
  return outputsNamed(of.relation, of.column).flatMap(from =>
    from ? originsOf({ ...from, path: [...from.path, ...of.path] }, seen) : [],
  )
}

/** The same, if each row's value comes from one column: no set operation on the way. */
export function onlyOrigin({ relation, column, path }: ColumnPath): ColumnPath | undefined {
  if (relation.kind !== 'derived' && relation.kind !== 'cte') return { relation, column, path }
  const all = outputsNamed(relation, column)
  const from = all.length === 1 ? all[0] : undefined
  return from && onlyOrigin({ ...from, path: [...from.path, ...path] })
}

/** Where each part of a set operation takes a column from; undefined for one that is computed. */
export function partsOf(of: ColumnPath, seen = new Set<Relation>()): (ColumnPath | undefined)[] {
  if (of.relation.kind !== 'derived' && of.relation.kind !== 'cte') return [of]
  if (seen.has(of.relation)) return []
  seen.add(of.relation)
  return outputsNamed(of.relation, of.column).flatMap(from =>
    from ? partsOf({ ...from, path: [...from.path, ...of.path] }, seen) : [undefined],
  )
}

/** Where each part of the query below an item takes a column from; undefined for one that is computed. */
function outputsNamed(relation: Relation, column: string): readonly (ColumnPath | undefined)[] {
  const query =
    relation.kind === 'derived' ? relation.query : relation.kind === 'cte' ? relation.cte.query : undefined
  const index = relation.columns?.findIndex(c => same(c.name, column)) ?? -1
  return query?.cores.map(core => core.outputs?.[index]?.from) ?? []
}
