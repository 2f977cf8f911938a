import { shapeAt } from '../../catalog/compile/shapes.ts'
import type { Catalog, Resource } from '../../catalog/types.ts'
import { fullName } from '../names.ts'
import type { GivenKey } from '../plan.ts'
import type { Disjunction } from '../predicates/constraints.ts'
import { NAME_COLUMNS } from '../predicates/name-columns.ts'

/** Columns that say which thing a row is: many have the same region. */
const ID_COLUMN = /(?:^|[._])id$/

/**
 * The texts that a statement gives for keys of a table whose parents have names as well: where no row is found, a name may
 * have been given instead of the id.
 */
export function givenKeys(below: Resource, constraints: Disjunction, catalog: Catalog): GivenKey[] {
  const keys = (below.parents ?? []).flatMap(p => ('table' in p ? Object.keys(p.keys) : []))
  return keys.flatMap(key => {
    const values = [...new Set(constraints.flatMap(c => textsIn(c.get(key) ?? [])))]
    const origin = values.length === 0 ? undefined : originOf(below, key, catalog)
    if (!origin) return []
    const { resource, column } = origin
    if (!ID_COLUMN.test(column)) return []
    const name = NAME_COLUMNS.find(path => path !== column && shapeAt(resource.columns, path))
    return name === undefined ? [] : [{ key, values, table: fullName(resource), id: column, name }]
  })
}

/** The table whose own column a key is: `environment_id` of connectors is not that of their clusters, but `id` of environments. */
function originOf(
  resource: Resource,
  key: string,
  catalog: Catalog,
): { readonly resource: Resource; readonly column: string } | undefined {
  const parent = resource.parents?.find(p => 'table' in p && Object.hasOwn(p.keys, key))
  if (!parent || !('table' in parent)) return undefined
  const above = resourceOf(catalog, parent.table)
  const column = parent.keys[key]!
  return above && (originOf(above, column, catalog) ?? { resource: above, column })
}

/** The texts that are in each list of constants. */
function textsIn(operands: NonNullable<ReturnType<Disjunction[number]['get']>>): string[] {
  const [first = [], ...others] = operands.flatMap(o => (o.kind === 'values' ? [o.values] : []))
  const isAsked = (value: unknown): value is string =>
    typeof value === 'string' && value !== '' && others.every(list => list.includes(value))
  return first.filter(isAsked)
}

/** The resource of a full name; undefined for a view. */
function resourceOf(catalog: Catalog, table: string): Resource | undefined {
  const [provider = '', service = '', name] = table.split('.')
  return name === undefined ? undefined : catalog.resource(provider, service, name)
}
