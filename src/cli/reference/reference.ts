import { variablesOf } from '../../catalog/credentials.ts'
import type {
  Catalog,
  Column,
  Host,
  Method,
  Param,
  Provider,
  Resource,
  ServiceInfo,
} from '../../catalog/types.ts'
import { methodInputColumns } from '../../plan/access/covers.ts'
import { columnTable } from './columns.ts'
import { columnOf, examplesOf } from '../../plan/statements/examples.ts'
import { cell, code, count, sentence, table } from './markdown.ts'
import { columnsOfViews, viewSections, viewTable, type ViewColumns } from './views.ts'

const GENERATED = 'Made by npm run docs from the provider files; change those.'

/**
 * The pages of the reference of some providers of a catalog: file below the folder of the reference → text.
 * @param origin what made them, a sentence for a comment
 */
export async function referencePages(
  catalog: Catalog,
  providers: readonly Provider[] = catalog.providers(),
  origin = GENERATED,
): Promise<Map<string, string>> {
  const comment = `<!-- ${origin} -->`
  const columns = await columnsOfViews(
    catalog,
    providers.flatMap(p => p.views ?? []),
  )
  const pages = new Map([['README.md', indexPage(catalog, providers, columns, comment)]])
  for (const provider of providers) {
    for (const service of provider.services) {
      pages.set(pageOf(provider, service), servicePage(catalog, provider, service, comment))
    }
  }
  return pages
}

/** The page of a service, whose name may have any characters. */
function pageOf(provider: Provider, service: ServiceInfo): string {
  return `${provider.name}/${encodeURIComponent(service.name)}.md`
}

function resourcesOf(catalog: Catalog, provider: Provider, service: ServiceInfo): Resource[] {
  return [...(catalog.service(provider.name, service.name)?.values() ?? [])].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )
}

function page(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}

function indexPage(
  catalog: Catalog,
  providers: readonly Provider[],
  columns: ViewColumns,
  comment: string,
): string {
  return page(
    [
      '# Reference',
      '',
      comment,
      '',
      'A page for each service: its tables with their columns, the methods behind them, and a statement for each method.',
      '',
      '- In examples `:name` stands for a value: `confluentql -v name=value "…"`.',
      '- *input* marks a column that holds the value of the condition by which the row was asked for; most are not in the answer of the API.',
      '- *secret* marks a value that is masked in output.',
      '- Lists of known values are open: the API may send others.',
      '- Object columns take dotted paths in every clause: `spec.owner.id`. `x[].y` is a field of the elements of an array.',
      '',
      ...providers.flatMap(provider => providerIndex(catalog, provider, columns)),
    ].slice(0, -1),
  )
}

function providerIndex(catalog: Catalog, provider: Provider, columns: ViewColumns): string[] {
  const services = provider.services.map(service => ({
    service,
    resources: resourcesOf(catalog, provider, service),
  }))
  const methods = services.flatMap(({ resources }) => resources.flatMap(resource => resource.methods))
  const resources = services.flatMap(one => one.resources)
  const views = provider.views ?? []
  return [
    `## ${provider.name}: ${provider.title}`,
    '',
    `${count(services.length, 'service')}, ${count(resources.length, 'resource')}, ${count(methods.length, 'method')}${views.length > 0 ? `, ${count(views.length, 'view')}` : ''}.`,
    '',
    ...table(
      ['service', 'about', 'resources', 'methods'],
      services.map(({ service, resources: own }) => [
        `[${service.name}](${encodeURI(pageOf(provider, service))})`,
        cell(service.about ?? service.title),
        own
          .map(resource => `[${resource.name}](${encodeURI(pageOf(provider, service))}#${resource.name})`)
          .join(', '),
        String(own.reduce((n, resource) => n + resource.methods.length, 0)),
      ]),
    ),
    '',
    ...(views.length === 0
      ? []
      : ['Ready-made views:', '', ...viewTable(views, ''), '', ...viewSections(views, columns)]),
  ]
}

function servicePage(catalog: Catalog, provider: Provider, service: ServiceInfo, comment: string): string {
  const resources = resourcesOf(catalog, provider, service)
  const hosts = new Set(resources.flatMap(resource => resource.methods.map(method => method.host)))
  const views = (provider.views ?? []).filter(view =>
    view.name.startsWith(`${provider.name}.${service.name}.`),
  )
  return page(
    [
      `# ${provider.name}.${service.name}: ${service.title}`,
      '',
      comment,
      '',
      ...(service.about
        ? [`${sentence(service.about)} [All services](../README.md)`, '']
        : ['[All services](../README.md)', '']),
      ...[...hosts].flatMap(name => hostLines(provider.hosts[name])),
      '',
      ...table(
        ['resource', 'about', 'SQL'],
        resources.map(resource => [
          `[${resource.name}](#${resource.name})`,
          cell(resource.summary),
          [...new Set(resource.methods.map(method => method.verb.toUpperCase()))].join(', '),
        ]),
      ),
      '',
      ...(views.length === 0 ? [] : [...viewTable(views, '../README.md'), '']),
      ...resources.flatMap(resourceLines),
    ].slice(0, -1),
  )
}

