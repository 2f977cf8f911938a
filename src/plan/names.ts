import { closest } from '../catalog/names.ts'
import type { Catalog, Method, Resource } from '../catalog/types.ts'
import { ConfluentqlError, type Span } from '../errors.ts'
import { isOp, isWord } from '../sql/lexer.ts'
import type { Range, Source } from '../sql/query.ts'
import type { Name } from '../sql/statement.ts'
import type { PlanContext, View } from './context.ts'
import { insteadOfTable } from './instead.ts'
import { offerTables } from './suggestions.ts'

/** The table that keeps the views of the session, beside its other tables: with --db FILE in that file. */
export const VIEWS_TABLE = 'confluentql_views'

/** The table that keeps the shapes of columns of snapshots, as JSON. */
export const SHAPES_TABLE = 'confluentql_shapes'

/** The SQL function for the text that a text of a time is compared as; other values are unchanged. No user's function has such a name. */
export const INSTANT = 'instant~'
/** SQL functions for min and max of times: that text with the original behind it, and the original. */
export const [TIME_KEY, TIME_OF_KEY] = ['time_key~', 'time_of_key~'] as const
/** The SQL function that rejects a text that is no time. */
export const ONLY_TIME = 'only_time~'
/** The SQL function that rejects any number of rows but one; its other argument is the query that gives them. */
export const ONE_ROW = 'one_row~'
/** The SQL function that rejects a text that is not a number. */
export const ONLY_NUMBER = 'only_number~'
/** The SQL function that rejects a text beside a number; its other arguments are the expression, and 1 if only a text of digits is wrong. */
export const NO_TEXT = 'no_text~'
/** The SQL function that remembers a text beside a number, for a notice. */
export const SEEN_TEXT = 'seen_text~'
/** The SQL function that rejects a boolean; its other arguments are its JSON, the expression, and what it becomes: `text` or `json`. */
export const NO_BOOLEAN = 'no_boolean~'
/** The SQL function that remembers a boolean, for a notice; its other arguments are its JSON and the index of the notice. */
export const SEEN_BOOLEAN = 'seen_boolean~'

/** The span of a range of tokens in its text. */
export function spanOf(source: Source, range: Range): Span {
  const first = source.tokens[range.from] ?? source.tokens.at(-1)
  const last = source.tokens[Math.max(range.from, range.to - 1)] ?? first
  return { start: first?.start ?? 0, end: last?.end ?? 0 }
}

/** The text of a range of tokens as written. */
export function writtenText(source: Source, range: Range): string {
  const { start, end } = spanOf(source, range)
  return source.text.slice(start, end)
}

/** `; did you mean "x"?` or nothing. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const found = closest(name, [...candidates])
  return found === undefined ? '' : `; did you mean "${found}"?`
}

/** Full dotted name of a resource. */
export function fullName(r: Resource): string {
  return `${r.provider}.${r.service}.${r.name}`
}

/**
 * Finds a resource by its three parts.
 * @throws ConfluentqlError UNKNOWN_NAME that says which part is wrong, the closest name, and what lists the others.
 */
export function findResource(context: PlanContext, parts: readonly string[], span?: Span): Resource {
  const { catalog } = context
  const [provider = '', service = '', resource = ''] = parts
  const found = catalog.resource(provider, service, resource)
  if (found) return found
  const column = columnInstead(parts, context)
  if (column)
    throw new ConfluentqlError('UNKNOWN_NAME', column.message, { hint: column.hint, ...(span && { span }) })
  const detail = (hint: string) => ({ hint, ...(span && { span }) })
  const p = catalog.provider(provider)
  if (!p) {
    const names = catalog.providers().map(x => x.name)
    throw new ConfluentqlError(
      'UNKNOWN_NAME',
      `no provider "${provider}"${didYouMean(provider, names)}`,
      detail(insteadOfProvider(provider, catalog)),
    )
  }
  const s = catalog.service(provider, service)
  if (!s) {
    const names = p.services.map(x => x.name)
    throw new ConfluentqlError(
      'UNKNOWN_NAME',
      `no service "${service}" in ${p.name}${didYouMean(service, names) || offerTables(parts, context)}`,
      detail(`SHOW SERVICES IN ${p.name} lists them`),
    )
  }
  const names = [...s.keys()]
  throw new ConfluentqlError(
    'UNKNOWN_NAME',
    `no resource "${resource}" in ${p.name}.${service}${didYouMean(resource, names) || offerTables(parts, context)}`,
    detail(
      insteadOfTable(provider, service, resource, catalog)
        ?? `SHOW RESOURCES IN ${p.name}.${service} lists them`,
    ),
  )
}

