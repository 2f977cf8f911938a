import { walk, type Expression } from '../../sql/expression.ts'
import { hasSubquery } from '../../sql/properties.ts'
import type { Method, Param, Value } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Source } from '../../sql/query.ts'
import { nodesBelow } from '../binding/traverse.ts'
import type { PlanContext } from '../context.ts'
import type { Given } from './keys.ts'
import { spanOf } from '../names.ts'
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
  const isAbout = (condition: Expression): boolean =>
    [...nodesBelow(condition)].some(e => isOneOf(e, columns))
  const about = conditions.filter(isAbout)
  // an empty text is often a value that is missing, and what else such a condition says must not be lost
  const canBeLeftOut =
    found.every(f => f.value !== '') && about.every(c => saysNothingElse(c, e => isOneOf(e, columns)))
  const rest = conditions.filter(c => !about.includes(c))
  const form = canBeLeftOut
    ? byWholeKeys({ ...given, conditions: rest }, [], source, context, true)
    : undefined
  throw new ConfluentqlError('VALUE', wildcardMessage(first.param, first.value), {
    span: spanOf(source, about[0]?.range ?? given.statement.target.range),
    hint:
      form === undefined
        ? 'give WHERE values that rows have'
        : `say which rows are meant in a SELECT that gives all their keys: ${form}`,
  })
}

function isOneOf(e: Expression, columns: readonly string[]): boolean {
  const name = e.kind === 'column' ? e.parts.join('.').toLowerCase() : undefined
  return name !== undefined && columns.some(c => name === c || name.endsWith(`.${c}`))
}

/** Whether a condition is `column = value` or `column IN (values)`, so that nothing but that is lost with it. */
function saysNothingElse(e: Expression, isColumn: (e: Expression) => boolean): boolean {
  const isValue = (x: Expression): boolean => !hasSubquery(x) && ![...walk(x)].some(y => y.kind === 'column')
  if (e.kind === 'in list') return !e.negated && isColumn(e.left) && e.list.every(isValue)
  if (e.kind !== 'comparison' || e.operator !== '=') return false
  return isColumn(e.left) ? isValue(e.right) : isColumn(e.right) && isValue(e.left)
}
