import type { Value } from '../../catalog/types.ts'
import type { ResultColumn, Row } from '../types.ts'
import { isNested } from '../values.ts'
import { numberText, shownText } from '../column-format.ts'
import { sumOf } from '../total.ts'
import { type Drawing, numericColumns, type Series, seriesOf, timesOf } from './series.ts'

/** The key of NULL among texts: a text may be `NULL` too. */
const NONE = '\0'

/** The most series of a drawing: each has a colour of its own. */
const MOST = 6

/**
 * The drawing of a result with three columns: labels or times, the name of the series, and numbers. The series share a scale.
 * Undefined for any other result, and if a series has two numbers for a label.
 */
export function groupedDrawing(columns: readonly ResultColumn[], rows: readonly Row[]): Drawing | undefined {
  const numeric = numericColumns(columns, rows)
  const number = numeric.indexOf(true)
  const others = columns.flatMap((column, i) => (numeric[i] || isNested(column) ? [] : [i]))
  if (columns.length !== 3 || number < 0 || others.length !== 2 || rows.length < 2) return undefined
  const times = new Map(
    others.map(i => [i, timesOf(new Map(rows.map(row => [textAt(row, i), row[i]])))] as const),
  )
  const label = others.find(i => times.get(i)) ?? others[0]!
  const group = others.find(i => i !== label)!
  const seconds = times.get(label)
  const labels = [...new Set(rows.map(row => textAt(row, label)))]
  if (seconds) labels.sort((a, b) => seconds.get(a)! - seconds.get(b)!)
  const cells = new Map<string, Map<string, Row[number]>>()
  for (const row of rows) {
    const name = textAt(row, group)
    const cellsOfGroup = cells.get(name) ?? new Map<string, Row[number]>()
    if (cellsOfGroup.has(textAt(row, label))) return undefined
    cells.set(name, cellsOfGroup.set(textAt(row, label), row[number] ?? null))
  }
  const column = columns[number]!
  const all = [...cells].map(([name, of]) => ({
    ...seriesOf(
      column,
      labels.map(text => of.get(text)),
    ),
    name: nameOf(name),
  }))
  const sorted = all.toSorted((a, b) => sizeOf(b) - sizeOf(a))
  const isStack =
    !seconds && all.every(({ values }) => values.every(value => value === undefined || value >= 0))
  const kept = sorted.slice(0, sorted.length > MOST && isStack ? MOST - 1 : MOST)
  const rest = sorted.slice(kept.length)
  return {
    label: columns[label]!.name,
    labels: labels.map(nameOf),
    times: seconds && labels.map(text => seconds.get(text)!),
    series: isStack && rest.length > 0 ? [...kept, restOf(rest, column, labels.length)] : kept,
    group: {
      name: columns[group]!.name,
      value: column,
      isStack,
      left: isStack ? 0 : rest.length,
      totals: labels.map(text => totalText([...cells.values()].map(of => of.get(text)))),
    },
  }

  function textAt(row: Row, i: number): string {
    return shownText(row[i], columns[i]!) ?? NONE
  }
  function totalText(values: readonly (Value | undefined)[]): string {
    const sum = sumOf(values)
    const format = column.display?.number
    if (sum === undefined) return 'NULL'
    if (format) return numberText(sum, format)
    // the last digits of a sum of fractions are noise
    return sum.includes('.') ? String(Number(Number(sum).toPrecision(15))) : sum
  }
}

const nameOf = (key: string): string => (key === NONE ? 'NULL' : key)

const sizeOf = ({ values }: Series): number =>
  values.reduce<number>((sum, value = 0) => sum + Math.abs(value), 0)

function restOf(series: readonly Series[], column: ResultColumn, length: number): Series {
  const values = Array.from({ length }, (_, i) => Number(sumOf(series.map(({ values: of }) => of[i])) ?? 0))
  return { ...seriesOf(column, values), name: `${series.length} others` }
}

/** The length of a label's stack. */
export function stackLength({ series }: Drawing, at: number): number {
  return series.reduce((total, { values }) => total + (values[at] ?? 0), 0)
}
