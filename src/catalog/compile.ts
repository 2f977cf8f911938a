import { readSource } from './source-file.ts'
import {
  type SettlingSource,
  type HostSource,
  type KeyPath,
  type Parsed,
  parseSource,
  type ProviderSource,
  type ResourceSource,
  type ServiceSource,
} from './format.ts'
import type { CompiledService } from './compiled.ts'
import { compileMethod, type Surroundings } from './methods.ts'
import { isFreeHeader } from './headers.ts'
import { methodKey } from './names.ts'
import { givenOf, parentsOf, type OuterParents } from './parents.ts'
import { columnsOf, type NamedShape, type NamedShapes, shapeAt, shapeOf } from './shapes.ts'
import type { Column, Host, Method, Provider, Resource, Settling, Shape, Verb } from './types.ts'

const verbs: readonly Verb[] = ['select', 'insert', 'update', 'replace', 'delete', 'exec']

/** Reads and checks a provider.yaml. */
export function parseProvider(file: string): Parsed<ProviderSource> {
  return parseSource(file, readSource(file), 'provider')
}

/** Compiles a provider. */
export function compileProvider({ source, wrong }: Parsed<ProviderSource>): Provider {
  const hosts = Object.entries(source.hosts).map(
    ([name, host]) => [name, compileHost(name, host, wrong)] as const,
  )
  if (!Object.hasOwn(source.hosts, source.host)) throw wrong(['host'], `there is no host ${source.host}`)
  const types = namedShapes(source.types, wrong)
  for (const [name, type] of types) shapeOf(type.source, ['types', name], types, wrong)
  return {
    name: source.provider,
    title: source.title,
    version: source.version,
    hosts: Object.fromEntries(hosts),
    services: Object.entries(source.services).map(([name, service]) => ({ name, ...service })),
    views: Object.entries(source.views ?? {}).map(([name, view]) => ({
      name: `${source.provider}.${name}`,
      summary: view.summary,
      sql: view.sql.trim(),
    })),
    ...(source.instead && { instead: source.instead }),
  }
}

/** Compiles a service. `file` is for messages, `text` is its YAML. */
export function compileService(
  file: string,
  text: string,
  provider: Parsed<ProviderSource>,
): CompiledService {
  return compileParsed(parseSource(file, text, 'service'), provider)
}

/** Compiles a service whose file is read and checked. */
export function compileParsed(
  { source, wrong }: Parsed<ServiceSource>,
  provider: Parsed<ProviderSource>,
): CompiledService {
  const types = new Map([
    ...namedShapes(provider.source.types, provider.wrong),
    ...namedShapes(source.types, wrong),
  ])
  const around = {
    types,
    paging: provider.source.paging ?? {},
    queryBodies: source.query_bodies ?? {},
    hosts: provider.source.hosts,
    host: source.host ?? provider.source.host,
    wrong,
    parents: { provider: provider.source, service: source.parents },
  }
  const resources = Object.entries(source.resources).map(([name, resource]) =>
    compileResource(name, resource, { provider: provider.source.provider, service: source.service }, around),
  )
  return { service: source.service, resources }
}

function compileResource(
  name: string,
  source: ResourceSource,
  of: { provider: string; service: string },
  outer: Omit<Surroundings, 'columns'> & { parents: OuterParents },
): Resource {
  const path = ['resources', name]
  const host = source.host ?? outer.host
  const columns = [
    ...columnsOf(source.columns, [...path, 'columns'], outer.types, outer.wrong),
    ...hostColumns(host, outer),
  ]
  const around = { ...outer, columns, host }
  const keys = new Map<string, string>()
  const methods = Object.entries(source.methods).map(([methodName, method]) => {
    const here = [...path, 'methods', methodName]
    const duplicate = keys.get(methodKey(methodName))
    if (duplicate !== undefined)
      throw outer.wrong(here, `differs from ${duplicate} by case and underscores alone`)
    keys.set(methodKey(methodName), methodName)
    return compileMethod(methodName, method, here, around)
  })
  for (const column of columns) checkInput(column, methods, () => [...path, 'columns', column.name], outer)
  methods.sort((a, b) => verbs.indexOf(a.verb) - verbs.indexOf(b.verb))
  const settles = source.settles && settlingOf(source.settles, [...path, 'settles'], columns, outer)
  const parents = parentsOf(source.parents, [...path, 'parents'], methods, outer)
  return {
    ...of,
    name,
    summary: source.summary,
    columns,
    ...(settles && { settles }),
    ...(parents.length > 0 && { parents }),
    ...(source.given && { given: givenOf(source.given, [...path, 'given'], methods, parents, outer.wrong) }),
    methods,
  }
}

