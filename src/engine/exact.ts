const INTEGERS = { least: -(2n ** 63n), most: 2n ** 63n - 1n }
/** Digits of 2^63. */
const LONGEST = 19
/** A string, or a number, of a JSON text (RFC 8259). */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|.)/g

/** What a JSON text has that SQLite would change without a word, in words: an integer beyond 64 bits, half a surrogate pair. */
export function inexactValue(text: string): string | undefined {
  return (hasLongNumber(text) ? bigInteger(text) : undefined) ?? halfPair(text)
}

/** Whether so many digits stand in a row. Every run of them has one at a multiple of its length, so that few characters are looked at. */
function hasLongNumber(text: string): boolean {
  for (let at = LONGEST - 1; at < text.length; at += LONGEST) {
    if (!isDigit(text.charCodeAt(at))) continue
    let [from, to] = [at, at + 1]
    while (isDigit(text.charCodeAt(from - 1))) from--
    while (isDigit(text.charCodeAt(to))) to++
    if (to - from >= LONGEST) return true
  }
  return false
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

function bigInteger(text: string): string | undefined {
  for (const [token] of text.matchAll(TOKEN)) {
    if (token.length < LONGEST || !/^-?\d+$/.test(token)) continue
    const value = BigInt(token)
    if (value < INTEGERS.least || value > INTEGERS.most)
      return `the integer ${token.length > 60 ? `${token.slice(0, 57)}…` : token}, which has more than 64 bits`
  }
  return undefined
}

/** An escape such as `\ud83d` without its other half, which is no character (RFC 8259 §8.2). */
function halfPair(text: string): string | undefined {
  if (!text.includes('\\u')) return undefined
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
