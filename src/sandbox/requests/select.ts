import type { Method, Param, Resource } from '../../catalog/types.ts'
import { allAt, at } from '../rows/json.ts'
import type { Matcher } from './matcher.ts'
import { matched, type Narrow } from './matchers.ts'
import { failure, type Reply } from '../reply.ts'
import { daysBetween, isDay, movedText } from '../rows/days.ts'
import type { Row } from '../rows/state.ts'
import type { Behaviour, MethodBehaviour, Window } from '../types.ts'

/** The arguments of a request: path parameters decoded, the query as sent. */
export interface Arguments {
  readonly path: Readonly<Record<string, string>>
  readonly query: URLSearchParams
}

/** Refuses a missing or empty required query parameter. */
export function checkRequired(method: Method, args: Arguments): Reply | undefined {
  const absent = method.params.find(
    ({ name, in: place, required }) => place === 'query' && required && !args.query.get(name),
  )
  return (
    absent && failure(400, `${absent.name} is required`, { code: 'invalid_filter', parameter: absent.name })
  )
}

/** The query parameters that a method has, as sent. All others are ignored, as the API does. */
export function knownQuery(method: Method, query: URLSearchParams): URLSearchParams {
  const known = new Set(method.params.filter(param => param.in === 'query').map(({ name }) => name))
  return new URLSearchParams([...query].filter(([name, value]) => known.has(name) && value !== ''))
}

/** Refuses days that are invalid or outside the window. `today` begins with `YYYY-MM-DD`. */
export function checkWindow(
  window: Window | undefined,
  { query }: Arguments,
  today: string,
): Reply | undefined {
  if (window === undefined) return undefined
  const { from, to, days, years } = window
  const refused = (parameter: string, text: string): Reply =>
    failure(400, text, { code: 'invalid_filter', parameter })
  const [first = '', end = ''] = [query.get(from) ?? '', query.get(to) ?? '']
  if (!isDay(first)) return refused(from, `${from} must be a day as YYYY-MM-DD`)
  if (!isDay(end)) return refused(to, `${to} must be a day as YYYY-MM-DD`)
  const oldest = new Date(today.slice(0, 10))
  oldest.setUTCFullYear(oldest.getUTCFullYear() - years)
  const earliest = oldest.toISOString().slice(0, 10)
  if (first < earliest) return refused(from, `${from} must be ${earliest} or later`)
  if (end <= first) return refused(to, `${to} must come after ${from}`)
  if (daysBetween(first, end) > days) return refused(to, `${to} is more than ${days} days after ${from}`)
  return undefined
}

/** The days of a window that a request asks for. */
export function daysIn({ from, to }: Window, { query }: Arguments): string[] {
  const [first = '', end = ''] = [query.get(from) ?? '', query.get(to) ?? '']
  return Array.from({ length: daysBetween(first, end) }, (_, day) => String(movedText(first, day)))
}

interface Picking {
  readonly resource: Resource
  readonly method: Method
  /** Behaviour of the resource of the rows. */
  readonly behaviour: Behaviour
  readonly own: MethodBehaviour
  readonly args: Arguments
  /** Default matchers of parameters that select by an input column. */
  readonly filters: Readonly<Record<string, Matcher>>
}

/** The rows that the request's path and filters select, in the form that the filters request. */
export function pickRows(rows: readonly Row[], picking: Picking): readonly Row[] {
  return picking.method.params.reduce((left, param) => narrow(param, picking)(left), rows)
}

function narrow(param: Param, { resource, behaviour, own, args, filters }: Picking): Narrow {
  const keep: Narrow = rows => rows
  const ownColumn = own.params?.[param.name]
  if (param.in === 'header' || param.in === 'host' || ownColumn === false) return keep
  const sent =
    param.in === 'path'
      ? [args.path[param.name] ?? '']
      : args.query
          .getAll(param.name)
          .filter(value => value !== '' || isMeant(behaviour.filters?.[param.name]))
  const values = param.repeat === true ? sent : sent.slice(0, 1)
  const selected = ownColumn ?? param.column ?? (param.in === 'path' ? param.name : undefined)
  const isInput = resource.columns.some(column => column.isInput === true && column.name === selected)
  const matcher =
    ownColumn === undefined
      ? (behaviour.filters?.[param.name] ?? (isInput ? filters[param.name] : undefined))
      : undefined
  if (matcher !== undefined) return matched(matcher, param.name, values, args.query)
  const helper = Object.values(behaviour.filters ?? {}).some(
    other => 'with' in other && other.with === param.name,
  )
  if (helper || selected === undefined || values.length === 0) return keep
  return rows =>
    rows.filter(({ doc, keys }) => {
      const key = ownColumn === undefined ? keys[param.name] : undefined
      return key === undefined
        ? allAt(doc, selected).some(value => values.includes(String(value)))
        : values.includes(key)
    })
}

/** Whether an empty value of a parameter selects rows, instead of being ignored. */
function isMeant(matcher: Matcher | undefined): boolean {
  return matcher?.match === 'prefix' && matcher.special !== undefined
}

/** The elements of a list in an object, as objects: a scalar becomes the member `name` of one. */
export function elementsOf(body: Row['doc'], path: string, name: string): readonly Row['doc'][] {
  const list = at(body, path)
  if (!Array.isArray(list)) return []
  return (list as readonly Row['doc'][]).map(element =>
    typeof element === 'object' ? element : { [name]: element },
  )
}
