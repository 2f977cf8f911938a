/** An amount of time, as Postgres keeps it: months, days and seconds are added one after the other. */
export interface Interval {
  readonly months: number
  readonly days: number
  readonly seconds: number
}

/** Months, days and seconds of the units of intervals. */
const UNITS: Readonly<Record<string, readonly [months: number, days: number, seconds: number]>> = {
  year: [12, 0, 0],
  yr: [12, 0, 0],
  quarter: [3, 0, 0],
  month: [1, 0, 0],
  mon: [1, 0, 0],
  week: [0, 7, 0],
  day: [0, 1, 0],
  hour: [0, 0, 3600],
  minute: [0, 0, 60],
  min: [0, 0, 60],
  second: [0, 0, 1],
  sec: [0, 0, 1],
}

/** Reads `1 year 2 months`, `90 days`, `-1 day`. Undefined for any other text, such as `1.5 days` or `P1Y`. */
export function readInterval(text: string): Interval | undefined {
  if (!/^\s*(?:[+-]?\d{1,9}\s*[a-z]+\s*)+$/i.test(text)) return undefined
  let [months, days, seconds] = [0, 0, 0]
  for (const [, count, word] of text.matchAll(/([+-]?\d+)\s*([a-z]+)/gi)) {
    const name = word!.toLowerCase()
    const unit = [name, name.replace(/s$/, '')].flatMap(n => (Object.hasOwn(UNITS, n) ? [UNITS[n]!] : []))[0]
    if (!unit) return undefined
    const n = Number(count)
    months += n * unit[0]
    days += n * unit[1]
    seconds += n * unit[2]
  }
  return { months, days, seconds }
}

/** An interval many times. */
export function times({ months, days, seconds }: Interval, n: number): Interval {
  return { months: months * n, days: days * n, seconds: seconds * n }
}

/**
 * The modifiers of SQLite's date functions that add an interval. `floor` takes the last day of a month that has no such day, as
 * Postgres does: without it, a month before the 31st of March is the 3rd of March.
 */
export function modifiersOf({ months, days, seconds }: Interval): string {
  const shift = (n: number, unit: string): string[] =>
    n === 0 ? [] : [`'${n > 0 ? '+' : '-'}${Math.abs(n)} ${unit}'`]
  const all = [
    ...shift(months, 'months'),
    ...(months === 0 ? [] : ["'floor'"]),
    ...shift(days, 'days'),
    ...shift(seconds, 'seconds'),
  ]
  return all.length === 0 ? "'+0 days'" : all.join(', ')
}
