import type { Value } from '../../catalog/types.ts'
import type { PlanColumn } from '../../plan/plan.ts'
import { SqlError } from '../wire/errors.ts'
import { canonicalJson } from './jsonb.ts'
import { timestamp, timestampMicros } from './timestamps.ts'

/** A Postgres type that columns have. */
export interface PgType {
  readonly name: string
  readonly oid: number
  /** Bytes of a value; -1: variable. */
  readonly size: number
  /** The value as Postgres writes it. @throws SqlError if it is no value of the type */
  readonly text: (value: Exclude<Value, null>) => string
  /** Its binary form. @throws SqlError */
  readonly binary: (value: Exclude<Value, null>) => Buffer
}

const TEXT: PgType = {
  name: 'text',
  oid: 25,
  size: -1,
  text: textOf,
  binary: value => Buffer.from(textOf(value)),
}

const INT8: PgType = {
  name: 'int8',
  oid: 20,
  size: 8,
  text: value => integerText(value),
  binary: value => {
    const buffer = Buffer.allocUnsafe(8)
    buffer.writeBigInt64BE(BigInt(integerText(value)))
    return buffer
  },
}

const FLOAT8: PgType = {
  name: 'float8',
  oid: 701,
  size: 8,
  text: value => floatText(floatOf(value)),
  binary: value => {
    const buffer = Buffer.allocUnsafe(8)
    buffer.writeDoubleBE(floatOf(value))
    return buffer
  },
}

const BOOL: PgType = {
  name: 'bool',
  oid: 16,
  size: 1,
  text: value => (booleanOf(value) ? 't' : 'f'),
  binary: value => Buffer.from([booleanOf(value) ? 1 : 0]),
}

const TIMESTAMPTZ: PgType = {
  name: 'timestamptz',
  oid: 1184,
  size: 8,
  text: value => timestamp(textOf(value)),
  binary: value => {
    const buffer = Buffer.allocUnsafe(8)
    buffer.writeBigInt64BE(timestampMicros(textOf(value)))
    return buffer
  },
}

const JSONB: PgType = {
  name: 'jsonb',
  oid: 3802,
  size: -1,
  text: value => canonicalJson(textOf(value)),
  binary: value => Buffer.from(`\x01${canonicalJson(textOf(value))}`),
}

const TYPES: Readonly<Record<PlanColumn['type'], PgType>> = {
  string: TEXT,
  date: TEXT,
  any: TEXT,
  integer: INT8,
  number: FLOAT8,
  boolean: BOOL,
  timestamp: TIMESTAMPTZ,
  object: JSONB,
  array: JSONB,
  json: JSONB,
}

/** The Postgres type of a column. */
export const typeOf = (type: PlanColumn['type']): PgType => TYPES[type]

function textOf(value: Exclude<Value, null>): string {
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`
  const text = typeof value === 'string' ? value : String(value)
  if (text.includes('\0')) throw new SqlError('22021', 'a text holds a zero byte, which Postgres cannot hold')
  return text
}

function integerText(value: Exclude<Value, null>): string {
  const text = textOf(value).trim()
  if (!/^[+-]?\d+$/.test(text)) throw invalid('bigint', text)
  const number = BigInt(text)
  if (BigInt.asIntN(64, number) !== number)
    throw new SqlError('22003', `value "${text}" is out of range for type bigint`)
  return String(number)
}

function floatOf(value: Exclude<Value, null>): number {
  if (typeof value === 'number') return value
  const text = textOf(value).trim()
  const number = Number(text)
  if (text === '' || Number.isNaN(number)) throw invalid('double precision', text)
  return number
}

/** The shortest text that parses to the number, in the form of Postgres: an exponent of at least two digits, used below 1e-4 and from 1e15. */
export function floatText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'
  if (Object.is(value, -0)) return '-0'
  const [, sign = '', first = '', rest = '', exponent = '0'] =
    /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(value.toExponential()) ?? []
  const power = Number(exponent)
  if (value !== 0 && (power < -4 || power >= 15)) {
    const digits = String(Math.abs(power)).padStart(2, '0')
    return `${sign}${first}${rest === '' ? '' : `.${rest}`}e${power < 0 ? '-' : '+'}${digits}`
  }
  return String(value)
}

function booleanOf(value: Exclude<Value, null>): boolean {
  const text = textOf(value).toLowerCase()
  if (text === '1' || text === 'true') return true
  if (text === '0' || text === 'false') return false
  throw invalid('boolean', text)
}

function invalid(type: string, text: string): SqlError {
  return new SqlError('22P02', `invalid input syntax for type ${type}: ${JSON.stringify(text.slice(0, 100))}`)
}
