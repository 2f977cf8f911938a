import type { Value } from '../catalog/types.ts'
import type { ResultColumn } from './types.ts'

/**
 * A value as text for formats without types; undefined for NULL. Booleans are `true` and `false`, integers
 * have all their digits, REAL numbers are as JavaScript writes them (`5`, `0.1`, `1e+21`), blobs are `x'6869'`.
 * A value that does not match its column's type is shown as it is.
 */
export function textOf(value: Value | undefined, column: ResultColumn): string | undefined {
  if (value === null || value === undefined) return undefined
  if (typeof value === 'string') return value
  if (value instanceof Uint8Array)
    return `x'${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}'`
  return booleanOf(value, column) ?? String(value)
}

/**
 * A value as one line of JSON. JSON text of a nested column is copied, so that its numbers keep every digit; text
 * that is not JSON becomes a string. Infinity and NaN, which JSON does not have, become null.
 */
export function jsonOf(value: Value | undefined, column: ResultColumn): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'string') return holdsJson(value, column) ? printable(oneLine(value)) : quote(value)
  if (value instanceof Uint8Array) return quote(textOf(value, column) ?? '')
  if (typeof value === 'number' && !Number.isFinite(value)) return 'null'
  return booleanOf(value, column) ?? String(Object.is(value, -0) ? 0 : value)
}

/** A JSON string in which control and direction-changing characters are escaped. */
export function quote(text: string): string {
  return printable(JSON.stringify(text))
}

/** The paragraphs of a note. */
export function paragraphsOf(note: string | undefined): string[] {
  return (note ?? '').split(/\n\s*\n/).filter(text => text.trim() !== '')
}

/** The column names as unique keys: a repeated name gets `_2`, `_3`, …, so that no value is lost. */
export function distinctNames(columns: readonly ResultColumn[]): string[] {
  const given = new Set(columns.map(column => column.name))
  const used = new Set<string>()
  return columns.map(({ name }) => {
    let key = name
    for (let n = 2; used.has(key) || (key !== name && given.has(key)); n += 1) key = `${name}_${n}`
    used.add(key)
    return key
  })
}

function booleanOf(value: number | bigint, column: ResultColumn): string | undefined {
  if (column.type !== 'boolean') return undefined
  const n = Number(value)
  return n === 1 ? 'true' : n === 0 ? 'false' : undefined
}

/** Whether texts of the column hold JSON. */
export function isNested(column: ResultColumn): boolean {
  return column.type === 'object' || column.type === 'array' || column.type === 'json'
}

/** Whether a text of the column is JSON. In a column of objects or arrays, `null` or `5` is a text that the API gave in place of one; a text in quotes is a mask. */
export function holdsJson(text: string, column: ResultColumn): boolean {
  return isNested(column) && (column.type === 'json' || /^\s*[[{"]/.test(text)) && isJson(text)
}

/** Whether the text is JSON. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** In valid JSON a bare line end occurs only between tokens, where a space is equivalent. */
function oneLine(json: string): string {
  return json.replace(/[\r\n]+/g, ' ')
}

/** In valid JSON these characters occur only inside strings, where an escape is equivalent. */
function printable(json: string): string {
  return json.replace(
    /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    c => `\\u${hex(c.charCodeAt(0), 4)}`,
  )
}

/** `n` in lower-case hexadecimal, at least `digits` long. */
export function hex(n: number, digits: number): string {
  return n.toString(16).padStart(digits, '0')
}
