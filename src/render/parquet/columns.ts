import type { SchemaElement } from 'hyparquet'
import type { Value } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import { cut, visible } from '../display.ts'
import { dayOf, momentOf } from '../time.ts'
import type { ResultColumn } from '../types.ts'
import { isJson, textOf } from '../values.ts'
import type { Group } from './held.ts'

/** How a column is stored: its schema element, and its values in a row group for the writer. */
export interface Stored {
  readonly element: SchemaElement
  data(group: Group, index: number): unknown[]
}

const INT64_MAX = 2n ** 63n - 1n
/** Seconds from 1970 whose nanoseconds fit into 64 bits: years 1677 to 2262. */
const FARTHEST_NANOS = 9_223_372_036
/** Doubles hold every integer up to here. */
const EXACT = 2 ** 53

/** What the values of a column have in common, by the types that accept all of them: plain data, so that it can be kept. */
export interface Allowed {
  readonly isEmpty: boolean
  readonly types: Readonly<Record<string, unknown>>
}

/** A type that a column can be stored as if it accepts every value. */
interface Candidate {
  readonly name: string
  /** Called with each value that is not NULL, until it returns false. */
  accepts(value: Value): boolean
  /** Undefined if the values together do not fit the type. */
  stored(name: string): Stored | undefined
  /** What it has to know of the values, as plain data. */
  seen(): unknown
  /** Adds what another candidate of its type has `seen`. */
  join(seen: unknown): void
}

/**
 * Finds the narrowest type that holds every value of a column without loss. The declared type is used if the values fit
 * it; the type of a computed column follows from its values; a column that fits no other type is text.
 */
export class Narrowing {
  readonly #column: ResultColumn
  #left: readonly Candidate[]
  #isEmpty = true
  #areTexts = true
  /** The first value that does not have the declared type. */
  #odd: Value = null

  constructor(column: ResultColumn) {
    this.#column = column
    this.#left = (CANDIDATES[column.type] ?? []).map(make => make())
  }

