import type { KeyPath, MethodSource, ParamInFull, ParamSource } from './format.ts'
import { isFreeHeader } from '../headers.ts'
import { keyPart, keyText } from '../keys.ts'
import type { Surroundings } from './methods.ts'
import { shapeAt } from './shapes.ts'
import type { Param, ScalarType, Shape } from '../types.ts'

/** The parameters of a method: those of its path in path order, then the others. */
export function paramsOf(source: MethodSource, url: string, path: KeyPath, around: Surroundings): Param[] {
  const inPath = [...url.matchAll(/\{([^{}]*)\}/g)].map(match => match[1] ?? '')
  const rest = url.replaceAll(/\{[^{}/]+\}/g, '')
  if (/[{}]/.test(rest)) throw around.wrong([...path, 'call'], 'a {parameter} of the path is malformed')
  const written = source.params ?? {}
  const wireOf = (name: string): string => paramInFull(written[name]).wire ?? name
  const names = inPath.map(wire => Object.keys(written).find(name => wireOf(name) === wire) ?? wire)
  const others = Object.keys(written).filter(name => !names.includes(name))
  return [...new Set(names), ...others].map(name => {
    const param = Object.hasOwn(written, name) ? written[name] : undefined
    return paramOf(name, param, names.includes(name), source, [...path, 'params', name], around)
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
  const isPost = method.sql === 'select' && method.call.startsWith('POST ') && method.query_body === undefined
  if (source.in === 'body' && !isPost)
    throw around.wrong(path, 'in body is for a select by POST; a change has its fields under body')
  if (source.json !== undefined && source.in !== 'body')
    throw around.wrong([...path, 'json'], 'is for a parameter in the body')
  if (source.in === 'body' && source.repeat) throw around.wrong([...path, 'repeat'], 'is not for a body')
  if (source.default !== undefined && source.required)
    throw around.wrong([...path, 'default'], 'is never sent, as the parameter is required')
  if (source.join !== undefined && !source.repeat)
    throw around.wrong([...path, 'join'], 'is for a parameter with repeat')
  if (source.in === 'header' && !isFreeHeader(source.wire ?? name))
    throw around.wrong(path, 'is a header that no parameter may be')
  const column = source.range === undefined ? selectedColumn(name, source, method, path, around) : undefined
  if (source.range === undefined && (source.longest ?? source.open ?? source.lag) !== undefined)
    throw around.wrong(path, 'only an upper bound (range: before) has longest, open and lag')
  if (source.repeat && column !== undefined && isInputColumn(column, around)) {
    throw around.wrong(
      [...path, 'repeat'],
      `the rows of several values could not be told apart by the input column ${keyText(column)}`,
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
    ...(source.json !== undefined && { json: source.json }),
    ...(column !== undefined && { column }),
    ...(filter && { filter }),
    ...(source.range && { range: source.range }),
    ...(source.wire !== undefined && { wire: source.wire }),
    ...(source.repeat && { repeat: true }),
    ...(source.join !== undefined && { join: source.join }),
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
  const isWhole = around.columns.some(c => c.name === (column ?? name))
  const key = isWhole ? keyPart(column ?? name) : (column ?? name)
  const shape = shapeAt(around.columns, key)
  if (column !== undefined) {
    if (shape === undefined) throw around.wrong([...path, 'column'], `there is no column ${column}`)
    if (shape !== 'open' && scalar(shape) === undefined) {
      throw around.wrong([...path, 'column'], `${column} holds no single value; name a part of it`)
    }
    return key
  }
  if (sql === 'insert' || sql === 'exec') return undefined
  if (shape !== undefined && shape !== 'open') {
    if (scalar(shape) === undefined)
      throw around.wrong(path, `${name} is an ${shape.type}: say with column which part this selects by`)
    return key
  }
  if (sql === 'select')
    throw around.wrong(
      path,
      `is no column: add a column ${name} with input: true, or say what it selects by with column`,
    )
  return undefined
}

function isInputColumn(column: string, { columns }: Surroundings): boolean {
  return columns.some(c => keyPart(c.name) === column && c.isInput)
}

function scalar(shape: Shape | undefined): ScalarType | undefined {
  return shape === undefined || shape.type === 'object' || shape.type === 'array' ? undefined : shape.type
}
