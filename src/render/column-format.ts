import type { Value } from '../catalog/types.ts'
import { momentOf } from './time.ts'
import type { ResultColumn } from './types.ts'
import { textOf } from './values.ts'

/** How numbers are shown. `decimals`: digits after the point; undefined: those of the format, or of the number. */
export interface NumberFormat {
  readonly kind: 'decimals' | 'thousands' | 'bytes' | 'money' | 'percent'
  readonly decimals?: number | undefined
  /** money: its code, as USD. */
  readonly currency?: string | undefined
}

/** In which time zone timestamps are shown. */
export interface TimeFormat {
  readonly kind: 'local' | 'utc'
}

/** `.format`: how columns with a name, or with names like a pattern (`*`), are shown. */
export interface FormatRule {
  readonly name: string
  /** `off`: unformatted, even if a pattern matches. undefined: the rule only asks for a total. */
  readonly format: NumberFormat | TimeFormat | 'off' | undefined
  /** Numbers are totaled. */
  readonly total: boolean
}

/** How formats for people show the values of a column. Formats for programs ignore it. */
export interface Display {
  readonly number?: NumberFormat | undefined
  readonly time?: TimeFormat | undefined
  readonly total?: boolean | undefined
}

/** The columns with the display that the rules give them: a rule for the name precedes patterns, a later pattern an earlier one. */
export function withFormats(
  columns: readonly ResultColumn[],
  rules: readonly FormatRule[],
): readonly ResultColumn[] {
  if (rules.length === 0) return columns
  return columns.map(column => {
    const own = rules.find(rule => rule.name.toLowerCase() === column.name.toLowerCase())
    const matching =
      own?.format === 'off' ? [] : rules.filter(rule => isPattern(rule) && matches(rule, column.name))
    const all = [...(own ? [own] : []), ...matching.toReversed()]
    const formats = all.flatMap(({ format }) => (format === undefined || format === 'off' ? [] : [format]))
    return {
      ...column,
      display: {
        number: formats.find(isOfNumbers),
        time: formats.find(isOfTimes),
        total: all.some(r => r.total),
      },
    }
  })
}

/** Whether a rule is for several columns. */
export function isPattern({ name }: FormatRule): boolean {
  return name.includes('*')
}

/** Whether a pattern matches the name of a column. */
export function matches({ name }: FormatRule, column: string): boolean {
  const parts = name.split('*').map(part => part.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  return new RegExp(`^${parts.join('.*')}$`, 'is').test(column)
}

const isOfTimes = (format: NumberFormat | TimeFormat): format is TimeFormat =>
  format.kind === 'local' || format.kind === 'utc'
const isOfNumbers = (format: NumberFormat | TimeFormat): format is NumberFormat => !isOfTimes(format)

/** A value as text for people, in the format of its column if that applies to it; undefined for NULL. */
export function shownText(value: Value | undefined, column: ResultColumn): string | undefined {
  return formattedText(value, column) ?? textOf(value, column)
}

/** The text of a value that people are shown differently: in the format of its column, or without noise. Undefined for any other value. */
export function formattedText(value: Value | undefined, column: ResultColumn): string | undefined {
  const { number, time } = column.display ?? {}
  if (typeof value === 'string') return time && zonedText(value, time)
  if (number && isFormatted(value, column)) return numberText(value, number)
  if (typeof value !== 'number' || Number.isInteger(value)) return undefined
  const shown = withoutNoise(value)
  return shown === value ? undefined : String(shown)
}

/** Digits of a decimal number that a double keeps. A fraction with more was computed, or is not exact: 0.1 + 0.2 has 17. SQLite shows as many. */
const DIGITS = 15
/** Digits of a fraction that sums and differences of some hundred doubles keep, and one more that must then be zero. */
const KEPT = 12
const CERTAIN = 14

/**
 * A number with the digits that people are shown. An integer, and a fraction of up to 15 digits, has all; one with more is rounded
 * to 15, or to 12 if that leaves out only what arithmetic in doubles added: 0.03070000000000012 is 0.0307.
 */
export function withoutNoise(value: number): number {
  if (Number.isInteger(value)) return value
  const exact = Number(value.toPrecision(DIGITS))
  if (exact === value) return value
  const short = Number(value.toPrecision(KEPT))
  return short === Number(value.toPrecision(CERTAIN)) ? short : exact
}

/** Whether formats of numbers apply to a value. */
export function isFormatted(value: Value | undefined, { type }: ResultColumn): value is number | bigint {
  return (
    type !== 'boolean' && (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value)))
  )
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB']
/** A finite number, or one in decimal notation with more digits than a double has. */
type Finite = number | bigint | `${number}`

/** A finite number as text: rounded half away from zero, with all digits before the point. */
export function numberText(value: Finite, format: NumberFormat): string {
  const { kind, decimals } = format
  switch (kind) {
    case 'decimals':
      return intl({ ...digits(decimals ?? 0), useGrouping: false }).format(value)
    case 'thousands':
      return decimals === undefined ? grouped(value) : intl(digits(decimals)).format(value)
    case 'percent':
      return intl({ style: 'percent', ...digits(decimals ?? 1) }).format(value)
    case 'money':
      return money(format).format(value)
    default:
      return bytesText(Number(value), decimals ?? 1)
  }
}

