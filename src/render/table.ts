import type { Value } from '../catalog/types.ts'
import { cut, dim, visible, widthOf } from './display.ts'
import { flushAfter, Sink } from './stream.ts'
import type { Renderer, RenderOptions, ResultColumn, Row, Write } from './types.ts'
import { TOTAL_LABEL, Totals } from './total.ts'
import { shownText } from './column-format.ts'
import { isOutline, outlined } from './outline.ts'
import { records, titleLine, totalRecord } from './vertical.ts'
import { isWrapped, wrappedTable } from './wrapped-table.ts'

/*
 * psql's layout in plain ASCII: it survives mail, tickets and every font, it can be grepped, and box-drawing
 * characters are two columns wide on many East Asian terminals.
 */

/** On a narrow terminal, cells are shortened to no less than this many columns. */
const SHORTEST = 16

/**
 * Rows are measured until a batch ends with at least this many, and then shown. The rows of a later batch may widen columns
 * from there on. Rows that need no request all come in the first batch or in one of a thousand.
 */
const MEASURED = 200

interface Held {
  readonly columns: readonly ResultColumn[]
  /** Not yet shown; undefined: NULL. */
  rows: (string | undefined)[][]
  /** Per column: the widest cell or name so far, and whether all values are numbers (undefined: all NULL). */
  readonly widths: number[]
  readonly numeric: (boolean | undefined)[]
  /** Rows that have been shown, and how. */
  shown: number
  form: 'table' | 'records' | 'blocks' | 'wrapped' | undefined
  readonly totals: Totals
}

/**
 * table: aligned columns, numbers to the right. Measures the first rows, and each later batch. On a terminal (`width`) that
 * is too narrow, long cells are cut and end in `…`, except numbers and timestamps. If that is not enough, rows are
 * shown as in vertical. An empty result is its header, or the names alone on several lines.
 */
export function table(options: RenderOptions, write: Write): Renderer {
  const sink = new Sink(write, '\n')
  return {
    async result({ title }, columns, rows) {
      const held = empty(columns, options)
      const show = async (): Promise<void> => {
        if (held.form === undefined) sink.begin()
        for (const text of lines(held, title, options)) {
          sink.add(text)
          if (sink.full) await sink.flush()
        }
      }
      const showRest = async (): Promise<void> => {
        if (held.form === undefined || held.rows.length > 0) await show()
        await sink.flush()
      }
      try {
        for await (const batch of rows.batches()) {
          for (const row of batch) hold(held, row, options)
          if (held.form === undefined && held.rows.length < MEASURED) continue
          await show()
          if (sink.isDue) await sink.flush()
        }
        widen(held, options)
        await showRest()
        sink.add(totalLines(held, options))
        await sink.flush()
      } catch (error) {
        await flushAfter(error, { flush: showRest })
      }
      return held.shown
    },
    end: () => sink.flush(),
  }
}

function empty(columns: readonly ResultColumn[], options: RenderOptions): Held {
  const totals = new Totals(columns)
  const least = (i: number): number => (i === totals.labelAt ? TOTAL_LABEL.length : 0)
  return {
    columns,
    rows: [],
    widths: columns.map((column, i) =>
      Math.max(least(i), options.header ? widthOf(visible(column.name)) : 0),
    ),
    numeric: columns.map(() => undefined),
    shown: 0,
    form: undefined,
    totals,
  }
}

