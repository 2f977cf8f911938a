import type { Value } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Expression } from '../../sql/expression.ts'
import { isConstant } from '../../sql/properties.ts'
import type { Query } from '../../sql/query.ts'
import type { Binder } from '../binding/binder.ts'
import type { BoundColumn } from '../binding/bound.ts'
import { UNKNOWN } from '../binding/fields.ts'
import { onlyOrigin, originOf } from '../binding/origins.ts'
import { nodesOf } from '../binding/traverse.ts'
import type { Validator } from '../context.ts'
import { spanOf } from '../names.ts'
import { isNumber, isNumeric } from '../coerce.ts'

/** Two operands that are compared; `equality`: a test of being the same (=, <>, IS, IN). */
interface Comparing {
  readonly left: Expression
  readonly right: Expression
  readonly equality: boolean
  readonly is?: true
}

/** What sorts among times as APIs write them (RFC 3339): one of them, or what one begins with. A blank before the hour sorts before every `T` of the day. */
const TIME = /^\d{4}(?:-(?:\d\d(?:-(?:\d\d(?:T.*)?)?)?)?)?$/i

/**
 * Refuses a number or a boolean compared with a constant that is a text, and a text with one that is a number: SQLite
 * holds every number to be less than any text (sqlite.org/datatype3.html, 4.1), so that the condition would hold for no
 * row, or for all, without a word. A whole column of numbers takes a text that looks like a number for that number; what
 * stands inside an object does not. An empty text may be asked for: that nothing equals it is what is meant. A whole
 * column of texts takes a number for its digits, which for a timestamp is a year or nothing, and takes true for 1.
 *
 * Refuses a timestamp compared with a text that is none: texts are compared by their characters, so that '01/06/2025', or
 * a time as datetime() writes it, would find too few rows or too many.
 *
 * The type is that of the column which a value comes from, through brackets, COLLATE, CASE, coalesce, aliases, derived
 * tables, CTEs and views.
 */
export function checkTypes(binder: Binder, query: Query, validator: Validator): void {
  for (const node of nodesOf(query)) {
    for (const { left, right, equality, is } of comparisons(node)) {
      check(binder, validator, left, right, equality, is)
      check(binder, validator, right, left, equality, is)
    }
  }
}

/** The pairs of operands that a node compares. */
function comparisons(e: Expression): readonly Comparing[] {
  switch (e.kind) {
    case 'comparison':
      return pairs(e.left, e.right, e.operator === '=' || e.operator === '<>')
    case 'is':
      return e.right ? pairs(e.left, e.right, true).map(p => ({ ...p, is: true })) : []
    case 'in list':
      return e.list.flatMap(item => pairs(e.left, item, true))
    case 'in query': {
      const values = e.query.cores.flatMap(core => core.values)
      const columns = e.left.kind === 'row' ? e.left.items : [e.left]
      return values.flatMap(row => columns.flatMap((c, i) => (row[i] ? pairs(c, row[i], true) : [])))
    }
    case 'between':
      return [...pairs(e.operand, e.low, false), ...pairs(e.operand, e.high, false)]
    case 'case':
      return e.base ? e.branches.flatMap(b => pairs(e.base!, b.when, true)) : []
    case 'call':
      return e.name === 'nullif' && e.args.length === 2 ? pairs(e.args[0]!, e.args[1]!, true) : []
    default:
      return []
  }
}

function pairs(left: Expression, right: Expression, equality: boolean): Comparing[] {
  if (left.kind !== 'row' || right.kind !== 'row') return [{ left, right, equality }]
  return left.items.flatMap((item, i) => (right.items[i] ? pairs(item, right.items[i], equality) : []))
}

/** The expressions that the value of one may be, through what hands a value on. */
function valuesOf(e: Expression): readonly Expression[] {
  switch (e.kind) {
    case 'collate':
      return valuesOf(e.operand)
    case 'unary':
      return e.operator === '+' ? valuesOf(e.operand) : [e]
    case 'case':
      return [...e.branches.map(b => b.result), ...(e.fallback ? [e.fallback] : [])].flatMap(valuesOf)
    case 'call':
      if (e.name === 'coalesce' || e.name === 'ifnull') return e.args.flatMap(valuesOf)
      if (e.name === 'iif' || e.name === 'if') return e.args.slice(1).flatMap(valuesOf)
      if ((e.name === 'min' || e.name === 'max') && e.filter === undefined) return e.args.flatMap(valuesOf)
      return e.name === 'nullif' ? e.args.slice(0, 1).flatMap(valuesOf) : [e]
    case 'subquery': {
      const items = e.query.cores.map(core => (core.items.length === 1 ? core.items[0]! : undefined))
      return items.every(i => i && !i.star) ? items.flatMap(i => valuesOf(i!.expr)) : [e]
    }
    default:
      return [e]
  }
}

/** @throws ConfluentqlError VALUE if all columns that `side` may be are compared with a constant of another type */
function check(
  binder: Binder,
  validator: Validator,
  side: Expression,
  other: Expression,
  equality: boolean,
  is: true | undefined,
): void {
  const values = valuesOf(side).filter(e => !isEmpty(e))
  const columns = values.map(e => binder.columnOf(e))
  if (columns.length === 0 || !columns.every(c => c && isKnown(c))) return
  const constant = constantOf(binder, validator, other)
  if (constant === undefined) return
  // a condition that one of several columns can meet is none that holds for no row
  const refusals = columns.map(c => mistake(binder, c!, constant, other, equality, is, affinityIn(side, c!)))
  if (refusals.every(r => r !== undefined)) throw refusals[0]!
}

