import type { Catalog, Resource, ViewInfo } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { didYouMean, fullName } from '../plan/names.ts'
import type { TableSearch } from '../catalog/search/search.ts'

/** A resource or a view. */
export type Table = { readonly resource: Resource } | { readonly view: ViewInfo }

/**
 * The table of a name; the provider and the service may be left out if only one table has it.
 * @throws ConfluentqlError UNKNOWN_NAME with the best tables for its words
 */
export function tableNamed(name: string, catalog: Catalog, search: () => TableSearch): Table {
  const wanted = name
    .trim()
    .replaceAll(/["`[\]]/g, '')
    .toLowerCase()
  const parts = wanted.split('.')
  const view = viewsOf(catalog).find(v => v.name.toLowerCase() === wanted)
  if (view) return { view }
  if (parts.length === 3) {
    const [provider = '', service = '', resource = ''] = parts
    const found = catalog.provider(provider) && catalog.service(provider, service)?.get(resource)
    if (found) return { resource: found }
  }
  const ending = `.${wanted}`
  const views = viewsOf(catalog).filter(v => v.name.toLowerCase().endsWith(ending))
  const resources = resourcesNamed(catalog, ending)
  if (views.length + resources.length === 1)
    return views[0] ? { view: views[0] } : { resource: resources[0]! }
  const names = [...views.map(v => v.name), ...resources.map(fullName)]
  if (names.length > 1)
    throw new ConfluentqlError('UNKNOWN_NAME', `several tables are called "${name}"`, {
      hint: `give the full name: ${names.join(', ')}`,
    })
  const found = search()
    .find(name, 5)
    .map(d => d.name)
  const known = search().tables.flatMap(d => [d.name, d.name.split('.').at(-1)!])
  throw new ConfluentqlError('UNKNOWN_NAME', `no table "${name}"${didYouMean(name, known)}`, {
    hint: found.length > 0 ? `the closest: ${found.join(', ')}` : 'search_tables finds tables by words',
  })
}

/** All predefined views. */
export function viewsOf(catalog: Catalog): readonly ViewInfo[] {
  return catalog.providers().flatMap(p => p.views ?? [])
}

/** The views that read a table. */
export function viewsOver(name: string, catalog: Catalog): string[] {
  const mention = new RegExp(`(?<![\\w.])${name.replaceAll('.', '\\.')}(?![\\w.])`, 'i')
  return viewsOf(catalog)
    .filter(v => mention.test(v.sql))
    .map(v => v.name)
}

function resourcesNamed(catalog: Catalog, ending: string): Resource[] {
  return catalog
    .providers()
    .flatMap(({ name }) =>
      [...catalog.names(name)].flatMap(([service, resources]) =>
        resources
          .filter(r => `.${name}.${service}.${r}`.toLowerCase().endsWith(ending))
          .flatMap(r => catalog.resource(name, service, r) ?? []),
      ),
    )
}
