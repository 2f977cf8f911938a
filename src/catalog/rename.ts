import type { Host, Parent, Provider, Resource, UrlVariable } from './types.ts'

/**
 * A provider under another name. In profiles its credentials and variables are found under that name, and so are environment
 * variables for its URLs (`<NAME>_<VARIABLE>`); variables that its documents name stay.
 */
export function renamedProvider(provider: Provider, name: string): Provider {
  const { name: old, hosts, views } = provider
  if (old === name) return provider
  return {
    ...provider,
    name,
    hosts: Object.fromEntries(
      Object.entries(hosts).map(([key, host]) => [key, renamedHost(host, old, name)]),
    ),
    ...(views && {
      views: views.map(view => ({
        ...view,
        name: `${name}${view.name.slice(old.length)}`,
        sql: renamedTables(view.sql, old, name),
      })),
    }),
  }
}

/** A resource of a provider that has another name. */
export function renamedResource(resource: Resource, name: string): Resource {
  const { provider: old, parents } = resource
  if (old === name) return resource
  const renamedParent = (parent: Parent): Parent =>
    'table' in parent && parent.table.startsWith(`${old}.`)
      ? { ...parent, table: `${name}${parent.table.slice(old.length)}` }
      : parent
  return { ...resource, provider: name, ...(parents && { parents: parents.map(renamedParent) }) }
}

function renamedHost(host: Host, old: string, name: string): Host {
  const { urlVariables, probe, places, kind = host.name } = host
  return {
    ...host,
    kind: kind === old ? name : kind,
    isRenamed: true,
    ...(urlVariables && { urlVariables: urlVariables.map(one => renamedVariable(one, old, name)) }),
    ...(probe !== undefined && { probe: renamedTables(probe, old, name) }),
    ...(places !== undefined && { places: renamedTables(places, old, name) }),
  }
}

function renamedVariable(variable: UrlVariable, old: string, name: string): UrlVariable {
  return variable.env === urlVariableEnv(old, variable.name)
    ? { ...variable, env: urlVariableEnv(name, variable.name) }
    : variable
}

/** The environment variable of a URL variable that its document does not name. */
export function urlVariableEnv(provider: string, variable: string): string {
  return `${provider}_${variable}`.replaceAll(/\W/g, '_').toUpperCase()
}

/** The SQL with another name in front of its tables. Texts in quotes stay. */
function renamedTables(sql: string, old: string, name: string): string {
  const tables = new RegExp(String.raw`'(?:[^']|'')*'|(?<![\w.])(?:"${old}"|${old})(?=\s*\.)`, 'gi')
  return sql.replaceAll(tables, found => (found.startsWith("'") ? found : name))
}
