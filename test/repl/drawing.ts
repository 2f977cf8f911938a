import type { Screen } from './screen.ts'

/** Of one cell, in the units of the drawing. */
const WIDTH = 8.4
const HEIGHT = 19
const MARGIN = 16
/** Colours of the numbers that the shell writes, on a dark ground. */
const COLORS: Readonly<Record<string, string>> = {
  31: '#ff7b72',
  32: '#a5d6a7',
  33: '#ffa657',
  34: '#79b8ff',
  35: '#d2a8ff',
  36: '#76d9e6',
  90: '#8b949e',
  2: '#8b949e',
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Lines of a screen, from one to before another, with their colours, as SVG. */
export function drawing({ lines, styles, width }: Screen, from: number, to: number): string {
  const rows = lines
    .slice(from, to)
    .map(
      (line, i) =>
        `<text y="${MARGIN + (i + 1) * HEIGHT - 5}">${runs(line, styles[from + i] ?? [])}</text>\n`,
    )
  const [w, h] = [width * WIDTH + 2 * MARGIN, rows.length * HEIGHT + 2 * MARGIN]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" role="img" aria-label="The shell: a statement in colours, its rows, and what Tab offers">
<rect width="100%" height="100%" rx="8" fill="#161b22"/>
<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" fill="#e6edf3">
${rows.join('')}</g>
</svg>
`
}

/** Words of one style, each run of them at its own place and of its own length: no font puts columns out of line. */
function runs(line: readonly string[], styles: readonly string[]): string {
  let text = ''
  for (let at = 0; at < line.length;) {
    const isBlank = (i: number): boolean => (line[i] ?? ' ') === ' '
    let end = at + 1
    while (end < line.length && styles[end] === styles[at] && !(isBlank(end) && isBlank(end + 1))) end++
    const run = line.slice(at, end).join('')
    if (run.trim() !== '') {
      const from = at + run.length - run.trimStart().length
      text += `<tspan x="${round(MARGIN + from * WIDTH)}" textLength="${round((end - from) * WIDTH)}"${attributes(styles[at] ?? '')}>${escaped(run.trimStart())}</tspan>`
    }
    at = end
  }
  return text
}

function attributes(style: string): string {
  const numbers = style.split(';')
  const color = numbers.map(n => COLORS[n]).find(c => c !== undefined)
  return `${color === undefined ? '' : ` fill="${color}"`}${numbers.includes('1') ? ' font-weight="bold"' : ''}`
}

const round = (value: number): number => Math.round(value * 10) / 10
