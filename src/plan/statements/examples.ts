import type { BodyField, Method, Param, Resource } from '../../catalog/types.ts'
import { nameText } from '../../sql/operators.ts'
import { methodInputColumns } from '../access/covers.ts'

/** A statement that uses one method, with its values as `:name`. */
export interface Example {
  readonly method: Method
  readonly sql: string
}

/** Optional fields that an example of a change sets when none is required. */
const SHOWN_FIELDS = 2

/** A statement for each method of a resource, in the order of its methods. */
export function examplesOf(resource: Resource): Example[] {
  return resource.methods.map(method => ({ method, sql: `${statement(resource, method)};` }))
}

function statement(resource: Resource, method: Method): string {
  const name = `${resource.provider}.${resource.service}.${resource.name}`
  const keys = method.params.filter(param => param.required)
  const where =
    keys.length > 0 ? `\nWHERE ${keys.map(key => condition(key, method, resource)).join(' AND ')}` : ''
  const fields = shownFields(method)
  switch (method.verb) {
    case 'select':
      return `SELECT ${columnsOf(resource, method)}\nFROM ${name}${where}`
    case 'insert': {
      const columns = given(keys, fields)
      if (columns.length === 0) return exec(name, method, keys, fields)
      return `INSERT INTO ${name} (${columns.map(quoted).join(', ')})\nVALUES (${columns.map(variable).join(', ')})${method.once ? `\nRETURNING ${['id', ...method.once].join(', ')}` : ''}`
    }
    case 'update':
    case 'replace':
      if (fields.length === 0) return exec(name, method, keys, fields)
      return `${method.verb.toUpperCase()} ${name}\nSET ${fields.map(field => `${quoted(field.path)} = ${variable(field.path)}`).join(', ')}${where}`
    case 'delete':
      return `DELETE FROM ${name}${where}`
    case 'exec':
      return exec(name, method, keys, fields)
  }
}

/** What a method can be asked for with no more than its keys. */
function columnsOf(resource: Resource, method: Method): string {
  const repeated = methodInputColumns(method, resource)
  return (
    method.columns
      ?.filter(column => !column.isHidden && !repeated.includes(column))
      .map(column => quoted(column.name))
      .join(', ') ?? '*'
  )
}

function exec(name: string, method: Method, keys: readonly Param[], fields: readonly BodyField[]): string {
  const args = given(keys, fields).map(path => `@${path} = ${variable(path)}`)
  if (method.body && fields.length === 0) args.push('@@json = :body')
  return `EXEC ${name}.${method.name}${args.length > 0 ? `\n  ${args.join(', ')}` : ''}`
}

/** What a call is given, each name once: a parameter and a field of the body may share it. */
function given(keys: readonly Param[], fields: readonly BodyField[]): string[] {
  return [...new Set([...keys.map(param => param.name), ...fields.map(field => field.path)])]
}

/** What must be set; where nothing must, the first fields that can be. */
function shownFields({ body, params }: Method): readonly BodyField[] {
  const fields = body?.fields ?? []
  const required = fields.filter(field => field.required)
  if (required.length > 0) return required
  return fields
    .filter(field => !params.some(param => param.required && param.name === field.path))
    .slice(0, SHOWN_FIELDS)
}

/** The name by which statements give a parameter: its own, where it selects by a column that only asks. */
export function columnOf({ name, column }: Param, { columns }: Resource): string {
  const found = columns.find(c => c.name === column)
  return column === undefined || found?.isHidden ? name : column
}

function condition(param: Param, method: Method, resource: Resource): string {
  const { name, range } = param
  if (range !== undefined)
    return `${quoted(method.range!.column)} ${range === 'from' ? '>=' : '<'} ${variable(name)}`
  const column = columnOf(param, resource)
  return `${quoted(column)} = ${variable(column)}`
}

/** The `:name` of a value, as SHOW INSERT names it. */
function variable(path: string): string {
  return `:${path.replaceAll(/\W/g, '_')}`
}

function quoted(path: string): string {
  return path.split('.').map(nameText).join('.')
}
