import type { Shape } from '../../catalog/types.ts'
import { queryOf, type ColumnPath, type Output, type Relation } from './bound.ts'
import { columnAt, columnNamed } from './columns.ts'

/** The base column that a column of a relation is, through derived tables and CTEs; for a compound query that of its first part. */
export function originOf(
  relation: Relation,
  column: string,
  path: readonly string[],
): ColumnPath | undefined {
  if (relation.kind !== 'derived' && relation.kind !== 'cte') return { relation, column, path }
  const from = sourcesOf(relation, column)[0]
  return from && originOf(from.relation, from.column, [...from.path, ...path])
}

/** All base columns that a column takes values from: a compound query has one for each part. */
export function originsOf(of: ColumnPath, seen = new Set<Relation>()): ColumnPath[] {
  if (of.relation.kind !== 'derived' && of.relation.kind !== 'cte') return [of]
  if (seen.has(of.relation)) return []
  seen.add(of.relation)
  return sourcesOf(of.relation, of.column).flatMap(from =>
    from ? originsOf({ ...from, path: [...from.path, ...of.path] }, seen) : [],
  )
}

/** The base column of a column, unless a compound query is on the way. */
export function onlyOrigin({ relation, column, path }: ColumnPath): ColumnPath | undefined {
  if (relation.kind !== 'derived' && relation.kind !== 'cte') return { relation, column, path }
  const all = sourcesOf(relation, column)
  const from = all.length === 1 ? all[0] : undefined
  return from && onlyOrigin({ ...from, path: [...from.path, ...path] })
}

/** The base column of a column in each part of a compound query; undefined for a part that computes it. */
export function originsOfParts(of: ColumnPath, seen = new Set<Relation>()): (ColumnPath | undefined)[] {
  if (of.relation.kind !== 'derived' && of.relation.kind !== 'cte') return [of]
  if (seen.has(of.relation)) return []
  seen.add(of.relation)
  return sourcesOf(of.relation, of.column).flatMap(from =>
    from ? originsOfParts({ ...from, path: [...from.path, ...of.path] }, seen) : [undefined],
  )
}

/** The values of a column that has only string literals in each part of its query; undefined if one is something else. */
export function constantsOf(
  { relation, column, path }: ColumnPath,
  seen = new Set<Relation>(),
): readonly string[] | undefined {
  const outputs = path.length > 0 || seen.has(relation) ? [] : outputsOf(relation, column)
  seen.add(relation)
  const parts = outputs.map(o => o?.constants ?? (o?.from && constantsOf(o.from, new Set(seen))))
  return parts.length === 0 || parts.includes(undefined) ? undefined : [...new Set(parts.flatMap(p => p!))]
}

/** The description of a column: that of the first view on the way to its base column that has one, else that of the base column. */
export function aboutOf(
  { relation, column, path }: ColumnPath,
  seen = new Set<Relation>(),
): string | undefined {
  const found = columnNamed(relation, column)
  if (path.length === 0 && found?.about !== undefined) return found.about
  if (relation.kind !== 'derived' && relation.kind !== 'cte')
    return path.reduce<Shape | undefined>((shape, field) => shape?.fields?.[field], found?.shape)?.about
  if (seen.has(relation)) return undefined
  seen.add(relation)
  const from = sourcesOf(relation, column).find(source => source !== undefined)
  return from && aboutOf({ ...from, path: [...from.path, ...path] }, seen)
}

/** What a column is in each part of the query that a relation evaluates; undefined for a part that computes it. */
function sourcesOf(relation: Relation, column: string): readonly (ColumnPath | undefined)[] {
  return outputsOf(relation, column).map(output => output?.from)
}

/** The result column that a column is in each part of the query that a relation evaluates. */
function outputsOf(relation: Relation, column: string): readonly (Output | undefined)[] {
  const query = queryOf(relation)
  const index = columnAt(relation, column)
  return query?.cores.map(core => core.outputs?.[index]) ?? []
}
