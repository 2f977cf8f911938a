import type { Method } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import { numberText, scalarText } from './scalar.ts'

/** More than any API needs, and less than would overflow the stack. */
const MAX_DEPTH = 500

/** A number that is sent with its digits unchanged, such as 1.0. */
export class RawNumber {
  readonly #text: string

  /** @param text a number of JSON */
  constructor(text: string) {
    this.#text = text
  }

  toString(): string {
    return this.#text
  }
}

/** A body encoded for the method's media type; JSON when the method declares none. */
export function encodeBody(method: Method, body: unknown): { media: string; text: string } {
  const kind = method.body?.kind ?? 'object'
  const media = method.body?.media ?? 'application/json'
  if (kind === 'form') return { media, text: encodeForm(body) }
  return { media, text: encodeJson(kind === 'array' && !Array.isArray(body) ? [body] : body) }
}

/** JSON.stringify that writes integers beyond 2^53 (bigint), and refuses values that it would drop silently. */
export function encodeJson(value: unknown, depth = 0): string {
  if (depth > MAX_DEPTH)
    throw new ConfluentqlError('LIMIT', `the request body is nested more than ${MAX_DEPTH} deep`)
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint' || value instanceof RawNumber) return value.toString()
  if (typeof value === 'number') return numberText(value, 'a number in the request body')
  if (Array.isArray(value)) return `[${value.map(item => encodeJson(item ?? null, depth + 1)).join(',')}]`
  if (typeof value !== 'object' || value instanceof Uint8Array) {
    throw new ConfluentqlError(
      'VALUE',
      `the request body cannot hold a ${value instanceof Uint8Array ? 'blob' : typeof value}`,
    )
  }
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `${JSON.stringify(name)}:${encodeJson(member, depth + 1)}`)
  return `{${members.join(',')}}`
}

function encodeForm(body: unknown): string {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ConfluentqlError('VALUE', 'the body of a form must be an object')
  }
  return Object.entries(body)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${encodeFormText(name)}=${encodeFormText(formText(name, value))}`)
    .join('&')
}

function formText(name: string, value: unknown): string {
  if (typeof value === 'object' && !(value instanceof Uint8Array)) return encodeJson(value)
  return scalarText(value as string, typeof value === 'boolean' ? 'boolean' : 'string', `field ${name}`)
}

function encodeFormText(text: string): string {
  try {
    return encodeURIComponent(text)
  } catch {
    throw new ConfluentqlError('VALUE', 'the form holds half of a surrogate pair, which cannot be sent')
  }
}
