import { cut, visible, widthOf } from '../display.ts'
import { type Drawing, drawingOf, numericColumns, rangeOf, type Series } from '../chart/series.ts'
import type { ResultColumn, Row } from '../types.ts'
import { isNested } from '../values.ts'
import { attribute, content } from './text.ts'

/** Bars beyond this are left to the table. */
const MOST_BARS = 30
const MOST_FIGURES = 6
/** Points with a mark of their own. */
const MOST_MARKS = 120

/** Units of the drawings: about a pixel each. */
const WIDTH = 400
const LINE = 24
const LETTER = 6.6
const GRAPH = { height: 150, top: 12, bottom: 26 }

/**
 * Drawings of a result of one column of labels or times and one or more of numbers: one for each number, with a scale
 * of its own. Nothing for any other result.
 */
export function figuresOf(columns: readonly ResultColumn[], rows: readonly Row[]): string {
  const numeric = numericColumns(columns, rows)
  const label = numeric.indexOf(false)
  const numbers = numeric.filter(Boolean).length
  const column = columns[label]
  if (
    rows.length < 2
    || column === undefined
    || isNested(column)
    || numbers === 0
    || numbers > MOST_FIGURES
    || numbers !== columns.length - 1
  )
    return ''
  const drawing = drawingOf(columns, rows, label)
  const figures = drawing.series.map(series => figure(drawing, series))
  return `<div class="figures">${figures.join('')}</div>\n`
}

function figure(drawing: Drawing, series: Series): string {
  const { labels, times } = drawing
  const shown = times === undefined ? Math.min(labels.length, MOST_BARS) : labels.length
  const part =
    shown < labels.length ? ` <span class="muted">first ${shown} of ${labels.length} rows</span>` : ''
  const title = `${content(series.name)} by ${content(drawing.label)}`
  const svg = times === undefined ? bars(drawing, series, shown) : lines(drawing, series, times)
  return `<figure><figcaption>${title}${part}</figcaption>${svg}</figure>\n`
}

function open(
  height: number,
  kind: string,
  { label, labels }: Drawing,
  { name, values, texts }: Series,
): string {
  const highest = values.reduce<number>(
    (best, value, i) => (value !== undefined && value > (values[best] ?? -Infinity) ? i : best),
    0,
  )
  const summary = `${kind} of ${name} by ${label}; the highest is ${texts[highest] ?? 'NULL'} at ${labels[highest] ?? ''}. The table has all values.`
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${attribute(summary)}">`
}

function bars(drawing: Drawing, series: Series, shown: number): string {
  const labels = drawing.labels.slice(0, shown).map(text => cut(visible(text), 24))
  const values = series.values.slice(0, shown)
  const texts = series.texts.slice(0, shown).map(text => text ?? 'NULL')
  const left = Math.max(...labels.map(widthOf)) * LETTER + 10
  const right = Math.max(...texts.map(text => text.length)) * LETTER + 8
  const { low, high } = rangeOf(values, 'bars')
  const scale = Math.max(60, WIDTH - left - right) / (high - low)
  const zero = left - low * scale
  const height = shown * LINE + 4
  const rows = labels.map((label, i) => {
    const value = values[i] ?? 0
    const y = i * LINE + 4
    const width = value === 0 ? 0 : Math.max(1, Math.abs(value) * scale)
    const x = value < 0 ? zero - width : zero
    return `<text class="label" x="${round(left - 8)}" y="${y + 13}">${content(label)}</text>\
<rect class="bar" x="${round(x)}" y="${y}" width="${round(width)}" height="16" rx="1.5"/>\
<text x="${round(Math.max(x + width, zero) + 6)}" y="${y + 13}">${content(texts[i] ?? '')}</text>\n`
  })
  return `${open(height, 'Bars', drawing, series)}<line class="axis" x1="${round(zero)}" x2="${round(zero)}" y1="0" y2="${height}"/>\n${rows.join('')}</svg>`
}

function lines(drawing: Drawing, series: Series, times: readonly number[]): string {
  const { low, high } = rangeOf(series.values, 'lines')
  const tick = (value: number): string => String(Number(value.toPrecision(10)))
  const left = Math.max(tick(low).length, tick(high).length) * LETTER + 10
  const begin = times[0] ?? 0
  const span = (times.at(-1) ?? 0) - begin || 1
  const floor = GRAPH.height - GRAPH.bottom
  const xOf = (i: number): number => left + (((times[i] ?? 0) - begin) / span) * (WIDTH - left - 6)
  const yOf = (value: number): number => floor - ((value - low) / (high - low)) * (floor - GRAPH.top)
  let path = ''
  let isBroken = true
  const marks: string[] = []
  for (const [i, value] of series.values.entries()) {
    if (value === undefined) {
      isBroken = true
      continue
    }
    const point = `${round(xOf(i))} ${round(yOf(value))}`
    path += `${isBroken ? 'M' : 'L'}${point}`
    isBroken = false
    if (series.values.length <= MOST_MARKS)
      marks.push(mark(point, `${drawing.labels[i] ?? ''}: ${series.texts[i] ?? ''}`))
  }
  const grid = [high, low].map(
    value => `<line class="grid" x1="${round(left)}" x2="${WIDTH}" y1="${round(yOf(value))}" y2="${round(yOf(value))}"/>\
<text class="label" x="${round(left - 8)}" y="${round(yOf(value) + 4)}">${tick(value)}</text>\n`,
  )
  const day = (text: string | undefined): string =>
    content(visible(text ?? '').replace(/T00:00:00(?:\.0+)?Z$/, ''))
  return `${open(GRAPH.height, 'Line', drawing, series)}${grid.join('')}<path class="line" d="${path}"/>\n${marks.join('')}\
<text class="tick" x="${round(left)}" y="${GRAPH.height - 6}">${day(drawing.labels[0])}</text>\
<text class="label" x="${WIDTH}" y="${GRAPH.height - 6}">${day(drawing.labels.at(-1))}</text></svg>`
}

function mark(point: string, text: string): string {
  const [x, y] = point.split(' ')
  return `<circle class="mark" cx="${x}" cy="${y}" r="2.5"><title>${attribute(text)}</title></circle>\n`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
