import type { ColumnType } from '../../catalog/types.ts'
import { parsed } from '../../http/json.ts'
import { isNumber as looksNumeric, isNumeric } from '../../plan/coerce.ts'
import { element, isText, KIND } from './jsonb.ts'

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const PARTS = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/
/** Digits of a decimal number that a REAL always keeps. */
const EXACT_DIGITS = 15
/** Digits of 2^63. */
const INTEGER_DIGITS = 19

/** A JSON value: its kind of element, and its characters unless it is an object or an array. */
export interface Scalar {
  readonly kind: number
  readonly text: string
}

/**
 * A value converted to the declared type of its column, as an element of binary JSON. Undefined if something would be lost.
 * @param encode makes an element of a text that is JSON
 */
export function converted(
  { kind, text }: Scalar,
  type: ColumnType,
  encode: (json: string) => Buffer | undefined,
): Buffer | undefined {
  switch (type) {
    case 'string':
      return isNumber(kind)
        ? textElement(text)
        : isBoolean(kind)
          ? textElement(String(kind === KIND.true))
          : undefined
    case 'timestamp':
      return undefined
    case 'integer':
    case 'number':
      return isText(kind) || isNumber(kind) ? numberElement(text, type) : undefined
    case 'boolean':
      return isText(kind) || isNumber(kind) ? booleanElement(text) : undefined
    case 'object':
    case 'array':
      return isText(kind) ? nestedElement(text, type, encode) : undefined
  }
}

/** Whether SQLite stores a value unchanged in a column whose declared type it does not have. */
export function isKept({ kind, text }: Scalar, type: ColumnType): boolean {
  if (isBoolean(kind)) return false
  if (!isText(kind)) return type !== 'number'
  return isNumeric(type) ? !looksNumeric(text) : parsed(text) === undefined
}

const isNumber = (kind: number): boolean => kind === KIND.integer || kind === KIND.real
const isBoolean = (kind: number): boolean => kind === KIND.true || kind === KIND.false
const textElement = (text: string): Buffer => element(KIND.text, Buffer.from(text))

function booleanElement(text: string): Buffer | undefined {
  if (!/^(?:true|false|[01])$/i.test(text)) return undefined
  return element(/^(?:true|1)$/i.test(text) ? KIND.true : KIND.false, Buffer.of())
}

function numberElement(text: string, type: 'integer' | 'number'): Buffer | undefined {
  if (!NUMBER.test(text)) return undefined
  const integer = integerText(text)
  if (integer !== undefined && (type === 'integer' || isExact(integer)))
    return element(KIND.integer, Buffer.from(integer))
  return type === 'number' && isExact(text) ? element(KIND.real, Buffer.from(text)) : undefined
}

/** The digits of a number that is an integer of 64 bits. */
function integerText(number: string): string | undefined {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = PARTS.exec(number)!
  const digits = (whole + fraction).replace(/^0+/, '').replace(/0+$/, '')
  if (digits === '') return '0'
  const zeros =
    (whole + fraction).replace(/^0+/, '').length - digits.length + Number(exponent) - fraction.length
  if (zeros < 0 || digits.length + zeros > INTEGER_DIGITS) return undefined
  const value = BigInt(sign + digits + '0'.repeat(zeros))
  return BigInt.asIntN(64, value) === value ? String(value) : undefined
}

/** Whether a REAL keeps all digits of a number. */
export function isExact(number: string): boolean {
  const digits = significant(number)
  const value = Number(number)
  if (digits === '') return true
  const isInRange = Number.isFinite(value) && value !== 0
  return isInRange && (digits.length <= EXACT_DIGITS || significant(String(value)) === digits)
}

function significant(number: string): string {
  const [, , whole = '', fraction = ''] = PARTS.exec(number) ?? []
  return (whole + fraction).replace(/^0+/, '').replace(/0+$/, '')
}

function nestedElement(
  text: string,
  type: 'object' | 'array',
  encode: (json: string) => Buffer | undefined,
): Buffer | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined
  const nested = encode(text)
  return nested && (nested[0]! & 15) === KIND[type] ? nested : undefined
}
