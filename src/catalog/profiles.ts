import { Resources } from './sources/resources.ts'
import type { Catalog, Column, Host, Method, Param, Parent, Provider, Resource } from './types.ts'

/** The parameter and input column that says which profile a row comes from, in a session with several. */
export const PROFILE = 'profile'

/**
 * A catalog for a session with several profiles: each resource has an input column `profile`, and each method requires a
 * parameter of that name, which selects the credentials and addresses of a call and is not sent. A SELECT that does not
 * give it is asked for all profiles. A key that comes from a parent has the profile of the parent's row. Credentials come
 * from the profiles alone.
 *
 * @param names the profiles, two or more
 */
export function withProfiles(catalog: Catalog, names: readonly string[]): Catalog {
  const services = new Map<ReadonlyMap<string, Resource>, ReadonlyMap<string, Resource>>()
  const providers = new Map<Provider, Provider>()
  const service = (provider: string, name: string): ReadonlyMap<string, Resource> | undefined => {
    const found = catalog.service(provider, name)
    if (!found) return undefined
    const known = services.get(found)
    if (known) return known
    const wrapped = new Resources({
      names: () => [...found.keys()],
      one: key => {
        const resource = found.get(key)
        return resource && resourceWith(resource, names)
      },
      all: () => [...found.values()].map(resource => resourceWith(resource, names)),
    })
    services.set(found, wrapped)
    return wrapped
  }
  const wrap = (provider: Provider): Provider => {
    const known = providers.get(provider)
    if (known) return known
    const views = provider.views?.map(view => ({ ...view, profiles: names }))
    const hosts = Object.fromEntries(Object.entries(provider.hosts).map(([name, h]) => [name, hostWith(h)]))
    const wrapped = { ...provider, hosts, ...(views && { views }) }
    providers.set(provider, wrapped)
    return wrapped
  }
  return {
    providers: () => catalog.providers().map(wrap),
    provider: name => {
      const found = catalog.provider(name)
      return found && wrap(found)
    },
    names: name => catalog.names(name),
    isWhole: name => catalog.isWhole(name),
    service,
    resource: (provider, name, resource) => service(provider, name)?.get(resource.toLowerCase()),
  }
}

/** Variables of the environment are of one profile at most, so none gives a credential or the address of a data plane. */
function hostWith(host: Host): Host {
  const { tokenEnv: _, urlEnv, urlVariables, ...rest } = host
  return {
    ...rest,
    ...(urlVariables && { urlVariables: urlVariables.map(variable => ({ ...variable, env: '' })) }),
    ...(urlEnv !== undefined && host.urlParam === undefined && { urlEnv }),
    auth: authWith(host.auth),
  }
}

function authWith(auth: Host['auth']): Host['auth'] {
  if (auth.kind === 'none') return auth
  if (auth.kind === 'basic') return { kind: 'basic', userEnv: '', passwordEnv: '' }
  if (auth.kind === 'service_account') return { ...auth, keyEnv: '' }
  if (auth.kind === 'oauth2')
    return {
      ...auth,
      clientIdEnv: '',
      clientSecretEnv: '',
      tokenVariables: auth.tokenVariables.map(({ name }) => ({ name, env: '' })),
    }
  return { kind: 'headers', headers: auth.headers.map(header => ({ ...header, env: '' })) }
}

function resourceWith(resource: Resource, names: readonly string[]): Resource {
  const about = 'The profile that it is asked with'
  const column: Column = { name: PROFILE, type: 'string', isInput: true, values: names, about }
  return {
    ...resource,
    columns: [...resource.columns, column],
    methods: resource.methods.map(method => methodWith(method, column)),
    parents: parentsWith(resource, names),
  }
}

function methodWith(method: Method, column: Column): Method {
  const { values, about } = column
  const param: Param = {
    name: PROFILE,
    in: 'profile',
    type: 'string',
    required: true,
    ...(method.verb !== 'exec' && { column: PROFILE, filter: 'exact' as const }),
    ...(values && { values }),
    ...(about && { about }),
  }
  return {
    ...method,
    params: [...method.params, param],
    ...(method.columns && { columns: [...method.columns, column] }),
  }
}

/** The profile comes from the first parent without which no list can be asked for; else from the list of profiles. */
function parentsWith({ methods, parents = [] }: Resource, names: readonly string[]): readonly Parent[] {
  const selects = methods.filter(m => m.verb === 'select')
  const isRequired = (key: string): boolean =>
    selects.every(m => m.params.every(p => p.column !== key || p.required || p.in === 'host'))
  const first = parents.find(p => 'table' in p && Object.keys(p.keys).every(isRequired))
  return first && 'table' in first
    ? parents.map(p => (p === first ? { ...first, keys: { ...first.keys, [PROFILE]: PROFILE } } : p))
    : [...parents, { key: PROFILE, values: names }]
}
