import { planDescribe } from './describe.ts'
import { isLike } from './like.ts'
import { listing, type Rows } from './listing.ts'
import { allTables, hasLike, sessionTables } from './show-tables.ts'
import type { Catalog, Method, Provider, Resource } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import { nameText } from '../../sql/operators.ts'
import type { Source } from '../../sql/query.ts'
import type { Name, PathItem, Statement } from '../../sql/statement.ts'
import type { PlanContext } from '../context.ts'
import { sourcesOf } from '../key-sources.ts'
import {
  didYouMean,
  findResource,
  fullName,
  optionalOf,
  requiredOf,
  spanOf,
  targetResource,
  insteadOfProvider,
} from '../names.ts'
import type { RowsPlan } from '../plan.ts'

type Show = Extract<Statement, { kind: 'show' }>
type Describe = Extract<Statement, { kind: 'describe' }>

/**
 * Plans SHOW and DESCRIBE from the catalog alone; undefined for the columns of a table or view, which only its query
 * can tell (`describeTable`), and for SHOW MATCHES, which reads those of views (`planMatches`). `version`: of the program.
 */
export function planListing(
  s: Show | Describe,
  source: Source,
  context: PlanContext,
  version?: () => string,
): RowsPlan | undefined {
  if (s.kind === 'describe') return planDescribe(s, source, context)
  if (s.what === 'VERSION') return listing(['version'], [[version?.() ?? null]])
  // of SQLite, which evaluates statements: each sees what those before it changed
  if (s.what === 'TRANSACTION') return listing(['transaction_isolation'], [['serializable']])
  return s.what === 'MATCHES' ? undefined : planShow(s, source, context)
}

/** StackQL's columns in StackQL's order, further columns after them. */
function planShow(s: Show, source: Source, context: PlanContext): RowsPlan | undefined {
  const like = s.like && source.tokens[s.like.from]!.value
  const keep = (rows: Rows): Rows =>
    like === undefined ? rows : rows.filter(r => isLike(String(r[0]), like))
  const { catalog } = context
  if (s.what === 'REGISTRY') return showRegistry(s, source, context)
  if (s.what === 'PROVIDERS')
    return listing(
      ['name', 'version', 'title'],
      keep(catalog.providers().map(p => [p.name, p.version, p.title])),
    )
  if (s.what === 'SERVICES') {
    const { provider } = findScope(s.target, 1, source, context)
    const rows = keep(provider.services.map(v => [v.name, v.name, v.title, v.about ?? null])).map(r =>
      s.extended ? r : r.slice(0, 3),
    )
    return listing(s.extended ? ['id', 'name', 'title', 'description'] : ['id', 'name', 'title'], rows)
  }
  const views = s.what === 'RESOURCES' ? viewsOfProvider(s.target, context) : undefined
  if (views) return listing(['name', 'id', 'description'], keep(views))
  if (s.what === 'RESOURCES') {
    const { provider, service } = findScope(s.target, 2, source, context)
    const serviceViews = [...context.views.values()].filter(v =>
      v.name.startsWith(`${provider.name}.${service}.`),
    )
    const all = [...catalog.service(provider.name, service)!.values()].sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )
    const listed = [
      ...all.map(r => [r.name, fullName(r), r.summary]),
      ...serviceViews.map(v => [v.name.split('.')[2]!, v.name, `view: ${v.summary ?? ''}`]),
    ]
    return listing(['name', 'id', 'description'], keep(listed))
  }
  if (s.what === 'TABLES' && s.target)
    findScope(s.target, Math.min(2, s.target.parts.length), source, context)
  if (s.what === 'TABLES') {
    const all =
      s.target || like !== undefined || context.provider === undefined
        ? allTables(s.target?.parts ?? [], context)
        : [...allTables([context.provider], context), ...sessionTables(context)]
    const found = like === undefined ? all : all.filter(r => hasLike(r, like, context))
    return listing(['table', 'type', 'summary'], found)
  }
  if (s.what === 'COLUMNS')
    return planDescribe(
      { kind: 'describe', method: false, extended: s.extended, target: requireTarget(s.target, 3, source) },
      source,
      context,
    )
  const resource = targetResource(requireTarget(s.target, 3, source), source, context)
  if (s.what === 'INSERT') return listing(['insert_statement'], [[insertTemplate(resource, s, source)]])
  return showMethods(resource, s.extended, keep)
}

/** REGISTRY LIST: the providers that are there, as StackQL lists those of its registry. */
function showRegistry({ target }: Show, source: Source, context: PlanContext): RowsPlan {
  const rowOf = (p: Provider): [string, string] => [p.name, p.version]
  if (!target) return listing(['provider', 'version'], context.catalog.providers().map(rowOf))
  const { provider } = findScope(target, 1, source, { ...context, provider: undefined })
  return listing(['provider', 'versions'], [rowOf(provider)])
}

/** The views that belong to a provider itself, if the target is a provider. */
function viewsOfProvider(
  target: Name | undefined,
  { catalog, views, provider: current }: PlanContext,
): string[][] | undefined {
  const [name, ...more] = target?.parts ?? []
  const provider =
    name === undefined || more.length > 0 || (current !== undefined && catalog.service(current, name))
      ? undefined
      : catalog.provider(name)
  return (
    provider
    && [...views.values()]
      .filter(v => v.name.startsWith(`${provider.name}.`) && v.name.split('.').length === 2)
      .map(v => [v.name.split('.')[1]!, v.name, `view: ${v.summary ?? ''}`])
  )
}

