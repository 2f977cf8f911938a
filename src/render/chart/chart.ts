import { ConfluentqlError } from '../../errors.ts'
import { visible } from '../display.ts'
import { Sink } from '../stream.ts'
import type { Renderer, RenderOptions, ResultColumn, Row, Write } from '../types.ts'
import { titleLine } from '../vertical.ts'
import { barLines } from './bars.ts'
import { groupedDrawing } from './groups.ts'
import { stackLines } from './stacks.ts'
import { graphLines } from './lines.ts'
import { drawingOf, numericColumns, singleDrawing } from './series.ts'

const WIDTH = 80
const NARROWEST = 30

/** Size and characters of the drawing. */
export interface Canvas {
  readonly width: number
  /** Lines of the terminal, if it is one. */
  readonly height: number | undefined
  readonly ascii: boolean
  readonly color: boolean
}

/**
 * chart: bars for labels and numbers, lines for times and numbers, drawn with blocks and braille dots (ASCII with
 * `ascii`). Holds the whole result to scale it. Any other result is an error.
 */
export function chart(options: RenderOptions, write: Write): Renderer {
  const sink = new Sink(write, '\n')
  const canvas = {
    width: Math.max(NARROWEST, options.width ?? WIDTH),
    height: options.height,
    ascii: options.ascii === true,
    color: options.color === true,
  }
  return {
    async result({ title }, columns, rows) {
      const held: Row[] = []
      let failure: { readonly error: unknown } | undefined
      try {
        for await (const row of rows) held.push(row)
      } catch (error) {
        failure = { error }
      }
      const lines = failure !== undefined && held.length === 0 ? [] : draw(columns, held, canvas)
      sink.begin()
      if (lines.length > 0) sink.add(titleLine(title))
      for (const line of lines) {
        sink.add(`${line.trimEnd()}\n`)
        if (sink.full) await sink.flush()
      }
      await sink.flush()
      if (failure !== undefined) throw failure.error
      return held.length
    },
    end: () => sink.flush(),
  }
}

function draw(columns: readonly ResultColumn[], rows: readonly Row[], canvas: Canvas): string[] {
  const [only] = rows
  if (only === undefined) return ['(no rows)']
  const single = rows.length === 1 ? singleDrawing(columns, only) : undefined
  if (single) return barLines(single, canvas)
  const grouped = groupedDrawing(columns, rows)
  if (grouped?.group?.isStack) return stackLines(grouped, canvas)
  const drawing = grouped ?? drawingOf(columns, rows, labelOf(columns, rows))
  return drawing.times === undefined ? barLines(drawing, canvas) : graphLines(drawing, drawing.times, canvas)
}

/** The column of labels: the one that is not numeric, else the first. */
function labelOf(columns: readonly ResultColumn[], rows: readonly Row[]): number {
  const numeric = numericColumns(columns, rows)
  const others = numeric.flatMap((isNumeric, i) => (isNumeric ? [] : [i]))
  if (columns.length > 1 && others.length < 2) return others[0] ?? 0
  const names = (wanted: boolean): string =>
    columns
      .filter((_, i) => numeric[i] === wanted)
      .map(column => visible(column.name))
      .join(', ') || 'none'
  throw new ConfluentqlError(
    'OUTPUT',
    `a chart needs one column of labels or times and one or more of numbers, or two of labels and one of numbers; here numbers are: ${names(true)}; others: ${names(false)}`,
    {
      hint: "name just those columns in SELECT (labels can be joined: a || ' / ' || b), or write a table with -o table",
    },
  )
}
