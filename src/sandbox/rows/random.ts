/** Pseudo-random numbers in [0, 1), determined by a seed (mulberry32). */
export type Random = () => number

/** The numbers for a seed. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const ALPHABETS: Readonly<Record<string, string>> = {
  base36: '0123456789abcdefghijklmnopqrstuvwxyz',
  upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
  hex: '0123456789abcdef',
  digits: '0123456789',
  base64: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
}

/** `length` characters of one of the alphabets base36, upper, hex, digits, base64; undefined for any other name. */
export function characters(random: Random, alphabet: string, length: number): string | undefined {
  const letters = ALPHABETS[alphabet]
  if (letters === undefined) return undefined
  return Array.from({ length }, () => letters[Math.floor(random() * letters.length)]).join('')
}