/** The error for a name after IN that is no table: a mistake, or POSITION(a IN b) of other databases. */
export function unknownAfterIn(source: Source, name: Range): ConfluentqlError {
  const { tokens } = source
  const span = spanOf(source, name)
  const written = writtenText(source, name)
  const text = tokens[name.from - 2]
  const isPosition = isWord(tokens[name.from - 4], 'POSITION') && isOp(tokens[name.from - 3], '(') && text
  return new ConfluentqlError('UNKNOWN_NAME', `no table "${written}"`, {
    span,
    hint: isPosition
      ? `write instr(${written}, ${text.text}) for position(${text.text} IN ${written})`
      : 'IN takes values in brackets, or a query: IN (SELECT column FROM provider.service.resource)',
  })
}

/** The error for an unknown table: it suggests resources with that last part, or else the closest table or view of the session. */
export function unknownTable(parts: readonly string[], context: PlanContext, span: Span): ConfluentqlError {
  const { catalog, provider } = context
  const name = parts.join('.')
  const wanted = parts.at(-1)!.toLowerCase()
  const container = containerNamed(parts, catalog, provider)
  const offered = offerTables(parts, context)
  if (container && !offered.toLowerCase().includes(`.${wanted}`))
    return new ConfluentqlError('UNKNOWN_NAME', `"${name}" is a ${container.kind}, not a table`, {
      span,
      hint: container.hint,
    })
  const column = columnInstead(parts, context)
  if (column) return new ConfluentqlError('UNKNOWN_NAME', column.message, { span, hint: column.hint })
  const foreign = parts.length === 1 ? context.validator.foreignView(name) : undefined
  if (foreign !== undefined)
    return new ConfluentqlError('UNKNOWN_NAME', `"${name}" is a view of another program, and is not read`, {
      span,
      hint: `define it here as well, once: ${foreign.replaceAll(/\s+/g, ' ')}`,
    })
  return new ConfluentqlError('UNKNOWN_NAME', `no table "${name}"${offered}`, {
    span,
    hint:
      wanted === 'exec'
        ? 'write the call in brackets: FROM (EXEC provider.service.resource.method @name = value)'
        : /^(?:pg_|stackql_)/.test(parts[0]!)
          ? 'information_schema.tables and information_schema.columns describe the tables'
          : 'a table is named provider.service.resource, such as confluent.iam.users; SHOW SERVICES IN confluent lists the services',
  })
}

/** The message for a name that is a column or field of a table, and the statement that describes the table. */
function columnInstead(
  parts: readonly string[],
  { catalog, views, provider }: PlanContext,
): { readonly message: string; readonly hint: string } | undefined {
  for (let n = parts.length - 1; n > 0; n--) {
    const front = parts.slice(0, n)
    const full = front.length === 2 && provider ? [provider, ...front] : front
    const table =
      views.get(front.join('.').toLowerCase())?.name
      ?? views.get(`${provider ?? ''}.${front.join('.')}`.toLowerCase())?.name
      ?? (full.length === 3 && catalog.resource(full[0]!, full[1]!, full[2]!) ? full.join('.') : undefined)
    if (table === undefined) continue
    const rest = parts.slice(n).join('.')
    return {
      message: `"${parts.join('.')}" is no table: ${table} is one, and ${rest} would be a column of it`,
      hint: `DESCRIBE EXTENDED ${table} describes its columns`,
    }
  }
  return undefined
}

