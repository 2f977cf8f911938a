import type { Shape } from '../../catalog/types.ts'

/** Why no value of a column equals a text, and the value that is probably meant. */
export interface Mismatch {
  readonly reason: string
  readonly meant?: string
}

/**
 * Whether a text differs from a known value only by case or by a missing prefix, or does not begin as all values do; undefined
 * if it may be a value. Other unknown values may be right, since lists of known values are open.
 */
export function mismatch(text: string, { values = [], begins }: Shape): Mismatch | undefined {
  const isBegun = !begins || begins.some(b => text.startsWith(b))
  if (text === '' || (isBegun && (values.length === 0 || values.includes(text)))) return undefined
  const lower = text.toLowerCase()
  const isEnd = (v: string): boolean =>
    /[_/]/.test(v.at(-lower.length - 1) ?? '') && v.toLowerCase().endsWith(lower)
  const known = values.find(v => isAlike(v, text)) ?? values.find(isEnd)
  if (!isBegun) {
    const meant = inForm(text, begins) ?? known
    return { reason: `but its values begin with ${listOf(begins)}`, ...(meant !== undefined && { meant }) }
  }
  return known === undefined ? undefined : { reason: 'which is none of its known values', meant: known }
}

/** A pattern of LIKE or GLOB that known values match, for one that none matches: `'%ACTIVE'` for `'ACTIVE'`. */
export function meantPattern(
  pattern: string,
  operator: 'LIKE' | 'GLOB',
  { values = [] }: Shape,
): string | undefined {
  if (values.length === 0) return undefined
  const [any, one] = operator === 'LIKE' ? ['%', '_'] : ['*', '?']
  const matches = (p: string): boolean => {
    const parts = [...p].map(c =>
      c === any ? '.*' : c === one ? '.' : c.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&'),
    )
    const regex = new RegExp(`^${parts.join('')}$`, operator === 'LIKE' ? 'isu' : 'su')
    return values.some(v => regex.test(v))
  }
  if (pattern.includes('[') || matches(pattern)) return undefined
  const begun = pattern.startsWith(any) ? pattern : any + pattern
  return [begun, begun.endsWith(any) ? begun : begun + any].find(matches)
}

/** Why no value of a column equals a text, if its values are the given ones alone. */
export function mismatchAmong(values: readonly string[], text: string): Mismatch | undefined {
  if (text === '' || values.includes(text)) return undefined
  const meant = values.find(v => isAlike(v, text))
  return {
    reason: `but its values are ${values.map(v => `'${v}'`).join(', ')}`,
    ...(meant !== undefined && { meant }),
  }
}

/** The values that a text lists, if each is clearly one: it begins as values of the columns do, is a known one, or is an address. */
export function listedValues(text: string, shapes: readonly Shape[]): readonly string[] | undefined {
  if (!text.includes(',') || shapes.some(s => s.values?.includes(text))) return undefined
  const parts = text.split(',').map(part => part.trim())
  const isValue = (part: string): boolean =>
    /^[^\s@=]+@[^\s@=]+$/.test(part)
    || shapes.some(
      ({ values = [], begins = [] }) =>
        values.includes(part) || begins.some(b => part.startsWith(b) && part !== b),
    )
  return parts.every(isValue) ? parts : undefined
}

/** Whether two texts differ only by case, blanks and punctuation. */
function isAlike(a: string, b: string): boolean {
  // the classes of Unicode take V8 0.3 ms to compile
  const others = /^[\0-\x7f]*$/.test(a + b) ? /[^a-z0-9]/g : /[^\p{L}\p{N}]/gu
  const letters = (text: string): string => text.toLowerCase().replaceAll(others, '')
  return letters(a) === letters(b) && letters(a) !== ''
}

/** Why no value of a shape begins with a text, and what to compare; undefined if one may. */
export function otherBeginning(prefix: string, { type }: Shape): string | undefined {
  if (prefix === '') return undefined
  if (type === 'object' && !prefix.startsWith('{')) return 'the JSON of an object: compare one of its fields'
  if (type === 'array' && !prefix.startsWith('['))
    return 'the JSON of an array: compare its elements, which json_each() gives'
  if (type === 'boolean' && !/^[01]/.test(prefix)) return 'a boolean, which is 1 or 0'
  return undefined
}

/** Whether no text with a beginning can be a value. */
export function excludesPrefix(prefix: string, begins: readonly string[]): boolean {
  const lower = prefix.toLowerCase()
  return !begins.some(b => lower.startsWith(b.toLowerCase()) || b.toLowerCase().startsWith(lower))
}

/** Whether no text begins as values of both columns do. */
export function areDisjoint(a: readonly string[], b: readonly string[]): boolean {
  return !a.some(x => b.some(y => x.startsWith(y) || y.startsWith(x)))
}

/** What to put before values that begin as `inner` to have values that begin as `outer`: `User:`, for `sa-` and `User:sa-`. */
export function missingPrefix(outer: readonly string[], inner: readonly string[]): string | undefined {
  for (const o of outer)
    for (const i of inner)
      if (o.length > i.length && o.endsWith(i) && isBoundary(o, o.length - i.length))
        return o.slice(0, o.length - i.length)
  return undefined
}

/** The value that a text is in another form: `sa-1` is `User:sa-1`, and the other way round, and `…/environment=env-1/…` is `env-1`. */
function inForm(text: string, begins: readonly string[]): string | undefined {
  const lower = text.toLowerCase()
  const other = begins.find(b => lower.startsWith(b.toLowerCase()))
  if (other !== undefined) return other + text.slice(other.length)
  for (const b of begins)
    for (let at = 1; at < b.length; at++)
      if (isBoundary(b, at) && text.startsWith(b.slice(at))) return b.slice(0, at) + text
  for (const b of begins) {
    const at = text.lastIndexOf(b)
    if (at > 0 && isBoundary(text, at)) return /^[^/]+/.exec(text.slice(at))![0]
  }
  return undefined
}

/** Whether a part of a text may begin at an index: behind `:`, `/` or `=`. */
function isBoundary(text: string, at: number): boolean {
  return /[:/=]/.test(text[at - 1] ?? '')
}

/** `'u-' or 'sa-'`, without those that begin with another one; of many only the first. */
export function listOf(begins: readonly string[]): string {
  const shown = begins
    .filter(b => !begins.some(other => other !== b && b.startsWith(other)))
    .map(b => `'${b}'`)
  if (shown.length > 4) return `${shown[0]!} and the like`
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)!}`
}
