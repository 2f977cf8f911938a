import type { Catalog, Host, Method, Resource } from '../catalog/types.ts'

export interface Route {
  readonly resource: Resource
  /** Its parameters have the names that requests use. */
  readonly method: Method
  readonly host: Host
  readonly segments: readonly string[]
}

/** The routes of hosts (`provider.host`) for resources (`provider.service.resource`). */
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
          if (host !== undefined)
            routes.push({ resource, method: asSent(method), host, segments: method.path.split('/') })
        }
      }
    }
  }
  return routes
}

/** A method whose parameters have the names that requests use. */
function asSent(method: Method): Method {
  return { ...method, params: method.params.map(p => (p.wire === undefined ? p : { ...p, name: p.wire })) }
}

/** The route of a path with its path parameters; otherwise the HTTP methods allowed for the path, none if it is unknown. */
export type RouteResult =
  | { readonly route: Route; readonly path: Readonly<Record<string, string>> }
  | { readonly allowed: readonly string[] }

/**
 * Finds the route of a request. Literal segments take precedence over parameters, and a method with a fixed query
 * that the request has takes precedence over others with the same path.
 */
export function findRoute(
  routes: readonly Route[],
  http: string,
  path: string,
  query: URLSearchParams,
): RouteResult {
  const segments = path.split('/')
  const matching = routes.filter(route => matchesPath(route.segments, segments))
  const route = matching
    .filter(
      ({ method }) =>
        method.http === http
        && Object.entries(method.query ?? {}).every(([name, value]) => query.get(name) === value),
    )
    .sort((a, b) => rank(a) - rank(b))[0]
  if (route === undefined) return { allowed: [...new Set(matching.map(({ method }) => method.http))] }
  const values = route.segments.flatMap((part, index) =>
    Object.entries(segmentValues(part, segments[index] ?? '') ?? {}),
  )
  return { route, path: Object.fromEntries(values) }
}

function matchesPath(template: readonly string[], segments: readonly string[]): boolean {
  return (
    template.length === segments.length
    && template.every((part, index) => segmentValues(part, segments[index] ?? '') !== undefined)
  )
}

/** The parameter in a segment and its value; undefined if the segment does not match. `{id}` and `{id}:network` have a parameter. */
function segmentValues(part: string, segment: string): Record<string, string> | undefined {
  const parameter = /^\{(\w+)\}(.*)$/.exec(part)
  if (parameter === null) return part === segment ? {} : undefined
  const [, name = '', rest = ''] = parameter
  if (!segment.endsWith(rest) || segment.length === rest.length) return undefined
  return { [name]: segment.slice(0, segment.length - rest.length) }
}

/** Lower for a more specific route. */
function rank({ segments, method }: Route): number {
  const open = segments.filter(part => part.endsWith('}')).length
  const half = segments.filter(part => part.startsWith('{') && !part.endsWith('}')).length
  return open * 10 + half * 5 - Object.keys(method.query ?? {}).length
}
