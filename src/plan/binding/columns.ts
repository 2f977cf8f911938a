import type { Column } from '../../catalog/types.ts'
import { isNumeric } from '../coerce.ts'
import type { Relation, RelationColumn } from './bound.ts'

/** Whether two names are the same to SQLite. */
export const same = (a: string, b: string): boolean =>
  a === b || (a.length === b.length && a.toLowerCase() === b.toLowerCase())

const relationColumns = new WeakMap<readonly Column[], readonly RelationColumn[]>()

/** The columns of a resource as those of a relation. */
export function columnsOf(columns: readonly Column[]): readonly RelationColumn[] {
  let known = relationColumns.get(columns)
  if (!known) relationColumns.set(columns, (known = columns.map(relationColumn)))
  return known
}

function relationColumn(column: Column): RelationColumn {
  return {
    name: column.name,
    shape: column,
    affinity: isNumeric(column.type) ? 'numeric' : 'text',
    ...(column.type === 'number' && { declared: 'REAL' }),
    ...(column.isHidden && { isHidden: true }),
  }
}

/** By lower-case name, the index of a column; the first of several. */
const columnIndexes = new WeakMap<readonly RelationColumn[], ReadonlyMap<string, number>>()

/** The index of the column of a relation that a name means to SQLite; -1 if there is none. */
export function columnAt({ columns }: Pick<Relation, 'columns'>, name: string): number {
  if (!columns) return -1
  let byName = columnIndexes.get(columns)
  if (!byName) columnIndexes.set(columns, (byName = indexColumns(columns)))
  const known = byName.get(name)
  if (known !== undefined) return known
  const at = byName.get(name.toLowerCase())
  return at !== undefined && same(columns[at]!.name, name) ? at : -1
}

function indexColumns(columns: readonly RelationColumn[]): ReadonlyMap<string, number> {
  const byName = new Map<string, number>()
  for (const [i, { name }] of columns.entries()) {
    const key = name.toLowerCase()
    if (!byName.has(key)) byName.set(key, i)
  }
  return byName
}

/** The column of a relation that a name means to SQLite. */
export function columnNamed(relation: Pick<Relation, 'columns'>, name: string): RelationColumn | undefined {
  return relation.columns?.[columnAt(relation, name)]
}
