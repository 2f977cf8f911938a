import type { AnyJson, BodyField, FieldTest, Shape, Value } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import { RawNumber } from '../../http/requests/body.ts'
import { numberText } from '../../http/requests/scalar.ts'
import { isNumber } from '../../plan/coerce.ts'
import type { PlanColumn } from '../../plan/plan.ts'
import { mayShowValue } from '../secrets.ts'

/** What is known about a value besides its SQLite type. */
export interface ValueContext {
  /** The type of the column that it comes from: SQLite has no booleans, and its numbers have a fraction, even 744.0. */
  readonly from: PlanColumn['type'] | undefined
  /** Tests the values of other fields in the same row. */
  readonly fieldIs: (test: FieldTest) => boolean
}

/**
 * Converts a SQLite value to the type of its field or parameter, if nothing is lost. An INTEGER is a bigint, a REAL a
 * number.
 * @param at the name of the target, for the error
 * @throws ConfluentqlError VALUE for any other value
 */
export function typedValue(
  value: Exclude<Value, null>,
  shape: Shape,
  at: string,
  about: ValueContext,
): unknown {
  const wrong = (needs: string, hint?: string): ConfluentqlError =>
    new ConfluentqlError(
      'VALUE',
      `${at} needs ${needs}, not ${mayShowValue(shape) ? shown(value) : 'what it was given'}`,
      hint === undefined ? {} : { hint },
    )
  const { json } = shape as Partial<BodyField>
  if (json) return anyJson(value, json, about, wrong)
  if (value instanceof Uint8Array) throw wrong(`${/^[aio]/.test(shape.type) ? 'an' : 'a'} ${shape.type}`)
  switch (shape.type) {
    case 'string':
    case 'timestamp':
      return asText(value, about)
    case 'integer':
      return asInteger(value, about) ?? fail(wrong('an integer'))
    case 'number':
      return asNumber(value) ?? fail(wrong('a number'))
    case 'boolean':
      return asBoolean(value) ?? fail(wrong('true or false'))
    case 'object':
    case 'array':
      return (
        asNested(value, shape.type) ?? fail(wrong(shape.type === 'object' ? 'a JSON object' : 'a JSON array'))
      )
  }
}

function fail(error: ConfluentqlError): never {
  throw error
}

/** A value for a field of any JSON: a text is parsed as JSON, unless other fields determine that it is a plain text or base64. */
function anyJson(
  value: Exclude<Value, null>,
  { textWhen, base64When }: AnyJson,
  about: ValueContext,
  wrong: (needs: string, hint?: string) => ConfluentqlError,
): unknown {
  const isBytes = base64When !== undefined && about.fieldIs(base64When)
  if (value instanceof Uint8Array) {
    if (isBytes) return Buffer.from(value).toString('base64')
    throw wrong('JSON', base64When && `a blob is for ${conditionText(base64When)}`)
  }
  if (isBytes || (textWhen && about.fieldIs(textWhen))) return asText(value, about)
  if (about.from === 'boolean' && asBoolean(value) !== undefined) return asBoolean(value)
  if (typeof value === 'bigint') return plainInteger(value)
  if (typeof value === 'number') return new RawNumber(realText(value, about))
  try {
    return parseJson(value)
  } catch {
    const orText = textWhen ? `, or with ${conditionText(textWhen)}` : ''
    throw wrong('JSON', `a text is written with quotes in it, '"…"'${orText}`)
  }
}

/** A field test as SQL: `value.type = 'STRING'`. */
function conditionText(test: FieldTest): string {
  return Object.entries(test)
    .map(([path, values]) => `${path} = '${values[0]}'`)
    .join(' and ')
}

function asText(value: string | number | bigint, about: ValueContext): string {
  if (typeof value === 'string') return value
  if (about.from === 'boolean' && asBoolean(value) !== undefined) return String(asBoolean(value))
  return typeof value === 'bigint' ? String(value) : realText(value, about)
}

/** The text of a REAL: `1` for a number of the API, `1.0` as SQLite writes it for one that the statement computes. */
function realText(value: number, { from }: ValueContext): string {
  if (from === 'number') return numberText(value, 'a number')
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? value.toFixed(1) : String(value)
}

function asInteger(value: string | number | bigint, { from }: ValueContext): number | bigint | undefined {
  // SQLite turns an integer beyond 2^63 that the statement computes into a REAL, which is another number
  const isWhole =
    typeof value === 'string'
      ? /^[+-]?\d+$/.test(value.trim())
      : typeof value === 'bigint'
        || Number.isSafeInteger(value)
        || (from === 'number' && Number.isInteger(value))
  return isWhole ? plainInteger(BigInt(typeof value === 'number' ? value : String(value).trim())) : undefined
}

/** Digits that a JavaScript number always represents exactly. */
const EXACT_DIGITS = 15

function asNumber(value: string | number | bigint): number | bigint | RawNumber | undefined {
  if (typeof value === 'bigint') return plainInteger(value)
  if (typeof value === 'string' && !isNumber(value)) return undefined
  const number = Number(value)
  if (!Number.isFinite(number)) return undefined
  if (typeof value === 'number') return number
  const digits = value.replace(/e.*/is, '').replaceAll(/\D/g, '').replace(/^0+/, '')
  return digits.length <= EXACT_DIGITS ? number : new RawNumber(jsonNumber(value))
}

/** A number in JSON syntax: `+01.` becomes `1`, `.5` becomes `0.5`. */
function jsonNumber(text: string): string {
  return text
    .trim()
    .replace(/^\+/, '')
    .replace(/^(-?)0+(?=\d)/, '$1')
    .replace(/^(-?)\./, '$10.')
    .replace(/\.(?=e|$)/i, '')
}

function plainInteger(n: bigint): number | bigint {
  return Number.isSafeInteger(Number(n)) ? Number(n) : n
}

function asBoolean(value: string | number | bigint): boolean | undefined {
  const text = String(value).toLowerCase()
  if (text === 'true' || text === '1') return true
  return text === 'false' || text === '0' ? false : undefined
}

function asNested(value: string | number | bigint, type: 'object' | 'array'): unknown {
  if (typeof value !== 'string') return undefined
  try {
    const data: unknown = parseJson(value)
    const isObject = typeof data === 'object' && data !== null && !(data instanceof RawNumber)
    return isObject && Array.isArray(data) === (type === 'array') ? data : undefined
  } catch {
    return undefined
  }
}

function shown(value: Exclude<Value, null>): string {
  if (value instanceof Uint8Array) return 'a blob'
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/** JSON.parse that preserves the digits of numbers: integers beyond 2^53 become bigint, others such as 1.0 RawNumber. @throws SyntaxError */
function parseJson(text: string): unknown {
  let n = 0
  while (text.includes(`u0000${n}:`)) n++
  const mark = `\u0000${n}:`
  let isMarked = false
  const marked = text.replace(TOKEN, token => {
    if (token.startsWith('"') || String(Number(token)) === token) return token
    isMarked = true
    return JSON.stringify(mark + token)
  })
  return JSON.parse(
    marked,
    isMarked
      ? (_, v: unknown) =>
          typeof v === 'string' && v.startsWith(mark) ? exactNumber(v.slice(mark.length)) : v
      : undefined,
  )
}

function exactNumber(text: string): bigint | RawNumber {
  return /^-?[1-9]\d*$/.test(text) ? BigInt(text) : new RawNumber(text)
}