/** Defaults in seconds: between two reads, and until giving up. */
const DEFAULT_INTERVAL = 5
const DEFAULT_TIMEOUT = 1800

function settlingOf(
  source: SettlingSource,
  path: KeyPath,
  columns: readonly Column[],
  { wrong }: { wrong: NamedShape['wrong'] },
): Settling {
  const { phase, done, failed = [], message, every = DEFAULT_INTERVAL, timeout = DEFAULT_TIMEOUT } = source
  for (const [key, column] of Object.entries({ phase, message })) {
    const shape = column === undefined ? undefined : shapeAt(columns, column)
    if (column !== undefined && (shape === undefined || shape === 'open' || shape.type !== 'string'))
      throw wrong([...path, key], `${column} is no column of texts`)
  }
  const known = (shapeAt(columns, phase) as Shape).values
  const unknown = known && [...done, ...failed].find(value => !known.includes(value))
  if (unknown !== undefined)
    throw wrong(path, `${unknown} is none of the values of ${phase}: ${known!.join(', ')}`)
  return { phase, done, failed, ...(message !== undefined && { message }), every, timeout }
}

/** The input column for the base URL, if the resource's host takes it as a parameter. */
function hostColumns(host: string, { hosts }: Pick<Surroundings, 'hosts'>): Column[] {
  const { url_param: name, about } = (Object.hasOwn(hosts, host) ? hosts[host] : undefined) ?? {}
  return name === undefined ? [] : [{ name, type: 'string', isInput: true, ...(about && { about }) }]
}

/** Refuses an input column without a parameter, which would always be NULL. */
function checkInput(
  column: Column,
  methods: readonly Method[],
  path: () => string[],
  { wrong }: { wrong: NamedShape['wrong'] },
): void {
  if (!column.isInput || !methods.some(method => method.verb === 'select')) return
  const isUsed = methods.some(
    method => method.verb === 'select' && method.params.some(param => param.column === column.name),
  )
  if (!isUsed) throw wrong(path(), 'is an input column, but no parameter of a select selects by it')
}

function compileHost(name: string, source: HostSource, wrong: NamedShape['wrong']): Host {
  const {
    url,
    url_env: urlEnv,
    url_param: urlParam,
    token_env: tokenEnv,
    probe,
    quota,
    places,
    kind,
    domains,
    resource,
    environment,
    exchange,
    oauth,
    auth,
  } = source
  if (url !== undefined && !isAllowedUrl(url)) {
    throw wrong(
      ['hosts', name, 'url'],
      'must be https, or http on 127.0.0.1, without a user, a query or a fragment',
    )
  }
  if (exchange !== undefined && /\/\.{1,2}(\/|$)/.test(exchange))
    throw wrong(['hosts', name, 'exchange'], 'a path takes no . and no ..')
  const unknown = [...(probe ?? '').matchAll(/:(\w+)/g)].find(([, variable]) => !variable!.endsWith('_ID'))
  if (unknown)
    throw wrong(
      ['hosts', name, 'probe'],
      `takes ids from variables, which end with _ID, and no ${unknown[1]}`,
    )
  const taken = Object.entries(oauth ?? {}).find(([, header]) => !isFreeHeader(header))
  if (taken) throw wrong(['hosts', name, 'oauth', taken[0]], `${taken[1]} is a header that it may not be`)
  return {
    name,
    url: (url ?? '').replace(/\/+$/, ''),
    ...(urlParam && { urlParam }),
    ...(urlEnv && { urlEnv }),
    ...(tokenEnv && { tokenEnv }),
    ...(probe && { probe }),
    ...(quota && { quota }),
    ...(places && { places }),
    ...(kind && { kind }),
    ...(domains && { domains }),
    ...(resource && {
      resource: { params: resource.params, ...(resource.id_env && { idEnv: resource.id_env }) },
    }),
    ...(environment && { environment }),
    ...(exchange && { exchange }),
    ...(oauth && { oauth }),
    auth:
      auth.kind === 'none'
        ? { kind: 'none' }
        : { kind: 'basic', userEnv: auth.user_env, passwordEnv: auth.password_env },
  }
}

function isAllowedUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return false
  return (
    url.protocol === 'https:'
    || (url.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname))
  )
}

function namedShapes(types: ProviderSource['types'], wrong: NamedShape['wrong']): NamedShapes {
  return new Map(Object.entries(types ?? {}).map(([name, source]) => [name, { source, wrong }]))
}
