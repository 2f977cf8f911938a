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

/** A type that a column may be stored as, as long as it takes every value. */
interface Candidate {
  /** Told each value that is not NULL, until it does not take one. */
  takes(value: Value): boolean
  /** Undefined where the values are none of the type together. */
  stored(name: string): Stored | undefined
}

/**
 * Finds the narrowest type that holds every value of a column with nothing lost, as the values come. The declared type
 * decides where the values fit it; a computed column is what its values are; what fits nothing else is text.
 */
export class Narrowing {
  readonly #column: ResultColumn
  #left: readonly Candidate[]
  #isEmpty = true

  constructor(column: ResultColumn) {
    this.#column = column
    this.#left = (CANDIDATES[column.type] ?? []).map(make => make())
  }

  add(value: Value): void {
    if (value === null) return
    this.#isEmpty = false
    if (this.#left.length > 0 && !this.#left.every(candidate => candidate.takes(value))) this.#drop(value)
  }

  /** How a column of this name holds what was added. */
  stored(name: string): Stored {
    const isUnknown = this.#column.type === 'any' && this.#isEmpty
    for (const candidate of isUnknown ? [] : this.#left) {
      const found = candidate.stored(name)
      if (found) return found
    }
    return textColumn(name, this.#column)
  }

  #drop(value: Value): void {
    this.#left = this.#left.filter(candidate => candidate.takes(value))
  }
}

const BOOLEAN = (): Candidate =>
  plain(
    { type: 'BOOLEAN' },
    v => (typeof v === 'number' || typeof v === 'bigint') && (Number(v) === 0 || Number(v) === 1),
    v => Number(v) === 1,
  )
const INTEGER = (): Candidate => plain({ type: 'INT64' }, isInteger, v => BigInt(v as number))
const REAL = (): Candidate => plain({ type: 'DOUBLE' }, isReal, Number)
const BYTES = (): Candidate =>
  plain(
    { type: 'BYTE_ARRAY' },
    v => v instanceof Uint8Array,
    v => v,
  )
/** The text as it stands: its numbers keep every digit. */
const JSON_TEXT = (): Candidate =>
  plain(
    { type: 'BYTE_ARRAY', logical_type: { type: 'JSON' } },
    v => typeof v === 'string' && isJson(v),
    v => encoder.encode(v as string),
  )
const DAY = (): Candidate =>
  plain(
    { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } },
    v => typeof v === 'string' && dayOf(v) !== undefined,
    v => dayOf(v as string),
    true,
  )

/** In the order in which they are preferred. */
const CANDIDATES: Partial<Readonly<Record<ResultColumn['type'], readonly (() => Candidate)[]>>> = {
  boolean: [BOOLEAN, INTEGER, REAL],
  integer: [INTEGER, REAL],
  number: [REAL],
  object: [JSON_TEXT],
  array: [JSON_TEXT],
  json: [JSON_TEXT],
  timestamp: [DAY, times],
  any: [INTEGER, REAL, BYTES, DAY, times],
}

/** A type that each value fits or does not fit by itself. `needsOne`: a column without a value is not of it. */
function plain(
  type: Omit<SchemaElement, 'name' | 'repetition_type'>,
  test: (value: Value) => boolean,
  convert: (value: Value) => unknown,
  needsOne = false,
): Candidate {
  let has = false
  return {
    takes(value) {
      has = true
      return test(value)
    },
    stored: name => (needsOne && !has ? undefined : stored(name, type, convert)),
  }
}

function stored(
  name: string,
  type: Omit<SchemaElement, 'name' | 'repetition_type'>,
  convert: (value: Value) => unknown,
): Stored {
  return {
    element: { name, repetition_type: 'OPTIONAL', ...type },
    convert: value => (value === null ? null : convert(value)),
  }
}

function isInteger(value: Value): boolean {
  return typeof value === 'bigint'
    ? value <= INT64_MAX && value >= -INT64_MAX - 1n
    : Number.isSafeInteger(value)
}

/** Whether a double holds the value, all of it. */
function isReal(value: Value): boolean {
  return typeof value === 'number' || (typeof value === 'bigint' && value <= EXACT && value >= -EXACT)
}

const encoder = new TextEncoder()

function textColumn(name: string, column: ResultColumn): Stored {
  return stored(name, { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }, v =>
    textOf(v, column),
  )
}

/** Timestamps in microseconds or, where a value has more digits, nanoseconds; not if some have no zone and others do. */
function times(): Candidate {
  let isFine = false
  let farthest = 0
  const zones = new Set<boolean>()
  return {
    takes(value) {
      const moment = typeof value === 'string' ? momentOf(value) : undefined
      if (moment === undefined) return false
      isFine ||= moment.nanos % 1000 !== 0
      farthest = Math.max(farthest, Math.abs(moment.seconds))
      zones.add(moment.zoned)
      return true
    },
    stored: name =>
      zones.size > 1 || (isFine && farthest >= FARTHEST_NANOS)
        ? undefined
        : timeColumn(name, isFine, !zones.has(false)),
  }
}

function timeColumn(name: string, isFine: boolean, isAdjustedToUTC: boolean): Stored {
  const perSecond = isFine ? 1_000_000_000n : 1_000_000n
  const perUnit = isFine ? 1 : 1000
  return stored(
    name,
    {
      type: 'INT64',
      ...(!isFine && isAdjustedToUTC && { converted_type: 'TIMESTAMP_MICROS' }),
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC, unit: isFine ? 'NANOS' : 'MICROS' },
    },
    v => {
      const moment = momentOf(v as string)
      return moment && BigInt(moment.seconds) * perSecond + BigInt(moment.nanos / perUnit)
    },
  )
}
