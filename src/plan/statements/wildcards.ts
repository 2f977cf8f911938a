import { type Expression } from '../../sql/expression.ts'
import { hasSubquery } from '../../sql/properties.ts'
import type { Method, Param, Value } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Source } from '../../sql/query.ts'
import { nodesBelow, ownNodes } from '../binding/traverse.ts'
import type { PlanContext } from '../context.ts'
import type { ChangeParts } from './keys.ts'
import { spanOf } from '../names.ts'
import { byWholeKeys } from './whole-keys.ts'

/**
 * Whether a value of a parameter selects more rows than those that equal it: a wildcard of the provider file, or an empty
 * query parameter, which many APIs ignore.
 */
export function isWildcard(param: Param, value: Value): boolean {
  if (param.column === undefined || value === null) return false
  const text = String(value).toLowerCase()
  return (
    (text === '' && param.in === 'query') || (param.wildcards?.some(w => w.toLowerCase() === text) ?? false)
  )
}

/** The message of the error for a wildcard. */
export function wildcardMessage(param: Param, value: Value): string {
  return `${param.name} = ${JSON.stringify(String(value))} also selects rows with other values, so a change cannot use it`
}

/**
 * Rejects constants in WHERE that would change more rows than a SELECT with the same WHERE shows.
 * @throws ConfluentqlError VALUE with a statement in its hint in which a SELECT gives the rows
 */
export function rejectWildcards(
  change: ChangeParts & { readonly method: Method },
  source: Source,
  context: PlanContext,
): void {
  const { keys, method, conditions } = change
  const constantsOf = (column: string): Value[] =>
    keys.known.flatMap(a => (a.get(column) ?? []).flatMap(o => (o.kind === 'values' ? o.values : [])))
  const found = method.params.flatMap(param => {
    const value = constantsOf(param.column ?? '').find(v => isWildcard(param, v))
    return value === undefined ? [] : [{ param, value }]
  })
  const [first] = found
  if (!first) return
  const columns = found.map(f => f.param.column!.toLowerCase())
  const tests = (condition: Expression): boolean => nodesBelow(condition).some(e => isOneOf(e, columns))
  const testing = conditions.filter(tests)
  // An empty text is often a variable without value. Other parts of such conditions must not be dropped.
  const canBeLeftOut =
    found.every(f => f.value !== '') && testing.every(c => isOnlyKeyTest(c, e => isOneOf(e, columns)))
  const rest = conditions.filter(c => !testing.includes(c))
  const form = canBeLeftOut
    ? byWholeKeys({ ...change, conditions: rest }, [], source, context, true)?.sql
    : undefined
  throw new ConfluentqlError('VALUE', wildcardMessage(first.param, first.value), {
    span: spanOf(source, testing[0]?.range ?? change.statement.target.range),
    hint: form === undefined ? 'use values that rows have' : `select the rows by all their keys: ${form}`,
  })
}

function isOneOf(e: Expression, columns: readonly string[]): boolean {
  const name = e.kind === 'column' ? e.parts.join('.').toLowerCase() : undefined
  return name !== undefined && columns.some(c => name === c || name.endsWith(`.${c}`))
}

/** Whether a condition is just `column = value` or `column IN (values)`. */
function isOnlyKeyTest(e: Expression, isColumn: (e: Expression) => boolean): boolean {
  const isValue = (x: Expression): boolean => !hasSubquery(x) && !ownNodes(x).some(y => y.kind === 'column')
  if (e.kind === 'in list') return !e.negated && isColumn(e.left) && e.list.every(isValue)
  if (e.kind !== 'comparison' || e.operator !== '=') return false
  return isColumn(e.left) ? isValue(e.right) : isColumn(e.right) && isValue(e.left)
}
