/** What makes a value when it is first needed. */
export function once(make) {
  let made
  return () => (made ??= { value: make() }).value
}

/** Rows by a key. */
export function groups(rows, keyOf) {
  const all = new Map()
  for (const row of rows) {
    const key = keyOf(row)
    if (!all.has(key)) all.set(key, [])
    all.get(key).push(row)
  }
  return all
}

/** The part of an id after its prefix, which further ids and addresses of the same object contain. */
export const tail = id => id.slice(id.indexOf('-') + 1)

/** What copies a row: in each text of it, names are replaced by others. */
export function copier(row) {
  const text = JSON.stringify(row)
  return names => JSON.parse(names.reduce((all, [from, to]) => all.replaceAll(from, to), text))
}

export const copied = (row, names) => copier(row)(names)

/** A number from 0 to 1 that is a hash of the text. */
export function part(text) {
  let mixed = 2166136261
  for (const letter of text) mixed = Math.imul(mixed ^ letter.charCodeAt(0), 16777619)
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
}
