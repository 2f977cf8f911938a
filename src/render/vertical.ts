import { dim, visible, widthOf } from './display.ts'
import { streamed } from './stream.ts'
import type { Renderer, RenderOptions, ResultColumn, Write } from './types.ts'
import { shownText } from './column-format.ts'
import { TOTAL_LABEL, Totals } from './total.ts'

const RULE = 40

/** vertical: one line per value under a numbered rule, as with psql's `\x`. An empty result has no lines. */
export function vertical(options: RenderOptions, write: Write): Renderer {
  return streamed(write, '\n', ({ title }, columns) => {
    const record = records(
      columns.map(column => column.name),
      options,
    )
    let heading = titleLine(title)
    const totals = new Totals(columns)
    return {
      head: '',
      tail: () => totalRecord(columns, totals),
      row: (row, index, bytes) => {
        totals.add(row)
        bytes.text(
          heading
            + record(
              columns.map((column, i) => shownText(row[i], column)),
              index,
            ),
        )
        heading = ''
      },
    }
  })
}

/** Formats the texts of one row (undefined: NULL); `index` counts from 0. */
export function records(
  names: readonly string[],
  options: RenderOptions,
): (texts: readonly (string | undefined)[], index: number) => string {
  const { width, labels } = labelsOf(names)
  const nullText = visible(options.nullText ?? 'NULL')
  const nullCell = options.color === true ? dim(nullText) : nullText
  return (texts, index) =>
    ruleOf(String(index + 1), width)
    + labels
      .map((label, i) => {
        const text = texts[i]
        return text === '' ? `${label}\n` : `${label} ${text === undefined ? nullCell : visible(text)}\n`
      })
      .join('')
}

/** The totals of columns as a record; nothing if there is none. */
export function totalRecord(columns: readonly ResultColumn[], totals: Totals): string {
  const { sums, texts } = totals
  if (!sums || !texts) return ''
  const { width, labels } = labelsOf(columns.map(column => column.name))
  const lines = labels.map((label, i) => (sums[i] === undefined ? '' : `${label} ${texts[i]}\n`))
  return ruleOf(TOTAL_LABEL, width) + lines.join('')
}

function labelsOf(names: readonly string[]): { readonly width: number; readonly labels: readonly string[] } {
  const shown = names.map(visible)
  const width = shown.reduce((widest, name) => Math.max(widest, widthOf(name)), 0)
  return { width, labels: shown.map(name => `${name}${' '.repeat(width - widthOf(name))} |`) }
}

const ruleOf = (name: string, width: number): string =>
  `${`-[ ${name} ]`.padEnd(Math.max(RULE, width + 3), '-')}\n`

/** A title on a line of its own, or nothing. */
export function titleLine(title: string | undefined): string {
  return title === undefined ? '' : `${visible(title)}\n`
}
