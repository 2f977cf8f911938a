import type { PlanContext } from '../context.ts'
import { isLike } from './like.ts'
import type { Rows } from './listing.ts'

/**
 * Everything that can stand in FROM, optionally of one provider or service, with its summary. A provider whose services are
 * compiled at their first use has no summaries here, as a list of names must not compile all of them.
 */
export function allTables(below: readonly string[], { catalog, tables, views }: PlanContext): Rows {
  const prefix = below.map(p => `${p.toLowerCase()}.`).join('')
  const isBelow = (name: string, wanted: string | undefined): boolean =>
    wanted === undefined || name.toLowerCase() === wanted.toLowerCase()
  const providers = catalog.providers().filter(p => isBelow(p.name, below[0]))
  const rows: (readonly (string | null)[])[] = [
    ...providers.flatMap(p =>
      [...catalog.names(p.name)]
        .filter(([service]) => isBelow(service, below[1]))
        .flatMap(([service, resources]) =>
          resources.map(r => [
            `${p.name}.${service}.${r}`,
            'resource',
            catalog.isWhole(p.name) ? (catalog.resource(p.name, service, r)?.summary ?? null) : null,
          ]),
        ),
    ),
    ...[...views.values()].map(v => [v.name, v.kind, v.summary ?? null]),
    ...[...tables.values()]
      .filter(t => !views.has(t.name.toLowerCase()) && !t.name.startsWith('information_schema.'))
      .map(t => [t.name, 'table', null]),
  ]
  return rows.filter(r => r[0]!.toLowerCase().startsWith(prefix)).sort((a, b) => (a[0]! < b[0]! ? -1 : 1))
}

/** The tables and views of the session, which no provider has. */
export function sessionTables(context: PlanContext): Rows {
  const isProvider = (name: string): boolean => context.catalog.provider(name) !== undefined
  return allTables([], context).filter(([name]) => !isProvider(String(name).split('.')[0]!))
}

/** Whether the name or the summary of a table is LIKE a pattern, or the name of one of its columns. */
export function hasLike([name, , summary]: Rows[number], like: string, { catalog }: PlanContext): boolean {
  if (isLike(String(name), like) || (summary != null && isLike(String(summary), like))) return true
  const [provider = '', service = '', resource = ''] = String(name).split('.')
  if (!catalog.isWhole(provider)) return false
  return (catalog.resource(provider, service, resource)?.columns ?? []).some(c => isLike(c.name, like))
}
