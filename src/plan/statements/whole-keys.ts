import { keyPart, keyParts } from '../../catalog/keys.ts'
import { shapeAt } from '../../catalog/compile/shapes.ts'
import type { Method, Resource } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Expression } from '../../sql/expression.ts'
import { nameText } from '../../sql/operators.ts'
import type { Range, Source } from '../../sql/query.ts'
import { allOf, compose } from '../compose.ts'
import type { PlanContext } from '../context.ts'
import { isNumeric } from '../coerce.ts'
import { neededParams } from '../hosts.ts'
import type { Change, ChangeParts } from './keys.ts'
import { neededBy } from '../predicates/needed.ts'
import { fullName } from '../names.ts'
import { planQuery } from './query.ts'
import { quote } from '../splice.ts'
import { unsetFields } from './targets.ts'

/** The columns that identify a row to a method: those of required parameters, and those of parameters that select by data. */
function keyColumns(
  { method, resource, keys }: ChangeParts & { readonly method: Method },
  context: PlanContext,
): string[] {
  const needed = neededBy(keys.given, method, resource.provider, context)
  const columns = method.params
    .filter(p => needed.includes(p) || isData(resource, p.column))
    .flatMap(p => p.column ?? [])
  return [...new Set(columns)]
}

/** Whether a column, or the column of a path, is data: answers have it. */
export function isData(resource: Resource, path: string | undefined): boolean {
  return resource.columns.some(c => !c.isInput && path !== undefined && c.name === keyParts(path)[0])
}

/**
 * The statement rewritten so that a SELECT with its WHERE gives all keys of the rows. In it `'…'` stands for values that
 * the SELECT requires and the statement does not give, `…` for a missing WHERE and for texts that are too long to show.
 * Undefined if no SELECT can give the keys, or if the SELECT requires everything that is missing.
 *
 * @param absent columns that the method requires and WHERE does not give
 * @param isOpen the user has to complete the WHERE: it ends in `AND …`
 * @throws ConfluentqlError for an unknown name or a syntax error in WHERE
 */
export function byWholeKeys(
  change: ChangeParts & { readonly method: Method },
  absent: readonly string[],
  source: Source,
  context: PlanContext,
  isOpen = false,
): string | undefined {
  const { statement: s, resource, method, conditions, options } = change
  // A required body field that SET does not assign keeps its value and so identifies the row too (environment.id).
  const unchanged = unsetFields(method, change.set)
    .map(f => f.path)
    .filter(path => isData(resource, path))
  const keys = [...new Set([...keyColumns(change, context), ...unchanged])]
  const missing = missingToRead(change, keys, source, context)
  if (missing === undefined || (absent.length > 0 && absent.every(c => missing.includes(c)))) return undefined
  const table = `${fullName(resource)}${s.alias === undefined ? '' : ` AS ${nameText(s.alias)}`}`
  const list = keys.map(pathText).join(', ')
  const written = abbreviated(conditions.map(c => conditionText(c)).join(' AND '))
  const where = [
    written === '' ? '…' : written,
    ...(isOpen && written !== '' ? ['…'] : []),
    ...missing.map(column => `${pathText(column)} = ${isNumberAt(resource, column) ? '…' : "'…'"}`),
  ]
  const rows = `SELECT ${list} FROM ${table} WHERE ${where.join(' AND ')}`
  const set = s.kind === 'delete' ? '' : ` SET ${abbreviated(s.set.map(i => setText(source, i)).join(', '))}`
  return [
    `${s.kind === 'delete' ? 'DELETE FROM' : s.kind.toUpperCase()} ${table}${set}`,
    ` WHERE ${keys.length > 1 ? `(${list})` : list} IN (${rows})`,
    ...options.map(o => ` AND ${nameText(o.name)} = ${plainText(source, o.expr)}`),
    s.returning ? ` RETURNING ${plainText(source, s.returning)}` : '',
  ].join('')
}

/** Columns that the SELECT requires besides the conditions; undefined if it cannot be planned. */
function missingToRead(
  { statement: s, resource, conditions, keys: { known } }: ChangeParts,
  keys: readonly string[],
  source: Source,
  context: PlanContext,
): readonly string[] | undefined {
  const isUnknown = (column: string): boolean => !known.every(a => a.has(column))
  // Answers do not have these columns, so a SELECT that does not send them gives NULL.
  const unanswered = keys.filter(
    k => isUnknown(k) && resource.columns.some(c => keyPart(c.name) === k && c.isInput && !c.at),
  )
  const needs = resource.methods
    .filter(m => m.verb === 'select')
    .map(m => neededParams(m, resource.provider, context).flatMap(p => p.column ?? []))
    .map(columns => [...new Set([...unanswered, ...columns.filter(isUnknown)])])
    .toSorted((a, b) => a.length - b.length)
  return [unanswered, ...needs].find(added =>
    isPlannable(s, resource, keys, conditions, added, source, context),
  )
}

function isPlannable(
  s: Change,
  resource: Resource,
  keys: readonly string[],
  conditions: readonly Expression[],
  added: readonly string[],
  source: Source,
  context: PlanContext,
): boolean {
  const alias = quote(s.alias ?? resource.name)
  const table = [resource.provider, resource.service, resource.name].map(quote).join('.')
  const where = [
    ...conditions.map(c => [c.range]),
    ...added.map(column => [`${alias}.${pathText(column)} = ${isNumberAt(resource, column) ? 1 : "'…'"}`]),
  ]
  const text = compose(source, [
    `SELECT ${keys.map(k => `${alias}.${pathText(k)}`).join(', ')} FROM ${table}${s.alias ? ` AS ${alias}` : ''}`,
    ...(where.length > 0 ? [' WHERE ', ...allOf(where)] : []),
  ])
  try {
    text.run(() => planQuery(text.source, text.range, context))
    return true
  } catch (error) {
    if (error instanceof ConfluentqlError && error.code === 'MISSING_PARAMETER') return false
    throw error
  }
}

function isNumberAt(resource: Resource, path: string): boolean {
  const shape = shapeAt(resource.columns, path)
  return shape !== undefined && shape !== 'open' && isNumeric(shape.type)
}

/** Longer texts, and texts with invisible characters, could not be copied correctly. */
const LONGEST = 600

function abbreviated(text: string): string {
  return text.length > LONGEST || /\p{C}/u.test(text) ? '…' : text
}

/** The text of a range without comments and line breaks. */
function plainText({ tokens }: Source, { from, to }: Range): string {
  return tokens
    .slice(from, to)
    .map((t, i, all) => (i > 0 && t.start > all[i - 1]!.end ? ` ${t.text}` : t.text))
    .join('')
}

function conditionText(e: Expression): string {
  const text = plainText(e.source, e.range)
  const isBareOr = e.kind === 'or' && e.range.from === e.operands[0]!.range.from
  return isBareOr ? `(${text})` : text
}

function setText(source: Source, { path, expr }: { path: readonly string[]; expr: Range }): string {
  return `${path.map(nameText).join('.')} = ${plainText(source, expr)}`
}

function pathText(path: string): string {
  return keyParts(path).map(nameText).join('.')
}