/** NULL, or '' as coalesce has it for NULL. */
function isEmpty(e: Expression): boolean {
  return (
    e.kind === 'literal'
    && (e.type === 'null' || (e.type === 'string' && e.source.tokens[e.at]!.value === ''))
  )
}

/** Whether a column keeps its affinity in an operand: unary + and functions take it away. */
function affinityIn(side: Expression, column: BoundColumn): boolean {
  const whole = side.kind === 'collate' ? side.operand : side
  return column.affinity === 'numeric' && (whole.kind === 'column' || whole.kind === 'subquery')
}

function mistake(
  binder: Binder,
  column: BoundColumn,
  value: Value,
  other: Expression,
  equality: boolean,
  is: true | undefined,
  isNumberColumn: boolean,
): ConfluentqlError | undefined {
  const name = binder.splices.original(column.source, column.node.name)
  const { type } = column.shape
  if (typeof value !== 'string')
    return isMistakenNumber(column, value, other, is)
      ? refusalOfNumber(name, column, String(value), other)
      : undefined
  if (value === '' && equality) return undefined
  if (type === 'timestamp') return TIME.test(value) ? undefined : refusal(name, column, value, other)
  const isMistaken = isNumeric(type) && !(isNumberColumn && isNumber(value))
  return isMistaken ? refusal(name, column, value, other) : undefined
}

/** Whether it is known what is in a column: a resource's, or what a snapshot keeps in an object. A whole column of the session's own tables may hold anything. */
function isKnown(column: BoundColumn): boolean {
  if (column.shape === UNKNOWN || column.implied.length > 0 || column.merged) return false
  const origin = onlyOrigin(column)
  return origin?.relation.kind === 'ref' || (origin?.relation.kind === 'local' && origin.path.length > 0)
}

function refusal(name: string, { shape }: BoundColumn, text: string, other: Expression): ConfluentqlError {
  const param = other.kind === 'parameter' ? other.source.tokens[other.at]!.text : undefined
  const shown = `'${text.length > 40 ? `${text.slice(0, 39)}…` : text}'${param === undefined ? '' : ` of ${param}`}`
  return new ConfluentqlError(
    'VALUE',
    `${name} is ${shape.type === 'integer' ? 'an' : 'a'} ${shape.type}, which does not compare as meant with the text ${shown}`,
    {
      span: spanOf(other.source, other.range),
      hint:
        shape.type === 'timestamp' ? timeInstead(text) : instead(name, shape.type === 'boolean', text, param),
    },
  )
}

function instead(name: string, isBoolean: boolean, text: string, param: string | undefined): string {
  if (isBoolean) {
    const isFalse = /^(?:false|f|no|n|off|0)$/i.test(text.trim())
    return param === undefined
      ? `write ${String(!isFalse)}, without quotes`
      : `give ${param} as ${isFalse ? '0' : '1'}`
  }
  if (isNumber(text))
    return param === undefined ? `write ${text.trim()} without quotes` : `give ${param} as a number`
  return `compare it with a number, or as a text: CAST(${name} AS TEXT)`
}

function timeInstead(text: string): string {
  const [, day, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d(?::\d\d(?:\.\d+)?)?)$/.exec(text) ?? []
  const own = day === undefined ? "such as '2026-01-31' or '2026-01-31T08:00:00Z'" : `'${day}T${time}Z'`
  return `the API writes a T before the hour and a Z behind it: write ${own}; for a time that is computed, strftime('%Y-%m-%dT%H:%M:%SZ', 'now')`
}

/** Whether a number stands beside a text that is no number's digits. */
function isMistakenNumber(
  { relation, column, path, shape }: BoundColumn,
  value: Value,
  other: Expression,
  is: true | undefined,
): boolean {
  if (shape.type !== 'string' && shape.type !== 'timestamp') return false
  if (typeof value !== 'number' && typeof value !== 'bigint') return false
  if (isBoolean(other)) return is === undefined
  const isWhole = (originOf(relation, column, path)?.path ?? path).length === 0
  return !isWhole || (shape.type === 'timestamp' && !/^\d{4}$/.test(String(value)))
}

const isBoolean = (e: Expression): boolean => e.kind === 'literal' && e.type === 'boolean'

function refusalOfNumber(
  name: string,
  { shape }: BoundColumn,
  value: string,
  other: Expression,
): ConfluentqlError {
  const kind = isBoolean(other) ? 'boolean' : 'number'
  const number = other.kind === 'literal' && kind === 'boolean' ? other.source.tokens[other.at]!.text : value
  const text =
    /^\d{4}$/.test(value) || kind === 'boolean'
      ? `write '${number.toLowerCase()}'`
      : "compare it with a text such as '2026-01-31', or strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"
  return new ConfluentqlError(
    'VALUE',
    `${name} is a ${shape.type}, which does not compare as meant with the ${kind} ${number}`,
    {
      span: spanOf(other.source, other.range),
      hint:
        shape.type === 'timestamp'
          ? text
          : `write '${number.toLowerCase()}', or compare it as a number: CAST(${name} AS NUMERIC)`,
    },
  )
}

/** The value that an expression always has; undefined where it depends on rows. A number given for a variable beside a text is compared as a text. */
function constantOf(binder: Binder, validator: Validator, e: Expression): Value | undefined {
  if (e.kind === 'literal' && e.type === 'string') return e.source.tokens[e.at]!.value
  if (!isConstant(e, validator.functions())) return undefined
  try {
    const [value] = validator.values([binder.splices.original(e.source, e.range)])
    return e.kind === 'parameter' && typeof value !== 'string' ? undefined : value
  } catch {
    return undefined
  }
}
