import { readSource } from './source-file.ts'
import {
  type SettlingSource,
  type KeyPath,
  type Parsed,
  parseSource,
  type ProviderSource,
  type ResourceSource,
  type ServiceSource,
} from './format.ts'
import type { CompiledService } from '../sources/compiled.ts'
import { compileHost } from './compile-hosts.ts'
import { compileMethod, type Surroundings, variableColumn } from './methods.ts'
import { methodKey } from '../names.ts'
import { keyPart } from '../keys.ts'
import { givenOf, parentsOf, type OuterParents } from './parents.ts'
import { columnsOf, type NamedShape, type NamedShapes, shapeAt, shapeOf } from './shapes.ts'
import type { Column, Method, Provider, Resource, Settling, Shape, Verb } from '../types.ts'

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
      ...(view.columns && { columns: view.columns }),
      ...(view.nulls && { nulls: view.nulls }),
      ...(view.defaults && { defaults: view.defaults }),
      ...(view.synonyms && { synonyms: view.synonyms }),
    })),
    ...(source.synonyms && { synonyms: source.synonyms }),
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
  const columns = [...columnsOf(source.columns, [...path, 'columns'], outer.types, outer.wrong)]
  columns.push(...hostColumns(host, columns, outer))
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
  const unsupported = Object.entries(source.unsupported ?? {}).map(
    ([unsupportedName, { sql, call, reason }]) => ({ name: unsupportedName, verb: sql, call, reason }),
  )
  const clash = unsupported.find(u => keys.has(methodKey(u.name)))
  if (clash) throw outer.wrong([...path, 'unsupported', clash.name], 'there is a method of this name')
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
    ...(unsupported.length > 0 && { unsupported }),
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

/** The input columns for the base URL, if the resource's host takes it as a parameter, and for the variables of that URL. */
function hostColumns(host: string, own: readonly Column[], { hosts }: Pick<Surroundings, 'hosts'>): Column[] {
  const source = Object.hasOwn(hosts, host) ? hosts[host] : undefined
  const { url_param: name, about } = source ?? {}
  const variables = Object.entries(source?.variables ?? {}).map(
    ([variable, { about: text, values }]): Column => ({
      name: variableColumn(variable, own),
      type: 'string',
      isInput: true,
      isHidden: true,
      ...(values && { values }),
      ...(text && { about: text }),
    }),
  )
  const url: Column[] =
    name === undefined ? [] : [{ name, type: 'string', isInput: true, ...(about && { about }) }]
  return [...url, ...variables]
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
    method => method.verb === 'select' && method.params.some(param => param.column === keyPart(column.name)),
  )
  if (!isUsed) throw wrong(path(), 'is an input column, but no parameter of a select selects by it')
}

function namedShapes(types: ProviderSource['types'], wrong: NamedShape['wrong']): NamedShapes {
  return new Map(Object.entries(types ?? {}).map(([name, source]) => [name, { source, wrong }]))
}
