import { visible, widthOf } from './display.ts'
import type { RenderOptions, ResultColumn } from './types.ts'
import { wrapped } from './wrap.ts'

/** Wrapped texts get at least this many columns, or nearly half of a narrow terminal. */
const NARROWEST = 32
const narrowest = (width: number): number => Math.min(NARROWEST, Math.floor(width / 2) - 1)
/** A first cell that begins with this is the heading of texts below the table. */
const HEADING = '#'

type Texts = readonly (string | undefined)[]

/** Whether the long texts of a table are wrapped, and no cell is shortened. */
export function isWrapped(columns: readonly ResultColumn[], { width, whole }: RenderOptions): boolean {
  return width !== undefined && whole !== true && columns.some(column => column.layout === 'wrapped')
}

/**
 * The lines of a table on a terminal, without line ends. Texts of `wrapped` columns go on below their beginning; if such columns do not
 * fit side by side, they share one, a text below the other. Another cell that is too long stands alone on its line. Rows from one whose first
 * cell begins with `#` on are texts that take the whole width.
 */
export function wrappedTable(
  columns: readonly ResultColumn[],
  rows: readonly Texts[],
  options: RenderOptions,
): string[] {
  const at = rows.findIndex(([first]) => first?.startsWith(HEADING) === true)
  const [cells, texts] = at < 0 ? [rows, []] : [rows.slice(0, at), rows.slice(at)]
  const nullText = (i: number): string =>
    columns[i]!.layout === 'wrapped' ? '' : (options.nullText ?? 'NULL')
  const shown = cells.map(row => row.map((text, i) => visible(text ?? nullText(i))))
  const widths = columns.map((column, i) =>
    Math.max(options.header ? widthOf(visible(column.name)) : 0, ...shown.map(row => widthOf(row[i]!))),
  )
  const total = widths.reduce((sum, width) => sum + width + 3, -1)
  const table =
    total <= options.width!
      ? tableLines(
          columns,
          shown.map(row => row.map(text => [text])),
          widths,
          options,
        )
      : stackedLines(columns, shown, cells, widths, options)
  return [...table, ...texts.flatMap(row => textLines(row, options.width!))]
}

/** The table with its wrapped columns in one, each text but the first behind the name of its column; NULL and empty texts are left out there. */
function stackedLines(
  columns: readonly ResultColumn[],
  shown: readonly (readonly string[])[],
  rows: readonly Texts[],
  natural: readonly number[],
  options: RenderOptions,
): string[] {
  const isLong = columns.map(column => column.layout === 'wrapped')
  const long = columns.filter((_, i) => isLong[i])
  const short = <T>(all: readonly T[]): T[] => all.filter((_, i) => !isLong[i])
  const { widths, room } = divided(short(columns), short(natural), options.width!)
  const name = long.map(column => visible(column.name)).join(', ')
  const stacked = rows.map((row, r) => [
    ...short(shown[r]!).map(text => [text]),
    row.flatMap((text, i) => {
      if (!isLong[i] || text === undefined || text === '') return []
      const label = columns[i] === long[0] ? '' : `${visible(columns[i]!.name)}: `
      return wrapped(label + visible(text), room)
    }),
  ])
  const last = Math.max(widthOf(name), ...stacked.flatMap(row => row.at(-1)!).map(widthOf))
  return tableLines([...short(columns), { name, type: 'string' }], stacked, [...widths, last], options)
}

/** The widths of columns, the widest of which gives way to a last one, and what is left for that. */
function divided(
  columns: readonly ResultColumn[],
  natural: readonly number[],
  width: number,
): { readonly widths: readonly number[]; readonly room: number } {
  const room = width - natural.reduce((sum, w) => sum + w + 3, 2)
  const missing = Math.max(0, narrowest(width) - room)
  const widest = natural.indexOf(Math.max(...natural))
  const widths = natural.map((w, i) =>
    i === widest ? Math.max(widthOf(visible(columns[i]!.name)), w - missing) : w,
  )
  return { widths, room: Math.max(narrowest(width), room) }
}

/** Lines of rows whose cells have several lines. */
function tableLines(
  columns: readonly ResultColumn[],
  rows: readonly (readonly (readonly string[])[])[],
  widths: readonly number[],
  { header }: RenderOptions,
): string[] {
  const line = (texts: readonly string[]): string =>
    ` ${texts.map((text, i) => (i === texts.length - 1 ? text : text + ' '.repeat(Math.max(0, widths[i]! - widthOf(text))))).join(' | ')}`
  const linesOf = (row: readonly (readonly string[])[]): string[] => {
    const lines: string[] = []
    let texts: string[] = []
    for (const [i, [text = '']] of row.entries()) {
      texts.push(text)
      if (i === row.length - 1 || widthOf(text) <= widths[i]!) continue
      lines.push(line(texts))
      texts = texts.map(() => '')
    }
    lines.push(line(texts))
    for (let n = 1; row.some(cell => n < cell.length); n++) lines.push(line(row.map(cell => cell[n] ?? '')))
    return lines.map(text => text.trimEnd())
  }
  const names = columns.map(column => visible(column.name))
  const head = header ? [line(names), widths.map(width => '-'.repeat(width + 2)).join('+')] : []
  return [...head, ...rows.flatMap(linesOf)]
}

/** A heading or a text below the table; what goes on below has the indentation of its line. */
function textLines(row: Texts, width: number): string[] {
  const [heading, ...others] = row
  const text = others.find(other => other !== undefined)
  const indent = /^ */.exec(text ?? '')![0]
  const room = Math.max(narrowest(width), width - indent.length - 5)
  return [
    ...(heading === undefined || heading === '' ? [] : [` ${visible(heading)}`]),
    ...(text === undefined
      ? []
      : wrapped(visible(text.slice(indent.length)), room).map(
          (part, n) => `   ${indent}${n === 0 ? '' : '  '}${part}`,
        )),
  ]
}
