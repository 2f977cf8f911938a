import { cut, visible } from '../display.ts'
import type { Canvas } from './chart.ts'
import { inked, legendLines, letterOf } from './marks.ts'
import { scaleLabels } from './scale-labels.ts'
import { baselineNote, type Drawing, endsOf, rangeOf, type Series } from './series.ts'
import { ticksOf } from './ticks.ts'

/** The fewest and the most terminal lines of a drawing, without its axis. */
const [LOWEST, HIGHEST] = [8, 20]
/** Lines of a drawing beside those of its heading, its axis and the blank line before the next. */
const AROUND = 3

/** Series in one drawing, with their heading. */
interface Panel {
  readonly series: readonly Series[]
  readonly heading: readonly string[]
}

/** One drawing per column of numbers over the same time axis, each with its own scale; the series of a group share one. */
export function graphLines(drawing: Drawing, times: readonly number[], canvas: Canvas): string[] {
  const { series, group, labels } = drawing
  const panels: Panel[] = group
    ? [{ series, heading: legendLines(drawing, canvas) }]
    : series.map(each => ({ series: [each], heading: [visible(each.name)] }))
  const height = heightOf(panels.length, canvas)
  return panels.flatMap((panel, i) => [
    ...(i === 0 ? [] : ['']),
    ...panelLines(panel, labels, times, canvas, height),
  ])
}

/** The lines of each drawing: half of the terminal, or all of it for several. */
function heightOf(panels: number, { height }: Canvas): number {
  if (height === undefined) return LOWEST
  const wanted = panels === 1 ? height / 2 : (height - 2) / panels - AROUND
  return Math.max(LOWEST, Math.min(HIGHEST, Math.floor(wanted)))
}

function panelLines(
  { series, heading: [title = '', ...legend] }: Panel,
  labels: readonly string[],
  times: readonly number[],
  canvas: Canvas,
  lines: number,
): string[] {
  const range = rangeOf(
    series.flatMap(({ values }) => values),
    'lines',
  )
  const { column } = series[0]!
  const ends = endsOf(range, column)
  const [, down] = dotsOf(series, canvas)
  const scale = scaleLabels(range, column, lines, down)
  const margin = Math.max(...[...scale.values()].map(text => text.length))
  const cells = Math.max(8, canvas.width - margin - 2)
  const note = baselineNote(range, ends)
  const rows = plot(series, times, [cells, lines], range, canvas).map((row, y) => {
    return `${(scale.get(y) ?? '').padStart(margin)} ${canvas.ascii ? '|' : '┤'}${row}`
  })
  const heading =
    title.length + note.length < canvas.width || note === '' ? [title + note] : [title, note.trim()]
  return [...heading, ...legend, ...rows, ' '.repeat(margin + 2) + tickLine(labels, times, cells)]
}

/** The labels of the time axis, each below its point. */
function tickLine(labels: readonly string[], times: readonly number[], cells: number): string {
  const begin = times[0] ?? 0
  const span = (times.at(-1) ?? 0) - begin || 1
  const ticks = ticksOf(labels.map(visible), times, cells)
  const longest = Math.floor((cells - 1) / 2)
  const end = cut(ticks.at(-1)!.text, longest)
  let line = cut(ticks[0]!.text, longest)
  for (const { at, text } of ticks.slice(1, -1)) {
    const from = Math.round(((times[at]! - begin) / span) * (cells - 1) - text.length / 2)
    line = line.padEnd(from) + text
  }
  return line.padEnd(cells - end.length) + end
}

/** The dots of a cell, across and down; a character without braille has one. */
function dotsOf(series: readonly Series[], { ascii, color }: Canvas): readonly [number, number] {
  return ascii || (series.length > 1 && !color) ? [1, 1] : [2, 4]
}

/** Draws lines through the points, interrupted at NULL, on a grid of braille dots (2 by 4 per cell) or of characters. */
function plot(
  series: readonly Series[],
  times: readonly number[],
  [cells, lines]: readonly [number, number],
  { low, high }: { low: number; high: number },
  canvas: Canvas,
): string[] {
  const [across, down] = dotsOf(series, canvas)
  const width = cells * across
  const height = lines * down
  /** The number of the series at each dot, from 1; 0: none. The first series is drawn last, over the others. */
  const grid = new Uint8Array(width * height)
  const begin = times[0] ?? 0
  const span = (times.at(-1) ?? 0) - begin || 1
  for (const [index, { values }] of [...series.entries()].toReversed()) {
    let last: { readonly x: number; readonly y: number } | undefined
    for (const [i, value] of values.entries()) {
      if (value === undefined) {
        last = undefined
        continue
      }
      const x = Math.round((((times[i] ?? 0) - begin) / span) * (width - 1))
      const y = Math.round(((high - value) / (high - low)) * (height - 1))
      const from = last ?? { x, y }
      const steps = Math.max(Math.abs(x - from.x), Math.abs(y - from.y), 1)
      for (let step = 0; step <= steps; step += 1) {
        const at = step / steps
        grid[Math.round(from.y + (y - from.y) * at) * width + Math.round(from.x + (x - from.x) * at)] =
          index + 1
      }
      last = { x, y }
    }
  }
  return Array.from({ length: lines }, (_, row) => {
    const all = Array.from({ length: cells }, (__, cell) =>
      cellOf(
        grid,
        width,
        row * down,
        cell * across,
        down === 1 ? (series.length > 1 ? letterOf : () => '*') : undefined,
      ),
    )
    return runs(all, canvas)
  })
}

/** The characters of a line, in the colours of their series. */
function runs(cells: readonly Cell[], canvas: Canvas): string {
  let line = ''
  for (let from = 0; from < cells.length;) {
    let to = from
    while (to < cells.length && cells[to]!.series === cells[from]!.series) to += 1
    const text = cells.slice(from, to).map(cell => cell.text)
    line += inked(text.join(''), cells[from]!.series, canvas)
    from = to
  }
  return line
}

interface Cell {
  readonly text: string
  /** From 0; a blank belongs to the first. */
  readonly series: number
}

/** Bits of the dots of a braille cell by line and column (Unicode, U+2800). */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
]

function cellOf(
  grid: Uint8Array,
  width: number,
  top: number,
  left: number,
  letter: ((series: number) => string) | undefined,
): Cell {
  if (letter) {
    const series = grid[top * width + left]!
    return series === 0 ? { text: ' ', series: 0 } : { text: letter(series - 1), series: series - 1 }
  }
  let bits = 0
  let series = 0
  for (const [dy, line] of DOTS.entries()) {
    for (const [dx, bit] of line.entries()) {
      const at = grid[(top + dy) * width + left + dx]!
      if (at === 0) continue
      bits |= bit
      series = at - 1
    }
  }
  return { text: bits === 0 ? ' ' : String.fromCodePoint(0x2800 + bits), series }
}