/** The provider or service that a name means, and the statement that lists what it contains. */
function containerNamed(
  parts: readonly string[],
  catalog: Catalog,
  current: string | undefined,
): { readonly kind: 'provider' | 'service'; readonly hint: string } | undefined {
  const [first = '', second] = parts
  const provider = catalog.provider(first)
  if (provider && second === undefined)
    return { kind: 'provider', hint: `SHOW SERVICES IN ${provider.name} lists its services` }
  const [above, service] = second === undefined ? [current ?? '', first] : [first, second]
  if (parts.length > 2 || !catalog.service(above, service)) return undefined
  return { kind: 'service', hint: `SHOW RESOURCES IN ${parts.join('.')} lists its tables` }
}

/** Names of the required parameters and body fields of a method, each once. */
export function requiredOf(method: Method): string[] {
  const names = [
    ...method.params.filter(p => p.required && p.in !== 'server').map(p => p.name),
    ...(method.body?.fields ?? []).filter(f => f.required).map(f => f.path),
  ]
  return [...new Set(names)]
}

/** Names of the optional parameters and body fields of a method, each once. */
export function optionalOf(method: Method): string[] {
  const names = [
    ...method.params.filter(p => !p.required).map(p => p.name),
    ...(method.body?.fields ?? []).filter(f => !f.required).map(f => f.path),
  ]
  const required = requiredOf(method)
  return [...new Set(names)].filter(n => !required.includes(n))
}

/** The resource that a statement names. @throws ConfluentqlError for a table, a view or an unknown name */
export function targetResource(name: Name, source: Source, context: PlanContext): Resource {
  const parts = name.parts.length === 2 && context.provider ? [context.provider, ...name.parts] : name.parts
  const span = spanOf(source, name.range)
  rejectView(name.parts.join('.'), span, context)
  if (parts.length === 3) return findResource(context, parts, span)
  throw unknownTable(name.parts, context, span)
}

/** A view, and the resources that its own text names. */
export function viewNamed(
  name: string,
  { provider, views, catalog }: PlanContext,
): (View & { readonly resources: readonly Resource[] }) | undefined {
  const view = [name, `${provider ?? ''}.${name}`]
    .map(n => views.get(n.toLowerCase()))
    .find(v => v !== undefined)
  if (!view) return undefined
  const resources = (view.sql.match(/\b\w+\.\w+\.\w+\b/g) ?? []).flatMap(each => {
    const [p = '', s = '', r = ''] = each.split('.')
    return catalog.resource(p, s, r) ?? []
  })
  return { ...view, resources: [...new Set(resources)] }
}

function rejectView(name: string, span: Span, context: PlanContext): void {
  const { provider, tables } = context
  const view = viewNamed(name, context)
  if (!view && ![name, `${provider ?? ''}.${name}`].some(n => tables.has(n.toLowerCase()))) return
  throw new ConfluentqlError(
    'UNSUPPORTED',
    `"${name}" is ${view ? 'a view' : 'no resource'}: the API has no methods for it`,
    {
      span,
      ...(view && {
        hint:
          view.resources.length > 0
            ? `name a resource that it reads: ${view.resources.map(r => fullName(r)).join(', ')}`
            : `name a resource that it reads; EXPLAIN SELECT * FROM ${name} lists them`,
      }),
    },
  )
}

/** The hint for a name that is no provider: the provider of which it is a service, or all. */
export function insteadOfProvider(name: string, catalog: Catalog): string {
  const of = catalog.providers().find(p => p.services.some(s => s.name === name.toLowerCase()))
  return of
    ? `${name} is a service of ${of.name}: write USE ${of.name}, then ${name}.table`
    : `providers: ${catalog
        .providers()
        .map(p => p.name)
        .join(', ')}; confluentql provider add PATH, FILE.tgz or URL adds another`
}
