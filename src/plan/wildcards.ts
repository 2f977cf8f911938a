import type { Method, Param, Value } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import type { Source } from '../sql/query.ts'
import { eachChain } from './chains.ts'
import type { PlanContext } from './context.ts'
import type { Given } from './keys.ts'
import { spanOf } from './names.ts'
import { byWholeKeys } from './whole-keys.ts'

/**
 * Whether a value of a parameter selects more rows than those that equal it: a word that the provider file names, or an
 * empty text in the query, which many APIs take for no filter.
 */
export function isWildcard(param: Param, value: Value): boolean {
  if (param.column === undefined || value === null) return false
  const text = String(value).toLowerCase()
  return (
    (text === '' && param.in === 'query') || (param.wildcards?.some(w => w.toLowerCase() === text) ?? false)
  )
}

/** Words of the error for a value that `isWildcard` finds. */
export function wildcardMessage(param: Param, value: Value): string {
  return `${param.name} = ${JSON.stringify(String(value))} stands for more than the rows that have it, so a change cannot be given it`
}

/**
 * Refuses constants in WHERE that would change more rows than a SELECT with the same WHERE shows.
 * @throws ConfluentqlError VALUE with the form of a statement in which a SELECT says which rows are meant
 */
export function refuseWildcards(
  given: Given & { readonly method: Method },
  source: Source,
  context: PlanContext,
): void {
  const { keys, method, conditions } = given
  const valuesOf = (column: string): Value[] =>
    keys.known.flatMap(a => (a.get(column) ?? []).flatMap(o => (o.kind === 'values' ? o.values : [])))
  const found = method.params.flatMap(param => {
    const value = valuesOf(param.column ?? '').find(v => isWildcard(param, v))
    return value === undefined ? [] : [{ param, value }]
  })
  const [first] = found
  if (!first) return
  const columns = found.map(f => f.param.column!.toLowerCase())
  const names = (range: (typeof conditions)[number]): string[] => {
    const all: string[] = []
    eachChain(source, range, [], (_, parts) => all.push(parts.join('.').toLowerCase()))
    return all
  }
  const isAbout = (range: (typeof conditions)[number]): boolean =>
    names(range).some(n => columns.some(c => n === c || n.endsWith(`.${c}`)))
  const rest = conditions.filter(c => !isAbout(c))
  const form = byWholeKeys({ ...given, conditions: rest }, [], source, context, true)
  throw new ConfluentqlError('VALUE', wildcardMessage(first.param, first.value), {
    span: spanOf(source, conditions.find(isAbout) ?? given.statement.target.range),
    ...(form !== undefined && {
      hint: `say which rows are meant in a SELECT that gives all their keys: ${form}`,
    }),
  })
}
