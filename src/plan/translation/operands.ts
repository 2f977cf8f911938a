import type { Token } from '../../sql/lexer.ts'
import type { Range } from '../../sql/query.ts'
import type { Part } from '../compose.ts'
import { FORMAT_CODES } from '../other-functions.ts'
import { modifiersOf, type Interval } from './intervals.ts'

/** What an operand is, as far as its text shows: a day, a day or a time of a period, the present, a time, or anything. */
export type Kind = 'date' | 'period' | 'now' | 'time' | 'any'

/** An operand: its tokens end before `to`. */
export interface Operand {
  readonly to: number
  readonly parts: readonly Part[]
  readonly kind: Kind
  /** It is the day of today. */
  readonly isToday?: boolean
  readonly isTranslated?: boolean
  /** What whole days and months were added to, and the modifiers for it: a further interval is added to the same, as its text is written three times. */
  readonly added?: { readonly base: readonly Part[]; readonly modifiers: string }
}

/** The format of the API's times, for strftime(). */
export const TIME = "'%Y-%m-%dT%H:%M:%SZ'"

/** Types that a value can be converted to with `::` or CAST: what SQLite has for it, and what kind it then is. */
export const CONVERSIONS: Readonly<Record<string, readonly [write: string, kind: Kind]>> = {
  date: ['date({x})', 'date'],
  timestamp: [`strftime(${TIME}, {x})`, 'time'],
  timestamptz: [`strftime(${TIME}, {x})`, 'time'],
  datetime: [`strftime(${TIME}, {x})`, 'time'],
}
/** Further types of `::`. SQLite's CAST makes 0 of a text that is no number, these are errors then. */
export const NUMBERS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    'int integer int2 int4 int8 bigint smallint'.split(' ').map(type => [type, 'exact_integer({x})']),
  ),
  ...Object.fromEntries(
    'numeric decimal float float4 float8 double real'.split(' ').map(type => [type, 'exact_number({x})']),
  ),
}

/** What the functions for times take for an operand, of which they give a day or a time. */
export const baseOf = ({ kind, parts, isToday }: Operand, isDay: boolean): readonly Part[] =>
  kind === 'now' || (isToday && isDay) ? ["'now'"] : parts

/** An operand with an interval added. A day with whole days added is a day. */
export function shift(operand: Operand, interval: Interval, to: number): Operand {
  const isDay = operand.kind === 'date' || operand.kind === 'period'
  const whole = interval.seconds === 0
  const base = operand.added?.base ?? baseOf(operand, isDay && whole)
  const modifiers = `${operand.added?.modifiers ?? ''}, ${modifiersOf(interval)}`
  const [day, time]: Part[][] = [
    [strict('date('), ...base, modifiers, ')'],
    [strict(`strftime(${TIME}, `), ...base, modifiers, ')'],
  ]
  if (isDay && whole) return { to, parts: day!, kind: operand.kind, isTranslated: true }
  if (isDay || operand.kind !== 'any' || !whole) {
    const kind = operand.kind === 'now' || operand.kind === 'time' || !whole || isDay ? 'time' : 'any'
    return { to, parts: time!, kind, isTranslated: true }
  }
  const parts = ['iif(length(', ...base, ') = 10, ', ...day!, ', ', ...time!, ')']
  return { to, parts, kind: 'any', isTranslated: true, added: { base, modifiers } }
}

/** Adds a part; ranges of tokens that follow each other are one. */
export function append(parts: Part[], part: Part): void {
  const last = parts.at(-1)
  if (typeof part === 'string') parts.push(part)
  else if (part.from === part.to) return
  else if (typeof last === 'object' && last.to === part.from)
    parts[parts.length - 1] = { from: last.from, to: part.to }
  else parts.push(part)
}

/** Parts of which those that follow each other are one. */
export function merged(parts: readonly Part[]): Part[] {
  const out: Part[] = []
  for (const part of parts) append(out, part)
  return out
}

/**
 * Generated SQL whose calls reject a text that is no time, as Postgres does; SQLite's functions are NULL for it. Quotes around
 * their names distinguish them from those that are typed (predicates/instants.ts).
 */
export const strict = (sql: string): string =>
  sql.replaceAll(/\b(date|strftime|julianday|unixepoch)(?=\()/g, '"$1"')

/** A template with an operand for `{x}`. */
export function fill(template: string, operand: readonly Part[]): Part[] {
  return strict(template)
    .split('{x}')
    .flatMap((text, i) => (i === 0 ? [text] : [...operand, text]))
}

/** The format of to_char() as a text for strftime(); undefined if it has other codes than those of SQLite, or spelt-out ones. */
export function formatOf(token: Token | undefined, { from, to }: Range): string | undefined {
  if (token?.kind !== 'string' || to - from !== 1) return undefined
  let rest = token.value
  let format = ''
  while (rest !== '') {
    const code = FORMAT_CODES.toSorted(([a], [b]) => b.length - a.length).find(([c]) => rest.startsWith(c))
    const isOther = !code && /^[A-Za-z%"\\]/.test(rest) && !/^[TZ](?![A-Z])/.test(rest)
    // seconds of the day
    if (isOther || rest.startsWith('SSSS')) return undefined
    format += code ? code[1] : rest[0]!
    rest = rest.slice(code ? code[0].length : 1)
  }
  return format.includes('%') ? `'${format.replaceAll("'", "''")}'` : undefined
}