/** Where requests go, and with which key. */
function hostLines(host: Host | undefined): string[] {
  if (!host) return []
  const { auth, tokenEnv, urlEnv, urlParam, url } = host
  const places = [urlParam && code(urlParam), urlEnv && code(urlEnv), 'a profile', url && code(url)].filter(
    Boolean,
  )
  const key =
    auth.kind !== 'none'
      ? `${variablesOf({ auth }).map(code).join(' and ')}, or a profile`
      : tokenEnv
        ? code(tokenEnv)
        : 'none'
  return [`- Base URL (host ${code(host.name)}): ${places.join(', else ')}`, `- Key: ${key}`]
}

function resourceLines(resource: Resource): string[] {
  return [
    `## ${resource.name}`,
    '',
    sentence(resource.summary),
    '',
    ...columnTable(resource),
    '',
    ...table(
      ['method', 'SQL', 'needs', 'takes', 'call'],
      resource.methods.map(method => methodRow(method, resource)),
    ),
    '',
    ...aboutLines(resource),
    ...parentLines(resource),
    ...unsupportedLines(resource),
    '```sql',
    ...examplesOf(resource)
      .map(({ method, sql }) => `-- ${method.name}\n${sql}`)
      .join('\n\n')
      .split('\n'),
    '```',
    '',
  ]
}

/** Where a SELECT takes the keys from that it does not give, and which it must give. */
function parentLines({ parents = [], given = {} }: Resource): string[] {
  const sources = parents.flatMap(parent =>
    'key' in parent
      ? [`${code(parent.key)} takes each of ${parent.values.map(code).join(', ')}`]
      : Object.entries(parent.keys).map(
          ([key, column]) => `${code(key)} from ${code(`${parent.table}.${column}`)}`,
        ),
  )
  const reasons = Object.entries(given).map(([key, reason]) => `${code(key)} (${reason})`)
  return [
    ...(sources.length === 0 ? [] : [`Keys that a SELECT does not give: ${sources.join(', ')}.`, '']),
    ...(reasons.length === 0 ? [] : [`A SELECT must give ${reasons.join(', ')}.`, '']),
  ]
}

/** The methods that cannot be called. */
function unsupportedLines({ unsupported = [] }: Resource): string[] {
  if (unsupported.length === 0) return []
  return [
    'These methods cannot be called:',
    '',
    ...table(
      ['method', 'SQL', 'call', 'reason'],
      unsupported.map(({ name, verb, call, reason }) => [
        code(name),
        verb.toUpperCase(),
        code(call),
        cell(reason),
      ]),
    ),
    '',
  ]
}

function methodRow(method: Method, resource: Resource): string[] {
  const paramText = (param: Param): string => textOf(param, resource)
  const fields = method.body?.fields ?? []
  const needs = [
    ...method.params.filter(param => param.required).map(paramText),
    ...fields.filter(field => field.required).map(field => code(field.path)),
  ]
  const takes = [
    ...method.params.filter(param => !param.required).map(paramText),
    ...fields.filter(field => !field.required).map(field => code(field.path)),
  ]
  const fixed = Object.entries(method.query ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  return [
    `${code(method.name)}${method.stage ? ` *${method.stage}*` : ''}`,
    method.verb.toUpperCase(),
    needs.join(', '),
    takes.join(', '),
    code(`${method.http} ${method.path}${fixed === '' ? '' : `?${fixed}`}`),
  ]
}

/** A parameter, with the column it selects by where that has another name. */
function textOf(param: Param, resource: Resource): string {
  const column = columnOf(param, resource)
  return column === param.name ? code(column) : `${code(param.name)} (by ${code(column)})`
}

function servesText(resource: Resource, method: Method, columns: readonly Column[]): string {
  const repeated = methodInputColumns(method, resource).map(column => code(column.name))
  const where =
    repeated.length > 0
      ? `; ${repeated.join(' and ')} only where the statement gives ${repeated.length > 1 ? 'them' : 'it'}`
      : ''
  return `- ${code(method.name)} serves statements that use only ${columns
    .filter(column => !column.isHidden)
    .map(column => code(column.name))
    .join(', ')}${where}.`
}

function aboutLines(resource: Resource): string[] {
  const notes = resource.methods.flatMap(method => [
    ...(method.about ? [`- ${code(method.name)}: ${sentence(method.about)}`] : []),
    ...(method.verb === 'select' && method.columns ? [servesText(resource, method, method.columns)] : []),
  ])
  return notes.length === 0 ? [] : [...notes, '']
}
