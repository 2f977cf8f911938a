import type { Value } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import { formatCode, isFormatted, numberText, zonedTime } from '../column-format.ts'
import { isFormula } from '../formula.ts'
import { dayOf, type Moment, momentOf } from '../time.ts'
import type { ResultColumn } from '../types.ts'
import { textOf } from '../values.ts'
import { STYLE, type Styles } from './styles.ts'
import { xmlText } from './xml.ts'

/** https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3: characters in a cell. */
const LONGEST = 32_767
/** Excel keeps 15 digits of a number. */
const EXACT = 999_999_999_999_999n
/** The format General shows integers of up to 11 digits. */
const SHOWN = 99_999_999_999
/** Days from Excel's day 0 to 1970. Its days before 61 are off by one: it has a 29 February 1900. */
const EPOCH = 25_569
const FIRST_DAY = 61
const LAST_DAY = 2_958_465

/** A cell of the sheet: its XML without the reference, and its width in characters. */
export interface Cell {
  readonly attributes: string
  readonly content: string
  readonly width: number
}

/**
 * The cell of a value; undefined for NULL. Numbers, booleans and times are typed; everything else is text, which no
 * spreadsheet runs as a formula. Integers of more than 15 digits, times with more digits than a double has, and times
 * outside 1900-03-01 to 9999 are texts with all their digits. The format of a column is the format of its cells.
 */
export function cellOf(value: Value | undefined, column: ResultColumn, styles: Styles): Cell | undefined {
  if (value === null || value === undefined) return undefined
  if (typeof value === 'string')
    return timeCell(value, column, styles) ?? textCell(value, isFormula(value) ? STYLE.shielded : STYLE.none)
  const text = textOf(value, column) ?? ''
  if (value instanceof Uint8Array) return textCell(text, STYLE.none)
  if (text === 'true' || text === 'false')
    return { attributes: ' t="b"', content: `<v>${text === 'true' ? 1 : 0}</v>`, width: 5 }
  if (typeof value === 'number' && !Number.isFinite(value)) return textCell(text, STYLE.none)
  if (isLong(value)) return textCell(text, STYLE.digits)
  const { display } = column
  if (display?.number && isFormatted(value, column))
    return {
      attributes: styled(styles.ofCode(formatCode(value, display.number))),
      content: `<v>${text}</v>`,
      width: numberText(value, display.number).length + 2,
    }
  const isWide = Number.isInteger(Number(value)) && Math.abs(Number(value)) > SHOWN
  return {
    attributes: isWide && Math.abs(Number(value)) <= EXACT ? styled(STYLE.integer) : '',
    content: `<v>${text}</v>`,
    width: text.length,
  }
}

/** Whether an integer has more digits than a spreadsheet keeps. */
export function isLong(value: number | bigint): boolean {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return false
  const n = BigInt(value)
  return n > EXACT || n < -EXACT
}

/** A text cell. @throws ConfluentqlError OUTPUT if it is longer than a cell holds */
export function textCell(text: string, style: number): Cell {
  if (text.length > LONGEST) {
    throw new ConfluentqlError(
      'OUTPUT',
      `a value of ${text.length} characters, and an xlsx cell holds ${LONGEST}`,
    )
  }
  const space = /^\s|\s$|\n/.test(text) ? ' xml:space="preserve"' : ''
  return {
    attributes: `${styled(style)} t="inlineStr"`,
    content: `<is><t${space}>${xmlText(text)}</t></is>`,
    width: longestLine(text),
  }
}

function timeCell(text: string, { type, display }: ResultColumn, styles: Styles): Cell | undefined {
  const zoned = display?.time && zonedTime(text, display.time)
  if (zoned) {
    const { seconds, nanos, zone } = zoned
    const code = `yyyy\\-mm\\-dd\\ hh:mm:ss${nanos === 0 ? '' : '.000'}" ${zone}"`
    return momentCell({ seconds, nanos, zoned: true }, styles.ofCode(code), zone.length + 1)
  }
  if (type !== 'timestamp' && type !== 'date' && type !== 'any') return undefined
  const day = dayOf(text)
  if (day !== undefined)
    return inRange(day + EPOCH)
      ? { attributes: styled(STYLE.day), content: `<v>${day + EPOCH}</v>`, width: 10 }
      : undefined
  const moment = momentOf(text)
  return moment && momentCell(moment, moment.nanos === 0 ? STYLE.seconds : STYLE.millis)
}

/** `more`: characters that the format adds to a time. */
function momentCell(moment: Moment, style: number, more = 0): Cell | undefined {
  if (moment.nanos % 1000 !== 0) return undefined
  const serial = serialOf(moment)
  if (serial === undefined) return undefined
  return {
    attributes: styled(style),
    content: `<v>${serial}</v>`,
    width: (moment.nanos === 0 ? 19 : 23) + more,
  }
}

/** A time as a serial number of days; undefined if a double cannot represent it exactly enough to restore every digit. */
function serialOf({ seconds, nanos }: Moment): number | undefined {
  const day = Math.floor(seconds / 86_400)
  if (!inRange(day + EPOCH)) return undefined
  const rest = seconds - day * 86_400 + nanos / 1e9
  const unit = nanos === 0 ? 1 : nanos % 1_000_000 === 0 ? 1e3 : 1e6
  let serial = day + EPOCH + rest / 86_400
  // Some readers truncate to milliseconds: a value slightly below the exact time would lose one.
  if (Math.floor((serial - EPOCH) * 86_400e3) < seconds * 1e3 + Math.floor(nanos / 1e6))
    serial *= 1 + Number.EPSILON
  return Math.round((serial - day - EPOCH) * 86_400 * unit) === Math.round(rest * unit) ? serial : undefined
}

const inRange = (day: number): boolean => day >= FIRST_DAY && day <= LAST_DAY

const styled = (style: number): string => (style === STYLE.none ? '' : ` s="${style}"`)

function longestLine(text: string): number {
  return text.includes('\n')
    ? Math.max(
        ...text
          .slice(0, 1000)
          .split('\n')
          .map(line => line.length),
      )
    : text.length
}
