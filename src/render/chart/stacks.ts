import { cut, visible, widthOf } from '../display.ts'
import type { Canvas } from './chart.ts'
import { stackLength } from './groups.ts'
import { inked, legendLines, letterOf } from './marks.ts'
import type { Drawing } from './series.ts'

/** The share of the width that labels may take. */
const LABELS = 0.4

/** One bar per label with a part for each series, and the sum. */
export function stackLines(drawing: Drawing, canvas: Canvas): string[] {
  const { labels, series } = drawing
  const texts = drawing.group!.totals
  const lengths = labels.map((_, i) => stackLength(drawing, i))
  const shown = labels.map(label => cut(visible(label), Math.floor(canvas.width * LABELS)))
  const labelWidth = Math.max(...shown.map(widthOf))
  const cells = Math.max(6, canvas.width - labelWidth - Math.max(...texts.map(text => text.length)) - 2)
  const perUnit = cells / (Math.max(...lengths) || 1)
  const bars = labels.map((_, row) => {
    let sum = 0
    return series
      .map(({ values }, i) => {
        const from = Math.round(sum * perUnit)
        sum += values[row] ?? 0
        const length = Math.min(cells, Math.round(sum * perUnit)) - from
        return inked(
          (canvas.color && !canvas.ascii ? '█' : letterOf(i)).repeat(Math.max(0, length)),
          i,
          canvas,
        )
      })
      .join('')
  })
  const padded = shown.map(label => label + ' '.repeat(labelWidth - widthOf(label)))
  return [...legendLines(drawing, canvas), ...labels.map((_, i) => `${padded[i]} ${bars[i]} ${texts[i]}`)]
}
