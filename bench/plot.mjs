// Draws lines and points as an SVG, for the measurements in docs/pictures.

const SIZE = { width: 840, height: 420 }
const ROOM = { left: 70, right: 190, top: 46, bottom: 52 }
const COLORS = ['#2563eb', '#dc2626', '#059669', '#d97706', '#7c3aed', '#475569']

/**
 * A chart as SVG text.
 *
 * @param {object} chart
 * @param {string} chart.title
 * @param {{ label: string, log?: boolean, min?: number, max?: number }} chart.x
 * @param {{ label: string, log?: boolean, min?: number, max?: number }} chart.y
 * @param {readonly { name: string, points: readonly (readonly [number, number])[], kind?: 'line' | 'step' | 'points' | 'dashes', color?: string }[]} chart.series
 */
export function plot({ title, x, y, series }) {
  const all = series.flatMap(s => s.points).filter(p => (!x.log || p[0] > 0) && (!y.log || p[1] > 0))
  if (all.length === 0) throw new Error('there is nothing to draw')
  const across = axis(
    x,
    all.map(p => p[0]),
    ROOM.left,
    SIZE.width - ROOM.right,
  )
  const up = axis(
    y,
    all.map(p => p[1]),
    SIZE.height - ROOM.bottom,
    ROOM.top,
  )
  const colored = series.map((s, i) => ({ ...s, color: s.color ?? COLORS[i % COLORS.length] }))
  const bottom = SIZE.height - ROOM.bottom
  const right = SIZE.width - ROOM.right
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="${ROOM.left}" y="26" font-size="16" font-weight="600" fill="#0f172a">${escaped(title)}</text>`,
    ...across.ticks.map(
      t =>
        `<line x1="${n(across.at(t))}" y1="${ROOM.top}" x2="${n(across.at(t))}" y2="${bottom}" stroke="#e2e8f0"/><text x="${n(across.at(t))}" y="${bottom + 18}" text-anchor="middle" fill="#475569">${short(t)}</text>`,
    ),
    ...up.ticks.map(
      t =>
        `<line x1="${ROOM.left}" y1="${n(up.at(t))}" x2="${right}" y2="${n(up.at(t))}" stroke="#e2e8f0"/><text x="${ROOM.left - 8}" y="${n(up.at(t) + 4)}" text-anchor="end" fill="#475569">${short(t)}</text>`,
    ),
    `<text x="${(ROOM.left + right) / 2}" y="${SIZE.height - 14}" text-anchor="middle" fill="#0f172a">${escaped(x.label)}</text>`,
    `<text transform="translate(18 ${(ROOM.top + bottom) / 2}) rotate(-90)" text-anchor="middle" fill="#0f172a">${escaped(y.label)}</text>`,
    ...colored.flatMap(s => drawn(s, across, up)),
    ...colored.flatMap((s, i) => [
      `<line x1="${right + 16}" y1="${ROOM.top + 8 + 20 * i}" x2="${right + 38}" y2="${ROOM.top + 8 + 20 * i}" stroke="${s.color}" stroke-width="3"${s.kind === 'dashes' ? ' stroke-dasharray="5 4"' : ''}/>`,
      `<text x="${right + 46}" y="${ROOM.top + 12 + 20 * i}" fill="#0f172a">${escaped(s.name)}</text>`,
    ]),
    '</svg>\n',
  ].join('\n')
}

function drawn({ points, kind = 'line', color }, across, up) {
  const placed = points
    .filter(([a, b]) => across.has(a) && up.has(b))
    .map(([a, b]) => [n(across.at(a)), n(up.at(b))])
  if (kind === 'points')
    return placed.map(([a, b]) => `<circle cx="${a}" cy="${b}" r="2.5" fill="${color}"/>`)
  const path = placed
    .map(([a, b], i) => (i === 0 ? `M${a} ${b}` : kind === 'step' ? `H${a}V${b}` : `L${a} ${b}`))
    .join('')
  return [
    `<path d="${path}" fill="none" stroke="${color}" stroke-width="2" stroke-linejoin="round"${kind === 'dashes' ? ' stroke-dasharray="5 4"' : ''}/>`,
  ]
}

function axis({ log = false, min, max }, values, from, to) {
  const least = values.reduce((a, b) => Math.min(a, b), Infinity)
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity)
  const scale = log ? Math.log10 : v => v
  const low = min ?? (log ? 10 ** Math.floor(Math.log10(least)) : Math.min(0, least))
  const high = max ?? (log ? 10 ** Math.ceil(Math.log10(most * 1.0001)) : most * 1.05 || 1)
  const at = v => from + ((scale(v) - scale(low)) / (scale(high) - scale(low))) * (to - from)
  return { at, has: v => v >= low && v <= high, ticks: log ? decades(low, high) : steps(low, high) }
}

function steps(low, high) {
  const rough = (high - low) / 6
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map(f => f * power).find(s => s >= rough)
  const first = Math.ceil(low / step)
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step)
}

function decades(low, high) {
  const first = Math.ceil(Math.log10(low) - 1e-9)
  return Array.from({ length: Math.floor(Math.log10(high) + 1e-9) - first + 1 }, (_, i) => 10 ** (first + i))
}

function short(value) {
  const [unit, name] = [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e4, 'k'],
  ].find(([u]) => Math.abs(value) >= u) ?? [1, '']
  return `${Number((value / (name === 'k' ? 1000 : unit)).toPrecision(4))}${name}`
}

const n = value => Math.round(value * 10) / 10

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
