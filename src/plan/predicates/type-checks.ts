import { instantText } from '../../catalog/times.ts'
import type { ColumnType, Value } from '../../catalog/types.ts'
import type { ConfluentqlError } from '../../errors.ts'
import type { Expression } from '../../sql/expression.ts'
import type { Query } from '../../sql/query.ts'
import type { Binder } from '../binding/binder.ts'
import { pathOf, type BoundColumn, type ColumnPath } from '../binding/bound.ts'
import { UNKNOWN } from '../binding/fields.ts'
import { onlyOrigin, originOf } from '../binding/origins.ts'
import { nodesOf } from '../binding/traverse.ts'
import { isComputedShape, isMoment, kindsOfPath, typed, valueType } from '../binding/value-types.ts'
import { alteredNumber, isNumber, isNumeric } from '../coerce.ts'
import { alteredNumbers } from './altered-numbers.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { onlyValue, possibleValues } from './column-values.ts'
import {
  comparesTimes,
  comparingIn,
  comparisons,
  isEquality,
  queryPairs,
  type OperandPair,
} from './comparisons.ts'
import { isBooleanLiteral, isNested, nestedError, numberError, textError } from './type-errors.ts'

/** A timestamp as APIs write it (RFC 3339), or a prefix of one: such texts sort by time. With a blank instead of `T` they do not. */
const TIME = /^\d{4}(?:-(?:\d\d(?:-(?:\d\d(?:T.*)?)?)?)?)?$/i

const isTime = (text: string, { isInstant }: How): boolean =>
  TIME.test(text) || (isInstant && instantText(text) !== undefined)

/**
 * Rejects a number or boolean compared with a constant text, and a text compared with a constant number. To SQLite every
 * number is less than any text (sqlite.org/datatype3.html, 4.1), so such a condition is silently true for all rows or for
 * none. Allowed are:
 * - a text that looks like a number beside a numeric column, which converts it (a field of an object does not);
 * - the empty text, which nothing is meant to equal, and which every time is greater than;
 * - a number equal to a text column, which converts it to its digits, if these are as written (`007` would be '7'): `<` and `>` would
 *   compare the digits as a text, in which '9' is after '10' (beside a timestamp only a year makes sense);
 * - a text compared with CAST(… AS INTEGER), which converts the text to a number (IN and nullif do not).
 *
 * Rejects an object or array compared with a constant that is no JSON of one: `status = 'READY'` would be true for no row.
 *
 * Rejects a timestamp compared with a text that is no time, such as '01/06/2025': texts compare by their characters (times do not,
 * see instants.ts).
 *
 * The type is that of the column that the value comes from, through brackets, COLLATE, CASE, coalesce, aliases, derived
 * tables, CTEs and views; or it is computed by a function or operator that always gives a text, such as strftime or `||`.
 */
export function checkTypes(query: Query, analysis: ExpressionAnalysis): void {
  const { binder } = analysis
  const sides = new Map<Expression, Side | undefined>()
  const sideOf = (e: Expression): Side | undefined => {
    // a list compares its left side with each value
    if (!sides.has(e)) sides.set(e, readSide(e, binder))
    return sides.get(e)
  }
  const check = (side: Expression, beside: Expression, how: How): void => {
    const other = onlyValue(beside)
    if (!analysis.isConstant(other)) return
    const read = sideOf(side)
    if (read) checkSide(analysis, side, read, other, how)
  }
  for (const node of comparingIn(nodesOf(query))) {
    const isConverting = node.kind !== 'in list' && node.kind !== 'in query' && node.kind !== 'call'
    const compare = ({ left, right, operator, is }: OperandPair, converts: boolean): void => {
      const how = {
        equality: isEquality(operator),
        is,
        isConverting: converts,
        isInstant: comparesTimes(node),
      }
      check(left, right, how)
      if (right.kind !== 'literal' || left.kind !== 'column') check(right, left, how)
    }
    for (const pair of comparisons(node)) compare(pair, isConverting)
    if (node.kind === 'in query') for (const pair of queryPairs(node)) compare(pair, true)
  }
}

/** How two operands are compared. */
interface How {
  readonly equality: boolean
  readonly is: true | undefined
  /** A CAST to a number on one side converts a text on the other. */
  readonly isConverting: boolean
  /** A time is compared as one in any form. */
  readonly isInstant: boolean
}

