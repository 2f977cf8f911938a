import { SqlError } from '../wire/errors.ts'

const FORM =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s?(Z|z|[+-]\d\d(?::?\d\d)?)?)?$/
/** Microseconds from 1970 to 2000, which Postgres counts from. */
const EPOCH = 946_684_800_000_000n

/** A time of an API as Postgres prints it in UTC: `2024-05-01 12:00:00.25+00`. @throws SqlError 22007, 22008 */
export function timestamp(text: string): string {
  const micros = microsOf(text)
  const fraction = Number(((micros % 1_000_000n) + 1_000_000n) % 1_000_000n)
  const date = new Date(Number((micros - BigInt(fraction)) / 1000n))
  const shown = date.toISOString()
  // years before 1 and after 9999
  if (!/^\d{4}-/.test(shown) || shown.startsWith('0000')) throw outOfRange(text)
  const digits = fraction === 0 ? '' : `.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`
  return `${shown.slice(0, 10)} ${shown.slice(11, 19)}${digits}+00`
}

/** Microseconds since 2000. @throws SqlError 22007, 22008 */
export function timestampMicros(text: string): bigint {
  return microsOf(text) - EPOCH
}

/** Microseconds since 1970. A time without a zone is in UTC. */
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
  // digits beyond microseconds are rounded
  const micros = Math.round(Number(`0.${fraction || '0'}`) * 1_000_000)
  return BigInt(seconds) * 1_000_000n + BigInt(micros)
}

/** Seconds east of UTC. */
function offsetOf(zone: string): number {
  if (/z/i.test(zone)) return 0
  const [, sign, hours, minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone)!
  return (Number(hours) * 3600 + Number(minutes) * 60) * (sign === '-' ? -1 : 1)
}

const outOfRange = (text: string): SqlError =>
  new SqlError('22008', `date/time field value out of range: ${JSON.stringify(text.slice(0, 100))}`)
