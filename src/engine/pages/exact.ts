const LEAST = -(2n ** 63n)
const MOST = 2n ** 63n - 1n
/** Digits of 2^63. */
const LONGEST = 19
/** Of a run of LONGEST digits, at least so many come before or after each of them. */
const HALF = 9
/** Escapes of a JSON text (RFC 8259 §7), and the beginning of an escape that is half of a surrogate pair. */
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|.)/g
const SURROGATE = /\\u[dD][89a-fA-F]/

/**
 * A value in a JSON text that SQLite would change silently, described for a message: an integer beyond 64 bits, half a
 * surrogate pair. `binary` is the same as binary JSON, which is faster to search.
 */
export function inexactValue(text: string, binary: Buffer): string | undefined {
  return (hasLongNumber(binary) ? bigInteger(text) : undefined) ?? halfPair(text)
}

/** Whether there is a run of LONGEST digits. Such a run covers a multiple of its length, so one byte in LONGEST is enough. */
function hasLongNumber(bytes: Buffer): boolean {
  for (let at = LONGEST - 1; at < bytes.length; at += LONGEST) {
    if (!isDigit(bytes[at])) continue
    // most runs are shorter
    if (!isDigit(bytes[at - HALF]) && !isDigit(bytes[at + HALF])) continue
    let [from, to] = [at, at + 1]
    while (isDigit(bytes[from - 1])) from--
    while (isDigit(bytes[to])) to++
    if (to - from >= LONGEST) return true
  }
  return false
}

function isDigit(code = 0): boolean {
  return code >= 48 && code <= 57
}

function bigInteger(text: string): string | undefined {
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') at = endOfString(text, at)
    else if (text[at] === '-' || isDigit(text.charCodeAt(at))) {
      let to = at + 1
      while (/[0-9.eE+-]/.test(text[to] ?? '')) to++
      const token = text.slice(at, to)
      if (isBig(token))
        return `the integer ${token.length > 60 ? `${token.slice(0, 57)}…` : token}, which has more than 64 bits`
      at = to - 1
    }
  }
  return undefined
}

function isBig(token: string): boolean {
  if (!/^-?\d{19,}$/.test(token)) return false
  return token.length > LONGEST + 1 || BigInt(token) < LEAST || BigInt(token) > MOST
}

/** The offset of a string's closing quote. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at
  }
  return text.length
}

/** An escape such as `\ud83d` without its other half, which is no character (RFC 8259 §8.2). */
function halfPair(text: string): string | undefined {
  // most texts have no escape at all, which is a faster test
  if (!text.includes('\\') || !SURROGATE.test(text)) return undefined
  let high: RegExpExecArray | undefined
  for (const escape of text.matchAll(ESCAPE)) {
    const code = escape[1] === undefined ? 0 : Number.parseInt(escape[1], 16)
    const isLow = code >= 0xdc00 && code <= 0xdfff
    if (high && !(isLow && escape.index === high.index + 6)) return half(high[0])
    if (isLow && !high) return half(escape[0])
    high = code >= 0xd800 && code <= 0xdbff ? escape : undefined
  }
  return high && half(high[0])
}

function half(escape: string): string {
  return `${escape}, half of a surrogate pair, which is no character`
}
