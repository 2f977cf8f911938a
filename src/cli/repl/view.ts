import { visible, widthOf } from '../../render/display.ts'

/** A range of text in one style; ranges are ordered and do not overlap. */
export interface Styled {
  readonly start: number
  readonly end: number
  /** SGR parameters: `1;34`. */
  readonly style: string
}

export interface Screen {
  /** Styled terminal lines. */
  readonly rows: readonly string[]
  /** The width of each line in columns. */
  readonly widths: readonly number[]
  readonly row: number
  readonly column: number
}

export interface Page {
  readonly text: string
  readonly cursor: number
  /** The prompt of each line of the text. */
  readonly prompt: (line: number) => string
  /** Styles of at least the text between two offsets. */
  readonly highlight: (from: number, to: number) => readonly Styled[]
  /** Columns and lines of the terminal. */
  readonly width: number
  readonly height: number
}

const graphemes = new Intl.Segmenter()
const TAB = 4

/** Lays out the text on terminal lines, wrapping long ones, and places the cursor. */
export function layout(page: Page): Screen {
  const { cursor, width } = page
  const { lines, first, start: begin } = near(page)
  const styles = page.highlight(begin, begin + lines.reduce((sum, l) => sum + l.length + 1, 0))
  const rows: string[] = []
  const widths: number[] = []
  let [row, column, next, style] = ['', 0, 0, '']
  let place = { row: 0, column: 0 }
  const flush = (): void => {
    rows.push(style === '' ? row : `${row}\x1b[0m`)
    widths.push(column)
    row = style === '' ? '' : `\x1b[${style}m`
    column = 0
  }
  const put = (shown: string, takes: number): void => {
    if (column + takes > width) flush()
    row += shown
    column += takes
  }
  const restyle = (to: string): void => {
    if (to === style) return
    row += to === '' ? '\x1b[0m' : `${style === '' ? '' : '\x1b[0m'}\x1b[${to}m`
    style = to
  }
  let offset = begin
  for (const [i, line] of lines.entries()) {
    if (i > 0) {
      restyle('')
      flush()
    }
    for (const { segment } of graphemes.segment(page.prompt(first + i))) put(segment, widthOf(segment))
    const start = column
    for (const [index, segment] of segmentsOf(line)) {
      const at = offset + index
      while (next < styles.length && styles[next]!.end <= at) next++
      const part = styles[next]
      restyle(part && part.start <= at ? part.style : '')
      const shown = display(segment, column - start)
      const takes = takesOf(shown)
      if (column + takes > width) flush()
      if (at === cursor) place = { row: rows.length, column }
      put(shown, takes)
    }
    offset += line.length + 1
    if (cursor === offset - 1) {
      if (column >= width) flush()
      place = { row: rows.length, column }
    }
  }
  restyle('')
  flush()
  return windowed({ rows, widths, ...place }, page.height)
}

/** The lines of the text that can be on the screen: those around the cursor. */
function near({ text, cursor, height }: Page): {
  readonly lines: readonly string[]
  readonly first: number
  readonly start: number
} {
  const lines = text.split('\n')
  const at = text.slice(0, cursor).split('\n').length - 1
  const first = Math.max(0, at - height)
  return {
    lines: lines.slice(first, at + height + 1),
    first,
    start: lines.slice(0, first).reduce((sum, l) => sum + l.length + 1, 0),
  }
}

/** The graphemes of a line with their offsets; ASCII lines take a fast path. */
function* segmentsOf(line: string): Generator<[number, string]> {
  if (/^[\x20-\x7e]*$/.test(line)) {
    for (let i = 0; i < line.length; i++) yield [i, line[i]!]
    return
  }
  for (const { index, segment } of graphemes.segment(line)) yield [index, segment]
}

/** A tab as blanks, a control character as `^X`, other invisible characters as results show them. */
function display(segment: string, column: number): string {
  const code = segment.charCodeAt(0)
  if (segment === '\t') return ' '.repeat(TAB - (column % TAB))
  return code < 32 || code === 127 ? `^${String.fromCharCode(code ^ 64)}` : visible(segment)
}

const takesOf = (shown: string): number => (/^[\x20-\x7e]*$/.test(shown) ? shown.length : widthOf(shown))

/** Cuts a screen that is higher than the terminal to the lines around the cursor. */
function windowed(screen: Screen, height: number): Screen {
  if (screen.rows.length <= height) return screen
  const from = Math.max(0, Math.min(screen.row - Math.floor(height / 2), screen.rows.length - height))
  return {
    ...screen,
    rows: screen.rows.slice(from, from + height),
    widths: screen.widths.slice(from, from + height),
    row: screen.row - from,
  }
}

/** The output that turns one screen into another, starting from the old cursor position. Only lines that differ are written. */
export function difference(old: Screen | undefined, now: Screen, width: number): string {
  let out = ''
  let at = old?.row ?? 0
  const rows = old?.rows ?? []
  const goto = (row: number): void => {
    if (row < at) out += `\x1b[${at - row}A`
    // below the old screen, line ends make room
    if (row > at) out += row < rows.length ? `\x1b[${row - at}B` : '\n'.repeat(row - at)
    at = row
  }
  for (const [i, row] of now.rows.entries()) {
    if (rows[i] === row) continue
    if (i >= rows.length && i > 0) goto(i - 1)
    goto(i)
    out += `\r${row}${now.widths[i]! < width ? '\x1b[K' : ''}`
  }
  if (rows.length > now.rows.length) {
    goto(now.rows.length)
    out += '\r\x1b[J'
  }
  goto(now.row)
  return `${out}\r${now.column > 0 ? `\x1b[${now.column}C` : ''}`
}

/** Moves to the first line of a screen and clears it, after a change of the terminal's width may have rewrapped its lines. */
export function afterResize(screen: Screen, width: number): string {
  const broken = (columns: number): number => Math.max(1, Math.ceil(columns / width))
  const above =
    screen.widths.slice(0, screen.row).reduce((sum, w) => sum + broken(w), 0)
    + Math.floor(screen.column / width)
  return `${above > 0 ? `\x1b[${above}A` : ''}\r\x1b[J`
}

/** Moves the cursor below a screen. */
export function below(screen: Screen): string {
  const down = screen.rows.length - 1 - screen.row
  return `${down > 0 ? `\x1b[${down}B` : ''}\r\n`
}
