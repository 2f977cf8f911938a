import type { Resource } from '../../catalog/types.ts'
import type { TableRef } from '../binding/bound.ts'
import type { TableShape } from '../context.ts'

/** The columns of each resource that are not hidden, as those of an empty table. */
const plainColumns = new WeakMap<Resource, TableShape['columns']>()

/** A resource of a statement as an empty table, with the hidden columns that the statement uses. */
export function refTable({ table, resource, used }: TableRef): TableShape {
  if (resource.columns.some(c => c.isHidden && used.has(c.name.toLowerCase())))
    return { name: table, columns: columnsWith(resource, used) }
  const known = plainColumns.get(resource) ?? columnsWith(resource)
  plainColumns.set(resource, known)
  return { name: table, columns: known }
}

function columnsWith({ columns }: Resource, used?: ReadonlySet<string>): TableShape['columns'] {
  return columns
    .filter(c => !c.isHidden || used?.has(c.name.toLowerCase()))
    .map(c => ({ name: c.name, shape: c }))
}
