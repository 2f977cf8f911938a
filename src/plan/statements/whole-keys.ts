import { keyPart, keyParts } from '../../catalog/keys.ts'
import { shapeAt } from '../../catalog/compile/shapes.ts'
import type { Method, Param, Resource } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Expression } from '../../sql/expression.ts'
import { nameText } from '../../sql/operators.ts'
import type { Range, Source } from '../../sql/query.ts'
import { allOf, compose } from '../compose.ts'
import type { PlanContext } from '../context.ts'
import { isNumeric } from '../coerce.ts'
import { neededParams } from '../hosts.ts'
import { keysOf } from '../key-sources.ts'
import type { ChangeParts } from './keys.ts'
import { neededBy } from '../predicates/needed.ts'
import { fullName } from '../names.ts'
import { planQuery } from './query.ts'
import { quote } from '../splice.ts'
import { storedName } from './stored-keys.ts'
import { unsetFields } from './targets.ts'

type MethodChange = ChangeParts & { readonly method: Method }

/** The columns that identify a row to a method: those of the parameters it needs, and those of parameters that select by data. */
function keyColumns({ method, resource, set }: MethodChange, needed: readonly Param[]): readonly string[] {
  const columns = method.params
    .filter(p => needed.includes(p) || isData(resource, p.column))
    .flatMap(p => p.column ?? [])
  // A required body field that SET does not assign keeps its value and so identifies the row too (environment.id).
  const unchanged = unsetFields(method, set)
    .map(f => f.path)
    .filter(path => isData(resource, path))
  return [...new Set([...columns, ...unchanged])]
}

/** Whether a column, or the column of a path, is data: answers have it. */
export function isData(resource: Resource, path: string | undefined): boolean {
  return resource.columns.some(c => !c.isInput && path !== undefined && c.name === keyParts(path)[0])
}

/** How to write the statement so that it gives all keys of the rows; undefined if there is no such form. */
export function allKeysHint(
  change: MethodChange,
  absent: readonly string[],
  source: Source,
  context: PlanContext,
): string | undefined {
  const whole = byWholeKeys(change, absent, source, context)
  const stored = whole?.isComplete ? undefined : byStoredKeys(change, source, context)
  if (stored !== undefined) return `store all keys of the rows first, as a SELECT finds them: ${stored}`
  return whole && `let a SELECT give all keys of the rows: ${whole.sql}`
}

/**
 * The statement rewritten so that a SELECT with its WHERE gives all keys of the rows. In it `'…'` stands for values that
 * the SELECT requires and the statement does not give (it is not complete then), `…` for a missing WHERE and for texts that
 * are too long to show. Undefined if no SELECT can give the keys, or if the SELECT requires everything that is missing.
 *
 * @param absent columns that the method requires and WHERE does not give
 * @param isOpen the user has to complete the WHERE: it ends in `AND …`
 * @throws ConfluentqlError for an unknown name or a syntax error in WHERE
 */
export function byWholeKeys(
  change: MethodChange,
  absent: readonly string[],
  source: Source,
  context: PlanContext,
  isOpen = false,
): { readonly sql: string; readonly isComplete: boolean } | undefined {
  const { resource, method, keys: known } = change
  const keys = keyColumns(change, neededBy(known.given, method, resource.provider, context))
  const missing = missingToRead(change, keys, source, context)
  if (missing === undefined || (absent.length > 0 && absent.every(c => missing.includes(c)))) return undefined
  const added = [
    ...(isOpen && change.conditions.length > 0 ? ['…'] : []),
    ...missing.map(column => `${pathText(column)} = ${isNumberAt(resource, column) ? '…' : "'…'"}`),
  ]
  const sql = changeText(change, keys, rowsText(change, keys, added), source)
  return { sql, isComplete: missing.length === 0 }
}

/**
 * The statement that stores all keys of the rows, some of which come from parents, and the change of these rows; undefined
 * if a SELECT cannot give all keys.
 */
export function byStoredKeys(change: MethodChange, source: Source, context: PlanContext): string | undefined {
  const { resource, method } = change
  if (context.requireKeys !== 'in changes') return undefined
  const keys = keyColumns(
    change,
    neededBy(() => ['from rows'], method, resource.provider, context),
  )
  const ofParents = new Set((resource.parents ?? []).flatMap(keysOf))
  if (unanswered(change, keys).some(k => !ofParents.has(k))) return undefined
  if (!isPlannable(change, keys, [], source, { ...context, requireKeys: false })) return undefined
  const name = storedName(context)
  return `CREATE TEMP TABLE ${name} AS ${rowsText(change, keys, [])}; ${changeText(change, keys, `SELECT * FROM ${name}`, source)}`
}

/** The SELECT of the keys of the rows. */
function rowsText(change: MethodChange, keys: readonly string[], added: readonly string[]): string {
  const written = abbreviated(change.conditions.map(c => conditionText(c)).join(' AND '))
  const where = [written === '' ? '…' : written, ...added]
  return `SELECT ${keys.map(pathText).join(', ')} FROM ${tableText(change)} WHERE ${where.join(' AND ')}`
}

/** The change of the rows whose keys a query gives. */
function changeText(
  { statement: s, resource, options }: MethodChange,
  keys: readonly string[],
  rows: string,
  source: Source,
): string {
  const list = keys.map(pathText).join(', ')
  const set = s.kind === 'delete' ? '' : ` SET ${abbreviated(s.set.map(i => setText(source, i)).join(', '))}`
  return [
    `${s.kind === 'delete' ? 'DELETE FROM' : s.kind.toUpperCase()} ${tableText({ statement: s, resource })}${set}`,
    ` WHERE ${keys.length > 1 ? `(${list})` : list} IN (${rows})`,
    ...options.map(o => ` AND ${nameText(o.name)} = ${plainText(source, o.expr)}`),
    s.returning ? ` RETURNING ${plainText(source, s.returning)}` : '',
  ].join('')
}

function tableText({ statement: s, resource }: Pick<ChangeParts, 'statement' | 'resource'>): string {
  return `${fullName(resource)}${s.alias === undefined ? '' : ` AS ${nameText(s.alias)}`}`
}

/** The keys that WHERE does not give and answers do not have, so a SELECT that does not send them gives NULL. */
function unanswered({ resource, keys: { known } }: ChangeParts, keys: readonly string[]): readonly string[] {
  return keys.filter(
    k =>
      !known.every(a => a.has(k)) && resource.columns.some(c => keyPart(c.name) === k && c.isInput && !c.at),
  )
}

/** Columns that the SELECT requires besides the conditions; undefined if it cannot be planned. */
function missingToRead(
  change: ChangeParts,
  keys: readonly string[],
  source: Source,
  context: PlanContext,
): readonly string[] | undefined {
  const { resource } = change
  const isUnknown = (column: string): boolean => !change.keys.known.every(a => a.has(column))
  const absent = unanswered(change, keys)
  const needs = resource.methods
    .filter(m => m.verb === 'select')
    .map(m => neededParams(m, resource.provider, context).flatMap(p => p.column ?? []))
    .map(columns => [...new Set([...absent, ...columns.filter(isUnknown)])])
    .toSorted((a, b) => a.length - b.length)
  return [absent, ...needs].find(added => isPlannable(change, keys, added, source, context))
}

function isPlannable(
  { statement: s, resource, conditions }: ChangeParts,
  keys: readonly string[],
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
