import { cut, visible, widthOf } from '../display.ts'
import type { Canvas } from './chart.ts'
import type { Drawing } from './series.ts'

/** Colours of series; without colours, each series has a letter. */
const COLORS = [36, 33, 35, 32, 34, 31]
const LETTERS = 'abcdef'

/** A text in the colour of a series. */
export function inked(text: string, series: number, { color }: Canvas): string {
  return color && text.trim() !== '' ? `\x1b[${COLORS[series % COLORS.length]}m${text}\x1b[39m` : text
}

/** The letter of a series on a terminal without colours. */
export const letterOf = (series: number): string => LETTERS[series % LETTERS.length]!

/** The title of grouped series, with how many were left out. */
export function groupTitle({ label, series, group }: Drawing): string {
  if (!group) return ''
  const left = group.left === 0 ? '' : ` (the largest ${series.length} of ${series.length + group.left})`
  return `${group.value.name} by ${label} and ${group.name}${left}`
}

export const headingOf = (drawing: Drawing, { width }: Canvas): string =>
  cut(visible(groupTitle(drawing)), width)

/** The heading, and the names of the series with their marks, in lines as wide as the canvas. */
export function legendLines(drawing: Drawing, canvas: Canvas): string[] {
  const lines = [headingOf(drawing, canvas)]
  let line = ''
  let width = 0
  for (const [i, { name }] of drawing.series.entries()) {
    const mark = canvas.color && !canvas.ascii ? inked('█', i, canvas) : inked(letterOf(i), i, canvas)
    const text = cut(visible(name), Math.floor(canvas.width / 2))
    if (width > 0 && width + widthOf(text) + 4 > canvas.width) {
      lines.push(line)
      line = ''
      width = 0
    }
    line += `${width > 0 ? '  ' : ''}${mark} ${text}`
    width += widthOf(text) + 4
  }
  return [...lines, line]
}
