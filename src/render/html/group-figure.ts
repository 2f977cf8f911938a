import { groupedDrawing, stackLength } from '../chart/groups.ts'
import { groupTitle } from '../chart/marks.ts'
import type { Drawing } from '../chart/series.ts'
import type { ResultColumn, Row } from '../types.ts'
import { graph, labelText, MOST_BARS, round, ROW } from './figures.ts'
import { attribute, content } from './text.ts'

/**
 * The drawing of a result with labels or times, series and numbers: lines over time, or stacked bars. Undefined for any other
 * result, and for negative numbers by label.
 */
export function groupFigure(columns: readonly ResultColumn[], rows: readonly Row[]): string | undefined {
  const drawing = groupedDrawing(columns, rows)
  if (!drawing || (!drawing.times && !drawing.group?.isStack)) return undefined
  const { labels, series, times } = drawing
  const shown = times ? labels.length : Math.min(labels.length, MOST_BARS)
  const part = shown < labels.length ? ` <span class="muted">first ${shown} of ${labels.length}</span>` : ''
  const names = series.map(
    ({ name }, i) =>
      `<li><svg width=".8em" height=".8em" aria-hidden="true"><rect class="${times ? 'mark' : 'bar'} s${i}" width="100%" height="100%"/></svg>${content(name)}</li>`,
  )
  const summary = `${times ? 'Lines' : 'Stacked bars'} of ${groupTitle(drawing)}: ${series.map(({ name }) => name).join(', ')}. The table has all values.`
  const open = (kind: string): string => `<div class="${kind}" role="img" aria-label="${attribute(summary)}">`
  const drawn = times ? graph(drawing, series, times, open('line')) : stacks(drawing, shown, open('bars'))
  return `<div class="figures"><figure><figcaption>${content(groupTitle(drawing))}${part}</figcaption><ul class="legend">${names.join('')}</ul>${drawn}</figure>\n</div>\n`
}

function stacks(drawing: Drawing, shown: number, tag: string): string {
  const { labels, series, group } = drawing
  const lengths = labels.slice(0, shown).map((_, i) => stackLength(drawing, i))
  const highest = Math.max(...lengths) || 1
  const rects = lengths.map((_, row) => {
    let x = 0
    return series
      .map(({ values, texts, name }, i) => {
        const width = ((values[row] ?? 0) / highest) * 100
        const from = x
        x += width
        const title = attribute(`${name}, ${labels[row]}: ${texts[row] ?? ''}`)
        return width === 0
          ? ''
          : `<rect class="bar s${i}" x="${round(from)}" y="${row + 0.15}" width="${round(width)}" height=".7"><title>${title}</title></rect>\n`
      })
      .join('')
  })
  const names = labels.slice(0, shown).map(text => `<span dir="auto">${labelText(text)}</span>`)
  const numbers = group!.totals.slice(0, shown).map(total => `<span>${content(total)}</span>`)
  return `${tag}<div class="labels">${names.join('\n')}</div>
<svg viewBox="0 0 100 ${shown}" height="${shown * ROW}rem" preserveAspectRatio="none" aria-hidden="true">\
<line class="axis" x1="0" x2="0" y1="0" y2="${shown}"/>\n${rects.join('')}</svg>
<div class="numbers">${numbers.join('\n')}</div></div>`
}
