import { shapeAt } from '../../catalog/shapes.ts'
import type { Method, Resource } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Expression } from '../../sql/expression.ts'
import type { Range, Source } from '../../sql/query.ts'
import { allOf, compose } from '../compose.ts'
import type { PlanContext } from '../context.ts'
import { isNumeric } from '../coerce.ts'
import { neededParams } from '../hosts.ts'
import type { Change, Given } from './keys.ts'
import { fullName } from '../names.ts'
import { planQuery } from './query.ts'
import { quote } from '../splice.ts'
import { unsetFields } from './targets.ts'

/** Columns that name a row to a method: of its parameters, those that it needs, and those that the answer to a SELECT has. */
export function keyColumns(method: Method, resource: Resource, context: PlanContext): string[] {
  const needed = neededParams(method, resource.provider, context)
  const columns = method.params
    .filter(p => needed.includes(p) || isData(resource, p.column))
    .flatMap(p => p.column ?? [])
  return [...new Set(columns)]
}

/** Whether a column, or the one that a path goes into, is in the answer. */
export function isData(resource: Resource, path: string | undefined): boolean {
  return resource.columns.some(c => !c.isInput && c.name === path?.split('.')[0])
}

/**
 * The same statement, complete, on exactly the rows that a SELECT with its WHERE shows: the SELECT gives all keys of each
 * row. `'…'` stands for values that the SELECT needs and the statement does not give, `…` for a WHERE that it does not have
 * and for texts that cannot be shown whole. Undefined where no SELECT can give the keys, or where it needs all that is missing.
 *
 * @param absent columns that the method needs and WHERE does not give
 * @param isOpen the WHERE is to be completed: `AND …` ends it
 * @throws ConfluentqlError for a wrong name or syntax in WHERE
 */
export function byWholeKeys(
  change: Given & { readonly method: Method },
  absent: readonly string[],
  source: Source,
  context: PlanContext,
  isOpen = false,
): string | undefined {
  const { statement: s, resource, method, conditions, options } = change
  // a field that the body must have says which row is meant as well (environment.id), and stays what it is
  const kept = unsetFields(method, change.set)
    .map(f => f.path)
    .filter(path => isData(resource, path))
  const keys = [...new Set([...keyColumns(method, resource, context), ...kept])]
  const missing = missingToRead(change, keys, source, context)
  if (missing === undefined || (absent.length > 0 && absent.every(c => missing.includes(c)))) return undefined
  const table = `${fullName(resource)}${s.alias === undefined ? '' : ` AS ${nameText(s.alias)}`}`
  const list = keys.map(pathText).join(', ')
  const own = shown(conditions.map(c => conditionText(c)).join(' AND '))
  const where = [
    own === '' ? '…' : own,
    ...(isOpen && own !== '' ? ['…'] : []),
    ...missing.map(column => `${pathText(column)} = ${isNumberAt(resource, column) ? '…' : "'…'"}`),
  ]
  const rows = `SELECT ${list} FROM ${table} WHERE ${where.join(' AND ')}`
  const set = s.kind === 'delete' ? '' : ` SET ${shown(s.set.map(i => setText(source, i)).join(', '))}`
  return [
    `${s.kind === 'delete' ? 'DELETE FROM' : s.kind.toUpperCase()} ${table}${set}`,
    ` WHERE ${keys.length > 1 ? `(${list})` : list} IN (${rows})`,
    ...options.map(o => ` AND ${nameText(o.name)} = ${textOf(source, o.expr)}`),
    s.returning ? ` RETURNING ${textOf(source, s.returning)}` : '',
  ].join('')
}

/** Columns that the SELECT needs besides the conditions; undefined where it cannot be planned. */
function missingToRead(
  { statement: s, resource, conditions, keys: { known } }: Given,
  keys: readonly string[],
  source: Source,
  context: PlanContext,
): readonly string[] | undefined {
  const isOpen = (column: string): boolean => !known.every(a => a.has(column))
  // no answer holds them, so that a SELECT which does not ask for them has NULL there
  const unanswered = keys.filter(
    k => isOpen(k) && resource.columns.some(c => c.name === k && c.isInput && !c.at),
  )
  const needs = resource.methods
    .filter(m => m.verb === 'select')
    .map(m => neededParams(m, resource.provider, context).flatMap(p => p.column ?? []))
    .map(columns => [...new Set([...unanswered, ...columns.filter(isOpen)])])
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
    `SELECT ${keys.map(k => `${alias}.${pathText(k)}`).join(', ')} FROM ${table} AS ${alias}`,
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

/** A longer text, or one with characters that a terminal does not show, would be another when it is copied. */
const LONGEST = 600

function shown(text: string): string {
  return text.length > LONGEST || /\p{C}/u.test(text) ? '…' : text
}

/** A range as typed, without its comments and line breaks. */
function textOf({ tokens }: Source, { from, to }: Range): string {
  return tokens
    .slice(from, to)
    .map((t, i, all) => (i > 0 && t.start > all[i - 1]!.end ? ` ${t.text}` : t.text))
    .join('')
}

function conditionText(e: Expression): string {
  const text = textOf(e.source, e.range)
  const isOpen = e.kind === 'or' && e.range.from === e.operands[0]!.range.from
  return isOpen ? `(${text})` : text
}

function setText(source: Source, { path, expr }: { path: readonly string[]; expr: Range }): string {
  return `${path.map(nameText).join('.')} = ${textOf(source, expr)}`
}

function pathText(path: string): string {
  return path.split('.').map(nameText).join('.')
}

function nameText(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : quote(name)
}