  add(value: Value): void {
    if (value === null) return
    this.#isEmpty = false
    this.#areTexts &&= typeof value === 'string'
    if (this.#left.length > 0 && !this.#left.every(candidate => candidate.accepts(value))) this.#drop(value)
  }

  /** What the added values have in common. */
  allowed(): Allowed {
    return { isEmpty: this.#isEmpty, types: Object.fromEntries(this.#left.map(c => [c.name, c.seen()])) }
  }

  /** Adds the values of another file: what they have in common. */
  join({ isEmpty, types }: Allowed): void {
    this.#isEmpty &&= isEmpty
    this.#areTexts = false
    this.#left = this.#left.filter(candidate => Object.hasOwn(types, candidate.name))
    for (const candidate of this.#left) candidate.join(types[candidate.name])
  }

  /** The storage of the column for the values that were added. */
  stored(name: string): Stored {
    const isUnknown = this.#column.type === 'any' && this.#isEmpty
    for (const candidate of isUnknown ? [] : this.#left) {
      const found = candidate.stored(name)
      if (found) return found
    }
    return textColumn(name, this.#column, this.#areTexts)
  }

  /** @throws ConfluentqlError VALUE unless all values that were added have the declared type, so that a column has one type in all files */
  check(): void {
    const declared = DECLARED[this.#column.type]
    if (declared === undefined || this.#isEmpty) return
    const found = this.#left.find(candidate => candidate.stored(''))
    if (found && declared.includes(found.name)) return
    const { name, type } = this.#column
    const value = cut(visible(textOf(this.#odd, this.#column) ?? ''), MOST_SHOWN)
    throw new ConfluentqlError(
      'VALUE',
      `the column ${visible(name)} is of type ${type}, and the API answered with ${this.#odd === null ? 'values of different forms' : `the value ${value}`}`,
      { hint: 'files that are read as one table need one type: select the column as text, CAST(… AS TEXT)' },
    )
  }

  #drop(value: Value): void {
    const declared = DECLARED[this.#column.type] ?? []
    const isDeclared = (): boolean => this.#left.some(({ name }) => declared.includes(name))
    const wasDeclared = isDeclared()
    this.#left = this.#left.filter(candidate => candidate.accepts(value))
    if (wasDeclared && !isDeclared()) this.#odd = value
  }
}

const BOOLEAN = (): Candidate =>
  perValue(
    'boolean',
    { type: 'BOOLEAN' },
    v => (typeof v === 'number' || typeof v === 'bigint') && (Number(v) === 0 || Number(v) === 1),
    each(v => Number(v) === 1),
  )
const INTEGER = (): Candidate =>
  perValue(
    'integer',
    { type: 'INT64' },
    isInteger,
    each(v => BigInt(v as number)),
  )
const REAL = (): Candidate => perValue('real', { type: 'DOUBLE' }, isReal, each(Number))
const BYTES = (): Candidate =>
  perValue(
    'bytes',
    { type: 'BYTE_ARRAY' },
    v => v instanceof Uint8Array,
    each(v => v),
  )
/** The text is copied: its numbers keep every digit. */
const JSON_TEXT = (): Candidate =>
  perValue(
    'json',
    { type: 'BYTE_ARRAY', logical_type: { type: 'JSON' } },
    v => typeof v === 'string' && isJson(v),
    (group, index) => group.texts(index),
  )
const day = (needsOne: boolean): Candidate =>
  perValue(
    'day',
    { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } },
    v => typeof v === 'string' && dayOf(v) !== undefined,
    each(v => dayOf(v as string)),
    needsOne,
  )
const DAY = (): Candidate => day(true)
const DECLARED_DAY = (): Candidate => day(false)

/** In order of preference. */
const CANDIDATES: Partial<Readonly<Record<ResultColumn['type'], readonly (() => Candidate)[]>>> = {
  boolean: [BOOLEAN, INTEGER, REAL],
  integer: [INTEGER, REAL],
  number: [REAL],
  object: [JSON_TEXT],
  array: [JSON_TEXT],
  json: [JSON_TEXT],
  timestamp: [DAY, times],
  date: [DECLARED_DAY],
  any: [INTEGER, REAL, BYTES, DAY, times],
}

/** The candidates that are the declared type. */
const DECLARED: Partial<Readonly<Record<ResultColumn['type'], readonly string[]>>> = {
  boolean: ['boolean'],
  integer: ['integer'],
  number: ['real'],
  object: ['json'],
  array: ['json'],
  json: ['json'],
  timestamp: ['day', 'times'],
  date: ['day'],
}

/** The most characters of a value in an error. */
const MOST_SHOWN = 60

/** A type for which each value is tested by itself. `needsOne`: it needs at least one value that is not NULL. */
function perValue(
  name: string,
  type: Omit<SchemaElement, 'name' | 'repetition_type'>,
  test: (value: Value) => boolean,
  data: Stored['data'],
  needsOne = false,
): Candidate {
  let has = false
  return {
    name,
    seen: () => has,
    join(seen) {
      has ||= seen === true
    },
    accepts(value) {
      has = true
      return test(value)
    },
    stored: column => (needsOne && !has ? undefined : stored(column, type, data)),
  }
}

function stored(
  name: string,
  type: Omit<SchemaElement, 'name' | 'repetition_type'>,
  data: Stored['data'],
): Stored {
  return { element: { name, repetition_type: 'OPTIONAL', ...type }, data }
}

/** Converts each value that is not NULL. */
function each(convert: (value: Value) => unknown): Stored['data'] {
  return (group, index) => group.column(index).map(value => (value === null ? null : convert(value)))
}

function isInteger(value: Value): boolean {
  return typeof value === 'bigint'
    ? value <= INT64_MAX && value >= -INT64_MAX - 1n
    : Number.isSafeInteger(value)
}

/** Whether a double holds the value exactly. */
function isReal(value: Value): boolean {
  return typeof value === 'number' || (typeof value === 'bigint' && value <= EXACT && value >= -EXACT)
}

function textColumn(name: string, column: ResultColumn, areTexts: boolean): Stored {
  return stored(
    name,
    { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
    areTexts ? (group, index) => group.texts(index) : each(v => textOf(v, column)),
  )
}

interface SeenTimes {
  readonly isNanos: boolean
  readonly farthest: number
  readonly zones: readonly boolean[]
}

/** Timestamps in microseconds, or in nanoseconds if a value has more digits. All or none of them must have a zone. */
function times(): Candidate {
  let isNanos = false
  let farthest = 0
  const zones = new Set<boolean>()
  return {
    name: 'times',
    seen: (): SeenTimes => ({ isNanos, farthest, zones: [...zones] }),
    join(seen) {
      const other = seen as SeenTimes
      isNanos ||= other.isNanos
      farthest = Math.max(farthest, other.farthest)
      for (const zone of other.zones) zones.add(zone)
    },
    accepts(value) {
      const moment = typeof value === 'string' ? momentOf(value) : undefined
      if (moment === undefined) return false
      isNanos ||= moment.nanos % 1000 !== 0
      farthest = Math.max(farthest, Math.abs(moment.seconds))
      zones.add(moment.zoned)
      return true
    },
    stored: name =>
      zones.size > 1 || (isNanos && farthest >= FARTHEST_NANOS)
        ? undefined
        : timeColumn(name, isNanos, !zones.has(false)),
  }
}

function timeColumn(name: string, isNanos: boolean, isAdjustedToUTC: boolean): Stored {
  const perSecond = isNanos ? 1_000_000_000n : 1_000_000n
  const perUnit = isNanos ? 1 : 1000
  return stored(
    name,
    {
      type: 'INT64',
      ...(!isNanos && isAdjustedToUTC && { converted_type: 'TIMESTAMP_MICROS' }),
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC, unit: isNanos ? 'NANOS' : 'MICROS' },
    },
    each(v => {
      const moment = momentOf(v as string)
      return moment && BigInt(moment.seconds) * perSecond + BigInt(moment.nanos / perUnit)
    }),
  )
}
