/** Milliseconds since 1970 of a time as RFC 3339 writes it; undefined if there is no such day or time. */
export function parseTime(text: string): number | undefined {
  const at = Date.parse(text)
  if (Number.isNaN(at)) return undefined
  // Date takes the 31st of February for a day in March, and hour 24 for the next day
  return new Date(at).toISOString().startsWith(text.slice(0, 13)) ? at : undefined
}

/** A time in UTC, without a fraction of a second where it has none. */
export function timeText(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z')
}

/** The same day and time some months later; on the last day of the month where it has no such day. */
export function monthsAfter(at: number, months: number): number {
  const date = new Date(at)
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + months)
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  date.setUTCDate(Math.min(day, last))
  return date.getTime()
}

/** The day YYYY-MM-DD of a year, month and day; a month or day after the last is one of the next year or month. */
export function dayText(year: number, month: number, day: number): string {
  return new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10)
}
