import { isExchanged } from '../catalog/hosts.ts'
import type { Catalog, Host } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import type { Plane, SandboxData } from './types.ts'

/** Servers of one kind, and the hosts that they simulate. */
export interface Kind {
  readonly name: string
  readonly plane: Plane
  readonly hosts: readonly { readonly name: string; readonly host: Host }[]
}

/** The kinds of servers in the data, and one for each other host with resources in it. */
export function kindsOf(catalog: Catalog, data: SandboxData): readonly Kind[] {
  const kinds = new Map<string, Plane>(Object.entries(data.planes ?? {}))
  const described = new Set([...kinds.values()].flatMap(({ hosts }) => hosts))
  for (const full of Object.keys(data.resources)) {
    const [provider = '', service = '', resource = ''] = full.split('.')
    const found = catalog.resource(provider, service, resource)
    if (found === undefined)
      throw new ConfluentqlError('PROVIDER', `sandbox data: the catalog has no resource ${full}`)
    for (const { host } of found.methods) {
      const name = `${provider}.${host}`
      if (!described.has(name)) kinds.set(name, { hosts: [name], credentials: { [name]: data.credentials } })
      described.add(name)
    }
  }
  return [...kinds].map(([name, plane]) => ({
    name,
    plane,
    hosts: plane.hosts.map(full => ({ name: full, host: findHost(catalog, full) })),
  }))
}

function findHost(catalog: Catalog, full: string): Host {
  const [provider = '', name = ''] = full.split('.')
  const host = catalog.provider(provider)?.hosts[name]
  if (host === undefined) throw new ConfluentqlError('PROVIDER', `sandbox data: there is no host ${full}`)
  return host
}

/** The environment variables for clients of a kind's servers; `url` is that of the first. */
export function variables({ hosts, plane }: Kind, url: string): Record<string, string> {
  const env: Record<string, string> = {}
  for (const { name, host } of hosts) {
    const credentials = plane.credentials[name]
    if (host.urlEnv !== undefined) env[host.urlEnv] = url
    if (host.auth.kind === 'basic' && credentials !== undefined) {
      env[host.auth.userEnv] = credentials.user
      env[host.auth.passwordEnv] = credentials.password
    }
    if (host.auth.kind === 'headers' && credentials !== undefined)
      for (const header of host.auth.headers) env[header.env] = credentials.password
    if (
      (host.auth.kind === 'none' || isExchanged(host.auth))
      && host.tokenEnv !== undefined
      && credentials !== undefined
    )
      env[host.tokenEnv] = credentials.password
  }
  return env
}
