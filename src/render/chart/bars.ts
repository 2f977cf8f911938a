import { cut, visible, widthOf } from '../display.ts'
import type { Canvas } from './chart.ts'
import { type Drawing, rangeOf, type Series } from './series.ts'

/** Of the width, what labels may take; on a narrow terminal they make room for bars and numbers. */
const LABELS = 0.4
const SHORTEST_LABEL = 4
const SHORTEST_BAR = 6
const COLORS = [36, 33, 35, 32, 34, 31]

/** Full blocks, and eighths for what is left, from the left edge of a cell. */
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/**
 * A line for each label; with several columns, a line for each of them under the label's first. All bars of a result
 * have one scale, which begins at zero.
 */
export function barLines({ labels, series }: Drawing, canvas: Canvas): string[] {
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
  return labels.flatMap((_, row) =>
    series.map(({ values, texts }, i) => {
      const label = padded(i === 0 ? (shown[row] ?? '') : '', labelWidth)
      const name = isGroup ? `${padded(names[i] ?? '', nameWidth)} ` : ''
      const value = values[row]
      const bar = value === undefined ? ' '.repeat(scale.zero) : barOf(value, scale, canvas)
      const color = COLORS[i % COLORS.length]
      const inked = canvas.color && bar.trim() !== '' ? `\x1b[${color}m${bar}\x1b[39m` : bar
      return `${label} ${name}${inked} ${texts[row] ?? 'NULL'}`
    }),
  )
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
  // Where zero lies between two cells, both sides have a part of one.
  const cellsPerUnit = (low < 0 ? cells - 1 : cells) / (high - low)
  return { zero: Math.ceil(-low * cellsPerUnit), cellsPerUnit }
}

/** A bar of at least a sliver for what is not zero. */
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
