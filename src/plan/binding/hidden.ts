import type { BoundColumn, BoundCore, Relation } from './bound.ts'
import { same } from './columns.ts'

/** Uses a hidden column of all tables that have it, so that SQLite refuses its name where it is ambiguous. */
export function useAll(core: BoundCore, column: string): void {
  for (const relation of core.relations) {
    const isHidden = relation.columns?.some(c => c.isHidden && same(c.name, column))
    if (relation.kind === 'ref' && isHidden) relation.ref.used.add(column.toLowerCase())
  }
}

/** The other tables beside that of a column. */
export function tablesBeside({ relation }: BoundColumn): readonly Relation[] {
  return relation.core.relations.filter(r => r !== relation)
}

/** Whether another table has a hidden column with the name of a column that is not hidden. */
export function isShadowed(column: BoundColumn): boolean {
  const isHiddenIn = (r: Relation): boolean =>
    r.columns?.some(c => c.isHidden && same(c.name, column.column)) ?? false
  return column.relation.alias !== '' && !isHiddenIn(column.relation) && tablesBeside(column).some(isHiddenIn)
}

/** The hidden columns of a relation that the statement uses, in lower case: SQLite's table has them like any other. */
export function usedHidden(relation: Relation): readonly string[] {
  if (relation.kind !== 'ref') return []
  const names = relation.columns?.filter(c => c.isHidden).map(c => c.name.toLowerCase()) ?? []
  return names.filter(name => relation.ref.used.has(name))
}
