import { keyParts } from '../../catalog/keys.ts'
import type { Column, Method, Resource, Value } from '../../catalog/types.ts'
import { literal } from '../../plan/splice.ts'
import { columnOf, fieldType, isRequiredFilter } from './columns.ts'
import { maskedColumn, type Shown } from '../secrets.ts'

/** A condition on a row's value for a parameter of the calls, so that calls that differ in it load no row twice. */
export interface RowGuard {
  readonly param: string
  readonly values: readonly Value[]
  /** Of a bound of the method's range. */
  readonly operator?: '>=' | '<'
}

/** The column that a guard tests, and the path in it. */
function guarded({ param, operator }: RowGuard, method: Method, resource: Resource): [Column, string[]] {
  const selected = operator ? method.range!.column : method.params.find(p => p.name === param)!.column!
  const [name, ...path] = keyParts(selected)
  return [columnOf(method, resource, name!), path]
}

/** The column that a guard tests. */
export function guardColumn(guard: RowGuard, method: Method, resource: Resource): Column {
  return guarded(guard, method, resource)[0]
}

/** The test of a row of a page by the `i`th guard. */
export function guardTest(guard: RowGuard, i: number, method: Method, resource: Resource): string {
  const { param, values, operator } = guard
  const [column, path] = guarded(guard, method, resource)
  const value = rowPath(column, path)
  if (operator) return boundTest(operator, i, value, method)
  const found = method.params.find(p => p.name === param)!
  const type = fieldType(column, path)
  const as = type === 'integer' || type === 'number' || type === 'boolean' ? 'NUMERIC' : 'TEXT'
  const list = values.map((_, j) => `CAST(@w_${i}_${j} AS ${as})`)
  const isAsked = `CAST(${value} AS ${as}) IN (${list.join(', ')})`
  return isRequiredFilter(found) ? `(${isAsked} OR ${value} IS NULL)` : isAsked
}

/** Times are compared as such: as a text, a time with a fraction of a second is before one without. */
function boundTest(operator: '>=' | '<', i: number, value: string, method: Method): string {
  const { unit } = method.range!
  const bound = `@w_${i}_0`
  if (unit === 'day') return `CAST(${value} AS TEXT) ${operator} ${bound}`
  const time = (text: string): string => `unixepoch(${text}, 'subsec')`
  return `coalesce(${time(value)} ${operator} ${time(bound)}, 1)`
}

/** The SQL for a column's value; `input` is the requested one. An input column has the requested value; without one, the value at its place in the answer. */
export function columnValue(column: Column, input: string, shown: Shown, groups: readonly string[]): string {
  const prefix = prefixOf(column)
  if (prefix !== undefined)
    return objectOf(groups.filter(g => g.startsWith(prefix)).map(g => [g, g.slice(prefix.length)]))
  if (!column.isInput) return maskedColumn(rowPath(column), column, shown)
  return column.at === undefined ? input : `coalesce(${input}, ${rowPath(column)})`
}

/** An object of members whose names are dotted paths into it: `json_object('kafka', json_object('id', …))`. */
function objectOf(members: readonly (readonly [name: string, path: string])[]): string {
  if (members.length === 0) return 'NULL'
  const heads = [...new Set(members.map(([, path]) => path.split('.')[0]!))]
  const parts = heads.map(head => {
    const whole = members.find(([, path]) => path === head)
    const below = members
      .filter(([, path]) => path.startsWith(`${head}.`))
      .map(([name, path]) => [name, path.slice(head.length + 1)] as const)
    return `${literal(head)}, ${whole ? member(whole[0]) : objectOf(below)}`
  })
  return `json_object(${parts.join(', ')})`
}

/** The beginning of the names of the members that a column is made of, if it is made of several. */
export function prefixOf({ at }: Pick<Column, 'at'>): string | undefined {
  return at?.endsWith('.*') ? at.slice(0, -1) : undefined
}

function member(name: string): string {
  return `r.value ->> ${literal(`$.${JSON.stringify(name)}`)}`
}

/** The SQL that reads a column, or a field in it, from a row `r` of a page. */
function rowPath(column: Column, path: readonly string[] = []): string {
  const prefix = prefixOf(column)
  if (prefix !== undefined) return member(prefix + path.join('.'))
  if (column.at === '#key') return 'r.key'
  if (column.at === '#member') return `(SELECT ${within('m.value', path)} FROM jsonb_each(r.value) AS m)`
  if (column.at === '$') return path.length > 0 ? within('r.value', path) : WHOLE
  const value = (at: string): string => `r.value ->> ${literal([at, ...path.map(key)].join('.'))}`
  const first = value(column.at ?? `$.${key(column.name)}`)
  return column.orAt === undefined ? first : `coalesce(${first}, ${value(column.orAt)})`
}

/** A row, as a text if it is an object. */
const WHOLE = "iif(typeof(r.value) = 'blob', json(r.value), r.value)"

/** The SQL that reads a field of a value, which has none unless it is an object. */
function within(value: string, path: readonly string[]): string {
  if (path.length === 0) return value
  return `iif(typeof(${value}) = 'blob', ${value} ->> ${literal(['$', ...path.map(key)].join('.'))}, NULL)`
}

function key(name: string): string {
  return /^\w+$/.test(name) ? name : JSON.stringify(name)
}