/** The values that one side of a comparison may have, each with its column, or with the type that it is computed with. */
interface Side {
  readonly values: readonly Expression[]
  readonly columns: readonly (BoundColumn | undefined)[]
  readonly types: readonly (ColumnType | undefined)[]
}

/** Undefined if the type of a value is not known. */
function readSide(side: Expression, binder: Binder): Side | undefined {
  const possible = possibleValues(side, binder).filter(e => !isEmpty(e))
  const others = possible.filter(e => !isMoment(e))
  const values = others.length > 0 ? others : possible
  const columns = values.map(e => asField(typed(binder.columnOf(e), binder)))
  const isOnly = values.length === 1
  const types = values.map((e, i) => computedType(e, columns[i], binder, isOnly))
  const isKnown = values.length > 0 && columns.every((c, i) => (c && hasKnownType(c)) || types[i])
  return isKnown ? { values, columns, types } : undefined
}

/** @throws ConfluentqlError VALUE if every value that `side` may have is of another type than the constant on the other side */
function checkSide(
  analysis: ExpressionAnalysis,
  side: Expression,
  { values, columns, types }: Side,
  other: Expression,
  how: How,
): void {
  const { binder } = analysis
  const constant = analysis.constantOf(other)
  if (constant === undefined) return
  const nameOf = (e: Expression): string => binder.splices.original(e.source, e.range)
  // CAST to a text makes a text of a number that equals it
  const isTextOrNumber = (e: Expression): boolean =>
    isConverted(binder, other, how) || (how.equality && binder.affinityOf(e) === 'text')
  // The condition makes sense if it does for one of the values.
  const errors = columns.map((c, i) =>
    c && hasKnownType(c)
      ? errorFor(binder, c, constant, other, how, side)
      : computedError(nameOf(values[i]!), types[i]!, constant, other, how, isTextOrNumber(values[i]!)),
  )
  if (errors.every(e => e !== undefined)) throw errors[0]!
}

/** A column; an object that is compared is the field that it means. */
export function asField(column: BoundColumn | undefined): BoundColumn | undefined {
  if (!column || column.implied.length === 0) return column
  const shape = column.implied.reduce((at, field) => at.fields?.[field] ?? UNKNOWN, column.shape)
  return { ...column, path: pathOf(column).path, shape }
}

/** The type of a computed value, if SQLite converts neither it nor a constant beside it, and it is always a text, number or boolean. */
function computedType(
  e: Expression,
  column: BoundColumn | undefined,
  binder: Binder,
  isOnly: boolean,
): ColumnType | undefined {
  const isComputed = column
    ? !column.merged && onlyOrigin(column) === undefined
    : e.kind !== 'literal' || !isOnly
  const [affinity, type] = [binder.affinityOf(e), valueType(e, binder)]
  if (!isComputed || (affinity !== 'none' && !(affinity === 'text' && type === 'string'))) return undefined
  return type === 'string' || type === 'timestamp' || isNumeric(type as ColumnType)
    ? (type as ColumnType)
    : undefined
}

function computedError(
  name: string,
  type: ColumnType,
  value: Value,
  other: Expression,
  how: How,
  isNumberRight: boolean,
): ConfluentqlError | undefined {
  if (type === 'timestamp' && typeof value === 'string')
    return value === '' || isTime(value, how) ? undefined : textError(name, type, value, other)
  if (type !== 'string' && type !== 'timestamp')
    return typeof value !== 'string' || (value === '' && how.equality)
      ? undefined
      : textError(name, type, value, other)
  if (typeof value !== 'number' && typeof value !== 'bigint') return undefined
  if ((how.is && isBooleanLiteral(other)) || isNumberRight) return undefined
  return numberError(name, type, numberIn(other, value), other, how.equality)
}

/** A number as the statement writes it, if it would have other digits as a text. */
function numberIn(other: Expression, value: Value): string {
  const found = alteredNumbers(other)
  return found.length === 1 ? found[0]!.written : String(value)
}

/** Whether the other operand makes a text beside it a number (sqlite.org/datatype3.html, 4.2). */
function isConverted(binder: Binder, other: Expression, { isConverting }: How): boolean {
  return isConverting && binder.affinityOf(other) === 'numeric'
}

/** NULL, or '', which coalesce often replaces NULL by. */
function isEmpty(e: Expression): boolean {
  return (
    e.kind === 'literal'
    && (e.type === 'null' || (e.type === 'string' && e.source.tokens[e.at]!.value === ''))
  )
}

