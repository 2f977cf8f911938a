import type { Value } from '../../catalog/types.ts'
import { numberText, shownText } from '../column-format.ts'
import { dayOf, momentOf } from '../time.ts'
import type { ResultColumn, Row } from '../types.ts'

/** A column of numbers: the values to draw and their texts; undefined for NULL. */
export interface Series {
  readonly name: string
  readonly column: ResultColumn
  readonly values: readonly (number | undefined)[]
  readonly texts: readonly (string | undefined)[]
}

/** A result that can be drawn. */
export interface Drawing {
  readonly label: string
  readonly labels: readonly string[]
  /** Seconds since 1970 of each label, ascending, if all labels are times; the result is then drawn as lines. */
  readonly times: readonly number[] | undefined
  readonly series: readonly Series[]
  /** Set if a column names the series: its name, the column of their numbers, and how many series were left out. */
  readonly group?: {
    readonly name: string
    readonly value: ResultColumn
    /** Bars are stacked: no number is negative. */
    readonly isStack: boolean
    readonly left: number
    /** The sum of the numbers of each label. */
    readonly totals: readonly string[]
  }
}

/** Fewer points are drawn as bars. */
const FEWEST_POINTS = 3

/** Whether each column holds only numbers; for a column of NULLs, its declared type decides. */
export function numericColumns(columns: readonly ResultColumn[], rows: readonly Row[]): boolean[] {
  return columns.map(({ type }, i) => {
    if (type === 'boolean') return false
    const present = rows.map(row => row[i]).filter(value => value !== null && value !== undefined)
    if (present.length === 0) return type === 'integer' || type === 'number'
    return present.every(
      value => typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value)),
    )
  })
}

/** The drawing of a result whose column `label` has the labels and whose other columns are numbers. */
export function drawingOf(columns: readonly ResultColumn[], rows: readonly Row[], label: number): Drawing {
  const column = columns[label]
  const times = rows.map(row => secondsOf(row[label]))
  const isTime =
    rows.length >= FEWEST_POINTS
    && times.every(time => time !== undefined)
    && new Set(times).size === times.length
  const order = rows.map((_, i) => i)
  if (isTime) order.sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0))
  return {
    label: column?.name ?? '',
    labels: order.map(i => (column && shownText(rows[i]?.[label], column)) ?? 'NULL'),
    times: isTime ? order.map(i => times[i] ?? 0) : undefined,
    series: columns.flatMap((each, c) =>
      c === label
        ? []
        : [
            seriesOf(
              each,
              order.map(i => rows[i]?.[c]),
            ),
          ],
    ),
  }
}

/** The drawing of one row of numbers: a bar for each column, with its name. Undefined if there is anything else in the row. */
export function singleDrawing(columns: readonly ResultColumn[], row: Row): Drawing | undefined {
  if (numericColumns(columns, [row]).includes(false)) return undefined
  const all = columns.map((column, i) => seriesOf(column, [row[i]]))
  return {
    label: '',
    labels: all.map(({ name }) => name),
    times: undefined,
    series: [
      {
        name: '',
        column: columns[0]!,
        values: all.map(({ values }) => values[0]),
        texts: all.map(({ texts }) => texts[0]),
      },
    ],
  }
}

/** The series of a column's values. */
export function seriesOf(column: ResultColumn, values: readonly (Value | undefined)[]): Series {
  return {
    name: column.name,
    values: values.map(value => (value === null || value === undefined ? undefined : Number(value))),
    texts: values.map(value => shownText(value, column)),
    column,
  }
}

/** The times of texts, if all are times and enough to draw a line. */
export function timesOf(
  values: ReadonlyMap<string, Value | undefined>,
): ReadonlyMap<string, number> | undefined {
  const times = new Map<string, number>()
  for (const [text, value] of values) {
    const time = secondsOf(value)
    if (time !== undefined) times.set(text, time)
  }
  const isTime = values.size >= FEWEST_POINTS && new Set(times.values()).size === values.size
  return isTime ? times : undefined
}

function secondsOf(value: Value | undefined): number | undefined {
  if (typeof value !== 'string') return undefined
  const day = dayOf(value)
  if (day !== undefined) return day * 86_400
  const moment = momentOf(value)
  return moment && moment.seconds + moment.nanos / 1e9
}

/** Ends of the scale. It includes zero for bars, and for lines unless all values are far from zero. */
export function rangeOf(values: readonly (number | undefined)[], kind: 'bars' | 'lines'): Ends<number> {
  let low = Infinity
  let high = -Infinity
  for (const value of values) {
    if (value === undefined) continue
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  if (low > high) return { low: 0, high: 1 }
  const isFar = kind === 'lines' && (low > high / 2 || high < low / 2)
  if (!isFar || low === high) {
    low = Math.min(low, 0)
    high = Math.max(high, 0)
  }
  return low === high ? { low, high: low + 1 } : { low, high }
}

/** Both ends of a scale. */
export interface Ends<T> {
  readonly low: T
  readonly high: T
}

/** A number of a scale as text, in the format of the column, with 10 digits. */
export function scaleText(value: number, { display }: ResultColumn): string {
  const rounded = Number(value.toPrecision(10))
  return display?.number ? numberText(rounded, display.number) : String(rounded)
}

/** Both ends of a scale as text, with more digits if they need them to differ. */
export function endsOf({ low, high }: Ends<number>, column: ResultColumn): Ends<string> {
  const ends = { low: scaleText(low, column), high: scaleText(high, column) }
  return ends.low === ends.high ? { low: String(low), high: String(high) } : ends
}

/** A note if the axis of a line does not begin at zero. */
export function baselineNote(range: Ends<number>, ends: Pick<Ends<string>, 'low'>): string {
  return range.low <= 0 && range.high >= 0 ? '' : ` (the axis begins at ${ends.low}, not at 0)`
}
