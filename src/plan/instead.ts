import { pageParams } from '../catalog/page-params.ts'
import type { Catalog, Resource } from '../catalog/types.ts'

/*
 * Replacements for names that users bring from other tools. Names of a certain provider are in its provider file.
 */

/** What to write instead of a column, parameter or argument that a resource does not have; undefined if nothing is known. */
export function insteadOfColumn(
  name: string,
  { provider, methods }: Pick<Resource, 'provider' | 'methods'>,
  catalog: Catalog,
): string | undefined {
  const wanted = name.toLowerCase()
  if (methods.some(m => pageParams(m.paging).includes(wanted)))
    return 'lists are read to the last page; leave it out'
  const known = catalog.provider(provider)?.instead?.columns ?? {}
  return Object.hasOwn(known, wanted) ? known[wanted] : undefined
}

/** What to use instead of a resource that a service does not have. A pattern in the provider file may end in `*`; its text shows the match as `{name}`. */
export function insteadOfTable(
  provider: string,
  service: string,
  name: string,
  catalog: Catalog,
): string | undefined {
  const wanted = name.toLowerCase()
  const known = Object.entries(catalog.provider(provider)?.instead?.tables ?? {})
  const found = known.find(([pattern]) =>
    pattern.endsWith('*') ? wanted.startsWith(pattern.slice(0, -1)) : pattern === wanted,
  )
  if (!found) return undefined
  const [pattern, text] = found
  const rest = wanted.slice(pattern.replace(/\*$/, '').length)
  const other = catalog.resource(provider, service, rest)
  return text.replaceAll('{name}', other ? `${provider}.${service}.${other.name}` : 'the table itself')
}
