import { SqlError } from '../wire/errors.ts'

/*
 * JSON as Postgres prints jsonb: keys in order of their length, then their bytes; the last value of a key that occurs twice; one
 * space after `:` and `,`; numbers with all their digits and without an exponent.
 */

const TOKEN = /\s*("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\],:])/y
/** Postgres rejects numbers with more digits before or after the point. They are rejected here, before they take memory. */
const [MOST_DIGITS, MOST_DECIMALS] = [131_072, 16_383] as const
const DEEPEST = 1000

/** @throws SqlError 22P02 if the text is not JSON, 22P05 if it holds what jsonb cannot */
export function canonicalJson(text: string): string {
  const simple = simpleScalar(text)
  if (simple !== undefined) return simple
  return new Writer(text).document()
}

function simpleScalar(text: string): string | undefined {
  return text === '{}' || text === '[]' || text === 'null' || text === 'true' || text === 'false'
    ? text
    : undefined
}

class Writer {
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): string {
    const value = this.#value(this.#next())
    if (this.#text.slice(this.#at).trim() !== '') throw notJson()
    return value
  }

  #next(): string {
    TOKEN.lastIndex = this.#at
    const found = TOKEN.exec(this.#text)
    if (!found) throw notJson()
    this.#at = TOKEN.lastIndex
    return found[1]!
  }

  #value(token: string): string {
    if (token === '{') return this.#object()
    if (token === '[') return this.#array()
    if (token.startsWith('"')) return jsonString(parsedString(token))
    if (/^[-\d]/.test(token)) return numericText(token)
    if (/^[tfn]/.test(token)) return token
    throw notJson()
  }

  #object(): string {
    this.#enter()
    const members = new Map<string, string>()
    let token = this.#next()
    while (token !== '}') {
      if (!token.startsWith('"')) throw notJson()
      const key = parsedString(token)
      if (this.#next() !== ':') throw notJson()
      members.set(key, this.#value(this.#next()))
      token = this.#separator('}')
    }
    this.#depth--
    const keys = [...members.keys()].sort(byLengthAndBytes)
    return `{${keys.map(key => `${jsonString(key)}: ${members.get(key)!}`).join(', ')}}`
  }

  #array(): string {
    this.#enter()
    const items: string[] = []
    let token = this.#next()
    while (token !== ']') {
      items.push(this.#value(token))
      token = this.#separator(']')
    }
    this.#depth--
    return `[${items.join(', ')}]`
  }

  /** The token after a comma, or the closing one. */
  #separator(close: string): string {
    const token = this.#next()
    if (token === close) return token
    if (token !== ',') throw notJson()
    const after = this.#next()
    if (after === close) throw notJson()
    return after
  }

  #enter(): void {
    if (++this.#depth > DEEPEST) throw new SqlError('54001', 'a JSON value is nested more than 1,000 deep')
  }
}

function parsedString(token: string): string {
  if (!token.includes('\\')) return checked(token.slice(1, -1))
  try {
    return checked(JSON.parse(token) as string)
  } catch (error) {
    throw error instanceof SqlError ? error : notJson()
  }
}

function checked(text: string): string {
  if (text.includes('\0')) throw new SqlError('22P05', 'a JSON text holds \\u0000, which jsonb cannot hold')
  if (!text.isWellFormed())
    throw new SqlError('22P05', 'a JSON text holds half a surrogate pair, which jsonb cannot hold')
  return text
}

const notJson = (): SqlError => new SqlError('22P02', 'a value of an object or array column is not JSON')

function byLengthAndBytes(a: string, b: string): number {
  const [x, y] = [Buffer.from(a), Buffer.from(b)]
  return x.length - y.length || Buffer.compare(x, y)
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

function jsonString(text: string): string {
  if (/^[ !#-[\]-\uffff]*$/.test(text)) return `"${text}"`
  const escaped = text.replaceAll(
    /["\\\u0000-\u001f]/g,
    c => ESCAPES[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return `"${escaped}"`
}

const tooLarge = (): SqlError => new SqlError('22003', 'a JSON number has more digits than jsonb can hold')

/** A JSON number as Postgres' numeric prints it: `1.50` stays, `1e3` is 1000. */
function numericText(token: string): string {
  if (/^\d+$/.test(token)) return token
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token) ?? []
  const shift = Number(exponent)
  if (Math.abs(shift) > MOST_DIGITS) throw tooLarge()
  const digits = whole + fraction
  const point = whole.length + shift
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0')
  const at = point <= 0 ? 1 : point
  const integer = padded.slice(0, at).replace(/^0+(?=\d)/, '')
  const rest = padded.slice(at)
  if (integer.length > MOST_DIGITS || rest.length > MOST_DECIMALS) throw tooLarge()
  const text = rest === '' ? integer : `${integer}.${rest}`
  return /[1-9]/.test(text) ? sign + text : text
}
