import { keyParts, keyText } from '../../catalog/keys.ts'
import { shapeAt } from '../../catalog/compile/shapes.ts'
import type { Catalog, Resource } from '../../catalog/types.ts'
import { keyOf, type Relation } from '../binding/bound.ts'
import { onlyOrigin } from '../binding/origins.ts'
import { fullName } from '../names.ts'
import type { GivenKey } from '../plan.ts'
import type { Operand, ValuesOperand } from '../predicates/constraints.ts'
import { NAME_COLUMNS } from '../predicates/name-columns.ts'
import type { Conditions } from './conditions.ts'

/** Columns that say which thing a row is: many have the same region. */
const ID_COLUMN = /(?:^|[._])id$/

/**
 * The texts that a statement gives for keys of a table whose parents have names as well: where no row is found, a name may
 * have been given instead of the id.
 *
 * @param textsOf the texts for a key
 */
export function givenKeys(below: Resource, textsOf: (key: string) => Texts, catalog: Catalog): GivenKey[] {
  const keys = (below.parents ?? []).flatMap(p => ('table' in p ? Object.keys(p.keys) : []))
  return keys.flatMap(key => {
    const texts = textsOf(key)
    const values = [...texts.keys()]
    const origin = values.length === 0 ? undefined : originOf(below, key, catalog)
    if (!origin) return []
    const { resource, column } = origin
    if (!ID_COLUMN.test(column)) return []
    const name = NAME_COLUMNS.find(path => path !== column && shapeAt(resource.columns, path))
    if (name === undefined) return []
    const [stated = key] = texts.values()
    return [{ key, stated, values, table: fullName(resource), id: column, name }]
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

/** Texts, each with the column of the condition that states it. */
export type Texts = ReadonlyMap<string, string>

/** The texts that conditions give for a column, also those for what it is joined with, inside and around views and subqueries. */
export function statedTexts(
  conditions: Conditions,
  relation: Relation,
  key: string,
  seen = new Set<Operand>(),
): Texts {
  const all = conditions.of(relation).map(c => textsIn(conditions, key, c.get(key) ?? [], seen))
  const found = new Map(all.flatMap(texts => [...texts]))
  if (found.size > 0 || relation.kind === 'ref') return found
  const [column = '', ...path] = keyParts(key)
  const origin = onlyOrigin({ relation, column, path })
  return origin && origin.relation !== relation
    ? statedTexts(conditions, origin.relation, keyOf(origin), seen)
    : found
}

/** The texts that are in each list of constants. */
function textsIn(
  conditions: Conditions,
  key: string,
  operands: readonly Operand[],
  seen: Set<Operand>,
): Texts {
  const lists = operands.flatMap(o => {
    if (o.kind === 'values') return [textsAmong(o, key)]
    if (seen.has(o)) return []
    seen.add(o)
    const from = columnOf(o)
    const texts = from && statedTexts(conditions, from.relation, from.key, seen)
    return texts && texts.size > 0 ? [texts] : []
  })
  const [first = new Map<string, string>(), ...others] = lists
  return new Map([...first].filter(([text]) => others.every(list => list.has(text))))
}

function textsAmong({ values, stated }: ValuesOperand, key: string): Texts {
  const texts = values.filter(v => typeof v === 'string' && v !== '') as string[]
  return new Map(texts.map(text => [text, keyText(stated ?? key)]))
}

/** The column whose values an operand is. */
function columnOf(operand: Operand): { readonly relation: Relation; readonly key: string } | undefined {
  if (operand.kind === 'rows') return operand.column
  if (operand.kind !== 'query' || operand.isExpression || operand.queries.length !== 1) return undefined
  const { cores } = operand.queries[0]!
  const from = cores.length === 1 ? cores[0]!.outputs?.[operand.row?.index ?? 0]?.from : undefined
  return from && { relation: from.relation, key: keyOf(from) }
}

/** The resource of a full name; undefined for a view. */
function resourceOf(catalog: Catalog, table: string): Resource | undefined {
  const [provider = '', service = '', name] = table.split('.')
  return name === undefined ? undefined : catalog.resource(provider, service, name)
}
