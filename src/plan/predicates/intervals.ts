import { monthsAfter, parseTime, timeText } from '../../catalog/times.ts'
import type { Range } from '../../catalog/types.ts'

/** Times from `from` on and before `before`, in milliseconds since 1970 UTC; infinite where there is no bound. */
export interface Interval {
  readonly from: number
  readonly before: number
}

/** Disjoint intervals in ascending order; `[]` has no value. */
export type Intervals = readonly Interval[]

export const EVERYTHING: Intervals = [{ from: -Infinity, before: Infinity }]

export const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export function isEverything(all: Intervals): boolean {
  return all.length === 1 && all[0]!.from === -Infinity && all[0]!.before === Infinity
}

/** The values in both. */
export function intersection(a: Intervals, b: Intervals): Intervals {
  return union([
    a.flatMap(x =>
      b.flatMap(y => {
        const both = { from: Math.max(x.from, y.from), before: Math.min(x.before, y.before) }
        return both.from < both.before ? [both] : []
      }),
    ),
  ])
}

/** The values in any of them; adjacent intervals become one. */
export function union(all: readonly Intervals[]): Intervals {
  const merged: Interval[] = []
  for (const next of all.flat().sort((x, y) => x.from - y.from)) {
    const last = merged.at(-1)
    if (!last || next.from > last.before) merged.push(next)
    else merged[merged.length - 1] = { from: last.from, before: Math.max(last.before, next.before) }
  }
  return merged
}

/** Years, months, days and parts of a day, and what follows them. */
const TIME = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d))?)?)?)?)?([^]*)$/

/** What a condition leaves to a column. */
export interface Reading {
  readonly intervals: Intervals
  /** The condition holds for all of these times; otherwise rows are checked again. */
  readonly isExact: boolean
}

/**
 * The days or times of a column that a comparison with a text can hold for, or undefined if the text is no time.
 * Texts compare character by character: `< '2026-10'` holds for no day of October, `< '2026-10-05T08:00'` for the fifth.
 * Where a text says more than the column's unit does, the interval is wider.
 */
export function comparedWith(
  operator: '=' | '<' | '<=' | '>' | '>=',
  text: string,
  unit: Range['unit'],
): Reading | undefined {
  const parts = TIME.exec(text)
  if (!parts) return undefined
  const [, year, month, day, hour, minute, second, rest = ''] = parts
  if (rest !== '' && (day === undefined || /^\d/.test(rest))) return undefined
  const at = parseTime(
    `${year}-${month ?? '01'}-${day ?? '01'}T${hour ?? '00'}:${minute ?? '00'}:${second ?? '00'}Z`,
  )
  if (at === undefined) return undefined
  const size = second
    ? SECOND
    : minute
      ? MINUTE
      : hour
        ? HOUR
        : day
          ? DAY
          : monthsAfter(at, month ? 1 : 12) - at
  const isWhole =
    unit === 'day' ? day !== undefined && !hour && rest === '' : second !== undefined && rest === 'Z'
  const isPrefix = !isWhole && rest === '' && (unit === 'second' || !hour)
  const [, fraction] = (unit === 'second' && second && /^\.(\d{1,3})Z$/.exec(rest)) || []
  const isWithin = fraction !== undefined
  const [from, end] = unit === 'day' && hour ? [at - (at % DAY), at - (at % DAY) + DAY] : [at, at + size]
  const since = isWithin ? at + Number(fraction.padEnd(3, '0')) : from
  const bounds = (): Interval | undefined => {
    switch (operator) {
      case '=':
        return isPrefix ? undefined : { from, before: end }
      case '>=':
        return { from: since, before: Infinity }
      case '>':
        return { from: isWithin || (isWhole && unit === 'second') ? since + 1 : from, before: Infinity }
      case '<':
        return { from: -Infinity, before: isWhole || isPrefix ? from : end }
      case '<=':
        return { from: -Infinity, before: isPrefix ? from : end }
    }
  }
  const interval = bounds()
  return {
    intervals: interval ? [interval] : [],
    isExact: isWhole || isPrefix || (isWithin && operator !== '='),
  }
}

/** Milliseconds of an ISO 8601 duration of days, hours or minutes; undefined for anything else. */
export function sizeOf(duration: string): number | undefined {
  const [, days, hours, minutes] = /^P(?:(\d+)D|T(?:(\d+)H|(\d+)M))$/.exec(duration) ?? []
  if (days ?? hours ?? minutes)
    return Number(days ?? 0) * DAY + Number(hours ?? 0) * HOUR + Number(minutes ?? 0) * MINUTE
  return undefined
}

/** Cuts an interval into parts that are not longer than a span. Cuts of hours are at whole hours. */
export function cut({ from, before }: Interval, longest: string | undefined, most: number): Interval[] {
  if (from >= before) return []
  if (longest === undefined) return [{ from, before }]
  const isMonths = sizeOf(longest) === undefined
  const parts: Interval[] = []
  for (let at = from; at < before && parts.length <= most;) {
    const whole = endOf(at, longest)
    const end = whole >= before ? before : isMonths ? whole : whole - (whole % HOUR)
    parts.push({ from: at, before: end })
    at = end
  }
  return parts
}

function endOf(from: number, span: string): number {
  const size = sizeOf(span)
  if (size === undefined) return monthsAfter(from, Number(/^P(\d+)M$/.exec(span)![1]))
  return from + size
}

/** A bound as text for a request. */
export function boundText(at: number, unit: Range['unit']): string {
  return unit === 'day' ? timeText(at).slice(0, 10) : timeText(at)
}
