import type { PlanColumn } from '../../plan/plan.ts'
import type { Value } from '../../catalog/types.ts'
import { textOf } from '../../render/values.ts'

/*
 * A cell is a value as canonical JSON text, so that two cells are equal if and only if their texts are: keys of objects are
 * sorted, numbers have all significant digits and no others. A text that is a JSON object or array is treated as one, since a
 * file or a table may have it either way.
 */

/** Prefix of a number that a double may not represent, to carry it through JSON.parse as a text. */
const EXACT = '\u0001\u0002'

/** A number that keeps its digits as a value for `cellOfJson`. */
export const exactly = (digits: string): string => EXACT + digits

/** JSON.parse that keeps all digits: long numbers become texts with the prefix EXACT. @throws SyntaxError */
export function parseExact(text: string): unknown {
  if (!/\d[\d.]{14}|\d[eE][+-]?\d/.test(text)) return JSON.parse(text)
  return JSON.parse(
    text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, token =>
      token.startsWith('"') || Number.isSafeInteger(Number(token)) ? token : `"\\u0001\\u0002${token}"`,
    ),
  )
}

/** The cell of a value from `parseExact`. */
export function cellOfJson(value: unknown): string {
  if (typeof value === 'string')
    return value.startsWith(EXACT) ? number(value.slice(EXACT.length)) : cellOfText(value)
  return canonical(value)
}

/** The cell of a value from SQLite. */
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
      // not JSON: an ordinary text
    }
  }
  return JSON.stringify(text)
}

/** The cell as a file without types would have it: everything except nested values is text, and NULL is the empty text. */
export function untyped(cell: string): string {
  if (cell === 'null') return '""'
  return /^["[{]/.test(cell) ? cell : `"${cell}"`
}

/** The cell as a file with a time type would have it: in UTC, without trailing zeros. */
export function timed(cell: string): string {
  const [, day, time, part = ''] = /^"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?Z?"$/.exec(cell) ?? []
  if (day === undefined) return cell
  const digits = part.replace(/0+$/, '')
  return `"${day}T${time}${digits === '' ? '' : `.${digits}`}Z"`
}

/** The text of a cell for formats without types; null for NULL. */
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

/** The canonical spelling of a number: all digits of an integer; otherwise that of a double, unless it would lose digits. */
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
