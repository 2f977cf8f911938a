import { dim, visible, widthOf } from './display.ts'
import { streamed } from './stream.ts'
import type { Renderer, RenderOptions, Write } from './types.ts'
import { shownText } from './column-format.ts'

const RULE = 40

/** vertical: one line per value under a numbered rule, as with psql's `\x`. An empty result has no lines. */
export function vertical(options: RenderOptions, write: Write): Renderer {
  return streamed(write, '\n', ({ title }, columns) => {
    const record = records(
      columns.map(column => column.name),
      options,
    )
    let heading = titleLine(title)
    return {
      head: '',
      row: (row, index, bytes) => {
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
  const shown = names.map(visible)
  const width = shown.reduce((widest, name) => Math.max(widest, widthOf(name)), 0)
  const labels = shown.map(name => `${name}${' '.repeat(width - widthOf(name))} |`)
  const nullText = visible(options.nullText ?? 'NULL')
  const nullCell = options.color === true ? dim(nullText) : nullText
  return (texts, index) =>
    `${`-[ ${index + 1} ]`.padEnd(Math.max(RULE, width + 3), '-')}\n`
    + labels
      .map((label, i) => {
        const text = texts[i]
        return text === '' ? `${label}\n` : `${label} ${text === undefined ? nullCell : visible(text)}\n`
      })
      .join('')
}

/** A title on a line of its own, or nothing. */
export function titleLine(title: string | undefined): string {
  return title === undefined ? '' : `${visible(title)}\n`
}
