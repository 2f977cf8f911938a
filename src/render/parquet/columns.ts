import type { SchemaElement } from 'hyparquet'
import type { Value } from '../../catalog/types.ts'
import { dayOf, momentOf } from '../time.ts'
import type { ResultColumn } from '../types.ts'
import { isJson, textOf } from '../values.ts'

/** How a column is stored: its entry in the schema, and a value in the form that the writer takes. */
export interface Stored {
  readonly element: SchemaElement
  convert(value: Value): unknown
}

const INT64_MAX = 2n ** 63n - 1n
/** Nanoseconds since 1970 that 64 bits hold: years 1677 to 2262. */
const FARTHEST_NANOS = 9_223_372_036
/** Doubles hold every integer up to here. */
const EXACT = 2 ** 53

/**
 * The narrowest type that holds every value of a column with nothing lost. The declared type decides where the values
 * fit it; a computed column is what its values are; what fits nothing else is text.
 */
export function storedAs(column: ResultColumn, name: string, values: readonly Value[]): Stored {
  const present = values.filter((value) => value !== null)
  const all = (test: (value: Value) => boolean): boolean => present.every(test)
  const isAny = column.type === 'any' && present.length > 0
  switch (column.type) {
    case 'boolean':
      // oxlint-disable-next-line eqeqeq -- 1 and 1n are both true
      if (all((v) => typeof v !== 'string' && (v == 0 || v == 1))) return stored(name, { type: 'BOOLEAN' }, (v) => Number(v) === 1)
      break
    case 'object':
    case 'array':
    case 'json':
      if (all((v) => typeof v === 'string' && isJson(v))) return jsonColumn(name)
      break
    case 'number':
      if (all(isReal)) return stored(name, { type: 'DOUBLE' }, Number)
      break
    default:
  }
  if (column.type === 'integer' || column.type === 'boolean' || isAny) {
    if (all(isInteger)) return stored(name, { type: 'INT64' }, (v) => BigInt(v as number))
    if (all(isReal)) return stored(name, { type: 'DOUBLE' }, Number)
  }
  if (isAny && all((v) => v instanceof Uint8Array)) return stored(name, { type: 'BYTE_ARRAY' }, (v) => v)
  return (column.type === 'timestamp' || isAny ? timeColumn(name, present) : undefined) ?? textColumn(name, column)
}

function stored(name: string, type: Omit<SchemaElement, 'name' | 'repetition_type'>, convert: (value: Value) => unknown): Stored {
  return { element: { name, repetition_type: 'OPTIONAL', ...type }, convert: (value) => (value === null ? null : convert(value)) }
}

function isInteger(value: Value): boolean {
  return typeof value === 'bigint' ? value <= INT64_MAX && value >= -INT64_MAX - 1n : Number.isSafeInteger(value)
}

/** Whether a double holds the value, all of it. */
function isReal(value: Value): boolean {
  return typeof value === 'number' || (typeof value === 'bigint' && value <= EXACT && value >= -EXACT)
}

const encoder = new TextEncoder()

function textColumn(name: string, column: ResultColumn): Stored {
  return stored(name, { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }, (v) => textOf(v, column))
}

/** The text as it stands: its numbers keep every digit. */
function jsonColumn(name: string): Stored {
  return stored(name, { type: 'BYTE_ARRAY', logical_type: { type: 'JSON' } }, (v) => encoder.encode(v as string))
}

/** Dates or timestamps, in microseconds or, where a value has more digits, nanoseconds; undefined if some value is neither, or some have no zone. */
function timeColumn(name: string, values: readonly Value[]): Stored | undefined {
  const days = values.map((v) => (typeof v === 'string' ? dayOf(v) : undefined))
  if (values.length > 0 && days.every((day) => day !== undefined)) {
    return stored(name, { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } }, (v) => dayOf(v as string))
  }
  let isFine = false
  let farthest = 0
  const zones = new Set<boolean>()
  for (const value of values) {
    const moment = typeof value === 'string' ? momentOf(value) : undefined
    if (moment === undefined) return undefined
    isFine ||= moment.nanos % 1000 !== 0
    farthest = Math.max(farthest, Math.abs(moment.seconds))
    zones.add(moment.zoned)
  }
  if (zones.size > 1 || (isFine && farthest >= FARTHEST_NANOS)) return undefined
  const isAdjustedToUTC = !zones.has(false)
  const perSecond = isFine ? 1_000_000_000n : 1_000_000n
  const perUnit = isFine ? 1 : 1000
  return stored(
    name,
    { type: 'INT64', ...(!isFine && isAdjustedToUTC && { converted_type: 'TIMESTAMP_MICROS' }), logical_type: { type: 'TIMESTAMP', isAdjustedToUTC, unit: isFine ? 'NANOS' : 'MICROS' } },
    (v) => {
      const moment = momentOf(v as string)
      return moment && BigInt(moment.seconds) * perSecond + BigInt(moment.nanos / perUnit)
    },
  )
}
