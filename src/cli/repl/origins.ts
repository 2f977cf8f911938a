import type { Catalog, Resource, Shape, ViewInfo } from '../../catalog/types.ts'
import { lex, nameOf } from '../../sql/lexer.ts'
import { leaves } from '../../sql/query.ts'
import { readQuery } from '../../sql/read-query.ts'

/** A column of a provider's table, by the table's full name and a dotted path. */
export interface Origin {
  readonly table: string
  readonly path: string
}

/** The columns of a view by their names, with the column of a table that each is; undefined for those that it computes. */
export type Origins = ReadonlyMap<string, Origin | undefined>

const byView = new WeakMap<ViewInfo, Origins>()

/** The origins of the columns of a provider's view; undefined if there is no such view. */
export function originsOfView(name: string, catalog: Catalog): Origins | undefined {
  const view = catalog
    .provider(name.slice(0, name.indexOf('.')))
    ?.views?.find(v => v.name.toLowerCase() === name.toLowerCase())
  if (!view) return undefined
  const known = byView.get(view)
  if (known) return known
  const found = originsIn(view.sql, catalog)
  byView.set(view, found)
  return found
}

function originsIn(sql: string, catalog: Catalog): Origins {
  const { tokens } = lex(sql)
  const { cores } = readQuery({ text: sql, tokens }, { from: 0, to: tokens.length }, () => undefined)
  const [core] = cores
  if (!core) return new Map()
  const tables = new Map(
    leaves(core.from).flatMap(node =>
      node.kind === 'table' ? [[node.alias ?? node.parts.at(-1)!, node.parts.join('.')] as const] : [],
    ),
  )
  return new Map(
    core.items.map(({ alias, expr }) => {
      const [qualifier = '', ...path] = expr.kind === 'column' ? expr.parts : []
      const table = tables.get(qualifier)
      // the parts of a compound query are different columns
      const origin = table === undefined || cores.length > 1 ? undefined : originOf(table, path, catalog)
      return [alias ?? nameOf(tokens[expr.range.to - 1]!), origin] as const
    }),
  )
}

/** The column that a path of a table or view is; undefined if it is computed, or in an object of any fields. */
function originOf(table: string, path: readonly string[], catalog: Catalog): Origin | undefined {
  const [column = '', ...fields] = path
  const origins = originsOfView(table, catalog)
  if (origins) {
    const origin = origins.get(column)
    return origin && { table: origin.table, path: [origin.path, ...fields].join('.') }
  }
  const resource = resourceNamed(table, catalog)
  const found = resource?.columns.find(c => c.name === column)
  const isThere = fields.reduce<Shape | undefined>((shape, field) => shape?.fields?.[field], found)
  return isThere ? { table, path: path.join('.') } : undefined
}

export function resourceNamed(table: string, catalog: Catalog): Resource | undefined {
  const [provider = '', service = '', resource = ''] = table.split('.')
  return catalog.resource(provider, service, resource)
}

/** Whether a column identifies an object of its table, alone or within its parent. */
export function isKey({ table, path }: Origin, catalog: Catalog): boolean {
  return (
    path === 'id'
    || resourceNamed(table, catalog)?.methods.some(m =>
      m.params.some(p => p.in === 'path' && p.name === path && m.verb !== 'exec'),
    ) === true
  )
}

/** The tables that have the parents of a table's objects, and the parents of these. */
export function ancestorsOf(table: string, catalog: Catalog, seen = new Set<string>()): ReadonlySet<string> {
  for (const parent of resourceNamed(table, catalog)?.parents ?? []) {
    if (!('table' in parent) || seen.has(parent.table)) continue
    seen.add(parent.table)
    ancestorsOf(parent.table, catalog, seen)
  }
  return seen
}
