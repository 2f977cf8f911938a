import { SqlError } from '../wire/errors.ts'

const FORM =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s?(Z|z|[+-]\d\d(?::?\d\d)?)?)?$/
/** Microseconds from 1970 to 2000, which Postgres counts from. */
const EPOCH = 946_684_800_000_000n
/** The first microsecond of year 1, and of year 10000. */
const [FIRST, END] = [-62_135_596_800_000_000n, 253_402_300_800_000_000n] as const

/** A time of an API as Postgres prints it in UTC: `2024-05-01 12:00:00.25+00`. @throws SqlError 22007, 22008 */
export function timestamp(text: string): string {
  const micros = microsOf(text)
  const fraction = Number(((micros % 1_000_000n) + 1_000_000n) % 1_000_000n)
  const shown = new Date(Number((micros - BigInt(fraction)) / 1000n)).toISOString()
  const digits = fraction === 0 ? '' : `.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`
  return `${shown.slice(0, 10)} ${shown.slice(11, 19)}${digits}+00`
}

/** Microseconds since 2000. @throws SqlError 22007, 22008 */
export function timestampMicros(text: string): bigint {
  return microsOf(text) - EPOCH
}

/** Microseconds since 1970 of a time in the years 1 to 9999. Without a zone it is in UTC. */
function microsOf(text: string): bigint {
  const found = FORM.exec(text)
  if (!found)
    throw new SqlError(
      '22007',
      `invalid input syntax for type timestamp with time zone: ${JSON.stringify(text.slice(0, 100))}`,
    )
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = found
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  const isDay = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day)
  const [h, m, s] = [Number(hour), Number(minute), Number(second)]
  if (!isDay || m > 59 || s > 60 || h * 3600 + m * 60 + s > 86_400) throw outOfRange(text)
  const seconds = date.getTime() / 1000 + h * 3600 + m * 60 + s - offsetOf(zone)
  const micros = BigInt(seconds) * 1_000_000n + BigInt(rounded(Number(`0.${fraction || '0'}`) * 1_000_000))
  if (micros < FIRST || micros >= END) throw outOfRange(text)
  return micros
}

/** Digits beyond microseconds are rounded as Postgres does: half a microsecond to the even number. */
function rounded(value: number): number {
  const down = Math.floor(value)
  return value - down === 0.5 ? down + (down % 2) : Math.round(value)
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
/** Days of a year before each month. */
const BEFORE = DAYS.map((_, month) => DAYS.slice(0, month).reduce((sum, n) => sum + n, 0))
/** Days from year 0 to 2000. */
const DAYS_TO_2000 = 730_485

/**
 * Microseconds since 2000 of a time in the usual form, `2024-05-01T12:00:00.123456Z`, in UTF-8; NaN for any other, and for
 * years that a number cannot hold exactly.
 */
export function microsAt(bytes: Uint8Array, from: number, to: number): number {
  const number = (at: number, digits: number): number => {
    let n = 0
    for (let i = from + at; i < from + at + digits; i++) {
      const digit = bytes[i]! - 0x30
      if (digit < 0 || digit > 9) return NaN
      n = n * 10 + digit
    }
    return n
  }
  const is = (at: number, byte: number): boolean => bytes[from + at] === byte
  const length = to - from
  if (length < 20 || length > 27 || !is(length - 1, 0x5a)) return NaN
  if (!is(4, 0x2d) || !is(7, 0x2d) || !is(10, 0x54) || !is(13, 0x3a) || !is(16, 0x3a)) return NaN
  const [year, month, day] = [number(0, 4), number(5, 2), number(8, 2)]
  const [hour, minute, second] = [number(11, 2), number(14, 2), number(17, 2)]
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const isDay = day >= 1 && day <= DAYS[month - 1]! + (isLeap && month === 2 ? 1 : 0)
  if (!(isDay && year > 1720 && year < 2280 && hour < 24 && minute < 60 && second < 60)) return NaN
  const digits = length - 21
  if (length > 20 && (digits === 0 || !is(19, 0x2e))) return NaN
  const fraction = digits > 0 ? number(20, digits) * 10 ** (6 - digits) : 0
  const past = year - 1
  const leaps = Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400)
  const days =
    year * 365 + leaps + 1 + BEFORE[month - 1]! + (isLeap && month > 2 ? 1 : 0) + day - 1 - DAYS_TO_2000
  return (days * 86_400 + hour * 3600 + minute * 60 + second) * 1_000_000 + fraction
}

/** Seconds east of UTC. */
function offsetOf(zone: string): number {
  if (/z/i.test(zone)) return 0
  const [, sign, hours, minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone)!
  return (Number(hours) * 3600 + Number(minutes) * 60) * (sign === '-' ? -1 : 1)
}

const outOfRange = (text: string): SqlError =>
  new SqlError('22008', `date/time field value out of range: ${JSON.stringify(text.slice(0, 100))}`)
