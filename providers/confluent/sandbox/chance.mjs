const BASE36 = '0123456789abcdefghijklmnopqrstuvwxyz'

/** A day in milliseconds. */
export const DAY = 86_400_000

/** A generator of pseudo-random choices, the same in each run (mulberry32). */
export function chooser(start) {
  let state = start
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const below = n => Math.floor(next() * n)
  const used = new Set()
  const text = (letters, length) => Array.from({ length }, () => letters[below(letters.length)]).join('')
  const id = (prefix, length, letters = BASE36) => {
    const made = `${prefix}${text(letters, length)}`
    if (used.has(made)) return id(prefix, length, letters)
    used.add(made)
    return made
  }
  return { below, id, text, chance: part => next() < part, pick: list => list[below(list.length)] }
}

/** A timestamp in the API's format, with microseconds. */
export function stamp(ms, random) {
  return `${new Date(ms).toISOString().slice(0, 19)}.${random.text('0123456789', 6)}Z`
}

/** A row whose answer omits members that are null, as the API does for resources that never return null. */
export function untold(birth) {
  const paths = (value, path) =>
    value === null
      ? [path.join('.')]
      : typeof value === 'object'
        ? Object.entries(value).flatMap(([key, inner]) => paths(inner, [...path, key]))
        : []
  return { ...birth, omit: [...(birth.omit ?? []), ...paths(birth.body, [])] }
}

/** Sorts rows by their ids, which are random. */
export const byId = (a, b) => (a.let.id < b.let.id ? -1 : 1)
