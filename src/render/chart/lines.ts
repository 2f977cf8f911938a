import { cut, visible } from '../display.ts'
import type { Canvas } from './chart.ts'
import { type Drawing, endsOf, rangeOf, type Series } from './series.ts'

/** Terminal lines of a drawing, without its axis. */
const HEIGHT = 8
const COLOR = 36

/** One drawing per column of numbers over the same time axis, each with its own scale. */
export function graphLines({ series, labels }: Drawing, times: readonly number[], canvas: Canvas): string[] {
  const first = visible(labels[0] ?? '')
  const last = visible(labels.at(-1) ?? '')
  return series.flatMap((each, i) => {
    const { low, high } = rangeOf(each.values, 'lines')
    const ends = endsOf({ low, high }, each.column)
    const axis = [ends.high, ends.low]
    const margin = Math.max(...axis.map(text => text.length))
    const cells = Math.max(8, canvas.width - margin - 2)
    const dots = plot(each, times, cells, { low, high }, canvas)
    const rows = dots.map((row, y) => {
      const text = y === 0 ? axis[0] : y === HEIGHT - 1 ? axis[1] : ''
      return `${(text ?? '').padStart(margin)} ${canvas.ascii ? '|' : '┤'}${canvas.color ? `\x1b[${COLOR}m${row}\x1b[39m` : row}`
    })
    const [begin, end] = [first, last].map(text => cut(text, Math.floor((cells - 1) / 2)))
    const gap = ' '.repeat(Math.max(1, cells - (begin?.length ?? 0) - (end?.length ?? 0)))
    return [
      ...(i === 0 ? [] : ['']),
      visible(each.name),
      ...rows,
      `${' '.repeat(margin + 2)}${begin}${gap}${end}`,
    ]
  })
}

/** Draws a line through the points, interrupted at NULL, on a grid of braille dots (2 by 4 per cell) or of characters. */
function plot(
  { values }: Series,
  times: readonly number[],
  cells: number,
  { low, high }: { low: number; high: number },
  { ascii }: Canvas,
): string[] {
  const [across, down] = ascii ? [1, 1] : [2, 4]
  const width = cells * across
  const height = HEIGHT * down
  const grid = new Uint8Array(width * height)
  const begin = times[0] ?? 0
  const span = (times.at(-1) ?? 0) - begin || 1
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
      grid[Math.round(from.y + (y - from.y) * at) * width + Math.round(from.x + (x - from.x) * at)] = 1
    }
    last = { x, y }
  }
  return Array.from({ length: HEIGHT }, (_, row) =>
    Array.from({ length: cells }, (__, cell) => cellOf(grid, width, row * down, cell * across, ascii)).join(
      '',
    ),
  )
}

/** Bits of the dots of a braille cell by line and column (Unicode, U+2800). */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
]

function cellOf(grid: Uint8Array, width: number, top: number, left: number, ascii: boolean): string {
  if (ascii) return grid[top * width + left] ? '*' : ' '
  let bits = 0
  for (const [dy, line] of DOTS.entries()) {
    for (const [dx, bit] of line.entries()) if (grid[(top + dy) * width + left + dx]) bits |= bit
  }
  return bits === 0 ? ' ' : String.fromCodePoint(0x2800 + bits)
}
