import type { Shape, Value } from '../catalog/types.ts'

/**
 * A value as a column of a type compares with it (sqlite.org/datatype3.html, 4.2): a text that looks like a number
 * is that number to an integer column, a number is its text to a text column. Undefined when the column cannot equal it.
 */
export function coerceValue(value: Value, type: Shape['type']): Value | undefined {
  if (value === null || value instanceof Uint8Array) return undefined
  if (type === 'integer' || type === 'number' || type === 'boolean') {
    const number = numberOf(value)
    if (number === undefined) return undefined
    if (type === 'boolean') return number === 0n || number === 1n ? number : undefined
    return type === 'number' || typeof number === 'bigint' ? number : undefined
  }
  return typeof value === 'number' && Number.isInteger(value) ? `${value}.0` : String(value)
}

/** Whether a column of numbers takes a text for a number. */
export function isNumber(text: string): boolean {
  return /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(text)
}

function numberOf(value: string | number | bigint): number | bigint | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value === 'string' && !isNumber(value)) return undefined
  if (typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value))
    return BigInt(value.trim().replace(/^\+/, ''))
  const number = Number(value)
  return Number.isSafeInteger(number) ? BigInt(number) : number
}

/** Whether values of a type make SQLite compare as numbers. */
export function isNumeric(type: Shape['type'] | undefined): boolean {
  return type === 'integer' || type === 'number' || type === 'boolean'
}

/** An expression as a column of a type compares with it, so that it can be looked up among values that are fitted to it. */
export function castAs(sql: string, type: Shape['type'] | undefined): string {
  return type === undefined ? sql : `CAST(${sql} AS ${isNumeric(type) ? 'NUMERIC' : 'TEXT'})`
}

/** Values as a column of a type compares with them, each once; a field of an object compares with them as they are. */
export function coerceAll(values: readonly Value[], type: Shape['type'] | undefined): Value[] {
  return [
    ...new Set(
      type === undefined ? values : values.map(v => coerceValue(v, type)).filter(v => v !== undefined),
    ),
  ]
}
