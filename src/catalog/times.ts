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

/** A day, or a time of a day with or without seconds, a fraction and a time zone, as RFC 3339 and SQLite write them. */
const MOMENT =
  /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?:[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d+))?)?(?: ?(?:Z|([+-])([01]\d|2[0-3]):?([0-5]\d)?))?)?$/i

/** Such a time as APIs write most: in UTC, without zeros at the end. Nothing is captured, which is three times as fast. */
const USUAL =
  /^\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d*[1-9])?Z$/

/**
 * A day or time in UTC as `2026-01-31T08:00:00` or `2026-01-31T08:00:00.5`: such texts are in the order of the times, and are equal
 * if the times are. A day is its beginning, and a time without a zone is in UTC. Undefined for any other text.
 */
export function instantText(text: string): string | undefined {
  if (USUAL.test(text)) return text.slice(0, -1)
  const parts = MOMENT.exec(text)
  if (!parts) return undefined
  const [, day, hour = '00', minute = '00', second = '00', digits = '', sign, hours = '00', minutes = '00'] =
    parts
  if (!isDay(day!)) return undefined
  const fraction = digits.replace(/0+$/, '')
  const local = `${day}T${hour}:${minute}:${second}`
  const offset = Number(hours) * 60 + Number(minutes)
  const whole = offset === 0 ? local : shifted(local, sign === '-' ? offset : -offset)
  return whole === undefined || fraction === '' ? whole : `${whole}.${fraction}`
}

function isDay(text: string): boolean {
  const [year, month, day] = text.split('-').map(Number)
  return day! < 29 || dayText(year!, month!, day!) === text
}

function shifted(local: string, minutes: number): string | undefined {
  const text = new Date(Date.parse(`${local}Z`) + minutes * 60_000).toISOString()
  return /^\d{4}-/.test(text) ? text.slice(0, 19) : undefined
}
