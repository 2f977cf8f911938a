import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfluentqlError } from '../errors.ts'
import { checkCredentials } from './credentials.ts'
import type { Catalog, Provider, Resource } from './types.ts'

/** A compiled service. */
export interface CompiledService {
  readonly service: string
  readonly resources: readonly Resource[]
}

/**
 * Loads the catalog of a folder of compiled providers (`<provider>/provider.json`, `<provider>/<service>.json`).
 * Providers are read immediately, a service when it is first used.
 */
export function loadCatalog(dir: string): Catalog {
  const providers = new Map<string, Provider>()
  for (const name of folders(dir)) {
    const provider = read<Provider>(join(dir, name, 'provider.json'))
    // the names are used as file names
    if (provider.name !== name || !provider.services.every(s => /^\w+$/.test(s.name)))
      throw unreadable(join(dir, name), new Error('it was not compiled as the provider of its folder'))
    providers.set(name, provider)
  }
  checkCredentials([...providers.values()])
  const services = new Map<string, ReadonlyMap<string, Resource>>()

  const service = (providerName: string, serviceName: string): ReadonlyMap<string, Resource> | undefined => {
    const provider = providers.get(providerName.toLowerCase())
    const name = serviceName.toLowerCase()
    if (!provider?.services.some(s => s.name === name)) return undefined
    const key = `${provider.name}.${name}`
    let resources = services.get(key)
    if (!resources) {
      const { resources: list } = read<CompiledService>(join(dir, provider.name, `${name}.json`))
      resources = new Map(list.map(resource => [resource.name, resource]))
      services.set(key, resources)
    }
    return resources
  }

  return {
    providers: () => [...providers.values()],
    provider: name => providers.get(name.toLowerCase()),
    service,
    resource: (provider, serviceName, resource) =>
      service(provider, serviceName)?.get(resource.toLowerCase()),
  }
}

function folders(dir: string): string[] {
  try {
    return readdirSync(dir, { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(entry => entry.name)
      .sort()
  } catch (cause) {
    throw unreadable(dir, cause)
  }
}

function read<T>(file: string): T {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch (cause) {
    throw unreadable(file, cause)
  }
}

function unreadable(path: string, cause: unknown): ConfluentqlError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new ConfluentqlError('PROVIDER', `cannot read the compiled provider files: ${path}: ${why}`, {
    hint: 'build them with npm run build',
    cause,
  })
}
