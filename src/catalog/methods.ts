import type {
  HostSource,
  KeyPath,
  MethodSource,
  ParamInFull,
  ParamSource,
  QueryBodySource,
} from './format.ts'
import { bodyOf } from './bodies.ts'
import { isFreeHeader } from './headers.ts'
import { queryBodyOf } from './query-bodies.ts'
import { rangeOf } from './ranges.ts'
import { columnsOf, type NamedShape, type NamedShapes, shapeAt } from './shapes.ts'
import type { Column, Method, Paging, Param, RowsAt, ScalarType, Shape } from './types.ts'

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
  if (paging && rows?.kind !== 'array')
    throw wrong([...path, 'paging'], 'only a method with rows in an array can have paging')
  const body = source.body && bodyOf(source, source.body, path, around)
  const params = [...paramsOf(source, url, path, around), ...hostParams(source, around.hosts[host])]
  const columns = source.columns && ownColumns(source, params, path, around)
  const range = rangeOf(source, path, around)
  const queryBody = queryBodyOf(source, path, around.queryBodies, around.wrong)
  return {
    name,
    verb: source.sql,
    http,
    path: url,
    ...(source.query && { query: source.query }),
    params,
    ...(range && { range }),
    ...(body && { body }),
    ...(queryBody && { queryBody }),
    ...(source.parents_if && { parentsIf: parentsIfOf(source.parents_if, params, path, around) }),
    ...(rows && { rows }),
    ...(paging && { paging }),
    ...((source.single ?? (source.sql === 'select' && rows?.kind === 'one')) && { single: true }),
    ...(source.once && { once: onceOf(source, source.once, path, around) }),
    ...failurePlace(source.failure, rows, columns ?? around.columns),
    ...(columns && { columns }),
    host,
    ...(source.stage && { stage: source.stage }),
    ...(source.about && { about: source.about }),
  }
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
    ({ name, isInput }) => isInput && params.some(param => param.column === name),
  )
  return [...own, ...inputs.filter(({ name }) => !own.some(column => column.name === name))]
}

/** The parameter for the base URL, if the host takes it as one. */
function hostParams({ sql }: MethodSource, host: HostSource | undefined): Param[] {
  const { url_param: name, about } = host ?? {}
  if (name === undefined) return []
  const selects = sql !== 'insert' && sql !== 'exec'
  return [
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

function paramsOf(source: MethodSource, url: string, path: KeyPath, around: Surroundings): Param[] {
  const inPath = [...url.matchAll(/\{([^{}]*)\}/g)].map(match => match[1] ?? '')
  const rest = url.replaceAll(/\{_?[A-Za-z][A-Za-z0-9_.-]*\}/g, '')
  if (/[{}]/.test(rest)) throw around.wrong([...path, 'call'], 'a {parameter} of the path is malformed')
  const written = source.params ?? {}
  const others = Object.keys(written).filter(name => !inPath.includes(name))
  return [...new Set(inPath), ...others].map(name => {
    const param = Object.hasOwn(written, name) ? written[name] : undefined
    return paramOf(name, param, inPath.includes(name), source, [...path, 'params', name], around)
  })
}

function paramOf(
  name: string,
  written: ParamSource | undefined,
  inPath: boolean,
  method: MethodSource,
  path: KeyPath,
  around: Surroundings,
): Param {
  const source = paramInFull(written)
  if (inPath && ((source.in ?? 'path') !== 'path' || source.required === false)) {
    throw around.wrong(path, 'is in the path, so it is required')
  }
  if (!inPath && source.in === 'path') throw around.wrong(path, `is not in the path of ${method.call}`)
  if (source.default !== undefined && source.required)
    throw around.wrong([...path, 'default'], 'is never sent, as the parameter is required')
  if (source.in === 'header' && !isFreeHeader(name))
    throw around.wrong(path, 'is a header that no parameter may be')
  const column = source.range === undefined ? selectedColumn(name, source, method, path, around) : undefined
  if (source.range === undefined && (source.longest ?? source.open ?? source.lag) !== undefined)
    throw around.wrong(path, 'only an upper bound (range: before) has longest, open and lag')
  if (source.repeat && column !== undefined && isInputColumn(column, around)) {
    throw around.wrong(
      [...path, 'repeat'],
      `the rows of several values could not be told apart by the input column ${column}`,
    )
  }
  const found = column === undefined ? shapeAt(around.columns, name) : shapeAt(around.columns, column)
  const shape: Shape | undefined = found === 'open' ? undefined : found
  const filter =
    column === undefined
      ? undefined
      : (source.filter ?? (inPath || isInputColumn(column, around) ? 'exact' : 'inexact'))
  const values = source.values ?? shape?.values
  const about = source.about ?? shape?.about
  return {
    name,
    in: inPath ? 'path' : (source.in ?? (method.query_body === undefined ? 'query' : 'body')),
    type: source.type ?? scalar(shape) ?? 'string',
    required: inPath ? source.default === undefined : (source.required ?? false),
    ...(column !== undefined && { column }),
    ...(filter && { filter }),
    ...(source.range && { range: source.range }),
    ...(source.repeat && { repeat: true }),
    ...(source.default !== undefined && { default: source.default }),
    ...(source.wildcards && { wildcards: source.wildcards }),
    ...(values && { values }),
    ...(about && { about }),
  }
}

function paramInFull(source: ParamSource | undefined): ParamInFull {
  if (typeof source !== 'string') return source ?? {}
  if (source === 'required' || source === 'optional') return { required: source === 'required' }
  return { filter: source }
}

/** The column that the parameter selects rows by; undefined for none. For a select it is required, since otherwise no statement could set the parameter. */
function selectedColumn(
  name: string,
  { column }: ParamInFull,
  { sql }: MethodSource,
  path: KeyPath,
  around: Surroundings,
): string | undefined {
  if (column === false) return undefined
  if (column === true) throw around.wrong([...path, 'column'], 'must be a column, or false')
  const shape = shapeAt(around.columns, column ?? name)
  if (column !== undefined) {
    if (shape === undefined) throw around.wrong([...path, 'column'], `there is no column ${column}`)
    if (shape !== 'open' && scalar(shape) === undefined) {
      throw around.wrong([...path, 'column'], `${column} holds no single value; name a part of it`)
    }
    return column
  }
  if (sql === 'insert' || sql === 'exec') return undefined
  if (shape !== undefined && shape !== 'open') {
    if (scalar(shape) === undefined)
      throw around.wrong(path, `${name} is an ${shape.type}: say with column which part this selects by`)
    return name
  }
  if (sql === 'select')
    throw around.wrong(
      path,
      `is no column: add a column ${name} with input: true, or say what it selects by with column`,
    )
  return undefined
}

function isInputColumn(column: string, { columns }: Surroundings): boolean {
  return columns.some(c => c.name === column && c.isInput)
}

function scalar(shape: Shape | undefined): ScalarType | undefined {
  return shape === undefined || shape.type === 'object' || shape.type === 'array' ? undefined : shape.type
}
