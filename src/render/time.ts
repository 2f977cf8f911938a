/** A point in time read from a text. */
export interface Moment {
  /** Whole seconds since 1970, in UTC. */
  readonly seconds: number
  /** 0 to 999,999,999. */
  readonly nanos: number
  /** The text has an offset from UTC. Without one, the time is read as UTC. */
  readonly zoned: boolean
}

const MOMENT = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?$/
const DAY = /^(\d{4})-(\d\d)-(\d\d)$/
const DAY_MS = 86_400_000

/** Reads RFC 3339 and the format of SQLite's datetime(). Undefined for anything else, for dates that do not exist, and for leap seconds. */
export function momentOf(text: string): Moment | undefined {
  const match = MOMENT.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour, minute, second, fraction = '', zone] = match
  const date = dayNumber(year, month, day)
  if (date === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  const seconds = date * 86_400 + Number(hour) * 3600 + Number(minute) * 60 + Number(second) - offsetOf(zone)
  return { seconds, nanos: Number(fraction.padEnd(9, '0')), zoned: zone !== undefined }
}

/** Reads `2026-10-01` as days since 1970; undefined for anything else. */
export function dayOf(text: string): number | undefined {
  const match = DAY.exec(text)
  return match ? dayNumber(match[1], match[2], match[3]) : undefined
}

function dayNumber(year = '', month = '', day = ''): number | undefined {
  const ms = Date.parse(`${year}-${month}-${day}T00:00:00Z`)
  // Date.parse rejects 30 February or returns a day of March, depending on the engine.
  return Number.isNaN(ms) || new Date(ms).getUTCDate() !== Number(day) ? undefined : ms / DAY_MS
}

function offsetOf(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0
  const seconds = Number(zone.slice(1, 3)) * 3600 + Number(zone.slice(4)) * 60
  return zone.startsWith('-') ? -seconds : seconds
}
