import type { Catalog, Host, Method, Resource } from '../catalog/types.ts'

export interface Route {
  readonly resource: Resource
  readonly method: Method
  readonly host: Host
  readonly segments: readonly string[]
}

/** The methods that the hosts given (`provider.host`) have for the resources given (`provider.service.resource`). */
export function routesOf(
  catalog: Catalog,
  hosts: ReadonlySet<string>,
  resources: ReadonlySet<string>,
): readonly Route[] {
  const routes: Route[] = []
  for (const provider of catalog.providers()) {
    const served = Object.keys(provider.hosts).filter(name => hosts.has(`${provider.name}.${name}`))
    for (const service of served.length === 0 ? [] : provider.services) {
      for (const resource of catalog.service(provider.name, service.name)?.values() ?? []) {
        if (!resources.has(`${provider.name}.${service.name}.${resource.name}`)) continue
        for (const method of resource.methods) {
          const host = served.includes(method.host) ? provider.hosts[method.host] : undefined
          if (host !== undefined) routes.push({ resource, method, host, segments: method.path.split('/') })
        }
      }
    }
  }
  return routes
}

/** What a path leads to: a route and its path parameters, or the HTTP methods that the path takes instead, none if it is unknown. */
export type Found =
  | { readonly route: Route; readonly path: Readonly<Record<string, string>> }
  | { readonly allowed: readonly string[] }

/**
 * Finds the route of a request; a path written out goes before one with a parameter in that place, and a method
 * before another of the same path if the request has all of what that always sends in its query.
 */
export function findRoute(
  routes: readonly Route[],
  http: string,
  path: string,
  query: URLSearchParams,
): Found {
  const segments = path.split('/')
  const fitting = routes.filter(route => fits(route.segments, segments))
  const route = fitting
    .filter(
      ({ method }) =>
        method.http === http
        && Object.entries(method.query ?? {}).every(([name, value]) => query.get(name) === value),
    )
    .sort((a, b) => rank(a) - rank(b))[0]
  if (route === undefined) return { allowed: [...new Set(fitting.map(({ method }) => method.http))] }
  const named = route.segments.flatMap((part, index) =>
    Object.entries(valuesOf(part, segments[index] ?? '') ?? {}),
  )
  return { route, path: Object.fromEntries(named) }
}

function fits(template: readonly string[], segments: readonly string[]): boolean {
  return (
    template.length === segments.length
    && template.every((part, index) => valuesOf(part, segments[index] ?? '') !== undefined)
  )
}

/** The parameter in a segment and its value, undefined if the segment does not fit: `{id}` and `{id}:network` have one. */
function valuesOf(part: string, segment: string): Record<string, string> | undefined {
  const parameter = /^\{(\w+)\}(.*)$/.exec(part)
  if (parameter === null) return part === segment ? {} : undefined
  const [, name = '', rest = ''] = parameter
  if (!segment.endsWith(rest) || segment.length === rest.length) return undefined
  return { [name]: segment.slice(0, segment.length - rest.length) }
}

/** Lower for a route that leaves less open. */
function rank({ segments, method }: Route): number {
  const open = segments.filter(part => part.endsWith('}')).length
  const half = segments.filter(part => part.startsWith('{') && !part.endsWith('}')).length
  return open * 10 + half * 5 - Object.keys(method.query ?? {}).length
}