function hold(held: Held, row: Row, options: RenderOptions): void {
  const texts = held.columns.map((column, i) => {
    const text = shownText(row[i], column)
    if (text !== undefined) held.numeric[i] = (held.numeric[i] ?? true) && isNumber(row[i], column)
    held.widths[i] = Math.max(held.widths[i] ?? 0, widthOf(visible(text ?? nullText(options))))
    return text
  })
  held.rows.push(texts)
  held.totals.add(row)
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

/** The rows that are held, which are shown with this, below the title and the header if they are the first. */
function* lines(held: Held, title: string | undefined, options: RenderOptions): Generator<string> {
  const names = held.columns.map(column => column.name)
  const isFirst = held.form === undefined
  const fitting = held.rows.length === 0 ? held.widths : fit(held, options)
  const form = (held.form ??= isOutline(held.columns)
    ? 'blocks'
    : isWrapped(held.columns, options)
      ? 'wrapped'
      : fitting === undefined
        ? 'records'
        : 'table')
  const { rows, shown } = held
  held.rows = []
  held.shown += rows.length
  if (isFirst) yield titleLine(title)
  if (form === 'blocks') {
    const block = outlined(held.columns, options)
    for (const texts of rows) yield block(texts)
    return
  }
  if (form === 'wrapped') {
    for (const text of wrappedTable(held.columns, rows, isFirst ? options : { ...options, header: false }))
      yield `${text}\n`
    return
  }
  if (form === 'records') {
    const record = records(names, options)
    for (const [index, row] of rows.entries()) yield record(row, shown + index)
    return
  }
  const widths = fitting ?? held.widths
  if (isFirst && rows.length === 0 && options.header && isTooWide(widths, options)) {
    yield* wrappedNames(names, options.width!)
    return
  }
  if (isFirst && options.header) {
    yield line(names, widths, held, options)
    yield rule(widths)
  }
  for (const row of rows) yield line(row, widths, held, options)
}

function isTooWide(widths: readonly number[], { width }: RenderOptions): boolean {
  return width !== undefined && widths.reduce((sum, w) => sum + w + 3, -1) > width
}

/** The names of columns without rows, which a terminal is too narrow for, on as many lines as they need. */
function* wrappedNames(names: readonly string[], width: number): Generator<string> {
  let row = ''
  for (const name of names.map(visible)) {
    const longer = row === '' ? ` ${name}` : `${row} | ${name}`
    if (row !== '' && widthOf(longer) > width - 2) {
      yield `${row} |\n`
      row = ` ${name}`
    } else row = longer
  }
  yield `${row}\n`
}

/** Makes the columns as wide as their totals, if nothing has been shown yet and the table still fits. */
function widen(held: Held, options: RenderOptions): void {
  const { texts } = held.totals
  if (held.form !== undefined || !texts) return
  const widths = held.widths.map((width, i) => Math.max(width, widthOf(texts[i] ?? '')))
  if (fit({ ...held, widths }, options)) held.widths.splice(0, widths.length, ...widths)
}

/** The row of totals below a table, if columns ask for them. */
function totalLines(held: Held, options: RenderOptions): string {
  const { texts } = held.totals
  if (held.form === 'records') return totalRecord(held.columns, held.totals)
  if (!texts) return ''
  const shown = texts.map(text => text ?? '')
  const widths = (fit(held, options) ?? held.widths).map((width, i) => Math.max(width, widthOf(shown[i]!)))
  return rule(widths) + line(shown, widths, held, options)
}

function rule(widths: readonly number[]): string {
  return `${widths.map(width => '-'.repeat(width + 2)).join('+')}\n`
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
    const whole = visible(text ?? nullText(options))
    const shown = cut(whole, width)
    if (shown !== whole) options.onCut?.()
    const padding = ' '.repeat(Math.max(0, width - widthOf(shown)))
    const cell = text === undefined && options.color === true ? dim(shown) : shown
    return isRightAligned(held, i) ? padding + cell : i === last ? cell : cell + padding
  })
  return ` ${cells.join(' | ')}\n`
}

/** The column widths to print with: the natural ones, or reduced to fit the terminal; undefined if they cannot fit. */
function fit({ columns, widths, numeric, form }: Held, options: RenderOptions): number[] | undefined {
  if (options.width === undefined || options.whole === true) return [...widths]
  const available = options.width - (3 * widths.length - 1)
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
  // the first rows decide whether it is a table: later lines are longer than the terminal rather than of another form
  if (!fits(0)) return form === 'table' ? capped(0) : undefined
  let low = 0
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (fits(middle)) low = middle
    else high = middle
  }
  return capped(low)
}
