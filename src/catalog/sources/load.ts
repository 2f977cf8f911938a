import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ConfluentqlError } from '../../errors.ts'
import { type LoadedProvider, readCompiled } from './compiled.ts'
import { checkCredentials } from '../credentials.ts'
import { Resources } from './resources.ts'
import type { Catalog, Provider, Resource } from '../types.ts'

/** What to do about a damaged file of ours. */
const BUILD = 'build them with npm run build'

/**
 * Loads the catalog of a folder of compiled providers, a folder each. Providers are read immediately, a service when it is
 * first used.
 */
export function loadCatalog(dir: string): Catalog {
  const loaded = loadProviders(dir)
  checkCredentials(loaded.map(({ provider }) => provider))
  return catalogOf(loaded)
}

/** Reads the providers in a folder of compiled providers. */
export function loadProviders(dir: string): LoadedProvider[] {
  return folders(dir).map(name => loadProvider(join(dir, name), name))
}

/** Reads a compiled provider. @throws ConfluentqlError PROVIDER if it is not the provider `name` */
export function loadProvider(dir: string, name: string, hint = BUILD): LoadedProvider {
  const loaded = reading(dir, hint, () => readCompiled(dir))
  const { provider } = loaded
  // the names are used as file names
  if (provider.name !== name || !provider.services.every(s => /^\w+$/.test(s.name)))
    throw unreadable(dir, hint, new Error('it was not compiled as the provider of its folder'))
  return {
    provider,
    isWhole: true,
    names: () => reading(dir, hint, () => loaded.names()),
    accepted: () => reading(dir, hint, () => loaded.accepted()),
    service: of => {
      const reader = reading(dir, hint, () => loaded.service(of))
      return {
        names: () => reader.names(),
        one: resource => reading(dir, hint, () => reader.one(resource)),
        all: () => reading(dir, hint, () => reader.all()),
      }
    },
  }
}

/** The catalog of some providers. `broken`: errors about others, by name, thrown when a resource of theirs is looked up. */
export function catalogOf(
  loaded: readonly LoadedProvider[],
  broken: ReadonlyMap<string, ConfluentqlError> = new Map(),
): Catalog {
  const providers = loaded.map(({ provider }) => provider)
  const byName = new Map(loaded.map(one => [one.provider.name.toLowerCase(), one]))
  const services = new Map<Provider, Map<string, ReadonlyMap<string, Resource>>>()

  const service = (providerName: string, serviceName: string): ReadonlyMap<string, Resource> | undefined => {
    const found = byName.get(providerName.toLowerCase())
    const name = serviceName.toLowerCase()
    if (!found) return undefined
    const known = services.get(found.provider) ?? new Map<string, ReadonlyMap<string, Resource>>()
    services.set(found.provider, known)
    const resources = known.get(name)
    if (resources) return resources
    const info = found.provider.services.find(s => s.name.toLowerCase() === name)
    if (!info) return undefined
    const read = new Resources(found.service(info.name))
    known.set(name, read)
    return read
  }

  return {
    providers: () => providers,
    provider: name => byName.get(name.toLowerCase())?.provider,
    names: name => new Map(Object.entries(byName.get(name.toLowerCase())?.names() ?? {})),
    isWhole: name => byName.get(name.toLowerCase())?.isWhole ?? false,
    service,
    resource: (provider, serviceName, resource) => {
      const fault = broken.get(provider.toLowerCase())
      if (fault) throw fault
      return service(provider, serviceName)?.get(resource.toLowerCase())
    },
  }
}

function folders(dir: string): string[] {
  return reading(dir, BUILD, () =>
    readdirSync(dir, { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(entry => entry.name)
      .sort(),
  )
}

function reading<T>(path: string, hint: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw cause instanceof ConfluentqlError ? cause : unreadable(path, hint, cause)
  }
}

function unreadable(path: string, hint: string, cause: unknown): ConfluentqlError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new ConfluentqlError('PROVIDER', `cannot read the compiled provider files: ${path}: ${why}`, {
    hint,
    cause,
  })
}
