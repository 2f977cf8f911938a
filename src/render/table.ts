import type { Value } from '../catalog/types.ts'
import { cut, dim, visible, widthOf } from './display.ts'
import { flushAfter, Sink } from './stream.ts'
import type { Renderer, RenderOptions, ResultColumn, Row, Write } from './types.ts'
import { textOf } from './values.ts'
import { records, titleLine } from './vertical.ts'

/*
 * psql's layout in plain ASCII: it survives mail, tickets and every font, it can be grepped, and box-drawing
 * characters are two columns wide on many East Asian terminals.
 */

/** On a narrow terminal, cells are shortened to no less than this many columns. */
const SHORTEST = 16

interface Held {
  readonly columns: readonly ResultColumn[]
  /** undefined: NULL. */
  readonly rows: (string | undefined)[][]
  /** Per column: the widest cell or name, and whether all values are numbers (undefined: all NULL). */
  readonly widths: number[]
  readonly numeric: (boolean | undefined)[]
}

/**
 * table: aligned columns, numbers to the right. Holds the whole result to measure it. On a terminal (`width`) that
 * is too narrow, long cells are cut and end in `…`, except numbers and timestamps. If that is not enough, rows are
 * shown as in vertical. An empty result is its header.
 */
export function table(options: RenderOptions, write: Write): Renderer {
  const sink = new Sink(write, '\n')
  return {
    async result({ title }, columns, rows) {
      const held = empty(columns, options)
      let failure: { readonly error: unknown } | undefined
      try {
        for await (const row of rows) hold(held, row, options)
      } catch (error) {
        failure = { error }
      }
      sink.begin()
      for (const text of lines(held, title, options)) {
        sink.add(text)
        if (sink.full) await sink.flush()
      }
      if (failure !== undefined) await flushAfter(failure.error, sink)
      await sink.flush()
      return held.rows.length
    },
    end: () => sink.flush(),
  }
}

function empty(columns: readonly ResultColumn[], options: RenderOptions): Held {
  return {
    columns,
    rows: [],
    widths: columns.map(column => (options.header ? widthOf(visible(column.name)) : 0)),
    numeric: columns.map(() => undefined),
  }
}

function hold(held: Held, row: Row, options: RenderOptions): void {
  const texts = held.columns.map((column, i) => {
    const text = textOf(row[i], column)
    if (text !== undefined) held.numeric[i] = (held.numeric[i] ?? true) && isNumber(row[i], column)
    held.widths[i] = Math.max(held.widths[i] ?? 0, widthOf(visible(text ?? nullText(options))))
    return text
  })
  held.rows.push(texts)
}

function isNumber(value: Value | undefined, column: ResultColumn): boolean {
  return column.type !== 'boolean' && (typeof value === 'number' || typeof value === 'bigint')
}

function isRightAligned({ columns, numeric }: Held, i: number): boolean {
  const type = columns[i]?.type
  return numeric[i] ?? (type === 'integer' || type === 'number')
}

function nullText(options: RenderOptions): string {
  return options.nullText ?? 'NULL'
}

function* lines(held: Held, title: string | undefined, options: RenderOptions): Generator<string> {
  const widths = held.rows.length === 0 ? held.widths : fit(held, options)
  yield titleLine(title)
  if (widths === undefined) {
    const record = records(
      held.columns.map(column => column.name),
      options,
    )
    for (const [index, row] of held.rows.entries()) yield record(row, index)
    return
  }
  if (options.header) {
    yield line(
      held.columns.map(column => column.name),
      widths,
      held,
      options,
    )
    yield `${widths.map(width => '-'.repeat(width + 2)).join('+')}\n`
  }
  for (const row of held.rows) yield line(row, widths, held, options)
}

function line(
  texts: readonly (string | undefined)[],
  widths: readonly number[],
  held: Held,
  options: RenderOptions,
): string {
  const last = widths.length - 1
  const cells = widths.map((width, i) => {
    const text = texts[i]
    const shown = cut(visible(text ?? nullText(options)), width)
    const padding = ' '.repeat(Math.max(0, width - widthOf(shown)))
    const cell = text === undefined && options.color === true ? dim(shown) : shown
    return isRightAligned(held, i) ? padding + cell : i === last ? cell : cell + padding
  })
  return ` ${cells.join(' | ')}\n`
}

/** The column widths to print with: the natural ones, or reduced to fit the terminal; undefined if they cannot fit. */
function fit({ columns, widths, numeric }: Held, options: RenderOptions): number[] | undefined {
  const available = options.width === undefined ? Infinity : options.width - (3 * widths.length - 1)
  const least = columns.map((column, i) => {
    const width = widths[i] ?? 0
    const name = options.header ? widthOf(visible(column.name)) : 0
    return numeric[i] || column.type === 'timestamp' ? width : Math.min(width, Math.max(SHORTEST, name))
  })
  const capped = (cap: number): number[] =>
    widths.map((width, i) => Math.min(width, Math.max(cap, least[i] ?? 0)))
  const fits = (cap: number): boolean => capped(cap).reduce((sum, width) => sum + width, 0) <= available
  let high = Math.max(0, ...widths)
  if (fits(high)) return [...widths]
  if (options.expand === true || !fits(0)) return undefined
  let low = 0
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (fits(middle)) low = middle
    else high = middle
  }
  return capped(low)
}
