import { cut, visible, widthOf } from '../display.ts'
import type { Canvas } from './chart.ts'
import { headingOf, inked } from './marks.ts'
import { type Drawing, rangeOf, type Series } from './series.ts'

/** The share of the width that labels may take; less on a narrow terminal. */
const LABELS = 0.4
const SHORTEST_LABEL = 4
const SHORTEST_BAR = 6

/** Blocks that fill 0 to 7 eighths of a cell from its left edge. */
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/**
 * One line per label and column of numbers; the label is printed on its first line. All bars of a result share one
 * scale, which includes zero.
 */
export function barLines(drawing: Drawing, canvas: Canvas): string[] {
  const { labels, series, group } = drawing
  const isGroup = series.length > 1
  const names = series.map(({ name }) => (isGroup ? cut(visible(name), Math.floor(canvas.width / 4)) : ''))
  const nameWidth = widest(names)
  const textWidth = widest(series.flatMap(({ texts }) => texts.map(text => text ?? 'NULL')))
  const besides = nameWidth + textWidth + (isGroup ? 3 : 2)
  const longest = Math.max(
    SHORTEST_LABEL,
    Math.min(Math.floor(canvas.width * LABELS), canvas.width - besides - SHORTEST_BAR),
  )
  const shown = labels.map(label => cut(visible(label), longest))
  const labelWidth = widest(shown)
  const scale = scaleOf(series, Math.max(SHORTEST_BAR, canvas.width - labelWidth - besides))
  const bars = labels.flatMap((_, row) => {
    // a series of a group need not have a number for each label
    const present = series.flatMap(({ texts }, i) => (group && texts[row] === undefined ? [] : [i]))
    return present.map(i => {
      const { values, texts } = series[i]!
      const label = padded(i === present[0] ? (shown[row] ?? '') : '', labelWidth)
      const name = isGroup ? `${padded(names[i] ?? '', nameWidth)} ` : ''
      const value = values[row]
      const bar = value === undefined ? ' '.repeat(scale.zero) : barOf(value, scale, canvas)
      return `${label} ${name}${inked(bar, i, canvas)} ${texts[row] ?? 'NULL'}`
    })
  })
  return group ? [headingOf(drawing, canvas), ...bars] : bars
}

interface Scale {
  /** Cells left of zero. */
  readonly zero: number
  readonly cellsPerUnit: number
}

function scaleOf(series: readonly Series[], cells: number): Scale {
  const { low, high } = rangeOf(
    series.flatMap(({ values }) => values),
    'bars',
  )
  // If zero lies within a cell, one cell is lost to both sides.
  const cellsPerUnit = (low < 0 ? cells - 1 : cells) / (high - low)
  return { zero: Math.ceil(-low * cellsPerUnit), cellsPerUnit }
}

/** The bar of a value. A value other than zero has at least the smallest block. */
function barOf(value: number, { zero, cellsPerUnit }: Scale, { ascii }: Canvas): string {
  const cells = Math.abs(value) * cellsPerUnit
  if (value < 0) {
    const halves = Math.max(1, Math.round(cells * 2))
    const whole = ascii ? Math.max(1, Math.round(cells)) : Math.floor(halves / 2)
    const bar = (ascii || halves % 2 === 0 ? '' : '▐') + (ascii ? '#' : '█').repeat(whole)
    return bar.padStart(zero)
  }
  if (ascii) return ' '.repeat(zero) + '#'.repeat(value === 0 ? 0 : Math.max(1, Math.round(cells)))
  const eighths = value === 0 ? 0 : Math.max(1, Math.round(cells * 8))
  return ' '.repeat(zero) + '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '')
}

function widest(texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, widthOf(text)), 0)
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}