/** Whether an operand converts texts to numbers: a numeric column does; unary + and functions take its affinity away. */
function convertsToNumber(side: Expression, column: BoundColumn): boolean {
  const whole = side.kind === 'collate' ? side.operand : side
  return column.affinity === 'numeric' && (whole.kind === 'column' || whole.kind === 'subquery')
}

function errorFor(
  binder: Binder,
  column: BoundColumn,
  value: Value,
  other: Expression,
  how: How,
  side: Expression,
): ConfluentqlError | undefined {
  const nameOf = (): string =>
    [binder.splices.original(column.source, column.node.name), ...column.implied].join('.')
  const { type } = column.shape
  if (isNested(column.shape))
    return isMistakenJson(value, other, how) ? nestedError(nameOf(), column.shape, other) : undefined
  if (typeof value !== 'string') {
    const isRight = type === 'string' && isConverted(binder, other, how)
    const isText = binder.affinityOf(side) === 'text'
    return !isRight && isMistakenNumber(column, value, other, how, isText)
      ? numberError(nameOf(), timeType(column) ?? type, numberIn(other, value), other, how.equality)
      : undefined
  }
  if (value === '' && how.equality) return undefined
  if (type === 'timestamp')
    return value === '' || isTime(value, how) ? undefined : textError(nameOf(), type, value, other)
  const isMistaken = isNumeric(type) && !(convertsToNumber(side, column) && isNumber(value))
  return isMistaken ? textError(nameOf(), type, value, other) : undefined
}

/**
 * Whether the type of a column's values is known: those of a resource, and texts, computed values, objects, arrays and fields in a
 * table of the session. Its other columns may hold anything.
 */
export function hasKnownType(column: BoundColumn): boolean {
  if (column.shape === UNKNOWN || column.merged) return false
  if (isComputedShape(column.shape)) return true
  const origin = onlyOrigin(column)
  if (origin?.relation.kind !== 'local') return origin?.relation.kind === 'ref'
  return origin.path.length > 0 || hasJson(origin) || hasKnownKind(origin)
}

/** Whether a column of the session has texts, or the computed values of a snapshot; one of booleans may have texts as well. */
function hasKnownKind(of: ColumnPath): boolean {
  const [kind] = kindsOfPath(of)
  return kind !== undefined && kind !== 'boolean'
}

/** Whether a column of the session has the objects or arrays of a snapshot; `JSON` alone may be declared for any texts. */
function hasJson({ relation, column }: ColumnPath): boolean {
  return /^JSON (?:ARRAY )?TEXT$/.test(relation.columns?.find(c => c.name === column)?.declared ?? '')
}

/** Whether an object or array is compared with what cannot be the JSON of one. */
function isMistakenJson(value: Value, other: Expression, { is }: How): boolean {
  if (value === null || (is && isBooleanLiteral(other))) return false
  if (typeof value !== 'string') return true
  // every JSON is greater than the empty text
  return value !== '' && !/^\s*[[{]/.test(value)
}

/** Whether a number is compared with a text that cannot be its digits: it is one only beside a column of texts, not of its functions. */
function isMistakenNumber(
  { relation, column, path, shape }: BoundColumn,
  value: Value,
  other: Expression,
  { equality, is }: How,
  isColumn: boolean,
): boolean {
  if (shape.type !== 'string' && shape.type !== 'timestamp') return false
  if (typeof value !== 'number' && typeof value !== 'bigint') return false
  if (isBooleanLiteral(other)) return is === undefined
  const isWhole = isColumn && (originOf(relation, column, path)?.path ?? path).length === 0
  if (shape.type === 'string') return !isWhole || !equality || alteredNumber(other) !== undefined
  return !isWhole || !/^\d{4}$/.test(String(value))
}

/** What the times of a column are called; those of a text are dates, known by the range that it bounds. */
export function timeType({ relation, column, path, shape }: BoundColumn): 'timestamp' | 'date' | undefined {
  if (shape.type === 'timestamp') return 'timestamp'
  const origin = originOf(relation, column, path)
  if (origin?.relation.kind !== 'ref') return undefined
  const range = origin.relation.ref.resource.methods.find(m => m.range?.column === origin.column)?.range
  return range && (range.unit === 'day' ? 'date' : 'timestamp')
}
