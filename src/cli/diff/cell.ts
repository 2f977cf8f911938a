import type { PlanColumn } from '../../plan/plan.ts'
import type { Value } from '../../catalog/types.ts'
import { textOf } from '../../render/values.ts'

/*
 * A cell is a value as JSON text, spelled in one way only, so that two cells are the same value where their texts are:
 * keys of objects sorted, numbers without needless digits and with all that they need. A text that is a JSON object or
 * array counts as that, since a file or a table may have it either way.
 */

/** Stands before a number that a double may not hold, while JSON.parse passes by. */
const EXACT = '\u0001\u0002'

/** JSON with every digit of its numbers: parses like JSON.parse, but long numbers become marked texts. @throws SyntaxError */
export function parseExact(text: string): unknown {
  if (!/\d[\d.]{14}|\d[eE][+-]?\d/.test(text)) return JSON.parse(text)
  return JSON.parse(
    text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, token =>
      token.startsWith('"') || Number.isSafeInteger(Number(token)) ? token : `"\\u0001\\u0002${token}"`,
    ),
  )
}

/** The cell of a value that `parseExact` gave. */
export function cellOfJson(value: unknown): string {
  if (typeof value === 'string')
    return value.startsWith(EXACT) ? number(value.slice(EXACT.length)) : cellOfText(value)
  return canonical(value)
}

/** The cell of a value that SQLite gave. */
export function cellOfValue(value: Value, column: Pick<PlanColumn, 'type'>): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return cellOfText(value)
  if (value instanceof Uint8Array || column.type === 'boolean') {
    const text = textOf(value, { name: '', type: column.type }) ?? ''
    return text === 'true' || text === 'false'
      ? text
      : value instanceof Uint8Array
        ? JSON.stringify(text)
        : number(text)
  }
  return number(String(value))
}

/** The cell of a text. */
export function cellOfText(text: string): string {
  if (/^\s*[[{]/.test(text)) {
    try {
      return canonical(parseExact(text))
    } catch {
      // a text that only begins like JSON
    }
  }
  return JSON.stringify(text)
}

/** The cell as one of a file without types would be: everything but nested values is a text, and NULL is an empty one. */
export function untyped(cell: string): string {
  if (cell === 'null') return '""'
  return /^["[{]/.test(cell) ? cell : `"${cell}"`
}

/** The cell as one of a file that has times as such: in UTC, with no needless digits. */
export function timed(cell: string): string {
  const [, day, time, part = ''] = /^"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?Z?"$/.exec(cell) ?? []
  if (day === undefined) return cell
  const digits = part.replace(/0+$/, '')
  return `"${day}T${time}${digits === '' ? '' : `.${digits}`}Z"`
}

/** The value of a cell, for formats without types: a text, or undefined for NULL. */
export function textOfCell(cell: string): string | null {
  if (cell === 'null') return null
  return cell.startsWith('"') ? (JSON.parse(cell) as string) : cell
}

function canonical(value: unknown): string {
  if (typeof value === 'string')
    return value.startsWith(EXACT) ? number(value.slice(EXACT.length)) : JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null)
    return typeof value === 'number' ? number(String(value)) : JSON.stringify(value)
  const sorted = Object.keys(value).sort()
  return `{${sorted.map(key => `${JSON.stringify(key)}:${canonical((value as Record<string, unknown>)[key])}`).join(',')}}`
}

/** A number's one spelling: of an integer all digits; of others what a double makes of it, unless that loses digits. */
function number(text: string): string {
  if (/^-?\d+$/.test(text)) return String(BigInt(text))
  const value = Number(text)
  const digits = text
    .replace(/[eE].*$/, '')
    .replace(/^[-0.]+|\./g, '')
    .replace(/0+$/, '').length
  if (!Number.isFinite(value)) return JSON.stringify(text)
  return digits > 17 ? text : String(Object.is(value, -0) ? 0 : value)
}