/** All digits of a number, grouped before the point. A number that is written with an exponent stays as it is. */
function grouped(value: Finite): string {
  const text = String(value)
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(\.\d+)?$/.exec(text) ?? []
  return whole === undefined ? text : `${sign}${intl({}).format(BigInt(whole))}${fraction}`
}

function money({ currency, decimals }: NumberFormat): Intl.NumberFormat {
  return intl({
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
    ...(decimals !== undefined && digits(decimals)),
  })
}

function bytesText(value: number, decimals: number): string {
  const rounds = (unit: number): boolean =>
    Math.abs(Number((value / 1024 ** unit).toFixed(unit === 0 ? 0 : decimals))) >= 1024
  let unit = 0
  while (unit < UNITS.length - 1 && rounds(unit)) unit += 1
  const shown = value / 1024 ** unit
  return `${unit === 0 ? grouped(shown) : intl(digits(decimals)).format(shown)} ${UNITS[unit]}`
}

const digits = (n: number): Intl.NumberFormatOptions => ({
  minimumFractionDigits: n,
  maximumFractionDigits: n,
})

const numberFormats = new Map<string, Intl.NumberFormat>()

function intl(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify(options)
  const known =
    numberFormats.get(key) ?? new Intl.NumberFormat('en-US', { signDisplay: 'negative', ...options })
  numberFormats.set(key, known)
  return known
}

/** A point in time as the clock of a zone shows it. */
export interface ZonedTime {
  /** Seconds since 1970 on that clock. */
  readonly seconds: number
  readonly nanos: number
  /** The zone and whether it is daylight saving time: CET, CEST, UTC. */
  readonly zone: string
}

/** The time of a timestamp in a zone. Undefined for a text without offset from UTC, whose zone is not known, and for anything else. */
export function zonedTime(text: string, { kind }: TimeFormat): ZonedTime | undefined {
  const moment = momentOf(text)
  if (!moment?.zoned || moment.seconds < FIRST) return undefined
  if (kind === 'utc') return moment.seconds > LAST ? undefined : { ...moment, zone: 'UTC' }
  const date = new Date(moment.seconds * 1000)
  const wall = Date.UTC(
    date.getFullYear(),
    date.getMonth(),
    date.getDate(),
    date.getHours(),
    date.getMinutes(),
    date.getSeconds(),
  )
  // 9999-12-31T23:59:59Z, which often means never, is in the year 10000 east of Greenwich
  return wall / 1000 > LAST ? undefined : { seconds: wall / 1000, nanos: moment.nanos, zone: zoneName(date) }
}

/** The first second of the year 1000: Date misreads years before 100. */
const FIRST = -30_610_224_000
/** The last second of the year 9999. */
const LAST = 253_402_300_799

/** The short name of the local zone, from the first of these languages that has one: in en-US, CET is only GMT+1. */
function zoneName(date: Date): string {
  const names = ['en-US', 'en-GB'].map(
    language =>
      zoneFormat(language)
        .formatToParts(date)
        .find(part => part.type === 'timeZoneName')?.value ?? '',
  )
  return names.find(name => !/^GMT[+-]/.test(name)) ?? names[0]!
}

const zoneFormats = new Map<string, Intl.DateTimeFormat>()

function zoneFormat(language: string): Intl.DateTimeFormat {
  const known = zoneFormats.get(language) ?? new Intl.DateTimeFormat(language, { timeZoneName: 'short' })
  zoneFormats.set(language, known)
  return known
}

function zonedText(text: string, format: TimeFormat): string | undefined {
  const time = zonedTime(text, format)
  if (!time) return undefined
  const shown = new Date(time.seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')
  const fraction = time.nanos === 0 ? '' : (/\.\d+/.exec(text)?.[0] ?? '')
  return `${shown}${fraction} ${time.zone}`
}

/** The same format as a format code of a spreadsheet, for a cell that contains the number. Format codes cannot divide by 1024, so bytes are shown whole. */
export function formatCode(value: number | bigint, format: NumberFormat): string {
  const { kind, decimals } = format
  const point = (n: number): string => (n === 0 ? '' : `.${'0'.repeat(n)}`)
  const isWhole = typeof value === 'bigint' || Number.isInteger(value)
  switch (kind) {
    case 'decimals':
      return `0${point(decimals ?? 0)}`
    case 'thousands':
      return `#,##0${decimals === undefined ? (isWhole ? '' : '.0##########') : point(decimals)}`
    case 'percent':
      return `0${point(decimals ?? 1)}%`
    case 'money': {
      const parts = money(format).formatToParts(0)
      const text = (type: string): string => parts.find(part => part.type === type)?.value ?? ''
      const amount = `"${text('currency')}"#,##0${point(text('fraction').length)}`
      return `${amount};\\-${amount}`
    }
    default:
      return `#,##0${isWhole ? '' : '.0##########'}" B"`
  }
}
