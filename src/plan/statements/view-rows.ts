import type { Catalog, Method, Param, Resource } from '../../catalog/types.ts'
import { nameText } from '../../sql/operators.ts'
import type { Source } from '../../sql/query.ts'
import { readQuery } from '../../sql/read-query.ts'
import type { Statement } from '../../sql/statement.ts'
import { Binder } from '../binding/binder.ts'
import { compose } from '../compose.ts'
import type { PlanContext } from '../context.ts'
import { isAddress } from '../hosts.ts'
import { fullName, viewNamed, writtenText } from '../names.ts'
import { originsAt, type Origin } from '../predicates/column-origins.ts'
import { isData } from './whole-keys.ts'

type Delete = Extract<Statement, { kind: 'delete' }>

/**
 * The DELETE of the rows of a resource that a DELETE from a view of a provider means: by the keys that the view has. Undefined
 * if the view reads several resources by itself, lacks keys, or computes them.
 *
 * @throws ConfluentqlError for an unknown name or a syntax error in WHERE
 */
export function deleteOfViewRows(s: Delete, source: Source, context: PlanContext): string | undefined {
  const view = viewNamed(s.target.parts.join('.'), context)
  if (!s.where || s.returning || !view || view.schema !== undefined) return undefined
  const [resource, another] = view.resources
  if (!resource || another) return undefined
  const written = writtenText(source, s.where)
  const from = `${view.name}${s.alias === undefined ? '' : ` AS ${nameText(s.alias)}`}`
  const text = compose({ text: '', tokens: [] }, [`SELECT * FROM ${from} WHERE ${written}`])
  const [core] = new Binder(context).bind(readQuery(text.source, text.range, context.parse)).cores
  const relation = core!.relations[0]!
  const origins = (relation.columns ?? []).flatMap(({ name }): readonly (readonly [string, Origin])[] => {
    const [origin, ...others] = originsAt({ relation, column: name, path: [] }) ?? []
    return origin && others.length === 0 ? [[name, origin]] : []
  })
  for (const method of resource.methods.filter(m => m.verb === 'delete')) {
    // without one that selects by data, the rows of others with the same keys would be deleted as well
    const params = method.params.filter(p => !isAddress(p) && (p.required || isData(resource, p.column)))
    const keys = params.flatMap(p => p.column ?? [])
    const columns = keys.map(
      key => origins.find(([, origin]) => isKey(origin, key, resource, context.catalog))?.[0],
    )
    if (keys.length === 0 || columns.includes(undefined) || !hasAddress(method, params, resource, context))
      continue
    const list = keys.map(nameText).join(', ')
    const found = columns.map(c => nameText(c!)).join(', ')
    return `DELETE FROM ${fullName(resource)} WHERE ${keys.length > 1 ? `(${list})` : list} IN (SELECT ${found} FROM ${from} WHERE ${written})`
  }
  return undefined
}

/** Whether keys determine the address of a call: the rows of another address may have the same keys. */
function hasAddress(
  { host, params }: Method,
  keys: readonly Param[],
  { provider }: Resource,
  { catalog }: PlanContext,
): boolean {
  if (!params.some(isAddress)) return true
  const ids = catalog.provider(provider)?.hosts[host]?.resource?.params ?? []
  return ids.length > 0 && ids.every(id => keys.some(p => p.name === id))
}

/** Whether a column is a key of a resource: its own column, or that of its parent, or of the parent of that, by which views join them. */
function isKey(origin: Origin, key: string, resource: Resource, catalog: Catalog): boolean {
  if (fullName(origin.ref.resource) === fullName(resource)) return origin.key === key
  return (resource.parents ?? []).some(parent => {
    if (!('table' in parent) || parent.keys[key] === undefined) return false
    const [provider = '', service = '', name = ''] = parent.table.split('.')
    const found = catalog.resource(provider, service, name)
    return found !== undefined && isKey(origin, parent.keys[key], found, catalog)
  })
}
