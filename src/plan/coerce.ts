import type { Shape, Value } from '../catalog/types.ts'
import type { Expression } from '../sql/expression.ts'

/**
 * A value converted as SQLite converts it to compare it with a column of a type (sqlite.org/datatype3.html, 4.2): a text
 * that looks like a number becomes that number for an integer column, a number becomes its text for a text column.
 * Undefined if the column cannot equal the value.
 */
export function coerceValue(value: Value, type: Shape['type']): Value | undefined {
  if (value === null || value instanceof Uint8Array) return undefined
  if (type === 'integer' || type === 'number' || type === 'boolean') {
    const number = toNumber(value)
    if (number === undefined) return undefined
    if (type === 'boolean') return number === 0n || number === 1n ? number : undefined
    return type === 'number' || typeof number === 'bigint' ? number : undefined
  }
  return typeof value === 'number' && Number.isInteger(value) ? `${value}.0` : String(value)
}

/** Whether a numeric column converts a text to a number. */
export function isNumber(text: string): boolean {
  return /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(text)
}

function toNumber(value: string | number | bigint): number | bigint | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value === 'string' && !isNumber(value)) return undefined
  if (typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value))
    return BigInt(value.trim().replace(/^\+/, ''))
  const number = Number(value)
  return Number.isSafeInteger(number) ? BigInt(number) : number
}

/** Whether SQLite compares values of a type as numbers. */
export function isNumeric(type: Shape['type'] | undefined): boolean {
  return type === 'integer' || type === 'number' || type === 'boolean'
}

/** An expression converted as `coerce` converts values, so that it can be compared with coerced values. */
export function castAs(sql: string, type: Shape['type'] | undefined): string {
  return type === undefined ? sql : `CAST(${sql} AS ${isNumeric(type) ? 'NUMERIC' : 'TEXT'})`
}

/** The distinct values, coerced to the type of a column. Without a type (a field of an object) they stay as they are. */
export function coerceAll(values: readonly Value[], type: Shape['type'] | undefined): Value[] {
  return [
    ...new Set(
      type === undefined ? values : values.map(v => coerceValue(v, type)).filter(v => v !== undefined),
    ),
  ]
}

const MAX_INTEGER = 2n ** 63n - 1n

/**
 * A number as the statement writes it, if the text that SQLite makes of it is another one: `007` and `1.10`, of which the zeros are
 * lost, `1e3`, and integers beyond 64 bits, of which the last digits are.
 */
export function alteredNumber(e: Expression): string | undefined {
  const isNegative = e.kind === 'unary' && e.operator === '-'
  const literal = e.kind === 'unary' && e.operator !== '~' ? e.operand : e
  if (literal.kind !== 'literal' || literal.type !== 'number') return undefined
  const digits = literal.source.tokens[literal.at]!.text
  const isLowest = isNegative && digits === LOWEST && isAlone(literal)
  const isKept = isLowest || (hasOwnText(digits) && !(isNegative && digits === '0'))
  return isKept ? undefined : `${isNegative ? '-' : ''}${digits}`
}

/** The digits of the lowest integer: SQLite reads them with their sign, if no bracket is between. */
const LOWEST = String(MAX_INTEGER + 1n)

const isAlone = ({ range }: Expression): boolean => range.to - range.from === 1

function hasOwnText(number: string): boolean {
  if (/^\d+$/.test(number)) return BigInt(number) <= MAX_INTEGER && String(BigInt(number)) === number
  const value = Number(number)
  return number === (Number.isInteger(value) ? value.toFixed(1) : String(value))
}

/** Whether a number in the form of SQL has more digits than a floating-point number of SQLite keeps, and is no 64-bit integer. */
export function losesDigits(number: string): boolean {
  const [whole, kept] = [decimalOf(number), decimalOf(String(Number(number)))]
  if (!whole || !kept || (whole.exponent >= 0 && magnitude(whole) <= MAX_INTEGER)) return false
  return whole.digits !== kept.digits || whole.exponent !== kept.exponent
}

interface Decimal {
  /** Without zeros at either end. */
  readonly digits: string
  readonly exponent: number
}

/** The value of a decimal number; undefined for zero and for what is none, such as `0x10`. */
function decimalOf(number: string): Decimal | undefined {
  const [, whole = '', fraction = '', exponent = '0'] =
    /^[+-]?(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(number) ?? []
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  const short = digits.replace(/0+$/, '')
  return short === ''
    ? undefined
    : { digits: short, exponent: Number(exponent) - fraction.length + digits.length - short.length }
}

/** No integer of 64 bits has more than 19 digits. */
function magnitude({ digits, exponent }: Decimal): bigint {
  return digits.length + exponent > 19 ? MAX_INTEGER + 1n : BigInt(`${digits}${'0'.repeat(exponent)}`)
}
