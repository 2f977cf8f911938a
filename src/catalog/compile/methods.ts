import type { HostSource, KeyPath, MethodSource, QueryBodySource } from './format.ts'
import { bodyOf } from './bodies.ts'
import { isFreeHeader } from '../headers.ts'
import { keyPart } from '../keys.ts'
import { queryBodyOf } from './query-bodies.ts'
import { rangeOf } from './ranges.ts'
import { paramsOf } from './params.ts'
import { columnsOf, type NamedShape, type NamedShapes, shapeAt } from './shapes.ts'
import type { Column, Method, Operation, Paging, Param, RowsAt } from '../types.ts'

/** The surroundings of a method, to which it may refer. */
export interface Surroundings {
  readonly columns: readonly Column[]
  readonly types: NamedShapes
  readonly paging: Readonly<Record<string, Paging>>
  readonly queryBodies: Readonly<Record<string, QueryBodySource>>
  readonly hosts: Readonly<Record<string, HostSource>>
  /** The host of the resource, the service or the provider. */
  readonly host: string
  readonly wrong: NamedShape['wrong']
}

/** Compiles the method written at `path`. */
export function compileMethod(
  name: string,
  source: MethodSource,
  path: KeyPath,
  around: Surroundings,
): Method {
  const { wrong } = around
  const [http, url] = source.call.split(' ') as [Method['http'], string]
  if (/\/\.{1,2}(\/|$)|\/\//.test(url))
    throw wrong([...path, 'call'], 'a path takes no empty part, no . and no ..')
  const host = source.host ?? around.host
  const hosts = Object.keys(around.hosts)
  if (!hosts.includes(host))
    throw wrong([...path, 'host'], `there is no host ${host}; hosts are ${hosts.join(', ')}`)
  const rows = rowsPlace(source)
  const paging = source.paging === undefined ? undefined : pagingOf(source.paging, path, around)
  if (paging && (rows === undefined || rows.kind === 'one'))
    throw wrong([...path, 'paging'], 'only a method with rows in an array or a map can have paging')
  if (source.paged_by !== undefined && paging)
    throw wrong([...path, 'paged_by'], 'is for a list without paging')
  const params = [
    ...paramsOf(source, url, path, around),
    ...hostParams(source, around.hosts[host], around.columns),
  ]
  const isPost = source.sql === 'select' && http === 'POST' && source.query_body === undefined
  if (paging?.in === 'body' && !isPost)
    throw wrong([...path, 'paging'], 'stands in the body, so it is for a select by POST')
  // the fields of a select's body are parameters
  const fields = source.body ?? (isPost && params.some(p => p.in === 'body') ? {} : undefined)
  const body = fields && bodyOf(source, fields, path, around)
  const columns = source.columns && ownColumns(source, params, path, around)
  const range = rangeOf(source, path, around)
  const queryBody = queryBodyOf(source, path, around.queryBodies, around.wrong)
  return {
    name,
    verb: source.sql,
    http,
    path: url,
    ...(source.query && { query: source.query }),
    ...(source.headers && { headers: headersOf(source.headers, [...path, 'headers'], wrong) }),
    params,
    ...(range && { range }),
    ...(body && { body }),
    ...(queryBody && { queryBody }),
    ...(source.parents_if && { parentsIf: parentsIfOf(source.parents_if, params, path, around) }),
    ...(rows && { rows }),
    ...(paging && { paging }),
    ...(source.paged_by !== undefined && { pagedBy: source.paged_by }),
    ...((source.single ?? (source.sql === 'select' && rows?.kind === 'one')) && { single: true }),
    ...(source.operation && { operation: operationOf(source, source.operation, path, around) }),
    ...(source.once && { once: onceOf(source, source.once, path, around) }),
    ...failurePlace(source.failure, rows, columns ?? around.columns),
    ...(columns && { columns }),
    host,
    ...(source.stage && { stage: source.stage }),
    ...(source.about && { about: source.about }),
  }
}

/** Checks the operation that the answer to a change is. */
function operationOf(
  { sql }: MethodSource,
  operation: Operation,
  path: KeyPath,
  { wrong }: Surroundings,
): Operation {
  if (sql === 'select') throw wrong([...path, 'operation'], 'is for changes')
  return operation
}

/** Compiles `once`: paths of secrets that only the answer of this change has. */
function onceOf(
  { sql, columns }: MethodSource,
  once: readonly string[],
  path: KeyPath,
  around: Surroundings,
): readonly string[] {
  const here = [...path, 'once']
  if (sql === 'select') throw around.wrong(here, 'what a select answers, it answers again')
  const all = columns ? columnsOf(columns, [...path, 'columns'], around.types, around.wrong) : around.columns
  const wrong = once.find(name => {
    const shape = shapeAt(all, name)
    return shape === undefined || shape === 'open' || !shape.secret
  })
  if (wrong !== undefined) throw around.wrong(here, `${wrong} is no secret of the answer`)
  return once
}

/** @throws ConfluentqlError PROVIDER for a key that no parameter selects by */
function parentsIfOf(
  source: NonNullable<MethodSource['parents_if']>,
  params: readonly Param[],
  path: KeyPath,
  { wrong }: Surroundings,
): NonNullable<Method['parentsIf']> {
  const strange = Object.keys(source).find(key => !params.some(p => p.column === key))
  if (strange !== undefined) throw wrong([...path, 'parents_if', strange], 'no parameter selects by it')
  return source
}

/** The columns of a method with its own answer. For a select: columns of the resource, and the input columns of its parameters. */
function ownColumns(
  { sql, columns = {} }: MethodSource,
  params: readonly Param[],
  path: KeyPath,
  around: Surroundings,
): Column[] {
  const own = columnsOf(columns, [...path, 'columns'], around.types, around.wrong)
  if (sql !== 'select') return own
  const unknown = own.find(({ name }) => !around.columns.some(column => column.name === name))
  if (unknown) throw around.wrong([...path, 'columns', unknown.name], 'is no column of the resource')
  const inputs = around.columns.filter(
    ({ name, isInput }) => isInput && params.some(param => param.column === keyPart(name)),
  )
  return [...own, ...inputs.filter(({ name }) => !own.some(column => column.name === name))]
}

/** The header that a method always sends. `accept` is the only one of ours that it replaces. */
function headersOf(
  headers: Readonly<Record<string, string>>,
  path: KeyPath,
  wrong: Surroundings['wrong'],
): Readonly<Record<string, string>> {
  const taken = Object.keys(headers).find(name => name.toLowerCase() !== 'accept' && !isFreeHeader(name))
  if (taken !== undefined) throw wrong([...path, taken], 'is a header that no method may set')
  return headers
}

/** The input column for a variable of the base URL: a column of the answer with its name means something else. */
export function variableColumn(name: string, columns: readonly Column[]): string {
  return columns.some(c => c.name.toLowerCase() === name.toLowerCase() && !c.isInput) ? `asked_${name}` : name
}

/** The parameters for the base URL, if the host takes it as one, and for the variables of that URL. */
function hostParams(
  { sql }: MethodSource,
  host: HostSource | undefined,
  columns: readonly Column[],
): Param[] {
  const { url_param: name, about, variables = {} } = host ?? {}
  const selects = sql !== 'insert' && sql !== 'exec'
  const parts = Object.entries(variables).map(([variable, { values, about: text }]): Param => ({
    name: variable,
    in: 'server',
    type: 'string',
    required: false,
    ...(selects && { column: keyPart(variableColumn(variable, columns)), filter: 'exact' }),
    ...(values && { values }),
    ...(text && { about: text }),
  }))
  if (name === undefined) return parts
  return [
    ...parts,
    {
      name,
      in: 'host',
      type: 'string',
      required: false,
      ...(selects && { column: name, filter: 'exact' }),
      ...(about && { about }),
    },
  ]
}

function rowsPlace({ sql, rows }: MethodSource): RowsAt | undefined {
  if (rows === 'none' || (rows === undefined && sql === 'delete')) return undefined
  if (rows === undefined) return { at: '$', kind: 'one' }
  return typeof rows === 'string' ? { at: rows, kind: 'array' } : rows
}

function failurePlace(
  source: MethodSource['failure'],
  rows: RowsAt | undefined,
  columns: readonly Column[],
): Pick<Method, 'failure'> {
  if (source === 'none') return { failure: source }
  if (source) {
    const { success, ...rest } = source
    return { failure: { ...rest, ...(success && { success: success.map(String) }) } }
  }
  const areNamesData = rows?.at === '$' && (rows.kind === 'map' || columns.some(c => c.at === '$'))
  return areNamesData ? { failure: 'whole' } : {}
}

function pagingOf(
  source: NonNullable<MethodSource['paging']>,
  path: KeyPath,
  { paging, wrong }: Surroundings,
): Paging {
  const { use, max } = typeof source === 'string' ? { use: source } : { max: undefined, ...source }
  const kind = Object.hasOwn(paging, use) ? paging[use] : undefined
  if (!kind)
    throw wrong(
      [...path, 'paging'],
      `the provider has no paging ${use}; it has ${Object.keys(paging).join(', ')}`,
    )
  return max === undefined ? kind : { ...kind, max }
}