function showMethods(resource: Resource, extended: boolean, keep: (rows: Rows) => Rows): RowsPlan {
  const unsupported = (extended ? (resource.unsupported ?? []) : []).map(u => [
    u.name,
    '',
    u.verb.toUpperCase(),
    '',
    'unsupported',
    `${u.call} cannot be called: ${u.reason}`,
  ])
  const supported = resource.methods.map(m => [
    m.name,
    requiredOf(m).join(', '),
    m.verb.toUpperCase(),
    optionalOf(m).join(', '),
    m.stage ?? null,
    (m.about ?? `${m.http} ${m.path}`) + (m.verb === 'select' ? sourcesOf(resource, requiredOf(m), [m]) : ''),
  ])
  const rows = [...supported, ...unsupported]
  const names = ['MethodName', 'RequiredParams', 'SQLVerb', 'OptionalParams', 'stage', 'description']
  return listing(
    extended ? names : names.slice(0, 4),
    keep(rows).map(r => (extended ? r : r.slice(0, 4))),
  )
}

/** The target of SHOW. @throws ConfluentqlError SYNTAX if it is missing */
function requireTarget(target: Name | undefined, parts: number, source: Source): Name {
  if (target) return target
  const [form, hint] = [
    ['provider', 'SHOW PROVIDERS lists them'],
    ['provider.service', 'SHOW SERVICES IN provider lists them'],
    ['provider.service.resource', 'SHOW TABLES lists them'],
  ][parts - 1]!
  const end = source.tokens.at(-1)
  throw new ConfluentqlError('SYNTAX', `add IN ${form}`, {
    ...(hint !== undefined && { hint }),
    ...(end && { span: { start: end.start, end: end.end } }),
  })
}

/** Finds the provider, and with two parts the service, that SHOW names. */
function findScope(
  target: Name | undefined,
  parts: number,
  source: Source,
  context: PlanContext,
): { provider: NonNullable<ReturnType<Catalog['provider']>>; service: string } {
  const { catalog, provider: current } = context
  const full = !target && parts === 1 && current ? [current] : requireTarget(target, parts, source).parts
  const names = current && full.length === parts - 1 ? [current, ...full] : full
  const span = target && { span: spanOf(source, target.range) }
  const provider = catalog.provider(names[0] ?? '')
  if (!provider) {
    const known = catalog.providers().map(p => p.name)
    throw new ConfluentqlError('UNKNOWN_NAME', `no provider "${names[0]}"${didYouMean(names[0]!, known)}`, {
      ...span,
      hint: insteadOfProvider(names[0]!, catalog),
    })
  }
  if (names.length !== parts)
    throw new ConfluentqlError(
      'UNKNOWN_NAME',
      `"${full.join('.')}" has ${names.length} parts, not ${parts}`,
      { ...span, hint: describingStatement(names) },
    )
  const service = names[1] ?? ''
  if (parts === 2 && !catalog.service(provider.name, service))
    findResource(context, [provider.name, service, ''], span?.span)
  return { provider, service }
}

/** The statement that describes a name of that many parts. */
function describingStatement(names: readonly string[]): string {
  const name = names.join('.')
  if (names.length === 2) return `SHOW RESOURCES IN ${name} lists the tables of a service`
  if (names.length === 3)
    return `DESCRIBE ${name} lists the columns of a table, SHOW METHODS IN ${name} its methods`
  return names.length === 4 ? `DESCRIBE METHOD ${name} describes a method` : 'SHOW TABLES lists the tables'
}

/** An INSERT to fill in: of the columns that SHOW names, of those that are required, or of all. */
function insertTemplate(resource: Resource, s: Show, source: Source): string {
  const target = s.target!
  const methods = resource.methods.filter(m => m.verb === 'insert')
  const [first] = methods
  if (!first)
    throw new ConfluentqlError('UNSUPPORTED', `${fullName(resource)} has no INSERT`, {
      span: spanOf(source, target.range),
    })
  const named = s.columns && namedColumns(s.columns, methods, source)
  const { method, names } = named ?? {
    method: first,
    names: templateColumns(first, s.hints.includes('REQUIRED')),
  }
  const values = names.map(n => `:${n.replace(/\W/g, '_')}`)
  return `INSERT INTO ${fullName(resource)} (${names.map(quotePath).join(', ')}) VALUES (${values.join(', ')})${method.rows ? ` RETURNING ${['*', ...(method.once ?? [])].join(', ')}` : ''};`
}

function templateColumns(method: Method, requiredOnly: boolean): readonly string[] {
  const required = requiredOf(method)
  // A statement without columns would not be valid.
  return requiredOnly && required.length > 0 ? required : [...required, ...optionalOf(method)]
}

/** The columns that SHOW INSERT names, in the spelling of the method that has them all. @throws ConfluentqlError UNKNOWN_NAME */
function namedColumns(
  columns: readonly PathItem[],
  methods: readonly Method[],
  source: Source,
): { method: Method; names: readonly string[] } {
  const known = methods.map(method => ({ method, names: [...requiredOf(method), ...optionalOf(method)] }))
  const spelling = (item: PathItem, names: readonly string[]): string | undefined =>
    names.find(n => n.toLowerCase() === item.path.join('.').toLowerCase())
  for (const { method, names } of known) {
    const found = columns.map(item => spelling(item, names))
    if (found.every(name => name !== undefined)) return { method, names: found }
  }
  const all = [...new Set(known.flatMap(k => k.names))]
  const unknown = columns.find(item => !spelling(item, all)) ?? columns[0]!
  const name = unknown.path.join('.')
  throw new ConfluentqlError('UNKNOWN_NAME', `INSERT has no column "${name}"${didYouMean(name, all)}`, {
    span: spanOf(source, unknown.range),
    hint: `columns: ${all.join(', ')}`,
  })
}

/** A dotted name, its parts quoted where necessary. */
function quotePath(name: string): string {
  return name.split('.').map(nameText).join('.')
}
