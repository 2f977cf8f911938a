import { visible, widthOf } from './display.ts'
import type { RenderOptions, ResultColumn } from './types.ts'
import { wrapped } from './wrap.ts'

const INDENT = 5
/** Texts get at least this many columns, however narrow the terminal is. */
const NARROWEST = 20

/** Whether rows are shown as headings with indented lines, in formats for terminals. */
export function isOutline(columns: readonly ResultColumn[]): boolean {
  return columns.some(column => column.layout === 'heading')
}

/**
 * The texts of a row (undefined: NULL) as a line of its headings, and an indented line for each other value; NULL is left out. On a terminal, a text that is too
 * long goes on below its beginning.
 */
export function outlined(
  columns: readonly ResultColumn[],
  options: RenderOptions,
): (texts: readonly (string | undefined)[]) => string {
  const labels = columns.map(column => (column.layout === 'heading' ? '' : visible(column.name)))
  const label = Math.max(...labels.map(widthOf)) + 2
  const room = Math.max(NARROWEST, (options.width ?? Infinity) - INDENT - label)
  return texts => {
    const heading = texts
      .filter((text, i) => text !== undefined && columns[i]!.layout === 'heading')
      .map((text, i) => (i === 0 ? visible(text!).padStart(INDENT - 2) : visible(text!)))
      .join('  ')
    const lines = texts.flatMap((text, i) => {
      if (text === undefined || columns[i]!.layout === 'heading') return []
      return wrapped(visible(text), room).map(
        (part, n) => `${' '.repeat(INDENT)}${(n === 0 ? labels[i]! : '').padEnd(label)}${part}\n`,
      )
    })
    return `${heading}\n${lines.join('')}`
  }
}
