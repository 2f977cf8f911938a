import type { Catalog, Host, Method, Resource } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import type { SandboxData } from './types.ts'

export interface Route {
  readonly resource: Resource
  readonly method: Method
  readonly segments: readonly string[]
}

/** The methods of one host, which the sandbox serves on a port of its own. */
export interface HostRoutes {
  readonly host: Host
  readonly routes: readonly Route[]
}

/** The routes of every resource that the data describes, by host, in the order the data first needs them. */
export function routesByHost(catalog: Catalog, data: SandboxData): readonly HostRoutes[] {
  const hosts = new Map<string, HostRoutes & { routes: Route[] }>()
  for (const name of Object.keys(data.resources)) {
    const [provider = '', service = '', resource = ''] = name.split('.')
    const found = catalog.resource(provider, service, resource)
    if (found === undefined) throw new ConfluentqlError('PROVIDER', `sandbox data: the catalog has no resource ${name}`)
    for (const method of found.methods) {
      const host = catalog.provider(provider)?.hosts[method.host]
      if (host === undefined)
        throw new ConfluentqlError('PROVIDER', `${name}.${method.name}: provider ${provider} has no host ${method.host}`)
      const key = `${provider} ${method.host}`
      const of = hosts.get(key) ?? { host, routes: [] }
      of.routes.push({ resource: found, method, segments: method.path.split('/') })
      hosts.set(key, of)
    }
  }
  return [...hosts.values()]
}

/** What a path leads to: a route and its path parameters, or the HTTP methods that the path takes instead, none if it is unknown. */
export type Found = { readonly route: Route; readonly path: Readonly<Record<string, string>> } | { readonly allowed: readonly string[] }

/** Finds the route of a request; a path written out goes before one with a parameter in that place. */
export function findRoute(routes: readonly Route[], http: string, path: string): Found {
  const segments = path.split('/')
  const fitting = routes.filter((route) => fits(route.segments, segments))
  const route = fitting.filter(({ method }) => method.http === http).sort((a, b) => placeholders(a) - placeholders(b))[0]
  if (route === undefined) return { allowed: [...new Set(fitting.map(({ method }) => method.http))] }
  const named = route.segments.flatMap((segment, index) => (isPlaceholder(segment) ? [[segment.slice(1, -1), segments[index] ?? '']] : []))
  return { route, path: Object.fromEntries(named) as Record<string, string> }
}

function fits(template: readonly string[], segments: readonly string[]): boolean {
  return (
    template.length === segments.length &&
    template.every((part, index) => (isPlaceholder(part) ? segments[index] !== '' : part === segments[index]))
  )
}

function isPlaceholder(segment: string): boolean {
  return segment.startsWith('{') && segment.endsWith('}')
}

function placeholders(route: Route): number {
  return route.segments.filter(isPlaceholder).length
}
