import { cut, visible } from '../display.ts'
import {
  baselineNote,
  type Drawing,
  drawingOf,
  endsOf,
  numericColumns,
  rangeOf,
  type Series,
} from '../chart/series.ts'
import { ticksOf } from '../chart/ticks.ts'
import type { ResultColumn, Row } from '../types.ts'
import { isNested } from '../values.ts'
import { attribute, content } from './text.ts'

/** The most rows with a bar. */
export const MOST_BARS = 30
const MOST_FIGURES = 6
/** Lines with more points have no marks. */
const MOST_MARKS = 120

/** Terminal columns of the longest label. The browser cuts labels further, since only it knows the font. */
const LONGEST_LABEL = 60
/** Height of a row of bars in rem, as in the style sheet. */
export const ROW = 1.5
/** Characters of labels for which the narrowest drawing has room. */
const TICK_ROOM = 46
/** Size of a line drawing in SVG units; `edge` leaves room for marks at the sides. */
const GRAPH = { width: 400, height: 130, edge: 4 }

/**
 * Drawings of a result that has one column of labels or times and one or more columns of numbers: one drawing per
 * column of numbers, each with its own scale. Empty for any other result.
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
  const drawn = times === undefined ? bars(drawing, series, shown) : lines(drawing, series, times)
  return `<figure><figcaption>${title}${part}</figcaption>${drawn}</figure>\n`
}

/** The opening tag of a drawing. Its texts are HTML elements; the svg beside them contains none. */
function open(kind: 'bars' | 'line', { label, labels }: Drawing, { name, values, texts }: Series): string {
  const highest = values.reduce<number>(
    (best, value, i) => (value !== undefined && value > (values[best] ?? -Infinity) ? i : best),
    0,
  )
  const summary = `${kind === 'bars' ? 'Bars' : 'Line'} of ${name} by ${label}; the highest is ${texts[highest] ?? 'NULL'} at ${labels[highest] ?? ''}. The table has all values.`
  return `<div class="${kind}" role="img" aria-label="${attribute(summary)}">`
}

/** Labels, bars and numbers: three columns with rows of equal height. */
function bars(drawing: Drawing, series: Series, shown: number): string {
  const values = series.values.slice(0, shown)
  const { low, high } = rangeOf(values, 'bars')
  const percent = (value: number): number => (value / (high - low)) * 100
  const zero = percent(-low)
  const rects = values.map((value = 0, i) => {
    const width = value === 0 ? 0 : Math.max(0.5, percent(Math.abs(value)))
    const x = value < 0 ? zero - width : zero
    return `<rect class="bar" x="${round(x)}" y="${i + 0.15}" width="${round(width)}" height=".7"/>\n`
  })
  const labels = drawing.labels.slice(0, shown).map(text => `<span dir="auto">${labelText(text)}</span>`)
  const numbers = series.texts.slice(0, shown).map(text => `<span>${content(text ?? 'NULL')}</span>`)
  return `${open('bars', drawing, series)}<div class="labels">${labels.join('\n')}</div>
<svg viewBox="0 0 100 ${shown}" height="${shown * ROW}rem" preserveAspectRatio="none" aria-hidden="true">\
<line class="axis" x1="${round(zero)}" x2="${round(zero)}" y1="0" y2="${shown}"/>\n${rects.join('')}</svg>
<div class="numbers">${numbers.join('\n')}</div></div>`
}

export function labelText(text: string): string {
  return content(cut(visible(text), LONGEST_LABEL))
}

/** A line over time, with the ends of its scale beside it and times below. */
function lines(drawing: Drawing, series: Series, times: readonly number[]): string {
  return graph(drawing, [series], times, open('line', drawing, series))
}

/** Lines over time on one scale. */
export function graph(
  drawing: Drawing,
  series: readonly Series[],
  times: readonly number[],
  tag: string,
): string {
  const { width, height, edge } = GRAPH
  const range = rangeOf(
    series.flatMap(({ values }) => values),
    'lines',
  )
  const { low, high } = range
  const begin = times[0] ?? 0
  const span = (times.at(-1) ?? 0) - begin || 1
  const xOf = (i: number): number => edge + (((times[i] ?? 0) - begin) / span) * (width - 2 * edge)
  const yOf = (value: number): number => height - ((value - low) / (high - low)) * height
  const paths = series.map(({ values, texts, name }, index) => {
    let path = ''
    let isBroken = true
    const marks: string[] = []
    for (const [i, value] of values.entries()) {
      if (value === undefined) {
        isBroken = true
        continue
      }
      const point = `${round(xOf(i))} ${round(yOf(value))}`
      path += `${isBroken ? 'M' : 'L'}${point}`
      isBroken = false
      const of = series.length > 1 ? `${name}, ` : ''
      if (values.length <= MOST_MARKS)
        marks.push(mark(point, `${of}${drawing.labels[i] ?? ''}: ${texts[i] ?? ''}`, index))
    }
    return `<path class="path s${index}" d="${path}"/>\n${marks.join('')}`
  })
  const ends = endsOf(range, series[0]!.column)
  const grid = [0, height].map(y => `<line class="grid" x1="0" x2="${width}" y1="${y}" y2="${y}"/>`)
  const note = baselineNote(range, ends)
  return `${tag}<div class="scale"><span>${ends.high}</span><span>${ends.low}</span></div>
<svg viewBox="0 0 ${width} ${height}" aria-hidden="true">${grid.join('')}${paths.join('')}</svg>
${ticks(drawing.labels, times, i => xOf(i) / width)}${note === '' ? '' : `<p class="base">${content(note.trim())}</p>`}</div>`
}

/** The labels of the time axis, each below its point. The svg has no viewBox, so that its text is not scaled. */
function ticks(labels: readonly string[], times: readonly number[], share: (i: number) => number): string {
  const all = ticksOf(labels.map(visible), times, TICK_ROOM)
  const texts = all.map(({ at, text }, i) => {
    const anchor = i === 0 ? 'start' : i === all.length - 1 ? 'end' : 'middle'
    return `<text x="${round(share(at) * 100)}%" y="1em" text-anchor="${anchor}">${attribute(text)}</text>`
  })
  return `<svg class="ticks" height="1.3em">${texts.join('')}</svg>`
}

function mark(point: string, text: string, series: number): string {
  const [x, y] = point.split(' ')
  return `<circle class="mark s${series}" cx="${x}" cy="${y}" r="2.5"><title>${attribute(text)}</title></circle>\n`
}

export function round(value: number): number {
  return Math.round(value * 100) / 100
}
