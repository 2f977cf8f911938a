import { loadCatalog } from '../../catalog/load.ts'
import type { Catalog } from '../../catalog/types.ts'
import { PROVIDERS } from '../../index.ts'

/** The providers that come with confluentql. */
export function builtInCatalog(): Catalog {
  return loadCatalog(PROVIDERS)
}

export function builtInNames(): string[] {
  return builtInCatalog()
    .providers()
    .map(provider => provider.name)
}
